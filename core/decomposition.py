"""The error of a learner taken apart: bias, variance and noise, from what it answers after R resampled training sets.

Squared error: E(y - a)^2 = bias^2 + variance + noise, with a the answers and bias their mean's distance from the truth
(Geman, Bienenstock and Doursat, "Neural Networks and the Bias/Variance Dilemma", 1992).

Share of errors (0-1 loss): Domingos, "A Unified Bias-Variance Decomposition" (2000). The main prediction of a point is the
answer that most resamples give, and the point is biased when that is not the best answer. Where it is the best, variance
costs: some resamples leave it. Where it is not, variance pays: some resamples leave the wrong answer for the best one. So
error = bias + variance of unbiased points - variance of biased points + noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import stats

from core.stats import Interval

DRAWS = 300  # bootstrap draws an interval is made from
BY_MAIN = ("bias", "variance", "unbiased", "biased")  # terms that hang on which answer is the main prediction


@dataclass(frozen=True, eq=False)
class Terms:
    """Each term as a mean over the test points, and what it is on bootstrap draws of the R resamples, (DRAWS,).

    The same seed draws the same resamples for every learner, so the terms of two learners are paired, draw by draw.
    unsure: share of test points whose main prediction would be another one with many more resamples, as far as the votes
    tell; 0 for squared error.
    """

    values: Mapping[str, float]
    draws: Mapping[str, np.ndarray]
    resamples: int
    unsure: float = 0.0

    def interval(self, name: str, level: float = 0.95, other: Terms | None = None, skewed: bool = False) -> Interval:
        """The term `name`, or how far it lies above that of `other`. Covers the luck of the resamples; the test points are
        taken as they are. What hangs on the main prediction is given as much more room as `unsure` points could shift it.

        skewed: bounds are the draws' own quantiles, not as far below the mean as above. For errors that a few resamples make
        nearly all of: a spread as large as the mean would say that it may be zero.
        """
        mean, draws, room = self.values[name], self.draws[name], self.unsure
        if other is not None:
            mean, draws, room = mean - other.values[name], draws - other.draws[name], room + other.unsure
        R = self.resamples
        if R < 3 or len(draws) < 2:
            return Interval(mean, math.nan, math.nan, R, level)
        # A bootstrap draw has the spread of R - 1 independent values, not of R.
        reach = float(stats.t.ppf((1 + level) / 2, R - 1) * math.sqrt(R / (R - 1)))
        if skewed:
            tail = float(stats.norm.sf(reach))
            low, high = (float(v) for v in np.quantile(draws, [tail, 1 - tail]))
            return Interval(mean, low, high, R, level)
        half = reach * float(draws.std(ddof=1))
        half += room if name in BY_MAIN else 0.0
        return Interval(mean, mean - half, mean + half, R, level)


@lru_cache(maxsize=16)
def resampled(R: int, seed: int, draws: int = DRAWS) -> np.ndarray:
    """How often each of R resamples counts: all once in the first row, then in bootstrap draws. (1 + draws, R)."""
    rows = np.random.default_rng([seed, 9]).integers(R, size=(draws, R))
    counts = [np.bincount(row, minlength=R) for row in rows]
    together: np.ndarray = np.stack([np.ones(R, int), *counts]).astype(float)
    together.flags.writeable = False  # it is handed to everyone who asks
    return together


def squared_at(answers: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """bias^2 and variance at each point: answers (R, T), truth (T,) -> (T,), (T,).

    The mean of R answers is itself off by variance / R; that is taken out of the squared bias, so where there is none, luck
    can make it a little negative.
    """
    variance = answers.var(0, ddof=1)
    return (answers.mean(0) - truth) ** 2 - variance / len(answers), variance


def squared(answers: np.ndarray, truth: np.ndarray, noise: float, seed: int = 0, draws: int = DRAWS) -> Terms:
    """Terms of the squared error: answers (R, T), R at least 2; truth (T,); noise: the variance of y around it;
    draws: of the bootstrap, 0 for no intervals."""
    R = len(answers)
    counts = resampled(R, seed, draws)
    off = answers - truth  # (R, T)
    mean = counts @ off / R  # (1 + draws, T)
    variance = (counts @ off**2 / R - mean**2).mean(1) * R / (R - 1)
    bias = (mean**2).mean(1) - variance / R
    return _terms({"bias": bias, "variance": variance, "noise": np.full(len(counts), noise)}, R)


def zero_one(
    answers: np.ndarray, best: np.ndarray, noise: np.ndarray, classes: int, seed: int = 0, draws: int = DRAWS
) -> Terms:
    """Terms of the share of errors. answers (R, T): class numbers, R at least 2; best (T,): the most probable class; noise
    (T,): the probability of the others, not 0 only with two classes.

    noise counts as it enters the error: where a resample gives the worse answer, noise makes it right after all.
    disagreement, which is no part of the sum: the chance that two resamples answer a point differently. It needs no main
    prediction.
    """
    R, T = answers.shape
    counts = resampled(R, seed, draws)
    given = (answers[:, :, None] == np.arange(classes)).reshape(R, T * classes).astype(float)
    share = (counts @ given / R).reshape(len(counts), T, classes)
    main = share.argmax(2)  # of equals the first
    right = share[:, np.arange(T), best]  # share of the resamples that give the best answer
    leave = 1 - share.max(2)
    biased = main != best
    terms = {
        "bias": biased.mean(1),
        "unbiased": np.where(biased, 0, leave).mean(1),
        "biased": np.where(biased, right, 0).mean(1),
        "noise": ((2 * right - 1) * noise).mean(1),
        "disagreement": (1 - (share**2).sum(2)).mean(1) * R / (R - 1),
    }
    terms["variance"] = terms["unbiased"] - terms["biased"]
    first, second = np.sort(share[0], 1)[:, :-3:-1].T  # the two most frequent answers
    lead = (first - second) * math.sqrt(R) / np.sqrt(np.maximum(first + second - (first - second) ** 2, 1 / R))
    return _terms(terms, R, float(stats.norm.sf(lead).mean()))


def _terms(rows: dict[str, np.ndarray], R: int, unsure: float = 0.0) -> Terms:
    rows["error"] = rows["bias"] + rows["variance"] + rows["noise"]
    return Terms({k: float(v[0]) for k, v in rows.items()}, {k: v[1:] for k, v in rows.items()}, R, unsure)
