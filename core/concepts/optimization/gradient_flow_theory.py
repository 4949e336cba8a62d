"""What the size of activations and gradients should do in an infinitely wide plain network with random weights.

A layer's sums are then normal with a variance q that follows from the layer before, and a gradient is multiplied in each layer by the
mean of φ'² over that normal: Poole et al., "Exponential expressivity in deep neural networks through transient chaos" (2016);
Schoenholz et al., "Deep information propagation" (2017).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(200)  # even: no node at 0, where ReLU has its kink


def moments(activation: Callable[[Tensor], Tensor], q: float) -> tuple[float, float]:
    """E φ(√q z)² and E φ'(√q z)² for a standard normal z."""
    u = torch.tensor(NODES * np.sqrt(q)).requires_grad_()
    f = activation(u)
    (slope,) = torch.autograd.grad(f.sum(), u)
    weight = torch.tensor(WEIGHTS / WEIGHTS.sum())
    return float((weight * f.detach() ** 2).sum()), float((weight * slope**2).sum())


def wide(
    activation: Callable[[Tensor], Tensor], stds: Sequence[float], sizes: Sequence[int], inputs: float
) -> tuple[np.ndarray, np.ndarray]:
    """stds of the weights of the L hidden layers, whose inputs are of the given sizes; inputs: mean square of an input.

    Returns, layer by layer, the root mean square of what it gives (L,), and the norm of the gradient with respect to that, relative to
    the last layer's (L,)."""
    square, size, factor = inputs, [], []
    for std, n in zip(stds, sizes, strict=True):
        square, slope = moments(activation, n * std**2 * square)
        size.append(square)
        factor.append(
            n * std**2 * slope
        )  # of |gradient|², passed back through this layer; sizes before and behind are equal
    backwards = np.append(np.cumprod(factor[:0:-1])[::-1], 1.0)
    return np.sqrt(size), np.sqrt(backwards)
