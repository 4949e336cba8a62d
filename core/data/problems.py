"""What is learned: a truth, test points on which it is known, and as many training sets as one asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.data.functions import FUNCTIONS, KNOWN, inputs, posterior
from core.data.points import POINTS
from core.data.tables import TABLES, load

REGRESSION = tuple(FUNCTIONS)
NAMES = (*REGRESSION, *KNOWN, *TABLES)
DRAWS = ("new", "noise", "bootstrap")
POINTS_TESTED = 1000  # where the points are made
LINE, GRID = 81, 40  # points of a drawn line, and along each side of a drawn field

TrainingSet = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Problem:
    """best (T,): the best prediction at the test points `test` (T, d): f(x), or the number of the most probable class. noise
    (T,): the variance of y around it, or the probability of another class; zeros where it is not known. drawn: (L, d)
    points of the pictures: a line (friedman: along x1, the others 0) or the GRID x GRID points of `axes`.

    draw(r): training set r, x (n, d) float32 and y (n,). label(rng): y of the test points, noise and all.
    """

    classes: tuple[str, ...]  # () for regression
    test: np.ndarray
    best: np.ndarray
    noise: np.ndarray
    drawn: np.ndarray
    draw: Callable[[int], TrainingSet]
    label: Callable[[np.random.Generator], np.ndarray]
    n: int  # rows of a training set
    pool: int  # rows it is drawn from; 0: made anew
    axes: tuple[np.ndarray, np.ndarray] | None = None
    curve: np.ndarray | None = None  # (L,) f at the points of the drawn line


def problem(s: Any) -> Problem:
    """What settings s ask for: s.data, s.n, s.noise, s.draws and s.seed."""
    if s.data in FUNCTIONS:
        return _function(s)
    return _points(s) if s.data in KNOWN else _table(s)


def _rng(s: Any, *purpose: int) -> np.random.Generator:
    return np.random.default_rng([s.seed, *purpose])


def _sets(
    s: Any,
    make: Callable[[np.random.Generator], TrainingSet],
    anew: Callable[..., np.ndarray],
    pool: TrainingSet | None = None,
    n: int = 0,
) -> Callable[[int], TrainingSet]:
    """Training set r: all of it new, the first one with its noise drawn anew, or a bootstrap draw of the first, or of the `pool`
    where there is one, n rows of it."""
    x, y = make(_rng(s, 0))

    def draw(r: int) -> TrainingSet:
        rng = _rng(s, 1, r)
        if s.draws == "new":
            return make(rng)
        if s.draws == "noise":
            return x, anew(x, rng)
        from_x, from_y = pool or (x, y)
        rows = rng.integers(len(from_y), size=n or len(from_y))
        return from_x[rows], from_y[rows]

    return draw


def _function(s: Any) -> Problem:
    f, d = FUNCTIONS[s.data], inputs(s.data)
    line = np.zeros((LINE, d))
    line[:, 0] = np.linspace(-1, 1, LINE)
    evenly = ((2 * np.arange(200) + 1) / 200 - 1)[:, None]  # each in the middle of its share
    test = evenly if d == 1 else _rng(s, 2).uniform(-1, 1, (POINTS_TESTED, d))
    test, line = test.astype(np.float32), line.astype(np.float32)

    def noisy(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        y: np.ndarray = f(x.astype(float)) + s.noise * rng.standard_normal(len(x))
        return y

    def make(rng: np.random.Generator) -> TrainingSet:
        x = rng.uniform(-1, 1, (s.n, d)).astype(np.float32)
        return x, noisy(x, rng)

    best, spread, draw = f(test.astype(float)), np.full(len(test), s.noise**2), _sets(s, make, noisy)
    curve = f(line.astype(float))
    return Problem((), test, best, spread, line, draw, lambda rng: noisy(test, rng), s.n, 0, curve=curve)


def _points(s: Any) -> Problem:
    def labels(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return (rng.random(len(x)) < posterior(s.data, x, s.noise)).astype(np.int64)

    def make(rng: np.random.Generator) -> TrainingSet:
        return POINTS[s.data](s.n, s.noise, int(rng.integers(2**31)))

    test, _ = POINTS[s.data](POINTS_TESTED, s.noise, int(_rng(s, 2).integers(2**31)))
    p = posterior(s.data, test, s.noise)
    margin = 0.08 * np.ptp(test, 0)
    a, b = (np.linspace(test[:, i].min() - margin[i], test[:, i].max() + margin[i], GRID) for i in (0, 1))
    grid = np.stack(np.meshgrid(a, b), -1).reshape(-1, 2).astype(np.float32)

    def anew(rng: np.random.Generator) -> np.ndarray:
        return (rng.random(len(p)) < p).astype(np.int64)

    best = (p > 0.5).astype(np.int64)
    draw = _sets(s, make, labels)
    return Problem(("0", "1"), test, best, np.minimum(p, 1 - p), grid, draw, anew, s.n, 0, (a, b))


def _table(s: Any) -> Problem:
    """Training sets come from the training rows, the test points are the validation rows, the table's test rows are left
    alone. Measured in spreads of the pool, so that no column drowns another."""
    table = load(s.data, seed=s.seed)
    x, y = table.train
    centre, scale = x.mean(0), x.std(0) + 1e-6
    x, test = (((rows - centre) / scale).astype(np.float32) for rows in (x, table.validation.x))
    best, n = table.validation.y, min(s.n, len(y) // 2)  # two halves of the pool can still be different rows

    def make(rng: np.random.Generator) -> TrainingSet:
        rows = rng.choice(len(y), n, replace=False)
        return x[rows], y[rows]

    draw = _sets(s, make, lambda x, rng: best, (x, y), n)  # never with "noise"
    none = np.zeros(len(best))
    return Problem(table.classes, test, best, none, test[:0], draw, lambda rng: best, n, len(y))
