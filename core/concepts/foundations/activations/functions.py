"""The activation functions and their derivatives, for charts and pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit, ndtr

Function = Callable[[np.ndarray], np.ndarray]

SLOPE = 0.01  # of leaky ReLU left of zero


def _relu(x: np.ndarray) -> np.ndarray:
    positive: np.ndarray = np.maximum(x, 0.0)
    return positive


def hard_sigmoid(x: np.ndarray) -> np.ndarray:
    """A sigmoid made of two ReLUs: one starts to rise at -3, the other stops the rise at 3."""
    flat: np.ndarray = _relu(x / 6 + 0.5) - _relu(x / 6 - 0.5)
    return flat


# Name -> value and derivative. At a kink the derivative is the one that PyTorch uses.
CURVES: dict[str, tuple[Function, Function]] = {
    "ReLU": (_relu, lambda x: (x > 0) * 1.0),
    "leaky ReLU": (lambda x: np.where(x > 0, x, SLOPE * x), lambda x: np.where(x > 0, 1.0, SLOPE)),
    "GELU": (lambda x: x * ndtr(x), lambda x: ndtr(x) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)),
    "SiLU": (lambda x: x * expit(x), lambda x: expit(x) * (1 + x * (1 - expit(x)))),
    "softplus": (lambda x: np.logaddexp(0, x), expit),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "sigmoid": (expit, lambda x: expit(x) * (1 - expit(x))),
    "hard sigmoid": (hard_sigmoid, lambda x: (np.abs(x) < 3) / 6.0),
    "step": (lambda x: (x > 0) * 1.0, np.zeros_like),
}
