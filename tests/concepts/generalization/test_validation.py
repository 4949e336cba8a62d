"""The validation page's facts, in small."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import stats
from sklearn.model_selection import cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from core.concepts.generalization import validation
from core.concepts.generalization.validation import (
    Result,
    Settings,
    choosing,
    figures,
    folds,
    learners,
    networks,
    plain,
)
from core.concepts.generalization.validation.result import LEVEL, Spread
from core.concepts.generalization.validation.settings import LEARNERS
from core.engine.pieces import finish
from core.progress import finished
from core.settings import SettingsError

SMALL = Settings(rows=30, networks=4, outer=3, sets=4, steps=30, width=8, n=20, M=20)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(validation.run(SMALL))


def spread(**change: Any) -> Spread:
    return finish(folds.estimate(Settings(**change)))[1]


# Folds.


@given(some.integers(2, 120), some.data())
@settings(max_examples=60, deadline=None)
def test_every_row_is_held_out_exactly_once_in_folds_of_one_size(n: int, data: some.DataObject) -> None:
    k = data.draw(some.integers(2, n))
    fold = folds.assign(n, k, np.random.default_rng(data.draw(some.integers(0, 99))))
    sizes = np.bincount(fold, minlength=k)
    assert len(sizes) == k and sizes.sum() == n and sizes.max() - sizes.min() <= 1 and sizes.min() >= 1


def test_rows_are_assigned_at_random() -> None:
    assigned = np.stack([folds.assign(12, 3, np.random.default_rng(i)) for i in range(600)])
    share = (assigned == 0).mean(0)
    assert np.abs(share - 1 / 3).max() < 4 * (2 / 9 / 600) ** 0.5


@pytest.mark.parametrize("k", [2, 5, 40])
@pytest.mark.parametrize("neighbours", [1, 5])
def test_neighbours_predict_what_scikit_learn_predicts(k: int, neighbours: int) -> None:
    x, y = folds.draw("moons", 40, 0.3, 0.2, 3)
    fold = folds.assign(40, k, np.random.default_rng(0))
    cv = [(np.flatnonzero(fold != f), np.flatnonzero(fold == f)) for f in range(k)]
    expected = cross_val_predict(KNeighborsClassifier(neighbours), x, y, cv=cv)
    assert (learners.nearest_left_out(x[None], y[None], fold[None], neighbours)[0] == expected).all()
    new = np.random.default_rng(1).normal(size=(50, 2))
    known = KNeighborsClassifier(neighbours).fit(x, y)
    assert (learners.nearest_fresh(x[None], y[None], new[None], neighbours)[0] == known.predict(new)).all()


@pytest.mark.parametrize("learner", ["linear", "majority class"])
@pytest.mark.parametrize("data", ["moons", "blobs"])
def test_leaving_a_fold_out_is_learning_from_the_others(learner: str, data: str) -> None:
    x, y = folds.draw(data, 30, 0.4, 0.3, 1)
    fold = folds.assign(30, 4, np.random.default_rng(0))
    answer = learners.LEARNERS[learner].left_out(x[None], y[None], fold[None])[0]
    for f in range(4):
        out = fold == f
        alone = learners.LEARNERS[learner].fresh(x[~out][None], y[~out][None], x[out][None])[0]
        assert (answer[out] == alone).all()


def test_linear_is_least_squares() -> None:
    x, y = folds.draw("moons", 50, 0.4, 0.0, 1)
    a = np.column_stack([x, np.ones(50)])
    w = np.linalg.lstsq(a, np.eye(2)[y], rcond=None)[0]
    assert (learners.linear_fresh(x[None], y[None], x[None])[0] == (a @ w).argmax(1)).all()


def test_the_majority_of_the_others_is_always_wrong_when_classes_are_even() -> None:
    y = np.arange(20) % 2
    assert (learners.majority_left_out(np.zeros((1, 20, 2)), y[None], np.arange(20)[None])[0] != y).all()


def test_every_learner_on_the_menu_is_there() -> None:
    assert tuple(learners.LEARNERS) == LEARNERS


def test_leaving_one_out_does_not_depend_on_the_assignment_and_fewer_folds_do() -> None:
    s = spread()
    assert s.assignment_sd("leave one out") == 0
    assert s.assignment_sd("hold-out 1/5") > s.assignment_sd("2 folds") > s.assignment_sd("10 folds") > 0
    assert s.extra_variance("hold-out 1/5", "5 folds").low > 0  # it is scored on a fifth of the rows


def test_leaving_one_out_varies_more_for_the_majority_and_not_for_neighbours(result: Result) -> None:
    majority = spread(learner="majority class", flips=1.0)
    assert majority.extra_variance("leave one out", "2 folds").low > 0
    found = {f.key: f for f in validation.findings(replace(result, spread=majority))}
    compared = found["spread"]["compared"]
    assert "leave one out" in compared.numbers.get("names", compared.numbers.get("more"))
    assert spread().extra_variance("leave one out", "2 folds").low <= 0


def test_two_folds_are_too_low_where_fewer_rows_are_worse(result: Result) -> None:
    """Half of 20 rows: five neighbours are then half of what is left."""
    s = spread(rows=20, noise=0.2, data="circles")
    assert s.bias("2 folds", 20).high < 0
    found = {f.key: f for f in validation.findings(replace(result, spread=s))}
    assert "2 folds" in [part["way"] for part in found["biased_low"]["parts"]]


def test_on_random_labels_no_estimate_is_biased(result: Result) -> None:
    s = spread(flips=1.0)
    assert abs(s.truth.mean() - 0.5) < 0.01
    assert "unbiased" in [f.key for f in validation.findings(replace(result, spread=s))]


def test_equal_variation_is_not_said_to_differ(result: Result) -> None:
    rng, differ = np.random.default_rng(0), 0
    for _ in range(200):
        names = ("hold-out 1/5", "2 folds", "5 folds", "leave one out")
        e = {name: rng.normal(0.8, 0.05, (2, 200)) for name in names}
        made = replace(result, spread=Spread(e, rng.normal(0.8, 0.01, 200)), draws=())
        differ += validation.findings(made)[1]["compared"].key != "alike"
    assert differ / 200 < 0.1


@pytest.mark.parametrize("data", ["moons", "circles", "spiral", "xor", "blobs"])
def test_rows_come_in_no_order_and_a_share_of_the_labels_is_random(data: str) -> None:
    x, y = folds.draw(data, 3000, 0.2, 0.0, 0)
    assert abs(np.corrcoef(y[:-1], y[1:])[0, 1]) < 0.08
    classes = y.max() + 1
    flipped = folds.draw(data, 3000, 0.2, 1.0, 0)
    assert (flipped[0] == x).all()
    assert abs((flipped[1] == y).mean() - 1 / classes) < 0.04
    assert abs((folds.draw(data, 3000, 0.2, 0.4, 0)[1] == y).mean() - (0.6 + 0.4 / classes)) < 0.04


# Coin-flippers.


def test_the_exact_best_is_every_outcome_weighed() -> None:
    n, p = 3, 0.3
    chance = stats.binom.pmf(np.arange(n + 1), n, p)
    by_hand = sum(chance[a] * chance[b] * max(a, b) / n for a, b in itertools.product(range(n + 1), repeat=2)) - p
    assert choosing.expected_best(n, p, 2) == pytest.approx(by_hand, abs=1e-12)
    assert choosing.expected_best(40, 0.7, 1) == pytest.approx(0, abs=1e-12)


@given(some.integers(1, 500), some.integers(2, 1000), some.floats(0.05, 0.95))
@settings(max_examples=80, deadline=None)
def test_the_bound_lies_above_the_exact_value(n: int, m: int, p: float) -> None:
    assert choosing.expected_best(n, p, m) <= choosing.bound(n, m) + 1e-12


def test_optimism_grows_about_as_the_root_of_two_ln_m_standard_errors() -> None:
    ratios = [choosing.expected_best(2000, 0.5, m) / choosing.bound(2000, m) for m in (10, 100, 1000, 100_000)]
    assert ratios == sorted(ratios) and ratios[0] > 0.65 and ratios[-1] > 0.85
    # and falls as 1 over the root of n: four times the rows, half of it
    four_times = choosing.expected_best(4000, 0.5, 50) / choosing.expected_best(1000, 0.5, 50)
    assert four_times == pytest.approx(0.5, rel=0.01)


@pytest.mark.parametrize(("n", "m"), [(50, 100), (10, 7), (200, 1000)])
def test_the_simulation_meets_the_exact_value(n: int, m: int) -> None:
    simulated = choosing.coin_optimism(n, m, np.random.default_rng(5))
    for k in {1, 2, m}:
        off = simulated[:, k - 1].mean() - choosing.expected_best(n, 0.5, k)
        assert abs(off) < 4 * simulated[:, k - 1].std() / len(simulated) ** 0.5


@given(some.lists(some.lists(some.integers(0, 5), min_size=6, max_size=6), min_size=1, max_size=4))
def test_the_first_best_of_the_first_few(rows: list[list[int]]) -> None:
    scores = np.array(rows, float)
    for row, chosen in zip(scores, choosing.first_best(scores), strict=True):
        assert [row[: m + 1].argmax() for m in range(6)] == chosen.tolist()


def test_choosing_among_candidates_that_are_coins_is_choosing_among_coins() -> None:
    rng = np.random.default_rng(0)
    sums = []
    for _ in range(60):
        right = rng.random((20, 2000)) < 0.5
        sums.append(choosing.resampled(right, np.full(20, 0.5), (50,), (1, 20), rng)[0][0])
    values = np.array(sums)
    for column, m in ((0, 1), (1, 20)):
        off = values[:, column].mean() - choosing.expected_best(50, 0.5, m)
        assert abs(off) < 4 * values[:, column].std() / 60**0.5


def test_no_optimism_and_no_gain_among_equals_that_agree() -> None:
    right = np.tile(np.arange(2000) % 4 > 0, (8, 1))
    optimism, gain = choosing.resampled(right, np.full(8, 0.75), (100,), (1, 8), np.random.default_rng(0), 400)
    assert np.abs(optimism).max() < 0.01 and np.abs(gain).max() < 1e-12


def test_the_best_coin_of_the_defaults_shows_68_percent(result: Result) -> None:
    rng = np.random.default_rng(networks.key(0, "coins 50"))
    coins = replace(result.coins, n=50, M=100, optimism=choosing.coin_optimism(50, 100, rng))
    [found] = [f for f in validation.findings(replace(result, coins=coins)) if f.key == "coins"]
    assert found["shown"] == pytest.approx(0.676, abs=0.01)
    assert found["score"].low < found["exact"] < found["score"].high
    assert validation.QUESTIONS[0].grade(replace(result, coins=coins))[0] == 2


# Networks.


def test_each_set_of_folds_is_left_out_by_some_network() -> None:
    sets = networks.left_out(5)
    assert len(sets) == len(set(sets)) == 1 + 5 + 10 == Settings(networks=2).models // 2
    assert {frozenset(s) for s in sets if len(s) == 2} == {frozenset(s) for s in combinations(range(5), 2)}


def test_a_network_learns_nothing_from_the_rows_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The labels of one fold are turned round: only networks that see the fold change."""
    seen = []
    judge, draw = networks.judge, networks.draw

    def kept(settings: Settings, models: Any, *rest: Any) -> Any:
        seen.append(models.theta.detach().clone())
        return judge(settings, models, *rest)

    monkeypatch.setattr(networks, "judge", kept)
    finish(networks.train(SMALL, 0))
    fold = folds.assign(SMALL.rows, SMALL.outer, np.random.default_rng(networks.key(0, "outer folds")))

    def turned(*args: Any) -> Any:
        x, y = draw(*args)
        y = y.copy()
        y[: SMALL.rows][fold == 1] ^= 1
        return x, y

    monkeypatch.setattr(networks, "draw", turned)
    finish(networks.train(SMALL, 0))
    change = (seen[0] - seen[1]).abs().amax(1).view(-1, SMALL.networks).numpy()
    for out, moved in zip(networks.left_out(SMALL.outer), change, strict=True):
        assert (moved == 0).all() if 1 in out else (moved > 1e-4).all()


