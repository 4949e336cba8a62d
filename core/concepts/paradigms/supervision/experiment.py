"""Points with labels, with numbers, without either, and with a tree of labels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from sklearn.datasets import load_iris

from core.concepts.paradigms.supervision.decisions import answers, cost_matrix, expected, kinds, turning
from core.concepts.paradigms.supervision.networks import Learnt, Points, train
from core.concepts.paradigms.supervision.result import Clusters, Result, Tree
from core.concepts.paradigms.supervision.settings import GROUPS, KINDS, NUMBER_NOISE, PRICES, TEST, VALIDATION, Settings
from core.concepts.paradigms.supervision.unlabelled import cluster, label_worth
from core.data.drawn import scatter
from core.data.hierarchy import cloud_posterior, clouds
from core.data.points import plot_axes

SIDE = 120  # cells along each side of a field
Data = tuple[str, str, float, int, int, int]  # what the points depend on: data, strokes, noise, n, seeds, seed


def run(settings: Settings) -> Result:
    """Everything on the page. What does not depend on a setting that changed is kept."""
    s = settings
    made = s.data != "iris"
    key = (
        s.data,
        s.strokes if s.data == "drawn" else "",
        s.noise if made else 0.0,
        s.n if made else 0,
        s.seeds,
        s.seed,
    )
    training, _, test = points(key)
    learnt = learn(key, s.steps, s.calibrated)
    scale = np.sqrt(((test.number - learnt.number) ** 2).mean(1))
    base = np.sqrt(((test.number - training.number.mean(1, keepdims=True)) ** 2).mean(1))
    return Result(
        s, training.x[0], training.y[0], training.number[0], grid(key)[0], learnt.field.reshape(SIDE, SIDE, -1),
        learnt.surface.reshape(SIDE, SIDE), learnt.temperature, decide(s, test, learnt.p), scale, base,
        unlabelled(key, s.clusters), worth(key),
    )  # fmt: skip


@lru_cache(maxsize=16)
def points(key: Data) -> tuple[Points, Points, Points]:
    """Training, validation and test points of every seed."""
    data, strokes, noise, n, seeds, seed = key
    if data == "iris":
        return _iris(seeds, seed)
    sets = []
    for size, start in ((n, 0), (VALIDATION, 50_000), (TEST, 200_000)):
        drawn = []
        for k in range(seed + start, seed + start + seeds):
            x, y = clouds(size, noise, k) if data == "clouds" else scatter(strokes, size, noise, k, 4)
            wave = np.sin(2 * x[:, 0]) + np.cos(2 * x[:, 1])
            drawn.append((x, y, wave + NUMBER_NOISE * np.random.default_rng([k, 9]).standard_normal(size)))
        x, y, number = (np.stack(part) for part in zip(*drawn, strict=True))
        sets.append(Points(x, y, number.astype(np.float32)))
    return sets[0], sets[1], sets[2]


def _iris(seeds: int, seed: int) -> tuple[Points, Points, Points]:
    """Half of the flowers to learn from (a third of these to calibrate on) and half to test on, divided anew for every seed; their
    first two principal components, and the petal width as the number."""
    flowers, y = load_iris(return_X_y=True)
    centred = flowers - flowers.mean(0)
    x = (centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T / 2.5).astype(np.float32)
    orders = np.stack([np.random.default_rng([seed + k, 5]).permutation(len(x)) for k in range(seeds)])
    parts = (orders[:, :50], orders[:, 50:75], orders[:, 75:])
    train_, held, test = (Points(x[rows], y[rows], flowers[rows, 3].astype(np.float32)) for rows in parts)
    return train_, held, test


def whole(key: Data) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The points that are looked at without labels: x (n, 2), y (n,), and all that was measured of them (n, d)."""
    if key[0] == "iris":
        flowers, y = load_iris(return_X_y=True)
        centred = flowers - flowers.mean(0)
        x = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T / 2.5
        return x, y, flowers
    training = points(key)[0]
    return training.x[0].astype(float), training.y[0], training.x[0].astype(float)


@lru_cache(maxsize=16)
def grid(key: Data) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Axes of the fields, and their places (SIDE * SIDE, 2)."""
    axes = plot_axes(whole(key)[0], SIDE)
    return axes, np.stack(np.meshgrid(*axes), -1).reshape(-1, 2).astype(np.float32)


@lru_cache(maxsize=16)
def learn(key: Data, steps: int, calibrated: bool) -> Learnt:
    return train(points(key), len(GROUPS[key[0]]), steps, calibrated, key[-1], grid(key)[1])


@lru_cache(maxsize=16)
def unlabelled(key: Data, k: int) -> Clusters:
    x, y, full = whole(key)
    return cluster(x, y, np.asarray(GROUPS[key[0]])[y], full, k, key[-1], grid(key)[1].astype(float))


@lru_cache(maxsize=16)
def worth(key: Data) -> np.ndarray:
    training, _, test = points(key)
    return label_worth(training, test, key[-1])


def decide(s: Settings, test: Points, p: np.ndarray) -> Tree:
    """Answers to the test points under probabilities p (S, rows, C)."""
    groups = GROUPS[s.data]
    cost = cost_matrix(groups, s.far, s.near, s.inner, s.root)
    given = answers(p, cost)
    how = kinds(np.broadcast_to(test.y, given.shape), given, groups)
    shares = np.stack([(how == i).mean(2) for i in range(len(KINDS))], -1)
    turns = turning(p, groups, s.near)
    outside = np.isfinite(turns)
    turn = float(np.median(turns[outside])) if outside.any() else np.inf
    sweep = [cost_matrix(groups, far, s.near, s.inner, s.root) for far in PRICES]
    exact = None
    if s.data == "clouds":
        true = cloud_posterior(test.x.astype(float), s.noise)
        exact = np.take_along_axis(expected(true, cost), np.moveaxis(answers(true, cost), 0, -1), -1).mean(1).T
    return Tree(
        paid(given, test.y, cost), shares, (given[0] != given[1]).mean(1), outside.mean(1),
        turn,
        np.stack([paid(answers(p, each), test.y, each).mean(1) for each in sweep], 1), exact,
    )  # fmt: skip


def paid(given: np.ndarray, y: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """The mean cost (rules, S) of the answers given (rules, S, rows) where the classes are y (S, rows)."""
    return np.asarray(cost[y, given].mean(2))
