"""Precision and recall: a run is measured as scikit-learn would; the facts of imbalance; what is said is checked by other
means."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from core.concepts.losses import precision_recall as pr
from core.concepts.losses.precision_recall import QUESTIONS, Result, Settings, figures, plain
from core.concepts.losses.precision_recall.experiment import scored, weights
from core.concepts.losses.precision_recall.result import WHOLE
from core.concepts.losses.precision_recall.settings import LEARNERS
from core.findings import Finding
from core.measures import AVERAGES, area, average_precision, eleven_points, rank, roc_auc
from core.settings import SettingsError

quick = settings(max_examples=40, deadline=None)
rows = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 7)), min_size=2, max_size=60).filter(
    lambda v: 0 < sum(y for y, _ in v) < len(v)
)


@pytest.fixture(scope="module")
def result() -> Result:
    return pr.run(Settings())


def told(result: Result) -> dict[str, Finding]:
    return {f.key: f for f in pr.findings(result)}


@given(rows, st.floats(0.01, 0.5))
@quick
def test_rarer_positives_leave_roc_where_it_is_and_lower_precision(v: list[tuple[int, int]], share: float) -> None:
    y, score = np.array(v).T
    common, rare = rank(y, score), rank(y, score, weights(y, share, "weights", 0))
    assert rare.share == pytest.approx(share)
    assert rare.false_positive_rate == pytest.approx(common.false_positive_rate)
    assert rare.recall == pytest.approx(common.recall) and roc_auc(rare) == pytest.approx(roc_auc(common))
    formula = share * common.recall / (share * common.recall + (1 - share) * common.false_positive_rate)
    assert rare.precision == pytest.approx(formula)
    if share < common.share:
        for how in AVERAGES:
            assert average_precision(rare, how) <= average_precision(common, how) + 1e-9


@pytest.mark.parametrize("share", [0.005, 0.02, 0.3, 0.5])
def test_leaving_rows_out_gives_the_share_and_keeps_the_fewer_among_the_more(share: float) -> None:
    y = (np.arange(400) < 60).astype(int)
    w = weights(y, share, "rows", 1)
    assert set(w) <= {0, 1} and y[w > 0].mean() == pytest.approx(share, abs=0.003)
    assert w[y == 0].all() if share < 0.15 else w[y == 1].all()  # only the class that is too large loses rows
    more = weights(y, min(0.5, share * 1.2), "rows", 1)
    assert (w <= more)[y == 1].all()
    assert np.array_equal(w, weights(y, share, "rows", 1)) and weights(y, 0, "rows", 1).all()


@pytest.mark.parametrize("learner", LEARNERS)
def test_the_scores_of_a_run_are_measured_as_scikit_learn_would(learner: str) -> None:
    result = pr.run(Settings(data="breast cancer", learner=learner, seeds=2, threshold=0.6))
    for i, (y, score) in enumerate(result.scores):
        assert result.values("area")[i] == pytest.approx(metrics.average_precision_score(y, score))
        assert result.values("ROC AUC")[i] == pytest.approx(metrics.roc_auc_score(y, score))
        assert result.values("F1")[i] == pytest.approx(metrics.f1_score(y, score >= 0.6))
        assert result.by_threshold["recall"][i, 60] == result.values("recall")[i]
    y, score = result.scores[0]
    assert np.array_equal(result.confusion(), metrics.confusion_matrix(y, score >= 0.6))


def test_malignant_is_positive_and_a_weighted_matrix_counts_a_thousand() -> None:
    result = pr.run(Settings(data="breast cancer", share=0.02, seeds=2))
    assert result.positive == "malignant"
    assert np.mean([y.mean() for y, _ in result.scores]) == pytest.approx(212 / 569, abs=0.02)
    matrix = result.confusion()
    assert matrix.sum() == pytest.approx(1000) and matrix[1].sum() == pytest.approx(20)


def test_a_threshold_leaves_the_ranking_and_trains_nothing(result: Result) -> None:
    before = scored.cache_info().misses
    moved = pr.run(Settings(threshold=0.9))
    assert scored.cache_info().misses == before
    for name in WHOLE:
        assert np.array_equal(moved.values(name), result.values(name))
    assert (moved.values("recall") <= result.values("recall")).all()


def test_a_random_guess_has_the_share_of_positives_for_average_precision() -> None:
    guess = pr.run(Settings(learner="random guess", seeds=16))
    assert guess.mean("area").mean == pytest.approx(guess.values("share").mean(), abs=0.03)
    assert guess.mean("ROC AUC", level=0.999).low < 0.5 < guess.mean("ROC AUC", level=0.999).high


def test_a_share_too_small_for_the_rows_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"at least 0\.005"):
        Settings(share=0.001)


# What is said


def corrected(values: np.ndarray, held_out: int, trained: int, level: float) -> tuple[float, float]:
    """The corrected resampled t interval of Nadeau and Bengio (2003), section 5, written out."""
    n = len(values)
    half = stats.t.ppf((1 + level) / 2, n - 1) * np.sqrt((1 / n + held_out / trained) * values.var(ddof=1))
    return values.mean() - half, values.mean() + half


def test_the_verdict_says_what_share_of_calls_is_right_and_of_positives_found(result: Result) -> None:
    verdict = pr.findings(result)[0]
    assert verdict.key == "at_threshold"
    precision = [metrics.precision_score(y, score >= 0.5) for y, score in result.scores]
    recall = [metrics.recall_score(y, score >= 0.5) for y, score in result.scores]
    assert verdict["right"] == pytest.approx(100 * np.mean(precision))
    assert verdict["found"] == pytest.approx(100 * np.mean(recall))
    low, high = corrected(np.array(recall), 360, 1077, 0.95)
    assert (verdict["recall"].low, verdict["recall"].high) == pytest.approx((low, high))
    assert pr.findings(pr.run(Settings(threshold=1.0)))[0].key == "nothing_called"
    some = pr.findings(pr.run(Settings(learner="random guess", threshold=0.999)))[0]
    assert some.key == "at_threshold_some" and 0 < some["defined"] < some["seeds"]


def test_intervals_of_shares_stay_within_0_and_1_and_are_never_certain() -> None:
    sure = pr.run(Settings(digit=0, learner="15-NN"))  # every positive is found in every seed
    recall = sure.mean("recall")
    assert recall.mean == recall.high == 1 and 0.9 < recall.low < 1  # as wide as one positive of 35 allows
    auc = sure.mean("ROC AUC")
    assert auc.mean == 1 and np.isnan(auc.low)  # no count, so no spread is known and no interval is claimed
    assert pr.run(Settings(data="breast cancer")).mean("area").high <= 1


def test_accuracy_is_compared_with_calling_nothing_positive(result: Result) -> None:
    gain = told(result)["accuracy_above"]["gain"]
    values = np.array([metrics.accuracy_score(y, score >= 0.5) - (1 - y.mean()) for y, score in result.scores])
    assert (gain.low, gain.high) == pytest.approx(corrected(values, 360, 1077, 0.95))
    assert "accuracy_below" in told(pr.run(Settings(learner="naive Bayes")))
    assert "accuracy_alike" in told(pr.run(Settings(share=0.01)))


def test_the_best_threshold_is_where_a_search_finds_it(result: Result) -> None:
    best = told(result)["best_threshold"]
    f1 = {
        t: np.mean([metrics.f1_score(y, score >= t) for y, score in result.scores])
        for t in np.round(np.linspace(0, 1, 101), 2)
    }
    assert best["f1"] == pytest.approx(max(f1.values())) and f1[best["best"]] == pytest.approx(max(f1.values()))


def test_averages_are_compared_with_the_area_at_the_level_of_three(result: Result) -> None:
    rows = {row["how"]: row["change"] for row in told(result)["averages_alike"]["rows"]}
    assert list(rows) == ["11 points", "101 points", "all points"]
    values = result.values("11 points") - result.values("area")
    assert (rows["11 points"].low, rows["11 points"].high) == pytest.approx(corrected(values, 360, 1077, 1 - 0.05 / 3))
    clear = result.measures.copy()
    clear.loc[clear.rows == "judged", "11 points"] = clear.area[clear.rows == "judged"] - 0.05
    clear.loc[clear.seed == 0, "11 points"] += 0.001
    assert "averages_apart" in told(replace(result, measures=clear))


def test_rare_positives_are_told_of(result: Result) -> None:
    rare = {row["name"].key: row for row in told(pr.run(Settings(share=0.01)))["share_changed"]["rows"]}
    assert rare["name_area"].key == "falls" and rare["name_auc"].key == "unchanged"
    few = pr.run(Settings(share=0.02, how="rows"))
    left_out = {row["name"].key: row.key for row in told(few)["share_changed"]["rows"]}
    assert few.change("area").mean < 0 and left_out["name_auc"] == "no_clear_change"
    assert "share_changed" not in told(result)


def test_few_different_scores_are_told_of_with_the_points_that_the_curve_has(result: Result) -> None:
    tree = pr.run(Settings(learner="small tree", seeds=2))
    y, score = tree.scores[0]
    precision, _, _ = metrics.precision_recall_curve(y, score)
    assert told(tree)["few_scores"]["distinct"] == len(np.unique(score)) == len(precision) - 1
    assert "few_scores" not in told(result)


def test_a_difference_is_paired_and_only_about_the_same_rows(result: Result) -> None:
    other = pr.run(Settings(learner="naive Bayes"))
    change = pr.difference(result, other)
    values = result.values("area") - other.values("area")
    interval = change["area"]["change"]
    assert (interval.low, interval.high) == pytest.approx(corrected(values, 360, 1077, 0.975))
    assert change["f1"].key == change["area"].key == "moved"
    same = pr.difference(result, result)
    assert same["f1"].key == same["area"].key == "not_moved"
    assert pr.difference(result, pr.run(Settings(digit=1, seeds=2))).key == "not_comparable"


def test_the_test_rows_are_scored_at_the_threshold_and_not_handed_out_with_the_numbers(result: Result) -> None:
    sealed = pr.sealed(result)
    recall = [
        metrics.recall_score(y, score >= 0.5) for y, score in (scored("digits", 8, "logistic", i)[1] for i in range(8))
    ]
    assert sealed["recall"].mean == pytest.approx(np.mean(recall))
    # All seeds share the test rows: another draw of 35 positives moves the recall by more than the seeds do.
    assert sealed["recall"].high - sealed["recall"].low > 3 * np.sqrt(0.6 * 0.4 / 35)
    assert set(result.frame().rows) == {"judged", "as they come"}


@pytest.mark.parametrize(("key", "right"), [("raised", 0), ("rare", 1), ("guess", 1), ("never", 1)])
def test_questions_have_the_answers_of_the_textbook(key: str, right: int) -> None:
    question = next(q for q in QUESTIONS if q.key == key)
    assert question.grade(pr.run(Settings(**question.change)))[0] == right


# The charts and the script


def series(option: dict[str, Any], name: str) -> list[Any]:
    return next(s for s in option["series"] if s["name"] == name)["data"]


def test_the_drawn_curves_are_the_rankings(result: Result) -> None:
    r = result.rankings[0]
    curve = figures.precision_recall(result)
    x, y = np.array(series(curve, figures.BOLD)).T
    assert np.sum(np.diff(x) * y[1:]) == pytest.approx(area(r), abs=1e-3)
    assert np.allclose(series(curve, "averaged"), series(curve, figures.BOLD))
    x, y = np.array(series(figures.roc(result), figures.BOLD)).T
    assert np.trapezoid(y, x) == pytest.approx(roc_auc(r), abs=1e-3)
    point = series(curve, "threshold")[0]
    assert point == pytest.approx([result.values("recall")[0], result.values("precision")[0]], abs=1e-4)
    stems = series(figures.precision_recall(pr.run(Settings(average="11 points"))), "averaged")
    tops = [top[1] for top in stems[1::3]]
    assert len(tops) == 11 and np.mean(tops) == pytest.approx(eleven_points(r), abs=1e-6)
    counts = [cell["label"]["formatter"].split("\n")[0] for cell in figures.matrix(result)["series"][0]["data"]]
    assert [int(n) for n in counts] == result.confusion().ravel().tolist()


def test_nothing_called_positive_has_no_point_on_the_curve() -> None:
    nothing = pr.run(Settings(threshold=1.0, seeds=2))
    assert "threshold" not in [s["name"] for s in figures.precision_recall(nothing)["series"]]


def test_a_band_leaves_out_what_is_not_defined() -> None:
    curve = figures.banded("x", np.arange(3), np.array([[0.5, np.nan, np.nan], [0.7, 0.2, np.nan]]), 0)
    assert curve.mean[:2] == pytest.approx([0.6, 0.2]) and np.isnan(curve.mean[2])
    assert curve.low[:2] == pytest.approx([0.5, 0.2]) and np.isnan(curve.high[2])


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 0.3, "share": 0.02},
        {"data": "breast cancer", "learner": "small tree", "share": 0.1, "how": "rows"},
        {"learner": "random guess", "threshold": 1.0},
        {"learner": "forest", "digit": 3},
    ],
)
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, Any]) -> None:
    result = pr.run(Settings(seeds=2, seed=3, **change))
    for name, numbers in plain.main(result.settings).items():
        assert numbers == pytest.approx(result.values(name), abs=1e-9, nan_ok=True), name
