"""How far the gradient of a batch lies from the gradient of all examples, at fixed weights."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.concepts.optimization.batch_size.result import Noise

DRAWS = 32  # batches of each size


def gradient_products(model: nn.Sequential, x: Tensor, y: Tensor) -> np.ndarray:
    """The inner products of the gradients of every two examples at the weights of `model`, (n, n).

    In a linear layer with input a, an example's gradient is δ aᵀ for the weights and δ for the bias, where δ is the
    gradient of its loss with respect to the layer's output. The product for two examples is therefore (δ·δ')(a·a' + 1),
    summed over the layers. The gradients themselves, a matrix of n times all parameters, are never written out.
    """
    inputs, outputs, h = list[Tensor](), list[Tensor](), x
    for layer in model:
        if isinstance(layer, nn.Linear):
            inputs.append(h.detach().double())
        h = layer(h)
        if isinstance(layer, nn.Linear):
            outputs.append(h)
    errors = torch.autograd.grad(F.cross_entropy(h, y, reduction="sum"), outputs)
    products = torch.zeros(len(x), len(x), dtype=torch.float64)
    for a, error in zip(inputs, (e.double() for e in errors), strict=True):
        products += (error @ error.T) * (a @ a.T + 1)
    return np.asarray(products.numpy())


def batch_noise(
    products: np.ndarray, sizes: Sequence[int], draws: int, rng: np.random.Generator, replace: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of `draws` batches of each size: the mean squared distance of the batch's gradient from the full one (M,), the mean
    angle between the two in degrees (M,), and for each batch its parts along and across the full gradient, in lengths of
    the full gradient (M, draws, 2)."""
    n = len(products)
    with_full = products.mean(1)  # (n,) of each example's gradient with the full one
    full = with_full.mean()
    squared, angle, cloud = [], [], []
    for size in sizes:
        rows = [np.bincount(rng.choice(n, size, replace=replace), minlength=n) for _ in range(draws)]
        share = np.array(rows) / size  # (draws, n): what each example counts for in the batch's mean
        squared.append((((share - 1 / n) @ products) * (share - 1 / n)).sum(1).mean())
        along = share @ with_full / full
        length = np.sqrt(((share @ products) * share).sum(1) / full)
        angle.append(np.degrees(np.arccos(np.clip(along / length, -1, 1))).mean())
        cloud.append(np.stack([along, np.sqrt(np.maximum(length**2 - along**2, 0))], 1))
    return np.array(squared), np.array(angle), np.array(cloud)


def measure_noise(
    models: Sequence[nn.Sequential], x: Tensor, y: Tensor, seeds: Sequence[int]
) -> Generator[None, None, Noise]:
    """Measures the noise at the weights of each model, yielding between models and ways of drawing; returns it."""
    n = len(x)
    sizes = np.unique([*(2**i for i in range(11) if 2**i < n), n])
    total, norm2 = list[float](), list[float]()
    squared: dict[str, list[np.ndarray]] = {"with": [], "without": []}
    angle: dict[str, list[np.ndarray]] = {"with": [], "without": []}
    clouds = []
    for model, seed in zip(models, seeds, strict=True):
        products = gradient_products(model, x, y)
        norm2.append(float(products.mean()))
        total.append(float(np.trace(products)) / n - norm2[-1])
        yield
        for how in squared:
            rng = np.random.default_rng([seed, how == "with"])
            distances, angles, cloud = batch_noise(products, sizes.tolist(), DRAWS, rng, how == "with")
            squared[how].append(distances)
            angle[how].append(angles)
            clouds.append(cloud)
            yield
    together = (
        {how: np.array(rows) for how, rows in squared.items()},
        {how: np.array(rows) for how, rows in angle.items()},
    )
    return Noise(n, sizes, np.array(total), np.array(norm2), *together, clouds[0])
