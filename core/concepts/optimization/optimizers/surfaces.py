"""Surfaces of two coordinates: their height, their gradient and their minima. They take numbers, numpy arrays and tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Height = Callable[[Any, Any], Any]
Slope = Callable[[Any, Any], tuple[Any, Any]]


@dataclass(frozen=True)
class Surface:
    """What can be minimised, and the window of it that is drawn.

    f: height at x and y. slope: the gradient there, as (df/dx, df/dy). minima: all of them as (x, y), the global ones first.
    best: how many are global. x, y: ends of the window.
    """

    f: Height
    slope: Slope
    minima: tuple[tuple[float, float], ...]
    best: int
    x: tuple[float, float]
    y: tuple[float, float]

    @property
    def lowest(self) -> float:
        """The height of the global minima."""
        return float(self.f(*self.minima[0]))

    def distance(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """From each point to the nearest minimum; NaN and infinities are infinitely far."""
        least = np.full(np.shape(x), np.inf)
        for a, b in self.minima:
            np.fmin(least, (x - a) ** 2 + (y - b) ** 2, out=least)
        return np.asarray(np.sqrt(least))

    def nearest(self, x: np.ndarray, y: np.ndarray, within: float) -> np.ndarray:
        """Number of the minimum that lies within that distance of each point; -1 for none."""
        apart = np.stack([np.hypot(x - a, y - b) for a, b in self.minima])
        return np.where(apart.min(0) <= within, apart.argmin(0), -1)


def bowl(x: Any, y: Any) -> Any:
    return (x**2 + y**2) / 2


def bowl_slope(x: Any, y: Any) -> tuple[Any, Any]:
    return x, y


def ravine(x: Any, y: Any) -> Any:
    return (x**2 + 20 * y**2) / 2


def ravine_slope(x: Any, y: Any) -> tuple[Any, Any]:
    return x, 20 * y


def saddle(x: Any, y: Any) -> Any:
    return x**2 / 2 + y**2 * (y**2 / 4 - 1 / 2)


def saddle_slope(x: Any, y: Any) -> tuple[Any, Any]:
    return x, y * (y**2 - 1)


def double_well(x: Any, y: Any) -> Any:
    return (x**2 - 1) ** 2 + 0.3 * x + y**2 / 2


def double_well_slope(x: Any, y: Any) -> tuple[Any, Any]:
    return 4 * x * (x**2 - 1) + 0.3, y


def rosenbrock(x: Any, y: Any) -> Any:
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def rosenbrock_slope(x: Any, y: Any) -> tuple[Any, Any]:
    above = 200 * (y - x**2)
    return -2 * (1 - x) - 2 * x * above, above


def himmelblau(x: Any, y: Any) -> Any:
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def himmelblau_slope(x: Any, y: Any) -> tuple[Any, Any]:
    a = 2 * (x**2 + y - 11)
    b = 2 * (x + y**2 - 7)
    return 2 * x * a + b, a + 2 * y * b


def beale(x: Any, y: Any) -> Any:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y * y**2) ** 2


def beale_slope(x: Any, y: Any) -> tuple[Any, Any]:
    a = 2 * (1.5 - x + x * y)
    b = 2 * (2.25 - x + x * y**2)
    c = 2 * (2.625 - x + x * y * y**2)
    return a * (y - 1) + b * (y**2 - 1) + c * (y * y**2 - 1), x * (a + 2 * b * y + 3 * c * y**2)


BARRIER = 0.0754292  # x of the top of the barrier of the double well

SURFACES = {
    "bowl": Surface(bowl, bowl_slope, ((0.0, 0.0),), 1, (-3, 3), (-2, 2)),
    "ravine": Surface(ravine, ravine_slope, ((0.0, 0.0),), 1, (-3, 3), (-2, 2)),
    "saddle": Surface(saddle, saddle_slope, ((0.0, 1.0), (0.0, -1.0)), 2, (-3, 3), (-2, 2)),
    "double well": Surface(
        double_well, double_well_slope, ((-1.0355787140888537, 0.0), (0.9601495555191055, 0.0)), 1, (-2, 2), (-1.5, 1.5)
    ),
    "Rosenbrock": Surface(rosenbrock, rosenbrock_slope, ((1.0, 1.0),), 1, (-2, 2), (-1, 3)),
    "Himmelblau": Surface(
        himmelblau,
        himmelblau_slope,
        (
            (3.0, 2.0),
            (-2.805118086953, 3.131312518250),
            (-3.779310253378, -3.283185991286),
            (3.584428340330, -1.848126526964),
        ),
        4,
        (-5, 5),
        (-5, 5),
    ),
    "Beale": Surface(beale, beale_slope, ((3.0, 0.5),), 1, (-4.5, 4.5), (-4.5, 4.5)),
}
