"""The recipe of a training: what all models of a stack share, and what differs between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.engine.optimizers import OPTIMIZERS
from core.engine.schedules import Schedule, constant

PerModel = float | Sequence[float]  # one number for all, or one for each model


@dataclass(frozen=True)
class Recipe:
    """How to train a stack. A PerModel setting is one number for all models, or one number for each."""

    optimizer: str = "Adam"  # a name in core.engine.optimizers.OPTIMIZERS
    lr: PerModel = 0.01  # learning rate
    momentum: PerModel = 0.9  # of Momentum and Nesterov
    weight_decay: PerModel = 0.0  # L2, as torch.optim means it
    l1: PerModel = 0.0  # weight of the L1 penalty, by its proximal step
    dropout: PerModel = 0.0  # rate of all dropout layers
    clip: PerModel = math.inf  # largest norm of the gradient
    patience: PerModel = math.inf  # epochs without a lower validation loss until a model stops, with its best weights
    examples: PerModel = math.inf  # a model is trained on this many of the first rows
    batch: int = 32  # examples a step; rows that fill no batch are left out of an epoch, other rows in each
    epochs: int = 50
    schedule: Schedule | Sequence[Schedule] = constant  # one for all models, or one for each
    plateau: PerModel = math.inf  # epochs without a lower validation loss that the learning rate waits for
    plateau_factor: PerModel = 0.1  # what it is then multiplied by, on top of the schedule
    shared_batches: bool = False  # all models are given the batches of the first

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer: {self.optimizer!r} is not one of {', '.join(OPTIMIZERS)}")
        for name in ("batch", "epochs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: must be at least 1")
        columns = ("lr", "momentum", "weight_decay", "l1", "dropout", "clip", "patience", "examples", "plateau", "plateau_factor")  # fmt: skip
        for name in columns:
            values = np.atleast_1d(np.asarray(getattr(self, name), float))
            if np.isnan(values).any() or (values < 0).any():
                raise ValueError(f"{name}: must be at least 0")
        if np.min(self.examples) < 1:
            raise ValueError("examples: must be at least 1")
        if np.max(self.dropout) >= 1:
            raise ValueError("dropout: must be below 1")
