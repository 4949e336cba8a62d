"""What the page of normalisation layers shows, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.convolution.normalization.settings import RATES, ROWS, Settings
from core.stats import Interval, mean_interval, over_differences

CHANCE = math.log(10)  # cross-entropy of a network that gives ten classes the same probability


@dataclass(frozen=True)
class Modes:
    """Trained networks with batch norm, predicting some validation digits in both modes."""

    rates: tuple[int, ...]  # places among RATES of the learning rates at which they learnt
    together: (
        np.ndarray
    )  # (order, size, seed, row) share of these rates right in training mode; order: random, by class
    alone: np.ndarray  # (seed, row) share of these rates right in evaluation mode, which looks at each digit alone

    def change(self, order: int, size: int, level: float = 0.95) -> Interval:
        """Accuracy in training mode minus that in evaluation mode, paired over seeds."""
        return paired(self.together[order, size], self.alone, level)


@dataclass(frozen=True)
class Result:
    """Every norm at every learning rate, as far as training has come. "Models": arrays over (norm, rate, seed), the norms as
    in ROWS."""

    settings: Settings
    fraction: float  # share of the run that is done
    loss: np.ndarray  # (T, models) training loss of each step's batch; NaN once it is not finite
    seen: np.ndarray  # (models) accuracy on the last ten training batches
    marks: np.ndarray  # (M,) steps after which batch norm was looked at in both modes
    lag: np.ndarray  # (M, 2, rate, seed) accuracy of batch norm then, in training mode and in evaluation mode
    right: np.ndarray | None = None  # (models, row) bool: validation digits classified correctly; when the run is over
    modes: Modes | None = None  # likewise

    @property
    def accuracy(self) -> np.ndarray:
        """Validation accuracy of the models; before the run is over, accuracy on the last training batches."""
        return self.seen if self.right is None else np.asarray(self.right.mean(-1))

    @property
    def fit(self) -> np.ndarray:
        """Training loss of the last ten steps, (norm, rate), mean over seeds; infinite where a network has failed."""
        mean = self.loss[-10:].mean((0, -1))
        return np.where(np.isfinite(mean), mean, np.inf)

    def best(self, norm: str) -> int:
        """The place among RATES of the learning rate with the lowest training loss; validation data has no say in it."""
        return int(self.fit[ROWS.index(norm)].argmin())

    def learnt(self) -> list[int]:
        """The places of the learning rates at which batch norm has halved the training loss of chance; the best one if
        there is none."""
        return np.flatnonzero(self.fit[ROWS.index("batch")] < CHANCE / 2).tolist() or [self.best("batch")]

    def gain(self, norm: str, level: float = 0.95) -> Interval:
        """Accuracy with a norm minus that without, mean over the learning rates, paired over seeds."""
        assert self.right is not None
        return paired(self.right[ROWS.index(norm)].mean(0), self.right[ROWS.index("none")].mean(0), level)

    def gain_at_best(self, norm: str) -> Interval:
        """The same, each at its own best learning rate."""
        assert self.right is not None
        return paired(*(self.right[ROWS.index(name), self.best(name)] for name in (norm, "none")))

    def frame(self) -> pd.DataFrame:
        """A row a network."""
        rows = [
            (ROWS[n], RATES[r], self.settings.range[s], self.accuracy[n, r, s], self.loss[-1, n, r, s])
            for n, r, s in np.ndindex(self.accuracy.shape)
        ]
        return pd.DataFrame(rows, columns=["norm", "learning rate", "seed", "accuracy", "training loss"])


def paired(a: np.ndarray, b: np.ndarray, level: float = 0.95) -> Interval:
    """Interval of the mean of a - b, both (seed, row) shares of right answers, over other seeds and other rows."""
    d = np.asarray(a, float) - np.asarray(b, float)
    return over_differences(mean_interval(d.mean(1), level, d.shape[1], (-1, 1)), d.mean(0))
