"""Precision and recall: everything equal to scikit-learn, ties and weights included; the facts of imbalance; the words said of them."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from core.concepts.losses import precision_recall as pr
from core.concepts.losses.precision_recall import AVERAGES, LEARNERS, Result, Settings
from core.concepts.losses.precision_recall_measures import (
    all_points,
    area,
    auc,
    eleven,
    envelope,
    heights,
    hundred_one,
    rank,
)
from core.figures import ranking

quick = settings(max_examples=40, deadline=None)
# Few levels, so that most scores tie.
rows = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 7), st.integers(1, 5)), min_size=2, max_size=60).filter(
    lambda v: 0 < sum(y for y, _, _ in v) < len(v)
)


def arrays(v: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, score, weight = np.array(v).T
    return y, score / 7, weight / 2


@pytest.fixture(scope="module")
def result() -> Result:
    return pr.run(Settings())


@given(rows)
@quick
def test_curves_and_areas_are_those_of_scikit_learn_with_ties_and_weights(v: list[tuple[int, int, int]]) -> None:
    y, score, w = arrays(v)
    r = rank(y, score, w)
    precision, recall, threshold = metrics.precision_recall_curve(y, score, sample_weight=w)
    assert r.score == pytest.approx(threshold[::-1])
    assert r.precision == pytest.approx(precision[:-1][::-1]) and r.recall == pytest.approx(recall[:-1][::-1])
    fpr, tpr, _ = metrics.roc_curve(y, score, sample_weight=w, drop_intermediate=False)
    assert r.fpr == pytest.approx(fpr[1:]) and r.recall == pytest.approx(tpr[1:])
    assert area(r) == pytest.approx(metrics.average_precision_score(y, score, sample_weight=w))
    assert auc(r) == pytest.approx(metrics.roc_auc_score(y, score, sample_weight=w))
    assert r.share == pytest.approx(np.average(y, weights=w))


@given(rows, st.integers(-1, 8))
@quick
def test_a_threshold_counts_as_scikit_learn_does(v: list[tuple[int, int, int]], level: int) -> None:
    y, score, w = arrays(v)
    called, here = score >= level / 7, pr.at(rank(y, score, w), level / 7)
    theirs = {
        "precision": metrics.precision_score(y, called, sample_weight=w, zero_division=np.nan),
        "recall": metrics.recall_score(y, called, sample_weight=w),
        "F1": metrics.f1_score(y, called, sample_weight=w, zero_division=0),
        "accuracy": metrics.accuracy_score(y, called, sample_weight=w),
        "false positive rate": 1 - metrics.recall_score(1 - y, ~called, sample_weight=w),
    }
    for name, value in theirs.items():
        assert here[name] == pytest.approx(value, nan_ok=True)


@given(rows)
@quick
def test_interpolated_averages_are_what_their_definitions_say(v: list[tuple[int, int, int]]) -> None:
    y, score, w = arrays(v)
    r = rank(y, score, w)
    precision, recall, _ = metrics.precision_recall_curve(y, score, sample_weight=w)
    precision, recall = precision[:-1], recall[:-1]  # without the point (0, 1) that no threshold gives
    for n, mine in ((11, eleven(r)), (101, hundred_one(r))):
        best = [precision[recall >= k / (n - 1) - 1e-9].max() for k in range(n)]
        assert mine == pytest.approx(np.mean(best)) and heights(r, n) == pytest.approx(best)
    # Numerically: the envelope at very many recalls.
    fine = (np.arange(5000) + 0.5) / 5000
    assert all_points(r) == pytest.approx(np.mean(envelope(r)[np.searchsorted(r.recall, fine)]), abs=2e-3)
    assert all_points(r) >= area(r) - 1e-12
    assert (np.diff(envelope(r)) <= 0).all() and (envelope(r) >= r.precision).all()


def test_voc_by_hand() -> None:
    """Five answers, right, wrong, right, wrong, right, and all three positives found."""
    r = rank(np.array([1, 0, 1, 0, 1]), np.array([0.9, 0.8, 0.7, 0.6, 0.5]))
    assert r.precision == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2, 3 / 5])
    assert area(r) == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)
    assert eleven(r) == pytest.approx((4 * 1 + 3 * 2 / 3 + 4 * 3 / 5) / 11)  # recalls 0 to 0.3, 0.4 to 0.6, 0.7 to 1
    assert all_points(r) == area(r) and eleven(r) < area(r) + 0.01


def test_eleven_points_can_lie_below_the_area() -> None:
    """One level of eleven belongs to a recall of exactly 1, however little lies beyond 0.9."""
    y = np.array([1] * 19 + [0] * 400 + [1])
    r = rank(y, -np.arange(420.0))
    assert eleven(r) < area(r) - 0.03


@given(rows)
@quick
def test_auc_is_the_chance_to_rank_a_pair_rightly(v: list[tuple[int, int, int]]) -> None:
    y, score, _ = arrays(v)
    pairs = [(a > b) + 0.5 * (a == b) for a in score[y == 1] for b in score[y == 0]]
    assert auc(rank(y, score)) == pytest.approx(np.mean(pairs))


@given(rows, st.floats(0.01, 0.5))
@quick
def test_rarer_positives_leave_roc_where_it_is_and_lower_precision(v: list[tuple[int, int, int]], share: float) -> None:
    y, score, _ = arrays(v)
    plain, rare = rank(y, score), rank(y, score, pr.weights(y, share, "weights", 0))
    assert rare.share == pytest.approx(share)
    assert rare.fpr == pytest.approx(plain.fpr) and rare.recall == pytest.approx(plain.recall)
    assert auc(rare) == pytest.approx(auc(plain))
    formula = share * plain.recall / (share * plain.recall + (1 - share) * plain.fpr)
    assert rare.precision == pytest.approx(formula)
    if share < plain.share:
        for average in AVERAGES.values():
            assert average(rare) <= average(plain) + 1e-9


@pytest.mark.parametrize("share", [0.005, 0.02, 0.3, 0.5])
def test_leaving_rows_out_gives_the_share_and_keeps_the_fewer_among_the_more(share: float) -> None:
    y = (np.arange(400) < 60).astype(int)
    w = pr.weights(y, share, "rows", 1)
    assert set(w) <= {0, 1} and y[w > 0].mean() == pytest.approx(share, abs=0.003)
    assert w[y == 0].all() if share < 0.15 else w[y == 1].all()  # only the class that is too large loses rows
    more = pr.weights(y, min(0.5, share * 1.2), "rows", 1)
    assert (w <= more)[y == 1].all()
    assert np.array_equal(w, pr.weights(y, share, "rows", 1)) and pr.weights(y, 0, "rows", 1).all()


def test_the_ends_of_ranking() -> None:
    y = np.array([0] * 30 + [1] * 10)
    best, worst, tied = rank(y, y.astype(float)), rank(y, 1.0 - y), rank(y, np.full(40, 0.3))
    assert all(f(best) == 1 for f in AVERAGES.values()) and auc(best) == 1 and auc(worst) == 0
    # All tie: one corner, average precision the share of positives, and half the pairs.
    assert len(tied.score) == 1 and all(f(tied) == pytest.approx(0.25) for f in AVERAGES.values()) and auc(tied) == 0.5
    at = pr.at(tied, np.array([0.0, 0.3, 0.31]))
    assert (
        at["recall"].tolist() == [1, 1, 0]
        and at["precision"][:2] == pytest.approx(0.25)
        and np.isnan(at["precision"][2])
    )


def test_a_random_guess_has_the_share_of_positives_for_average_precision() -> None:
    guess = pr.run(Settings(learner="random guess", seeds=16))
    assert guess.mean("area").mean == pytest.approx(guess.values("share").mean(), abs=0.03)
    assert guess.mean("ROC AUC", level=0.999).low < 0.5 < guess.mean("ROC AUC", level=0.999).high


@given(rows)
@quick
def test_recall_never_rises_with_the_threshold(v: list[tuple[int, int, int]]) -> None:
    y, score, w = arrays(v)
    at = pr.at(rank(y, score, w), np.linspace(0, 1, 101))
    assert (np.diff(at["recall"]) <= 0).all() and (np.diff(at["false positive rate"]) <= 0).all()
    there = np.isfinite(at["precision"])
    p, r = at["precision"][there], at["recall"][there]
    assert at["F1"][there] == pytest.approx(np.where(p + r > 0, 2 * p * r / np.where(p + r > 0, p + r, 1), 0))


@pytest.mark.parametrize("learner", LEARNERS)
def test_the_scores_of_a_run_are_measured_as_scikit_learn_would(learner: str) -> None:
    result = pr.run(Settings(data="breast cancer", learner=learner, seeds=2, threshold=0.6))
    for i, (y, score) in enumerate(result.scores):
        assert result.values("area")[i] == pytest.approx(metrics.average_precision_score(y, score))
        assert result.values("ROC AUC")[i] == pytest.approx(metrics.roc_auc_score(y, score))
        assert result.values("F1")[i] == pytest.approx(metrics.f1_score(y, score >= 0.6))
        assert result.by_threshold["recall"][i, 60] == result.values("recall")[i]
    matrix, of = pr.counts(result)
    y, score = result.scores[0]
    assert np.array_equal(matrix, metrics.confusion_matrix(y, score >= 0.6)) and of == "of 114 rows"


def test_malignant_is_positive_and_the_weighted_matrix_counts_a_thousand() -> None:
    result = pr.run(Settings(data="breast cancer", share=0.02, seeds=2))
    assert result.positive == "malignant"
    assert np.mean([y.mean() for y, _ in result.scores]) == pytest.approx(212 / 569, abs=0.02)
    matrix, of = pr.counts(result)
    assert matrix.sum() == pytest.approx(1000) and matrix[1].sum() == pytest.approx(20) and of == "of 1,000 rows"


def test_the_same_settings_give_the_same_and_a_threshold_leaves_the_ranking(result: Result) -> None:
    pr.scored.cache_clear()
    again, moved = pr.run(Settings()), pr.run(Settings(threshold=0.9))
    assert again.measures.equals(result.measures)
    for name in pr.MEASURES:
        assert np.array_equal(moved.values(name), result.values(name))
    assert (moved.values("recall") <= result.values("recall")).all()


def test_rare_positives_are_told_of(result: Result) -> None:
    rare = pr.run(Settings(share=0.01))
    said = " ".join(pr.findings(rare))
    assert "ROC AUC does not change at all" in said and "average precision (area) falls" in said
    few = pr.run(Settings(share=0.02, how="rows"))
    assert few.change("area").mean < 0 and not few.change("ROC AUC").clear_of_zero
    assert "ROC AUC does not change beyond luck" in " ".join(pr.findings(few))
    assert "instead of" not in " ".join(pr.findings(result))


def test_no_difference_is_called_none(result: Result) -> None:
    measures = result.measures.copy()
    judged = measures.rows == "judged"
    measures.loc[judged, "accuracy"] = 1 - measures.share[judged] + np.array([0.01, -0.01] * 4)
    for name in ("11 points", "101 points", "all points"):
        measures.loc[judged, name] = measures.area[judged] + np.array([0.01, -0.01] * 4)
    level = replace(result, measures=measures)
    said = pr.findings(level)
    assert any("Never calling" in s and "no difference beyond luck" in s for s in said)
    assert any("Average precision, four" in s and "No difference beyond luck" in s for s in said)
    assert pr.QUESTIONS[3].grade(level)[0] == 2 and pr.QUESTIONS[4].grade(level)[0] == 2
    assert pr.QUESTIONS[1].grade(level)[0] == 3  # nothing falls where the share is as it was
    assert pr.difference(result, result).count("no difference beyond luck") == 2
    assert "not set against" in pr.difference(result, pr.run(Settings(digit=1, seeds=2)))
    better = pr.difference(result, pr.run(Settings(learner="naive Bayes")))
    assert "no difference" not in better


def test_ties_are_told_of(result: Result) -> None:
    assert "different scores" in " ".join(pr.findings(pr.run(Settings(learner="small tree", seeds=2))))
    assert "different scores" not in " ".join(pr.findings(result))


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 1.0},
        {"threshold": -0.0, "share": -0.0},
        {"share": 0.005, "how": "rows", "data": "breast cancer", "seeds": 2},
        {"share": 0.5, "how": "rows", "digit": 0, "average": "11 points", "seed": 9999},
        {"learner": "random guess", "average": "101 points", "threshold": 1.0, "seeds": 2},
        {"learner": "small tree", "average": "all points", "data": "breast cancer", "share": 0.5},
    ],
)
def test_settings_at_their_edges_run_and_have_something_to_say(change: dict[str, object]) -> None:
    result = pr.run(Settings(**{"seeds": 3, **change}))
    text = " ".join(
        [
            *pr.findings(result),
            pr.score(result),
            pr.sealed(result),
            *pr.tile(result, "precision"),
            str(pr.summary(result)),
        ]
    )
    assert not re.search(r"\bnan\b|\binf\b", text) and "%" in text
    assert not re.search(r"\bnan\b|\binf\b", str(pr.drawn(result)).lower())


def test_the_drawn_curves_are_the_rankings(result: Result) -> None:
    r, drawn = result.rankings[0], pr.drawn(result)
    bold = next(s for s in drawn["pr"]["series"] if s["name"] == "first seed")["data"]
    x, y = np.array(bold).T
    assert np.sum(np.diff(x) * y[1:]) == pytest.approx(area(r), abs=1e-3)
    shade = next(s for s in drawn["pr"]["series"] if s["name"] == "averaged")["data"]
    assert np.allclose(shade, bold)
    x, y = np.array(next(s for s in drawn["roc"]["series"] if s["name"] == "first seed")["data"]).T
    assert np.trapezoid(y, x) == pytest.approx(auc(r), abs=1e-3)
    point = next(s for s in drawn["pr"]["series"] if s["name"] == "threshold")["data"][0]
    assert point == pytest.approx([result.values("recall")[0], result.values("precision")[0]], abs=1e-4)
    stems = next(s for s in pr.drawn(pr.run(Settings(average="11 points")))["pr"]["series"] if s["name"] == "averaged")
    tops = [b[1] for _, b, _ in zip(*[iter(stems["data"])] * 3, strict=True)]
    assert len(tops) == 11 and np.mean(tops) == pytest.approx(eleven(r), abs=1e-6)


def test_a_band_leaves_out_what_is_not_defined() -> None:
    curve = ranking.banded("x", np.arange(3), np.array([[0.5, np.nan, np.nan], [0.7, 0.2, np.nan]]), 0)
    assert curve.mean[:2] == pytest.approx([0.6, 0.2]) and np.isnan(curve.mean[2])
    assert curve.low[:2] == pytest.approx([0.5, 0.2]) and np.isnan(curve.high[2])


@pytest.mark.parametrize("name", pr.LIMITS)
def test_a_setting_out_of_bounds_is_named_with_its_bound(name: str) -> None:
    low, high = pr.LIMITS[name]
    for value in (low - 1, high + 1, math.nan):
        with pytest.raises(ValueError, match=rf"{name}: must lie between"):
            Settings(**{name: value})


@pytest.mark.parametrize("name", ["data", "learner", "how", "average"])
def test_a_name_off_the_menu_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: must be one of"):
        Settings(**{name: "nonsense"})


def test_settings_are_put_in_order() -> None:
    assert Settings(threshold=0.30000000000000004) == Settings(threshold=0.3)
    assert math.copysign(1, Settings(threshold=-0.0).threshold) == math.copysign(1, Settings(share=-0.0).share) == 1
    with pytest.raises(ValueError, match="share: must be 0 or at least"):
        Settings(share=0.001)


@pytest.mark.parametrize(("i", "answer"), [(0, 0), (1, 1), (2, 1), (3, 1), (4, None)])
def test_a_question_is_graded_from_its_run(i: int, answer: int | None) -> None:
    question = pr.QUESTIONS[i]
    right, said = question.grade(pr.run(Settings(**question.change)))
    assert 0 <= right < len(question.choices) and re.search(r"\d", said)
    assert answer in (None, right)


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 0.3, "share": 0.02},
        {"data": "breast cancer", "learner": "small tree", "share": 0.1, "how": "rows"},
    ],
)
def test_the_script_prints_the_numbers_on_screen(change: dict[str, object]) -> None:
    result = pr.run(Settings(seeds=2, seed=3, **change))
    out = subprocess.run(
        [sys.executable, "-c", pr.script(result.settings)], capture_output=True, text=True, check=True
    ).stdout
    for name in (*pr.MEASURES, "precision", "recall", "F1", "accuracy"):
        assert f"{name}: {100 * result.mean(name).mean:.1f} %" in out.splitlines()
