"""The validation page's facts, in small."""

import dataclasses
import itertools
import re
import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import stats
from sklearn.model_selection import cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from core.concepts.generalization import validation as V
from core.concepts.generalization import validation_choice as C
from core.concepts.generalization import validation_folds as F
from core.concepts.generalization import validation_networks as N
from core.concepts.generalization import validation_views as views
from core.concepts.generalization import validation_words as words

SMALL = V.Settings(rows=30, networks=4, outer=3, sets=4, steps=30, width=8, n=20, M=20)


def last(s):
    *_, result = V.run(s)
    return result


@pytest.fixture(scope="module")
def result():
    return last(SMALL)


# Folds


@given(some.integers(2, 120), some.data())
@settings(max_examples=60, deadline=None)
def test_every_row_is_left_out_exactly_once_in_folds_of_one_size(n, data):
    k = data.draw(some.integers(2, n))
    fold = F.deal(n, k, np.random.default_rng(data.draw(some.integers(0, 99))))
    sizes = np.bincount(fold, minlength=k)
    assert len(sizes) == k and sizes.sum() == n and sizes.max() - sizes.min() <= 1 and sizes.min() >= 1


def test_rows_are_dealt_at_random():
    folds = np.stack([F.deal(12, 3, np.random.default_rng(i)) for i in range(600)])
    share = (folds == 0).mean(0)
    assert np.abs(share - 1 / 3).max() < 4 * (2 / 9 / 600) ** 0.5


@pytest.mark.parametrize("k", [2, 5, 40])
@pytest.mark.parametrize("q", [1, 5])
def test_neighbours_left_out_are_scikit_learns(k, q):
    x, y = F.drawn("moons", 40, 0.3, 0.2, 3)
    fold = F.deal(40, k, np.random.default_rng(0))
    cv = [(np.flatnonzero(fold != f), np.flatnonzero(fold == f)) for f in range(k)]
    expected = cross_val_predict(KNeighborsClassifier(q), x, y, cv=cv)
    assert (F.nearest_left_out(x[None], y[None], fold[None], q)[0] == expected).all()
    new = np.random.default_rng(1).normal(size=(50, 2))
    assert (F.nearest_fresh(x[None], y[None], new[None], q)[0] == KNeighborsClassifier(q).fit(x, y).predict(new)).all()


@pytest.mark.parametrize("learner", ["linear", "majority class"])
@pytest.mark.parametrize("data", ["moons", "blobs"])
def test_leaving_a_fold_out_is_learning_from_the_others(learner, data):
    x, y = F.drawn(data, 30, 0.4, 0.3, 1)
    fold = F.deal(30, 4, np.random.default_rng(0))
    answer = F.LEARNERS[learner].left_out(x[None], y[None], fold[None])[0]
    for f in range(4):
        out = fold == f
        alone = F.LEARNERS[learner].fresh(x[~out][None], y[~out][None], x[out][None])[0]
        assert (answer[out] == alone).all()


def test_linear_is_least_squares():
    x, y = F.drawn("moons", 50, 0.4, 0.0, 1)
    a = np.column_stack([x, np.ones(50)])
    w = np.linalg.lstsq(a, np.eye(2)[y], rcond=None)[0]
    assert (F.linear_fresh(x[None], y[None], x[None])[0] == (a @ w).argmax(1)).all()


def test_the_majority_of_the_others_is_always_wrong_when_classes_are_even():
    y = np.arange(20) % 2
    assert (F.majority_left_out(np.zeros((1, 20, 2)), y[None], np.arange(20)[None])[0] != y).all()


def test_leaving_one_out_has_no_luck_of_the_deal_and_fewer_folds_have():
    s = F.spread(V.Settings())
    assert s.luck("leave one out") == 0
    assert s.luck("hold-out 1/5") > s.luck("2 folds") > s.luck("10 folds") > 0
    assert s.wider("hold-out 1/5", "5 folds").low > 0  # it judges on a fifth of the rows


