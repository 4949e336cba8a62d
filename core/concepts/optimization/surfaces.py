"""Surfaces in two coordinates to race optimisers on, with their minima."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Surface:
    """f of x and y, tensors of one shape; formula in LaTeX; minima as (x, y), the global ones first, `best` how many they
    are; the window that is drawn; a sentence on its shape."""

    f: Callable[[Tensor, Tensor], Tensor]
    formula: str
    minima: tuple[tuple[float, float], ...]
    best: int
    x: tuple[float, float]
    y: tuple[float, float]
    says: str


def bowl(x: Tensor, y: Tensor) -> Tensor:
    return (x**2 + y**2) / 2


def ravine(x: Tensor, y: Tensor) -> Tensor:
    return (x**2 + 20 * y**2) / 2


def saddle(x: Tensor, y: Tensor) -> Tensor:
    return x**2 / 2 + y**4 / 4 - y**2 / 2


def double_well(x: Tensor, y: Tensor) -> Tensor:
    return (x**2 - 1) ** 2 + 0.3 * x + y**2 / 2


def rosenbrock(x: Tensor, y: Tensor) -> Tensor:
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def himmelblau(x: Tensor, y: Tensor) -> Tensor:
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def beale(x: Tensor, y: Tensor) -> Tensor:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


SURFACES = {
    "bowl": Surface(
        bowl, r"\tfrac12 (x^2 + y^2)", ((0.0, 0.0),), 1, (-3, 3), (-2, 2),
        "The same curvature in all directions.",
    ),
    "ravine": Surface(
        ravine, r"\tfrac12 (x^2 + 20 y^2)", ((0.0, 0.0),), 1, (-3, 3), (-2, 2),
        "Twenty times as steep across as along: plain gradient descent is stable only below η = 2/20.",
    ),
    "saddle": Surface(
        saddle, r"\tfrac12 x^2 + \tfrac14 y^4 - \tfrac12 y^2", ((0.0, 1.0), (0.0, -1.0)), 2, (-3, 3), (-2, 2),
        "A pass at the origin between two equal valleys: there the gradient is zero and nothing is lowest.",
    ),
    "double well": Surface(
        double_well, r"(x^2 - 1)^2 + 0.3\,x + \tfrac12 y^2",
        ((-1.0355787140888537, 0.0), (0.9601495555191055, 0.0)), 1, (-2, 2), (-1.5, 1.5),
        "Two valleys with a barrier between; the left one is deeper.",
    ),
    "Rosenbrock": Surface(
        rosenbrock, r"(1 - x)^2 + 100\,(y - x^2)^2", ((1.0, 1.0),), 1, (-2, 2), (-1, 3),
        "A curved valley with a nearly flat floor.",
    ),
    "Himmelblau": Surface(
        himmelblau, r"(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
        ((3.0, 2.0), (-2.805118086953, 3.131312518250), (-3.779310253378, -3.283185991286), (3.584428340330, -1.848126526964)), 4, (-5, 5), (-5, 5),
        "Four valleys, all equally deep.",
    ),
    "Beale": Surface(
        beale, r"(1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2",
        ((3.0, 0.5),), 1, (-4.5, 4.5), (-4.5, 4.5),
        "Flat in the middle, walls at the corners.",
    ),
}  # fmt: skip


def gradient(name: str, points: Tensor) -> tuple[Tensor, Tensor]:
    """Value (N,) and gradient (N, 2) at points (N, 2), by autograd."""
    at = points.detach().requires_grad_()
    value = SURFACES[name].f(at[:, 0], at[:, 1])
    (slope,) = torch.autograd.grad(value.sum(), at)
    return value.detach(), slope
