"""A network a training set, all of them trained at once as one stack."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from core.engine import device
from core.engine.fit import fit_each
from core.engine.measure import cross_entropy, shared_steps
from core.engine.pieces import relay
from core.engine.recipe import Recipe
from core.engine.stack import Stack, stack_steps

BATCH = 20
LR = 0.01


def build(features: int, width: int, C: int) -> nn.Sequential:
    """Two hidden layers. C: classes, 0 for a number."""
    return nn.Sequential(
        nn.Linear(features, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, C or 1)
    )


def square(out: Tensor, y: Tensor) -> Tensor:
    """Squared error of each example: out (K, B, 1), y (K, B)."""
    return (out.squeeze(2) - y) ** 2


def train(
    x: np.ndarray, y: np.ndarray, width: int, epochs: int, C: int, seeds: Sequence[int], batch: int = BATCH
) -> Iterator[tuple[float, Stack | None]]:
    """Model k learns x[k] (n, d), y[k] (n,). Yields the share that is done, and the stack once it is built,
    after every step."""
    where = device.pick()
    building: Generator[None, None, Stack] = stack_steps(lambda: build(x.shape[2], width, C), seeds, where)
    models = yield from relay(building, (0.0, None))
    rows = torch.tensor(x, device=where)
    truth = torch.tensor(y, dtype=torch.long if C else torch.float32, device=where)
    recipe = Recipe("Adam", lr=LR, batch=batch, epochs=epochs)
    for done in fit_each(models, rows, truth, recipe, cross_entropy if C else square):
        yield done, models


def predictions(models: Stack, x: np.ndarray, C: int) -> Generator[None, None, np.ndarray]:
    """Computes what each model predicts for each row of x (T, d), numbers or classes, (R, T), yielding where it takes long."""
    rows = torch.tensor(x, device=models.device)
    out = yield from shared_steps(models, rows)
    found: np.ndarray = (out.cpu().argmax(2) if C else out.cpu().squeeze(2).double()).numpy()
    return found
