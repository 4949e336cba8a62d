"""What the page shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.foundations.expectation.settings import Settings
from core.stats import Interval


@dataclass(frozen=True)
class Pairs:
    """Two variants A and B in many experiments: both on the same n seeds (paired), and B on n other ones (unpaired)."""

    first: np.ndarray  # (n,) differences B - A of the first experiment
    paired: Interval  # of the first experiment, from its differences
    unpaired: Interval  # of the first experiment, with B run on other seeds
    ratio: float  # mean width of the paired intervals over that of the unpaired ones
    found: tuple[float, float]  # share of the experiments whose interval leaves zero out: paired, unpaired
    holds: tuple[float, float]  # share of the experiments whose interval holds the true difference: paired, unpaired


@dataclass(frozen=True)
class Result:
    """Many samples of one size, the same for other sizes, and two ways of comparing."""

    settings: Settings
    values: np.ndarray  # (N,) values of the source: all accuracies of the networks, else some thousand draws
    mean: float  # the expectation of the source
    deviation: float  # its standard deviation
    skewness: float  # its skewness, 0 where it is symmetric
    sample: np.ndarray  # (n,) the first sample
    means: np.ndarray  # (R,) the mean of each sample
    halves: np.ndarray  # (R,) half the width of each interval; NaN where all values of a sample agree
    within: float  # share of single values that lie in an interval, mean over the first hundred intervals
    sizes: pd.DataFrame  # a row a sample size: n, error (standard deviation of the means), coverage
    running: np.ndarray  # (5, T) means of the first `counts` values of five long samples
    counts: np.ndarray  # (T,) how many values these are means of
    pairs: Pairs  # two variants on the same seeds
    alarms: np.ndarray  # (2, 20) share of the experiments with a false alarm in 1 to 20 comparisons: plain, Bonferroni
    experiments: int  # experiments that `alarms` were counted in
    fraction: float = 1.0  # share of the run that is done

    @property
    def holds(self) -> np.ndarray:
        """(R,) bool: whether the interval of a sample holds the expectation. A sample without spread has no interval."""
        return np.asarray(np.abs(self.means - self.mean) <= np.nan_to_num(self.halves, nan=-1.0))

    def frame(self) -> pd.DataFrame:
        """A row a sample."""
        low, high = self.means - self.halves, self.means + self.halves
        return pd.DataFrame({"mean": self.means, "low": low, "high": high, "holds": self.holds})
