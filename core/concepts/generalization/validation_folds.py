"""Rows dealt to folds, quick learners that leave one fold out, and how far the estimates scatter over many data sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.data import POINTS
from core.engine.random import key
from core.stats import Interval, mean_interval

if TYPE_CHECKING:
    from core.concepts.generalization.validation import Settings

SETS, FRESH = 200, 400  # data sets drawn, and fresh rows on which each one's learner is judged


def drawn(data: str, count: int, noise: float, flips: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`count` independent rows x (count, 2) and classes y (count,), of which a share `flips` is a toss of a coin (or of as
    many sides as there are classes)."""
    rng = np.random.default_rng(seed)
    x, y = POINTS[data](count, noise, seed)
    order = rng.permutation(count)
    x, y = x[order].astype(float), y[order]
    return x, np.where(rng.random(count) < flips, rng.integers(0, y.max() + 1, count), y)


def deal(n: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """The fold of each of n rows (n,), at random; no fold has more than one row more than another."""
    return np.asarray(rng.permutation(n) * k // n)


def vote(distances: np.ndarray, y: np.ndarray, q: int) -> np.ndarray:
    """The class of most of the q nearest: distances (R, m, n) to rows of classes y (R, n) -> (R, m)."""
    near = np.argpartition(distances, q - 1, axis=2)[:, :, :q]
    labels = np.take_along_axis(y[:, None, :], near, 2)
    return np.asarray(np.stack([(labels == c).sum(2) for c in range(y.max() + 1)]).argmax(0))


def apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances of a (R, m, d) to b (R, n, d)."""
    return np.asarray((a**2).sum(2)[:, :, None] + (b**2).sum(2)[:, None, :] - 2 * a @ b.transpose(0, 2, 1))


def nearest_left_out(x: np.ndarray, y: np.ndarray, fold: np.ndarray, q: int) -> np.ndarray:
    same = fold[:, :, None] == fold[:, None, :]
    return vote(np.where(same, np.inf, apart(x, x)), y, q)


def nearest_fresh(x: np.ndarray, y: np.ndarray, new: np.ndarray, q: int) -> np.ndarray:
    return vote(apart(new, x), y, q)


def with_one(x: np.ndarray) -> np.ndarray:
    return np.concatenate([x, np.ones((*x.shape[:2], 1))], 2)


def sums(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What least squares needs of each row: x x^T (R, n, p, p) and x times the class as 0 or 1 (R, n, p, C)."""
    a = with_one(x)
    return a[..., None] * a[:, :, None, :], a[..., None] * np.eye(y.max() + 1)[y][:, :, None, :]


def linear_left_out(x: np.ndarray, y: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Least squares without each fold: from the sums over all rows, less those of the fold."""
    rows = (fold[:, None, :] == np.arange(fold.max() + 1)[None, :, None]).astype(float)  # (R, k, n)
    left = []
    for part in sums(x, y):
        flat = part.reshape(*part.shape[:2], -1)
        left.append((flat.sum(1, keepdims=True) - rows @ flat).reshape(*rows.shape[:2], *part.shape[2:]))
    w = np.linalg.solve(left[0] + 1e-6 * np.eye(x.shape[2] + 1), left[1])  # (R, k, p, C)
    mine = np.take_along_axis(w, fold[:, :, None, None], 1)  # (R, n, p, C)
    return np.asarray((with_one(x)[..., None] * mine).sum(2).argmax(2))


def linear_fresh(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    a, b = (part.sum(1) for part in sums(x, y))
    return np.asarray((with_one(new) @ np.linalg.solve(a + 1e-6 * np.eye(x.shape[2] + 1), b)).argmax(2))


def majority_left_out(x: np.ndarray, y: np.ndarray, fold: np.ndarray) -> np.ndarray:
    rows = (fold[:, None, :] == np.arange(fold.max() + 1)[None, :, None]).astype(float)
    ones = np.eye(y.max() + 1)[y]  # (R, n, C)
    return np.take_along_axis((ones.sum(1, keepdims=True) - rows @ ones).argmax(2), fold, 1)


def majority_fresh(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    answer = np.eye(y.max() + 1)[y].sum(1).argmax(1)
    return np.repeat(answer[:, None], new.shape[1], 1)


@dataclass(frozen=True)
class Learner:
    """left_out(x, y, fold): the answer (R, n) to each row of R data sets x (R, n, 2), from the rows of the other folds.
    fresh(x, y, new): the answers (R, m) to new rows, from all rows."""

    left_out: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    fresh: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


LEARNERS = {
    "5 nearest neighbours": Learner(
        lambda x, y, f: nearest_left_out(x, y, f, 5), lambda x, y, n: nearest_fresh(x, y, n, 5)
    ),
    "1 nearest neighbour": Learner(
        lambda x, y, f: nearest_left_out(x, y, f, 1), lambda x, y, n: nearest_fresh(x, y, n, 1)
    ),
    "linear": Learner(linear_left_out, linear_fresh),
    "majority class": Learner(majority_left_out, majority_fresh),
}


@dataclass(frozen=True)
class Folds:
    """One data set x (n, 2), y (n,) dealt to folds (n,); answer (n,): what each row was answered when left out."""

    x: np.ndarray
    y: np.ndarray
    fold: np.ndarray
    answer: np.ndarray

    @property
    def right(self) -> np.ndarray:
        return np.asarray(self.answer == self.y)


def folds(s: Settings) -> Folds:
    """The first of the data sets, as k folds."""
    x, y = (part[: s.rows] for part in drawn(s.data, SETS * (s.rows + FRESH), s.noise, s.flips, s.seed))
    fold = deal(s.rows, s.k, np.random.default_rng(key(s.seed, "deal")))
    return Folds(x, y, fold, LEARNERS[s.learner].left_out(x[None], y[None], fold[None])[0])


@dataclass(frozen=True)
class Spread:
    """estimates: way of estimating -> estimated accuracy (2, SETS) of every data set, dealt to folds twice. truth (SETS,):
    the accuracy on fresh rows of what is learnt from all rows."""

    estimates: dict[str, np.ndarray]
    truth: np.ndarray

    @property
    def level(self) -> float:
        """Of one interval, so that those of all ways hold together at 95 %."""
        return 1 - 0.05 / len(self.estimates)

    def bias(self, name: str) -> Interval:
        """How far the estimate lies above the truth, on average."""
        return mean_interval(self.estimates[name][0] - self.truth, self.level)

    def sd(self, name: str) -> float:
        """The scatter of the estimate from one data set to the next."""
        return float(self.estimates[name][0].std(ddof=1))

    def wider(self, a: str, b: str) -> Interval:
        """By how much the variance of a is above that of b, over the same data sets."""
        one, other = ((e := self.estimates[n][0]) - e.mean() for n in (a, b))
        return mean_interval(one**2 - other**2, self.level)

    def luck(self, name: str) -> float:
        """The part of the scatter that is the luck of the deal: the same rows, dealt again."""
        first, second = self.estimates[name]
        return float(np.sqrt(((first - second) ** 2).mean() / 2))


def ways(rows: int, k: int) -> dict[str, tuple[int, bool]]:
    """Name -> (folds, whether only the first of them is validated on)."""
    some = sorted({2, 5, 10, k, rows})
    named = {f: "leave one out" if f == rows else f"{f} folds" for f in some if f <= rows}
    return {f"hold-out 1/{k}": (k, True)} | {name: (f, False) for f, name in named.items()}


def spread(s: Settings) -> Spread:
    """Every way of estimating, on the same SETS data sets."""
    x, y = drawn(s.data, SETS * (s.rows + FRESH), s.noise, s.flips, s.seed)
    cut = SETS * s.rows
    known, labels = x[:cut].reshape(SETS, s.rows, 2), y[:cut].reshape(SETS, s.rows)
    new, truth = x[cut:].reshape(SETS, FRESH, 2), y[cut:].reshape(SETS, FRESH)
    learner = LEARNERS[s.learner]
    estimates: dict[str, np.ndarray] = {}
    for name, (k, single) in ways(s.rows, s.k).items():
        rng = np.random.default_rng(key(s.seed, "deal"))
        scores = []
        for _ in range(2):
            fold = np.stack([deal(s.rows, k, rng) for _ in range(SETS)])
            right = learner.left_out(known, labels, fold) == labels
            scores.append((right & (fold == 0)).sum(1) / (fold == 0).sum(1) if single else right.mean(1))
        estimates[name] = np.stack(scores)
    return Spread(estimates, (learner.fresh(known, labels, new) == truth).mean(1))
