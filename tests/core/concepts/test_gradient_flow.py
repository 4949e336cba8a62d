"""Gradient flow: the bound of the sigmoid, theory of wide networks, torch's own layers and clipping, and the words said of them."""

import contextlib
import io
import itertools
import json
import math
import re
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from torch import nn

from core.concepts.optimization import gradient_flow as M
from core.concepts.optimization import gradient_flow_network as network
from core.concepts.optimization import gradient_flow_views as views
from core.concepts.optimization import gradient_flow_words as words
from core.concepts.optimization.gradient_flow import Look, Settings
from core.concepts.optimization.gradient_flow_theory import moments, wide

QUICK = {"depth": 4, "width": 8, "steps": 50, "seeds": 3}
A, INIT, S = list(M.ACTIVATIONS), list(M.INITIALISATIONS), list(M.STRUCTURES)
DIVIDED = S[3]


def last(**change):
    for result in M.run(Settings(**{**QUICK, **change})):  # noqa: B007
        pass
    return result


def decades(start, activation, structure, initialisation):
    return start.decades()[A.index(activation), S.index(structure), INIT.index(initialisation)]


@pytest.fixture(scope="module")
def start():
    return M.begin(Settings())


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
        self.branch = depth**-0.5 if structure == DIVIDED else 1.0

    def forward(self, h):
        self.hidden = []
        for i, (layer, norm) in enumerate(zip(self.layers[:-1], self.norms, strict=True)):
            f = self.f(norm(layer(h)))
            h = h + self.branch * f if self.past and i else f
            self.hidden.append(h)
        return self.layers[-1](h)


@pytest.mark.parametrize("structure", S)
@pytest.mark.parametrize("activation", A)
def test_the_start_is_that_of_torchs_own_layers_and_initialisations(activation, structure):
    s = Settings(depth=3, width=8, scale=0.2, seeds=2, seed=4)
    x, y, *_ = M.digits()
    begun = M.begin(s)
    draws = {
        "N(0, s)": lambda w, g: nn.init.normal_(w, 0, 0.2, generator=g),
        "Xavier": lambda w, g: nn.init.xavier_normal_(w, generator=g),
        "Kaiming": lambda w, g: nn.init.kaiming_normal_(w, nonlinearity="relu", generator=g),
    }
    for (c, initialise), (k, seed) in [(d, k) for d in enumerate(draws.values()) for k in enumerate(s.range)]:
        model, g = Deep(activation, structure, 3, 8), network.generator(seed, "start")
        for layer in model.layers:
            initialise(layer.weight, g)
            nn.init.zeros_(layer.bias)
        model.double()
        loss = nn.functional.cross_entropy(model(x[:32].double()), y[:32])
        gradients = torch.autograd.grad(loss, [*model.hidden, *(m.weight for m in model.layers[:-1])])
        at = (A.index(activation), S.index(structure), c, k)
        assert begun.gradient[at] == pytest.approx([float(v.norm()) for v in gradients[:3]], rel=1e-5)
        assert begun.weights[at] == pytest.approx([float(v.norm()) for v in gradients[3:]], rel=1e-5)
        assert begun.activations[at] == pytest.approx(
            [float(h.detach().square().mean().sqrt()) for h in model.hidden], rel=1e-5
        )


def test_the_slope_of_a_sigmoid_is_a_quarter_at_most_and_so_a_plain_stack_shrinks_by_at_least_that(start):
    u = (torch.arange(-2000, 2001, dtype=torch.float64) / 100).requires_grad_()
    (slope,) = torch.autograd.grad(torch.sigmoid(u).sum(), u)
    assert slope.max() == 0.25 and u[slope.argmax()] == 0
    s, a = start.settings, A.index("sigmoid")
    for c, std in enumerate(M.INITIALISATIONS.values()):
        for k, seed in enumerate(s.range):
            matrices = [std(w.shape[1], w.shape[0], s.scale) * w for w in network.drawn(seed, s.depth, s.width)[1:-1]]
            most = sum(math.log10(torch.linalg.matrix_norm(w, 2) / 4) for w in matrices)
            assert start.decades()[a, 0, c, k] <= most
    assert decades(start, "sigmoid", "plain", "N(0, s)").mean() <= words.bound(start) < -15 * math.log10(4)
    assert any("4^-15 is 10^-9.0" in line for line in M.described(start, Look("sigmoid", "N(0, s)")))


