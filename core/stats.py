"""Intervals for small samples of seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Interval:
    """A mean and the bounds of its confidence interval; low and high are NaN when the values cannot carry one."""

    mean: float
    low: float
    high: float
    n: int
    level: float = 0.95

    @property
    def clear_of_zero(self) -> bool:
        """Whether the interval leaves zero out; a single value shows nothing, so it does not."""
        return self.low > 0 or self.high < 0

    @property
    def sign(self) -> int:
        """1 or -1 when the whole interval lies above or below zero, else 0: no clear difference."""
        return int(self.low > 0) - int(self.high < 0)

    @property
    def size(self) -> Interval:
        """The interval of the size of what is measured: turned round where the mean is negative."""
        return self if self.mean >= 0 else Interval(-self.mean, -self.high, -self.low, self.n, self.level)


def mean_interval(
    values: ArrayLike, level: float = 0.95, rows: float | None = None, bounds: tuple[float, float] | None = None
) -> Interval:
    """Student's t interval of the mean of independent values; of paired differences, give the differences.

    rows: for shares, such as accuracies, and differences of shares: how many rows each was counted on. Values that agree by
    chance say little about how far they would spread, so their standard deviation counts as at least one row of these.
    bounds: where the quantity cannot lie beyond them, neither does the interval. Fewer than two values, or values without
    any spread whose resolution is not known, give no interval: the bounds are NaN.
    """
    v = np.asarray(values, float).ravel()
    if len(v) == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(v.mean())
    spread = float(v.std(ddof=1)) if len(v) > 1 else math.nan
    if rows and len(v) > 1:
        spread = max(spread, 1 / rows)
    if not spread > 1e-12 * max(1.0, abs(mean)):  # nothing but rounding; also NaN
        return Interval(mean, math.nan, math.nan, len(v), level)
    half = float(_t(level, len(v) - 1) * spread / math.sqrt(len(v)))
    low, high = bounds or (-math.inf, math.inf)
    return Interval(mean, max(low, mean - half), min(high, mean + half), len(v), level)


def share_interval(values: ArrayLike, rows: float, level: float = 0.95) -> Interval:
    """Interval of a share, such as an accuracy, for other random starts and other held-out rows: values, one a seed, all
    counted on the same `rows`. Student's t over the seeds, and the rows as a binomial draw (Agresti and Coull, 1998)."""
    return over_rows(mean_interval(values, level, rows, (0, 1)), float(np.asarray(values, float).mean()), rows)


def over_rows(interval: Interval, share: float, rows: float) -> Interval:
    """An interval over seeds, widened so that it also covers another draw of the `rows` on which a `share` was counted."""
    p = (share * rows + 2) / (rows + 4)
    draw = _normal(interval.level) * math.sqrt(p * (1 - p) / rows)
    low = interval.mean - math.hypot(interval.mean - interval.low, draw)
    high = interval.mean + math.hypot(interval.high - interval.mean, draw)
    inside = 0 <= interval.mean <= 1 and interval.low >= 0 and interval.high <= 1  # a share, not a difference of shares
    return replace(interval, low=max(0.0, low) if inside else low, high=min(1.0, high) if inside else high)


def over_differences(interval: Interval, differences: ArrayLike, bounds: tuple[float, float] = (-1.0, 1.0)) -> Interval:
    """An interval over seeds of a difference of two shares, widened so that it also covers another draw of the rows they
    were counted on. differences (rows,): on each row, the share of the seeds that are right with one minus that with the
    other, between -1 and 1. Two rows more, one for each, stand for what so few rows may not have shown. bounds: other
    ones for sums of such differences."""
    d = np.asarray(differences, float).ravel()
    spread = math.sqrt((np.sum((d - d.mean()) ** 2) + 2) / len(d))
    draw = _normal(interval.level) * spread / math.sqrt(len(d))
    low = interval.mean - math.hypot(interval.mean - interval.low, draw)
    high = interval.mean + math.hypot(interval.high - interval.mean, draw)
    return replace(interval, low=max(low, bounds[0]), high=min(high, bounds[1]))


def proportion_interval(hits: int, n: int, level: float = 0.95) -> Interval:
    """The exact interval of a probability from `hits` in n independent trials: Clopper and Pearson (1934)."""
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return Interval(hits / n, low, high, n, level)


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """ "1 seed", "8,000 seeds"."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


# scipy is imported when it is first needed: Home, which needs none of it, is there sooner.


def _t(level: float, freedom: int) -> float:
    """What a t variable stays within, to either side, with the probability `level`."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))


def _normal(level: float) -> float:
    """The same of a normal variable."""
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))
