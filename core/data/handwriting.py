"""MNIST digits of 14x14 pixels that a generator is to imitate, and a judge that has learned from other ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.linalg import solve

from core.data.arrays import mnist5k
from core.data.mixtures import FAIR

DIGIT_SIDE = 14  # pixels along a side
IMITATED, LEARNED = 2000, 4000  # rows before the first are imitated; the judge learns from those up to the second
GAMMA, RIDGE = 0.03, 0.1  # of the judge's kernel, and how strongly its weights are held down
CLEAR = 0.9  # of the real digits that the judge has not seen count as clear


@lru_cache(maxsize=1)
def digits() -> tuple[np.ndarray, np.ndarray]:
    """5,000 digits in a fixed random order: x (5000, 196) float32 in [0, 1], the mean of four pixels each, and y (5000,)."""
    x, y = mnist5k()
    order = np.random.default_rng(0).permutation(len(y))
    small = x.reshape(-1, DIGIT_SIDE, 2, DIGIT_SIDE, 2).mean((2, 4)).reshape(len(y), -1)
    return small[order], y[order]


@dataclass(frozen=True)
class Judge:
    """Reads digits by kernel ridge regression: a score for each of the ten. What is like no digit it has seen scores near 0.

    seen: (n, 196) digits it has learned from. weights: (n, 10). bar: the score that nine in ten real digits reach. accuracy: on digits it has not learned from. tested: how many these are.
    """

    seen: np.ndarray
    weights: np.ndarray
    bar: float
    accuracy: float
    tested: int

    def score(self, x: np.ndarray) -> np.ndarray:
        """Pictures (n, 196) -> what speaks for each digit (n, 10)."""
        score: np.ndarray = kernel(np.nan_to_num(x), self.seen) @ self.weights
        return score

    def read(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pictures (n, 196) -> the digit each is most like (n,), and whether it is a clear one (n,) bool."""
        score = self.score(x)
        return score.argmax(1), score.max(1) >= self.bar

    def coverage(self, x: np.ndarray) -> tuple[np.ndarray, float]:
        """Which digits pictures (n, 196) cover (10,) bool, and the share of clear ones. A digit is covered when at least a
        quarter of its due, a tenth of the pictures, are clear ones of it."""
        digit, clear = self.read(x)
        found = np.bincount(digit[clear], minlength=10) / len(x)
        return found >= FAIR / 10, float(clear.mean())


def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How alike two digits are, exp(-GAMMA * squared distance): (n, m) for a (n, 196) and b (m, 196)."""
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    alike: np.ndarray = np.exp(-GAMMA * squares)
    return alike


@lru_cache(maxsize=1)
def judge() -> Judge:
    """The judge, which has learned from 2,000 digits that are not imitated, and was tested on the last 1,000."""
    x, y = digits()
    seen, other = x[IMITATED:LEARNED], slice(LEARNED, None)
    alike = kernel(seen, seen) + RIDGE * np.eye(len(seen), dtype=np.float32)
    weights = solve(alike, np.eye(10, dtype=np.float32)[y[IMITATED:LEARNED]], assume_a="pos")
    score = kernel(x[other], seen) @ weights
    right = float((score.argmax(1) == y[other]).mean())
    return Judge(seen, weights, float(np.quantile(score.max(1), 1 - CLEAR)), right, len(score))
