"""Intervals for small samples of seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


@dataclass(frozen=True)
class Interval:
    """A mean and the bounds of its confidence interval; low and high are NaN when there are fewer than two values."""

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
    def size(self) -> Interval:
        """The interval of the size of what is measured: turned round where the mean is negative."""
        return self if self.mean >= 0 else Interval(-self.mean, -self.high, -self.low, self.n, self.level)

    def text(self, unit: str = "", scale: float = 1.0, digits: int = 1) -> str:
        """For people: "93.1 % (95 % interval 91.0 to 95.2)"."""
        space = " " if unit else ""
        value = f"{self.mean * scale:.{digits}f}{space}{unit}"
        if not math.isfinite(self.low):
            return value
        return f"{value} ({100 * self.level:.3g} % interval {self.low * scale:.{digits}f} to {self.high * scale:.{digits}f})"


def mean_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Student's t interval of the mean of independent values; of paired differences, give the differences."""
    v = np.asarray(values, float).ravel()
    if len(v) == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(v.mean())
    if len(v) < 2:
        return Interval(mean, math.nan, math.nan, len(v))
    half = float(stats.t.ppf((1 + level) / 2, len(v) - 1) * v.std(ddof=1) / math.sqrt(len(v)))
    return Interval(mean, mean - half, mean + half, len(v), level)


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """ "1 seed", "8 seeds"."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def listed(items: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
