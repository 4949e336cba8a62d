"""Depth or width: the folding construction in exact arithmetic, pieces counted, equal budgets, and what is found by training."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from core.concepts.generalization import depth_vs_width
from core.concepts.generalization.depth_vs_width import (
    Result,
    Settings,
    ViewSettings,
    figures,
    folding,
    networks,
    plain,
    targets,
)
from core.concepts.generalization.depth_vs_width.experiment import folding as folding_group
from core.concepts.generalization.depth_vs_width.findings import found_share, pieces_after
from core.concepts.generalization.depth_vs_width.result import LEVEL, LINE, RATES, STARTS, geometric_mean
from core.concepts.generalization.depth_vs_width.settings import BUDGETS
from core.engine.pieces import finish
from core.progress import finished

QUICK = Settings(n=64, epochs=50, seeds=3, budget=300, folds=2)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(depth_vs_width.run(QUICK))


# The folding network.


@pytest.mark.parametrize("k", range(1, 11))
def test_k_layers_of_two_neurons_make_two_to_the_k_pieces(k: int) -> None:
    knots = folding.folded(k)
    assert folding.pieces(knots) == 2**k == len(knots) - 1
    assert [x for x, _ in knots] == [Fraction(i, 2**k) for i in range(2**k + 1)]  # all equally wide
    assert [y for _, y in knots] == [Fraction((i + 1) % 2) for i in range(2**k + 1)]  # each over all of [0, 1]
    model = networks.folding_network(k)
    assert targets.parameters((2,) * k) == sum(p.numel() for p in model.parameters()) == 6 * k + 1
    assert sum(isinstance(m, nn.ReLU) for m in model) == k


def test_each_layer_folds_the_interval_once() -> None:
    assert folding.folded(1) == (
        (Fraction(0), Fraction(1)),
        (Fraction(1, 2), Fraction(0)),
        (Fraction(1), Fraction(1)),
    )
    for k in range(1, 7):  # every fold is in the middle of a piece there was
        before, now = ([x for x, _ in folding.folded(j)] for j in (k, k + 1))
        assert sorted(set(now) - set(before)) == [(a + b) / 2 for a, b in pairwise(before)]


@pytest.mark.parametrize("weight", [0.5, 1.0, 1.3, 2.0, 2.2])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_torch_network_with_the_weights_of_the_text_is_that_function(k: int, weight: float) -> None:
    model = networks.folding_network(k, weight)
    first = model[0]
    assert first.weight.flatten().tolist() == [1, -1] and first.bias.tolist() == [-0.5, 0.5]
    for layer in model[2:-1:2]:
        assert layer.bias.tolist() == [-0.5, 0.5]
        assert layer.weight.tolist() == [[pytest.approx(weight)] * 2, [pytest.approx(-weight)] * 2]
    knots = folding.folded(k, folding.exact(weight))
    x, y = (np.array([float(v) for v in part]) for part in zip(*knots, strict=True))
    at = np.unique(np.concatenate([x, np.linspace(0, 1, 101)]))
    with torch.no_grad():
        out = model.double()(torch.tensor(at)[:, None])[:, 0].numpy()
    assert out == pytest.approx(np.interp(at, x, y), rel=1e-5, abs=1e-6)  # its weights are single


def keys(view: ViewSettings) -> list[str]:
    return [f.key for f in depth_vs_width.described(view)]


def test_with_weight_1_nothing_folds_after_the_first_layer_because_of_its_range() -> None:
    for k in range(1, 9):
        knots = folding.folded(k, Fraction(1))
        assert folding.pieces(knots) == 2
        assert max(y for _, y in knots) == Fraction(1, 2) and min(y for _, y in knots) == 0
    fold, why = depth_vs_width.described(ViewSettings(layers=4, weight=1.0))
    assert (fold["pieces"], fold["neurons"]) == (2, 8)
    assert why.key == "fold_fails" and why["reach"] == 0.5
    assert keys(ViewSettings()) == ["fold"]


@pytest.mark.parametrize("weight", [1.2, 1.5, 1.8])
def test_between_1_and_2_the_pieces_grow_like_powers_of_the_weight(weight: float) -> None:
    """Misiurewicz and Szlenk: the growth rate of the pieces of a repeated map of constant slope is that slope."""
    counts = [folding.pieces(folding.folded(k, folding.exact(weight))) for k in (8, 14)]
    assert (counts[1] / counts[0]) ** (1 / 6) == pytest.approx(weight, rel=0.08)
    assert counts[0] < 2**8
    assert keys(ViewSettings(weight=weight)) == ["fold", "fold_partial"]


def test_above_2_every_piece_is_folded_but_the_output_leaves_the_interval() -> None:
    assert folding.pieces(folding.folded(6, folding.exact(2.2))) == 64
    top = float(max(y for _, y in folding.folded(6, folding.exact(2.2))))
    [leaves] = [f for f in depth_vs_width.described(ViewSettings(layers=6, weight=2.2)) if f.key == "fold_leaves"]
    assert leaves["top"] == top > 1


def test_pieces_of_one_slope_count_once() -> None:
    straight = tuple((Fraction(i, 4), Fraction(i, 2)) for i in range(5))
    assert folding.pieces(straight) == 1
    assert folding.pieces((*straight, (Fraction(2), Fraction(0)))) == 2


@pytest.mark.parametrize("weight", [2.0, 1.3, 2.2])
@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_one_hidden_layer_makes_the_same_function_from_a_neuron_a_piece(k: int, weight: float) -> None:
    knots = folding.bends(folding.folded(k, folding.exact(weight)))
    count = folding.pieces(knots)
    terms = folding.one_layer(knots, count)
    assert len(terms) == count
    for x, y in knots:  # exactly
        assert knots[0][1] + sum(c * max(x - t, Fraction(0)) for t, c in terms) == y
    x = np.array([float(v) for v, _ in knots])
    for n in range(1, count):  # with fewer it has as many pieces, the first ones
        out = folding.one_layer_at(folding.one_layer(knots, n), knots[0][1], x)
        right = np.isclose(out, [float(y) for _, y in knots])
        assert right[: n + 1].all() and not right[n + 1]


# Networks and targets.


@given(st.integers(1, 12), st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_one_hidden_layer_of_n_neurons_has_n_plus_one_pieces_at_most(n: int, seed: int) -> None:
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(1, n), nn.ReLU(), nn.Linear(n, 1)).double()
    found = networks.bends(model)
    kinks = -(model[0].bias / model[0].weight[:, 0]).detach().numpy()
    inside = np.sort(kinks[np.abs(kinks) < networks.SPREAD / 2])
    assert len(found) <= n and found == pytest.approx(inside)


@pytest.mark.parametrize("k", [1, 2, 4, 6])
def test_the_bends_of_a_network_are_found_exactly(k: int) -> None:
    found = networks.bends(networks.folding_network(k).double(), 0.0, 1.0)
    assert found == pytest.approx(np.arange(1, 2**k) / 2**k, abs=1e-12)
    assert len(networks.bends(networks.near_the_fold(k, 0, 0.0))) + 1 == 2**k


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_between_the_bends_of_a_deep_network_it_is_straight(seed: int) -> None:
    torch.manual_seed(seed)
    model = networks.build((6, 6, 5)).double()
    found = networks.bends(model)
    edges = np.concatenate([[-networks.SPREAD / 2], found, [networks.SPREAD / 2]])
    x = np.unique(np.concatenate([edges, np.linspace(edges[0], edges[-1], 3001)]))
    with torch.no_grad():
        y = model(torch.tensor(x)[:, None])[:, 0].numpy()
    at_edges = y[np.searchsorted(x, edges)]
    assert np.interp(x, edges, at_edges) == pytest.approx(y, abs=1e-6 * max(1, np.abs(y).max()))
    assert len(found) <= 7 * 7 * 6


@pytest.mark.parametrize("budget", BUDGETS)
def test_all_depths_have_the_same_number_of_parameters_within_2_percent(budget: int) -> None:
    counts = []
    for depth in targets.DEPTHS:
        widths = targets.widths(depth, budget)
        assert len(widths) == depth and max(widths) - min(widths) <= 1
        counts.append(targets.parameters(widths))
        assert counts[-1] == sum(p.numel() for p in networks.build(widths).parameters())
    assert max(counts) <= 1.02 * min(counts) and max(abs(c - budget) for c in counts) <= 0.02 * budget


def test_a_budget_between_two_stops_is_met_within_3_percent() -> None:
    for budget in range(300, 1201, 7):
        for depth in targets.DEPTHS:
            assert abs(targets.parameters(targets.widths(depth, budget)) - budget) <= 0.03 * budget


@pytest.mark.parametrize("folds", [1, 3, 5])
def test_the_targets_are_zigzags_of_variance_1_and_the_regular_one_is_the_fold(folds: int) -> None:
    for target in targets.TARGETS:
        x, y = targets.knots(target, folds, 4)
        assert len(x) == 2**folds + 1 and x[0] == 0 and x[-1] == pytest.approx(1) and (np.diff(x) > 0).all()
        slopes = np.diff(y) / np.diff(x)
        assert (slopes[1:] * slopes[:-1] < 0).all()  # every knot is a bend
        fine = np.interp(np.linspace(0, 1, 50_001), x, y)
        assert fine.mean() == pytest.approx(0, abs=1e-3) and fine.var() == pytest.approx(1, abs=1e-3)
    x, y = targets.knots(targets.REGULAR, folds, 4)
    exact = np.array([[float(v) for v in knot] for knot in folding.folded(folds)])
    assert x == pytest.approx(exact[:, 0]) and y == pytest.approx((exact[:, 1] - 0.5) * 12**0.5, abs=1e-3)
    a, b = (targets.knots(targets.IRREGULAR, folds, seed) for seed in (1, 2))
    assert not np.allclose(a[1], b[1])


def test_both_targets_have_the_same_rows_and_validation_has_others() -> None:
    (x, _), (z, _) = (targets.draw(t, 3, 5, 50, 0.0) for t in targets.TARGETS)
    assert np.array_equal(x, z)
    assert not np.isin(targets.draw(targets.REGULAR, 3, 5, 50, 0.0, targets.VALIDATION)[0], x).any()
    x, y = targets.draw(targets.REGULAR, 3, 5, 4000, 0.3)
    off = y - np.interp(x, *targets.knots(targets.REGULAR, 3, 5))
    assert off.std() == pytest.approx(0.3, rel=0.05)


def test_the_exact_folding_network_has_no_error() -> None:
    x, y = networks.rows(targets.REGULAR, 3, (0, 1), 200, 0.0)
    with torch.no_grad():
        assert ((networks.near_the_fold(3, 0, 0.0)(x[0])[:, 0] - y[0]) ** 2).mean() < 1e-6
        assert ((networks.near_the_fold(3, 0, 0.1)(x[0])[:, 0] - y[0]) ** 2).mean() > 1e-3


# Runs.


def test_training_keeps_the_fold_that_it_starts_near_and_does_not_find_it_from_random_starts() -> None:
    s = Settings(epochs=60, seeds=6)
    group = finish(folding_group(s))
    for _ in group.fit(group.rows(s.n, targets.TRAINING)):
        pass
    group.validate()
    fold = finish(group.tested())
    assert fold.solved(1) >= 4 and fold.solved(0) <= 1
    assert geometric_mean(fold.errors(0)) > 100 * geometric_mean(fold.errors(1))


def test_what_is_measured_is_of_the_networks(result: Result) -> None:
    s = result.settings
    assert result.fraction == 1 and list(result.depths) == list(targets.DEPTHS)
    for depth, d in result.depths.items():
        assert d.widths == targets.widths(depth, s.budget)
        assert d.validation.shape == (len(result.steps), 2, len(RATES), 3) and d.test.shape == d.validation.shape[1:]
        assert (d.pieces >= 1).all() and (d.start <= np.prod([w + 1 for w in d.widths])).all()
        for t in (0, 1):
            by_rate = np.exp(np.log(d.validation[-1, t]).mean(1))
            assert by_rate[d.rates[t]] == by_rate.min() == pytest.approx(d.validated(t))
            assert np.array_equal(d.errors(t), d.test[t, d.rates[t]])
            truth = np.interp(np.linspace(0, 1, LINE), *targets.knots(targets.TARGETS[t], s.folds, 1))
            rough = ((d.answers[t, d.rates[t], 1] - truth) ** 2).mean()
            assert rough == pytest.approx(d.test[t, d.rates[t], 1], rel=0.1, abs=0.01)
    frame = result.frame()
    assert len(frame) == 4 * 2 * 3 * 3 and frame.chosen.sum() == 4 * 2 * 3


def test_results_on_the_way_stay_as_they_are_and_more_seeds_change_nothing(result: Result) -> None:
    fractions, kept, found = [], None, None
    for step in depth_vs_width.run(replace(QUICK, seeds=2)):
        fractions.append(step.fraction)
        if kept is None and step.fraction > 0.3:
            kept = step.result()
            found = depth_vs_width.findings(kept)
            json.dumps([figures.errors(kept), figures.learning(kept, 0), figures.fits(kept, 1, 0)], allow_nan=False)
    assert fractions == sorted(fractions) and fractions[-1] == 1 and fractions.count(1) == 1
    assert kept.depths[1].test is None and depth_vs_width.findings(kept) == found
    assert [f.key for f in found][-1] == "solved"  # pieces are counted at the end
    end = step.result()
    for n, d in end.depths.items():
        assert np.allclose(d.test, result.depths[n].test[:, :, :2], rtol=0.05)


# What is said.


def altered(result: Result, factors: dict[tuple[int, int], float], seed: int = 0) -> Result:
    """The result with test errors of 0.1 times factors[depth, target] and a little noise."""
    noise = np.exp(0.05 * np.random.default_rng(seed).standard_normal((4, 2, 3)))
    depths = {}
    for i, (n, d) in enumerate(result.depths.items()):
        errors = [0.1 * factors.get((n, t), 1.0) * noise[i, t] for t in (0, 1)]
        depths[n] = replace(d, test=np.stack([np.broadcast_to(e, (len(RATES), 3)) for e in errors]))
    return replace(result, depths=depths)


def test_clear_differences_between_depths_are_named_and_others_are_not(result: Result) -> None:
    assert [f.key for f in depth_vs_width.findings(altered(result, {}))[1:3]] == ["depths_alike", "depths_alike"]
    assert depth_vs_width.QUESTIONS[3].grade(altered(result, {}))[0] == 2
    there = altered(result, {(4, 0): 0.01, (8, 0): 8})
    regular, irregular = depth_vs_width.findings(there)[1:3]
    lower, higher = regular["parts"]
    assert (lower["n"], higher["n"]) == (4, 8) and lower["factor"].high < 1 < higher["factor"].low
    ratio = np.log10(there.depths[4].errors(0) / there.depths[1].errors(0))
    half = stats.t.ppf((1 + LEVEL) / 2, 2) * ratio.std(ddof=1) / 3**0.5
    assert lower["factor"].low == pytest.approx(10 ** (ratio.mean() - half), rel=0.05)  # it has two digits
    assert (regular.key, irregular.key) == ("depths_differ", "depths_alike")
    assert [depth_vs_width.QUESTIONS[i].grade(there)[0] for i in (0, 3)] == [2, 0]


@pytest.mark.parametrize(("solved", "key"), [(0, "finds_rarely"), (4, "finds_sometimes"), (8, "finds")])
def test_the_verdict_says_how_often_the_fold_is_found(result: Result, solved: int, key: str) -> None:
    errors = np.where(np.arange(8) < solved, 1e-4, 1.0)
    shape = (2, len(RATES), 8)
    validation = np.ones((len(result.steps), *shape))
    fold = replace(result.fold, validation=validation, test=np.broadcast_to(errors, shape))
    made = replace(result, fold=fold, settings=replace(QUICK, seeds=8))
    verdict = depth_vs_width.findings(made)[0]
    assert verdict.key == key and verdict["random"] == solved
    share = found_share(fold, 0)  # the exact interval, from quantiles of the beta distribution
    low = stats.beta.ppf(0.025, solved, 9 - solved) if solved else 0.0
    high = stats.beta.ppf(0.975, solved + 1, 8 - solved) if solved < 8 else 1.0
    assert (share.low, share.high) == pytest.approx((low, high))
    assert depth_vs_width.QUESTIONS[1].grade(made)[0] == {0: 2, 4: 1, 8: 0}[solved]


def test_the_question_on_pieces_is_graded_from_the_run(result: Result) -> None:
    deep = result.depths[8]
    for count, choice in ((2, 0), (50, 1), (5000, 2)):
        changed = replace(deep, pieces=np.full_like(deep.pieces, count))
        r = replace(result, depths={**result.depths, 8: changed})
        assert depth_vs_width.QUESTIONS[2].grade(r)[0] == choice


def test_two_runs_are_compared_paired_and_only_on_the_same_targets(result: Result) -> None:
    assert depth_vs_width.difference(result, result).key == "no_difference"
    found = depth_vs_width.difference(altered(result, {(4, 1): 0.01}), altered(result, {}, seed=1))
    [part] = found["parts"]
    assert (part["target"], part["n"]) == ("irregular", 4) and part["factor"].mean == pytest.approx(0.01, rel=0.1)
    other = replace(result, settings=replace(QUICK, folds=3))
    assert depth_vs_width.difference(result, other).key == "not_comparable"


# What is drawn.


@pytest.mark.parametrize(
    "view",
    [ViewSettings(), ViewSettings(1, 0.5, 1), ViewSettings(8, 2.5, 256), ViewSettings(5, 1.3, 3), ViewSettings(8, 1.0, 10)],
)  # fmt: skip
def test_the_fold_is_drawn_at_its_edges(view: ViewSettings) -> None:
    specs = [make(view) for make in (figures.fold, figures.growth, figures.neurons)]
    json.dumps(specs, allow_nan=False)
    assert f" {pieces_after(view.layers, view.weight)} straight piece" in specs[0]["title"]["text"]
    drawn = next(s for s in specs[0]["series"] if s["name"] == f"after layer {view.layers}")["data"]
    assert len(drawn) == len(folding.folded(view.layers, folding.exact(view.weight)))


def test_the_pictures_show_the_numbers(result: Result) -> None:
    for t in (0, 1):
        line = figures.errors(result)["series"][3 * t + 2]["data"]
        assert [v for _, v in line] == pytest.approx(
            [geometric_mean(d.errors(t)) for d in result.depths.values()], rel=1e-3
        )
    dots = figures.who_finds(result)["series"][2]["data"]
    found = [d.errors(0) for d in result.depths.values()] + [result.fold.errors(i) for i in range(len(STARTS))]
    assert [d["value"][0] for d in dots] == pytest.approx([geometric_mean(e) for e in found], rel=1e-3)
    ratios = figures.compared(result)["series"][2]["data"]
    assert ratios[0]["value"][0] == pytest.approx(10 ** result.ratio(2, 0).mean(), rel=1e-3)
    json.dumps([figures.pieces(result), figures.table(result), figures.learning(result, 1)], allow_nan=False)


def test_the_script_gives_the_numbers_of_the_run() -> None:
    s = replace(QUICK, folds=4, seeds=2, noise=0.1, n=65, seed=9999)
    printed, run = plain.main(SimpleNamespace(**vars(s))), finished(depth_vs_width.run(s))
    ours = {
        (f"{n} hidden", target): d.errors(t) for t, target in enumerate(targets.TARGETS) for n, d in run.depths.items()
    }
    ours |= {(f"fold, {start}", "regular"): run.fold.errors(i) for i, start in enumerate(STARTS)}
    assert printed.keys() == ours.keys()
    for name, errors in printed.items():
        assert errors == pytest.approx(ours[name], rel=0.05), name
