"""Bias and variance: closed forms, what bagging and boosting lower, known noise, scikit-learn, and what is found of them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import AdaBoostClassifier, GradientBoostingRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from core.concepts.ensembles import bias_variance as B
from core.concepts.ensembles.bias_variance import Result, Settings, charts, figures, plain
from core.concepts.ensembles.bias_variance.findings import LEVEL, PAIRS
from core.concepts.ensembles.bias_variance.result import LEARNERS, STAGED, STAGES
from core.data import tables
from core.data.problems import problem
from core.engine import ensembles
from core.engine.pieces import finish
from core.progress import finished
from core.stats import Interval

QUICK = {"members": 8, "rounds": 12, "epochs": 15, "width": 8, "resamples": 12}


def last(**change: Any) -> Result:
    return finished(B.run(Settings(**{**QUICK, **change})))


def graded(number: int, result: Result) -> int:
    return B.QUESTIONS[number].grade(result)[0]


def keys(result: Result) -> list[str]:
    return [finding.key for finding in B.findings(result)]


@pytest.fixture(scope="module")
def result() -> Result:
    return last(resamples=20)


@pytest.fixture(scope="module")
def classes() -> Result:
    return last(data="moons", noise=0.3)


def test_the_names_of_the_result_are_those_of_the_engine() -> None:
    assert tuple(ensembles.LEARNERS) == LEARNERS[:-1] and ensembles.STAGED == STAGED
    assert ensembles.stages(10_000)[:-1] == list(STAGES)


def test_bagging_lowers_the_variance_of_a_deep_tree_and_leaves_its_bias_about(result: Result) -> None:
    variance, bias = (result.change("deep tree", "bagged deep", t, LEVEL) for t in ("variance", "bias"))
    assert variance.high < 0
    assert abs(bias.mean) < 0.05 * abs(variance.mean) or not bias.clear_of_zero
    assert B.findings(result)[0]["bagging"].key == "bagging_lowered"
    assert graded(0, result) == 1


def test_boosting_lowers_the_bias_of_stumps(result: Result) -> None:
    assert result.change("shallow tree", "boosted shallow", "bias", LEVEL).high < 0
    assert B.findings(result)[0]["boosting"].key == "boosting_lowered"


def test_boosting_at_full_rate_raises_the_variance_of_stumps() -> None:
    full = last(data="friedman", rate=1.0, rounds=20, noise=0.5, resamples=24)
    assert full.change("shallow tree", "boosted shallow", "variance", LEVEL).low > 0
    assert graded(1, full) == 0


def test_along_the_rounds_bias_falls_and_variance_rises(result: Result) -> None:
    way = result.staged["boosted shallow"]
    assert way["bias"][-1] < 0.3 * way["bias"][0]
    assert way["variance"][-1] > way["variance"][0]
    bagged = result.staged["bagged deep"]
    assert bagged["variance"][-1] < 0.7 * bagged["variance"][0]
    for name in ensembles.STAGED:  # the last stage is the whole ensemble
        for term, value in result.terms[name].values.items():
            assert result.staged[name][term][-1] == pytest.approx(value)


def test_a_deep_tree_without_limit_cannot_be_boosted_further(result: Result) -> None:
    deep = result.change("deep tree", "boosted deep", "error")
    assert abs(deep.mean) < 0.01


def test_k_nearest_neighbours_at_fixed_x_have_the_variance_sigma_squared_over_k() -> None:
    for k in (4, 10):
        change = B.QUESTIONS[2].change | {"k": k}
        r = last(**change, resamples=50, members=1, rounds=1, epochs=5)
        interval = r.terms["k-NN"].interval("variance", 0.999)
        assert interval.low < 0.25 / k < interval.high < 2 * 0.25 / k
        assert graded(2, r) == 2


def test_a_line_fitted_to_a_line_is_unbiased_with_variance_p_over_n() -> None:
    t = last(data="line", draws="noise", noise=0.5, n=50, resamples=60, members=1, rounds=1, epochs=5).terms["linear"]
    assert t.values["bias"] == pytest.approx(0, abs=0.002)
    x, _ = problem(Settings(data="line", draws="noise", noise=0.5, n=50)).draw(0)
    rows = np.column_stack([np.ones(50), x[:, 0]])
    q = problem(Settings(data="line")).test
    test = np.column_stack([np.ones(len(q)), q[:, 0]])
    expected = 0.25 * np.einsum("ij,jk,ik->i", test, np.linalg.inv(rows.T @ rows), test).mean()
    interval = t.interval("variance", 0.999)
    assert interval.low < expected < interval.high


def test_the_terms_add_up_to_the_error_measured_on_new_labels(result: Result, classes: Result) -> None:
    for r in (result, classes):
        for name in r.names:
            gap = r.measured[name] - r.terms[name].values["error"]
            assert abs(gap.mean()) < 4.5 * gap.std(ddof=1) / math.sqrt(r.resamples), name
        assert "sum_met" in keys(r)


def test_noise_is_known_for_functions_and_points_and_counted_as_bias_for_tables(
    result: Result, classes: Result
) -> None:
    assert all(t.values["noise"] == pytest.approx(0.16) for t in result.terms.values())
    bayes = classes.noise.mean()
    assert all(0 < t.values["noise"] <= bayes for t in classes.terms.values())
    table = last(data="wine", resamples=6)
    assert all(t.values["noise"] == 0 for t in table.terms.values())
    assert "noise_unknown" in keys(table)
    assert table.measured["deep tree"].mean() == pytest.approx(table.terms["deep tree"].values["error"])


def test_every_learner_sees_the_same_training_sets_and_the_draws_differ_as_asked() -> None:
    new, noise, boot = (problem(Settings(draws=d)) for d in ("new", "noise", "bootstrap"))
    assert not np.array_equal(new.draw(0)[0], new.draw(1)[0])
    assert np.array_equal(new.draw(3)[1], problem(Settings(draws="new")).draw(3)[1])
    assert np.array_equal(noise.draw(0)[0], noise.draw(1)[0]) and not np.array_equal(noise.draw(0)[1], noise.draw(1)[1])
    one, two = (set(boot.draw(r)[1]) for r in (0, 1))
    assert len(one) < 80 and one != two and len(one | two) <= 80


def test_a_tables_test_rows_are_not_touched() -> None:
    p, table = problem(Settings(data="wine", n=500)), tables.load("wine", seed=0)
    scale = table.train.x.std(0) + 1e-6
    assert p.n == len(table.train.y) // 2 and np.array_equal(p.best, table.validation.y)
    seen = {tuple(row) for r in range(20) for row in (p.draw(r)[0] * scale + table.train.x.mean(0)).round(2)}
    assert seen & {tuple(row) for row in table.test.x.round(2)} == set()


def test_a_tree_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 2)).astype(np.float32), rng.normal(size=60)
    ours = ensembles.tree(x, y, 3, 0, np.random.default_rng(1))(x)
    state = int(np.random.default_rng(1).integers(2**31))
    assert np.array_equal(ours, DecisionTreeRegressor(max_depth=3, random_state=state).fit(x, y).predict(x))
    lacking = ensembles.tree(x, np.where(y > 0, 2, 0), 2, 4, rng)(x)  # no row of classes 1 and 3
    assert lacking.shape == (60, 4) and not lacking[:, [1, 3]].any()


def test_boosting_is_scikit_learns() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(80, 1)).astype(np.float32), rng.normal(size=80)
    ours = finish(ensembles.boost(x, y, 2, 20, 0.3, rng, x))[-1]
    model = GradientBoostingRegressor(n_estimators=20, learning_rate=0.3, max_depth=2)
    assert ours == pytest.approx(model.fit(x, y).predict(x), abs=1e-6)


def test_adaboost_is_scikit_learns() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(150, 2)).astype(np.float32)
    y = (x[:, 0] + x[:, 1] > 0).astype(int) + (x[:, 0] > 1)
    ours = finish(ensembles.adaboost(x, y, 2, 12, 3, rng, x))[-1].argmax(1)
    model = AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=12).fit(x, y)
    assert (ours == model.predict(x)).mean() > 0.98  # but for ties between equally good splits


def test_the_vote_of_a_bag_is_the_mean_of_its_trees() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(50, 1)).astype(np.float32), rng.normal(size=50)
    staged = finish(ensembles.bag(x, y, 0, 4, 0, np.random.default_rng(5), x))
    assert len(staged) == len(ensembles.stages(4)) == 4
    again = np.random.default_rng(5)
    draws = [again.integers(50, size=50) for _ in range(4)]
    trees = [ensembles.tree(x[d], y[d], 0, 0, again)(x) for d in draws]
    assert np.array_equal(staged[-1], np.mean(trees, 0)) and np.array_equal(staged[0], trees[0])


def test_stacking_a_learner_that_is_right_finds_it() -> None:
    rng = np.random.default_rng(6)
    x = rng.uniform(-1, 1, (200, 1)).astype(np.float32)
    y = 3 * x[:, 0].astype(float)
    said = finish(ensembles.stacking(x, y, 0, 5, 0, rng, x))
    assert said == pytest.approx(y, abs=1e-4)


def test_what_is_shown_on_the_way_is_of_the_training_sets_so_far() -> None:
    shown = [step.result() for step in B.run(Settings(**QUICK)) if step.result is not None]
    assert shown[0].resamples < 12 == shown[-1].resamples
    fewer = last(resamples=5)
    early = next(r for r in shown if r.resamples == 5)
    assert early.terms["deep tree"].values == fewer.terms["deep tree"].values


def test_more_training_sets_begin_with_the_same_ones(result: Result) -> None:
    fewer = last(resamples=5)
    for name in result.names:  # the network's float sums depend on the size of the stack
        tolerance = 1e-3 if name == "network" else 0
        assert fewer.drawn[name] == pytest.approx(result.drawn[name][:5], abs=tolerance)


EDGES: list[dict[str, Any]] = [
    {"n": 20, "noise": 0.0, "resamples": 5, "members": 1, "rounds": 1, "k": 20},
    {"data": "friedman", "draws": "bootstrap", "shallow": 4, "deep": 12, "seed": 9999},
    {"data": "xor", "noise": 0.0, "draws": "noise", "n": 20},
    {"data": "circles", "noise": 0.5, "draws": "bootstrap", "deep": 1},
    {"data": "digits", "n": 20, "resamples": 5},
    {"data": "step"},
]


@pytest.mark.parametrize("change", EDGES, ids=lambda change: change.get("data", "sine"))
def test_settings_at_their_edges_have_a_verdict_and_charts(change: dict[str, Any]) -> None:
    r = last(**{"members": 3, "rounds": 3, "epochs": 5, "resamples": 6, **change})
    assert keys(r)[0] == "verdict" and len(keys(r)) <= 7
    chart = figures.plane(r, {"Pin A": r})
    assert sum(s["id"].startswith("Pin A: ") for s in chart["series"]) == 6
    steps = next(s for s in figures.growth(r, "boosted deep")["series"] if s.get("name") == "error")["data"]
    scale = 1 if r.settings.regression else 100
    assert steps[-1][1] == pytest.approx(scale * r.terms["boosted deep"].values["error"], rel=1e-4)
    if r.axes is not None:
        assert figures.field(r, "linear").sum(-1) == pytest.approx(1)


def test_bootstrap_sets_of_a_table_come_from_all_of_its_training_rows() -> None:
    p = problem(Settings(data="breast cancer", draws="bootstrap"))
    sets = [p.draw(r)[0] for r in range(12)]
    assert {len(x) for x in sets} == {80}
    distinct = len({tuple(row) for x in sets for row in x})
    assert distinct > 0.8 * p.pool > 80  # 960 draws leave about (1 - 1/341)^960 = 6 % of the pool out
    assert min(len({tuple(row) for row in x}) for x in sets) < 80  # with replacement


def test_no_effect_is_called_none(result: Result) -> None:
    flat = replace(result, terms=dict.fromkeys(result.terms, result.terms["deep tree"]))
    verdict = B.findings(flat)[0]
    assert (verdict["bagging"].key, verdict["boosting"].key) == ("bagging_unclear", "boosting_unclear")
    assert "stack_unclear" in keys(flat)
    assert graded(0, flat) == 3 and graded(1, flat) == 3
    assert B.difference(result, result).key == "errors_same"
    assert B.difference(result, replace(result, settings=Settings(n=100))).key == "not_comparable"


def test_the_levels_cover_all_comparisons_of_trees_at_once(result: Result) -> None:
    assert pytest.approx(0.05) == (1 - LEVEL) * 3 * len(PAIRS)
    one = result.terms["bagged deep"].interval("variance", LEVEL, result.terms["deep tree"])
    assert result.change("deep tree", "bagged deep", "variance", LEVEL) == one


def test_questions_are_graded_from_the_run() -> None:
    table = last(data="breast cancer", resamples=8)
    gap = table.change("bagged deep", "boosted shallow", "disagreement")
    choice, numbers = B.QUESTIONS[3].grade(table)
    assert choice == {1: 0, -1: 1, 0: 2}[gap.sign]
    assert numbers["boosted"] - numbers["bagged"] == pytest.approx(gap.mean)


SCRIPTS: list[dict[str, Any]] = [
    {},
    {"data": "friedman", "draws": "noise"},
    {"data": "moons"},
    {"data": "wine", "draws": "bootstrap"},
]


@pytest.mark.parametrize("change", SCRIPTS, ids=lambda change: change.get("data", "sine"))
def test_the_script_gives_the_terms_of_the_run(change: dict[str, Any]) -> None:
    small = {"n": 40, "members": 3, "rounds": 4, "epochs": 5, "width": 8, "resamples": 5, "seed": 3}
    settings = Settings(**{**small, **change})
    r, printed = last(**{**small, **change}), plain.main(settings)
    assert set(printed) == set(r.names)
    for name, found in printed.items():
        ours = [r.terms[name].values[term] for term in found]
        # The network's float32 sums differ in their last digits, which may turn one of a thousand points.
        assert list(found.values()) == pytest.approx(ours, abs=0.003 if name == "network" else 1e-6), name


# How the terms are drawn.


def around(mean: float, half: float = 0.1) -> Interval:
    return Interval(mean, mean - half, mean + half, 9)


def by_id(spec: dict[str, Any], name: str) -> Any:
    return next(s for s in spec["series"] if s["id"] == name)


def test_whiskers_stand_at_the_end_of_their_piece_and_what_pays_goes_left() -> None:
    pieces = [
        charts.Piece("a", 0, [around(1.0)]),
        charts.Piece("b", 1, [around(2.0)]),
        charts.Piece("c", 2, [around(-0.5)]),
    ]
    spec = charts.stacked("t", ["row"], pieces, [2.5], "x", scale=10)
    assert by_id(spec, "a interval")["data"][0]["coords"] == [[9, "row"], [11, "row"]]
    assert by_id(spec, "b interval")["data"][0]["coords"] == [[29, "row"], [31, "row"]]
    assert by_id(spec, "c interval")["data"][0]["coords"] == [[-6, "row"], [-4, "row"]]
    assert by_id(spec, "total")["data"] == [[25, "row"]]
    assert "min" not in spec["xAxis"]
    assert charts.stacked("t", ["row"], pieces[:2], [3.0], "x")["xAxis"]["min"] == 0
    json.dumps(spec, allow_nan=False)


def test_a_value_without_interval_has_no_whisker() -> None:
    alone = Interval(1.0, float("nan"), float("nan"), 1)
    spec = charts.stacked("t", ["row"], [charts.Piece("a", -1, [alone])], [1.0], "x")
    assert [s["id"] for s in spec["series"]] == ["a", "total"]
    json.dumps(charts.plane("t", [("a", "right", 0, alone, alone)], [], "x", "y"), allow_nan=False)


def test_arrows_lead_from_place_to_place_but_not_to_where_they_are() -> None:
    places = [("a", "right", 0, around(1.0), around(2.0)), ("b", "top", 1, around(3.0), around(1.0))]
    spec = charts.plane(
        "t", [*places, ("c", "top", 2, around(1.0), around(2.0))], [("a", "b", 1), ("a", "c", 2)], "x", "y"
    )
    assert by_id(spec, "a to b")["data"][0]["coords"] == [[1, 2], [3, 1]]
    assert "a to c" not in [s["id"] for s in spec["series"]]
    labels = {name: by_id(spec, name)["label"] for name in "abc"}
    assert [labels[name]["formatter"] for name in "ab"] == ["a\nc", "b"] and not labels["c"]["show"]  # c lies on a


def test_pinned_places_are_hollow_without_a_label_and_within_the_axes() -> None:
    at = ("a", "right", 0, around(1.0), around(2.0))
    spec = charts.plane("t", [at], [], "x", "y", pinned=[("Pin A: a", 0, around(-5.0), around(1.0))])
    pin = by_id(spec, "Pin A: a")
    assert pin["data"] == [[-5, 1]] and pin["itemStyle"]["color"] == "transparent" and "label" not in pin
    assert "min" not in spec["xAxis"] and "min" in charts.plane("t", [at], [], "x", "y")["xAxis"]