def test_leaving_one_out_scatters_more_for_the_majority_and_not_for_neighbours():
    tossed = F.spread(V.Settings(learner="majority class", flips=1.0))
    assert tossed.wider("leave one out", "2 folds").low > 0
    assert any("leave one out" in line and "more than 2 folds" in line for line in words.spread_words(tossed))
    near = F.spread(V.Settings())
    assert near.wider("leave one out", "2 folds").low <= 0


def test_few_folds_are_too_low_where_fewer_rows_mean_worse():
    """Half of 20 rows: five neighbours are then half of what is left."""
    s = F.spread(V.Settings(rows=20, noise=0.2, data="circles"))
    assert s.bias("2 folds").high < 0
    assert any(line.startswith("Too low: 2 folds") for line in words.spread_words(s))


def test_on_tossed_labels_no_fold_is_off():
    s = F.spread(V.Settings(flips=1.0))
    assert abs(s.truth.mean() - 0.5) < 0.01
    assert all(not s.bias(n).clear_of_zero for n in s.estimates)
    assert "No way is too high or too low" in words.spread_words(s)[1]


def test_equal_scatter_is_not_said_to_differ():
    rng, said = np.random.default_rng(0), 0
    for _ in range(200):
        e = {name: rng.normal(0.8, 0.05, (2, 200)) for name in ("hold-out 1/5", "2 folds", "5 folds", "leave one out")}
        said += "None scatters" not in words.spread_words(F.Spread(e, rng.normal(0.8, 0.01, 200)))[0]
    assert said / 200 < 0.1


@pytest.mark.parametrize("data", list(V.POINTS))
def test_drawn_rows_come_in_no_order_and_some_are_tossed(data):
    x, y = F.drawn(data, 3000, 0.2, 0.0, 0)
    assert abs(np.corrcoef(y[:-1], y[1:])[0, 1]) < 0.08
    C_ = y.max() + 1
    tossed = F.drawn(data, 3000, 0.2, 1.0, 0)
    assert (tossed[0] == x).all()
    assert abs((tossed[1] == y).mean() - 1 / C_) < 0.04
    assert abs((F.drawn(data, 3000, 0.2, 0.4, 0)[1] == y).mean() - (0.6 + 0.4 / C_)) < 0.04


# Coin-flippers


def test_the_exact_best_is_every_outcome_weighed():
    n, p, m = 3, 0.3, 2
    chance = stats.binom.pmf(np.arange(n + 1), n, p)
    by_hand = sum(chance[a] * chance[b] * max(a, b) / n for a, b in itertools.product(range(n + 1), repeat=m)) - p
    assert C.expected_best(n, p, m) == pytest.approx(by_hand, abs=1e-12)
    assert C.expected_best(40, 0.7, 1) == pytest.approx(0, abs=1e-12)


@given(some.integers(1, 500), some.integers(2, 1000), some.floats(0.05, 0.95))
@settings(max_examples=80, deadline=None)
def test_the_bound_lies_above_the_exact_value(n, m, p):
    assert C.expected_best(n, p, m) <= C.bound(n, m) + 1e-12


def test_optimism_grows_about_as_the_root_of_two_ln_m_standard_errors():
    ratios = [C.expected_best(2000, 0.5, m) / C.bound(2000, m) for m in (10, 100, 1000, 100_000)]
    assert ratios == sorted(ratios) and ratios[0] > 0.65 and ratios[-1] > 0.85
    # and with the root of n: four times the rows, half of it
    assert C.expected_best(4000, 0.5, 50) / C.expected_best(1000, 0.5, 50) == pytest.approx(0.5, rel=0.01)


@pytest.mark.parametrize(("n", "m"), [(50, 100), (10, 7), (200, 1000)])
def test_the_simulation_meets_the_exact_value(n, m):
    tossed = C.coins(n, m, np.random.default_rng(5))
    for k in {1, 2, m}:
        off = tossed[:, k - 1].mean() - C.expected_best(n, 0.5, k)
        assert abs(off) < 4 * tossed[:, k - 1].std() / len(tossed) ** 0.5


