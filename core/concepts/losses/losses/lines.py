"""One line, fitted with every regression loss to points with outliers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import torch
from scipy.optimize import linprog
from torch import Tensor

from core.concepts.losses.losses.result import Points
from core.concepts.losses.losses.settings import INTERCEPT, SLOPE, Settings

Losses = Mapping[str, Callable[[Tensor], Tensor]]


def draw_points(settings: Settings) -> Points:
    """Points around the true line; the `outliers` of them nearest to `where` are lifted by `height`. The random numbers
    depend on the seed alone, so other outliers leave the rest as it is."""
    s = settings
    x = np.empty((s.seeds, s.points))
    y = np.empty((s.seeds, s.points))
    for k in range(s.seeds):
        rng = np.random.default_rng(s.seed + k)
        x[k] = rng.uniform(0, 10, s.points)
        y[k] = SLOPE * x[k] + INTERCEPT + s.noise * rng.standard_normal(s.points)
    odd = np.argsort(np.argsort(np.abs(x - s.where), axis=1), axis=1) < s.outliers
    return Points(x, y + s.height * odd, odd)


def fit_lines(loss: Callable[[Tensor], Tensor], x: np.ndarray, y: np.ndarray, rounds: int = 300) -> np.ndarray:
    """The lines that minimise the summed loss of the residuals: x, y (S, n) -> (S, 2) slopes and intercepts.

    Iteratively reweighted least squares (Holland and Welsch, 1977), for losses that are smooth at 0: the gradient loss'(e) is
    written as w·e, and least squares with the weights w are solved again and again until nothing moves.
    """
    A = torch.stack([torch.tensor(x), torch.ones(x.shape, dtype=torch.float64)], -1)  # (S, n, 2)
    target = torch.tensor(y)[..., None]  # (S, n, 1)
    theta = torch.zeros(len(x), 2, 1, dtype=torch.float64)
    for _ in range(rounds):
        e = (A @ theta - target).abs().clamp(min=1e-7).requires_grad_()  # (S, n, 1)
        w = torch.autograd.grad(loss(e).sum(), e)[0] / e.detach()
        new = torch.linalg.solve(A.mT @ (w * A), A.mT @ (w * target))
        moved = float((new - theta).abs().max())
        theta = new
        if moved < 1e-9:
            break
    return theta[..., 0].numpy()


def fit_quantile_lines(q: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The lines of least quantile loss, MAE at q = 1/2: x, y (S, n) -> (S, 2). Its kink at 0 needs a linear programme
    (Koenker and Bassett, 1978): minimise q·up + (1-q)·down with y = slope·x + intercept + up - down."""
    n = x.shape[1]
    cost = np.r_[0, 0, np.full(n, q), np.full(n, 1 - q)]
    bounds = [(None, None)] * 2 + [(0, None)] * (2 * n)
    found = []
    for a, b in zip(x, y, strict=True):
        A = np.hstack([np.c_[a, np.ones(n)], np.eye(n), -np.eye(n)])  # (n, 2 + 2n)
        found.append(linprog(cost, A_eq=A, b_eq=b, bounds=bounds).x[:2])
    return np.array(found)


def fit_every_loss(losses: Losses, quantiles: Mapping[str, float], points: Points, seed: int) -> pd.DataFrame:
    """The scores of a Result: every loss fitted to the same points of every seed. quantiles: q of the losses that are
    quantile losses; seed: the first one."""
    frames = []
    x = points.x
    y = points.y
    for name, loss in losses.items():
        theta = fit_quantile_lines(quantiles[name], x, y) if name in quantiles else fit_lines(loss, x, y)
        slope, intercept = theta.T  # (S,) each
        below = (y < slope[:, None] * x + intercept[:, None] - 1e-6).mean(1)  # without the points on the line
        error = slope - SLOPE
        columns = {"seed": seed + np.arange(len(slope)), "slope": slope, "intercept": intercept}
        frames.append(pd.DataFrame({"name": name, **columns, "error": error, "off": np.abs(error), "below": below}))
    return pd.concat(frames, ignore_index=True)
