"""Training all methods at once, each from the same random starts and on the same batches."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core.concepts.generalization.regularization.network import networks
from core.concepts.generalization.regularization.points import Examples, made_points, training_rows
from core.concepts.generalization.regularization.result import ByVariant, Result
from core.concepts.generalization.regularization.settings import BATCH, Settings, variants
from core.data.dataset import Split
from core.data.images import IMAGES
from core.data.points import plot_axes
from core.data.shift import shifted
from core.engine import device
from core.engine.fit import History, Recipe, fit
from core.engine.measure import evaluate_steps, shared_steps
from core.engine.pieces import relay
from core.engine.random import generator
from core.engine.stack import Stack
from core.progress import Step

FIELD = 60  # points along each side of a decision field
LIVE_SECONDS = 0.1  # that a decision field may take while training goes on
SMALL = 0.01  # the size below which a weight is counted as nearly zero
EDGES = np.linspace(-1.5, 1.5, 62)
PICTURES = 40  # training pictures that are kept to be shown

Steps = Generator[Step[Result], None, Any]


def run(s: Settings) -> Iterator[Step[Result]]:
    """Train all variants times seeds as one stack; a Step after every step of theirs, or after a part of one."""
    yield Step(0.0, doing="data")
    where = device.pick()
    train, validation, test = (split.to(where) for split in splits(s))
    yield Step(0.0, doing="models")
    models, own = yield from relay(networks(s, tuple(train.x.shape[1:]), where), Step(0.0))
    everybody = Split(train.x[: s.n], train.y[: s.n])  # "more data" has more, but is measured on the same
    rows = [v for v in variants(s) for _ in range(s.seeds)]
    recipe = Recipe(
        "Adam",
        lr=s.lr,
        l1=[v.l1 for v in rows],
        weight_decay=[v.l2 for v in rows],
        dropout=[v.dropout for v in rows],
        patience=[v.patience for v in rows],
        examples=[v.examples or s.n for v in rows],
        batch=min(BATCH, s.n),
        epochs=s.epochs,
    )
    axes = None if s.pictures else plot_axes(train.x.cpu().numpy(), FIELD, 0.15)
    picture = partial(snapshot, s, everybody, len(validation), axes, models)
    history = None
    for history in fit(models, train, validation, recipe, transform=movement(s, models), seen=everybody):
        if history.fraction < 1:
            yield Step(0.99 * history.fraction, partial(picture, history) if history.records else None)
    assert history is not None
    result = picture(history, seeds=0)
    yield Step(0.99, lambda: result, doing="scores")
    measured = yield from relay(_scores(s, models, everybody, validation, test, axes), Step(0.99))
    weights = yield from relay(_weights(s, models, own), Step(0.99))
    complete = replace(result, fraction=1.0, **measured, **weights)
    yield Step(1.0, lambda: complete)


def splits(s: Settings) -> tuple[Split, Split, Split]:
    """Examples to train on, of which the first n are everybody's; to validate on; and to test on."""
    if not s.pictures:
        train, validation, test = (_tensors(split) for split in made_points(s))
        return train, validation, test
    whole = IMAGES[s.data]()
    order = torch.from_numpy(training_rows(whole.train.y.numpy(), s))
    return Split(whole.train.x[order], whole.train.y[order]), whole.validation, whole.test


def _tensors(split: Examples) -> Split:
    return Split(torch.from_numpy(split.x), torch.from_numpy(split.y))


