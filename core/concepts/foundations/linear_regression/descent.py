"""Least squares by small steps: gradient descent, minibatch SGD, and 32 learning rates as one stack."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from core.concepts.foundations.linear_regression.result import SCHEDULES, TRIAL
from core.engine.optimizers import Coefficients, sgd
from core.engine.stack import stack

HUGE = 1e12  # weights beyond this are lost
RATES = np.geomspace(0.5, 2, 32)  # as multiples of the limit
SHOWN = 400  # places along a path of SGD


def gradient(A: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Of the mean squared error |Aw - y|²/n: 2A'(Aw - y)/n."""
    slope: np.ndarray = 2 / len(y) * A.T @ (A @ w - y)
    return slope


def beginning(d: int) -> np.ndarray:
    """Where every way begins: all weights 0 and the intercept 1. From an intercept of 0 nothing would move along it where
    inputs and targets have mean 0, whatever the rate."""
    w: np.ndarray = np.eye(d)[-1]
    return w


def three_gradients(A: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(3, d) at the start: by the formula, by autograd, by central differences."""
    here = beginning(A.shape[1])
    w = torch.tensor(here, requires_grad=True)
    ((torch.from_numpy(A) @ w - torch.from_numpy(y)) ** 2).mean().backward()
    assert w.grad is not None
    steps = 1e-3 * np.eye(len(w))
    loss = lambda at: float(((A @ at - y) ** 2).mean())  # noqa: E731
    central = [(loss(here + step) - loss(here - step)) / 2e-3 for step in steps]
    return np.stack([gradient(A, y, here), w.grad.numpy(), np.array(central)])


@np.errstate(all="ignore")  # a path that diverges overflows
def descend(A: np.ndarray, y: np.ndarray, lr: float, steps: int) -> np.ndarray:
    """(steps + 1, d) weights of gradient descent. The gradient is Hw - b, with A'A and A'y computed once."""
    H, b = 2 / len(y) * A.T @ A, 2 / len(y) * A.T @ y
    w = np.empty((steps + 1, A.shape[1]))
    w[0] = beginning(A.shape[1])
    for t in range(steps):
        w[t + 1] = w[t] - lr * (H @ w[t] - b)
    return _bounded(w)


@np.errstate(all="ignore")
def descend_in_batches(
    A: np.ndarray, y: np.ndarray, exact: np.ndarray, lr: float, batch: int, epochs: int, seeds: range
) -> tuple[np.ndarray, np.ndarray]:
    """Minibatch SGD at a constant rate and at lr/(1 + epoch/5), for every seed: the way of the first seed (2, points, d), and
    the largest weight error after each epoch (2, seeds, epochs + 1). Both schedules of a seed see the same batches."""
    n, d = A.shape
    rngs = [np.random.default_rng([seed, 1]) for seed in seeds]
    w = np.tile(
        beginning(d)[:, None], (len(seeds), 1, len(SCHEDULES))
    )  # (seeds, d, 2): the two schedules are columns, for they see the same rows
    errors = np.empty((len(SCHEDULES), len(seeds), epochs + 1))
    errors[..., 0] = np.abs(beginning(d) - exact).max()
    way = [w[0].T.copy()]
    every = max(1, epochs * -(-n // batch) // SHOWN)
    step = 0
    for epoch in range(epochs):
        order = np.stack([rng.permutation(n) for rng in rngs])
        inputs, targets = A[order], y[order][..., None]
        turned = inputs.transpose(0, 2, 1)
        rates = np.array([lr, lr / (1 + epoch / 5)])
        for start in range(0, n, batch):
            residual = inputs[:, start : start + batch] @ w
            residual -= targets[:, start : start + batch]
            residual *= 2 * rates / residual.shape[1]
            w -= turned[:, :, start : start + batch] @ residual
            step += 1
            if step % every == 0:
                way.append(w[0].T.copy())
        w = _bounded(w)
        errors[..., epoch + 1] = np.abs(w - exact[:, None]).max(1).T
    return _bounded(np.stack(way, 1)), errors


def _bounded(w: np.ndarray) -> np.ndarray:
    return np.where(np.abs(w) < HUGE, w, np.nan)


def try_rates(A: np.ndarray, y: np.ndarray, limit: float, least: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradient descent at 32 rates around the limit, one stack of 32 linear layers: the rates, the excess loss after TRIAL
    steps as a share of that at the start, and whether it grew in the second half. least: the smallest loss there is."""
    rates = limit * RATES
    models = stack(lambda: nn.Sequential(nn.Linear(A.shape[1], 1, bias=False).double()), [0] * len(rates))
    with torch.no_grad():
        models.theta[:] = torch.from_numpy(beginning(A.shape[1]))
    x = torch.from_numpy(A).expand(len(rates), *A.shape)
    target = torch.from_numpy(y)
    lr = torch.from_numpy(rates)[:, None]
    excess = []
    for step in range(1, TRIAL + 2):
        losses = (models(x)[..., 0] - target) ** 2
        if step in (1, TRIAL // 2 + 1, TRIAL + 1):
            excess.append(losses.detach().mean(1).numpy() - least)
        models.backward(losses)
        with torch.no_grad():
            sgd(models.theta, models.grad, {}, Coefficients(lr, lr, None, step))
    start, middle, end = excess
    return rates, np.maximum(end, 0) / start, ~(end <= 1.01 * np.maximum(middle, 1e-9 * start))
