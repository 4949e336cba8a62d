"""Networks that learn classes and numbers of points, all in one stack."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from core.engine.measure import cross_entropy
from core.engine.optimizers import Coefficients, State, adam
from core.engine.stack import stack

WIDTH, RATE = 16, 0.05
TEMPERATURES = np.geomspace(0.25, 8, 21)


@dataclass(frozen=True)
class Points:
    """Points of every seed: x (S, n, 2) float32, classes y (S, n), numbers (S, n)."""

    x: np.ndarray
    y: np.ndarray
    number: np.ndarray


@dataclass(frozen=True)
class Learnt:
    """What the networks say of the test points, and the first one of every place."""

    p: np.ndarray  # (S, rows, C) class probabilities
    number: np.ndarray  # (S, rows) predicted numbers
    temperature: np.ndarray  # (S,)
    field: np.ndarray  # (places, C)
    surface: np.ndarray  # (places,)


def train(
    sets: tuple[Points, Points, Points], classes: int, steps: int, calibrated: bool, seed: int, places: np.ndarray
) -> Learnt:
    """Train two networks a seed, one on the classes and one on the numbers. sets: training, validation and test points."""
    training, validation, test = sets
    S = len(training.x)
    x, y = torch.tensor(training.x), torch.tensor(training.y)
    mean, scale = (torch.tensor(f(training.number, 1, keepdims=True)).float() for f in (np.mean, np.std))
    target = (torch.tensor(training.number) - mean) / scale
    models = stack(
        lambda: nn.Sequential(nn.Linear(2, WIDTH), nn.Tanh(), nn.Linear(WIDTH, classes + 1)),
        2 * [seed + k for k in range(S)],
    )
    state, lr = State(), torch.full((2 * S, 1), RATE)
    inputs = x.repeat(2, 1, 1)
    for step in range(1, steps + 1):
        out = models(inputs)
        numeric = (out[S:, :, classes] - target).square()
        models.backward(torch.cat([cross_entropy(out[:S, :, :classes], y), numeric]))
        with torch.no_grad():
            adam(models.theta, models.grad, state, Coefficients(lr, lr, None, step))  # Adam takes no momentum
    with torch.no_grad():
        held, tested = (models(torch.tensor(part.x).repeat(2, 1, 1)) for part in (validation, test))
        first, numeric = (models.part(slice(k, k + 1)).shared(torch.tensor(places))[0] for k in (0, S))
        t = temperatures(held[:S, :, :classes], torch.tensor(validation.y)) if calibrated else torch.ones(S)
        p = (tested[:S, :, :classes] / t[:, None, None]).softmax(2)
        number = tested[S:, :, classes] * scale + mean
        field = (first[:, :classes] / t[0]).softmax(1)
        surface = numeric[:, classes] * scale[0] + mean[0]
    return Learnt(p.numpy(), number.numpy(), t.numpy(), field.numpy(), surface.numpy())


def temperatures(logits: Tensor, y: Tensor) -> Tensor:
    """By what to divide the logits (S, rows, C) of each network so that the cross-entropy with y (S, rows) is smallest: (S,)."""
    tried = torch.tensor(TEMPERATURES, dtype=logits.dtype)
    losses = torch.stack([cross_entropy(logits / t, y).mean(1) for t in tried])  # (tried, S)
    return tried[losses.argmin(0)]
