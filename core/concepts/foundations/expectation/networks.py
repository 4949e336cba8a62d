"""A population of trained networks: the same small classifier of two moons from many random starts."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from core.data.points import moons
from core.engine.measure import cross_entropy
from core.engine.optimizers import Coefficients, State, adam
from core.engine.random import generator
from core.engine.stack import stack

POINTS, HELD_OUT, NOISE, BATCH, RATE = 100, 500, 0.2, 16, 0.05


@lru_cache(maxsize=32)
def accuracies(networks: int, width: int, steps: int, seed: int) -> np.ndarray:
    """Accuracy of each network (K,) on the same held-out points; the first starts from `seed`. All are one stack."""
    (x, y), (held, truth) = (points(n, seed + k) for n, k in ((POINTS, 0), (HELD_OUT, 50_000)))
    seeds = range(seed, seed + networks)
    models = stack(lambda: nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, 2)), seeds)
    rows = torch.stack([torch.randint(POINTS, (steps, BATCH), generator=generator(k, "batches")) for k in seeds], 1)
    state, rate = State(), torch.full((networks, 1), RATE)
    for step, batch in enumerate(rows, 1):  # batch (K, B)
        models.backward(cross_entropy(models(x[batch]), y[batch]))
        with torch.no_grad():
            adam(models.theta, models.grad, state, Coefficients(rate, rate, None, step))  # Adam takes no momentum
    with torch.no_grad():
        return (models.shared(held).argmax(2) == truth).double().mean(1).numpy()


def points(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Two moons as tensors."""
    x, y = moons(n, NOISE, seed)
    return torch.tensor(x), torch.tensor(y)
