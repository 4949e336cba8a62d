"""Hand-made descriptions with ridge regression first, then every CNN in one stack."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.concepts.paradigms.end_to_end.features import describe_steps, halved, moved, predictions
from core.concepts.paradigms.end_to_end.result import Result
from core.concepts.paradigms.end_to_end.settings import CNN, LINEAR, SIZES, Settings
from core.data.arrays import mnist5k
from core.data.checks import split_indices, stratified_rows
from core.engine.fit import Sampler
from core.engine.measure import cross_entropy, shared_steps
from core.engine.pieces import Meter, relay
from core.engine.random import generator
from core.engine.recipe import Recipe
from core.engine.schedules import one_cycle
from core.engine.stack import Stack, stack_steps
from core.engine.step import TrainStep
from core.progress import Step

BATCH = 16
PASSES = 20  # through the examples, at most
MIDDLE, SPREAD = 0.1, 0.3  # of the pixels, subtracted and divided by
LOOKS = 4  # how often the CNNs of a size are measured while they learn
WATCHED = 200  # validation digits that they are then measured on
DESCRIBED, FITTED = (
    0.3,
    0.42,
)  # share of the run when the descriptions are made, and when the linear classifiers are fitted

_described: dict[tuple[float, ...], dict[str, np.ndarray]] = {}  # the descriptions made last, for the next run

Steps = Generator[Step[Result], None, Result]


def build() -> nn.Sequential:
    """A CNN for pictures of 14 x 14."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 24, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(96, 10),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _data() -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    x, y = mnist5k()
    return x[:, 0], y, split_indices(y, 0, 0.1, 0.3)


def run(s: Settings) -> Iterator[Step[Result]]:
    """Describe, fit and train; a Step after every piece of work."""
    yield Step(0.0, doing="data")
    x, y, parts = _data()
    yield Step(0.0, doing="data")
    train, _, test = parts
    x = moved(x, s.shift)
    yield Step(0.0, doing="data")
    shown = [test[y[test] == c][0] for c in range(10)]
    result = Result(s, 0.0, x[shown])
    rows = [[train[stratified_rows(y[train], n, s.seed + j)] for j in range(s.seeds)] for n in SIZES]
    result = yield from _linear(s, x, y, parts, rows, result)
    yield from _network(s, x, y, parts, rows, result)


def _same(result: Result) -> Result:
    return result


def _linear(
    s: Settings,
    x: np.ndarray,
    y: np.ndarray,
    parts: tuple[np.ndarray, ...],
    rows: list[list[np.ndarray]],
    result: Result,
) -> Steps:
    """Describes all digits and fits a linear classifier to each description, size and seed; the penalty that is best on
    the validation digits is tested."""
    key = (s.shift, s.cell, s.orientations, s.sigma)
    if key not in _described:
        for share, described in describe_steps(x, s):  # noqa: B007
            yield Step(DESCRIBED * share, partial(_same, result), doing="features")
        _described.clear()
        _described[key] = described
    described = _described[key]
    _, validation, test = parts
    held = np.concatenate([validation, test])
    for k, way in enumerate(LINEAR):
        accuracy, valid = np.zeros((2, len(SIZES), s.seeds))
        right = np.zeros((len(SIZES), len(test)))
        for i, own in enumerate(rows):
            for j, chosen in enumerate(own):
                hit = predictions(described[way][chosen], y[chosen], described[way][held]) == y[held]
                scores = hit[:, : len(validation)].mean(1)
                best = hit[scores.argmax(), len(validation) :]
                accuracy[i, j], valid[i, j] = best.mean(), scores.max()
                right[i] += best / s.seeds
                share = (k + (i + (j + 1) / s.seeds) / len(SIZES)) / len(LINEAR)
                yield Step(DESCRIBED + (FITTED - DESCRIBED) * share, partial(_same, result), doing="linear")
        result = replace(
            result,
            accuracy=result.accuracy | {way: accuracy},
            right=result.right | {way: right},
            validation=result.validation | {way: valid},
        )
    return result


