"""Training the network with every norm at every learning rate, then predicting in both modes."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from core.concepts.convolution.normalization.network import networks
from core.concepts.convolution.normalization.result import Modes, Result
from core.concepts.convolution.normalization.settings import LOOKED_AT, PREDICTED, RATES, ROWS, SIZES, Settings
from core.data.images import digits
from core.engine import device
from core.engine.fit import Recipe, Sampler, shared_steps
from core.engine.pieces import relay
from core.engine.random import generator
from core.engine.stack import Stack
from core.engine.trainer import Trainer
from core.progress import Step

BATCH_NORM = ROWS.index("batch")
MARKS = (0.05, 0.1, 0.2, 0.35, 0.6, 1.0)  # shares of the training after which both modes are compared


def run(settings: Settings) -> Iterator[Step[Result]]:
    """A Step after each norm's part of every training step."""
    s, where = settings, device.pick()
    yield Step(0.0, doing="data")
    whole = digits()
    train, held = whole.train.to(where), whole.validation.to(where)
    preparing: Step[Result] = Step(0.0, doing="models")
    yield preparing
    trainers = []
    for name in ROWS:
        models = yield from relay(networks(name, s), preparing)
        recipe = Recipe("SGD", lr=np.repeat(RATES, s.seeds).tolist(), batch=s.batch)
        trainers.append(Trainer(models, recipe, s.steps))
    batches = Sampler([generator(seed, "batches") for seed in s.range], [len(train)] * s.seeds, s.batch)
    marks = sorted({max(1, round(share * s.steps)) for share in MARKS})
    lag, rows = list[np.ndarray](), list[Tensor]()
    for count in range(s.steps):
        rows = rows or list(batches.epoch())
        mine = rows.pop(0).to(where).repeat(len(RATES), 1)
        here: Step[Result] = Step(0.95 * count / s.steps, partial(picture, s, trainers, marks, lag) if count else None)
        for trainer in trainers:
            yield from relay(trainer.train(train, mine), here)
            yield here
        if count + 1 in marks:
            lag.append(both_modes(trainers[BATCH_NORM].models, held.x[:LOOKED_AT], held.y[:LOOKED_AT]))
    result = picture(s, trainers, marks, lag)
    ending = Step(0.95, lambda: result, doing="scores")
    right = []
    for trainer in trainers:
        yield ending
        answers = yield from relay(shared_steps(trainer.models, held.x, lambda out: out.argmax(2)), ending)
        right.append((answers == held.y).cpu().numpy().reshape(len(RATES), s.seeds, -1))
    sizes, learnt = [], result.learnt()
    for rate in learnt:
        normed = trainers[BATCH_NORM].models.part(slice(rate * s.seeds, (rate + 1) * s.seeds))
        each = yield from relay(by_size(normed, held.x[:PREDICTED], held.y[:PREDICTED]), ending)
        sizes.append(each)
    alone = right[BATCH_NORM][learnt][..., :PREDICTED].mean(0)
    modes = Modes(tuple(learnt), np.mean(sizes, 0), alone)
    complete = replace(result, fraction=1.0, right=np.stack(right), modes=modes)
    yield Step(1.0, lambda: complete)


def picture(settings: Settings, trainers: Sequence[Trainer], marks: Sequence[int], lag: Sequence[np.ndarray]) -> Result:
    """What there is to see so far: the steps that all networks have done."""
    done = min(len(trainer.losses) for trainer in trainers)
    loss = np.stack([trainer.losses[:done] for trainer in trainers], 1)
    loss = loss.reshape(*loss.shape[:2], len(RATES), settings.seeds)
    seen = np.stack([np.mean(trainer.accuracies[max(0, done - 10) : done], 0) for trainer in trainers])
    seen = seen.reshape(len(ROWS), *loss.shape[2:])
    both = np.stack(lag) if lag else np.empty((0, 2, *seen.shape[1:]))
    return Result(settings, 0.95 * done / settings.steps, loss, seen, np.array(marks[: len(lag)]), both)


def both_modes(models: Stack, x: Tensor, y: Tensor) -> np.ndarray:
    """Accuracy on x (n, ...) as one batch, in training mode and in evaluation mode: (2, rate, seed)."""
    together = (training_mode(models, x.expand(models.K, *x.shape)).argmax(2) == y).float().mean(1)
    with torch.no_grad():
        alone = (models.shared(x).argmax(2) == y).float().mean(1)
    return np.asarray(torch.stack([together, alone]).cpu().numpy().reshape(2, len(RATES), -1))


def training_mode(models: Stack, x: Tensor) -> Tensor:
    """Outputs for x (K, B, ...) with the statistics of these batches; the running averages stay as they are."""
    alive = models.alive.clone()
    models.alive.zero_()
    models.training = True
    with torch.no_grad():
        out = models(x)
    models.training = False
    models.alive.copy_(alive)
    return out


def by_size(models: Stack, x: Tensor, y: Tensor) -> Generator[None, None, np.ndarray]:
    """Which of the digits are classified correctly in training mode, when so many of SIZES are predicted together; in random
    order, then sorted by class: (order, size, model, row)."""
    right = np.zeros((2, len(SIZES), models.K, len(y)), bool)
    for o, order in enumerate((torch.arange(len(y)), torch.argsort(y.cpu(), stable=True))):
        for i, size in enumerate(SIZES):
            yield
            if size == 1 and o > 0:  # a digit alone has no order
                right[o, i] = right[0, i]
                continue
            batches = x[order].view(-1, size, *x.shape[1:])  # each is given to a copy of every model
            copies = copied(models, len(batches))
            out = training_mode(copies, batches.repeat(models.K, 1, 1, 1, 1))
            right[o, i][:, order] = (out.argmax(2).view(models.K, -1) == y[order]).cpu().numpy()
    return right


def copied(models: Stack, times: int) -> Stack:
    """A stack with each model so many times, one after the other."""
    theta = models.theta.detach().repeat_interleave(times, 0)
    seeds = [seed for seed in models.seeds for _ in range(times)]
    alive = torch.zeros(len(seeds), 1, device=theta.device)
    buffers = {name: buffer.repeat_interleave(times, 0) for name, buffer in models.buffers.items()}
    return Stack(models.template, seeds, theta, torch.empty_like(theta), alive, [], buffers, models.weight_mask)
