"""How high the best of many looks on the rows it was chosen by: coin-flippers, and networks drawn upon again and again."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

REPEATS, FRESH = 400, 1000  # of the simulation; tosses on which the chosen coin-flipper is judged
ROWS = (10, 20, 50, 100, 200, 500)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def ladder(values: tuple[int, ...], most: int) -> tuple[int, ...]:
    """Those of the values below `most`, and `most`."""
    return (*(v for v in values if v < most), most)


def row_counts(n: int) -> tuple[int, ...]:
    """ROWS with n among them."""
    return tuple(sorted({*ROWS, n}))


def expected_best(n: int, p: float, m: int) -> float:
    """Exact mean of the highest of m independent accuracies on n rows, each a binomial of chance p, less p."""
    below = stats.binom.cdf(
        np.arange(n), n, p
    )  # P(at most j of n right); the mean of the best is the sum of P(best > j)
    return float((1 - below**m).sum() / n - p)


def bound(n: int, m: float) -> float:
    """sqrt(2 ln m) standard errors of a coin-flipper, 1 / (2 sqrt n): above the exact value for every m and n, however
    the candidates hang together, and for any chance p (Hoeffding's lemma)."""
    return math.sqrt(2 * math.log(m)) * 0.5 / math.sqrt(n)


def first_best(scores: np.ndarray) -> np.ndarray:
    """scores (..., M) -> the number of the best among the first 1, 2, ... M of them, the earlier one in a tie."""
    highest = np.maximum.accumulate(scores, -1)
    new = np.concatenate([np.ones_like(scores[..., :1], bool), scores[..., 1:] > highest[..., :-1]], -1)
    return np.maximum.accumulate(np.where(new, np.arange(scores.shape[-1]), 0), -1)


def coins(n: int, m: int, rng: np.random.Generator) -> np.ndarray:
    """Validation minus test accuracy of the best of the first 1, 2, ... m coin-flippers, (REPEATS, m)."""
    validation = rng.binomial(n, 0.5, (REPEATS, m)) / n
    best = first_best(validation)
    test = rng.binomial(FRESH, 0.5, (REPEATS, m)) / FRESH
    return np.asarray(np.take_along_axis(validation - test, best, 1))


def resampled(
    right: np.ndarray, test: np.ndarray, rows: tuple[int, ...], sizes: tuple[int, ...], rng: np.random.Generator, repeats: int = 40
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Choosing among real candidates: right (M, V) says whether each is right about each of V validation rows, test (M,) is
    its accuracy elsewhere. Of each number of rows and of candidates, both drawn at random again and again, the mean
    optimism of the chosen and its mean gain in test accuracy over the average candidate: two of (rows, sizes)."""
    optimism, gain = np.zeros((2, len(rows), len(sizes)))
    take = np.array(sizes) - 1
    for _ in range(repeats):
        order, some = rng.permutation(len(right)), rng.permutation(right.shape[1])
        for i, n in enumerate(rows):
            scores = right[order][:, some[:n]].mean(1)
            chosen = first_best(scores)[take]
            optimism[i] += scores[chosen] - test[order][chosen]
            gain[i] += test[order][chosen] - test.mean()
    return optimism / repeats, gain / repeats
