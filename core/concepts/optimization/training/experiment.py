"""Training a stack of networks, and looking at it on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.optimization.training.result import Result
from core.concepts.optimization.training.settings import OWN, Settings
from core.data import downloads, loaders
from core.data.checks import DataError
from core.data.dataset import Dataset, Split
from core.data.own import from_csv
from core.data.points import POINTS, plot_axes
from core.engine import cost, device
from core.engine.fit import History, Recipe, evaluate, fit
from core.engine.optimizers import STATES
from core.engine.stack import Stack, stack
from core.progress import Step
from core.settings import declared

HELD_OUT = 2000  # points made to validate on, and as many again to test on: they cost nothing, and scores are sharper
FIELD = 100  # points along each side of the decision field
SEEN = 40  # training pictures shown before there is anything else

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "ReLU": nn.ReLU,
    "tanh": nn.Tanh,
    "GELU": nn.GELU,
    "sigmoid": nn.Sigmoid,
}


def run(settings: Settings, own: bytes | None = None) -> Iterator[Step[Result]]:
    """Train the networks; a Step after every step of theirs, or after a part of one where that takes long."""
    if settings.data in downloads.SOURCES and not downloads.present(settings.data):
        for fraction in downloads.fetch(settings.data):
            yield Step(0.5 * fraction, doing="download")
    yield Step(0.0, doing="data")
    where = device.pick()
    data = dataset(settings, own).to(where)
    net = build(settings, data.shape, len(data.classes))
    yield Step(0.0, doing="models")
    seeds = range(settings.seed, settings.seed + settings.seeds)
    models = stack(lambda: net, seeds, where)
    facts = {
        "classes": data.classes,
        "points": _points(data),
        "samples": _samples(data),
        "held_out": len(data.validation),
        "parameters": cost.parameters(net),
        "flops": cost.flops(net, data.shape),
        "memory": 4 * models.theta.numel() * (2 + STATES[settings.optimizer]),
        "device": device.describe(where),
    }
    working, start = 0.0, time.perf_counter()
    history = None
    for history in fit(models, data.train, data.validation, recipe(settings)):
        working += time.perf_counter() - start
        speed = 1000 * working / max(1, history.step)
        if history.fraction < 1 and history.records:
            yield Step(history.fraction, partial(snapshot, settings, data, models, history, ms_per_step=speed, **facts))
        start = time.perf_counter()
    assert history is not None
    scores = evaluate(models, data.test)
    end = {
        "test": np.delete(
            scores["accuracy"].cpu().numpy(), [k for k, why in history.stopped.items() if why == "diverged"]
        ),
        "weights": tuple(_state(models, k) for k in range(models.K)),
    }
    yield Step(1.0, partial(snapshot, settings, data, models, history, ms_per_step=speed, **facts, **end))


def _quietly(steps: Any, fraction: float = 0.0) -> Any:
    """Steps of the engine that have nothing to show, as Steps; returns what they return."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        yield Step(min(fraction, 0.999))


def dataset(settings: Settings, own: bytes | None = None) -> Dataset:
    """The three splits. Made points are trained on 60 % of `n`, as before a split, and scored on thousands of others.
    Raises DataError, a sentence, when the data cannot be had."""
    s = settings
    if s.data == OWN:
        if own is None:
            raise DataError("Choose a CSV file first.")
        return from_csv(own, s.seed)
    data = loaders.load(s.data, n=s.n, noise=s.noise, seed=s.seed)
    if s.data not in POINTS:
        return data
    return replace(data, validation=_made(s, 100_000), test=_made(s, 200_000))


def _made(s: Settings, offset: int) -> Split:
    x, y = POINTS[s.data](HELD_OUT, s.noise, s.seed + offset)
    return Split(torch.from_numpy(x), torch.from_numpy(y))


