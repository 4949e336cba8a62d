"""Ranking rows by score and counting what a threshold finds: precision, recall, ROC, and four ways to average precision.

Rows may carry weights, so that a rarer class needs no row to be thrown away. Rows of the same score are called positive
together or not at all. Positives that have no score at all (objects that a detector never proposes) are counted by
`positives`: the recall of such a ranking ends below 1.
Sources: Fawcett, "An introduction to ROC analysis" (2006); Everingham et al., "The PASCAL Visual Object Classes challenge"
(2010), for 11 points and all points; Lin et al., "Microsoft COCO" (2014), for 101 points.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

AT_THRESHOLD = ("precision", "recall", "F1", "false positive rate", "accuracy")
AVERAGES = ("area", "11 points", "101 points", "all points")


@dataclass(frozen=True)
class Ranking:
    """What every threshold gives: a row for each distinct score, the highest first."""

    score: np.ndarray  # (m,)
    tp: np.ndarray  # (m,) weight of the positives with that score or more
    fp: np.ndarray  # (m,) weight of the negatives with that score or more
    positives: float  # weight of all positives, with those that have no score
    negatives: float  # weight of all negatives

    @property
    def precision(self) -> np.ndarray:
        """(m,)."""
        share: np.ndarray = self.tp / (self.tp + self.fp)
        return share

    @property
    def recall(self) -> np.ndarray:
        """(m,), never falling."""
        return self.tp / self.positives

    @property
    def false_positive_rate(self) -> np.ndarray:
        """(m,), never falling."""
        return self.fp / self.negatives

    @property
    def share(self) -> float:
        """Of positives among all rows."""
        return self.positives / (self.positives + self.negatives)

    def counts(self, threshold: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """True and false positives where rows of a score of at least `threshold` are called positive."""
        n = np.searchsorted(-self.score, -np.asarray(threshold, float), side="right")  # distinct scores at or above it
        return np.append(0.0, self.tp)[n], np.append(0.0, self.fp)[n]

    def at(self, threshold: np.ndarray | float) -> dict[str, np.ndarray]:
        """The measures AT_THRESHOLD at each threshold. Precision is NaN where nothing is called positive, the false positive
        rate where there are no negatives."""
        tp, fp = self.counts(threshold)
        fn = self.positives - tp
        tn = self.negatives - fp
        called = tp + fp
        return {
            "precision": np.where(called > 0, tp / np.where(called > 0, called, 1), np.nan),
            "recall": tp / self.positives,
            "F1": 2 * tp / (2 * tp + fp + fn),
            "false positive rate": fp / (self.negatives or math.nan),
            "accuracy": (tp + tn) / (self.positives + self.negatives),
        }


def rank(y: np.ndarray, score: np.ndarray, weight: np.ndarray | None = None, positives: float | None = None) -> Ranking:
    """The ranking of rows: y (n,) 1 for positives and 0 for negatives; score (n,); weight (n,), 1 each where it is None.
    positives: the weight of all positives, where some of them have no score."""
    w = np.ones(len(y)) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    s = score[order]
    tp = np.cumsum((w * y)[order])
    fp = np.cumsum((w * (1 - y))[order])
    last = np.append(s[1:] != s[:-1], True)[: len(s)]  # of each run of equal scores
    found, wrong = (float(sums[-1]) if len(sums) else 0.0 for sums in (tp, fp))
    return Ranking(s[last], tp[last], fp[last], found if positives is None else float(positives), wrong)


def envelope(ranking: Ranking) -> np.ndarray:
    """At each recall the best precision that can be had there or at a higher recall: (m,), never rising."""
    best: np.ndarray = np.maximum.accumulate(ranking.precision[::-1])
    return best[::-1]


def envelope_at(ranking: Ranking, n: int) -> np.ndarray:
    """The envelope at n recalls, evenly from 0 to 1: (n,); 0 at recalls that are never reached."""
    first = np.searchsorted(
        ranking.recall, np.linspace(0, 1, n) - 1e-9
    )  # so that 3/10 reaches 0.3 whatever its last digit
    return np.append(envelope(ranking), 0.0)[first]


def area(ranking: Ranking) -> float:
    """The area under the steps of precision over recall, as scikit-learn's average_precision_score."""
    return float(np.sum(np.diff(ranking.recall, prepend=0.0) * ranking.precision))


def all_points(ranking: Ranking) -> float:
    """The area under the envelope (PASCAL VOC from 2010 on)."""
    return float(np.sum(np.diff(ranking.recall, prepend=0.0) * envelope(ranking)))


def eleven_points(ranking: Ranking) -> float:
    """The mean of the envelope at the recalls 0, 0.1 … 1 (PASCAL VOC until 2009)."""
    return float(envelope_at(ranking, 11).mean())


def hundred_one_points(ranking: Ranking) -> float:
    """The mean of the envelope at the recalls 0, 0.01 … 1 (COCO)."""
    return float(envelope_at(ranking, 101).mean())


def average_precision(ranking: Ranking, how: str = "area") -> float:
    """Precision averaged over recall, in one of the ways AVERAGES."""
    ways: dict[str, Callable[[Ranking], float]] = {
        "area": area,
        "11 points": eleven_points,
        "101 points": hundred_one_points,
        "all points": all_points,
    }
    return ways[how](ranking)


def roc_auc(ranking: Ranking) -> float:
    """Area under the ROC curve: the chance that a positive has a higher score than a negative, a tie counting half."""
    x = np.append(0.0, ranking.false_positive_rate)
    y = np.append(0.0, ranking.recall)
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))
