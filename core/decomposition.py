"""The error of a learner taken apart into bias, variance and noise, from its predictions after R resampled training sets.

Squared error: E(y - a)^2 = bias^2 + variance + noise, with a the predictions and bias the distance of their mean from the
truth (Geman, Bienenstock and Doursat, "Neural Networks and the Bias/Variance Dilemma", 1992).

Share of errors (0-1 loss): Domingos, "A Unified Bias-Variance Decomposition" (2000). The main prediction of a point is the
class that most resamples predict, and the point is biased when that is not the best class. Where it is the best, variance
costs: some resamples leave it. Where it is not, variance pays: some resamples leave the wrong class for the best one. So
error = bias + variance of unbiased points - variance of biased points + noise.

Intervals cover the draw of the training sets. They come from the jackknife (Tukey, 1958): every term but those that depend
on a main prediction is a mean over resamples or over pairs of resamples, for which it is made (Arvesen, 1969). The others
jump when a vote turns, so they come from the bootstrap.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from scipy import stats

from core.stats import Interval, mean_interval

DRAWS = 300  # bootstrap draws an interval is made from
POSITIVE = ("variance", "error", "disagreement")  # terms with intervals on a logarithmic scale


@dataclass(frozen=True, eq=False)
class Terms:
    """Each term of an error as a mean over the test points, and what its interval is made from.

    All learners of a run see the same resamples, so the terms of two learners are paired, value by value.
    """

    values: Mapping[str, float]  # of each term
    parts: Mapping[
        str, np.ndarray
    ]  # of a term with a jackknife: its pseudo-values (R,), which have the term as their mean
    draws: Mapping[str, np.ndarray] = field(
        default_factory=dict
    )  # of the others: the term on bootstrap draws, (DRAWS,)
    resamples: int = 0  # R
    points: int = 0  # test points that a share was counted on; 0 for squared error
    # Share of test points whose main prediction would be another with many more resamples, judged by the votes; 0 for
    # squared error.
    unsure: float = 0.0

    def interval(self, name: str, level: float = 0.95, other: Terms | None = None) -> Interval:
        """The term `name`, or how far it lies above that of `other`. Covers the draw of the training sets; the test points
        are taken as they are.

        Fewer than 3 resamples, or values without any spread, give no interval: the bounds are NaN. A bias that is
        estimated below 0, where it cannot be, counts as 0 when it stands alone.
        """
        mean = self.values[name] - (0.0 if other is None else other.values[name])
        if self.resamples < 3:
            return Interval(mean, math.nan, math.nan, self.resamples, level)
        if name in self.parts:
            found = self._jackknife(name, mean, level, other)
        elif name in self.draws:
            found = self._bootstrap(name, mean, level, other)
        else:
            return Interval(mean, math.nan, math.nan, self.resamples, level)
        if other is None and not (self.points and name in ("variance", "noise")):  # of shares these may be negative
            most = 1.0 if self.points else math.inf
            low, high = (min(max(v, 0.0), most) for v in (found.low, found.high))
            return Interval(max(mean, 0.0), low, high, found.n, level)
        return found

    def _jackknife(self, name: str, mean: float, level: float, other: Terms | None) -> Interval:
        if other is not None:
            return mean_interval(self.parts[name] - other.parts[name], level, self.points)
        plain = mean_interval(self.parts[name], level, self.points)
        if name not in POSITIVE or not mean > 0 or not math.isfinite(plain.low):
            return plain
        factor = math.exp(min((plain.high - mean) / mean, 700.0))
        return Interval(mean, mean / factor, mean * factor, plain.n, level)

    def _bootstrap(self, name: str, mean: float, level: float, other: Terms | None) -> Interval:
        R = self.resamples
        draws, room = self.draws[name], self.unsure
        if other is not None:
            draws, room = draws - other.draws[name], room + other.unsure
        # A bootstrap draw has the spread of R - 1 independent values, not of R.
        reach = float(stats.t.ppf((1 + level) / 2, R - 1) * math.sqrt(R / (R - 1)))
        half = reach * float(draws.std(ddof=1)) + room
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

    The mean of R predictions is itself off by variance / R. That is taken out of the squared bias, so where there is no
    bias the estimate can be a little below 0.
    """
    variance = answers.var(0, ddof=1)
    return (answers.mean(0) - truth) ** 2 - variance / len(answers), variance