def test_nested_choice_by_hand() -> None:
    fold = np.array([0, 0, 1, 1, 2, 2])
    validated = np.array([[1, 1, 0, 0, 1, 0], [0, 1, 1, 1, 0, 1]], bool)
    inner = np.zeros((3, 2, 6), bool)
    inner[0, 0] = 1  # without fold 0 the first candidate wins, without the others the second
    inner[1:, 1] = 1
    inner[0, :, :2] = inner[1, :, 2:4] = inner[2, :, 4:] = [[0], [0]]
    assert networks.nested_estimate(validated, inner, fold) == np.mean([1, 1, 1, 1, 0, 1])


def test_nested_is_the_truth_for_guessing_networks_and_the_plain_best_is_not() -> None:
    rng, fold = np.random.default_rng(0), folds.assign(60, 5, np.random.default_rng(1))
    best, nested = [], []
    for _ in range(400):
        validated = rng.random((16, 60)) < 0.5
        best.append(validated.mean(1).max() - 0.5)
        nested.append(networks.nested_estimate(validated, rng.random((5, 16, 60)) < 0.5, fold) - 0.5)
    assert abs(np.mean(nested)) < 4 * np.std(nested) / 20
    assert np.mean(best) == pytest.approx(choosing.expected_best(60, 0.5, 16), abs=0.01)


