"""Gradient noise at fixed weights, then training at every batch size from the same starts."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial

from torch import nn

from core.concepts.optimization.batch_size import training
from core.concepts.optimization.batch_size.noise import measure_noise
from core.concepts.optimization.batch_size.result import Curve, Result
from core.concepts.optimization.batch_size.settings import RULES, Settings
from core.data import loaders
from core.data.dataset import Dataset, with_train_size
from core.engine import cost
from core.engine.fit import Recipe
from core.engine.pieces import relay
from core.engine.random import initialise
from core.engine.stack import stack_steps
from core.progress import Step

POINTS = 5000  # made of points: 60 % of them to draw training examples from, 20 % for validation
RPROP = 0  # stands for Rprop where batch sizes are listed


def run(settings: Settings) -> Iterator[Step[Result]]:
    """The noise at the start, the reference batch size, the noise at the weights where that has led, then the other batch
    sizes, the largest first, and Rprop. A Step after every step of the networks, or after a part of one."""
    s, seeds = settings, range(settings.seed, settings.seed + settings.seeds)
    yield Step(0.0, doing="data")
    data = dataset(s)
    x, y = data.train.x, data.train.y
    starts = [build(s, data.shape, len(data.classes), seed) for seed in seeds]
    alone = build(s, data.shape, len(data.classes), s.seed)
    result = Result(s, held_out=len(data.validation), weights=4 * cost.parameters(alone))
    yield Step(0.0, partial(replace, result), "noise")
    noise = yield from relay(measure_noise(starts, x, y, seeds), Step(0.0, doing="noise"))
    result = replace(result, noise={"at the start": noise})
    yield Step(0.0, partial(replace, result))
    for size in sorted({*s.sizes, s.n}):
        result = replace(result, ms_per_step=result.ms_per_step | {size: training.step_ms(alone, data.train, size)})
        yield Step(0.0, partial(replace, result))
    memory = {size: training.saved_bytes(alone, x[:size], y[:size]) for size in s.sizes}
    result = replace(result, memory=memory)

    order = [s.reference, *sorted(set(s.sizes) - {s.reference}, reverse=True), RPROP]
    work = {size: s.size_seconds(size) for size in s.sizes} | {RPROP: s.rprop_seconds}
    done, whole = 0.0, sum(work.values())
    for size in order:
        rules = len(RULES) if size else 1
        making = stack_steps(lambda: network(s, data.shape, len(data.classes)), [*seeds] * rules)
        models = yield from relay(making, Step(done / whole, partial(replace, result)))
        if size:
            rates = [s.rate(size, rule) for rule in RULES for _ in seeds]
            take = training.minibatch(models, data.train, Recipe(s.optimizer, lr=rates, batch=size), s.total(size))
            steps = training.train(models, take, data.validation, s.total(size), s.budget(size), rules, s.target / 100)
        else:
            take = training.rprop(models, data.train)
            steps = training.train(
                models, take, data.validation, s.least, min(s.least, s.epochs), rules, s.target / 100
            )
        curve = yield from _shown(steps, result, done / whole, work[size] / whole)
        result = replace(result, curves=result.curves | {size: curve}) if size else replace(result, rprop=curve)
        done += work[size]
        if size == s.reference:
            ends = [models.unstack(k) for k in range(s.seeds)]  # those of the fixed rule come first
            waiting = Step(done / whole, partial(replace, result))
            noise = yield from relay(measure_noise(ends, x, y, seeds), waiting)
            result = replace(result, noise=result.noise | {"trained": noise})
    yield Step(1.0, partial(replace, result, fraction=1.0))


def _shown(
    steps: Generator[float, None, Curve], result: Result, done: float, share: float
) -> Generator[Step[Result], None, Curve]:
    """Passes on the progress of one training as Steps of the run; returns the curve of that training."""
    while True:
        try:
            part = next(steps)
        except StopIteration as end:
            curve: Curve = end.value
            return curve
        fraction = min(0.999, done + part * share)
        yield Step(fraction, partial(replace, result, fraction=fraction))


def dataset(settings: Settings) -> Dataset:
    """The three splits, with `n` training examples."""
    s = settings
    whole = loaders.load(s.data, n=0 if s.pictures else POINTS, noise=s.noise, seed=s.seed)
    return with_train_size(whole, s.n, s.seed)


def network(settings: Settings, shape: tuple[int, ...], classes: int) -> nn.Sequential:
    """A network of two hidden layers for one example of `shape`."""
    width = settings.width
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(math.prod(shape), width),
        nn.ReLU(),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Linear(width, classes),
    )


def build(settings: Settings, shape: tuple[int, ...], classes: int, seed: int) -> nn.Sequential:
    """The same with the initial weights of a seed."""
    net = network(settings, shape, classes)
    initialise(net, seed)
    return net
