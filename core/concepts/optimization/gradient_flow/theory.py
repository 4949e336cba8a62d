"""What the size of activations and gradients should do in an infinitely wide plain network with random weights.

A layer's sums are then normal with a variance q that follows from the layer before, and a gradient is multiplied in each
layer by the mean of φ'² over that normal: Poole et al., "Exponential expressivity in deep neural networks through transient
chaos" (2016); Schoenholz et al., "Deep information propagation" (2017).
"""

from __future__ import annotations

import numpy as np
from scipy import special

from core.concepts.optimization.gradient_flow.settings import Settings, ViewSettings, standard_deviation

INPUTS = 64
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(200)  # even: no node at 0, where ReLU has its kink


def function_and_slope(activation: str, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """φ and φ' of an activation at u."""
    if activation == "sigmoid":
        f = special.expit(u)
        return f, f * (1 - f)
    if activation == "tanh":
        f = np.tanh(u)
        return f, 1 - f**2
    if activation == "ReLU":
        return np.maximum(u, 0), (u > 0).astype(float)
    below = special.ndtr(u)  # GELU: u times the share of a standard normal below u
    return u * below, below + u * np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)


def moments(activation: str, q: float) -> tuple[float, float]:
    """E φ(√q z)² and E φ'(√q z)² for a standard normal z."""
    f, slope = function_and_slope(activation, NODES * np.sqrt(q))
    weight = WEIGHTS / WEIGHTS.sum()
    return float((weight * f**2).sum()), float((weight * slope**2).sum())


def wide(activation: str, stds: list[float], sizes: list[int], inputs: float) -> tuple[np.ndarray, np.ndarray]:
    """stds: of the weights of the L hidden layers, whose inputs are of the given sizes; inputs: mean square of an input.

    Returns, layer by layer, the root mean square of what it gives (L,), and the norm of the gradient with respect to that,
    relative to the last layer's (L,)."""
    square, size, factor = inputs, [], []
    for std, n in zip(stds, sizes, strict=True):
        square, slope = moments(activation, n * std**2 * square)
        size.append(square)
        factor.append(n * std**2 * slope)  # of |gradient|², passed back; the layers before and behind are equally wide
    backwards = np.append(np.cumprod(factor[:0:-1])[::-1], 1.0)
    return np.sqrt(size), np.sqrt(backwards)


def theory(settings: Settings, view: ViewSettings, inputs: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """`wide` for the plain network with the activation and initialisation that are looked at."""
    s = settings
    sizes = [INPUTS, *[s.width] * (s.depth - 1)]
    stds = [standard_deviation(view.initialisation, n, s.width, s.scale) for n in sizes]
    return wide(view.activation, stds, sizes, inputs)