@given(some.lists(some.lists(some.integers(0, 5), min_size=6, max_size=6), min_size=1, max_size=4))
def test_the_first_best_of_the_first_so_many(rows):
    scores = np.array(rows, float)
    best = C.first_best(scores)
    for row, chosen in zip(scores, best, strict=True):
        assert [row[: m + 1].argmax() for m in range(6)] == chosen.tolist()


def test_choosing_among_real_candidates_that_are_coins_is_choosing_among_coins():
    rng = np.random.default_rng(0)
    sums = []
    for _ in range(60):
        right = rng.random((20, 2000)) < 0.5
        sums.append(C.resampled(right, np.full(20, 0.5), (50,), (1, 20), rng)[0][0])
    values = np.array(sums)
    for column, m in ((0, 1), (1, 20)):
        off = values[:, column].mean() - C.expected_best(50, 0.5, m)
        assert abs(off) < 4 * values[:, column].std() / 60**0.5


def test_no_optimism_and_no_gain_among_equals_that_agree():
    right = np.tile(np.arange(2000) % 4 > 0, (8, 1))
    optimism, gain = C.resampled(right, np.full(8, 0.75), (100,), (1, 8), np.random.default_rng(0), 400)
    assert np.abs(optimism).max() < 0.01 and np.abs(gain).max() < 1e-12


# Networks


def test_each_set_of_folds_is_left_out_by_someone():
    sets = N.left_out(5)
    assert len(sets) == len(set(sets)) == 1 + 5 + 10
    assert {frozenset(s) for s in sets if len(s) == 2} == {frozenset(s) for s in combinations(range(5), 2)}


def test_a_network_learns_nothing_from_the_rows_it_leaves_out(monkeypatch):
    """The labels of one fold are turned round: only networks that see the fold change."""
    seen = {}

    def kept(s, models, *rest):
        seen[len(seen)] = models.theta.detach().clone()
        return measured(s, models, *rest)

    measured = N.measured
    monkeypatch.setattr(N, "measured", kept)
    [*_] = N.train(SMALL, 0)
    plain = N.drawn
    fold = F.deal(SMALL.rows, SMALL.outer, np.random.default_rng(N.key(0, "outer folds")))

    def turned(*args):
        x, y = plain(*args)
        y = y.copy()
        y[: SMALL.rows][fold == 1] ^= 1
        return x, y

    monkeypatch.setattr(N, "drawn", turned)
    [*_] = N.train(SMALL, 0)
    change = (seen[0] - seen[1]).abs().amax(1).view(-1, SMALL.networks).numpy()
    for out, moved in zip(N.left_out(SMALL.outer), change, strict=True):
        assert (moved == 0).all() if 1 in out else (moved > 1e-4).all()


def test_nested_choice_by_hand():
    fold = np.array([0, 0, 1, 1, 2, 2])
    validated = np.array([[1, 1, 0, 0, 1, 0], [0, 1, 1, 1, 0, 1]], bool)
    inner = np.zeros((3, 2, 6), bool)
    inner[0, 0] = 1  # without fold 0 the first candidate wins, without the others the second
    inner[1:, 1] = 1
    inner[0, :, :2] = inner[1, :, 2:4] = inner[2, :, 4:] = [[0], [0]]
    scores, nested = N.judged(validated, inner, fold)
    assert scores.tolist() == [0.5, 4 / 6]
    assert nested == np.mean([1, 1, 1, 1, 0, 1])


def test_nested_is_the_truth_for_tossed_networks_and_the_plain_best_is_not():
    """Rows of tosses, no network needed: over many data sets nested is right to luck, the best plain score is too high."""
    rng, fold = np.random.default_rng(0), F.deal(60, 5, np.random.default_rng(1))
    plain, nested = [], []
    for _ in range(400):
        validated = rng.random((16, 60)) < 0.5
        scores, estimate = N.judged(validated, rng.random((5, 16, 60)) < 0.5, fold)
        plain.append(scores.max() - 0.5)
        nested.append(estimate - 0.5)
    assert abs(np.mean(nested)) < 4 * np.std(nested) / 20
    assert np.mean(plain) == pytest.approx(C.expected_best(60, 0.5, 16), abs=0.01)


