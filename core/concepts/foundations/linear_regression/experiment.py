"""One least-squares problem, solved in every way, and the paths of two penalties."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from sklearn.linear_model import lasso_path

from core.concepts.foundations.linear_regression.data import load, measurements
from core.concepts.foundations.linear_regression.descent import (
    descend,
    descend_in_batches,
    three_gradients,
    try_rates,
)
from core.concepts.foundations.linear_regression.result import Result
from core.concepts.foundations.linear_regression.settings import STRENGTHS, Settings

PATH = np.geomspace(STRENGTHS[0], STRENGTHS[-1], 60)


def run(settings: Settings, own: bytes | None = None) -> Result:
    """Everything at once: it is quick."""
    s = settings
    rows = load(s, own)
    A, y = rows.design, rows.y
    exact = np.linalg.lstsq(A, y, rcond=None)[0]
    normal = np.linalg.solve(A.T @ A, A.T @ y)
    ordinary = np.linalg.lstsq(A[~rows.odd], y[~rows.odd], rcond=None)[0]
    eigenvalues, eigenvectors = np.linalg.eigh(2 / len(y) * A.T @ A)
    way, errors = descend_in_batches(A, y, exact, s.lr, s.batch, s.epochs, range(s.seed, s.seed + s.seeds))
    rates, growth, grew = _trial(s.data, s.scaling, s.outliers, s.across, s.height, s.seed, own)
    return Result(
        s, (*rows.names, "intercept"), rows.x, y, rows.odd, rows.shift, rows.scale, exact, ordinary,
        float(np.abs(normal - exact).max()), eigenvalues, eigenvectors, descend(A, y, s.lr, s.epochs), way, errors,
        rates, growth, grew, three_gradients(A, y),
        *_penalties(s.strength),
    )  # fmt: skip


@lru_cache(maxsize=32)
def _trial(
    data: str, scaling: str, outliers: int, across: float, height: float, seed: int, own: bytes | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rates around the limit; kept by what they depend on, so that the sliders of the descent train none of them."""
    place: dict[str, Any] = {"outliers": outliers, "across": across, "height": height}
    digest = "" if own is None else "own"
    rows = load(Settings(data=data, scaling=scaling, seed=seed, epochs=1, batch=442, own=digest, **place), own)
    A, y = rows.design, rows.y
    least = float(((A @ np.linalg.lstsq(A, y, rcond=None)[0] - y) ** 2).mean())
    return try_rates(A, y, float(2 / np.linalg.eigvalsh(2 / len(y) * A.T @ A)[-1]), least)


@lru_cache(maxsize=32)
def _penalties(
    strength: float,
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Names, strengths, ridge and lasso weights along them, and at the chosen strength.

    Both add to the mean squared error: ridge strength·|w|², lasso strength·|w|₁, whose half scikit-learn calls alpha.
    """
    x, y, names = measurements()
    n, d = x.shape
    ridges = [np.linalg.solve(x.T @ x + n * each * np.eye(d), x.T @ y) for each in (*PATH, strength)]
    strengths = np.r_[PATH, strength]
    order = np.argsort(-strengths)
    lassos = np.empty((len(strengths), d))
    lassos[order] = lasso_path(x, y, alphas=strengths[order] / 2, tol=1e-8)[1].T
    return names, PATH, np.stack(ridges[:-1]), lassos[:-1], ridges[-1], lassos[-1]
