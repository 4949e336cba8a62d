"""Learners by name, whose errors are taken apart: single ones, averaged ones, boosted ones, a stack of them.

Each takes rows x (n, d) float32 and y (n,), the settings, the number of classes C (0: y are numbers), a random generator and
points q (T, d). It is a generator that yields between two of its trees and returns its predictions of q: numbers (T,), or a
score of each class (T, C) of which the highest counts. Ensembles of trees return a list of them, one for each of `stages`; the
last is of the whole ensemble.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

Array = np.ndarray
Random = np.random.Generator
Answer = Callable[[Array], Any]
Steps = Generator[None, None, Any]


def tree(x: Array, y: Array, depth: int, C: int, rng: Random, weight: Array | None = None) -> Answer:
    """A decision tree; depth 0: until every leaf is pure. With classes it gives their shares in the leaf."""
    kind = DecisionTreeClassifier if C else DecisionTreeRegressor
    model = kind(max_depth=depth or None, random_state=int(rng.integers(2**31)))
    grown = model.fit(x, y, sample_weight=weight, check_input=False).tree_  # as predict, without its checks
    if not C:
        return lambda q: grown.predict(q)[:, 0]
    columns = np.zeros((len(model.classes_), C))
    columns[np.arange(len(model.classes_)), model.classes_] = 1  # a class that no row had is given 0
    return lambda q: grown.predict(q) @ columns


def stages(last: int) -> list[int]:
    """Numbers of trees at which an ensemble is looked at on its way."""
    return [*(m for m in (1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120) if m < last), last]


def bag(x: Array, y: Array, depth: int, members: int, C: int, rng: Random, q: Array) -> Steps:
    """Bagging: trees on bootstrap draws of the rows, and the mean of what they predict (Breiman, 1996)."""
    draws = [rng.integers(len(y), size=len(y)) for _ in range(members)]
    total: Any = 0.0
    shown = []
    for m, rows in enumerate(draws, 1):
        total = total + tree(x[rows], y[rows], depth, C, rng)(q)
        if m in stages(members):
            shown.append(total / m)
        yield
    return shown


def boost(x: Array, y: Array, depth: int, rounds: int, rate: float, rng: Random, q: Array) -> Steps:
    """Gradient boosting for the squared error: each tree is fitted to the residuals (Friedman, 2001)."""
    residuals = y - y.mean()
    total: Any = 0.0
    shown = []
    for m in range(1, rounds + 1):
        grown = tree(x, residuals, depth, 0, rng)
        residuals = residuals - rate * grown(x)
        total = total + grown(q)
        if m in stages(rounds):
            shown.append(y.mean() + rate * total)
        yield
    return shown


def adaboost(x: Array, y: Array, depth: int, rounds: int, C: int, rng: Random, q: Array) -> Steps:
    """AdaBoost for C classes: misclassified rows get more weight, good trees get a larger say in the vote (SAMME: Zhu and
    others, 2009)."""
    w = np.full(len(y), 1 / len(y))
    total = np.zeros((len(q), C))
    shown: list[Array] = []
    for m in range(1, rounds + 1):
        grown = tree(x, y, depth, C, rng, w)
        wrong = grown(x).argmax(1) != y
        error = w[wrong].sum()
        if error >= 1 - 1 / C and m > 1:  # no better than guessing
            break
        last = error <= 1e-9 or error >= 1 - 1 / C
        alpha = 1.0 if last else np.log((1 - error) / error) + np.log(C - 1)
        total = total + alpha * np.eye(C)[grown(q).argmax(1)]
        if m in stages(rounds):
            shown.append(total)
        if last:
            break
        w = w * np.exp(alpha * wrong)
        w = np.maximum(w / w.sum(), 1e-12)
        yield
    # Once it has stopped, the later stages are as the last one.
    return shown + [total] * (len(stages(rounds)) - len(shown))


def coded(y: Array, C: int) -> Array:
    """Classes as 0 and 1 in a column each, for learners that predict numbers."""
    return np.eye(C)[y] if C else y


def nearest(x: Array, y: Array, k: int, C: int) -> Answer:
    return KNeighborsRegressor(min(k, len(y))).fit(x, coded(y, C)).predict  # type: ignore[no-any-return]


def linear(x: Array, y: Array, C: int) -> Answer:
    return LinearRegression().fit(x, coded(y, C)).predict  # type: ignore[no-any-return]


def stacking(x: Array, y: Array, depth: int, k: int, C: int, rng: Random, q: Array, folds: int = 5) -> Steps:
    """A linear learner on the predictions of three others, which for that were trained on the other folds (Wolpert, 1992)."""
    learners = [
        lambda x, y: tree(x, y, depth, C, rng),
        lambda x, y: nearest(x, y, k, C),
        lambda x, y: linear(x, y, C),
    ]
    fold = rng.permutation(len(y)) % folds
    inputs = []
    for i in range(folds):
        trained = [f(x[fold != i], y[fold != i]) for f in learners]
        inputs.append(np.column_stack([f(x[fold == i]) for f in trained]))
        yield
    meta = linear(np.concatenate(inputs), np.concatenate([y[fold == i] for i in range(folds)]), C)
    base = [f(x, y) for f in learners]
    return meta(np.column_stack([f(q) for f in base]))


def at_once(predictions: Any) -> Steps:
    """The predictions of a learner that takes no time worth dividing."""
    return predictions
    yield


LEARNERS: dict[str, Callable[..., Steps]] = {
    "shallow tree": lambda x, y, s, C, rng, q: at_once(tree(x, y, s.shallow, C, rng)(q)),
    "bagged shallow": lambda x, y, s, C, rng, q: bag(x, y, s.shallow, s.members, C, rng, q),
    "boosted shallow": lambda x, y, s, C, rng, q: (
        adaboost(x, y, s.shallow, s.rounds, C, rng, q) if C else boost(x, y, s.shallow, s.rounds, s.rate, rng, q)
    ),
    "deep tree": lambda x, y, s, C, rng, q: at_once(tree(x, y, s.deep, C, rng)(q)),
    "bagged deep": lambda x, y, s, C, rng, q: bag(x, y, s.deep, s.members, C, rng, q),
    "boosted deep": lambda x, y, s, C, rng, q: (
        adaboost(x, y, s.deep, s.rounds, C, rng, q) if C else boost(x, y, s.deep, s.rounds, s.rate, rng, q)
    ),
    "k-NN": lambda x, y, s, C, rng, q: at_once(nearest(x, y, s.k, C)(q)),
    "linear": lambda x, y, s, C, rng, q: at_once(linear(x, y, C)(q)),
    "stacking": lambda x, y, s, C, rng, q: stacking(x, y, s.deep, s.k, C, rng, q),
}
STAGED = ("bagged shallow", "boosted shallow", "bagged deep", "boosted deep")
