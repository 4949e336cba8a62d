"""Quick learners, computed for many data sets at once: what each predicts for the rows of a fold it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Learner:
    """A learner for R data sets x (R, n, 2) with classes y (R, n).

    left_out(x, y, fold): the prediction (R, n) for each row, learnt from the rows of the other folds; fold (R, n).
    fresh(x, y, new): the predictions (R, m) for new rows (R, m, 2), learnt from all rows.
    """

    left_out: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    fresh: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def vote(distances: np.ndarray, y: np.ndarray, neighbours: int) -> np.ndarray:
    """The class of most of the nearest rows: distances (R, m, n) to rows of classes y (R, n) -> (R, m)."""
    near = np.argpartition(distances, neighbours - 1, axis=2)[:, :, :neighbours]
    labels = np.take_along_axis(y[:, None, :], near, 2)
    return np.asarray(np.stack([(labels == c).sum(2) for c in range(y.max() + 1)]).argmax(0))


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances of the rows of a (R, m, d) to those of b (R, n, d): (R, m, n)."""
    return np.asarray((a**2).sum(2)[:, :, None] + (b**2).sum(2)[:, None, :] - 2 * a @ b.transpose(0, 2, 1))


def nearest_left_out(x: np.ndarray, y: np.ndarray, fold: np.ndarray, neighbours: int) -> np.ndarray:
    same = fold[:, :, None] == fold[:, None, :]
    return vote(np.where(same, np.inf, squared_distances(x, x)), y, neighbours)


def nearest_fresh(x: np.ndarray, y: np.ndarray, new: np.ndarray, neighbours: int) -> np.ndarray:
    return vote(squared_distances(new, x), y, neighbours)


def with_one(x: np.ndarray) -> np.ndarray:
    """The rows with a column of ones."""
    return np.concatenate([x, np.ones((*x.shape[:2], 1))], 2)


def products(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What least squares needs of each row: x x^T (R, n, p, p), and x times the class as 0 or 1 (R, n, p, C)."""
    a = with_one(x)
    return a[..., None] * a[:, :, None, :], a[..., None] * np.eye(y.max() + 1)[y][:, :, None, :]


def in_fold(fold: np.ndarray) -> np.ndarray:
    """1 where a row lies in a fold, else 0: fold (R, n) -> (R, k, n)."""
    return np.asarray(fold[:, None, :] == np.arange(fold.max() + 1)[None, :, None], float)


def linear_left_out(x: np.ndarray, y: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Least squares without each fold: from the sums over all rows, less those of the fold."""
    rows = in_fold(fold)
    left = []
    for part in products(x, y):
        flat = part.reshape(*part.shape[:2], -1)
        left.append((flat.sum(1, keepdims=True) - rows @ flat).reshape(*rows.shape[:2], *part.shape[2:]))
    w = np.linalg.solve(left[0] + 1e-6 * np.eye(x.shape[2] + 1), left[1])  # (R, k, p, C)
    own = np.take_along_axis(w, fold[:, :, None, None], 1)  # (R, n, p, C)
    return np.asarray((with_one(x)[..., None] * own).sum(2).argmax(2))


def linear_fresh(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    a, b = (part.sum(1) for part in products(x, y))
    return np.asarray((with_one(new) @ np.linalg.solve(a + 1e-6 * np.eye(x.shape[2] + 1), b)).argmax(2))


def majority_left_out(x: np.ndarray, y: np.ndarray, fold: np.ndarray) -> np.ndarray:
    one_hot = np.eye(y.max() + 1)[y]  # (R, n, C)
    return np.take_along_axis((one_hot.sum(1, keepdims=True) - in_fold(fold) @ one_hot).argmax(2), fold, 1)


def majority_fresh(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    most = np.eye(y.max() + 1)[y].sum(1).argmax(1)
    return np.repeat(most[:, None], new.shape[1], 1)


LEARNERS = {
    "5 nearest neighbours": Learner(
        lambda x, y, fold: nearest_left_out(x, y, fold, 5), lambda x, y, new: nearest_fresh(x, y, new, 5)
    ),
    "1 nearest neighbour": Learner(
        lambda x, y, fold: nearest_left_out(x, y, fold, 1), lambda x, y, new: nearest_fresh(x, y, new, 1)
    ),
    "linear": Learner(linear_left_out, linear_fresh),
    "majority class": Learner(majority_left_out, majority_fresh),
}
