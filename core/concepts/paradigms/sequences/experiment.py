"""Each method learns to predict the next value, and then goes on from its own predictions."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from core.concepts.paradigms.sequences import linear, networks
from core.concepts.paradigms.sequences.result import Result
from core.concepts.paradigms.sequences.settings import (
    AR,
    CONTEXT,
    FARTHEST,
    LSTM,
    MLP,
    ORIGINS,
    RNN,
    TEST,
    TRAINED,
    Settings,
)
from core.data.series import REAL, load
from core.engine.pieces import relay
from core.engine.random import generator
from core.engine.recipe import Recipe
from core.engine.schedules import cosine
from core.engine.stack import Stack, stack_steps
from core.engine.step import TrainStep
from core.progress import Step

BATCHES = {MLP: 128, RNN: 32, LSTM: 32}
WORK = {AR: 0.001, MLP: 0.1, RNN: 0.35, LSTM: 1.0}  # roughly, of each method beside the LSTM
LIVE = 2  # networks whose predictions are shown while they learn


@dataclass(frozen=True)
class Series:
    """The series, and what the methods are given of it: the same, or its changes, in standard deviations of the training values."""

    level: np.ndarray  # (N,)
    given: np.ndarray  # (N,), or (N - 1,) changes
    trained: int  # values of `level` to learn from
    shift: float  # a change of `level` is shift + scale * one of `given`
    scale: float
    origins: np.ndarray  # (S,)
    horizon: int

    @property
    def changes(self) -> bool:
        return len(self.given) < len(self.level)

    @property
    def training(self) -> np.ndarray:
        """Of `given`, what is learnt from."""
        return self.given[: self.trained - self.changes]

    @property
    def known(self) -> np.ndarray:
        """The last of `given` before each origin: (S, CONTEXT)."""
        known: np.ndarray = self.given[(self.origins - self.changes)[:, None] + np.arange(-CONTEXT, 0)]
        return known

    def predicted(self, out: np.ndarray) -> np.ndarray:
        """Predictions of `level` (..., S, H) from those of `given`."""
        if self.changes:
            out = self.level[self.origins - 1][:, None] + (self.shift + self.scale * out).cumsum(-1)
        return out.astype(np.float32)  # half the memory


def prepare(s: Settings) -> Series:
    """The series of these settings."""
    raw = load(s.data, s.n + TEST, s.noise, s.seed)
    trained = int(TRAINED * len(raw)) if s.data in REAL else s.n
    level = (raw - raw[:trained].mean()) / raw[:trained].std()
    given, shift, scale = level, 0.0, 1.0
    if s.changes:
        changes = np.diff(level)
        shift, scale = float(changes[: trained - 1].mean()), float(changes[: trained - 1].std())
        given = (changes - shift) / scale
    horizon = min(FARTHEST, (len(level) - trained) // 5)
    origins = np.unique(np.linspace(trained, len(level) - horizon, ORIGINS).round().astype(int))
    return Series(level, given, trained, shift, scale, origins, horizon)


def run(s: Settings) -> Iterator[Step[Result]]:
    """The linear method at once, then one network after the other; a Step after each of their steps."""
    yield Step(0.0, doing="data")
    series = prepare(s)
    result = Result(s, 0.0, series.level, series.trained, series.origins, {})
    whole, done = sum(WORK[name] for name in s.methods), 0.0
    for name in s.methods:
        if name == AR:
            out = linear.run_free(linear.coefficients(series.training, s.lags), series.known, series.horizon)
            result = replace(result, forecasts={name: series.predicted(out)[None]})
        else:
            result = yield from learn(name, s, series, result, 0.99 * done / whole, 0.99 * WORK[name] / whole)
        done += WORK[name]
        yield Step(0.99 * done / whole, partial(replace, result))
    complete = replace(result, fraction=1.0)
    yield Step(1.0, lambda: complete)


def learn(
    name: str, s: Settings, series: Series, before: Result, begun: float, share: float
) -> Generator[Step[Result], None, Result]:
    """Train the networks of a method, a Step after each of theirs, and return the result with their predictions. begun, share: of
    the whole run, what is done before, and what this is."""
    first = partial(replace, before, fraction=begun) if before.forecasts else None
    seeds = [s.seed + i for i in range(s.seeds)]
    models = yield from relay(stack_steps(networks.builder(name, s), seeds), Step(begun, first))
    x, y = networks.examples(name, series.training, s)
    recipe = Recipe("Adam", lr=s.lr, clip=1.0, schedule=cosine)

    def shown(fraction: float, made: list[np.ndarray]) -> Result:
        return replace(before, fraction=fraction, forecasts=before.forecasts | {name: np.stack(made)})

    step = TrainStep(models, recipe, networks.squared_error, s.steps)
    numbers = [generator(seed, "batches") for seed in seeds]
    for i in range(s.steps):
        rows = torch.stack([torch.randint(len(x), (BATCHES[name],), generator=g) for g in numbers])
        step(x[rows], y[rows], i)
        at = begun + 0.9 * share * (i + 1) / s.steps
        yield Step(at, lambda at=at: shown(at, [free(models, k, series) for k in range(LIVE)]))  # type: ignore[misc]
    made = []
    for k in range(s.seeds):
        made.append(free(models, k, series))
        yield Step(begun + share * (0.9 + 0.1 * (k + 1) / s.seeds))
    return shown(begun + share, made)


def free(models: Stack, k: int, series: Series) -> np.ndarray:
    """What network k predicts from each origin: (S, H)."""
    return series.predicted(networks.run_free(models.unstack(k), series.known, series.horizon))