def build(settings: Settings, shape: tuple[int, ...], classes: int) -> nn.Sequential:
    """The network the settings describe, for one example of `shape`."""
    s, layers = settings, list[nn.Module]()
    if s.model == "CNN":
        channels, side = shape[0], shape[-1]
        for _ in range(max(1, s.depth)):
            layers += [nn.Conv2d(channels, s.width, 3, padding=1), ACTIVATIONS[s.activation]()]
            channels = s.width
            if side >= 6:  # halve the picture while there is something to halve
                layers.append(nn.MaxPool2d(2))
                side //= 2
        return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(s.dropout), nn.Linear(channels * side * side, classes))
    if len(shape) > 1:
        layers.append(nn.Flatten())
    features = int(np.prod(shape))
    for _ in range(s.depth):
        layers += [nn.Linear(features, s.width), ACTIVATIONS[s.activation]()]
        if s.dropout:
            layers.append(nn.Dropout(s.dropout))
        features = s.width
    return nn.Sequential(*layers, nn.Linear(features, classes))


def recipe(settings: Settings) -> Recipe:
    names = {f.name for f in fields(Recipe)} & set(declared(Settings))
    return Recipe(**{name: getattr(settings, name) for name in names})


def snapshot(settings: Settings, data: Dataset, models: Stack, history: History, **facts: Any) -> Result:
    """What `models` show now, with copies of all that training will go on to change."""
    fraction = 1.0 if "test" in facts else history.fraction
    result = Result(settings, fraction, history.epoch, history.frame(), dict(history.stopped), **facts)
    # Between two measurements a model may have diverged without anybody having noticed yet.
    sound = torch.tensor([k not in result.diverged for k in range(models.K)])
    sound &= models.theta.detach().isfinite().all(1).cpu()
    if not sound.any():
        return result
    if data.kind == "points":
        axes = plot_axes(data.train.x.cpu().numpy(), FIELD, 0.1)
        p = probabilities(models, axes)[sound]
        p = p[p.flatten(1).isfinite().all(1)]
        return replace(result, grid=p.mean(0).numpy() if len(p) else None, axes=axes)
    answers = predict(models, data.validation.x)[sound]  # (K, n)
    truth, C = data.validation.y.cpu(), len(data.classes)
    confusion = torch.bincount((truth * C + answers).flatten(), minlength=C * C).view(C, C).numpy()
    return replace(result, confusion=confusion, wrong=worst(data, answers))


def probabilities(models: Stack, axes: tuple[np.ndarray, np.ndarray]) -> Tensor:
    """Class probabilities of every model on the grid: (K, rows of axes[1], columns of axes[0], C), on the CPU."""
    a, b = np.meshgrid(*axes)
    points = torch.tensor(np.stack([a, b], -1).reshape(-1, 2), dtype=torch.float32, device=models.device)
    with torch.no_grad():
        p = torch.cat([models.shared(part).softmax(2) for part in points.split(2500)], 1)
    return p.view(models.K, *a.shape, -1).cpu()


def predict(models: Stack, x: Tensor) -> Tensor:
    """The class each model gives each example: x (n, ...) -> (K, n), on the CPU."""
    with torch.no_grad():
        return torch.cat([models.shared(part).argmax(2) for part in x.split(64)], 1).cpu()


def worst(data: Dataset, answers: Tensor, most: int = 24) -> tuple[tuple[np.ndarray, int, int], ...]:
    """The validation pictures that the most models get wrong, with the answer most of them give."""
    truth = data.validation.y.cpu()
    misses = (answers != truth).float().mean(0)
    order = misses.argsort(descending=True, stable=True)[:most].tolist()
    pictures = data.validation.x.cpu()
    return tuple(
        (pictures[i].numpy(), int(truth[i]), int(answers[:, i][answers[:, i] != truth[i]].mode().values))
        for i in order
        if misses[i] > 0
    )


def _points(data: Dataset) -> tuple[tuple[np.ndarray, np.ndarray, str], ...]:
    if data.kind != "points":
        return ()
    return ((data.train.x.cpu().numpy(), data.train.y.cpu().numpy(), "training"),)


def _samples(data: Dataset) -> tuple[tuple[np.ndarray, int], ...]:
    if data.kind == "points":
        return ()
    x, y = data.train.x[:SEEN].cpu().numpy(), data.train.y[:SEEN].tolist()
    return tuple(zip(x, y, strict=True))


def _state(models: Stack, k: int) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in models.unstack(k).state_dict().items()}
