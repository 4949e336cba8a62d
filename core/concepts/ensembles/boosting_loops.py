"""AdaBoost and gradient boosting as loops that give each round as it comes, for two classes.

Tested to be what scikit-learn's AdaBoostClassifier and GradientBoostingClassifier compute, up to ties between splits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor


@dataclass(frozen=True)
class AdaRound:
    tree: DecisionTreeClassifier
    weights: np.ndarray  # (n,) that this tree was grown on; they sum to one
    error: float  # ε, the weighted share this tree gets wrong
    alpha: float  # its voice

    def score(self, x: np.ndarray) -> np.ndarray:
        """What this round adds to the sum: α for class 1, −α for class 0."""
        return np.where(self.tree.tree_.predict(x).argmax(1) == 1, self.alpha, -self.alpha)


def adaboost(x: np.ndarray, y: np.ndarray, rounds: int, depth: int, seed: int) -> Iterator[AdaRound]:
    """Freund and Schapire's loop, y of 0 and 1. It ends early after a tree without error, or before one no better than a coin."""
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
    residuals: np.ndarray  # (n,) y − p that this tree was fitted to
    steps: np.ndarray  # (nodes,) what each leaf adds to the log-odds, learning rate included

    def score(self, x: np.ndarray) -> np.ndarray:
        return self.steps[self.tree.tree_.apply(x)]  # type: ignore[no-any-return]


def gradient(x: np.ndarray, y: np.ndarray, rounds: int, depth: int, lr: float, seed: int) -> Iterator[GradientRound]:
    """Friedman's loop for the log-loss. The sum starts at `log_odds(y)`; each leaf takes one Newton step."""
    random = np.random.RandomState(seed)
    total = np.full(len(y), log_odds(y))
    for _ in range(rounds):
        p = expit(total)
        residuals = y - p
        tree = DecisionTreeRegressor(max_depth=depth, random_state=random).fit(x, residuals)
        leaf, curve = tree.tree_.apply(x), p * (1 - p)
        steps = np.zeros(tree.tree_.node_count)
        for node in np.unique(leaf):
            here = leaf == node
            bend = curve[here].mean()
            steps[node] = lr * residuals[here].mean() / bend if bend > 1e-150 else 0.0
        total = total + steps[leaf]
        yield GradientRound(tree, residuals, steps)


def log_odds(y: np.ndarray) -> float:
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
    return np.logaddexp(0, np.where(y == 1, -total, total)).mean(1)  # type: ignore[no-any-return]


def bound(errors: np.ndarray) -> np.ndarray:
    """What the training error of AdaBoost can be at most after each round: the product of 2·sqrt(ε(1 − ε))."""
    return np.cumprod(2 * np.sqrt(errors * (1 - errors)))
