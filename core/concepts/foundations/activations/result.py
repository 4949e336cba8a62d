"""What a run shows of an activation function, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.foundations.activations.settings import RATES, Settings


@dataclass(frozen=True)
class Collapse:
    """Linear layers without an activation between them, at the rate that is best on the validation points. S: seeds."""

    gap: float  # largest difference between the layers one after the other and their product, over points and seeds
    deep: np.ndarray  # (S,) test accuracy of the layers without an activation
    single: np.ndarray  # (S,) test accuracy of a single linear layer
    deep_right: np.ndarray  # (rows,) share of the seeds right on each test point, of the layers without an activation
    single_right: np.ndarray  # (rows,) the same of a single linear layer
    matrix: np.ndarray  # (2, 2) the layers of the first seed multiplied out
    bias: np.ndarray  # (2,) the bias that goes with it
    fields: tuple[np.ndarray, np.ndarray]  # (G, G, 2) probabilities of the first seed: without and with the activation
    axes: tuple[np.ndarray, np.ndarray]  # places of the columns and rows of the fields, (G,) each


@dataclass(frozen=True)
class Fit:
    """A network with one hidden layer that fits a curve. U: hidden units, the largest contribution first."""

    x: np.ndarray  # (n,) places
    y: np.ndarray  # (n,) values to be fitted
    grid: np.ndarray  # (g,) places at which the parts are drawn
    parts: np.ndarray  # (U, g) what each hidden unit of the first seed adds to the output
    bias: float  # what the output adds by itself
    error: np.ndarray  # (S,) root mean squared error on the grid, of each seed


@dataclass(frozen=True)
class Result:
    """Networks with an activation and with the one they are compared with, at every learning rate. R rates, S seeds, E epochs."""

    settings: Settings
    fraction: float  # share of the run that is done
    x: np.ndarray  # (n, 2) training points
    y: np.ndarray  # (n,) their classes
    dead: np.ndarray  # (2, R, S, E + 1) share of dead hidden units after each epoch: activation, control; NaN: not yet
    validation: np.ndarray | None = None  # (2, R, S) accuracy on the validation points
    test: np.ndarray | None = None  # (2, R, S) accuracy on the test points
    right: np.ndarray | None = None  # (2, R, rows) share of the seeds that are right on each test point
    diverged: tuple[int, int] = (0, 0)  # how many networks diverged: activation, control
    collapse: Collapse | None = None  # what becomes of layers without an activation
    fit: Fit | None = None  # a curve made of hidden units

    @property
    def complete(self) -> bool:
        return self.fraction == 1

    @property
    def best(self) -> int:
        """Number of the rate at which the activation is best on the validation points."""
        assert self.validation is not None
        return int(self.validation[0].mean(1).argmax())

    def frame(self) -> pd.DataFrame:
        """A row a rate, seed and epoch: activation, rate, seed, epoch, dead; the test accuracy at the last one."""
        s = self.settings
        rows = []
        for i, name in enumerate((s.activation, s.control)):
            for r, rate in enumerate(RATES):
                for k in range(s.seeds):
                    part = pd.DataFrame(
                        {"activation": name, "rate": rate, "seed": s.seed + k, "epoch": range(s.epochs + 1), "dead": self.dead[i, r, k]}
                    )  # fmt: skip
                    part["test"] = np.nan
                    if self.test is not None:
                        part.loc[s.epochs, "test"] = self.test[i, r, k]
                    rows.append(part)
        return pd.concat(rows, ignore_index=True)
