"""What copied layers are worth, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.vision.fine_tuning.settings import FROZEN, SCRATCH, TUNED, Settings
from core.stats import Interval, mean_interval, over_differences, share_interval

PAIRS = ((FROZEN, SCRATCH), (TUNED, SCRATCH), (TUNED, FROZEN))


@dataclass(frozen=True)
class Result:
    """The source networks and the three ways of using them, as far as training has come."""

    settings: Settings
    fraction: float  # share of the run that is done
    history: pd.DataFrame  # a row a measurement: task, arm, labels a class, seed, step, accuracy
    pictures: np.ndarray  # (10, 14, 14) a digit of each class as the networks see it, 0 to 9
    accuracy: dict[str, np.ndarray] = field(default_factory=dict)  # arm -> (label counts, seeds) on held-out 5 to 9
    right: dict[str, np.ndarray] = field(default_factory=dict)  # arm -> (label counts, rows) share of the seeds right
    source: np.ndarray = field(default_factory=lambda: np.empty(0))  # (seeds,) accuracy on held-out 0 to 4
    source_rows: int = 0  # digits that it is counted on
    moved: dict[str, np.ndarray] = field(default_factory=dict)  # arm -> (seeds,) change of the copied layers, relative
    kernels: dict[str, np.ndarray] = field(default_factory=dict)  # network -> (8, 3, 3) first kernels, first seed
    bodies: dict[str, np.ndarray] = field(default_factory=dict)  # "trained", "untrained" -> (seeds, P) convolutions
    layers: tuple[tuple[str, int], ...] = ()  # name and parameters of each layer with weights

    @property
    def complete(self) -> bool:
        return bool(self.moved)

    def gain(self, arm: str, than: str = SCRATCH) -> Interval:
        """Accuracy of one way minus another, mean of the label counts. It covers other starts, labelled digits and
        held-out digits; the three comparisons are right at once in 95 of 100 runs (Bonferroni)."""
        return self._difference((self.accuracy[arm] - self.accuracy[than]).mean(0), self._rows(arm, than).mean(0), 3)

    def gain_at(self, i: int, arm: str, than: str = SCRATCH) -> Interval:
        """The same at label count i; those of both arms at all counts are right at once."""
        difference = self.accuracy[arm][i] - self.accuracy[than][i]
        return self._difference(difference, self._rows(arm, than)[i], 2 * len(self.settings.sizes))

    def _rows(self, arm: str, than: str) -> np.ndarray:
        return np.asarray(self.right[arm] - self.right[than])

    def _difference(self, seeds: np.ndarray, rows: np.ndarray, comparisons: int) -> Interval:
        return over_differences(mean_interval(seeds, 1 - 0.05 / comparisons, len(rows), (-1, 1)), rows)

    def trained(self, arm: str) -> int:
        """How many parameters an arm trains."""
        fixed = self.settings.copied if arm == FROZEN or (arm == TUNED and self.settings.body == 0) else 0
        return sum(count for _, count in self.layers[fixed:])

    def frame(self) -> pd.DataFrame:
        """Every measurement, a row each."""
        return self.history


@dataclass(frozen=True)
class Look:
    """How well squares of photographs are told apart, by what they are described with. A draw is a random choice of the
    squares to learn from, with the features of one of the networks."""

    names: tuple[str, ...]  # the photographs
    squares: np.ndarray  # (classes, 64, 28, 28) in [0, 1]
    sizes: tuple[int, ...]  # squares of each class to learn from, from few to many
    accuracy: dict[str, np.ndarray]  # features -> (sizes, draws) on all other squares
    right: dict[str, np.ndarray]  # features -> (sizes, squares) share of the draws right, of those that held it out

    def score(self, features: str, i: int) -> Interval:
        """Accuracy at size i, for other draws and other squares of these photographs; those of all sizes are right at once."""
        rows = self.right[features].shape[1]
        return share_interval(self.accuracy[features][i], rows, 1 - 0.05 / len(self.sizes))

    def gain(self, features: str, than: str) -> Interval:
        """Accuracy with one description minus another, mean of the sizes; all comparisons with one description are right at once."""
        rows = (self.right[features] - self.right[than]).mean(0)
        draws = (self.accuracy[features] - self.accuracy[than]).mean(0)
        return over_differences(mean_interval(draws, 1 - 0.05 / (len(self.accuracy) - 1), len(rows), (-1, 1)), rows)
