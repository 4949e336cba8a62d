"""Ranking rows by score and counting what a threshold finds: precision, recall, ROC, and four ways to average precision.

Rows carry weights, so that a rarer class needs no row to be thrown away. Rows of the same score are called positive together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ranking:
    """Of each distinct score, the highest first: the weight of the positives (tp) and of the negatives (fp) with that score or more.
    All (m,); `positives` and `negatives` are the weights of all rows of each class."""

    score: np.ndarray
    tp: np.ndarray
    fp: np.ndarray
    positives: float
    negatives: float

    @property
    def precision(self) -> np.ndarray:
        share: np.ndarray = self.tp / (self.tp + self.fp)
        return share

    @property
    def recall(self) -> np.ndarray:
        return self.tp / self.positives

    @property
    def fpr(self) -> np.ndarray:
        return self.fp / self.negatives

    @property
    def share(self) -> float:
        """Of positives among all rows."""
        return self.positives / (self.positives + self.negatives)

    def called(self, threshold: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """(tp, fp) where rows of a score of at least `threshold` are called positive."""
        n = np.searchsorted(-self.score, -np.asarray(threshold, float), side="right")  # distinct scores at or above it
        return np.append(0.0, self.tp)[n], np.append(0.0, self.fp)[n]


def rank(y: np.ndarray, score: np.ndarray, weight: np.ndarray | None = None) -> Ranking:
    """y (n,) 1 for positives and 0 for negatives; score (n,); weight (n,) of one or more."""
    w = np.ones(len(y)) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    s, tp, fp = score[order], np.cumsum((w * y)[order]), np.cumsum((w * (1 - y))[order])
    last = np.append(s[1:] != s[:-1], True)  # of each run of equal scores
    return Ranking(s[last], tp[last], fp[last], float(tp[-1]), float(fp[-1]))


def envelope(r: Ranking) -> np.ndarray:
    """At each recall the best precision to be had there or further on: (m,), never rising."""
    best: np.ndarray = np.maximum.accumulate(r.precision[::-1])
    return best[::-1]


def area(r: Ranking) -> float:
    """Average precision: the area under the steps, as it is."""
    return float(np.sum(np.diff(r.recall, prepend=0.0) * r.precision))


def all_points(r: Ranking) -> float:
    """The area under the envelope (PASCAL VOC from 2010 on)."""
    return float(np.sum(np.diff(r.recall, prepend=0.0) * envelope(r)))


def heights(r: Ranking, n: int) -> np.ndarray:
    """The envelope at n recalls, evenly from 0 to 1: (n,)."""
    first = np.searchsorted(r.recall, np.linspace(0, 1, n) - 1e-9)  # so that 3/10 reaches 0.3 whatever its last digit
    return envelope(r)[first]


def eleven(r: Ranking) -> float:
    """The mean of the envelope at the recalls 0, 0.1 … 1 (PASCAL VOC until 2009)."""
    return float(heights(r, 11).mean())


def hundred_one(r: Ranking) -> float:
    """The same at 0, 0.01 … 1 (COCO)."""
    return float(heights(r, 101).mean())


def auc(r: Ranking) -> float:
    """Area under the ROC curve: the chance that a positive has a higher score than a negative, a tie counting half."""
    x, y = np.append(0.0, r.fpr), np.append(0.0, r.recall)
    return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))


AVERAGES: dict[str, Callable[[Ranking], float]] = {
    "area": area,
    "11 points": eleven,
    "101 points": hundred_one,
    "all points": all_points,
}