def test_networks_on_tossed_labels(result):
    s = dataclasses.replace(SMALL, flips=1.0, rows=40, networks=8, sets=10, steps=40, n=20)
    tossed = last(s)
    assert abs(np.mean([d.test.mean() for d in tossed.draws]) - 0.5) < 0.02
    assert tossed.error("hold-out").low > 0 and tossed.error("cross-validation").low > 0
    assert not tossed.error("nested").clear_of_zero
    assert "not shown to be worth anything" in " ".join(V.findings(tossed))
    assert V.QUESTIONS[1].grade(tossed)[0] == 2
    sizes = tossed.optimism(20).mean(0)
    assert (np.diff(sizes) > 0).all()  # more to choose from, more too high
    rows = [tossed.optimism(n)[:, -1].mean() for n in (10, 50, 200, 500)]
    assert rows == sorted(rows, reverse=True)


def test_same_settings_same_result_and_each_data_set_is_its_own(result):
    again = last(SMALL)
    assert again.frame().equals(result.frame())
    assert len({d.truth for d in result.draws}) > 1
    later = last(dataclasses.replace(SMALL, seed=1))
    assert later.draws[0].test.tolist() == result.draws[1].test.tolist()


def test_snapshots_come_often_and_are_the_same_until_there_is_more():
    shown = list(V.run(SMALL))
    assert shown[-1].fraction == 1 and len(shown[-1].draws) == 4
    assert len(shown) > 4 * SMALL.steps
    assert len({id(r) for r in shown if isinstance(r, V.Result)}) == 3
    fractions = [r.fraction for r in shown]
    assert fractions == sorted(fractions)


def test_starts_only_changes_nothing_but_the_start():
    lr, decay = N.candidates(dataclasses.replace(SMALL, search="starts only"), 0)
    assert len(set(lr)) == len(set(decay)) == 1
    assert len(set(N.candidates(SMALL, 0)[0])) == SMALL.networks


def made(result, hold, cv, nested):
    """The result with these estimates minus truth."""
    draws = tuple(
        dataclasses.replace(
            d,
            optimism=np.full_like(d.optimism, h),
            validated=np.array([0.7 + c, 0.1, 0.1, 0.1]),
            test=np.full(4, 0.7),
            nested=0.7 + n,
            gain=np.zeros_like(d.gain),
        )
        for d, h, c, n in zip(result.draws, hold, cv, nested, strict=True)
    )
    return dataclasses.replace(result, draws=draws)


def test_findings_say_what_is_luck(result):
    luck, clear = [0.1, -0.1, 0.02, -0.02], [0.1, 0.11, 0.1, 0.12]
    said = " ".join(V.findings(made(result, luck, luck, luck)))
    assert said.count("which luck alone could do") >= 2 and "not optimistic, beyond luck" in said
    said = " ".join(V.findings(made(result, clear, clear, clear)))
    assert "Cross-validation in 3 folds, its best score taken for the truth: 10.7 points" in said
    assert "too high, which luck" not in said and "not optimistic" not in said
    assert "too low; each network" in " ".join(V.findings(made(result, clear, clear, [-v for v in clear])))


@pytest.mark.parametrize("sign", [1, -1, 0])
def test_questions_are_graded_from_the_numbers(result, sign):
    v = [0.1, -0.1, 0.02, -0.02] if sign == 0 else [sign * (0.1 + 0.01 * i) for i in range(4)]
    r = made(result, v, v, v)
    assert V.QUESTIONS[1].grade(r)[0] == {1: 0, -1: 1, 0: 2}[sign]
    assert V.QUESTIONS[4].grade(r)[0] == {1: 0, -1: 3, 0: 3}[sign]
    wide, thin = np.random.default_rng(0).normal(0.8, [[0.1], [0.01]], (2, 200))
    e = {1: (wide, thin), -1: (thin, wide), 0: (wide, wide)}[sign]
    spread = F.Spread({n: np.stack([x, x]) for n, x in zip(("leave one out", "2 folds"), e, strict=True)}, thin)
    assert V.QUESTIONS[2].grade(dataclasses.replace(r, spread=spread))[0] == {1: 0, -1: 1, 0: 2}[sign]


