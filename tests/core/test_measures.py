"""Rankings and their averages are those of scikit-learn, ties and weights included; what is never found counts as missed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from core.measures import (
    AVERAGES,
    all_points,
    area,
    average_precision,
    eleven_points,
    envelope,
    envelope_at,
    hundred_one_points,
    rank,
    roc_auc,
)

quick = settings(max_examples=40, deadline=None)
# Few levels, so that most scores tie.
rows = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 7), st.integers(1, 5)), min_size=2, max_size=60).filter(
    lambda v: 0 < sum(y for y, _, _ in v) < len(v)
)


def arrays(v: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, score, weight = np.array(v).T
    return y, score / 7, weight / 2


@given(rows)
@quick
def test_curves_and_areas_are_those_of_scikit_learn_with_ties_and_weights(v: list[tuple[int, int, int]]) -> None:
    y, score, w = arrays(v)
    r = rank(y, score, w)
    precision, recall, threshold = metrics.precision_recall_curve(y, score, sample_weight=w)
    assert r.score == pytest.approx(threshold[::-1])
    assert r.precision == pytest.approx(precision[:-1][::-1]) and r.recall == pytest.approx(recall[:-1][::-1])
    fpr, tpr, _ = metrics.roc_curve(y, score, sample_weight=w, drop_intermediate=False)
    assert r.false_positive_rate == pytest.approx(fpr[1:]) and r.recall == pytest.approx(tpr[1:])
    assert area(r) == pytest.approx(metrics.average_precision_score(y, score, sample_weight=w))
    assert roc_auc(r) == pytest.approx(metrics.roc_auc_score(y, score, sample_weight=w))
    assert r.share == pytest.approx(np.average(y, weights=w))


@given(rows, st.integers(-1, 8))
@quick
def test_a_threshold_counts_as_scikit_learn_does(v: list[tuple[int, int, int]], level: int) -> None:
    y, score, w = arrays(v)
    called, here = score >= level / 7, rank(y, score, w).at(level / 7)
    theirs = {
        "precision": metrics.precision_score(y, called, sample_weight=w, zero_division=np.nan),
        "recall": metrics.recall_score(y, called, sample_weight=w),
        "F1": metrics.f1_score(y, called, sample_weight=w, zero_division=0),
        "accuracy": metrics.accuracy_score(y, called, sample_weight=w),
        "false positive rate": 1 - metrics.recall_score(1 - y, ~called, sample_weight=w),
    }
    assert here.keys() == theirs.keys()
    for name, value in theirs.items():
        assert here[name] == pytest.approx(value, nan_ok=True)


@given(rows)
@quick
def test_interpolated_averages_are_what_their_definitions_say(v: list[tuple[int, int, int]]) -> None:
    y, score, w = arrays(v)
    r = rank(y, score, w)
    precision, recall, _ = metrics.precision_recall_curve(y, score, sample_weight=w)
    precision, recall = precision[:-1], recall[:-1]  # without the point (0, 1) that no threshold gives
    for n, mine in ((11, eleven_points(r)), (101, hundred_one_points(r))):
        best = [precision[recall >= k / (n - 1) - 1e-9].max() for k in range(n)]
        assert mine == pytest.approx(np.mean(best)) and envelope_at(r, n) == pytest.approx(best)
    # Numerically: the envelope at very many recalls.
    fine = (np.arange(5000) + 0.5) / 5000
    assert all_points(r) == pytest.approx(np.mean(envelope(r)[np.searchsorted(r.recall, fine)]), abs=2e-3)
    assert all_points(r) >= area(r) - 1e-12
    assert (np.diff(envelope(r)) <= 0).all() and (envelope(r) >= r.precision).all()


@given(rows, st.integers(1, 9))
@quick
def test_positives_without_a_score_are_missed_at_every_threshold(v: list[tuple[int, int, int]], missed: int) -> None:
    """A detector that never proposes some objects: its average precision is that of ranking them below everything."""
    y, score, _ = arrays(v)
    r = rank(y, score, positives=float(y.sum() + missed))
    assert r.recall[-1] < 1
    whole = rank(np.append(y, np.ones(missed)), np.append(score, np.full(missed, -1.0)))
    assert r.recall == pytest.approx(whole.recall[:-1]) and r.precision == pytest.approx(whole.precision[:-1])
    for n in (11, 101):  # as VOC and COCO have it: precision is 0 at a recall that is never reached
        best = [
            max([p for p, at in zip(r.precision, r.recall, strict=True) if at >= k / (n - 1) - 1e-9], default=0.0)
            for k in range(n)
        ]
        assert average_precision(r, f"{n} points") == pytest.approx(np.mean(best))
    tail = missed / whole.positives * whole.precision[-1]  # what the last step would add
    assert area(r) == pytest.approx(area(whole) - tail)


def test_a_detector_that_finds_nothing_has_an_average_precision_of_zero() -> None:
    nothing = rank(np.zeros(0), np.zeros(0), positives=3)
    wrong = rank(np.array([0, 0]), np.array([0.9, 0.8]), positives=3)
    for how in AVERAGES:
        assert average_precision(nothing, how) == average_precision(wrong, how) == 0
    assert np.isnan(nothing.at(0.5)["precision"]) and wrong.at(0.5)["recall"] == 0


def test_voc_by_hand() -> None:
    """Five answers, right, wrong, right, wrong, right, and all three positives found."""
    r = rank(np.array([1, 0, 1, 0, 1]), np.array([0.9, 0.8, 0.7, 0.6, 0.5]))
    assert r.precision == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2, 3 / 5])
    assert area(r) == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)
    assert eleven_points(r) == pytest.approx(
        (4 * 1 + 3 * 2 / 3 + 4 * 3 / 5) / 11
    )  # recalls 0 to 0.3, 0.4 to 0.6, 0.7 to 1
    assert all_points(r) == area(r) and eleven_points(r) < area(r) + 0.01


def test_eleven_points_can_lie_below_the_area() -> None:
    """One level of eleven belongs to a recall of exactly 1, however little lies beyond 0.9."""
    y = np.array([1] * 19 + [0] * 400 + [1])
    r = rank(y, -np.arange(420.0))
    assert eleven_points(r) < area(r) - 0.03


@given(rows)
@quick
def test_auc_is_the_chance_to_rank_a_pair_rightly(v: list[tuple[int, int, int]]) -> None:
    y, score, _ = arrays(v)
    pairs = [(a > b) + 0.5 * (a == b) for a in score[y == 1] for b in score[y == 0]]
    assert roc_auc(rank(y, score)) == pytest.approx(np.mean(pairs))


def test_the_ends_of_ranking() -> None:
    y = np.array([0] * 30 + [1] * 10)
    best, worst, tied = rank(y, y.astype(float)), rank(y, 1.0 - y), rank(y, np.full(40, 0.3))
    assert all(average_precision(best, how) == 1 for how in AVERAGES) and roc_auc(best) == 1 and roc_auc(worst) == 0
    # All tie: one point, average precision the share of positives, and half the pairs.
    assert len(tied.score) == 1 and roc_auc(tied) == 0.5
    assert all(average_precision(tied, how) == pytest.approx(0.25) for how in AVERAGES)
    at = tied.at(np.array([0.0, 0.3, 0.31]))
    assert at["recall"].tolist() == [1, 1, 0]
    assert at["precision"] == pytest.approx([0.25, 0.25, np.nan], nan_ok=True)


@given(rows)
@quick
def test_recall_never_rises_with_the_threshold(v: list[tuple[int, int, int]]) -> None:
    y, score, w = arrays(v)
    at = rank(y, score, w).at(np.linspace(0, 1, 101))
    assert (np.diff(at["recall"]) <= 0).all() and (np.diff(at["false positive rate"]) <= 0).all()
    there = np.isfinite(at["precision"])
    p, r = at["precision"][there], at["recall"][there]
    assert at["F1"][there] == pytest.approx(np.where(p + r > 0, 2 * p * r / np.where(p + r > 0, p + r, 1), 0))
