"""What a comparison of schedules shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.optimization.schedules.settings import CONSTANT, Settings


@dataclass(frozen=True)
class Result:
    """V schedules from each of 3 base rates, S seeds each, as far as they have come: E epochs."""

    settings: Settings
    fraction: float  # share of the steps that is done
    # "validation loss", "validation accuracy" and "training loss" -> (E + 1, V, 3, S) after each epoch; 0 is before training
    curves: dict[str, np.ndarray]
    plateau: (
        np.ndarray
    )  # (E, 3, S) the learning rate that ReduceLROnPlateau had in each epoch; no epochs if it does not run
    diverged: np.ndarray  # (V, 3, S) bool
    guess: float  # validation accuracy of always answering with the commonest class
    held_out: int  # test examples
    test: np.ndarray  # (V, 3, S) test accuracy; NaN until the run is complete
    # (V, 3, test examples) the share of the seeds that classify each of them correctly; no examples until the run is complete
    right: np.ndarray

    @property
    def names(self) -> tuple[str, ...]:
        return self.settings.compared

    @property
    def validation(self) -> np.ndarray:
        """Validation accuracy now, (V, 3, S)."""
        return np.asarray(self.curves["validation accuracy"][-1])

    def best(self, name: str) -> int:
        """The number of the base rate with the highest mean validation accuracy for this schedule."""
        return int(self.validation[self.names.index(name)].mean(1).argmax())

    @property
    def tuned_constant(self) -> int:
        return self.best(CONSTANT)

    def lowered(self, rate: int) -> list[list[int]]:
        """For each seed, the epochs after which ReduceLROnPlateau lowered the rate, as far as a later epoch felt it."""
        drops = np.diff(self.plateau[:, rate], axis=0) < 0  # (E - 1, S)
        return [(np.flatnonzero(row) + 1).tolist() for row in drops.T]

    def frame(self) -> pd.DataFrame:
        """A row a schedule, base rate, seed and epoch."""
        epochs = len(self.curves["validation loss"])
        epoch, v, r, k = (i.ravel() for i in np.indices((epochs, *self.validation.shape)))
        table = {
            "schedule": np.array(self.names)[v],
            "base rate": np.array(self.settings.rates)[r],
            "seed": self.settings.seed + k,
            "epoch": epoch,
        }
        return pd.DataFrame(table | {name: values.ravel() for name, values in self.curves.items()})
