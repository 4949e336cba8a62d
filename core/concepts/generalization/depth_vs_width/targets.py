"""What is learnt: zigzags of 2^folds pieces, and the shapes of networks with the same number of parameters."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise, product

import numpy as np

DEPTHS = (1, 2, 4, 8)  # hidden layers
REGULAR, IRREGULAR = "regular", "irregular"
TARGETS = (REGULAR, IRREGULAR)
SHORTEST = 0.25  # length of the shortest piece of an irregular target, compared with the mean
TRAINING, VALIDATION = 6, 7  # purposes of random rows


def parameters(widths: tuple[int, ...]) -> int:
    """Number of parameters of a network from one number to one number with hidden layers of these widths."""
    return sum((a + 1) * b for a, b in pairwise((1, *widths, 1)))


@lru_cache(maxsize=64)
def widths(depth: int, budget: int) -> tuple[int, ...]:
    """Hidden layers as equal as can be, each of w or w + 1 neurons, with the number of parameters nearest to the budget."""
    w = 1
    while parameters((w + 1,) * depth) <= budget:
        w += 1
    return min(product((w, w + 1), repeat=depth), key=lambda some: (abs(parameters(some) - budget), some))


def knots(target: str, folds: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The bends of a zigzag of 2^folds pieces over [0, 1], scaled to mean 0 and variance 1. Regular: the function that folding
    makes. Irregular: pieces of random lengths between lows and highs of random sizes."""
    pieces = 2**folds
    if target == REGULAR:
        x = np.linspace(0, 1, pieces + 1)
        y = (np.arange(pieces + 1) + 1) % 2.0
    else:
        rng = np.random.default_rng([seed, 5])
        lengths = SHORTEST + (1 - SHORTEST) * pieces * rng.dirichlet(np.ones(pieces))
        x = np.concatenate([[0], np.cumsum(lengths) / lengths.sum()])
        y = np.where(np.arange(pieces + 1) % 2, rng.uniform(0, 0.4, pieces + 1), rng.uniform(0.6, 1, pieces + 1))
    fine = np.interp(np.linspace(0, 1, 20001), x, y)
    return x, (y - fine.mean()) / fine.std()


def draw(
    target: str, folds: int, seed: int, n: int, noise: float, purpose: int = TRAINING
) -> tuple[np.ndarray, np.ndarray]:
    """n rows of the target of this seed: x (n,) in [0, 1] and y (n,). Both targets have the same x and the same noise; another
    purpose gives other rows."""
    rng = np.random.default_rng([seed, purpose])
    x = rng.uniform(0, 1, n)
    return x, np.interp(x, *knots(target, folds, seed)) + noise * rng.standard_normal(n)
