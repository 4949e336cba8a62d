"""Dividing the work of a stack into pieces, so that it can be stopped between two of them.

Everything that can take long is a generator. It yields wherever the work since the last yield would exceed
PIECE_SECONDS. Seconds are estimated from counts (core.engine.cost) and never read from a clock, so that the places where
a run yields depend on its settings alone. The estimates are for one core; they are two to three times what was measured
on a server core with AVX-512.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

import torch

from core.engine import device as devices
from core.engine.cost import Cost

PIECE_SECONDS = 0.12  # the most that is estimated for one piece
PIECE_BYTES = {"cpu": 1e8}  # the most that all layers of a piece may hold, by type of device
OTHER_BYTES = 4e9  # the same on a GPU
SPEEDS = {"cpu": 1.0, "mps": 10.0, "cuda": 50.0}  # how many times faster than one core a device is, at least

# Seconds for each:
FLOP = 1 / 50e9  # floating-point operation of a product or a convolution
TRAINED_VALUE, TRAINED_SLOW_VALUE = 7e-9, 25e-9  # value between layers (see Cost), forward and backward
VALUE, SLOW_VALUE = 2e-9, 10e-9  # the same, forward only
READ = 1e-9  # one parameter, in a forward pass
GRADIENT = 5e-9  # one parameter in a backward pass, besides the products it is in
UPDATE = 24e-9  # one parameter, by any optimiser, with weight decay and clipping; the first time into fresh memory
SHRINK = 24e-9  # one parameter, by L1
NORM = 3e-9  # one number in a norm
DRAW = 25e-9  # one random number for dropout
COPY = 12e-9  # one number copied into fresh memory
INITIALISE, INITIALISE_LAYER = 15e-9, 40e-6  # one parameter drawn, and the rest of a layer

T = TypeVar("T")
V = TypeVar("V")


def training_seconds(cost: Cost, parameters: int, rows: int) -> float:
    """Estimated seconds of one forward and backward pass of one model on `rows` examples, on one core."""
    each = 3 * cost.flops * FLOP + (cost.values - cost.slow) * TRAINED_VALUE + cost.slow * TRAINED_SLOW_VALUE
    return parameters * GRADIENT + rows * each


def forward_seconds(cost: Cost, parameters: int, rows: int) -> float:
    """Estimated seconds of one forward pass of one model on `rows` examples, on one core."""
    return parameters * READ + rows * (cost.flops * FLOP + (cost.values - cost.slow) * VALUE + cost.slow * SLOW_VALUE)


class Meter:
    """Adds up estimated seconds and says when to yield."""

    def __init__(self, device: torch.device):
        self.device = device
        self.limit = PIECE_SECONDS * SPEEDS.get(device.type, 1.0)
        self.spent = 0.0

    def full(self, seconds: float) -> bool:
        """Whether to yield before work of so many `seconds`, which counts from now on: `if meter.full(seconds): yield`."""
        if self.spent and self.spent + seconds > self.limit:
            devices.wait(self.device)
            self.spent = seconds
            return True
        self.spent += seconds
        return False

    def reset(self) -> None:
        """Count from zero, after a yield for another reason."""
        self.spent = 0.0


def relay(steps: Generator[None, None, T], value: V) -> Generator[V, None, T]:
    """Yields `value` wherever `steps` yields; returns what `steps` returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
        yield value


def finish(steps: Generator[None, None, T]) -> T:
    """What `steps` returns, without a chance to stop it."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result


@dataclass(frozen=True)
class Division:
    """Groups of models and groups of examples. Each pair of them is a piece, which takes at most `seconds`."""

    models: list[slice]
    rows: list[slice]
    seconds: float


def divide(
    K: int,
    B: int,
    seconds: Callable[[int], float],
    values: int,
    device: torch.device,
    by_models: bool = True,
    by_rows: bool = True,
) -> Division:
    """The division of K models on B examples into as few pieces as the bounds allow: groups of models first, and groups
    of examples only where one model on all examples is too much.

    seconds: of one model on so many examples. values: numbers that one model holds for one example. by_models, by_rows:
    whether models and examples may be divided at all.
    """
    if not by_models:
        whole = divide(1, B, lambda rows: K * seconds(rows), K * values, device, by_rows=by_rows)
        return Division([slice(0, K)], whole.rows, whole.seconds)
    limit = PIECE_SECONDS * SPEEDS.get(device.type, 1.0)
    room = PIECE_BYTES.get(device.type, OTHER_BYTES) / (8 * max(1, values))  # each value and its gradient, 4 bytes both
    models = int(min(K, limit / max(seconds(B), 1e-12), room / B))
    if models >= 1 or not by_rows:
        models = max(1, models)
        return Division(groups(K, models), [slice(0, B)], models * seconds(B))
    fixed = seconds(0)
    rows = max(1, int(min((limit - fixed) / (seconds(1) - fixed), room)))
    return Division(groups(K, 1), groups(B, rows), seconds(rows))


def groups(n: int, most: int) -> list[slice]:
    """The numbers from 0 to n - 1 in groups of at most `most`, as equal as possible."""
    parts = math.ceil(n / max(1, most))
    ends = [n * i // parts for i in range(parts + 1)]
    return [slice(a, b) for a, b in itertools.pairwise(ends)]
