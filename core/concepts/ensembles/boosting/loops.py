"""AdaBoost and gradient boosting as loops that give each round as it comes, for two classes.

They compute what scikit-learn's AdaBoostClassifier and GradientBoostingClassifier compute, up to ties between splits and up
to the bound on the steps of gradient boosting, which matters at high learning rates only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

# A Newton step divides by p(1 - p), which may be as small as 1e-20 where the sum is already large. Without a bound the
# log-odds then reach 1e20, and rounding decides which leaf they come from. Steps of sound runs stay below about 40.
MAX_STEP = 100.0


@dataclass(frozen=True)
class AdaRound:
    tree: DecisionTreeClassifier
    weights: np.ndarray  # (n,) that this tree was grown on; they sum to one
    error: float  # weighted share of the rows that this tree misclassifies
    alpha: float  # weight of this tree in the vote

    @property
    def steps(self) -> np.ndarray:
        """What a prediction of class 0 and of class 1 adds to the sum."""
        return np.array([-self.alpha, self.alpha])

    def leaves(self, x: np.ndarray) -> np.ndarray:
        """The class this tree predicts for each row: (n,)."""
        return self.tree.tree_.predict(x).argmax(1)  # type: ignore[no-any-return]

    def score(self, x: np.ndarray) -> np.ndarray:
        """What this round adds to the sum of each row: (n,)."""
        added: np.ndarray = self.steps[self.leaves(x)]
        return added


def adaboost(x: np.ndarray, y: np.ndarray, rounds: int, depth: int, seed: int) -> Iterator[AdaRound]:
    """Freund and Schapire's loop, y of 0 and 1. It ends early after a tree without error, or before one that is no better
    than chance."""
    random = np.random.RandomState(seed)
    w = np.full(len(y), 1 / len(y))
    for _ in range(rounds):
        tree = DecisionTreeClassifier(max_depth=depth, random_state=random.randint(np.iinfo(np.int32).max))
        wrong = tree.fit(x, y, sample_weight=w).predict(x) != y
        error = float(w[wrong].sum())
        if error >= 0.5:
            return
        alpha = float(np.log((1 - error) / error)) if wrong.any() else 1.0
        yield AdaRound(tree, w, error, alpha)
        if not wrong.any():
            return
        w = w * np.exp(alpha * wrong)
        w = np.clip(w / w.sum(), np.finfo(float).eps, None)


@dataclass(frozen=True)
class GradientRound:
    tree: DecisionTreeRegressor
    residuals: np.ndarray  # (n,) y - p that this tree was fitted to
    steps: np.ndarray  # (nodes,) what each leaf adds to the log-odds, learning rate included

    def leaves(self, x: np.ndarray) -> np.ndarray:
        """The leaf of each row: (n,)."""
        return self.tree.tree_.apply(x)  # type: ignore[no-any-return]

    def score(self, x: np.ndarray) -> np.ndarray:
        """What this round adds to the sum of each row: (n,)."""
        added: np.ndarray = self.steps[self.leaves(x)]
        return added


def gradient(x: np.ndarray, y: np.ndarray, rounds: int, depth: int, lr: float, seed: int) -> Iterator[GradientRound]:
    """Friedman's loop for the log-loss. The sum starts at `log_odds(y)`; each leaf takes one Newton step, bounded."""
    random = np.random.RandomState(seed)
    total = np.full(len(y), log_odds(y))
    for _ in range(rounds):
        p = expit(total)
        residuals = y - p
        tree = DecisionTreeRegressor(max_depth=depth, random_state=random).fit(x, residuals)
        leaf = tree.tree_.apply(x)
        curvature = p * (1 - p)
        steps = np.zeros(tree.tree_.node_count)
        for node in np.unique(leaf):
            here = leaf == node
            newton = residuals[here].mean() / max(curvature[here].mean(), 1e-150)
            steps[node] = lr * min(max(newton, -MAX_STEP), MAX_STEP)
        total = total + steps[leaf]
        yield GradientRound(tree, residuals, steps)


def log_odds(y: np.ndarray) -> float:
    """The logarithm of how many times as many rows are of class 1 as of class 0."""
    p = y.mean()
    return float(np.log(p / (1 - p)))


def staged(steps: list[np.ndarray], start: float, rounds: int, rows: int) -> np.ndarray:
    """The sum after each round (rounds, rows) from what each round adds; a loop that ended early stays where it was."""
    total = start + np.cumsum(np.array(steps).reshape(-1, rows), 0) if steps else np.full((1, rows), start)
    return np.concatenate([total, np.repeat(total[-1:], rounds - len(total), 0)])


def error_rate(total: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Share of rows on the wrong side of zero: total (rounds, rows) -> (rounds,)."""
    return ((total > 0) != y).mean(1)  # type: ignore[no-any-return]


def log_loss(total: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Mean log-loss after each round: total (rounds, rows) -> (rounds,)."""
    return np.logaddexp(0, np.where(y == 1, -total, total)).mean(1)  # type: ignore[no-any-return]


def error_bound(errors: np.ndarray) -> np.ndarray:
    """What the training error of AdaBoost can be at most after each round: the product of 2 sqrt(error (1 - error))."""
    return np.cumprod(2 * np.sqrt(errors * (1 - errors)))
