"""Families of models, from simple to complex: each fits rows x (n, d), y (n,) at one size and gives back a function of x.

s: the settings; rng: draws what a fit draws, the same for every size, so that a larger model has the smaller one's features.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import legendre
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

# <script>
Array = np.ndarray
Answer = Callable[[Array], Array]


def least_squares(x: Array, y: Array, features: Answer, penalty: float = 0.0) -> Answer:
    """Weights of the least squared error; of many that fit equally well the shortest. penalty: L2, times the sum of squared
    weights, but for that of a feature that is 1 throughout."""
    f = features(x)  # (n, p)
    n, p = f.shape
    if penalty == 0:
        w = np.linalg.lstsq(f, y, rcond=1e-10)[0]
    elif p <= n:
        w = np.linalg.solve(f.T @ f + n * penalty * np.diag((f != 1).any(0)), f.T @ y)
    else:  # the same weights, by way of the smaller matrix
        w = f.T @ np.linalg.solve(f @ f.T + n * penalty * np.eye(n), y)
    return lambda q: features(q) @ w


def polynomial(degree: int) -> Answer:
    """Legendre polynomials up to `degree`: they span what 1, x, x^2 … do, without their rounding errors."""
    scale = np.sqrt(2 * np.arange(degree + 1) + 1)
    return lambda x: legendre.legvander(x[:, 0], degree) * scale


def random_features(p: int, d: int, rng: np.random.Generator) -> Answer:
    """A hidden layer of p ReLU neurons that is drawn and stays as it is."""
    for_w, for_b = rng.spawn(2)  # so that the first p are the same however many follow
    w, b = for_w.normal(size=(p, d)), for_b.uniform(-0.5, 0.5, p)
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    return lambda x: np.maximum(x @ w.T + b, 0) * (5 / p) ** 0.5  # a row's features have about length 1


def tree(x: Array, y: Array, depth: int, rng: np.random.Generator) -> Answer:
    model = DecisionTreeRegressor(max_depth=depth, random_state=int(rng.integers(2**31)))
    grown = model.fit(x.astype(np.float32), y, check_input=False).tree_  # as predict, without its checks
    return lambda q: grown.predict(q.astype(np.float32))[:, 0]


def bagged(x: Array, y: Array, depth: int, members: int, rng: np.random.Generator) -> Answer:
    """Trees on bootstrap draws of the rows, and the mean of what they say."""
    draws = [rng.integers(len(y), size=len(y)) for _ in range(members)]
    trees = [tree(x[rows], y[rows], depth, rng) for rows in draws]
    return lambda q: np.mean([said(q) for said in trees], axis=0)


def nearest(x: Array, y: Array, k: int) -> Answer:
    return KNeighborsRegressor(k).fit(x, y).predict  # type: ignore[no-any-return]


FITS: dict[str, Callable[..., Answer]] = {
    "polynomial": lambda x, y, size, s, rng: least_squares(x, y, polynomial(size)),
    "polynomial + L2": lambda x, y, size, s, rng: least_squares(x, y, polynomial(size), s.l2),
    "k-NN": lambda x, y, size, s, rng: nearest(x, y, size),
    "tree": lambda x, y, size, s, rng: tree(x, y, size, rng),
    "bagged trees": lambda x, y, size, s, rng: bagged(x, y, size, s.members, rng),
    "random features": lambda x, y, size, s, rng: least_squares(x, y, random_features(size, x.shape[1], rng)),
    "random features + L2": lambda x, y, size, s, rng: least_squares(
        x, y, random_features(size, x.shape[1], rng), s.l2
    ),
}
# </script>
