"""The members of a bagged vote: trees grown one by one, or networks trained all at once as one stack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.tree import DecisionTreeClassifier
from torch import nn

from core.engine import device
from core.engine.fit import Recipe, fit_each
from core.engine.stack import Stack, stack

FEATURES: dict[str, str | int | None] = {"all": None, "sqrt": "sqrt", "one": 1}  # as max_features takes it
HIDDEN, STEPS, BATCH, LR = 32, 600, 20, 0.01  # of a network: two hidden layers, steps of Adam


@dataclass(frozen=True)
class Member:
    """counts: (n,) how often it drew each training row. says: name -> its answers to those rows, (rows,) uint8."""

    counts: np.ndarray
    says: dict[str, np.ndarray]
    importances: np.ndarray | None = None


def draw_size(settings: Any, n: int) -> int:
    """How many rows a draw from n takes."""
    return max(1, round(float(settings.draw) * n))


def bootstrap(rng: np.random.Generator, n: int, size: int) -> np.ndarray:
    """How many times each of n rows comes up in `size` draws with replacement: (n,)."""
    return np.bincount(rng.integers(n, size=size), minlength=n)


def grow(x: np.ndarray, y: np.ndarray, counts: np.ndarray, s: Any, state: int) -> DecisionTreeClassifier:
    """A tree on the drawn rows; a row drawn twice counts twice, which is the same as being there twice."""
    tree = DecisionTreeClassifier(max_depth=s.depth or None, max_features=FEATURES[s.features], random_state=state)
    return tree.fit(x, y, sample_weight=counts.astype(float))


def answer(tree: DecisionTreeClassifier, x: np.ndarray) -> np.ndarray:
    """The class of each row: (n,) uint8. As tree.predict, without its checks."""
    return tree.tree_.predict(x).argmax(1).astype(np.uint8)  # type: ignore[no-any-return]


Asked = dict[str, np.ndarray]  # name -> rows (n, d) that every member is asked about


def trees(s: Any, x: np.ndarray, y: np.ndarray, size: int, seed: int, asked: Asked) -> Iterator[Member | float]:
    """First the tree on all rows, then s.trees on a draw each."""
    one = DecisionTreeClassifier(max_depth=s.depth or None, random_state=seed).fit(x, y)
    yield Member(np.ones(len(y), int), {name: answer(one, rows) for name, rows in asked.items()})
    rng = np.random.default_rng(seed)
    for _ in range(s.trees):
        counts = bootstrap(rng, len(y), size)
        tree = grow(x, y, counts, s, int(rng.integers(2**31)))
        says = {name: answer(tree, rows) for name, rows in asked.items()}
        yield Member(counts, says, tree.feature_importances_)


def network(features: int, classes: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(features, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, classes)
    )


def networks(s: Any, x: np.ndarray, y: np.ndarray, size: int, seed: int, asked: Asked) -> Iterator[Member | float]:
    """The same of networks, member m starting from seed 1000 * seed + m: one on all rows, then one stack of s.trees, each on
    its draw. Yields the share of the steps done until the members are there."""
    rng, n, C, where = np.random.default_rng(seed), len(y), int(y.max()) + 1, device.pick()
    drawn = np.sort(rng.integers(n, size=(s.trees, size)), axis=1)  # the rows of each member
    mean, spread = x.mean(0), x.std(0) + 1e-6
    scaled = {name: torch.tensor((rows - mean) / spread, device=where) for name, rows in asked.items()}
    rows_x, rows_y = torch.tensor((x - mean) / spread, device=where), torch.tensor(y, device=where)
    for members, rows in ((range(1), np.arange(n)[None]), (range(1, s.trees + 1), drawn)):
        models = stack(lambda: network(x.shape[1], C), [1000 * seed + m for m in members], where)
        epochs = -(-STEPS // max(1, rows.shape[1] // BATCH))
        recipe = Recipe("Adam", lr=LR, batch=min(BATCH, rows.shape[1]), epochs=epochs)
        for done in fit_each(models, rows_x[rows], rows_y[rows], recipe):
            yield 0.05 * done if len(rows) == 1 else 0.05 + 0.95 * done
        says = {name: _answers(models, part) for name, part in scaled.items()}
        for k in range(len(rows)):
            yield Member(np.bincount(rows[k], minlength=n), {name: said[k] for name, said in says.items()})


def _answers(models: Stack, x: torch.Tensor) -> np.ndarray:
    """(K, rows), some rows at a time so that memory stays small."""
    with torch.no_grad():
        parts = [models.shared(rows).argmax(2).to(torch.uint8).cpu() for rows in x.split(1000)]
    return torch.cat(parts, 1).numpy()


LEARNERS = {"tree": trees, "network": networks}
