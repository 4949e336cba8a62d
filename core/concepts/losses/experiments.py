"""The two experiments of the losses page: one line under outliers, one classifier under wrong labels.

Nothing here depends on which losses there are: each experiment is given them as name -> function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from scipy.optimize import linprog
from torch import Tensor, nn

from core.data.points import moons
from core.engine.optimizers import Coefficients, State, adam
from core.engine.stack import stack

Losses = Mapping[str, Callable[[Tensor], Tensor]]
SLOPE, INTERCEPT = 1.0, 2.0  # of the true line, x from 0 to 10

# family -> title, and the controls: (name, label, low, high, step, help)
Control = tuple[str, str, float, float, float, str]
SEEDS: tuple[Control, ...] = (
    ("seeds", "Seeds", 2, 16, 1, "Draws of the data and, for a network, starts"),
    ("seed", "First seed", 0, 9999, 1, "What luck starts from"),
)
EXPERIMENTS: dict[str, tuple[str, tuple[Control, ...]]] = {
    "regression": ("One line, fitted with each of them to the same points", (
        ("outliers", "Outliers", 0, 10, 1, "How many points are moved: those nearest the place chosen"),
        ("height", "Lifted by", -100.0, 100.0, 1.0, "How far, in the unit of y; the noise is about 1"),
        ("where", "Where (x)", 0.0, 10.0, 0.5, "At the end of the line an outlier has the longest lever"),
        ("noise", "Noise", 0.0, 5.0, 0.1, "Standard deviation of the ordinary points around the line"),
        ("points", "Points", 10, 100, 5, "In all, outliers included"), *SEEDS,
    )),
    "classification": ("One classifier, trained with each of them on partly wrong labels", (
        ("flips", "Share of wrong labels", 0.0, 0.5, 0.05, "Of the training labels, both classes alike"),
        ("examples", "Training examples", 20, 150, 10, "Points of two moons"),
        ("width", "Hidden neurons", 0, 32, 4, "0 draws a straight line, which can learn little by heart"),
        ("steps", "Steps", 1, 200, 1, "Of Adam on all examples at once, learning rate 0.03"), *SEEDS,
    )),
}  # fmt: skip


@dataclass(frozen=True)
class Points:
    """x, y: (seeds, n). odd: (seeds, n) bool, the outliers."""

    x: np.ndarray
    y: np.ndarray
    odd: np.ndarray


def draw_points(
    seeds: int, seed: int, n: int, noise: float, outliers: int, height: float, where: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y and which are outliers, each (seeds, n). The draws depend on the seed alone, so other outliers leave the rest as it is."""
    x, y = np.empty((2, seeds, n))
    for k in range(seeds):
        rng = np.random.default_rng(seed + k)
        x[k] = rng.uniform(0, 10, n)
        y[k] = SLOPE * x[k] + INTERCEPT + noise * rng.standard_normal(n)
    odd = np.argsort(np.argsort(np.abs(x - where), axis=1), axis=1) < outliers
    return x, y + height * odd, odd


def fit_lines(loss: Callable[[Tensor], Tensor], x: np.ndarray, y: np.ndarray, rounds: int = 300) -> np.ndarray:
    """The lines that minimise the summed loss of the residuals: x, y (S, n) -> (S, 2) slopes and intercepts.

    Iteratively reweighted least squares (Holland and Welsch, 1977), for losses that are smooth at 0: an example's pull loss'(e) is
    written w·e, and least squares with weights w are solved again and again until nothing moves.
    """
    A = torch.stack([torch.tensor(x), torch.ones(x.shape, dtype=torch.float64)], -1)  # (S, n, 2)
    target = torch.tensor(y)[..., None]  # (S, n, 1)
    theta = torch.zeros(len(x), 2, 1, dtype=torch.float64)
    for _ in range(rounds):
        e = (A @ theta - target).abs().clamp(min=1e-7).requires_grad_()  # (S, n, 1)
        w = torch.autograd.grad(loss(e).sum(), e)[0] / e.detach()
        new = torch.linalg.solve(A.mT @ (w * A), A.mT @ (w * target))
        moved, theta = float((new - theta).abs().max()), new
        if moved < 1e-9:
            break
    return theta[..., 0].numpy()


