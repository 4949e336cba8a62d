"""The source networks as one stack, then every way, label count and seed as another."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core.concepts.vision.fine_tuning.network import build, layers, parameters, tasks
from core.concepts.vision.fine_tuning.result import Result
from core.concepts.vision.fine_tuning.settings import ARMS, CLASSES, FROZEN, SCRATCH, Settings
from core.data.checks import stratified_rows
from core.data.dataset import Split
from core.data.images import mnist5k
from core.engine.fit import Sampler
from core.engine.measure import cross_entropy, shared_steps
from core.engine.pieces import Meter, relay
from core.engine.random import generator
from core.engine.recipe import Recipe
from core.engine.stack import Stack, stack_steps
from core.engine.step import TrainStep
from core.progress import Step

SOURCE_BATCH, BATCH = 32, 10
SOURCE_RATE = 0.003
LOOKS = 6  # how often the networks are measured while they learn
WATCHED = 100  # held-out digits that they are then measured on
SOURCE_SHARE = 0.35  # of the run

Steps = Generator[Step[Result], None, Result]


def run(s: Settings) -> Iterator[Step[Result]]:
    """Train; a Step after every step of the networks, and in the middle of one that takes long."""
    yield Step(0.0, doing="data")
    mnist5k()  # read once a process
    yield Step(0.0, doing="data")
    train, held, labelled, test = tasks(s)
    pictures = [split.x[split.y == c][0, 0] for split in (held, test) for c in range(CLASSES)]
    empty = pd.DataFrame({name: [] for name in ("task", "arm", "labels", "seed", "step", "accuracy")})
    result = Result(s, 0.0, empty, torch.stack(pictures).numpy(), layers=layers())
    yield Step(0.0, partial(_same, result), doing="models")
    seeds = [s.seed + i for i in range(s.seeds)]
    sources = yield from relay(stack_steps(build, seeds), Step(0.0))
    start = sources.theta.detach().clone()
    result = yield from _source(s, sources, train, held, result)
    models, body = yield from relay(_targets(s, seeds, sources), Step(SOURCE_SHARE, partial(_same, result)))
    before = models.theta.detach().clone()
    result = yield from _target(s, models, body, labelled, test, result)
    end = parameters(s.copied)
    change = (models.theta.detach() - before)[:, :end].norm(dim=1) / before[:, :end].norm(dim=1)
    most = change.view(len(ARMS), -1, s.seeds)[:, -1].numpy()
    convolutions = parameters(2)
    first = models.theta.detach()[:, :72].view(len(ARMS), -1, s.seeds, 8, 3, 3)[:, -1, 0].numpy().copy()
    result = replace(
        result,
        fraction=1.0,
        moved=dict(zip(ARMS, most, strict=True)),
        kernels={"original": sources.theta.detach()[0, :72].view(8, 3, 3).numpy().copy()}
        | dict(zip(ARMS, first, strict=True)),
        bodies={
            "trained": sources.theta.detach()[:, :convolutions].numpy().copy(),
            "untrained": start[:, :convolutions].numpy().copy(),
        },
    )
    yield Step(1.0, partial(_same, result))


def _same(result: Result) -> Result:
    return result


def _source(s: Settings, sources: Stack, train: Split, held: Split, result: Result) -> Steps:
    """Trains the source networks and measures them."""
    pool = torch.arange(len(train.x)).expand(s.seeds, -1)
    recipe = Recipe("Adam", lr=SOURCE_RATE, batch=SOURCE_BATCH)
    training = _train(sources, recipe, train, pool, [len(train.x)] * s.seeds, s.source_steps, None)
    for done in training:
        at = SOURCE_SHARE * done / max(1, s.source_steps)
        if _is_look(done, s.source_steps):
            right = yield from relay(_right(sources, held, done == s.source_steps), Step(at, partial(_same, result)))
            rows = _rows("source", "", 0, s, done, right.mean(1))
            history = rows if result.history.empty else pd.concat([result.history, rows], ignore_index=True)
            result = replace(result, fraction=at, history=history, source=right.mean(1), source_rows=right.shape[1])
        yield Step(at, partial(_same, result), doing="training")
    return result


def _targets(s: Settings, seeds: list[int], sources: Stack) -> Generator[None, None, tuple[Stack, Tensor]]:
    """Makes the networks of the target task, arm by arm, label count by label count, and the factor of each learning rate."""
    own = seeds * (len(ARMS) * len(s.sizes))
    models = yield from stack_steps(build, own)
    end = parameters(s.copied)
    each = len(s.sizes) * s.seeds
    body = torch.ones_like(models.theta)
    with torch.no_grad():
        for i, arm in enumerate(ARMS):
            if arm != SCRATCH:
                models.theta[i * each : (i + 1) * each, :end] = sources.theta[:, :end].repeat(len(s.sizes), 1)
                body[i * each : (i + 1) * each, :end] = 0.0 if arm == FROZEN else s.body
    return models, body


def _target(s: Settings, models: Stack, body: Tensor, labelled: Split, test: Split, result: Result) -> Steps:
    """Trains the networks of the target task and measures them."""
    y = labelled.y.numpy()
    cells = [(n, s.seed + i) for n in s.sizes for i in range(s.seeds)]
    rows = [torch.from_numpy(stratified_rows(y, CLASSES * n, seed)) for n, seed in cells] * len(ARMS)
    most = CLASSES * s.labels
    pool = torch.stack([own.repeat(-(-most // len(own)))[:most] for own in rows])  # beyond its end repeated
    recipe = Recipe("Adam", lr=s.lr, batch=BATCH)
    for done in _train(models, recipe, labelled, pool, [len(own) for own in rows], s.steps, body):
        at = SOURCE_SHARE + (0.99 - SOURCE_SHARE) * done / s.steps
        if _is_look(done, s.steps):
            right = yield from relay(_right(models, test, done == s.steps), Step(at, partial(_same, result)))
            by = right.reshape(len(ARMS), len(s.sizes), s.seeds, -1)
            tables = [
                _rows("target", arm, n, s, done, by[i, j].mean(1))
                for i, arm in enumerate(ARMS)
                for j, n in enumerate(s.sizes)
            ]
            result = replace(
                result,
                fraction=at,
                history=pd.concat([result.history, *tables], ignore_index=True),
                accuracy=dict(zip(ARMS, by.mean(3), strict=True)),
                right=dict(zip(ARMS, by.mean(2), strict=True)),
            )
        yield Step(at, partial(_same, result))
    return result


def _is_look(done: int, steps: int) -> bool:
    return done == steps or (done > 0 and done % max(1, steps // LOOKS) == 0)


def _rows(task: str, arm: str, labels: int, s: Settings, step: int, accuracy: np.ndarray) -> pd.DataFrame:
    seeds = [s.seed + i for i in range(s.seeds)]
    return pd.DataFrame({"task": task, "arm": arm, "labels": labels, "seed": seeds, "step": step, "accuracy": accuracy})


def _train(
    models: Stack, recipe: Recipe, data: Split, pool: Tensor, sizes: list[int], steps: int, factors: Tensor | None
) -> Iterator[int]:
    """Trains every model on the rows of `data` that its row of `pool` names, yielding how many steps are done."""
    sampler = Sampler([generator(seed, "batches") for seed in models.seeds], sizes, recipe.batch)
    step = TrainStep(models, recipe, cross_entropy, steps, factors=factors)
    meter = Meter(models.device)
    waiting: list[Tensor] = []
    yield 0
    for t in range(steps):
        waiting = waiting or list(sampler.epoch())
        rows = pool.gather(1, waiting.pop(0))
        x, y = data.x[rows.T].transpose(0, 1), data.y[rows]
        meter.reset()
        give = lambda some, few, x=x, y=y: (x[some, few], y[some, few])  # noqa: E731
        for _ in step.pieces(give, sampler.batch, tuple(x.shape[2:]), t, meter):
            yield t
        yield t + 1


def _right(models: Stack, held: Split, complete: bool) -> Generator[None, None, np.ndarray]:
    """Which held-out digits each model classifies correctly, (K, rows); the first few while training goes on."""
    rows = len(held.x) if complete else WATCHED
    predicted = yield from shared_steps(models, held.x[:rows], lambda logits: logits.argmax(2))
    return np.asarray((predicted == held.y[:rows]).numpy())
