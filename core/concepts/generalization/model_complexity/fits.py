"""Families of models, from simple to complex. Each fits rows x (n, d), y (n,) at one size and returns a function of x.

The generator gives a fit its random numbers. It starts the same for every size, so that a larger model contains the random
features of a smaller one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import legendre
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

from core.concepts.generalization.model_complexity.settings import Settings
from core.concepts.generalization.model_complexity.tasks import FEATURES, FEATURES_L2

Array = np.ndarray
Predict = Callable[[Array], Array]


def fit(family: str, x: Array, y: Array, size: int, settings: Settings, rng: np.random.Generator) -> Predict:
    """The model of one size of a family, fitted to a training set."""
    if family == "polynomial":
        return least_squares(x, y, polynomial(size))
    if family == "polynomial + L2":
        return least_squares(x, y, polynomial(size), settings.l2)
    if family == FEATURES:
        return least_squares(x, y, random_features(size, x.shape[1], rng))
    if family == FEATURES_L2:
        return least_squares(x, y, random_features(size, x.shape[1], rng), settings.l2)
    if family == "k-NN":
        return nearest(x, y, size)
    return tree(x, y, size, rng) if family == "tree" else bagged(x, y, size, settings.members, rng)


def least_squares(x: Array, y: Array, features: Predict, penalty: float = 0.0) -> Predict:
    """The weights with the least squared error; among several that fit equally well, the shortest. penalty: L2, times the
    sum of squared weights, without the weight of a feature that is 1 throughout."""
    f = features(x)  # (n, p)
    n, p = f.shape
    if penalty == 0:
        w = np.linalg.lstsq(f, y, rcond=1e-10)[0]
    elif p <= n:
        w = np.linalg.solve(f.T @ f + n * penalty * np.diag((f != 1).any(0)), f.T @ y)
    else:  # the same weights from the smaller matrix
        w = f.T @ np.linalg.solve(f @ f.T + n * penalty * np.eye(n), y)
    return lambda q: features(q) @ w


def polynomial(degree: int) -> Predict:
    """Legendre polynomials up to `degree`: they span what 1, x, x^2 ... span, without their rounding errors."""
    scale = np.sqrt(2 * np.arange(degree + 1) + 1)
    return lambda x: legendre.legvander(x[:, 0], degree) * scale


def random_features(p: int, d: int, rng: np.random.Generator) -> Predict:
    """A hidden layer of p ReLU neurons with random weights that are not trained."""
    for_w, for_b = rng.spawn(2)  # so that the first p are the same however many follow
    w, b = for_w.normal(size=(p, d)), for_b.uniform(-0.5, 0.5, p)
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    return lambda x: np.maximum(x @ w.T + b, 0) * (5 / p) ** 0.5  # the features of a row have about length 1


def tree(x: Array, y: Array, depth: int, rng: np.random.Generator) -> Predict:
    model = DecisionTreeRegressor(max_depth=depth, random_state=int(rng.integers(2**31)))
    grown = model.fit(x.astype(np.float32), y, check_input=False).tree_  # as predict, without its checks
    return lambda q: grown.predict(q.astype(np.float32))[:, 0]


def bagged(x: Array, y: Array, depth: int, members: int, rng: np.random.Generator) -> Predict:
    """Trees on bootstrap samples of the rows, and the mean of their predictions."""
    samples = [rng.integers(len(y), size=len(y)) for _ in range(members)]
    trees = [tree(x[rows], y[rows], depth, rng) for rows in samples]
    return lambda q: np.mean([predict(q) for predict in trees], axis=0)


def nearest(x: Array, y: Array, k: int) -> Predict:
    return KNeighborsRegressor(k).fit(x, y).predict  # type: ignore[no-any-return]
