"""What a training shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.optimization.training.settings import Settings


@dataclass(frozen=True)
class Result:
    """A training of K networks as far as it has come."""

    settings: Settings
    fraction: float  # share of the planned steps that is done
    epoch: int  # epochs that are done
    history: pd.DataFrame  # a row a measurement: model, step, epoch, split, metric, value
    stopped: dict[int, str]  # number of the network -> why it stopped before the end
    classes: tuple[str, ...]  # names of the classes
    points: tuple[
        tuple[np.ndarray, np.ndarray, str], ...
    ]  # of points in the plane: x (n, 2), y (n,) and name of a split
    samples: tuple[
        tuple[np.ndarray, int], ...
    ]  # of pictures: some training pictures (C, H, W) in [0, 1] with their class
    held_out: int  # validation rows
    parameters: int  # of one network
    flops: int  # floating-point operations of one forward pass of one example
    memory: int  # bytes of weights, gradients and optimiser state of all networks
    ms_per_step: float  # time of one step of all networks, measuring included
    device: str  # where it ran
    grid: np.ndarray | None = None  # (100, 100, C) class probabilities at the points of `axes`, mean over networks
    axes: tuple[np.ndarray, np.ndarray] | None = None  # coordinates of the columns and of the rows of `grid`
    wrong: tuple[
        tuple[np.ndarray, int, int], ...
    ] = ()  # validation pictures most networks get wrong: picture, truth, answer
    confusion: np.ndarray | None = None  # (C, C) validation answers of all networks, a row a true class; pictures only
    test: np.ndarray | None = None  # test accuracy of each network that did not diverge; when the run is complete
    weights: tuple[dict[str, np.ndarray], ...] = ()  # the state_dict of each network; when the run is complete

    @property
    def diverged(self) -> list[int]:
        return [k for k, why in self.stopped.items() if why == "diverged"]

    def last(self, split: str, metric: str) -> pd.Series:
        """The last value of each network that did not diverge, indexed by network."""
        rows = self.history[(self.history.split == split) & (self.history.metric == metric)]
        rows = rows[~rows.model.isin(self.diverged)]
        return rows.groupby("model").value.last()

    def curves(self, split: str, metric: str) -> pd.DataFrame:
        """Epochs x networks that did not diverge; epoch 0 is before training."""
        rows = self.history[(self.history.split == split) & (self.history.metric == metric)]
        return rows[~rows.model.isin(self.diverged)].pivot(index="epoch", columns="model", values="value")

    def frame(self) -> pd.DataFrame:
        """Every measurement, a row each."""
        return self.history
