"""A scaler that has seen the test rows: nearest neighbour on many random splits of a table."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from core.concepts.foundations.feature_scaling.result import Leak
from core.concepts.foundations.feature_scaling.settings import SCALINGS
from core.concepts.foundations.feature_scaling.tables import fit_scaler, table

SPLITS, TESTED = 100, 60


@lru_cache(maxsize=32)
def leaks(data: str, rows: int, seed: int) -> Leak:
    """Test accuracy of the nearest of `rows` training rows, each split with the scaler fitted honestly and on all rows."""
    x, y = classes(data)
    everything = {name: fit_scaler(x, name) for name in SCALINGS}
    honest: dict[str, list[float]] = {name: [] for name in SCALINGS}
    leaking: dict[str, list[float]] = {name: [] for name in SCALINGS}
    for split in range(SPLITS):
        order = np.random.default_rng([seed, split, rows]).permutation(len(y))
        train, test = order[:rows], order[rows : rows + TESTED]
        for name in SCALINGS:
            for fitted, into in ((fit_scaler(x[train], name), honest), (everything[name], leaking)):
                into[name].append(accuracy(x, y, train, test, *fitted))
    one, two = ({name: np.array(scores) for name, scores in part.items()} for part in (honest, leaking))
    return Leak(one, two, TESTED)


def accuracy(
    x: np.ndarray, y: np.ndarray, train: np.ndarray, test: np.ndarray, centre: np.ndarray, spread: np.ndarray
) -> float:
    """Share of the test rows whose nearest training row, after scaling, has the same class."""
    a, b = (x[train] - centre) / spread, (x[test] - centre) / spread
    distance = (a**2).sum(1) - 2 * b @ a.T  # (tests, rows), squared and less the same for every training row
    return float((y[train][distance.argmin(1)] == y[test]).mean())


def classes(data: str) -> tuple[np.ndarray, np.ndarray]:
    """The rows of a table and their classes; of a table of numbers, whether they lie above the median."""
    x, y, _ = table(data)
    return x, (y > np.median(y)).astype(int) if data == "diabetes" else y.astype(int)