def test_networks_on_random_labels() -> None:
    s = replace(SMALL, flips=1.0, rows=40, networks=8, sets=10, steps=40, n=20)
    guessing = finished(validation.run(s))
    assert abs(np.mean([d.test.mean() for d in guessing.draws]) - 0.5) < 0.02
    assert guessing.error("hold-out").sign == guessing.error("cross-validation").sign == 1
    assert guessing.error("nested").sign == 0 == guessing.gain().sign
    keys = [f.key for f in validation.findings(guessing)]
    assert keys[:4] == ["optimistic", "validated_high", "nested_fair", "not_worth_it"]
    assert validation.QUESTIONS[1].grade(guessing)[0] == 2
    assert (np.diff(guessing.optimism(20).mean(0)) > 0).all()  # more to choose from, more too high
    by_rows = [guessing.optimism(n)[:, -1].mean() for n in (10, 50, 200, 500)]
    assert by_rows == sorted(by_rows, reverse=True)


def test_each_data_set_has_its_own_rows_and_a_later_first_seed_continues(result: Result) -> None:
    assert len({d.truth for d in result.draws}) > 1
    later = finish(networks.train(replace(SMALL, seed=1), 0))
    assert later.test.tolist() == result.draws[1].test.tolist()


def test_results_come_on_the_way() -> None:
    steps = list(validation.run(SMALL))
    made = [step.result().draws for step in steps if step.result]
    assert len(steps) > 4 * SMALL.steps and [len(made[0]), len(made[-1])] == [0, 4]
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions) and fractions[-1] == 1 > fractions[-2]
    early = next(step.result() for step in steps if step.result)
    keys = [f.key for f in validation.findings(early)]
    assert keys[0] == "folds_only" and validation.score(early).key == "score_folds"
    assert len(early.frame()) == 0


