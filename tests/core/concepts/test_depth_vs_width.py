"""Depth or width: the folding construction in exact arithmetic, pieces counted, equal budgets, and the words said of what was trained."""

import json
import math
import re
import subprocess
import sys
from dataclasses import fields, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core.concepts.generalization import depth_vs_width as M
from core.concepts.generalization import depth_vs_width_fold as fold
from core.concepts.generalization import depth_vs_width_networks as networks
from core.concepts.generalization import depth_vs_width_views as views
from core.concepts.generalization import depth_vs_width_words as words
from core.concepts.generalization.depth_vs_width import Look, Settings

QUICK = {"n": 64, "epochs": 50, "seeds": 3, "budget": 300, "folds": 2}


def last(**change):
    for result in M.run(Settings(**{**QUICK, **change})):  # noqa: B007
        pass
    return result


@pytest.fixture(scope="module")
def result():
    return last()


@pytest.mark.parametrize("k", range(1, 11))
def test_k_layers_of_two_neurons_make_two_to_the_k_pieces(k):
    knots = fold.folded(k)
    assert fold.pieces(knots) == 2**k == len(knots) - 1
    assert [x for x, _ in knots] == [Fraction(i, 2**k) for i in range(2**k + 1)]  # all equally wide
    assert [y for _, y in knots] == [Fraction((i + 1) % 2) for i in range(2**k + 1)]  # each over all of [0, 1]
    assert networks.parameters((2,) * k) == sum(p.numel() for p in fold.network(k).parameters()) == 6 * k + 1
    assert sum(isinstance(m, nn.ReLU) for m in fold.network(k)) == k


def test_each_layer_folds_the_interval_once():
    assert fold.folded(1) == ((Fraction(0), Fraction(1)), (Fraction(1, 2), Fraction(0)), (Fraction(1), Fraction(1)))
    for k in range(1, 7):  # every fold is in the middle of a piece there was
        before, now = ([x for x, _ in fold.folded(j)] for j in (k, k + 1))
        assert sorted(set(now) - set(before)) == [(a + b) / 2 for a, b in pairwise(before)]


@pytest.mark.parametrize("weight", [0.5, 1.0, 1.3, 2.0, 2.2])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_torch_network_with_the_weights_of_the_text_is_that_function(k, weight):
    model = fold.network(k, weight)
    first = model[0]
    assert first.weight.flatten().tolist() == [1, -1] and first.bias.tolist() == [-0.5, 0.5]
    for layer in model[2:-1:2]:
        assert layer.bias.tolist() == [-0.5, 0.5]
        assert layer.weight.tolist() == [[pytest.approx(weight)] * 2, [pytest.approx(-weight)] * 2]
    x, y = (np.array([float(v) for v in part]) for part in zip(*fold.folded(k, fold.exact(weight)), strict=True))
    at = np.unique(np.concatenate([x, np.linspace(0, 1, 101)]))
    with torch.no_grad():
        said = model.double()(torch.tensor(at)[:, None])[:, 0].numpy()
    assert said == pytest.approx(np.interp(at, x, y), rel=1e-5, abs=1e-6)  # its weights are single


def test_with_weight_1_nothing_folds_after_the_first_layer_and_the_reason_is_its_range():
    for k in range(1, 9):
        knots = fold.folded(k, Fraction(1))
        assert fold.pieces(knots) == 2
        assert max(y for _, y in knots) == Fraction(1, 2) and min(y for _, y in knots) == 0
    said = " ".join(M.described(Look(layers=4, weight=1.0)))
    assert "Why it fails" in said and "between 0 and 0.5" in said and "2 pieces from 8 neurons" in said
    assert "Why it fails" not in " ".join(M.described(Look()))


@pytest.mark.parametrize("weight", [1.2, 1.5, 1.8])
def test_between_1_and_2_the_pieces_grow_like_powers_of_the_weight(weight):
    """Misiurewicz and Szlenk: the growth rate of the laps of a map of constant slope is that slope."""
    counts = [fold.pieces(fold.folded(k, fold.exact(weight))) for k in (8, 14)]
    assert (counts[1] / counts[0]) ** (1 / 6) == pytest.approx(weight, rel=0.08)
    assert counts[0] < 2**8
    assert "about the weight" in " ".join(M.described(Look(weight=weight)))


def test_above_2_every_piece_is_folded_but_the_answers_leave_the_interval():
    assert fold.pieces(fold.folded(6, fold.exact(2.2))) == 64
    assert max(y for _, y in fold.folded(6, fold.exact(2.2))) > 1
    assert "leave [0, 1]" in " ".join(M.described(Look(weight=2.2)))


