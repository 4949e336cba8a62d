"""Every network before training, layer by layer, and then in training, with clipping and without."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import torch
from torch import Tensor

from core.concepts.optimization.gradient_flow.network import Family, at_start, drawn, loss, shapes, together
from core.concepts.optimization.gradient_flow.result import Result, Start
from core.concepts.optimization.gradient_flow.settings import Settings
from core.data import loaders
from core.engine.fit import Sampler
from core.engine.optimizers import OPTIMIZERS, Coefficients, State, clip
from core.engine.pieces import relay
from core.engine.random import generator
from core.progress import Step

BATCH, MOMENTUM = 32, 0.9
RECORDS = 50  # of a training, about
Record = tuple[np.ndarray, ...]


def run(settings: Settings) -> Iterator[Step[Result]]:
    """Look at the start, then train all families side by side. A Step after each family's part of every step."""
    s = settings
    yield Step(0.0, doing="data")
    x, y, held, truth = digits()
    yield Step(0.0, doing="models")
    start = yield from relay(begin(s, x, y), Step(0.0, doing="models"))
    result = Result(s, start, held_out=len(held))
    yield Step(0.0, partial(replace, result))
    trainers = []
    for shape in shapes(s, variants=2):
        trainers.append(Trainer(Family(shape), s))
        yield Step(0.0, partial(replace, result))
    batches = Sampler([generator(seed, "batches") for seed in s.range], [len(x)] * s.seeds, BATCH)
    rows, records, gap, since = list[Tensor](), list[Record](), max(1, s.steps // RECORDS), 0
    for step in range(1, s.steps + 1):
        rows = rows or list(batches.epoch())
        mine = rows.pop(0)
        for trainer in trainers:
            trainer.step(x[mine], y[mine], step)
            yield Step((step - 1) / s.steps, partial(snapshot, result, tuple(records), trainers, (step - 1) / s.steps))
        since += 1
        if step % gap == 0 or step == s.steps:
            parts = zip(*(trainer.record(since) for trainer in trainers), strict=True)
            records.append((np.array(step), *(_joined(trainers, part) for part in parts)))
            since = 0
    ended = partial(snapshot, result, tuple(records), trainers, 1.0)
    scores = []
    for trainer in trainers:
        score = yield from relay(accuracy(trainer.family, held, truth), Step(0.999, ended))
        scores.append(score)
    validation = _joined(trainers, scores)
    yield Step(1.0, lambda: replace(ended(), validation=validation))


@lru_cache(maxsize=1)
def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training and validation digits as rows (n, 64) about their mean, scaled to mean square 1 on the training rows."""
    data = loaders.load("digits", n=0)
    x = data.train.x.flatten(1)
    mean, spread = x.mean(0), (x - x.mean(0)).square().mean().sqrt()
    return (x - mean) / spread, data.train.y, (data.validation.x.flatten(1) - mean) / spread, data.validation.y


def begin(settings: Settings, x: Tensor, y: Tensor) -> Generator[None, None, Start]:
    """The networks before any training, on the first training digits; yields after each family."""
    x, y = x[:BATCH], y[:BATCH]
    sizes, gradient, weights = yield from at_start(settings, x, y)
    return Start(sizes, gradient, weights, float(x.square().mean()), sigmoid_bound(settings))


def sigmoid_bound(settings: Settings) -> float:
    """log10 of the most that the gradient of a plain sigmoid network with N(0, s) can keep from the last hidden layer to
    the first: a quarter for each slope, times the largest singular value of each weight matrix; mean over seeds."""
    s, values = settings, []
    for seed in s.range:
        norms = [s.scale * np.linalg.norm(w.numpy(), 2) for w in drawn(seed, s.depth, s.width)[1:-1]]
        values.append(sum(math.log10(norm / 4) for norm in norms))
    return float(np.mean(values))


class Trainer:
    """One family in training, half of it clipped; a model whose gradient is no longer finite stops."""

    def __init__(self, family: Family, settings: Settings):
        shape = family.shape
        self.family, self.state = family, State()
        self.update, self.lr = OPTIMIZERS[settings.optimizer], settings.lr
        limit = torch.tensor([math.inf, settings.clip]).view(-1, 1).expand(shape.lengths)
        self.limit, self.alive = limit.reshape(-1, 1), torch.ones(shape.K, 1)
        self.momentum = torch.full((shape.K, 1), MOMENTUM)
        self.sums = torch.zeros(2, shape.K)  # of loss and accuracy since the last record

    def step(self, x: Tensor, y: Tensor, count: int) -> None:
        """x (S, B, 64), y (S, B): each seed's batch, for all its models."""
        f = self.family
        copies = f.shape.K // len(x)
        x, y = x.repeat(copies, 1, 1), y.repeat(copies, 1)
        _, logits = f.forward(x)
        losses = loss(logits, y)
        f.backward(losses)
        with torch.no_grad():
            self.sums += torch.stack([losses.mean(1), (logits.argmax(2) == y).float().mean(1)])
            self.norm = f.grad.norm(dim=1, keepdim=True)
            self.alive *= self.norm.isfinite()
            f.grad.masked_fill_(self.alive == 0, 0)
            self.layers = f.by_layer()
            clip(f.grad, self.limit)
            rates = Coefficients(self.lr * self.alive, self.momentum, None, count)
            self.update(f.theta, f.grad, self.state, rates)

    def record(self, steps: int) -> Record:
        """Mean loss and accuracy since the last record, the gradient's norm and that of every layer; NaN of a stopped model."""
        gone = self.alive[:, 0] == 0
        values = (*(self.sums / steps), self.norm[:, 0], self.layers)
        self.sums.zero_()
        return tuple(v.masked_fill(gone.view(-1, *[1] * (v.dim() - 1)), math.nan).numpy() for v in values)


def snapshot(result: Result, records: Sequence[Record], trainers: Sequence[Trainer], fraction: float) -> Result:
    """`result` with what has been recorded so far."""
    if not records:
        return replace(result, fraction=fraction)
    steps, losses, right, norm, layers = (np.stack(values) for values in zip(*records, strict=True))
    finite = _joined(trainers, [trainer.alive[:, 0].numpy() > 0 for trainer in trainers])
    return replace(
        result, fraction=fraction, steps=steps, loss=losses, accuracy=right, norm=norm, layers=layers, finite=finite
    )


def accuracy(family: Family, x: Tensor, y: Tensor, chunk: int = 120) -> Generator[None, None, np.ndarray]:
    """Accuracy of every model, (K,), with batch norm's running statistics; yields after each part of the examples."""
    K, right = family.shape.K, np.zeros(family.shape.K)
    for part, truth in zip(x.split(chunk), y.split(chunk), strict=True):
        with torch.no_grad():
            right += (family.forward(part.expand(K, -1, -1), False)[1].argmax(2) == truth).double().sum(1).numpy()
        yield
    return right / len(y)


def _joined(trainers: Sequence[Trainer], values: Sequence[np.ndarray]) -> np.ndarray:
    return together([(t.family.shape, v) for t, v in zip(trainers, values, strict=True)])
