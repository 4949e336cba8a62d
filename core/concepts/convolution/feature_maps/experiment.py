"""First layers trained on digits, one stack for all random starts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from torch import nn

from core.concepts.convolution.feature_maps.matching import match, pairs
from core.concepts.convolution.feature_maps.result import Result
from core.concepts.convolution.feature_maps.settings import Settings
from core.data.dataset import Split
from core.data.images import IMAGES
from core.engine.fit import History, Recipe, fit
from core.engine.pieces import relay
from core.engine.schedules import cosine
from core.engine.stack import Stack, stack_steps
from core.progress import Step

SIDE, CLASSES = 28, 10
RATE, BATCH = 0.01, 32
SEEN = 200  # training digits that are measured


def network(kernels: int, size: int) -> nn.Sequential:
    """A convolution with stride 2, max pooling, and a linear layer."""
    side = ((SIDE - size) // 2 + 1) // 2
    return nn.Sequential(
        nn.Conv2d(1, kernels, size, stride=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(kernels * side**2, CLASSES)
    )  # fmt: skip


def run(s: Settings) -> Iterator[Step[Result]]:
    """Train; a Step after every step of the networks."""
    yield Step(0.0, doing="data")
    data = IMAGES["mnist5k"]()
    seeds = [s.seed + i for i in range(s.seeds)]
    models = yield from relay(stack_steps(lambda: network(s.kernels, s.size), seeds), Step(0.0, doing="models"))
    start = first_layer(models, s)
    seen = Split(data.train.x[:SEEN], data.train.y[:SEEN])
    recipe = Recipe("AdamW", lr=RATE, weight_decay=s.weight_decay, batch=BATCH, epochs=s.epochs, schedule=cosine)
    history = None
    picture = partial(snapshot, s, models, start, len(data.validation))
    for history in fit(models, data.train, data.validation, recipe, seen=seen):
        if history.fraction < 1:
            yield Step(0.98 * history.fraction, partial(picture, history) if history.records else None)
    assert history is not None
    complete = picture(history, 1.0)
    yield Step(1.0, lambda: complete)


def first_layer(models: Stack, s: Settings) -> np.ndarray:
    """A copy of the kernels (S, C, k, k)."""
    weights = models.parameters[0].detach().view(s.seeds, s.kernels, s.size, s.size)
    return np.array(weights.cpu().numpy(), np.float64)


def snapshot(
    s: Settings, models: Stack, start: np.ndarray, rows: int, history: History, fraction: float = 0.0
) -> Result:
    """What training has made of the kernels so far."""
    kernels = first_layer(models, s)
    accuracy = next(
        values
        for *_, split, metric, _, values in reversed(history.records)
        if (split, metric) == ("validation", "accuracy")
    )
    partners = [match(kernels[0], other) for other in kernels]
    rng = np.random.default_rng(s.seed)
    return Result(
        s, fraction or 0.98 * history.fraction, kernels, start, np.array(accuracy, float), rows, np.array([p for p, _ in partners]),
        np.array([c for _, c in partners]), pairs(kernels), pairs(start), pairs(kernels, rng),
    )  # fmt: skip
