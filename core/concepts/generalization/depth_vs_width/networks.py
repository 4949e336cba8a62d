"""Deep and wide networks, the folding network, and the straight pieces that a network's function is made of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.generalization.depth_vs_width.targets import TRAINING, draw
from core.engine.random import generator

SPREAD = 12**0.5  # 1 over the standard deviation of a uniform number in [0, 1]


def build(widths: tuple[int, ...]) -> nn.Sequential:
    """A ReLU network from one number to one number."""
    layers = [part for a, b in pairwise((1, *widths)) for part in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 1))


def folding_network(layers: int, weight: float = 2.0) -> nn.Sequential:
    """The folding network on [0, 1]. The sum of a layer's two neurons times `weight` is left to the layer behind it."""
    parts: list[nn.Module] = []
    for layer in range(layers):
        linear = nn.Linear(2 if layer else 1, 2)
        with torch.no_grad():
            side = torch.tensor([[1.0], [-1.0]])
            linear.weight.copy_(weight * side.expand(2, 2) if layer else side)
            linear.bias.copy_(torch.tensor([-0.5, 0.5]))
        parts += [linear, nn.ReLU()]
    last = nn.Linear(2, 1)
    nn.init.constant_(last.weight, weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*parts, last)


def near_the_fold(layers: int, seed: int, noise: float) -> nn.Sequential:
    """The folding network for inputs from `scaled` and a target of variance 1, with every number in it off by a share of
    about `noise`."""
    model = folding_network(layers)
    first, last = model[0], model[-1]
    assert isinstance(first, nn.Linear) and isinstance(last, nn.Linear)
    g = generator(seed, "beside the fold")
    with torch.no_grad():
        first.weight.div_(SPREAD)
        first.bias.zero_()
        last.weight.mul_(SPREAD)
        last.bias.fill_(-SPREAD / 2)
        for p in model.parameters():
            p.mul_(1 + noise * torch.randn(p.shape, generator=g))
    return model


def scaled(x: Tensor) -> Tensor:
    """The input of the networks: x, uniform in [0, 1], scaled to mean 0 and variance 1."""
    return (x - 0.5) * SPREAD


def rows(
    target: str, folds: int, seeds: Sequence[int], n: int, noise: float, purpose: int = TRAINING
) -> tuple[Tensor, Tensor]:
    """The rows of each seed: inputs (S, n, 1) and targets (S, n)."""
    x, y = zip(*(draw(target, folds, seed, n, noise, purpose) for seed in seeds), strict=True)
    return scaled(torch.tensor(np.stack(x)).float())[..., None], torch.tensor(np.stack(y)).float()


def bends(model: nn.Sequential, low: float = -SPREAD / 2, high: float = SPREAD / 2) -> np.ndarray:
    """Where the network's function bends between low and high, computed exactly, in double precision.

    Layer by layer: between two neighbouring bends all is linear, so a neuron can switch at most once there, where its line
    crosses 0.
    """
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
        x = np.concatenate([x, added])
        order = np.argsort(x, kind="stable")
        x, h = x[order], np.concatenate([h, values])[order]
    return _turns(x, h[:, 0])


def _turns(x: np.ndarray, y: np.ndarray, tolerance: float = 1e-6) -> np.ndarray:
    """The inner points at which the slope changes by more than a millionth of the largest slope."""
    apart = np.concatenate([[True], np.diff(x) > 1e-10])
    x, y = x[apart], y[apart]
    slope = np.diff(y) / np.diff(x)
    return np.asarray(x[1:-1][np.abs(np.diff(slope)) > tolerance * max(np.abs(slope).max(), 1e-12)])
