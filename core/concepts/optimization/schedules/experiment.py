"""Training every schedule at three base learning rates, all networks in one stack.

All start from the same random weights and see the same batches, so that differences are paired over seeds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor, nn

from core.concepts.optimization.schedules.result import Result
from core.concepts.optimization.schedules.settings import PLATEAU, Settings
from core.concepts.optimization.schedules.shapes import schedule
from core.data import loaders
from core.data.dataset import Dataset, Split, with_train_size
from core.engine import device
from core.engine.fit import History, Recipe, fit
from core.engine.measure import shared_steps
from core.engine.pieces import relay
from core.engine.stack import stack_steps
from core.progress import Step

POINTS = 5000  # made, of which 60 % are there to draw training examples from; validation and test are then large
SEEN = 300  # training examples that the training loss is measured on


def run(settings: Settings) -> Iterator[Step[Result]]:
    """Train all schedules x rates x seeds; a Step after every step of theirs, or after a part of one that takes long."""
    yield Step(0.0, doing="data")
    where = device.pick()
    data = dataset(settings).to(where)
    yield Step(0.0, doing="models")
    rows = [(v, r, k) for v in range(len(settings.compared)) for r in range(3) for k in range(settings.seeds)]
    seeds = [settings.seed + k for *_, k in rows]
    models = yield from relay(
        stack_steps(lambda: build(settings, data.shape, len(data.classes)), seeds, where), Step(0.0)
    )
    facts: dict[str, Any] = {
        "guess": float(data.validation.y.bincount().max() / len(data.validation)),
        "held_out": len(data.test),
    }
    seen = Split(data.train.x[:SEEN], data.train.y[:SEEN])
    history = None
    for history in fit(models, data.train, data.validation, recipe(settings, rows, len(data.train)), seen=seen):
        if history.step < history.total_steps:
            yield Step(history.fraction, partial(snapshot, settings, history, **facts) if history.records else None)
    assert history is not None
    answers = yield from relay(shared_steps(models, data.test.x, lambda logits: logits.argmax(2)), Step(0.999))
    yield Step(1.0, partial(snapshot, settings, history, answers == data.test.y, **facts))


def dataset(settings: Settings) -> Dataset:
    """The three splits, with as many training examples as are asked for, or all there are."""
    n = 0 if settings.pictures else POINTS
    whole = loaders.load(settings.data, n=n, noise=settings.noise, seed=settings.seed)
    return with_train_size(whole, settings.n, settings.seed)


def build(settings: Settings, shape: tuple[int, ...], classes: int) -> nn.Sequential:
    """A network with two hidden layers."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(math.prod(shape), settings.width),
        nn.ReLU(),
        nn.Linear(settings.width, settings.width),
        nn.ReLU(),
        nn.Linear(settings.width, classes),
    )


def recipe(settings: Settings, rows: list[tuple[int, int, int]], examples: int) -> Recipe:
    """How to train the networks, one a row: (number of the schedule, of the base rate, of the seed)."""
    names = settings.compared
    shapes = [schedule(settings, name) for name in names]
    return Recipe(
        settings.optimizer,
        lr=[settings.rates[r] for _, r, _ in rows],
        batch=min(settings.batch, examples),
        epochs=settings.epochs,
        schedule=[shapes[v] for v, *_ in rows],
        plateau=[settings.plateau_patience if names[v] == PLATEAU else math.inf for v, *_ in rows],
        plateau_factor=settings.plateau_factor,
    )


def snapshot(settings: Settings, history: History, right: Tensor | None = None, **facts: Any) -> Result:
    """What is measured so far. right (models, test examples): which are classified correctly, once the run is complete."""
    shape = (len(settings.compared), 3, settings.seeds)

    def measured(split: str, metric: str, first: int = 0) -> np.ndarray:
        values = np.full((history.epoch + 1, history.models), np.nan)
        for _, epoch, where, what, who, found in history.records:
            if (where, what) == (split, metric):
                values[epoch, who] = found
        # A model that has diverged does not move any more, so neither does what was measured of it.
        filled = pd.DataFrame(values).ffill().to_numpy()[first:]
        return np.asarray(filled.reshape(-1, *shape))

    curves = {
        "validation loss": measured("validation", "loss"),
        "validation accuracy": measured("validation", "accuracy"),
        "training loss": measured("train", "loss"),
    }
    plateau = np.zeros((0, 3, settings.seeds))
    if PLATEAU in settings.compared:
        plateau = measured("train", "learning rate", 1)[:, settings.compared.index(PLATEAU)]
    diverged = [k in history.stopped and history.stopped[k] == "diverged" for k in range(history.models)]
    test, by_example = np.full(shape, np.nan), np.zeros((*shape[:2], 0), np.float32)
    if right is not None:
        test = right.float().mean(1).cpu().numpy().reshape(shape)
        by_example = right.view(*shape, -1).float().mean(2).cpu().numpy()
    return Result(
        settings,
        history.fraction if right is None else 1.0,
        curves,
        plateau,
        np.array(diverged).reshape(shape),
        test=test,
        right=by_example,
        **facts,
    )
