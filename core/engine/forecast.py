"""How long a training will take, from a trial of a few batches before it begins."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor, nn

from core.engine.fit import fit
from core.engine.measure import Split
from core.engine.pieces import divide, forward_seconds, training_seconds
from core.engine.recipe import Recipe
from core.engine.stack import stack_steps
from core.progress import TIME_LIMIT
from core.settings import Problem, SettingsError

STEPS, MORE = 4, 40  # of the trial: enough for TRIAL seconds; only the second half counts, as the first steps allocate
TRIAL = 0.1
SAFE = 0.7  # share of the time limit that a setting is said to fit into


class Rows(NamedTuple):
    """Examples x (n, ...) and their classes y (n,)."""

    x: Tensor
    y: Tensor


def forecast(
    net: nn.Sequential,
    seeds: Sequence[int],
    train: Split,
    recipe: Recipe,
    steps: int,
    looked_at: int,
    unless_below: float = TIME_LIMIT / 2,
    clock: Callable[[], float] = time.perf_counter,
) -> Generator[None, None, float]:
    """Seconds that a training of a model for each seed will take, yielding where the trial takes long. steps: of the optimiser;
    looked_at: examples that each model is measured on, over all measurements.

    The trial trains as many models on as many rows at a time as one piece of the training holds, and its seconds are multiplied.
    What is below `unless_below` seconds by the counts of core.engine.pieces, mostly two to seven times too many, needs no trial.
    """
    shape, device = tuple(train.x.shape[1:]), train.x.device
    batch, K = min(recipe.batch, len(train.x)), len(seeds)
    one = yield from stack_steps(lambda: net, seeds[:1], device)
    cost, P = one.cost(shape), one.theta.shape[1]
    counted = K * (steps * training_seconds(cost, P, batch) + forward_seconds(cost, P, looked_at))
    if counted < unless_below:
        return counted
    division = divide(K, batch, lambda rows: training_seconds(cost, P, rows), cost.values, device)
    models, rows = division.models[0].stop, division.rows[0].stop
    trial = yield from stack_steps(lambda: net, seeds[:models], device)
    trial_steps = min(MORE, max(STEPS, int(TRIAL / division.seconds)))
    few = Rows(train.x[: trial_steps * rows], train.y[: trial_steps * rows])
    begun, row_seconds, marks = clock(), 0.0, list[float]()
    for history in fit(trial, few, few, replace(recipe, batch=rows, epochs=1, patience=math.inf)):
        if history.records and not marks:
            row_seconds = (clock() - begun) / (2 * len(few.x))
        if history.records and history.epoch == 0 and history.step == len(marks):
            marks.append(clock())
        yield
    later = np.diff(marks)[len(marks) // 2 :]
    each = float(later.mean()) * batch / rows if len(later) else 3 * row_seconds * batch  # backward costs twice forward
    return float((steps * each + looked_at * row_seconds) * K / models)


def refuse_what_takes_too_long(settings: Any, seconds: float, field: str) -> None:
    """Raises SettingsError, a sentence, when a run would exceed the time limit; field: the setting that `seconds` grow with."""
    if seconds <= TIME_LIMIT:
        return
    value = getattr(settings, field)
    fits = int(value * SAFE * TIME_LIMIT / seconds)
    about = {"minutes": seconds / 60, "limit": TIME_LIMIT / 60, "value": value, "fits": fits}
    raise SettingsError(type(settings), field, Problem("takes_too_long" if fits else "takes_far_too_long", about))