def test_pieces_of_one_slope_count_once():
    straight = tuple((Fraction(i, 4), Fraction(i, 2)) for i in range(5))
    assert fold.pieces(straight) == 1
    assert fold.pieces((*straight, (Fraction(2), Fraction(0)))) == 2


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_one_hidden_layer_makes_the_same_function_of_a_neuron_a_piece(k):
    knots = fold.folded(k)
    terms = fold.one_layer(knots, 2**k)
    assert len(terms) == 2**k
    for x, y in knots:  # exactly
        assert knots[0][1] + sum(c * max(x - t, Fraction(0)) for t, c in terms) == y
    for n in range(1, 2**k):  # with fewer it has so many pieces, the first ones
        x = np.array([float(v) for v, _ in knots])
        said = fold.at(fold.one_layer(knots, n), knots[0][1], x)
        right = np.isclose(said, [float(y) for _, y in knots])
        assert right[: n + 1].all() and not right[n + 1 :].any()


@given(st.integers(1, 12), st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_one_hidden_layer_of_n_neurons_has_n_plus_one_pieces_at_most(n, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(1, n), nn.ReLU(), nn.Linear(n, 1)).double()
    found = networks.bends(model)
    kinks = -(model[0].bias / model[0].weight[:, 0]).detach().numpy()
    inside = np.sort(kinks[np.abs(kinks) < networks.SPREAD / 2])
    assert len(found) <= n and found == pytest.approx(inside)


@pytest.mark.parametrize("k", [1, 2, 4, 6])
def test_the_bends_of_a_network_are_found_exactly(k):
    found = networks.bends(fold.network(k).double(), 0.0, 1.0)
    assert found == pytest.approx(np.arange(1, 2**k) / 2**k, abs=1e-12)
    near = networks.beside(k, 0, 0.0)
    assert len(networks.bends(near)) + 1 == 2**k


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_the_bends_of_a_deep_network_are_all_the_places_where_it_is_not_straight(seed):
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(1, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 1)
    ).double()
    found = networks.bends(model)
    edges = np.concatenate([[-networks.SPREAD / 2], found, [networks.SPREAD / 2]])
    x = np.unique(np.concatenate([edges, np.linspace(edges[0], edges[-1], 3001)]))
    with torch.no_grad():
        y = model(torch.tensor(x)[:, None])[:, 0].numpy()
    at_edges = y[np.searchsorted(x, edges)]
    assert np.interp(x, edges, at_edges) == pytest.approx(y, abs=1e-6 * max(1, np.abs(y).max()))
    assert len(found) <= 7 * 7 * 6


@pytest.mark.parametrize("budget", M.BUDGETS)
def test_all_depths_have_the_same_number_of_parameters_within_2_percent(budget):
    counts = []
    for depth in M.DEPTHS:
        ws = networks.widths(depth, budget)
        assert len(ws) == depth and max(ws) - min(ws) <= 1
        counts.append(networks.parameters(ws))
        assert counts[-1] == sum(p.numel() for p in networks.build(ws).parameters())
    assert max(counts) <= 1.02 * min(counts) and max(abs(c - budget) for c in counts) <= 0.02 * budget


@pytest.mark.parametrize("folds", [1, 3, 5])
def test_the_targets_have_as_many_pieces_and_variance_1_and_the_regular_one_is_the_fold(folds):
    for target in M.TARGETS:
        x, y = networks.knots(target, folds, 4)
        assert len(x) == 2**folds + 1 and x[0] == 0 and x[-1] == pytest.approx(1) and (np.diff(x) > 0).all()
        slopes = np.diff(y) / np.diff(x)
        assert (slopes[1:] * slopes[:-1] < 0).all()  # a zigzag: every knot is a bend
        fine = np.interp(np.linspace(0, 1, 50_001), x, y)
        assert fine.mean() == pytest.approx(0, abs=1e-3) and fine.var() == pytest.approx(1, abs=1e-3)
    x, y = networks.knots(M.REGULAR, folds, 4)
    exact = np.array([[float(v) for v in knot] for knot in fold.folded(folds)])
    assert x == pytest.approx(exact[:, 0]) and y == pytest.approx((exact[:, 1] - 0.5) * 12**0.5, abs=1e-3)
    a, b = (networks.knots(M.IRREGULAR, folds, seed) for seed in (1, 2))
    assert not np.allclose(a[1], b[1])