def test_kaiming_keeps_the_size_of_relu_and_xavier_about_that_of_tanh(start):
    """He et al.: for ReLU a factor of 1 in expectation, layer after layer. Glorot and Bengio's for tanh, to a slow decay."""
    relu, tanh = start.activations[A.index("ReLU"), 0], start.activations[A.index("tanh"), 0]
    for kept in (relu[INIT.index("Kaiming")], tanh[INIT.index("Xavier")]):
        assert np.abs(np.log10(kept[:, -1] / kept[:, 0])).mean() < 1
    assert np.log10(relu[INIT.index("Xavier"), :, -1] / relu[INIT.index("Xavier"), :, 0]).mean() < -1.5
    sizes, gradients = wide(torch.relu, [math.sqrt(2 / 50)] * 20, [50] * 20, 1.0)
    assert sizes == pytest.approx(np.ones(20)) and gradients == pytest.approx(np.ones(20))
    assert abs(decades(start, "ReLU", "plain", "Kaiming").mean()) < 0.7


def test_residual_connections_keep_the_gradient_within_a_decade_when_the_branch_is_small_and_kaiming_relu_explodes_without(
    start,
):
    kept = words.within(start)
    assert kept[:, S.index(DIVIDED)].all()
    assert kept[A.index("sigmoid"), S.index("residual")].all()
    assert not kept[A.index("ReLU"), S.index("residual"), INIT.index("Kaiming")]
    assert decades(start, "ReLU", "residual", "Kaiming").min() > 2
    assert any("So h + f(h) alone does not" in line for line in M.findings(M.Result(start.settings, start)))


def test_batch_norm_keeps_activations_and_the_gradient_of_relu_grows_as_theory_says():
    """Yang et al. (2019): by a factor of √(π / (π - 1)) a layer, in the limit of width and batch."""
    x, y, *_ = M.digits()
    size, gradient, _ = network.at_start(10, 48, 0.1, (0, 1), x[:192], y[:192])
    at = (A.index("ReLU"), 1, 2)
    assert np.ptp(size[at], -1) == pytest.approx(0, abs=0.05)
    growth = (gradient[at][:, 1] / gradient[at][:, -1]) ** (1 / 8)
    assert growth.mean() == pytest.approx(math.sqrt(math.pi / (math.pi - 1)), rel=0.05)


@pytest.mark.parametrize(("activation", "q"), [("ReLU", 0.7), ("tanh", 1.3), ("sigmoid", 2.0), ("GELU", 0.4)])
def test_moments_are_those_of_a_sample(activation, q):
    u = (math.sqrt(q) * torch.randn(400_000, generator=torch.Generator().manual_seed(0)).double()).requires_grad_()
    f = M.ACTIVATIONS[activation](u)
    (slope,) = torch.autograd.grad(f.sum(), u)
    assert moments(M.ACTIVATIONS[activation], q) == pytest.approx(
        (float(f.detach().square().mean()), float(slope.square().mean())), rel=0.01
    )


def test_theory_meets_plain_networks_that_are_wide():
    x, y, *_ = M.digits()
    size, gradient, _ = network.at_start(6, 64, 0.15, range(3), x[:32], y[:32])
    begun = M.Start(Settings(depth=6, width=32, scale=0.15), size, gradient, gradient, float(x[:32].square().mean()))
    for a, activation in enumerate(A):
        for c, std in enumerate(M.INITIALISATIONS.values()):
            sizes = [64] * 6
            expected = wide(M.ACTIVATIONS[activation], [std(64, 64, 0.15)] * 6, sizes, begun.inputs)
            assert np.log10(size[a, 0, c].mean(0)) == pytest.approx(np.log10(expected[0]), abs=0.15)
            measured = np.log10(gradient[a, 0, c] / gradient[a, 0, c][:, -1:]).mean(0)
            assert measured == pytest.approx(np.log10(expected[1]), abs=0.3)


def test_gradients_of_weights_can_be_even_where_the_gradient_vanishes(start):
    at = (A.index("tanh"), 0, INIT.index("N(0, s)"))
    ends = np.log10(start.weights[at][:, 0] / start.weights[at][:, -1])
    assert decades(start, "tanh", "plain", "N(0, s)").mean() < -4 and abs(ends.mean()) < 1
    assert np.log10(start.weights[at]).max() < -3


def test_clipping_bounds_the_norm_and_is_torchs():
    shape = network.Shape(3, 8, 0.1, (0, 1), False, 2)
    x, y, *_ = M.digits()
    family = network.Family(shape)
    K = shape.K
    _, logits = family.forward(x[:16].expand(K, -1, -1))
    family.backward(network.loss(logits, y[:16].expand(K, -1)))
    before = family.grad.clone()
    M.clip(family.grad, torch.full((K, 1), 0.8))
    assert (before.norm(dim=1) > 0.8).any() and (before.norm(dim=1) < 0.8).any()
    assert (family.grad.norm(dim=1) <= 0.8 + 1e-6).all()
    for k in range(K):
        p = nn.Parameter(torch.zeros(before.shape[1]))
        p.grad = before[k].clone()
        nn.utils.clip_grad_norm_([p], 0.8)
        assert torch.allclose(p.grad, family.grad[k], rtol=1e-5, atol=1e-8)


