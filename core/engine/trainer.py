"""Training a stack step by step, on rows that the caller chooses: for several stacks that learn side by side."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch
from torch import Tensor

from core.engine.measure import Split, cross_entropy
from core.engine.pieces import Meter
from core.engine.recipe import Recipe
from core.engine.stack import Stack
from core.engine.step import TrainStep


class Trainer:
    """losses, accuracies: of each step's batch, (K,) a step; a loss that is not finite is NaN."""

    def __init__(self, models: Stack, recipe: Recipe, steps: int):
        self.models = models
        self.step = TrainStep(models, recipe, self._loss, steps)
        self.meter = Meter(models.device)
        self.losses, self.accuracies = list[np.ndarray](), list[np.ndarray]()
        self._parts: list[tuple[Tensor, Tensor]] = []

    def _loss(self, logits: Tensor, y: Tensor) -> Tensor:
        """The loss of each example; what a part of the models makes of its batch is kept."""
        each = cross_entropy(logits, y)
        self._parts.append((each.detach().mean(1), (logits.detach().argmax(2) == y).float().mean(1)))
        return each

    def train(self, data: Split, rows: Tensor) -> Generator[None, None, None]:
        """One step on the rows (K, B) of each model, yielding where it takes long. The stack must not be so large that a
        batch has to be divided."""

        def batch(models: slice, examples: slice) -> tuple[Tensor, Tensor]:
            mine = rows[models, examples]
            return data.x[mine.T].transpose(0, 1), data.y[mine]

        self.meter.reset()
        shape = tuple(data.x.shape[1:])
        yield from self.step.pieces(batch, rows.shape[1], shape, len(self.losses), self.meter)
        loss, accuracy = (torch.cat(parts).cpu().numpy() for parts in zip(*self._parts, strict=True))
        self.losses.append(np.where(np.isfinite(loss), loss, np.nan))
        self.accuracies.append(accuracy)
        self._parts.clear()