def test_both_targets_are_asked_at_the_same_places_and_validation_at_others():
    (x, _), (z, _) = (networks.draw(t, 3, 5, 50, 0.0) for t in M.TARGETS)
    assert np.array_equal(x, z)
    assert not np.isin(networks.draw(M.REGULAR, 3, 5, 50, 0.0, 7)[0], x).any()
    x, y = networks.draw(M.REGULAR, 3, 5, 4000, 0.3)
    off = y - np.interp(x, *networks.knots(M.REGULAR, 3, 5))
    assert off.std() == pytest.approx(0.3, rel=0.05)


def test_the_folding_network_that_is_not_off_has_no_error():
    x, y = networks.rows(M.REGULAR, 3, (0, 1), 200, 0.0)
    with torch.no_grad():
        assert ((networks.beside(3, 0, 0.0)(x[0])[:, 0] - y[0]) ** 2).mean() < 1e-6
        assert ((networks.beside(3, 0, 0.1)(x[0])[:, 0] - y[0]) ** 2).mean() > 1e-3


def test_training_keeps_the_fold_it_starts_beside_and_does_not_find_it_from_random_starts():
    s = Settings(folds=3, n=256, epochs=60, seeds=6)
    group = M.folding(s)
    for _ in group.fit():
        pass
    group.validate()
    d = group.tested()
    assert words.solved(d, 1) >= 4 and words.solved(d, 0) <= 1
    assert words.mean(d.error(0)) > 100 * words.mean(d.error(1))


def test_what_is_measured_is_of_the_networks(result):
    s = result.settings
    assert result.fraction == 1 and list(result.depths) == list(M.DEPTHS)
    for depth, d in result.depths.items():
        assert d.widths == networks.widths(depth, s.budget)
        assert d.validation.shape == (len(result.steps), 2, len(M.RATES), 3) and d.test.shape == d.validation.shape[1:]
        assert (d.pieces >= 1).all() and (d.start <= np.prod([w + 1 for w in d.widths])).all()
        for t in (0, 1):
            by_rate = np.exp(np.log(d.validation[-1, t]).mean(1))
            assert by_rate[d.rate[t]] == by_rate.min()
            assert np.array_equal(d.error(t), d.test[t, d.rate[t]])
            truth = np.interp(np.linspace(0, 1, M.LINE), *networks.knots(M.TARGETS[t], s.folds, 1))
            rough = ((d.answers[t, d.rate[t], 1] - truth) ** 2).mean()
            assert rough == pytest.approx(d.test[t, d.rate[t], 1], rel=0.1, abs=0.01)
    frame = result.frame()
    assert len(frame) == 4 * 2 * 3 * 3 and frame.chosen.sum() == 4 * 2 * 3
    level = result.against_wide(4, 1).level
    assert level == pytest.approx(1 - 0.05 / 6)


def test_the_same_settings_give_the_same_and_what_is_yielded_stays_valid(result):
    again = last()
    assert all(np.array_equal(again.depths[n].test, d.test) for n, d in result.depths.items())
    assert np.array_equal(again.fold.test, result.fold.test)
    fractions, kept = [], None
    for r in M.run(Settings(**{**QUICK, "seeds": 2}), every=0.0):
        fractions.append(r.fraction)
        if kept is None and r.steps is not None and len(r.steps) == 4:
            kept, said = r, M.findings(r)
            json.dumps([views.errors(r), views.learning(r, 0), views.fits(r, 1, 0)], allow_nan=False)
    assert fractions == sorted(fractions) and fractions[-1] == 1 and len(fractions) == 100
    assert kept.depths[1].test is None and M.findings(kept) == said
    for n, d in r.depths.items():  # who else is there makes no difference
        assert np.allclose(d.test, result.depths[n].test[:, :, :2], rtol=0.05)


def altered(result, change):
    """The result with test errors replaced: change(depth, target) -> factor of 0.1."""
    luck = np.exp(0.05 * np.random.default_rng(0).standard_normal((4, 2, 3)))
    depths = {}
    for i, (n, d) in enumerate(result.depths.items()):
        test = np.stack([np.broadcast_to(0.1 * change(n, t) * luck[i, t], (len(M.RATES), 3)) for t in (0, 1)])
        depths[n] = replace(d, test=test)
    return replace(result, depths=depths)


def test_what_is_better_beyond_luck_is_said_and_what_is_not_too(result):
    same = altered(result, lambda n, t: 1)
    said = [line for line in M.findings(same) if line.startswith("Error against")]
    assert len(said) == 2 and all(
        "no difference beyond luck: 2 hidden layers, 4 hidden layers and 8 hidden layers" in v for v in said
    )
    assert M.QUESTIONS[3].grade(same)[0] == 2
    there = altered(result, lambda n, t: {4: 0.01, 8: 8}.get(n, 1) if t == 0 else 1)
    regular, irregular = [line for line in M.findings(there) if line.startswith("Error against")]
    assert "lower with: 4 hidden layers" in regular and "higher with: 8 hidden layers" in regular
    assert "lower" not in irregular and "higher" not in irregular
    assert M.QUESTIONS[3].grade(there)[0] == 0 and M.QUESTIONS[0].grade(there)[0] == 2


