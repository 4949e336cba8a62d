"""Accuracy of features made by hand and of features that are learnt, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.paradigms.end_to_end.settings import CNN, HAND_MADE, SIZES, Settings
from core.stats import Interval, mean_interval, over_differences, share_interval

LEVEL = 1 - 0.05 / len(SIZES)  # of each interval: those of all sizes are right at once in 95 of 100 runs (Bonferroni)


@dataclass(frozen=True)
class Result:
    """Every way of classifying at every number of examples, as far as the run has come."""

    settings: Settings
    fraction: float  # share of the run that is done
    pictures: np.ndarray  # (10, 28, 28) a test digit of each class, in [0, 1]
    accuracy: dict[str, np.ndarray] = field(default_factory=dict)  # way -> (sizes, seeds) on test digits
    right: dict[str, np.ndarray] = field(default_factory=dict)  # way -> (sizes, test digits) share of the seeds right
    validation: dict[str, np.ndarray] = field(default_factory=dict)  # linear way -> (sizes, seeds) on validation digits
    learning: np.ndarray = field(
        default_factory=lambda: np.empty(0)
    )  # (sizes,) CNN on validation digits so far, or NaN
    maps: np.ndarray = field(default_factory=lambda: np.empty(0))  # (10, 8, 12, 12) first maps of a CNN for `pictures`

    @property
    def complete(self) -> bool:
        return CNN in self.accuracy

    def best(self, i: int) -> str:
        """The hand-made features with the highest mean validation accuracy at size i."""
        return max(HAND_MADE, key=lambda way: float(self.validation[way][i].mean()))

    def score(self, way: str, i: int) -> Interval:
        """Test accuracy at size i, for other seeds and other test digits."""
        return share_interval(self.accuracy[way][i], self.right[way].shape[1])

    def gain(self, i: int, than: str | None = None) -> Interval:
        """Test accuracy of the CNN minus that of another way (the best hand-made features) at size i, paired: for other
        seeds, each with examples of its own, and other test digits."""
        other = than or self.best(i)
        rows = self.right[CNN][i] - self.right[other][i]
        seeds = self.accuracy[CNN][i] - self.accuracy[other][i]
        return over_differences(mean_interval(seeds, LEVEL, len(rows), (-1, 1)), rows)

    def frame(self) -> pd.DataFrame:
        """Test accuracy, a row for each way, size and seed."""
        rows = [
            {"way": way, "examples": n, "seed": self.settings.seed + j, "accuracy": float(values[i, j])}
            for way, values in self.accuracy.items()
            for i, n in enumerate(SIZES)
            for j in range(values.shape[1])
        ]
        return pd.DataFrame(rows, columns=["way", "examples", "seed", "accuracy"])
