"""Deep and wide networks of the same number of parameters, what they learn, and the pieces they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise, product

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.generalization.depth_vs_width_fold import network
from core.engine.random import generator

DEPTHS = (1, 2, 4, 8)
SPREAD = 12**0.5  # one over the standard deviation of what is even over [0, 1]
REGULAR, IRREGULAR = "regular", "irregular"
TARGETS = (REGULAR, IRREGULAR)


def parameters(widths: tuple[int, ...]) -> int:
    """Of a network from one number to one number with hidden layers of these widths."""
    return sum((a + 1) * b for a, b in pairwise((1, *widths, 1)))


@lru_cache(maxsize=64)
def widths(depth: int, budget: int) -> tuple[int, ...]:
    """Hidden layers as equal as can be, each of w or w + 1 neurons, with the number of parameters nearest the budget."""
    w = 1
    while parameters((w + 1,) * depth) <= budget:
        w += 1
    return min(product((w, w + 1), repeat=depth), key=lambda ws: (abs(parameters(ws) - budget), ws))


def build(ws: tuple[int, ...]) -> nn.Sequential:
    layers = [part for a, b in pairwise((1, *ws)) for part in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(ws[-1], 1))


def knots(target: str, folds: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Bends of a zigzag of 2^folds pieces over [0, 1]. Regular: what folding makes. Irregular: anywhere, though no piece is shorter than
    a quarter of the mean, and between lows and highs of any size."""
    pieces = 2**folds
    if target == REGULAR:
        x, y = np.linspace(0, 1, pieces + 1), (np.arange(pieces + 1) + 1) % 2.0
    else:
        rng = np.random.default_rng([seed, 5])
        lengths = 0.25 + 0.75 * pieces * rng.dirichlet(np.ones(pieces))
        x = np.concatenate([[0], np.cumsum(lengths) / lengths.sum()])
        y = np.where(np.arange(pieces + 1) % 2, rng.uniform(0, 0.4, pieces + 1), rng.uniform(0.6, 1, pieces + 1))
    fine = np.interp(np.linspace(0, 1, 20001), x, y)
    return x, (y - fine.mean()) / fine.std()  # mean 0 and variance 1 over [0, 1]


def draw(target: str, folds: int, seed: int, n: int, noise: float, purpose: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """n rows of the target of this seed: x (n,) in [0, 1] and y (n,). Both targets are asked at the same x, with the same noise; another
    purpose draws others."""
    rng = np.random.default_rng([seed, purpose])
    x = rng.uniform(0, 1, n)
    return x, np.interp(x, *knots(target, folds, seed)) + noise * rng.standard_normal(n)


def scaled(x: Tensor) -> Tensor:
    """What networks are given: x, even over [0, 1], with mean 0 and variance 1."""
    return (x - 0.5) * SPREAD


def bends(model: nn.Sequential, low: float = -SPREAD / 2, high: float = SPREAD / 2) -> np.ndarray:
    """Where between low and high the network's function bends, found exactly (in double precision): layer by layer, between two neighbouring
    bends all is linear, so a neuron can switch at most once there, where its line crosses 0."""
    x = np.array([low, high])
    h = x[:, None]  # (points, neurons) of the layer so far
    for layer in model:
        if not isinstance(layer, nn.Linear):
            h = np.maximum(h, 0)
            continue
        w, b = (p.detach().double().cpu().numpy() for p in (layer.weight, layer.bias))
        h = h @ w.T + b
        if layer is model[-1]:
            break
        left, right = h[:-1], h[1:]
        i, j = np.nonzero((left < 0) & (right > 0) | (left > 0) & (right < 0))
        share = left[i, j] / (left[i, j] - right[i, j])
        added = x[i] + share * (x[i + 1] - x[i])
        values = left[i] + share[:, None] * (right[i] - left[i])
        values[np.arange(len(i)), j] = 0.0  # not a rounding error away from it
        x, order = np.concatenate([x, added]), np.argsort(np.concatenate([x, added]), kind="stable")
        x, h = x[order], np.concatenate([h, values])[order]
    return _turning(x, h[:, 0])


def _turning(x: np.ndarray, y: np.ndarray, tolerance: float = 1e-6) -> np.ndarray:
    """The inner points at which the slope changes by more than a millionth of the largest slope."""
    apart = np.concatenate([[True], np.diff(x) > 1e-10])
    x, y = x[apart], y[apart]
    slope = np.diff(y) / np.diff(x)
    return np.asarray(x[1:-1][np.abs(np.diff(slope)) > tolerance * max(np.abs(slope).max(), 1e-12)])


def rows(
    target: str, folds: int, seeds: Sequence[int], n: int, noise: float, purpose: int = 6
) -> tuple[Tensor, Tensor]:
    """Each seed's, (S, n, 1) and (S, n)."""
    x, y = zip(*(draw(target, folds, seed, n, noise, purpose) for seed in seeds), strict=True)
    return scaled(torch.tensor(np.stack(x)).float())[..., None], torch.tensor(np.stack(y)).float()


def beside(folds: int, seed: int, noise: float) -> nn.Sequential:
    """The folding network for what `scaled` gives and for a target of variance 1, with every number in it off by a share `noise`."""
    model, g = network(folds), generator(seed, "beside the fold")
    first, last = model[0], model[-1]
    assert isinstance(first, nn.Linear) and isinstance(last, nn.Linear)
    with torch.no_grad():
        first.weight.div_(SPREAD)
        first.bias.zero_()
        last.weight.mul_(SPREAD)
        last.bias.fill_(-SPREAD / 2)
        for p in model.parameters():
            p.mul_(1 + noise * torch.randn(p.shape, generator=g))
    return model
