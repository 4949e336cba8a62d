"""A network a training set, all of them trained at once as one stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from core.engine import device
from core.engine.fit import Recipe, cross_entropy, fit_each
from core.engine.stack import Stack, stack

BATCH, LR = 20, 0.01


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
) -> Iterator[tuple[float, Stack]]:
    """Model k learns x[k] (n, d), y[k] (n,). Yields the share that is done, and the stack, after every step."""
    where = device.pick()
    models = stack(lambda: build(x.shape[2], width, C), seeds, where)
    rows = torch.tensor(x, device=where)
    truth = torch.tensor(y, dtype=torch.long if C else torch.float32, device=where)
    recipe = Recipe("Adam", lr=LR, batch=batch, epochs=epochs)
    for done in fit_each(models, rows, truth, recipe, cross_entropy if C else square):
        yield done, models


def answers(models: Stack, x: np.ndarray, C: int) -> np.ndarray:
    """What each model says of each row of x (T, d): numbers or classes, (R, T)."""
    with torch.no_grad():
        out = models.shared(torch.tensor(x, device=models.device)).cpu()
    said: np.ndarray = (out.argmax(2) if C else out.squeeze(2).double()).numpy()
    return said
