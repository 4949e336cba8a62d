"""Training on pictures as they are and on augmented ones: every size, seed and variant in one stack."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from core.concepts.images.augmentation.result import AUGMENTED, ORIGINAL, Result
from core.concepts.images.augmentation.settings import Settings
from core.data import loaders
from core.data.checks import stratified_rows
from core.data.dataset import Dataset, Split
from core.engine.augment import augment, draw
from core.engine.fit import Sampler
from core.engine.forecast import forecast, refuse_what_takes_too_long
from core.engine.measure import shared_steps
from core.engine.pieces import PIECE_SECONDS, Meter, forward_seconds, relay
from core.engine.random import generator
from core.engine.recipe import Recipe
from core.engine.stack import Stack, stack_steps
from core.engine.step import TrainStep
from core.progress import Step

BATCH = 32
MEASUREMENTS = 8  # how often the networks are measured while they learn
WATCHED = 200  # validation pictures that are measured while they learn


def build(model: str, width: int, side: int, classes: int) -> nn.Sequential:
    """A network of one hidden layer, or of two convolutions, each followed by pooling."""
    if model == "MLP":
        return nn.Sequential(nn.Flatten(), nn.Linear(side * side, width), nn.ReLU(), nn.Linear(width, classes))
    return nn.Sequential(
        nn.Conv2d(1, max(1, width // 2), 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(max(1, width // 2), width, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(width * (side // 4) ** 2, classes),
    )


def soft_cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """logits and y (K, B, classes), y the probability of each class -> (K, B)."""
    return -(y * logits.log_softmax(-1)).sum(-1)


def run(s: Settings) -> Iterator[Step[Result]]:
    """Train; a Step after every step of the networks, and in the middle of one that takes long."""
    yield Step(0.0, doing="data")
    data = loaders.load(s.data, n=0)
    side, C = data.shape[-1], len(data.classes)
    cells = [(n, s.seed + i) for n in s.sizes for i in range(s.seeds)]  # of one variant: model M + m is m, augmented
    seeds = [seed for _, seed in cells] * 2
    net = build(s.model, s.width, side, C)
    looked_at = MEASUREMENTS * (WATCHED + sum(s.sizes) // len(s.sizes)) + WATCHED + len(data.test)
    recipe = Recipe("Adam", lr=s.lr, batch=min(BATCH, min(s.sizes)))
    seconds = yield from relay(
        forecast(net, seeds, data.train, recipe, s.iterations, looked_at), Step(0.0, doing="models")
    )
    refuse_what_takes_too_long(s, seconds, "iterations")
    models = yield from relay(stack_steps(lambda: net, seeds), Step(0.0, doing="models"))
    batches = Batches(s, data, cells)
    step = TrainStep(models, recipe, soft_cross_entropy, s.iterations)
    meter = Meter(models.device)
    measured_at = {round(v) for v in np.linspace(0, s.iterations, MEASUREMENTS + 1)}
    records: list[pd.DataFrame] = []
    working = 0.0
    result: Result | None = None
    for t in range(s.iterations + 1):
        here: Step[Result] = Step(max(0.0, t - 0.5) / s.iterations, partial(_same, result) if result else None)
        if t in measured_at:
            measuring = measure(s, data, models, batches.pool, cells, t, records, 1000 * working / max(1, t))
            result = yield from relay(measuring, here)
        assert result is not None
        yield Step(t / s.iterations, partial(_same, result))
        if t == s.iterations:
            return
        here = Step(t / s.iterations, partial(_same, result))
        begun = time.perf_counter()
        for _ in batches.next():
            working += time.perf_counter() - begun
            yield here
            begun = time.perf_counter()
        x, y = batches.x, batches.y
        meter.reset()
        give = lambda some, rows, x=x, y=y: (x[some, rows], y[some, rows])  # noqa: E731
        for _ in step.pieces(give, batches.size, tuple(x.shape[2:]), t, meter):
            working += time.perf_counter() - begun
            yield here
            begun = time.perf_counter()
        working += time.perf_counter() - begun


def _same(result: Result) -> Result:
    return result


class Batches:
    """The batches of all networks, x (2M, B, 1, side, side) and y (2M, B, classes): the first M as they are, the others
    augmented. Each seed has training pictures of its own, the smaller sets within the larger."""

    def __init__(self, s: Settings, data: Dataset, cells: list[tuple[int, int]]) -> None:
        self.s, self.data, self.M = s, data, len(cells)
        rows = [torch.from_numpy(stratified_rows(data.train.y.numpy(), n, seed)) for n, seed in cells] * 2
        repeated = [own.repeat(math.ceil(s.n / len(own)))[: s.n] for own in rows]
        self.pool = torch.stack(repeated)  # (2M, n), beyond its end repeated
        self.size = min(BATCH, min(s.sizes))
        order = [generator(seed, "batches") for seed in [seed for _, seed in cells] * 2]
        self.sampler = Sampler(order, [len(own) for own in rows], self.size)
        self.draws = [generator(s.seed + i, "augmentation") for i in range(s.seeds)]
        self.one_hot = torch.eye(len(data.classes))
        self.waiting: list[Tensor] = []

    def next(self) -> Iterator[None]:
        """Make the next batch, with a pause after each training-set size."""
        if not self.waiting:
            self.waiting = list(self.sampler.epoch())
        rows = self.pool.gather(1, self.waiting.pop(0))  # (2M, B)
        self.x, self.y = self.data.train.x[rows], self.one_hot[self.data.train.y[rows]]
        plan, side = self.s.plan, self.data.shape[-1]
        if not plan:
            return
        # The draws are keyed by the seed alone, so every size is given the same; a size at a time stays in the cache.
        drawn = [draw(plan, (self.size, 1, side, side), g) for g in self.draws]
        u = torch.stack([d[0] for d in drawn])
        noise = [torch.stack(parts) for parts in zip(*(d[1] for d in drawn), strict=True)]
        for start in range(self.M, 2 * self.M, self.s.seeds):
            mine = slice(start, start + self.s.seeds)
            self.x[mine], self.y[mine] = augment(self.x[mine], self.y[mine], plan, u, noise)
            yield


def training_accuracy(
    data: Dataset, models: Stack, pool: Tensor, cells: list[tuple[int, int]]
) -> Generator[None, None, np.ndarray]:
    """Computes the accuracy of every network on the pictures it learns from, unchanged, (2M,), yielding where it takes long."""
    n, K = pool.shape[1], models.K
    each = forward_seconds(models.cost(data.shape), models.theta.shape[1], 1)
    group = max(1, min(K, int(PIECE_SECONDS / each)))
    size = max(1, min(50, int(PIECE_SECONDS / (each * group))))
    got = torch.empty(K, n, dtype=torch.long)
    meter = Meter(models.device)
    for k in range(0, K, group):
        part = models.part(slice(k, k + group))
        for i in range(0, n, size):
            if meter.full(each * group * size):
                yield
            with torch.no_grad():
                got[k : k + group, i : i + size] = part(data.train.x[pool[k : k + group, i : i + size]]).argmax(2)
    own = np.arange(n) < np.array([n for n, _ in cells] * 2)[:, None]
    right = (got == data.train.y[pool]).numpy()
    return np.asarray((right & own).sum(1) / own.sum(1))


def measure(
    s: Settings,
    data: Dataset,
    models: Stack,
    pool: Tensor,
    cells: list[tuple[int, int]],
    t: int,
    records: list[pd.DataFrame],
    ms: float,
) -> Generator[None, None, Result]:
    """Computes what the networks can do after t steps, yielding where it takes long; adds to the records."""
    complete = t == s.iterations
    some = Split(data.validation.x[:WATCHED], data.validation.y[:WATCHED])
    held = data.test if complete else some
    predicted = yield from shared_steps(models, held.x, lambda logits: logits.argmax(2))
    right = (predicted == held.y).numpy()  # (2M, pictures)
    values = {"train": (yield from training_accuracy(data, models, pool, cells))}
    values["validation"] = right.mean(1)
    if complete:
        watched = yield from shared_steps(models, some.x, lambda logits: logits.argmax(2))
        values["validation"] = (watched == some.y).numpy().mean(1)
        values["test"] = right.mean(1)
    for split, v in values.items():
        table: dict[str, Any] = {"variant": np.repeat([ORIGINAL, AUGMENTED], len(cells))}
        table |= {"n": [n for n, _ in cells] * 2, "seed": [seed for _, seed in cells] * 2, "step": t}
        records.append(pd.DataFrame(table | {"split": split, "metric": "accuracy", "value": v}))
    shape = (2, len(s.sizes), s.seeds)
    recall = np.stack([right[:, held.y.numpy() == c].mean(1) for c in range(len(data.classes))], -1)
    return Result(
        s,
        data.classes,
        pd.concat(records, ignore_index=True),
        t / s.iterations,
        _by_variant(right.mean(1).reshape(shape)),
        _by_variant(values["train"].reshape(shape)),
        _by_variant(recall.reshape(*shape, -1)),
        len(held),
        ms,
    )


def _by_variant(values: np.ndarray) -> dict[str, np.ndarray]:
    return {ORIGINAL: values[0], AUGMENTED: values[1]}
