"""Softmax regression of the digits: cross-entropy of the logits, and of probabilities that are taken for logits."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.foundations.softmax.result import Training
from core.data.images import digits
from core.engine.measure import cross_entropy
from core.engine.optimizers import Coefficients, State, sgd
from core.engine.random import generator
from core.engine.stack import Stack, stack

BATCH = 32
LOOKS = 25  # measurements at the most, beside the one at the start


@lru_cache(maxsize=32)
def train(lr: float, steps: int, seeds: int, seed: int) -> Training:
    """Train one model of each seed with softmax once, and one with softmax twice, all in one stack."""
    data = digits()
    x, y = data.train.x.flatten(1), data.train.y
    held, truth = data.validation.x.flatten(1), data.validation.y
    numbers = range(seed, seed + seeds)
    models = stack(lambda: nn.Sequential(nn.Linear(64, 10)), [*numbers, *numbers])
    drawn = [torch.randint(len(x), (steps, BATCH), generator=generator(k, "batches")) for k in numbers]
    rows = torch.stack(drawn, 1).repeat(1, 2, 1)  # (steps, 2S, B): both models of a seed see the same batches
    rate, state = torch.full((models.K, 1), lr), State()
    at = np.unique(np.linspace(0, steps, LOOKS + 1).round().astype(int))
    looks = [look(models, held, truth)]
    for step, batch in enumerate(rows, 1):
        models.backward(cross_entropy(again(models(x[batch])), y[batch]))
        with torch.no_grad():
            sgd(models.theta, models.grad, state, Coefficients(rate, rate, None, step))
        if step in at:
            looks.append(look(models, held, truth))
    with torch.no_grad():
        right = (models.shared(held).argmax(2) == truth).float().view(2, seeds, -1).mean(1)
    loss, accuracy, confidence = (np.stack(parts, -1).reshape(2, seeds, -1) for parts in zip(*looks, strict=True))
    return Training(at, loss, accuracy, confidence, (right[1] - right[0]).numpy())


def again(logits: Tensor) -> Tensor:
    """What the loss is given: the logits of the first half of the models, and the softmax of those of the second."""
    once, twice = logits.chunk(2)
    return torch.cat([once, twice.softmax(2)])


@torch.no_grad()
def look(models: Stack, x: Tensor, y: Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Loss, accuracy and confidence of every model on held-out rows, each (2S,)."""
    logits = models.shared(x)
    loss = cross_entropy(again(logits), y.expand(models.K, -1)).mean(1)
    right = (logits.argmax(2) == y).float().mean(1)
    return loss.numpy(), right.numpy(), logits.softmax(2).amax(2).mean(1).numpy()