def test_a_network_whose_gradient_overflows_stops_and_the_others_go_on():
    r = last(depth=12, scale=1.0, optimizer="SGD", lr=1.0, seeds=2)
    at = (A.index("ReLU"), S.index("residual"), INIT.index("N(0, s)"))
    assert not r.finite[at].all() and r.finite[A.index("sigmoid"), 3].all()
    assert np.isnan(r.loss[-1][at][~r.finite[at]]).all() and np.isfinite(r.loss[:, A.index("sigmoid"), 3]).all()
    assert np.isfinite(r.validation).all()
    assert any("The gradient overflowed" in line for line in M.findings(r))
    json.dumps(
        [views.learning(r, Look("ReLU", "N(0, s)", "residual")), views.learnt_map(r, Look(), False)], allow_nan=False
    )


def test_what_is_clipped_starts_as_what_is_not_and_an_infinite_limit_changes_nothing():
    r = last(clip=100.0, optimizer="SGD", lr=0.01)
    assert np.array_equal(r.loss[0][:, :, :, 0], r.loss[0][:, :, :, 1])
    calm = r.norm.max(0) < 99
    same = calm[:, :, :, 0] & calm[:, :, :, 1]
    assert same.sum() > 100
    assert (r.validation[:, :, :, 0] == r.validation[:, :, :, 1])[same].all()
    assert any("no difference beyond luck" in line for line in M.findings(r))


def test_who_learns(result):
    v = result.validation.mean(-1)
    assert v[A.index("sigmoid"), 0].max() < 0.2  # plain, even four layers deep
    assert v[:, S.index(DIVIDED), 1:].min() > 0.5
    assert M.score(result).startswith(f"{(v[..., 0] >= 0.5).sum()} of 48 networks learn")
    frame = result.frame()
    assert len(frame) == 48 * 2 * 3 and frame.validation.between(0, 1).all()
    row = frame[(frame.activation == "tanh") & (frame.structure == DIVIDED) & (frame.initialisation == "Xavier")].iloc[
        -1
    ]
    assert row.clipping == "with clipping" and row.validation == result.validation[1, 3, 1, 1, 2]


def test_the_same_settings_give_the_same_and_what_is_yielded_stays_valid(result):
    again = last()
    assert np.array_equal(again.validation, result.validation) and np.array_equal(again.layers, result.layers)
    fractions, kept = [], None
    for r in M.run(Settings(**QUICK), every=0.0):
        fractions.append(r.fraction)
        if kept is None and r.loss is not None and len(r.loss) == 5:
            kept, said = r, M.findings(r)
            json.dumps(
                [views.learnt_map(r, Look(), True), views.norms(r, Look(), True), views.foretelling(r)], allow_nan=False
            )
    assert fractions == sorted(fractions) and fractions[-1] == 1 and len(fractions) == 51
    assert len(kept.loss) == 5 and kept.validation is None and M.findings(kept) == said
    other = last(seed=1)  # its first seed is the second of `result`
    assert np.array_equal(other.start.gradient[..., 0, :], result.start.gradient[..., 1, :])
    assert other.validation[..., 0] == pytest.approx(result.validation[..., 1], abs=0.03)


def test_nothing_beyond_luck_is_said_so(result):
    flat = replace(result, validation=np.full_like(result.validation, 0.3))
    even = replace(result.start, gradient=np.ones_like(result.start.gradient))
    said = " ".join(M.findings(replace(flat, start=even)))
    assert "made no difference beyond luck in any network" in said
    assert "*Batch norm*: the gradient does not grow" in said and "Here h + f(h) alone is enough" in said
    rng = np.random.default_rng(0)
    luck = replace(result, validation=rng.uniform(size=result.validation.shape))
    assert any("does not foretell beyond luck" in line for line in M.findings(luck))
    assert "beyond luck: none" in M.difference(result, result)
    assert M.QUESTIONS[2].grade(flat)[0] == 2
    assert "Not the same seeds" in M.difference(result, replace(result, settings=Settings(seed=5)))


def test_an_effect_of_clipping_that_is_there_is_found(result):
    values = np.full(result.validation.shape, 0.3)
    values[2, 2, 2, 1] = 0.9 + 0.001 * np.arange(3)
    values[0, 1, 0, 1] = 0.1 + 0.001 * np.arange(3)
    r = replace(result, validation=values)
    up, down = words.changed(r)
    assert [at for at, _ in up] == [(2, 2, 2)] and [at for at, _ in down] == [(0, 1, 0)]
    said = " ".join(M.findings(r))
    assert "helped 1 of 48" in said and "ReLU, Kaiming, residual +60" in said and "cost 1 of 48" in said
    assert M.QUESTIONS[1].grade(r)[0] == 1
    assert [row["points"] for row in views.clipping_rows(r)] == pytest.approx([60.1, -19.9])