def squared(answers: np.ndarray, truth: np.ndarray, noise: float) -> Terms:
    """Terms of the squared error: answers (R, T), R at least 2; truth (T,); noise: the variance of y around it."""
    R = len(answers)
    off = np.asarray(answers, float) - truth  # (R, T)
    bias, variance = (float(v) for v in _bias_and_variance(off.sum(0), (off**2).sum(0), R))
    values = {"bias": bias, "variance": variance, "noise": noise, "error": bias + variance + noise}
    parts = {"error": (off**2).mean(1) + noise}  # a mean over resamples, which is its own jackknife
    if R > 2:
        without = np.array([_bias_and_variance(off.sum(0) - o, (off**2).sum(0) - o**2, R - 1) for o in off])
        parts["bias"], parts["variance"] = (R * np.array([bias, variance]) - (R - 1) * without).T
    return Terms(values, parts, resamples=R)


def _bias_and_variance(total: np.ndarray, squares: np.ndarray, R: int) -> tuple[float, float]:
    """Unbiased bias^2 and variance from the sums over R resamples of what is off at each point, and of its square."""
    bias = (total**2 - squares).mean() / (R * (R - 1))
    variance = (squares - total**2 / R).mean() / (R - 1)
    return float(bias), float(variance)


def zero_one(
    answers: np.ndarray, best: np.ndarray, noise: np.ndarray, classes: int, seed: int = 0, draws: int = DRAWS
) -> Terms:
    """Terms of the share of errors. answers (R, T): class numbers, R at least 2; best (T,): the most probable class; noise
    (T,): the probability of the others, not 0 only with two classes; draws: of the bootstrap, 0 for none.

    noise counts as it enters the error: where a resample predicts the worse class, noise makes that right after all.
    disagreement, which is no part of the sum: the chance that two resamples predict different classes at a point. It needs
    no main prediction.
    """
    R, T = answers.shape
    counts = resampled(R, seed, draws)
    given = (answers[:, :, None] == np.arange(classes)).reshape(R, T * classes).astype(float)
    votes = (counts @ given).reshape(
        len(counts), T, classes
    )  # whole numbers, so exact in whatever order they are added
    share = votes / R
    main = share.argmax(2)  # of equals the first
    right = share[:, np.arange(T), best]  # share of the resamples that predict the best class
    leave = 1 - share.max(2)
    biased = main != best
    rows = {
        "bias": biased.mean(1),
        "unbiased": np.where(biased, 0, leave).mean(1),
        "biased": np.where(biased, right, 0).mean(1),
    }
    rows["variance"] = rows["unbiased"] - rows["biased"]
    wrong = answers != best
    parts = {"noise": ((1 - 2 * wrong) * noise).mean(1), "error": (wrong + (1 - 2 * wrong) * noise).mean(1)}
    differ = (R - votes[0][np.arange(T), answers]).mean(1)  # (R,) expected number of resamples that predict otherwise
    together = float(differ.sum()) / (R * (R - 1))
    if R > 2:
        without = (differ.sum() - 2 * differ) / ((R - 1) * (R - 2))
        parts["disagreement"] = R * together - (R - 1) * without
    values = {name: float(row[0]) for name, row in rows.items()}
    values |= {"noise": float(((2 * right[0] - 1) * noise).mean()), "disagreement": together}
    values["error"] = values["bias"] + values["variance"] + values["noise"]
    first, second = np.sort(share[0], 1)[:, :-3:-1].T  # the two most frequent predictions
    lead = (first - second) * math.sqrt(R) / np.sqrt(np.maximum(first + second - (first - second) ** 2, 1 / R))
    unsure = float(stats.norm.sf(lead).mean())
    boots = {name: row[1:] for name, row in rows.items()} if draws > 1 else {}
    return Terms(values, parts, boots, R, T, unsure)
