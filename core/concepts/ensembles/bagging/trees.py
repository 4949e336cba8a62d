"""Members that are decision trees, grown one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from core.concepts.ensembles.bagging.settings import Settings

MAX_FEATURES: dict[str, str | int | None] = {"all": None, "sqrt": "sqrt", "one": 1}  # as scikit-learn takes it


@dataclass(frozen=True)
class Member:
    """A tree or network that has been trained."""

    counts: np.ndarray  # (n,) how often it drew each training row
    predictions: dict[str, np.ndarray]  # name of some rows -> the classes it predicts for them, uint8
    importances: np.ndarray | None = None  # (features,) of a tree


# What every member predicts: name -> rows (rows, features).
Inputs = dict[str, np.ndarray]
# The share of the work of a seed that is done, and a member where one has just been finished.
Progress = tuple[float, Member | None]


def bootstrap(rng: np.random.Generator, n: int, size: int) -> np.ndarray:
    """How many times each of n rows comes up in `size` draws with replacement: (n,)."""
    return np.bincount(rng.integers(n, size=size), minlength=n)


def grow(x: np.ndarray, y: np.ndarray, counts: np.ndarray, s: Settings, state: int) -> DecisionTreeClassifier:
    """A tree grown on the rows that were drawn. A row drawn twice has weight 2, which equals two copies of it."""
    features = MAX_FEATURES[s.features]
    tree = DecisionTreeClassifier(max_depth=s.depth or None, max_features=features, random_state=state)
    return tree.fit(x, y, sample_weight=counts.astype(float))


def predict(tree: DecisionTreeClassifier, x: np.ndarray) -> np.ndarray:
    """The class of each row, (n,) uint8: tree.predict without its checks, which take longer than the prediction."""
    return tree.tree_.predict(x).argmax(1).astype(np.uint8)  # type: ignore[no-any-return]


def train_trees(s: Settings, x: np.ndarray, y: np.ndarray, seed: int, inputs: Inputs) -> Iterator[Progress]:
    """First the tree on all rows, with all features at every split, then s.trees members."""
    single = DecisionTreeClassifier(max_depth=s.depth or None, random_state=seed).fit(x, y)
    yield 0.0, Member(np.ones(len(y), int), {name: predict(single, rows) for name, rows in inputs.items()})
    rng = np.random.default_rng(seed)
    for m in range(s.trees):
        counts = bootstrap(rng, len(y), s.sample_size(len(y)))
        tree = grow(x, y, counts, s, int(rng.integers(2**31)))
        predictions = {name: predict(tree, rows) for name, rows in inputs.items()}
        yield (m + 1) / s.trees, Member(counts, predictions, tree.feature_importances_)
