"""Rows assigned to folds, and how far the estimates of a quick learner vary over many data sets."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from core.concepts.generalization.validation.learners import LEARNERS
from core.concepts.generalization.validation.result import Folds, Spread
from core.concepts.generalization.validation.settings import Settings, way_of
from core.data.points import POINTS
from core.engine.random import key

SETS = 200  # data sets that the estimates are made on
FRESH = 400  # new rows that the learner of each data set is judged on
PART = 25  # data sets computed between two yields


def draw(data: str, count: int, noise: float, flips: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`count` independent rows x (count, 2) with classes y (count,), of which a share `flips` is drawn at random."""
    rng = np.random.default_rng(seed)
    x, y = POINTS[data](count, noise, seed)
    order = rng.permutation(count)
    x, y = x[order].astype(float), y[order]
    return x, np.where(rng.random(count) < flips, rng.integers(0, y.max() + 1, count), y)


def assign(n: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """A random fold for each of n rows (n,); no fold has more than one row more than another."""
    return np.asarray(rng.permutation(n) * k // n)


def ways(rows: int, k: int) -> dict[str, tuple[int, bool]]:
    """Ways of estimating: name -> (folds, whether only the first fold is held out)."""
    counts = sorted({2, 5, 10, k, rows})
    named = {way_of(f, rows): (f, False) for f in counts if f <= rows}
    return {f"hold-out 1/{k}": (k, True)} | named


def estimate(settings: Settings) -> Generator[None, None, tuple[Folds, Spread]]:
    """Computes the folds of the first data set, and every way of estimating on all SETS data sets; yields between parts."""
    s = settings
    x, y = draw(s.data, SETS * (s.rows + FRESH), s.noise, s.flips, s.seed)
    yield
    cut = SETS * s.rows
    known, labels = x[:cut].reshape(SETS, s.rows, 2), y[:cut].reshape(SETS, s.rows)
    new, truth = x[cut:].reshape(SETS, FRESH, 2), y[cut:].reshape(SETS, FRESH)
    learner = LEARNERS[s.learner]
    fold = assign(s.rows, s.k, np.random.default_rng(key(s.seed, "deal")))
    first = Folds(known[0], labels[0], fold, learner.left_out(known[:1], labels[:1], fold[None])[0])
    parts = [slice(start, start + PART) for start in range(0, SETS, PART)]
    estimates: dict[str, np.ndarray] = {}
    for name, (k, single) in ways(s.rows, s.k).items():
        rng = np.random.default_rng(key(s.seed, "deal"))
        scores = []
        for _ in range(2):  # the same rows, assigned twice
            folds = np.stack([assign(s.rows, k, rng) for _ in range(SETS)])
            right = np.zeros(folds.shape, bool)
            for part in parts:
                right[part] = learner.left_out(known[part], labels[part], folds[part]) == labels[part]
                yield
            held_out = folds == 0
            scores.append((right & held_out).sum(1) / held_out.sum(1) if single else right.mean(1))
        estimates[name] = np.stack(scores)
    accuracy = []
    for part in parts:
        accuracy.append((learner.fresh(known[part], labels[part], new[part]) == truth[part]).mean(1))
        yield
    return first, Spread(estimates, np.concatenate(accuracy))