def _network(
    s: Settings,
    x: np.ndarray,
    y: np.ndarray,
    parts: tuple[np.ndarray, ...],
    rows: list[list[np.ndarray]],
    result: Result,
) -> Iterator[Step[Result]]:
    """Trains the CNNs of all seeds at once, size by size."""
    _, validation, test = parts
    pictures, classes = torch.from_numpy((halved(x)[:, None] - MIDDLE) / SPREAD).float(), torch.from_numpy(y)
    budget = [steps(n, s.steps) for n in SIZES]
    accuracy, right = np.full((len(SIZES), s.seeds), np.nan), np.full((len(SIZES), len(test)), np.nan)
    some = validation[:WATCHED]
    for i, own in enumerate(rows):
        start = FITTED + (0.99 - FITTED) * sum(budget[:i]) / sum(budget)
        making = Step(start, partial(_same, result), doing="models")
        models = yield from relay(stack_steps(build, [s.seed + j for j in range(s.seeds)]), making)
        learning = np.full(len(SIZES), np.nan) if i == 0 else result.learning
        looked = 0
        for done in _train(models, s, pictures, classes, torch.from_numpy(np.stack(own)), budget[i]):
            at = start + (0.99 - FITTED) * done / sum(budget)
            if done > looked and done % max(1, budget[i] // LOOKS) == 0:
                looked = done
                hit = yield from relay(_right(models, pictures[some], classes[some]), Step(at, partial(_same, result)))
                learning = np.concatenate([learning[:i], [hit.mean()], learning[i + 1 :]])
                result = replace(result, fraction=at, learning=learning)
            yield Step(at, partial(_same, result), doing="training")
        hit = yield from relay(_right(models, pictures[test], classes[test]), Step(at, partial(_same, result)))
        accuracy[i], right[i] = hit.mean(1), hit.mean(0)
    first = models.theta.detach()[0, :80]  # with most examples, first seed
    shown = torch.from_numpy((halved(result.pictures)[:, None] - MIDDLE) / SPREAD).float()
    maps = F.relu(F.conv2d(shown, first[:72].view(8, 1, 3, 3), first[72:80])).numpy().copy()
    result = replace(
        result,
        fraction=1.0,
        accuracy=result.accuracy | {CNN: accuracy},
        right=result.right | {CNN: right},
        maps=maps,
    )
    yield Step(1.0, partial(_same, result))


def steps(examples: int, most: int) -> int:
    """How many steps a CNN trains on so many examples: `most`, or fewer where they would be more than 20 passes."""
    return min(most, PASSES * (examples // BATCH))


def _train(models: Stack, s: Settings, x: Tensor, y: Tensor, pool: Tensor, budget: int) -> Iterator[int]:
    """Trains each model on the examples that its row of `pool` names, yielding how many steps are done."""
    recipe = Recipe("Adam", lr=s.lr, batch=BATCH, schedule=one_cycle)
    sampler = Sampler([generator(seed, "batches") for seed in models.seeds], [pool.shape[1]] * len(pool), BATCH)
    step = TrainStep(models, recipe, cross_entropy, budget)
    meter = Meter(models.device)
    waiting: list[Tensor] = []
    for t in range(budget):
        waiting = waiting or list(sampler.epoch())
        rows = pool.gather(1, waiting.pop(0))
        batch, classes = x[rows], y[rows]
        meter.reset()
        give = lambda some, few, a=batch, b=classes: (a[some, few], b[some, few])  # noqa: E731
        for _ in step.pieces(give, sampler.batch, tuple(batch.shape[2:]), t, meter):
            yield t
        yield t + 1


def _right(models: Stack, x: Tensor, y: Tensor) -> Generator[None, None, np.ndarray]:
    """Which digits each model classifies correctly, (models, digits)."""
    predicted = yield from shared_steps(models, x, lambda logits: logits.argmax(2))
    return np.asarray((predicted == y).numpy())
