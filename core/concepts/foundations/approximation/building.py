"""Approximations that are built, not trained: steps, ramps, kinks and polynomials."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Curve = Callable[[np.ndarray], np.ndarray]
SIZES = (2, 4, 8, 16, 32, 64, 128, 256)  # neurons, or the degree of a polynomial
GRID = np.linspace(-1, 1, 2001)  # where errors are measured
STEEP = 5.0  # of a sigmoid over one step
FLOOR = 1e-7  # what float32 can tell


def pieces(kind: str, f: Curve, n: int, x: np.ndarray) -> tuple[float, np.ndarray]:
    """A network of one hidden layer with n neurons: its constant, and what each part adds at x, (parts, len(x)).

    relu: n kinks, a straight line between n + 1 points. hard: n/2 ramps, each of two ReLUs. steps: n jumps between the
    values in the middle of n + 1 cells. sigmoid: the same steps, smoothed.
    """
    if kind == "relu":
        knots = np.linspace(-1, 1, n + 1)
        slopes = np.diff(f(knots)) / np.diff(knots)
        changes = np.diff(slopes, prepend=0.0)
        return float(f(knots[:1])[0]), changes[:, None] * relu(x - knots[:-1, None])
    if kind == "hard":
        knots = np.linspace(-1, 1, n // 2 + 1)
        rises = np.diff(f(knots))
        return float(f(knots[:1])[0]), rises[:, None] * ramp((x - knots[:-1, None]) / np.diff(knots)[:, None])
    edges = np.linspace(-1, 1, n + 2)
    middles = (edges[1:] + edges[:-1]) / 2
    rises = np.diff(f(middles))[:, None]
    distance = x - edges[1:-1, None]
    if kind == "steps":
        return float(f(middles[:1])[0]), rises * (distance >= 0)
    width = edges[1] - edges[0]
    return float(f(middles[:1])[0]), rises / (1 + np.exp(-np.clip(STEEP * distance / width, -500, 500)))


def relu(x: np.ndarray) -> np.ndarray:
    positive: np.ndarray = np.maximum(x, 0)
    return positive


def ramp(x: np.ndarray) -> np.ndarray:
    """A hard sigmoid: two ReLUs."""
    difference: np.ndarray = relu(x) - relu(x - 1)
    return difference


def built(kind: str, f: Curve, n: int, x: np.ndarray = GRID) -> np.ndarray:
    """The values of that network."""
    constant, parts = pieces(kind, f, n, x)
    values: np.ndarray = constant + parts.sum(0)
    return values


def bernstein(f: Curve, n: int, x: np.ndarray = GRID) -> np.ndarray:
    """The Bernstein polynomial of degree n: the mean of f over n coins, each of which shows heads with probability (x + 1)/2."""
    from scipy.stats import binom

    k = np.arange(n + 1)
    return np.asarray(binom.pmf(k, n, (x[:, None] + 1) / 2) @ f(2 * k / n - 1))


def fejer(f: Curve, n: int, x: np.ndarray = GRID) -> np.ndarray:
    """The Fejer mean of f(cos t): the mean of its first n + 1 partial Fourier sums, a polynomial of degree n in x = cos t."""
    t = (np.arange(4096) + 0.5) * np.pi / 4096
    order = np.arange(n + 1)
    coefficients = 2 / len(t) * np.cos(np.outer(order, t)) @ f(np.cos(t))
    coefficients[0] /= 2
    return np.asarray(np.polynomial.chebyshev.chebval(x, coefficients * (1 - order / (n + 1))))


def errors(values: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Mean and largest distance."""
    off = np.abs(values - truth)
    return float(off.mean()), float(off.max())


def slope(sizes: np.ndarray, values: np.ndarray) -> float:
    """The power of n with which an error falls: the slope of a straight line through the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(values, FLOOR)), 1)[0])