def fit_quantile_lines(q: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The lines of least quantile loss, MAE at q = 1/2: x, y (S, n) -> (S, 2). A kink at 0 wants a linear programme
    (Koenker, 1978): least q·up + (1-q)·down with y = slope·x + intercept + up - down."""
    found, n = [], x.shape[1]
    cost, bounds = np.r_[0, 0, np.full(n, q), np.full(n, 1 - q)], [(None, None)] * 2 + [(0, None)] * (2 * n)
    for a, b in zip(x, y, strict=True):
        A = np.hstack([np.c_[a, np.ones(n)], np.eye(n), -np.eye(n)])  # (n, 2 + 2n)
        found.append(linprog(cost, A_eq=A, b_eq=b, bounds=bounds).x[:2])
    return np.array(found)


def lines(losses: Losses, quantiles: Mapping[str, float], points: Points, seed: int) -> pd.DataFrame:
    """Every loss, and every quantile loss name -> q, fitted to the same points of every seed: name, seed, slope, intercept, error (slope minus true slope), off (its
    size), below (share of the points under the line)."""
    frames, x, y = [], points.x, points.y
    for name, loss in losses.items():
        theta = fit_quantile_lines(quantiles[name], x, y) if name in quantiles else fit_lines(loss, x, y)
        slope, intercept = theta.T  # (S,), (S,)
        below = (y < slope[:, None] * x + intercept[:, None] - 1e-6).mean(1)  # not those on the line
        error = slope - SLOPE
        columns = {"seed": seed + np.arange(len(slope)), "slope": slope, "intercept": intercept}
        frames.append(pd.DataFrame({"name": name, **columns, "error": error, "off": np.abs(error), "below": below}))
    return pd.concat(frames)


def noisy_moons(examples: int, flips: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two moons: x (n, 2), labels -1 or 1 (n,), and which share of them was then turned over, bool (n,)."""
    x, y = moons(examples, 0.2, seed)
    rng = np.random.default_rng([seed, 1])
    wrong = np.zeros(examples, bool)
    wrong[rng.permutation(examples)[: round(flips * examples)]] = True
    sign = (2.0 * y - 1).astype(np.float32)
    return x, np.where(wrong, -sign, sign).astype(np.float32), wrong


def network(width: int) -> nn.Sequential:
    return (
        nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, 1)) if width else nn.Sequential(nn.Linear(2, 1))
    )


def label_noise(
    losses: Losses, examples: int, flips: float, width: int, steps: int, seeds: int, seed: int
) -> pd.DataFrame:
    """Train a classifier with every loss on wrong labels, losses x seeds models in one stack: name, seed, accuracy (on clean test
    points), memorised (share of the wrong training labels that the model repeats).

    Models of one seed share start, data and wrong labels, so their differences are paired.
    """
    drawn = [noisy_moons(examples, flips, seed + k) for k in range(seeds)]
    clean = [noisy_moons(500, 0.0, seed + k + 50_000) for k in range(seeds)]  # points that no seed trains on
    x, y, wrong, test, truth = (
        torch.tensor(np.stack([d[i] for d in source]))  # (S, n, ...)
        for source, i in ((drawn, 0), (drawn, 1), (drawn, 2), (clean, 0), (clean, 1))
    )
    models = stack(lambda: network(width), [seed + k for _ in losses for k in range(seeds)])  # loss by loss
    L, state = len(losses), State()

    def every(t: Tensor) -> Tensor:  # (S, ...) -> (L*S, ...)
        return t.repeat(L, *[1] * (t.dim() - 1))

    inputs, labels = every(x), every(y)
    lr = torch.full((models.K, 1), 0.03)
    for step in range(1, steps + 1):
        margins = (labels * models(inputs)[..., 0]).split(seeds)  # L pieces of (S, n)
        models.backward(torch.cat([loss(m) for loss, m in zip(losses.values(), margins, strict=True)]))
        with torch.no_grad():
            adam(models.theta, models.grad, state, Coefficients(lr, lr, None, step))  # Adam takes no momentum
    with torch.no_grad():
        right = (models(every(test))[..., 0] * every(truth) > 0).float().mean(1)  # (L*S,)
        repeats = (models(inputs)[..., 0] * labels > 0) & every(wrong)
        memorised = repeats.sum(1) / every(wrong).sum(1)  # NaN when no label is wrong
    names = np.repeat(list(losses), seeds)
    return pd.DataFrame({"name": names, "seed": list(models.seeds), "accuracy": right, "memorised": memorised})
