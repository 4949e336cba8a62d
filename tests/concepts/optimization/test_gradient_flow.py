"""Gradient flow: the bound of the sigmoid, theory of wide networks, torch's own layers and clipping, and what is found."""

import contextlib
import io
import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from core.concepts.optimization import gradient_flow as M
from core.concepts.optimization.gradient_flow import experiment, figures, network, plain
from core.concepts.optimization.gradient_flow import findings as found
from core.concepts.optimization.gradient_flow.findings import (
    changed_by_clipping,
    correlation,
    effect_of_clipping,
    factor,
)
from core.concepts.optimization.gradient_flow.findings import network as looked_at
from core.concepts.optimization.gradient_flow.result import Result
from core.concepts.optimization.gradient_flow.settings import (
    ACTIVATIONS,
    CLIPPED,
    INITIALISATIONS,
    MEASURES,
    NETWORKS,
    STRUCTURES,
    Settings,
    ViewSettings,
    standard_deviation,
)
from core.concepts.optimization.gradient_flow.theory import function_and_slope, moments, theory, wide
from core.engine.optimizers import clip
from core.engine.pieces import finish
from core.progress import finished

QUICK = {"depth": 4, "width": 8, "steps": 50, "seeds": 3}
DIVIDED = STRUCTURES.index("residual / √L")


def last(**change):
    return finished(M.run(Settings(**{**QUICK, **change})))


def begin(settings):
    x, y, held, _ = experiment.digits()
    return Result(settings, finish(experiment.begin(settings, x, y)), held_out=len(held))


def decades(result, activation, structure, initialisation):
    return result.start.decades()[at(activation, structure, initialisation)]


def at(activation, structure, initialisation):
    return ACTIVATIONS.index(activation), STRUCTURES.index(structure), INITIALISATIONS.index(initialisation)


def keys(result):
    return {finding.key: finding for finding in found(result)}


@pytest.fixture(scope="module")
def begun():
    return begin(Settings())


@pytest.fixture(scope="module")
def result():
    return last()


