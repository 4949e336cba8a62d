"""Training a stack of networks, and looking at it on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
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
from core.engine.fit import History, fit
from core.engine.forecast import forecast, refuse_what_takes_too_long
from core.engine.measure import evaluate_steps, shared_steps
from core.engine.optimizers import STATES
from core.engine.pieces import finish, forward_seconds, relay
from core.engine.recipe import Recipe
from core.engine.stack import Stack, stack_steps
from core.progress import Step
from core.settings import declared

HELD_OUT = 2000  # points made to validate on, and as many again to test on: they cost nothing, and scores are sharper
FIELD = 100  # points along each side of the decision field
LOOK_SECONDS = 0.1  # the most that is estimated for a look in one go
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
    steps = settings.epochs * max(1, len(data.train) // settings.batch)
    looked_at = (settings.epochs + 1) * (len(data.train) + len(data.validation))
    seconds = yield from relay(
        forecast(net, seeds, data.train, recipe(settings), steps, looked_at), Step(0.0, doing="models")
    )
    refuse_what_takes_too_long(settings, seconds, "epochs")
    models = yield from relay(stack_steps(lambda: net, seeds, where), Step(0.0, doing="models"))
    facts: dict[str, Any] = {
        "classes": data.classes,
        "points": _points(data),
        "samples": _samples(data),
        "held_out": len(data.validation),
        "parameters": cost.parameters(net),
        "flops": cost.flops(net, data.shape),
        "memory": 4 * models.theta.numel() * (2 + STATES[settings.optimizer]),
        "device": device.describe(where),
    }
    # A look at costly networks is taken in parts, once an epoch, and not whenever a picture is due.
    seconds = forward_seconds(cost.cost(net, data.shape), facts["parameters"], len(_looked_at(data)))
    costly = models.K * seconds > LOOK_SECONDS
    outputs: Tensor | None = None
    looked = -1  # the epoch of `outputs`
    working, start = 0.0, time.perf_counter()
    history = None
    for history in fit(models, data.train, data.validation, recipe(settings)):
        working += time.perf_counter() - start
        facts["ms_per_step"] = 1000 * working / max(1, history.step)
        if costly and history.records and history.epoch > looked:
            outputs = yield from relay(look_steps(data, models), Step(min(history.fraction, 0.999)))
            looked = history.epoch
        if not history.records:
            yield Step(0.0, doing="training")
        elif history.fraction < 1:
            yield Step(history.fraction, partial(snapshot, settings, data, models, history, outputs, **facts))
        start = time.perf_counter()
    assert history is not None
    scores = yield from relay(evaluate_steps(models, data.test), Step(0.999))
    gone = [k for k, why in history.stopped.items() if why == "diverged"]
    facts["test"] = np.delete(scores["accuracy"].cpu().numpy(), gone)
    facts["weights"] = tuple(_state(models, k) for k in range(models.K))
    yield Step(1.0, partial(snapshot, settings, data, models, history, outputs, **facts))


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


def snapshot(
    settings: Settings, data: Dataset, models: Stack, history: History, outputs: Tensor | None, **facts: Any
) -> Result:
    """What `models` show now, with copies of all that training will go on to change. outputs: of look_steps, where they are
    there already."""
    fraction = 1.0 if "test" in facts else history.fraction
    result = Result(settings, fraction, history.epoch, history.frame(), dict(history.stopped), **facts)
    # Between two measurements a model may have diverged without anybody having noticed yet.
    sound = torch.tensor([k not in result.diverged for k in range(models.K)])
    sound &= models.theta.detach().isfinite().all(1).cpu()
    if not sound.any():
        return result
    seen = (finish(look_steps(data, models)) if outputs is None else outputs).cpu()[sound]
    if data.kind == "points":
        axes = _axes(data)
        p = seen.view(len(seen), FIELD, FIELD, -1)
        p = p[p.flatten(1).isfinite().all(1)]
        return replace(result, grid=p.mean(0).numpy() if len(p) else None, axes=axes)
    truth, C = data.validation.y.cpu(), len(data.classes)
    confusion = torch.bincount((truth * C + seen).flatten(), minlength=C * C).view(C, C).numpy()
    return replace(result, confusion=confusion, wrong=worst(data, seen))


def look_steps(data: Dataset, models: Stack) -> Generator[None, None, Tensor]:
    """Computes what a picture of the networks is made from, yielding where it takes long: their class probabilities on a grid
    (K, FIELD * FIELD, C) for points, their predictions of the validation examples (K, n) for pictures."""
    if data.kind == "points":
        return (yield from shared_steps(models, _looked_at(data), lambda logits: logits.softmax(2)))
    return (yield from shared_steps(models, _looked_at(data), lambda logits: logits.argmax(2)))


def _looked_at(data: Dataset) -> Tensor:
    """The examples that a picture of the networks is made from."""
    if data.kind != "points":
        return data.validation.x
    grid = np.stack(np.meshgrid(*_axes(data)), -1).reshape(-1, 2)
    return torch.tensor(grid, dtype=torch.float32, device=data.train.x.device)


def _axes(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    return plot_axes(data.train.x.cpu().numpy(), FIELD, 0.1)


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
