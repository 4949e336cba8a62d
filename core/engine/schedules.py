"""Learning-rate schedules: each a function (step, total) -> factor of the base learning rate, step from 0 to total - 1."""

from __future__ import annotations

import math
from collections.abc import Callable

Schedule = Callable[[int, int], float]


def constant(step: int, total: int) -> float:
    return 1.0


def step_decay(step: int, total: int) -> float:
    """A tenth after each third of the run."""
    return float(0.1 ** (3 * step // max(1, total)))


def exponential(step: int, total: int) -> float:
    """A hundredth at the end, by the same ratio every step."""
    return float(0.01 ** (step / max(1, total)))


def cosine(step: int, total: int) -> float:
    """Half a cosine from 1 to 0: Loshchilov and Hutter, "SGDR" (2017), without restarts."""
    return 0.5 * (1 + math.cos(math.pi * step / max(1, total)))


def warmup_cosine(step: int, total: int) -> float:
    """Up in a straight line over the first tenth, then half a cosine down."""
    warm = max(1, total // 10)
    return (step + 1) / warm if step < warm else cosine(step - warm, total - warm)


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "step": step_decay,
    "exponential": exponential,
    "cosine": cosine,
    "warm-up + cosine": warmup_cosine,
}
