"""Learning-rate schedules: each a function (step, total) -> factor of the base learning rate, step from 0 to total - 1.

Their numbers are arguments with defaults; functools.partial sets others. Their values are those of
torch.optim.lr_scheduler, stepped after every batch. Only `Plateau` depends on losses, so it is told about them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

Schedule = Callable[[int, int], float]


def constant(step: int, total: int) -> float:
    """1 at every step."""
    return 1.0


def step_decay(step: int, total: int, parts: int = 3, gamma: float = 0.1) -> float:
    """Starts at 1 and is multiplied by gamma after each of `parts` equal parts of the run: StepLR."""
    return float(gamma ** (step // max(1, math.ceil(total / parts))))


def exponential(step: int, total: int, last: float = 0.01) -> float:
    """Falls from 1 to `last` by the same ratio at every step: ExponentialLR."""
    return float(last ** (step / max(1, total)))


def cosine(step: int, total: int, last: float = 0.0) -> float:
    """Falls from 1 to `last` along half a cosine: CosineAnnealingLR. Loshchilov and Hutter, "SGDR" (2017), without restarts."""
    return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * step / max(1, total)))


def warmup(step: int, total: int, share: float = 0.1) -> float:
    """Rises in a straight line to 1 over the first `share` of the run, then stays: LinearLR."""
    return min(1.0, (step + 1) / max(1, int(share * total)))


def warmup_cosine(step: int, total: int, share: float = 0.1, last: float = 0.0) -> float:
    """Rises in a straight line to 1 over the first `share` of the run, then falls to `last` along half a cosine."""
    warm = max(1, int(share * total))
    return warmup(step, total, share) if step < warm else cosine(step - warm, total - warm, last)


def one_cycle(step: int, total: int, top: float = 1.0, rise: float = 0.3) -> float:
    """Rises from top/25 to `top` over the first `rise` of the run, then falls to top/250,000, each along half a cosine:
    OneCycleLR with a constant momentum. Smith and Topin, "Super-Convergence" (2018)."""
    peak = rise * total - 1
    end = total - 1
    if step <= peak:
        if peak <= 0:
            return top
        return top + (1 / 25 - 1) * top * 0.5 * (1 + math.cos(math.pi * step / peak))
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
    """ReduceLROnPlateau with torch's defaults, for K models at once.

    A model's learning rate is multiplied by `factor` after more than `patience` epochs in a row without a validation loss
    below 0.9999 of the best. Both are (K,); with an infinite patience it never happens. scale (K,): the product of all
    factors so far.
    """

    def __init__(self, patience: np.ndarray, factor: np.ndarray):
        self.patience = patience
        self.factor = factor
        self.scale = np.ones(len(patience))
        self.waited = np.zeros(len(patience))
        self.best = np.full(len(patience), np.inf)

    def update(self, losses: np.ndarray) -> None:
        """Take the validation losses of one epoch, (K,)."""
        better = losses.astype(float) < self.best * (1 - 1e-4)
        self.best = np.where(better, losses, self.best)
        self.waited = np.where(better, 0, self.waited + 1)
        fires = self.waited > self.patience
        self.scale = np.where(fires, self.scale * self.factor, self.scale)
        self.waited[fires] = 0