class Deep(nn.Module):
    """The network of one cell in plain torch."""

    def __init__(self, activation, structure, depth, width):
        super().__init__()
        sizes = [64, *[width] * depth, 10]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))
        norm = structure == "batch norm"
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) if norm else nn.Identity() for _ in range(depth))
        self.f = {"sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "ReLU": nn.ReLU(), "GELU": nn.GELU()}[activation]
        self.past = structure.startswith("residual")
        self.branch = depth**-0.5 if structure == STRUCTURES[DIVIDED] else 1.0

    def forward(self, h):
        self.hidden = []
        for i, (layer, norm) in enumerate(zip(self.layers[:-1], self.norms, strict=True)):
            f = self.f(norm(layer(h)))
            h = h + self.branch * f if self.past and i else f
            self.hidden.append(h)
        return self.layers[-1](h)


# The start.


def test_the_start_is_that_of_torchs_own_layers_and_initialisations():
    s = Settings(depth=3, width=8, scale=0.2, seeds=2, seed=4)
    x, y, *_ = experiment.digits()
    start = begin(s).start
    draws = {
        "N(0, s)": lambda w, g: nn.init.normal_(w, 0, 0.2, generator=g),
        "Xavier": lambda w, g: nn.init.xavier_normal_(w, generator=g),
        "Kaiming": lambda w, g: nn.init.kaiming_normal_(w, nonlinearity="relu", generator=g),
    }
    for activation, structure, (name, initialise) in itertools.product(ACTIVATIONS, STRUCTURES, draws.items()):
        model, g = Deep(activation, structure, 3, 8), network.generator(5, "start")
        for layer in model.layers:
            initialise(layer.weight, g)
            nn.init.zeros_(layer.bias)
        model.double()
        loss = nn.functional.cross_entropy(model(x[:32].double()), y[:32])
        gradients = torch.autograd.grad(loss, [*model.hidden, *(m.weight for m in model.layers[:-1])])
        place = (*at(activation, structure, name), 1)
        assert start.gradient[place] == pytest.approx([float(v.norm()) for v in gradients[:3]], rel=1e-5)
        assert start.weights[place] == pytest.approx([float(v.norm()) for v in gradients[3:]], rel=1e-5)
        sizes = [float(h.detach().square().mean().sqrt()) for h in model.hidden]
        assert start.activations[place] == pytest.approx(sizes, rel=1e-5)


def test_the_slope_of_a_sigmoid_is_a_quarter_at_most_and_so_a_plain_stack_shrinks_by_at_least_that(begun):
    u = np.arange(-2000, 2001) / 100
    slope = function_and_slope("sigmoid", u)[1]
    assert slope.max() == 0.25 and u[slope.argmax()] == 0
    s = begun.settings
    for name in INITIALISATIONS:
        for k, seed in enumerate(s.range):
            matrices = [
                standard_deviation(name, w.shape[1], w.shape[0], s.scale) * w
                for w in network.drawn(seed, s.depth, s.width)[1:-1]
            ]
            most = sum(math.log10(torch.linalg.matrix_norm(w, 2) / 4) for w in matrices)
            assert decades(begun, "sigmoid", "plain", name)[k] <= most
    measured = decades(begun, "sigmoid", "plain", "N(0, s)").mean()
    assert measured <= begun.start.bound < -15 * math.log10(4)
    (_, said) = looked_at(begun, ViewSettings(activation="sigmoid", initialisation="N(0, s)"))
    assert (said.key, said["quarter"], said["bounded"]["bound"]) == ("sigmoid_bound", "10⁻⁹", factor(begun.start.bound))


def test_kaiming_keeps_the_size_of_relu_and_xavier_about_that_of_tanh(begun):
    """He et al.: for ReLU a factor of 1 in expectation, layer after layer. Glorot and Bengio's for tanh, to a slow decay."""
    sizes = begun.start.activations
    for kept in (sizes[at("ReLU", "plain", "Kaiming")], sizes[at("tanh", "plain", "Xavier")]):
        assert np.abs(np.log10(kept[:, -1] / kept[:, 0])).mean() < 1
    lost = sizes[at("ReLU", "plain", "Xavier")]
    assert np.log10(lost[:, -1] / lost[:, 0]).mean() < -1.5
    sizes, gradients = wide("ReLU", [math.sqrt(2 / 50)] * 20, [50] * 20, 1.0)
    assert sizes == pytest.approx(np.ones(20)) and gradients == pytest.approx(np.ones(20))
    assert abs(decades(begun, "ReLU", "plain", "Kaiming").mean()) < 0.7


def test_residual_connections_keep_the_gradient_when_the_branch_is_small_and_kaiming_relu_explodes_without(begun):
    within = begun.start.within()
    assert within[:, DIVIDED].all() and within[at("sigmoid", "residual", "Kaiming")]
    assert not within[at("ReLU", "residual", "Kaiming")]
    assert decades(begun, "ReLU", "residual", "Kaiming").min() > 2
    kept = keys(begun)["kept_not_by_residual"]
    assert [count["number"] for count in kept["counts"]] == within.sum((0, 2)).tolist()
    worst = np.abs(begun.start.decades().mean(-1)[:, STRUCTURES.index("residual")]).max()
    assert kept["worst"] == f"{float(f'{10**worst:.2g}'):,.0f}"


def test_batch_norm_keeps_activations_and_the_gradient_of_relu_grows_as_theory_says():
    """Yang et al. (2019): by a factor of √(π / (π - 1)) a layer, in the limit of width and batch."""
    x, y, *_ = experiment.digits()
    size, gradient, _ = finish(network.at_start(Settings(depth=10, width=32, seeds=2), x[:192], y[:192]))
    place = at("ReLU", "batch norm", "Kaiming")
    assert np.ptp(size[place], -1) == pytest.approx(0, abs=0.05)
    growth = (gradient[place][:, 1] / gradient[place][:, -1]) ** (1 / 8)
    assert growth.mean() == pytest.approx(math.sqrt(math.pi / (math.pi - 1)), rel=0.05)


def test_the_growth_under_batch_norm_that_is_told_is_the_clear_one(begun):
    told = keys(begun)["growth_by_batch_norm"]
    rows = {row["activation"]: row["share"] for row in told["rows"]}
    level = 1 - 0.05 / 4
    for activation in ACTIVATIONS:
        each = decades(begun, activation, "batch norm", "Kaiming") / 15
        low = each.mean() - stats.t.ppf((1 + level) / 2, 4) * stats.sem(each)
        assert (low > 0) == (activation in rows)
    assert rows["ReLU"] == pytest.approx(10 ** (decades(begun, "ReLU", "batch norm", "Kaiming").mean() / 15) - 1)
    assert told["theory"] == pytest.approx(0.211, abs=0.001)


@pytest.mark.parametrize(("activation", "q"), [("ReLU", 0.7), ("tanh", 1.3), ("sigmoid", 2.0), ("GELU", 0.4)])
def test_moments_are_those_of_a_sample_through_torchs_activation(activation, q):
    u = (math.sqrt(q) * torch.randn(400_000, generator=torch.Generator().manual_seed(0)).double()).requires_grad_()
    f = network.FUNCTIONS[activation](u)
    (slope,) = torch.autograd.grad(f.sum(), u)
    expected = float(f.detach().square().mean()), float(slope.square().mean())
    assert moments(activation, q) == pytest.approx(expected, rel=0.01)
    ours = function_and_slope(activation, u.detach().numpy()[:1000])
    assert ours[0] == pytest.approx(f.detach().numpy()[:1000]) and ours[1] == pytest.approx(slope.numpy()[:1000])


def test_theory_meets_plain_networks_that_are_wide():
    s = Settings(depth=6, width=32, scale=0.2, seeds=6)
    start = begin(s).start
    for activation, name in itertools.product(ACTIVATIONS, INITIALISATIONS):
        size, gradient = theory(s, ViewSettings(activation=activation, initialisation=name), start.inputs)
        place = at(activation, "plain", name)
        assert np.log10(start.activations[place].mean(0)) == pytest.approx(np.log10(size), abs=0.25)
        measured = np.log10(start.gradient[place] / start.gradient[place][:, -1:]).mean(0)
        assert measured == pytest.approx(np.log10(gradient), abs=0.4)


def test_gradients_of_weights_can_be_even_where_the_gradient_vanishes(begun):
    weights = begun.start.weights[at("tanh", "plain", "N(0, s)")]
    ends = np.log10(weights[:, 0] / weights[:, -1])
    assert decades(begun, "tanh", "plain", "N(0, s)").mean() < -4 and abs(ends.mean()) < 1
    assert np.log10(weights).max() < -3


# Training.


def test_clipping_bounds_the_norm_and_is_torchs():
    x, y, *_ = experiment.digits()
    family = network.Family(network.Shape(Settings(depth=3, width=8, seeds=2), "ReLU", False, 2))
    K = family.shape.K
    _, logits = family.forward(x[:16].expand(K, -1, -1))
    family.backward(network.loss(logits, y[:16].expand(K, -1)))
    before = family.grad.clone()
    clip(family.grad, torch.full((K, 1), 0.8))
    assert (before.norm(dim=1) > 0.8).any() and (before.norm(dim=1) < 0.8).any()
    assert (family.grad.norm(dim=1) <= 0.8 + 1e-6).all()
    for k in range(K):
        p = nn.Parameter(torch.zeros(before.shape[1]))
        p.grad = before[k].clone()
        nn.utils.clip_grad_norm_([p], 0.8)
        assert torch.allclose(p.grad, family.grad[k], rtol=1e-5, atol=1e-8)


def test_a_network_whose_gradient_overflows_stops_and_the_others_go_on():
    r = last(depth=12, scale=1.0, optimizer="SGD", lr=1.0, seeds=2)
    place, calm = at("ReLU", "residual", "N(0, s)"), (ACTIVATIONS.index("sigmoid"), DIVIDED)
    assert not r.finite[place].all() and r.finite[calm].all()
    assert np.isnan(r.loss[-1][place][~r.finite[place]]).all() and np.isfinite(r.loss[:, *calm]).all()
    assert np.isfinite(r.validation).all()
    lost = keys(r)["overflow"]
    assert (lost["without"], lost["limited"]) == tuple((~r.finite[:, :, :, i]).sum() for i in (0, 1))
    look = ViewSettings(initialisation="N(0, s)", structure="residual")
    json.dumps([figures.loss(r, look), figures.learnt_map(r, look)], allow_nan=False)


def test_what_is_clipped_starts_as_what_is_not_and_a_limit_that_is_never_reached_changes_nothing():
    r = last(clip=100.0, optimizer="SGD", lr=0.01)
    assert np.array_equal(r.loss[0][:, :, :, 0], r.loss[0][:, :, :, 1])
    calm = r.norm.max(0) < 99
    same = calm[:, :, :, 0] & calm[:, :, :, 1]
    assert same.sum() > 100
    assert (r.validation[:, :, :, 0] == r.validation[:, :, :, 1])[same].all()
    assert "clipping_changes_nothing" in keys(r)


def test_who_learns(result):
    v = result.validation.mean(-1)
    assert v[ACTIVATIONS.index("sigmoid"), 0].max() < 0.2  # plain, even four layers deep
    assert v[:, DIVIDED, 1:].min() > 0.5
    assert M.score(result)["without"] == (v[..., 0] >= 0.5).sum()
    frame = result.frame()
    assert len(frame) == NETWORKS * 2 * 3 and frame.accuracy.between(0, 1).all()
    mine = frame[(frame.activation == "tanh") & (frame.structure == STRUCTURES[3]) & (frame.initialisation == "Xavier")]
    row = mine.iloc[-1]
    assert row.clipping == "with clipping" and row.accuracy == result.validation[1, 3, 1, 1, 2]


def test_what_was_shown_on_the_way_does_not_change_and_starts_depend_on_their_seed_alone(result):
    kept, fractions = None, []
    for step in M.run(Settings(**QUICK)):
        fractions.append(step.fraction)
        if kept is None and step.fraction > 0.2:
            kept = step.result()
            before = found(kept)
    assert fractions == sorted(fractions) and fractions[-1] == 1
    assert kept.validation is None and before[0].key == "stopped" and len(kept.loss) == 11
    assert found(kept) == before
    other = begin(Settings(**{**QUICK, "seed": 1})).start  # its first seed is the second of `result`
    assert np.array_equal(other.gradient[..., 0, :], result.start.gradient[..., 1, :])


# Findings.


def accuracies(result, rows):
    """`result` with accuracy 0.3, but for rows: a place with or without a clipping -> accuracy, apart over seeds."""
    values = np.full(result.validation.shape, 0.3)
    for place, value in rows.items():
        values[place] = value + 0.001 * np.arange(3)
    return replace(result, validation=values)


@pytest.mark.parametrize(
    "learning, key",
    [([], "none_learns"), ([0, 1, 2, 3], "all_learn"), ([3], "structure_decides"), ([2, 3], "structure_decides")],
)
def test_the_verdict_counts_the_networks_that_learn(result, learning, key):
    verdict = found(accuracies(result, {(a, b): 0.9 for a in range(4) for b in learning}))[0]
    assert verdict.key == key
    assert [c["number"] for c in verdict["counts"]] == [12 * (b in learning) for b in range(4)]


def test_a_structure_that_is_only_a_little_better_decides_nothing(result):
    few = {(0, 3, 0): 0.9, (1, 3, 0): 0.9, (2, 3, 0): 0.9, (3, 3, 0): 0.9}
    assert stats.binomtest(4, 4).pvalue > 0.05 / 6
    assert found(accuracies(result, few))[0].key == "structure_unclear"
    many = few | {(a, 3, 1): 0.9 for a in range(4)}
    assert stats.binomtest(8, 8).pvalue < 0.05 / 6
    assert found(accuracies(result, many))[0].key == "structure_decides"


def test_an_effect_of_clipping_that_is_there_is_found(result):
    r = accuracies(result, {(2, 2, 2, 1): 0.9, (0, 1, 0, 1): 0.1})
    up, down = changed_by_clipping(r)
    assert [place for place, _ in up] == [(2, 2, 2)] and [place for place, _ in down] == [(0, 1, 0)]
    helped, cost = keys(r)["clipping"]["parts"]
    assert (helped["number"], helped["most"]) == (1, "ReLU, Kaiming, residual")
    assert (cost["number"], cost["most"]) == (1, "sigmoid, N(0, 0.1), batch norm")
    assert helped["change"].mean == pytest.approx(0.601) and cost["change"].mean == pytest.approx(-0.199)
    assert M.QUESTIONS[1].grade(r)[0] == 1
    (forest,) = figures.changes(r).data
    assert sorted(forest.x) == pytest.approx([-19.9, 60.1])


def test_intervals_stay_within_what_is_possible(result):
    rng = np.random.default_rng(0)
    r = replace(result, validation=rng.choice([0.05, 0.95], size=result.validation.shape))
    for place in np.ndindex(4, 4, 3):
        effect = effect_of_clipping(r, place)
        assert -1 <= effect.low <= effect.mean <= effect.high <= 1
    two = replace(r, validation=r.validation[..., :2], start=replace(r.start, gradient=r.start.gradient[..., :2, :]))
    assert -1 <= correlation(two).low <= correlation(two).high <= 1


def test_the_correlation_is_spearmans_of_every_seed(result):
    off = np.abs(result.start.decades())
    rho = [stats.spearmanr(off[..., k].ravel(), result.validation[:, :, :, 0, k].ravel()).statistic for k in range(3)]
    assert correlation(result).mean == pytest.approx(np.mean(rho))
    luck = np.random.default_rng(0).uniform(size=result.validation.shape)
    assert "predicts_nothing" in keys(replace(result, validation=luck))


def test_where_nothing_differs_it_is_said_so(result):
    even = replace(result.start, gradient=np.ones_like(result.start.gradient))
    said = keys(replace(accuracies(result, {}), start=even))
    assert {"clipping_changes_nothing", "no_growth", "kept", "none_learns"} <= set(said)
    assert M.difference(result, result).key == "no_difference"
    assert M.QUESTIONS[2].grade(accuracies(result, {}))[0] == 2
    assert M.difference(result, replace(result, settings=Settings(seed=5))).key == "not_comparable"
    better = accuracies(result, {(2, 0, 2, 0): 0.9})
    changed = M.difference(better, accuracies(result, {}))
    assert (changed.key, changed["better"], changed["worse"]) == ("changed", 1, 0)


def test_questions_are_graded_from_the_start(begun):
    assert M.QUESTIONS[0].grade(begun)[0] == 2
    near = begin(Settings(**M.QUESTIONS[3].change))
    index, numbers = M.QUESTIONS[3].grade(near)
    assert index == 1 and numbers["kaiming"] == pytest.approx(0.354, abs=0.001)


def test_powers_of_ten_are_written_for_people():
    written = [factor(d) for d in (0, -0.456, 2, 3.08, -3.3, -15.2, 12.7, -math.inf)]
    assert written == ["1", "0.35", "100", "1,200", "0.0005", "10⁻¹⁵", "10¹³", "0"]


# Charts.


@pytest.mark.parametrize(
    "change",
    [
        {"depth": 2, "seeds": 2, "scale": 1.0, "clip": 0.01, "lr": 1.0, "optimizer": "SGD"},
        {"depth": 30, "seeds": 2, "scale": 0.01, "clip": 100.0, "lr": 0.0001, "optimizer": "Adam", "seed": 9999},
    ],
)
def test_settings_at_their_edges_run_and_can_be_drawn(change):
    r = last(**change)
    specs = [figures.start_and_end(r)]
    looks = [ViewSettings(measure=measure, structure=STRUCTURES[3]) for measure in MEASURES]
    for look in [ViewSettings("gradient", "sigmoid", "N(0, s)"), *looks]:
        specs += [figures.start_map(r, look), figures.learnt_map(r, look), figures.loss(r, look)]
        specs += [figures.layers(r, look, "gradient"), figures.layers(r, look, "activations")]
        specs += [figures.norms(r, look, clipped) for clipped in CLIPPED]
        specs.append(figures.expected(r.settings, look))
    json.dumps(specs, allow_nan=False)


def test_a_cell_of_a_map_is_the_network_it_shows(begun, result):
    for cell in range(NETWORKS):
        assert figures.place(ViewSettings(**figures.choice(cell))) == divmod(cell, 4)
    look = ViewSettings(activation="tanh", initialisation="Xavier", structure="batch norm")
    cells = figures.start_map(begun, look)["series"][1]["data"]
    (framed,) = [cell for cell in cells if cell["itemStyle"]["borderWidth"]]
    assert framed["value"][:2] == [1, 4]
    mean = decades(begun, "tanh", "batch norm", "Xavier").mean()
    assert float(framed["name"].replace("−", "-")) == pytest.approx(mean, abs=0.06)
    learnt = figures.learnt_map(result, look)["series"][1]["data"][4 * 4 + 1]["name"]
    without, limited = 100 * result.validation[look.index].mean(-1)
    assert learnt == f"{without:.0f} → {limited:.0f}"


# The script.


@pytest.mark.parametrize(
    ("networks", "change"),
    [
        ([("ReLU", "Kaiming", "plain"), ("tanh", "Kaiming", "batch norm")], {"seed": 3, "lr": 0.05, "clip": 0.5}),
        ([("ReLU", "Kaiming", "residual")], {"optimizer": "SGD", "lr": 0.1}),
    ],
)
def test_the_script_gives_the_numbers_of_the_run_to_the_last_digit(networks, change, monkeypatch):
    monkeypatch.setattr(plain, "TRAINED", networks)
    s = Settings(**{**QUICK, **change})
    with contextlib.redirect_stdout(io.StringIO()):
        printed = plain.main(s)
    r = finished(M.run(s))
    assert len(printed["decades"]) == NETWORKS
    for (activation, initialisation, structure), values in printed["decades"].items():
        assert values == pytest.approx(decades(r, activation, structure, initialisation), abs=1e-5)
    for (activation, initialisation, structure), scores in printed["accuracy"].items():
        place = at(activation, structure, initialisation)
        assert np.array(list(scores.values())) == pytest.approx(r.validation[place], abs=1e-6)


def test_where_training_is_chaotic_the_script_agrees_with_the_run_as_a_distribution(monkeypatch):
    """Adam adds in another order in torch, so single networks may end elsewhere; their means must not."""
    network_of_adam = ("GELU", "Xavier", STRUCTURES[3])
    monkeypatch.setattr(plain, "TRAINED", [network_of_adam])
    s = Settings(**{**QUICK, "optimizer": "Adam", "lr": 0.003, "seeds": 6})
    with contextlib.redirect_stdout(io.StringIO()):
        scores = plain.main(s)["accuracy"][network_of_adam]
    ours = finished(M.run(s)).validation[at("GELU", STRUCTURES[3], "Xavier")]
    for values, run in zip(scores.values(), ours, strict=True):
        assert abs(np.mean(values) - run.mean()) <= 0.01 + 2 * max(np.std(values), run.std()) / math.sqrt(6)