def test_initial_weights_only_changes_nothing_else() -> None:
    lr, decay = networks.candidates(replace(SMALL, search="starts only"), 0)
    assert len(set(lr)) == len(set(decay)) == 1
    assert len(set(networks.candidates(SMALL, 0)[0])) == SMALL.networks


# What is said.


def made(result: Result, hold_out: list[float], validated: list[float], nested: list[float]) -> Result:
    """The result with these estimates minus truth."""
    draws = tuple(
        replace(
            d,
            optimism=np.full_like(d.optimism, h),
            validated=np.array([0.7 + v, 0.1, 0.1, 0.1]),
            test=np.full(4, 0.7),
            nested=0.7 + n,
            gain=np.full_like(d.gain, h),
        )
        for d, h, v, n in zip(result.draws, hold_out, validated, nested, strict=True)
    )
    return replace(result, draws=draws)


MIXED, HIGH, LOW = [0.1, -0.1, 0.02, -0.02], [0.1, 0.11, 0.1, 0.12], [-0.1, -0.11, -0.1, -0.12]


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        (MIXED, ["fair", "validated_fair", "nested_fair", "not_worth_it"]),
        (HIGH, ["optimistic", "validated_high", "nested_high", "worth_it"]),
        (LOW, ["pessimistic", "validated_low", "nested_low", "harmful"]),
    ],
)
def test_findings_follow_the_intervals(result: Result, values: list[float], keys: list[str]) -> None:
    found = validation.findings(made(result, values, values, values))
    assert [f.key for f in found[:4]] == keys
    sem = np.std(values, ddof=1) / 2
    half = stats.t.ppf((1 + LEVEL) / 2, 3) * max(sem, 0.5 / (20 * choosing.RESAMPLES))
    assert found[0]["score"].mean == pytest.approx(np.mean(values))
    assert found[0]["score"].high - found[0]["score"].mean == pytest.approx(half)
    assert len(found) <= 7


def test_estimates_that_agree_by_chance_are_not_certain(result: Result) -> None:
    """Four equal differences: the spread counts as at least one row."""
    same = made(result, [0.0] * 4, [1 / 30] * 4, [0.0] * 4)
    interval = same.error("cross-validation")
    assert interval.sign == 0 and interval.high - interval.mean > 1 / 30
    assert [f.key for f in validation.findings(same)][:3] == ["fair", "validated_fair", "nested_fair"]


