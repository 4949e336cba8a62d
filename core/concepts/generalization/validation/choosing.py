"""How good the best of many looks on the rows that it was chosen by: coin-flippers, and networks resampled many times."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

REPEATS = 400  # simulations of the coin-flippers
TOSSES = 1000  # tosses that the chosen coin-flipper is judged on
POOL = 2000  # new rows of a data set that held-out rows are drawn from
TEST = 4000  # new rows of a data set that give the true accuracy of its networks
RESAMPLES = 40  # draws of held-out rows and candidates on each data set


def expected_best(n: int, p: float, m: int) -> float:
    """Exact mean of the highest of m independent accuracies on n rows, each a binomial of probability p, minus p."""
    # P(at most j of n right); the mean of the highest is the sum of P(highest > j).
    below = stats.binom.cdf(np.arange(n), n, p)
    return float((1 - below**m).sum() / n - p)


def bound(n: int, m: float) -> float:
    """sqrt(2 ln m) standard errors of a coin-flipper, 1 / (2 sqrt n): above the exact value for every m and n, whether the
    candidates are independent or not, and for any probability p (Hoeffding's lemma)."""
    return math.sqrt(2 * math.log(m)) * 0.5 / math.sqrt(n)


def first_best(scores: np.ndarray) -> np.ndarray:
    """scores (..., M) -> the number of the best among the first 1, 2, ... M of them, the earlier one in a tie."""
    highest = np.maximum.accumulate(scores, -1)
    new = np.concatenate([np.ones_like(scores[..., :1], bool), scores[..., 1:] > highest[..., :-1]], -1)
    return np.maximum.accumulate(np.where(new, np.arange(scores.shape[-1]), 0), -1)


def coin_optimism(n: int, m: int, rng: np.random.Generator) -> np.ndarray:
    """Held-out minus true accuracy of the best of the first 1, 2, ... m coin-flippers, (REPEATS, m)."""
    held_out = rng.binomial(n, 0.5, (REPEATS, m)) / n
    best = first_best(held_out)
    test = rng.binomial(TOSSES, 0.5, (REPEATS, m)) / TOSSES
    return np.asarray(np.take_along_axis(held_out - test, best, 1))


def resampled(
    right: np.ndarray,
    test: np.ndarray,
    row_counts: tuple[int, ...],
    sizes: tuple[int, ...],
    rng: np.random.Generator,
    repeats: int = RESAMPLES,
) -> tuple[np.ndarray, np.ndarray]:
    """The mean optimism of the chosen network and its mean gain over the average candidate, two arrays (row counts, sizes).

    right (M, V) says whether each network is right about each of V held-out rows; test (M,) is its accuracy elsewhere. Rows
    and candidates are drawn at random again and again.
    """
    optimism, gain = np.zeros((2, len(row_counts), len(sizes)))
    last = np.array(sizes) - 1
    for _ in range(repeats):
        order = rng.permutation(len(right))
        held_out = rng.permutation(right.shape[1])
        for i, n in enumerate(row_counts):
            scores = right[order][:, held_out[:n]].mean(1)
            chosen = first_best(scores)[last]
            optimism[i] += scores[chosen] - test[order][chosen]
            gain[i] += test[order][chosen] - test.mean()
    return optimism / repeats, gain / repeats
