"""What the gradient flow page shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.optimization.gradient_flow.settings import (
    ACTIVATIONS,
    CLIPPED,
    INITIALISATIONS,
    STRUCTURES,
    Settings,
)


@dataclass(frozen=True)
class Start:
    """Fresh networks and one batch; arrays over (activation, structure, initialisation, seed, layer)."""

    activations: np.ndarray  # root mean square of what a layer gives
    gradient: np.ndarray  # norm of the gradient of the loss with respect to that
    weights: np.ndarray  # norm of the gradient with respect to the layer's weights
    inputs: float  # mean square of a number of the input
    bound: float  # log10 of the most that theory lets the plain sigmoid network with N(0, s) keep, mean over seeds

    def decades(self) -> np.ndarray:
        """log10 of the gradient at the first layer over that at the last, (activation, structure, initialisation, seed):
        below 0 it shrinks on its way back, above 0 it grows."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log10(self.gradient[..., 0] / self.gradient[..., -1]))

    def within(self) -> np.ndarray:
        """(activation, structure, initialisation): whether the gradient stays within a factor of ten from the last layer to
        the first, in the geometric mean of the seeds."""
        return np.asarray(np.abs(self.decades().mean(-1)) <= 1)


@dataclass(frozen=True)
class Result:
    """Networks before training and in it. "Models" below: arrays over (activation, structure, initialisation, clipping,
    seed)."""

    settings: Settings
    start: Start  # before training
    fraction: float = 0.0  # share of the run that is done
    steps: np.ndarray | None = None  # (T,) after how many steps there is a record
    loss: np.ndarray | None = None  # (T, models) mean loss of the batches since the record before; NaN once stopped
    accuracy: np.ndarray | None = None  # (T, models) mean accuracy on the same batches
    norm: np.ndarray | None = None  # (T, models) norm of the whole gradient at that step, before clipping
    layers: np.ndarray | None = None  # (T, models, depth) norm of the gradient of each layer's weights at that step
    finite: np.ndarray | None = None  # (models) bool: False where the gradient overflowed and training stopped
    validation: np.ndarray | None = None  # (models) validation accuracy; when the run is complete
    held_out: int = 0  # validation examples

    @property
    def learnt(self) -> np.ndarray | None:
        """Accuracy of every model: on validation data once the run is over, before that on the last training batches,
        where a model that was stopped counts as chance; None before there is any."""
        if self.validation is not None:
            return self.validation
        return None if self.accuracy is None else np.nan_to_num(self.accuracy[-1], nan=0.1)

    def frame(self) -> pd.DataFrame:
        """A row a network, clipping and seed."""
        decades, learnt = self.start.decades(), self.learnt
        columns = ["activation", "structure", "initialisation", "clipping", "seed", "decades", "accuracy", "finite"]
        if learnt is None or self.finite is None:
            return pd.DataFrame(columns=columns)
        rows = [
            (ACTIVATIONS[a], STRUCTURES[b], INITIALISATIONS[c], CLIPPED[d], self.settings.range[e],
             decades[a, b, c, e], learnt[a, b, c, d, e], bool(self.finite[a, b, c, d, e]))
            for a, b, c, d, e in np.ndindex(learnt.shape)
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)
