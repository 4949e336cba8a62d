"""Learning-rate schedules: each a function (step, total) -> factor of the base learning rate, step from 0 to total - 1.

Their numbers are arguments with defaults (functools.partial sets others), and their values are those of
torch.optim.lr_scheduler stepped after every batch. Only `Plateau` waits for losses, and so has to be told of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

Schedule = Callable[[int, int], float]


def constant(step: int, total: int) -> float:
    return 1.0


def step_decay(step: int, total: int, parts: int = 3, gamma: float = 0.1) -> float:
    """Times gamma after each of `parts` equal parts of the run: StepLR."""
    return float(gamma ** (step // max(1, math.ceil(total / parts))))


def exponential(step: int, total: int, last: float = 0.01) -> float:
    """By the same ratio every step, down to `last` at the end: ExponentialLR."""
    return float(last ** (step / max(1, total)))


def cosine(step: int, total: int, last: float = 0.0) -> float:
    """Half a cosine from 1 to `last`: Loshchilov and Hutter, "SGDR" (2017), without restarts. CosineAnnealingLR."""
    return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * step / max(1, total)))


def warmup(step: int, total: int, share: float = 0.1) -> float:
    """Up in a straight line over the first `share` of the run, then constant: LinearLR."""
    return min(1.0, (step + 1) / max(1, int(share * total)))


def warmup_cosine(step: int, total: int, share: float = 0.1, last: float = 0.0) -> float:
    """Up in a straight line over the first `share` of the run, then half a cosine down."""
    warm = max(1, int(share * total))
    return warmup(step, total, share) if step < warm else cosine(step - warm, total - warm, last)


def one_cycle(step: int, total: int, top: float = 1.0, rise: float = 0.3) -> float:
    """From top/25 up to `top` over the first `rise` of the run and down to next to nothing, both by half a cosine: Smith's
    "super-convergence" (2018). OneCycleLR, with the momentum left alone."""
    peak, end = rise * total - 1, total - 1
    if step <= peak:
        return top + (1 / 25 - 1) * top * 0.5 * (1 + math.cos(math.pi * step / peak)) if peak > 0 else top
    bottom = top / 25 / 1e4
    return bottom + (top - bottom) * 0.5 * (1 + math.cos(math.pi * (step - peak) / (end - peak)))


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "step": step_decay,
    "exponential": exponential,
    "cosine": cosine,
    "warm-up": warmup,
    "warm-up + cosine": warmup_cosine,
    "one cycle": one_cycle,
}


class Plateau:
    """What ReduceLROnPlateau does with torch's defaults, for K models at once: after more than `patience` epochs in a row
    without a validation loss below 0.9999 of the best, the learning rate is multiplied by `factor`. Both (K,); with an
    infinite patience it never is. scale (K,): by what the learning rate has been multiplied so far."""

    def __init__(self, patience: np.ndarray, factor: np.ndarray):
        self.patience, self.factor = patience, factor
        self.scale, self.waited = np.ones(len(patience)), np.zeros(len(patience))
        self.best = np.full(len(patience), np.inf)

    def update(self, losses: np.ndarray) -> None:
        """Take one epoch's losses (K,)."""
        better = losses.astype(float) < self.best * (1 - 1e-4)
        self.best = np.where(better, losses, self.best)
        self.waited = np.where(better, 0, self.waited + 1)
        fires = self.waited > self.patience
        self.scale = np.where(fires, self.scale * self.factor, self.scale)
        self.waited[fires] = 0