def test_questions_are_graded_from_the_start(start):
    r = M.Result(start.settings, start)
    assert M.QUESTIONS[0].grade(r)[0] == 2
    near = M.begin(Settings(**M.QUESTIONS[3].change))
    index, said = M.QUESTIONS[3].grade(M.Result(near.settings, near))
    assert index == 1 and "0.35" in said


@pytest.mark.parametrize(
    "change",
    [
        {"depth": 2, "width": 8, "seeds": 2, "scale": 1.0, "clip": 0.01, "lr": 1.0, "optimizer": "SGD"},
        {
            "depth": 30,
            "width": 8,
            "seeds": 2,
            "scale": 0.01,
            "clip": 100.0,
            "lr": 0.0001,
            "optimizer": "Adam",
            "seed": 9999,
        },
    ],
)
def test_settings_at_their_edges_run_and_have_something_to_say(change):
    r = last(**change)
    text = " ".join([*M.findings(r), M.score(r), M.difference(r, r)])
    assert "nan" not in text and "inf " not in text
    specs = [views.foretelling(r)]
    for q in M.QUESTIONS:
        assert 0 <= q.grade(r)[0] < len(q.choices)
    for look in (
        Look(),
        Look("sigmoid", "N(0, s)", "plain", "gradient of the weights"),
        Look(structure=DIVIDED, measure="activations"),
    ):
        assert "nan" not in " ".join(M.described(r.start, look))
        specs += [
            views.start_map(r.start, look),
            views.layers(r.start, look, "gradient"),
            views.layers(r.start, look, "activations"),
        ]
        specs += [
            views.learning(r, look),
            *(views.norms(r, look, c) for c in (False, True)),
            views.learnt_map(r, look, True),
        ]
    json.dumps(specs, allow_nan=False)


def test_a_cell_of_the_map_is_the_network_it_shows(start):
    for cell in range(48):
        look = Look(**views.choice(cell))
        assert views.place(look) == divmod(cell, 4)
    look = Look("tanh", "Xavier", "batch norm")
    spec = views.start_map(start, look)
    cell = next(c for c in spec["series"][1]["data"] if c["itemStyle"]["borderWidth"])
    assert cell["value"][:2] == [1, 4]
    assert float(cell["name"].replace("−", "-")) == pytest.approx(
        decades(start, "tanh", "batch norm", "Xavier").mean(), abs=0.06
    )


@pytest.mark.parametrize("name", M.LIMITS)
def test_a_setting_out_of_bounds_is_named_with_its_bound(name):
    low, high = M.LIMITS[name]
    for value in (low - 1, high + 1, math.nan):
        with pytest.raises(ValueError, match=rf"{name}: must lie between"):
            Settings(**{name: value})


def test_a_name_off_the_menu_is_refused():
    assert set(M.LIMITS) | {"optimizer"} == {f.name for f in fields(Settings)}
    with pytest.raises(ValueError, match="optimizer: must be one of"):
        Settings(optimizer="nonsense")
    for name in ("activation", "initialisation", "structure", "measure"):
        with pytest.raises(ValueError, match=f"{name}: must be one of"):
            Look(**{name: "nonsense"})


def compare(out, change, look):
    r = last(**change)
    starts = dict(re.findall(r"^(.+): (-?[\d.]+) decades$", out, re.M))
    assert len(starts) == 48
    for (a, b, c), value in np.ndenumerate(r.start.decades().mean(-1)):
        assert float(starts[f"{A[a]}, {INIT[c]}, {S[b]}"]) == pytest.approx(value, abs=2e-4)
    scores = [float(v) for v in re.findall(r"validation accuracy ([\d.]+)", out)]
    assert scores == pytest.approx(r.validation[look.index].mean(-1).tolist(), abs=0.01)


def test_the_script_prints_the_numbers_on_screen():
    look, change = Look("tanh", "Kaiming", "batch norm"), {"seed": 3, "lr": 0.05, "clip": 0.5}
    command = [sys.executable, "-W", "error", "-c", M.script(Settings(**{**QUICK, **change}), look)]
    out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    compare(out, change, look)


@pytest.mark.parametrize(
    ("look", "change"),
    [
        (Look("ReLU", "Kaiming", "residual"), {"optimizer": "SGD", "lr": 0.1}),
        (Look("GELU", "Xavier", DIVIDED), {"optimizer": "Adam", "lr": 0.003}),
    ],
)
def test_so_do_the_other_optimisers_and_structures(look, change):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(M.script(Settings(**{**QUICK, **change}), look), "script", "exec"), {})
    compare(out.getvalue(), change, look)
