"""The learners whose errors are taken apart: single ones, averaged ones, boosted ones, a stack of them.

Each takes rows x (n, d) float32 and y (n,), the settings, the number of classes C (0: y are numbers) and a random generator, and gives
back a function of x: numbers (T,), or a score of each class (T, C) of which the highest is the answer. Ensembles of trees give
a list of them, one for each of `stages`; the last is the whole ensemble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

# <script>
Array = np.ndarray
Random = np.random.Generator
Answer = Callable[[Array], Any]


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


def bag(x: Array, y: Array, depth: int, members: int, C: int, rng: Random) -> Answer:
    """Bagging: trees on bootstrap draws of the rows, and the mean of what they say (Breiman, 1996)."""
    draws = [rng.integers(len(y), size=len(y)) for _ in range(members)]
    trees = [tree(x[rows], y[rows], depth, C, rng) for rows in draws]
    return lambda q: [total / m for m, total in summed(trees, q)]


def boost(x: Array, y: Array, depth: int, rounds: int, rate: float, rng: Random) -> Answer:
    """Gradient boosting for the squared error: each tree is fitted to what is left over (Friedman, 2001)."""
    trees, left = list[Answer](), y - y.mean()
    for _ in range(rounds):
        trees.append(tree(x, left, depth, 0, rng))
        left = left - rate * trees[-1](x)
    return lambda q: [y.mean() + rate * total for _, total in summed(trees, q)]


def adaboost(x: Array, y: Array, depth: int, rounds: int, C: int, rng: Random) -> Answer:
    """AdaBoost for C classes: rows that were missed weigh more, good trees speak louder (SAMME: Zhu and others, 2009)."""
    voices, w = list[tuple[float, Answer]](), np.full(len(y), 1 / len(y))
    while len(voices) < rounds:
        said = tree(x, y, depth, C, rng, w)
        wrong = said(x).argmax(1) != y
        error = w[wrong].sum()
        if error >= 1 - 1 / C and voices:  # no better than a guess
            break
        sure = error <= 1e-9 or error >= 1 - 1 / C
        voices.append((1.0 if sure else np.log((1 - error) / error) + np.log(C - 1), said))
        if sure:
            break
        w = w * np.exp(voices[-1][0] * wrong)
        w = np.maximum(w / w.sum(), 1e-12)

    def voice(alpha: float, said: Answer) -> Answer:
        return lambda q: alpha * np.eye(C)[said(q).argmax(1)]

    spoken = [voice(alpha, said) for alpha, said in voices]
    silent: list[Answer] = [lambda q: np.zeros((len(q), C))] * (rounds - len(voices))
    return lambda q: [total for _, total in summed(spoken + silent, q)]


def summed(trees: list[Answer], q: Array) -> Iterator[tuple[int, Any]]:
    """Number of trees and the sum of what they say of q, at each stage."""
    total: Any = 0.0
    for m, said in enumerate(trees, 1):
        total = total + said(q)
        if m in stages(len(trees)):
            yield m, total


def coded(y: Array, C: int) -> Array:
    """Classes as 0 and 1 in a column each, for learners that answer with numbers."""
    return np.eye(C)[y] if C else y


def nearest(x: Array, y: Array, k: int, C: int) -> Answer:
    return KNeighborsRegressor(min(k, len(y))).fit(x, coded(y, C)).predict  # type: ignore[no-any-return]


def linear(x: Array, y: Array, C: int) -> Answer:
    return LinearRegression().fit(x, coded(y, C)).predict  # type: ignore[no-any-return]


def stacking(x: Array, y: Array, depth: int, k: int, C: int, rng: Random, folds: int = 5) -> Answer:
    """A linear learner on the answers of three others, which for that were trained on the other folds (Wolpert, 1992)."""
    learners = [
        lambda x, y: tree(x, y, depth, C, rng),
        lambda x, y: nearest(x, y, k, C),
        lambda x, y: linear(x, y, C),
    ]
    answers = lambda q, said: np.column_stack([f(q) for f in said])  # noqa: E731
    fold = rng.permutation(len(y)) % folds
    inputs = [answers(x[fold == i], [f(x[fold != i], y[fold != i]) for f in learners]) for i in range(folds)]
    judge = linear(np.concatenate(inputs), np.concatenate([y[fold == i] for i in range(folds)]), C)
    base = [f(x, y) for f in learners]
    return lambda q: judge(answers(q, base))


LEARNERS: dict[str, Callable[..., Answer]] = {
    "shallow tree": lambda x, y, s, C, rng: tree(x, y, s.shallow, C, rng),
    "bagged shallow": lambda x, y, s, C, rng: bag(x, y, s.shallow, s.members, C, rng),
    "boosted shallow": lambda x, y, s, C, rng: (
        adaboost(x, y, s.shallow, s.rounds, C, rng) if C else boost(x, y, s.shallow, s.rounds, s.rate, rng)
    ),
    "deep tree": lambda x, y, s, C, rng: tree(x, y, s.deep, C, rng),
    "bagged deep": lambda x, y, s, C, rng: bag(x, y, s.deep, s.members, C, rng),
    "boosted deep": lambda x, y, s, C, rng: (
        adaboost(x, y, s.deep, s.rounds, C, rng) if C else boost(x, y, s.deep, s.rounds, s.rate, rng)
    ),
    "k-NN": lambda x, y, s, C, rng: nearest(x, y, s.k, C),
    "linear": lambda x, y, s, C, rng: linear(x, y, C),
    "stacking": lambda x, y, s, C, rng: stacking(x, y, s.deep, s.k, C, rng),
}
STAGED = ("bagged shallow", "boosted shallow", "bagged deep", "boosted deep")
# </script>
