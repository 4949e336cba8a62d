"""The run: the network on show measured layer by layer, then networks of growing depth trained side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
from torch import Tensor

from core.concepts.convolution.architectures.anatomy import build as build_on_meta
from core.concepts.convolution.architectures.anatomy import costs_of
from core.concepts.convolution.architectures.measuring import measured
from core.concepts.convolution.architectures.network import build
from core.concepts.convolution.architectures.result import Result
from core.concepts.convolution.architectures.settings import CONNECTIONS, Settings
from core.data.images import digits
from core.engine import device
from core.engine.fit import Recipe, Sampler, shared_steps
from core.engine.pieces import relay
from core.engine.random import generator
from core.engine.stack import stack_steps
from core.engine.trainer import Trainer
from core.progress import Step

BATCH = 32
MEASURED, TRAINED = 0.15, 0.97  # share of the run when all layers are measured, and when training has ended
Place = tuple[int, int]  # connection and depth


def run(settings: Settings) -> Iterator[Step[Result]]:
    """A Step after each layer measured and each network's part of every training step."""
    s = settings
    yield Step(0.0, doing="data")
    whole, where = digits(), device.pick()
    train, held = whole.train.to(where), whole.validation.to(where)
    yield Step(0.0, doing="anatomy")
    build_on_meta(s.network)
    yield Step(0.0, doing="anatomy")
    costs = costs_of(s.network, s.input[1])
    empty = np.full((0, len(CONNECTIONS), len(s.depths), s.seeds), np.nan)
    result = Result(s, 0.0, costs, empty)
    yield Step(0.0, partial(replace, result), doing="measuring")
    for seconds in measured(s):
        share = MEASURED * np.isfinite(seconds).mean()
        now = replace(result, fraction=float(share), costs=replace(costs, seconds=seconds.copy()))
        yield Step(now.fraction, partial(replace, now), doing="measuring")
    result = now
    trainers: dict[Place, Trainer] = {}
    for place in np.ndindex(empty.shape[1:3]):
        connection, depth = CONNECTIONS[place[0]], s.depths[place[1]]
        if s.trains(connection, depth):
            waiting = Step(MEASURED, partial(replace, result), doing="models")
            models = yield from relay(stack_steps(partial(build, connection, depth), s.range, where), waiting)
            trainers[place[0], place[1]] = Trainer(models, Recipe("Momentum", lr=s.lr, batch=BATCH), s.steps)
            yield waiting
    batches = Sampler([generator(seed, "batches") for seed in s.range], [len(train)] * s.seeds, BATCH)
    rows: list[Tensor] = []
    for count in range(s.steps):
        rows = rows or list(batches.epoch())
        mine = rows.pop(0).to(where)
        here = Step(MEASURED + (TRAINED - MEASURED) * count / s.steps, partial(so_far, result, trainers))
        for trainer in trainers.values():
            yield from relay(trainer.train(train, mine), here)
            yield here
    result = so_far(result, trainers)
    ending = Step(TRAINED, lambda: result, doing="scores")
    right = np.zeros((*empty.shape[1:], len(held)), bool)
    parameters = np.zeros(empty.shape[1:3], int)
    for place, trainer in trainers.items():
        yield ending
        answers = yield from relay(shared_steps(trainer.models, held.x, lambda out: out.argmax(2)), ending)
        right[place] = (answers == held.y).cpu().numpy()
        parameters[place] = trainer.models.theta.shape[1]
    complete = replace(result, fraction=1.0, right=right, parameters=parameters)
    yield Step(1.0, lambda: complete)


def so_far(result: Result, trainers: Mapping[Place, Trainer]) -> Result:
    """The result with the steps that all networks have done."""
    done = min(len(trainer.losses) for trainer in trainers.values())
    s = result.settings
    loss = np.full((done, *result.loss.shape[1:]), np.nan)
    for place, trainer in trainers.items():
        if done:
            loss[:, *place] = trainer.losses[:done]
    return replace(result, fraction=MEASURED + (TRAINED - MEASURED) * done / s.steps, loss=loss)
