"""Initial weights, in NumPy, so that a page can show them before any network is built."""

from __future__ import annotations

import numpy as np

from core.concepts.convolution.normalization.settings import CHANNELS, Settings

CLASSES, FEATURES = 10, CHANNELS * 4 * 4


def shapes(depth: int) -> list[tuple[int, ...]]:
    """Shapes of the weights: the convolutions, then the linear layer."""
    return [(CHANNELS, 1, 3, 3), *[(CHANNELS, CHANNELS, 3, 3)] * (depth - 1), (CLASSES, FEATURES)]


def draw(settings: Settings, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weight and bias of each layer for one seed, float32. He: normal with variance 2 / inputs, biases 0. PyTorch: both
    uniform within one over the root of the inputs."""
    layers = []
    for i, shape in enumerate(shapes(settings.depth)):
        rng, inputs = np.random.default_rng((seed, i)), int(np.prod(shape[1:]))
        if settings.initialisation == "He":
            weight, bias = rng.normal(0, (2 / inputs) ** 0.5, shape), np.zeros(shape[0])
        else:
            weight, bias = (rng.uniform(-(inputs**-0.5), inputs**-0.5, size) for size in (shape, shape[0]))
        layers.append((weight.astype(np.float32), bias.astype(np.float32)))
    return layers