def test_the_first_question_at_the_defaults():
    tossed = V.flip(50, 100, 0)
    low, high = tossed.interval().low, tossed.interval().high
    assert low < 0.68 - 0.5 < high + 0.01


def test_a_comparison_is_paired_only_over_the_same_data_sets(result):
    other = last(dataclasses.replace(SMALL, steps=20))
    assert "paired" in V.difference(result, other)
    assert "paired" not in V.difference(result, last(dataclasses.replace(SMALL, rows=20)))


@pytest.mark.parametrize("name", V.LIMITS)
def test_a_setting_out_of_its_bounds_is_refused_by_name(name):
    low, high = V.LIMITS[name]
    for bad in (low - 1, high + 1, float("nan")):
        with pytest.raises(ValueError, match=name):
            V.Settings(**{name: bad})


def test_other_bad_settings():
    for bad in ({"data": "x"}, {"learner": "x"}, {"search": "x"}, {"k": 61}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            V.Settings(**bad)
    assert str(V.Settings(noise=-0.0).noise) == "0.0"


def test_the_pictures_show_the_numbers(result):
    f = V.folds(SMALL)
    table = views.fold_table(f, 3)
    cells = np.array(table["series"][0]["data"])
    assert len(cells) == 3 * 30 and (cells[:, 2] > 0).sum() == (f.fold < 3).sum()
    assert views.fold_field(f, 1, SMALL.learner).shape == (300, 300, 3)
    drawn = views.networks_by_size(result)["series"]
    mean = [v for _, v in next(s["data"] for s in drawn if s["id"] == "mean0")]
    assert mean == pytest.approx(100 * result.optimism(20).mean(0), rel=1e-3)
    cure = views.cure(result)["series"][2]["data"]
    assert [p["value"][0] for p in cure] == pytest.approx([100 * e.mean() for e in result.errors().values()], rel=1e-3)
    assert f"{(f.answer == f.y)[f.fold == 0].sum()} of {(f.fold == 0).sum()} rows right" in words.fold_words(f, 1)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, marks=pytest.mark.full),
        {"data": "blobs", "learner": "linear", "search": "starts only", "flips": 0.3, "seed": 3},
    ],
)
def test_the_script_gives_the_numbers_on_screen(tmp_path, change):
    s = V.Settings(
        **{
            "rows": 24,
            "k": 4,
            "networks": 3,
            "outer": 3,
            "sets": 2 + 2,
            "steps": 15,
            "width": 6,
            "n": 30,
            "M": 9,
            **change,
        }
    )
    torch.set_num_threads(1)
    (tmp_path / "script.py").write_text(V.script(s))
    run = [sys.executable, "-W", "error", "script.py"]
    out = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120).stdout
    r = last(s)
    for name, e in r.spread.estimates.items():
        mean, sd = map(
            float, re.search(rf"^{re.escape(name)}: mean (\S+), standard deviation (\S+)$", out, re.M).groups()
        )
        assert mean == pytest.approx(e[0].mean(), abs=6e-5) and sd == pytest.approx(r.spread.sd(name), abs=6e-5)
    assert float(re.search(r"coin-flippers: (\S+) too high", out)[1]) == pytest.approx(
        r.coins.interval().mean, abs=6e-5
    )
    printed = {n: float(v) for n, v in re.findall(r"^(\S+): ([+-]\S+) above the truth$", out, re.M)}
    assert set(printed) == set(r.errors())
    for name, e in r.errors().items():
        assert printed[name] == pytest.approx(e.mean(), abs=0.002)  # the networks are the same to rounding