def test_questions_on_the_fold_and_the_pieces_are_graded_from_the_run(result):
    d = result.fold
    for errors, choice in ((1.0, 2), (1e-4, 0)):
        r = replace(result, fold=replace(d, test=np.full_like(d.test, errors)))
        assert M.QUESTIONS[1].grade(r)[0] == choice
    deep = result.depths[8]
    for count, choice in ((2, 0), (50, 1), (5000, 2)):
        r = replace(result, depths={**result.depths, 8: replace(deep, pieces=np.full_like(deep.pieces, count))})
        assert M.QUESTIONS[2].grade(r)[0] == choice
    assert "So the function is there" not in " ".join(
        M.findings(replace(result, fold=replace(d, test=np.full_like(d.test, 0.5))))
    )


@pytest.mark.parametrize(
    "change",
    [
        {"folds": 1, "seeds": 2, "noise": 0.5, "n": 65, "seed": 9999},
        {"folds": 5, "seeds": 2, "budget": 1200, "noise": -0.0},
    ],
)
def test_settings_at_their_edges_run_and_have_something_to_say(change):
    r = last(**change)
    text = " ".join([*M.findings(r), M.score(r), M.difference(r, r)])
    assert "nan" not in text and "inf " not in text
    for q in M.QUESTIONS:
        assert 0 <= q.grade(r)[0] < len(q.choices)
    json.dumps(
        [views.errors(r), views.pieces(r), views.table(r), *(views.learning(r, t) for t in (0, 1))], allow_nan=False
    )
    assert len(views.ratios(r).data) == 12 and len(views.found(r).data) == 12


@pytest.mark.parametrize("look", [Look(1, 0.5, 1), Look(8, 2.5, 256), Look(5, 1.3, 3), Look(8, 1.0, 10)])
def test_the_fold_is_drawn_and_described_at_its_edges(look):
    specs = [make(look) for make in (views.after, views.neurons, views.growth, views.shallow)]
    assert "nan" not in json.dumps([specs, M.described(look)], allow_nan=False)
    assert f"{look.after(look.layers)} pieces" in specs[0]["title"]["text"]
    drawn = specs[0]["series"][1]["data"]
    assert len(drawn) == len(fold.folded(look.layers, fold.exact(look.weight)))


@pytest.mark.parametrize("name", M.LIMITS)
def test_a_setting_out_of_bounds_is_named_with_its_bound(name):
    low, high = M.LIMITS[name]
    for value in (low - 1, high + 1, math.nan):
        with pytest.raises(ValueError, match=rf"{name}: must lie between"):
            Settings(**{name: value})


def test_what_is_off_the_menu_is_refused_and_zero_has_no_sign():
    assert set(M.LIMITS) | {"budget"} == {f.name for f in fields(Settings)}
    with pytest.raises(ValueError, match="budget: must be one of"):
        Settings(budget=301)
    assert math.copysign(1, Settings(noise=-0.0).noise) == 1
    for change in ({"layers": 0}, {"weight": math.nan}, {"neurons": 257}):
        with pytest.raises(ValueError, match=f"{next(iter(change))}: must lie between"):
            Look(**change)


def test_the_script_prints_the_numbers_on_screen():
    change = {"seeds": 2, "seed": 3, "noise": 0.1}
    command = [sys.executable, "-W", "error", "-c", M.script(Settings(**{**QUICK, **change}))]
    out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    found = re.findall(r"^(.+): (\d+) parameters, rate ([\d.]+), test error ([\d.e+-]+)$", out, re.M)
    r = last(**change)
    expected = [
        (f"{n} hidden {target}", networks.parameters(d.widths), M.RATES[d.rate[t]], words.mean(d.error(t)))
        for t, target in enumerate(M.TARGETS)
        for n, d in r.depths.items()
    ]
    expected += [
        (
            f"fold, {start}, regular",
            networks.parameters(r.fold.widths),
            M.RATES[r.fold.rate[i]],
            words.mean(r.fold.error(i)),
        )
        for i, start in enumerate(M.STARTS)
    ]
    assert len(found) == len(expected) == 10
    for (name, count, rate, error), (title, parameters, chosen, ours) in zip(found, expected, strict=True):
        assert (name, int(count), float(rate)) == (title, parameters, chosen)
        assert float(error) == pytest.approx(ours, rel=0.02), name
