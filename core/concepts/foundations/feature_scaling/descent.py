"""Gradient descent on least squares: how many steps it takes by the formula, and as it runs.

Along the eigenvector i of the Hessian the error shrinks by 1 - l_i / l_max at each step, so what is left of the excess loss
after t steps is a sum of as many terms as there are weights. That is how steps up to 1e12 can be counted.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
import torch

from core.concepts.foundations.feature_scaling.result import TARGET, Ridge, Slope
from core.concepts.foundations.feature_scaling.settings import FEATURES, SCALINGS, TABLES
from core.concepts.foundations.feature_scaling.tables import scaled, table

STRETCHINGS, DECADES = 100, 0.75  # each factor lies between 10^-DECADES and 10^DECADES
MOST = 3000  # steps that a stretched problem is given


def slope(x: np.ndarray, y: np.ndarray, penalty: float = 0.0, constant: bool = True) -> Slope:
    """Mean squared error of a linear model of x (n, d), and a constant, plus a penalty on the squares of the d weights."""
    design, target = augmented(x, y, penalty)
    design = design if constant else design[:, :-1]
    u, s, v = np.linalg.svd(design, full_matrices=False)
    along = u.T @ target  # the target along each direction
    terms = along**2 / (along**2).sum()
    condition = float((s[0] / s[-1]) ** 2)
    problem = Slope(condition, np.nan, v.T @ (along / s), 2 / len(x) * design.T @ design, terms, (s / s[0]) ** 2)
    return replace(problem, steps=arrival(problem))


def augmented(x: np.ndarray, y: np.ndarray, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """The rows of x with a constant, and the standardised target; a penalty is as many rows more as there are features."""
    n, d = x.shape
    design, target = np.column_stack([x, np.ones(n)]), (y - y.mean()) / y.std()
    if penalty:
        design = np.vstack([design, np.sqrt(n * penalty) * np.eye(d, d + 1)])
        target = np.concatenate([target, np.zeros(d)])
    return design, target


def arrival(problem: Slope) -> float:
    """The first step after which the excess loss is TARGET of what it was."""
    low, high = 0.0, 1.0
    while problem.excess(np.array([high]))[0] > TARGET:
        low, high = high, 2 * high
    while high - low > max(1.0, 1e-12 * high):
        middle = np.floor((low + high) / 2)
        low, high = (low, middle) if problem.excess(np.array([middle]))[0] <= TARGET else (middle, high)
    return float(high)


def descend(problem: Slope, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Gradient descent as it runs from 0: the weights (steps + 1, d + 1), and the share of the excess loss (steps + 1,)."""
    rate = 1 / np.linalg.eigvalsh(problem.hessian)[-1]
    path = np.zeros((steps + 1, len(problem.best)))
    for t in range(steps):
        path[t + 1] = path[t] - rate * problem.hessian @ (path[t] - problem.best)
    off = path - problem.best
    excess = np.einsum("ti,ij,tj->t", off, problem.hessian, off)
    return path, excess / excess[0]


@lru_cache(maxsize=32)
def stretched(data: str, a: int, b: int, seed: int) -> pd.DataFrame:
    """Gradient descent on two z-scored features, each stretched by a random factor: STRETCHINGS problems in one stack. The
    best constant is 0 for all of them, so it is left out."""
    x, y, _ = table(data)
    base = scaled(x[:, [a, b]], "z-score")
    factors = 10 ** np.random.default_rng(seed).uniform(-DECADES, DECADES, (STRETCHINGS, 2))
    problems = [slope(base * factor, y, constant=False) for factor in factors]
    hessian = torch.tensor(np.stack([p.hessian for p in problems]))  # (K, 2, 2)
    error = -torch.tensor(np.stack([p.best for p in problems]))[:, :, None]  # (K, 2, 1) weights less the best ones
    rate = 1 / torch.linalg.eigvalsh(hessian)[:, -1, None, None]
    excess = []
    for _ in range(MOST + 1):
        gradient = torch.bmm(hessian, error)
        excess.append((error * gradient).sum((1, 2)))
        if len(excess) % 100 == 1 and bool((excess[-1] <= TARGET * excess[0]).all()):
            break
        error = error - rate * gradient
    there = (torch.stack(excess) <= TARGET * excess[0]).numpy()  # (T, K)
    steps = np.where(there.any(0), there.argmax(0), -1)
    formula = [p.steps for p in problems]
    return pd.DataFrame({"condition": [p.condition for p in problems], "steps": steps, "formula": formula})


@lru_cache
def all_pairs() -> pd.DataFrame:
    """Condition number and steps of every pair of the first features of every table, in every scaling."""
    rows = []
    for data in TABLES:
        x, y, _ = table(data)
        for scaling in SCALINGS:
            columns = scaled(x[:, :FEATURES], scaling)
            for a, b in itertools.combinations(range(FEATURES), 2):
                found = slope(columns[:, [a, b]], y)
                rows.append((data, a + 1, b + 1, scaling, found.condition, found.steps))
    return pd.DataFrame(rows, columns=["data", "a", "b", "scaling", "condition", "steps"])


@lru_cache
def whole(data: str) -> pd.DataFrame:
    """The same with all features of a table."""
    x, y, _ = table(data)
    found = {name: slope(scaled(x, name), y) for name in SCALINGS}
    rows = [(name, s.condition, s.steps) for name, s in found.items()]
    return pd.DataFrame(rows, columns=["scaling", "condition", "steps"])


def ridge(x: np.ndarray, y: np.ndarray, scaling: str, penalty: float) -> dict[str, Ridge]:
    """What scaling, a penalty and both change."""
    design = {name: np.column_stack([scaled(x, name), np.ones(len(x))]) for name in ("raw", scaling)}
    found = {}
    plain = design["raw"] @ slope(x, y).best
    for name, kind, strength in (
        ("nothing", "raw", 0.0), ("scaling", scaling, 0.0), ("penalty", "raw", penalty), ("both", scaling, penalty),
    ):  # fmt: skip
        problem = slope(scaled(x, kind), y, strength)
        moved = float(np.abs(design[kind] @ problem.best - plain).max())
        found[name] = Ridge(problem.condition, problem.steps, moved)
    return found