def movement(s: Settings, models: Stack) -> Callable[[Tensor], Tensor] | None:
    """What moves the pictures (K, B, C, H, W) of those models that are trained on moved ones; None where there are none."""
    moved = [k for k in range(models.K) if variants(s)[k // s.seeds].augment]
    noise = {k: generator(models.seeds[k], "augmentation") for k in moved}

    def move(x: Tensor) -> Tensor:
        x = x.clone()
        for k, own in noise.items():
            x[k] = shifted(x[k], max(1, x.shape[-1] // 8), own)
        return x

    return move if noise else None


def snapshot(
    s: Settings,
    train: Split,
    validation_rows: int,
    axes: tuple[np.ndarray, np.ndarray] | None,
    models: Stack,
    history: History,
    seeds: int | None = None,
) -> Result:
    """What training shows so far. seeds: how many of them the decision fields are the mean of; None: as many as are quick."""
    frame = _frame(s, history)
    # A model that early stopping has ended is measured no more: each model's latest number, then.
    latest: dict[int, float] = {}
    for _, _, split, metric, which, values in history.records:
        if (split, metric) == ("validation", "accuracy"):
            latest.update(zip(which.tolist(), values.tolist(), strict=True))
    accuracy = _by_variant(s, torch.tensor([latest[k] for k in range(models.K)]))
    grids: ByVariant = {}
    if axes is not None and seeds != 0:
        each = len(variants(s)) * s.measuring_seconds(FIELD * FIELD)
        grids = _live_fields(s, models, axes, seeds or int(np.clip(LIVE_SECONDS / each, 1, s.seeds)))
    x, y = train.x[:PICTURES] if s.pictures else train.x, train.y
    early = [k // s.seeds for k, why in history.stopped.items() if why == "early stopping"]
    stopped = {v.name: early.count(i) for i, v in enumerate(variants(s))}
    return Result(
        s, history.fraction, history.epoch, frame, x.cpu().numpy(), y.cpu().numpy(), validation_rows, grids, axes, accuracy,
        stopped=stopped,
    )  # fmt: skip


def _frame(s: Settings, history: History) -> pd.DataFrame:
    """All measurements with the variant and the seed of each."""
    frame = history.frame()
    names = pd.Index([v.name for v in variants(s)])
    model = frame.model.to_numpy()
    frame.insert(0, "variant", pd.Series(pd.Categorical.from_codes(model // s.seeds, names)))
    frame.insert(1, "seed", s.seed + model % s.seeds)
    return frame


def _live_fields(s: Settings, models: Stack, axes: tuple[np.ndarray, np.ndarray], seeds: int) -> ByVariant:
    grids: ByVariant = {}
    points = _grid_points(axes).to(models.device)
    with torch.no_grad():
        for i, v in enumerate(variants(s)):
            some = models.part(slice(i * s.seeds, i * s.seeds + seeds))
            grids[v.name] = _mean_field(some.shared(points).softmax(2))
    return grids


def _grid_points(axes: tuple[np.ndarray, np.ndarray]) -> Tensor:
    a, b = np.meshgrid(*axes)
    return torch.tensor(np.stack([a, b], -1).reshape(-1, 2), dtype=torch.float32)


def _mean_field(probabilities: Tensor) -> np.ndarray:
    """(some, points, C) -> (60, 60, C)."""
    field: np.ndarray = probabilities.view(len(probabilities), FIELD, FIELD, -1).cpu().numpy().mean(0)
    return field


def _scores(
    s: Settings,
    models: Stack,
    train: Split,
    validation: Split,
    test: Split,
    axes: tuple[np.ndarray, np.ndarray] | None,
) -> Generator[None, None, dict[str, Any]]:
    """Accuracies of all models on all splits, and their decision fields."""
    trained = yield from evaluate_steps(models, train)
    validated = yield from evaluate_steps(models, validation)
    answers = yield from shared_steps(models, test.x, lambda logits: logits.argmax(2))
    yield
    right = (answers == test.y).float()
    measured = {
        "validation": _by_variant(s, validated["accuracy"]),
        "gap": _by_variant(s, trained["accuracy"] - validated["accuracy"]),
        "test": _by_variant(s, right.mean(1)),
        "right": {name: rows.mean(0) for name, rows in _by_variant(s, right).items()},
    }
    yield
    if axes is not None:
        points = _grid_points(axes).to(models.device)
        p = yield from shared_steps(models, points, lambda logits: logits.softmax(2))
        measured["grids"] = {v.name: _mean_field(p[_models_of(s, i)]) for i, v in enumerate(variants(s))}
    return measured


def _weights(s: Settings, models: Stack, own: dict[str, Tensor]) -> Generator[None, None, dict[str, Any]]:
    """How the weights are distributed, and how many are zero."""
    zeros: ByVariant = {}
    small: ByVariant = {}
    counts: ByVariant = {}
    for i, v in enumerate(variants(s)):
        exact, nearly, inside = [], [], np.zeros(len(EDGES) - 1, int)
        for k in range(s.seeds):
            yield
            w = models.theta[i * s.seeds + k].detach()[own.get(v.name, models.weight_mask)].cpu().numpy()
            exact.append((w == 0).mean())
            nearly.append((np.abs(w) < SMALL).mean())
            inside += np.histogram(np.clip(w, EDGES[0], EDGES[-1]), EDGES)[0]
        zeros[v.name], small[v.name], counts[v.name] = np.array(exact), np.array(nearly), inside
    return {"zeros": zeros, "small": small, "counts": counts, "edges": EDGES}


def _models_of(s: Settings, i: int) -> slice:
    return slice(i * s.seeds, (i + 1) * s.seeds)


def _by_variant(s: Settings, values: Tensor) -> ByVariant:
    """values (K, ...) of all models -> variant -> those of its seeds."""
    return {v.name: values[_models_of(s, i)].cpu().numpy() for i, v in enumerate(variants(s))}