@pytest.mark.parametrize("sign", [1, -1, 0])
def test_questions_are_graded_from_the_numbers(result: Result, sign: int) -> None:
    values = {0: MIXED, 1: HIGH, -1: LOW}[sign]
    run = made(result, values, values, values)
    assert validation.QUESTIONS[1].grade(run)[0] == {1: 0, -1: 1, 0: 2}[sign]
    assert validation.QUESTIONS[4].grade(run)[0] == {1: 2, -1: 3, 0: 3}[sign]
    wide, narrow = np.random.default_rng(0).normal(0.8, [[0.1], [0.01]], (2, 200))
    one, two = {1: (wide, narrow), -1: (narrow, wide), 0: (wide, wide)}[sign]
    e = {"leave one out": np.stack([one, one]), "2 folds": np.stack([two, two])}
    graded = validation.QUESTIONS[2].grade(replace(run, spread=Spread(e, narrow)))
    assert graded[0] == {1: 0, -1: 1, 0: 2}[sign]
    assert graded[1]["one"] == pytest.approx(100 * np.std(one, ddof=1))


def test_a_comparison_is_paired_and_only_over_the_same_data_sets(result: Result) -> None:
    other = finished(validation.run(replace(SMALL, steps=10)))
    found = validation.difference(result, other)
    assert found.key in ("different", "no_difference")
    changes = {part["way"]: part["change"] for part in found["parts"]}
    for way, values in result.errors().items():
        assert changes[way].mean == pytest.approx(values.mean() - other.errors()[way].mean())
    shifted = made(result, [v + 0.1 for v in HIGH], HIGH, HIGH)
    assert validation.difference(shifted, made(result, HIGH, HIGH, HIGH))["ways"] == ["hold-out"]
    elsewhere = replace(result, settings=replace(SMALL, rows=20))
    assert validation.difference(result, elsewhere).key == "not_comparable"


def test_what_cannot_run_is_refused_in_a_sentence() -> None:
    with pytest.raises(SettingsError, match="61 folds need at least 61 rows"):
        Settings(k=61)
    with pytest.raises(SettingsError, match=r"This run would take \d+\.\d times as long"):
        Settings(rows=120, networks=64, outer=8, width=64, steps=300, sets=40)


# What is drawn.


def test_the_pictures_show_the_numbers(result: Result) -> None:
    cells = np.array(figures.fold_table(result, 3)["series"][0]["data"])
    assert len(cells) == 3 * 30 and (cells[:, 2] > 0).sum() == (result.folds.fold < 3).sum()
    wrong = ~result.folds.right & (result.folds.fold < 3)
    assert sorted(cells[cells[:, 2] == 2][:, 0]) == np.flatnonzero(wrong).tolist()
    assert figures.fold_field(result, 1).shape == (400, 400, 3)
    drawn = figures.by_candidates(result)["series"]
    mean = [v for _, v in next(s["data"] for s in drawn if s.get("name") == "networks")]
    assert mean == pytest.approx(100 * result.optimism(20).mean(0), rel=1e-3)
    dots = figures.scores_of_the_chosen(result)["series"][2]["data"]
    assert [p["value"][0] for p in dots] == pytest.approx([100 * e.mean() for e in result.errors().values()], rel=1e-3)
    boxes = figures.estimates(result)["series"][0]["data"]
    first = 100 * next(iter(result.spread.estimates.values()))[0]
    assert boxes[0][2] == pytest.approx(np.median(first), abs=1e-3)


def test_the_words_of_a_fold_count_its_rows(result: Result) -> None:
    f = result.folds
    counts = f.counts(2)
    assert counts["right"] == (f.answer == f.y)[f.fold == 1].sum() and counts["held_out"] == (f.fold == 1).sum()
    assert counts["accuracy"] == (f.answer == f.y)[f.fold < 2].mean()
    assert f.counts(f.k)["done"] == 30


@pytest.mark.parametrize(
    "change", [{}, {"data": "blobs", "learner": "linear", "search": "starts only", "flips": 0.3, "seed": 3}]
)
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    few: Callable[[Any], dict[str, Any]] = plain.main
    small = {"rows": 20, "k": 2, "networks": 3, "outer": 3, "sets": 4, "steps": 15, "width": 6, "n": 30, "M": 9}
    s = Settings(**{**small, **change})
    for module in (plain, folds):
        monkeypatch.setattr(module, "SETS", 50)
    printed, run = few(SimpleNamespace(**vars(s))), finished(validation.run(s))
    assert printed["estimates"].keys() == run.spread.estimates.keys()
    for name, values in run.spread.estimates.items():
        assert printed["estimates"][name] == pytest.approx(values[0], abs=1e-12)
    assert printed["coins"] == pytest.approx(run.coins.interval().mean, abs=1e-12)
    errors = np.stack(list(run.errors().values()), 1)
    assert printed["errors"] == pytest.approx(errors, abs=0.002)  # the networks are the same to rounding
    assert math.isfinite(printed["errors"].sum())
