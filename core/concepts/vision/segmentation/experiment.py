"""Training both networks of every seed on scenes of its own, and measuring them pixel by pixel."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor
from torch.nn import functional as F

from core.concepts.vision.segmentation.network import network
from core.concepts.vision.segmentation.result import DISTANCES, Result
from core.concepts.vision.segmentation.settings import BATCH, MEASURED, TEST, VALIDATION, WAYS, Settings
from core.data.shapes import CLASSES, SIDE, scenes
from core.engine import device
from core.engine.fit import Recipe, Sampler, TrainStep
from core.engine.pieces import Meter, relay
from core.engine.random import generator
from core.engine.schedules import one_cycle
from core.engine.stack import Stack, stack_steps
from core.progress import Step

SHOWN = 4  # scenes
CHUNK = 100  # scenes that are made in one go
TOGETHER = 12  # scenes that are predicted in one go

Steps = Generator[Step[Result], None, Any]


def run(s: Settings) -> Iterator[Step[Result]]:
    """Train the networks without and with skips side by side; a Step after every training step of each."""
    where = device.pick()
    yield Step(0.0, doing="data")
    x, y = yield from made(s, where)
    trained = {}
    for way in WAYS:
        build = partial(network, s, way == "skip")
        trained[way] = yield from relay(stack_steps(build, list(s.range), where), Step(0.02, doing="models"))
    before = kernel(trained["no skip"])
    recipe = Recipe("Adam", lr=s.lr, batch=BATCH, schedule=one_cycle)
    steps = {way: TrainStep(models, recipe, pixel_losses, s.steps) for way, models in trained.items()}
    sampler = Sampler([generator(seed, "batches") for seed in s.range], [s.n] * s.seeds, BATCH)
    marks = {round(share) for share in np.linspace(1, s.steps, MEASURED)}
    rows, records, result = list[Tensor](), list[pd.DataFrame](), None
    meter = Meter(where)
    for count in range(s.steps):
        rows = rows or list(sampler.epoch())
        mine = rows.pop(0).to(where)
        here: Step[Result] = Step(0.03 + 0.92 * count / s.steps, None if result is None else partial(same, result))
        for way in WAYS:
            meter.reset()
            batch = partial(some, x, y, mine)
            yield from relay(steps[way].pieces(batch, BATCH, (1, SIDE, SIDE), count, meter), here)
            yield here
        if count + 1 in marks:
            result = yield from relay(watched(s, trained, x, y, count + 1, records), here)
    assert result is not None
    ending: Step[Result] = Step(0.96, partial(same, result), doing="scores")
    yield ending
    complete = yield from relay(scored(s, trained, x, y, result, before), ending)
    yield Step(1.0, lambda: complete)


def same(result: Result) -> Result:
    return result


def made(s: Settings, where: torch.device) -> Steps:
    """The scenes of every seed, first those to train on, then to validate on, then to test on: x (seeds, scenes, 1, SIDE,
    SIDE) and classes y (seeds, scenes, SIDE, SIDE)."""
    xs, ys = [], []
    for seed in s.range:
        rng = np.random.default_rng(seed)
        todo = s.n + VALIDATION + TEST
        parts = []
        while todo:
            parts.append(scenes(min(CHUNK, todo), s.noise, s.size, rng))
            todo -= len(parts[-1][0])
            yield Step(0.01, doing="data")
        xs.append(np.concatenate([x for x, _ in parts]))
        ys.append(np.concatenate([y for _, y in parts]))
    return torch.from_numpy(np.stack(xs)).to(where), torch.from_numpy(np.stack(ys)).to(where)


def some(x: Tensor, y: Tensor, rows: Tensor, models: slice, examples: slice) -> tuple[Tensor, Tensor]:
    """The scenes `rows` (seeds, B) of some models, and the classes of their pixels."""
    mine = rows[models, examples]
    seeds = torch.arange(len(rows), device=rows.device)[models]
    # Picked with the models behind the examples, as convolutions compute.
    return x[seeds, mine.T].transpose(0, 1), y[seeds[:, None], mine].long()


def pixel_losses(scores: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of each scene (K, B), mean over its pixels: scores (K, B, C, H, W), y (K, B, H, W)."""
    each = F.cross_entropy(scores.flatten(0, 1), y.flatten(0, 1), reduction="none")
    return each.view(*y.shape).flatten(2).mean(2)


def predictions(models: Stack, x: Tensor) -> Generator[None, None, np.ndarray]:
    """The class of each pixel of x (seeds, scenes, 1, H, W), for the model of each seed: (seeds, scenes, H, W) uint8."""
    parts = []
    for chunk in x.split(TOGETHER, 1):
        with torch.no_grad():
            parts.append(models(chunk).argmax(2).to(torch.uint8).cpu().numpy())
        yield
    return np.concatenate(parts, 1)


def watched(
    s: Settings, trained: dict[str, Stack], x: Tensor, y: Tensor, step: int, records: list[pd.DataFrame]
) -> Generator[None, None, Result]:
    """What both networks predict on validation scenes after so many steps; adds to the records."""
    held = slice(s.n, s.n + VALIDATION)
    truth = y[:, held].cpu().numpy()
    predicted = {}
    for way, models in trained.items():
        predicted[way] = yield from predictions(models, x[:, held])
        counts = confusion(truth, predicted[way])
        both = np.diagonal(counts, axis1=1, axis2=2)
        iou = both / np.maximum(1, counts.sum(1) + counts.sum(2) - both)
        table: dict[str, Any] = {"variant": way, "seed": list(s.range), "step": step, "split": "validation"}
        records.append(pd.DataFrame(table | {"metric": "mean IoU", "value": iou.mean(1)}))
    pictures = x[0, held][:SHOWN, 0].cpu().numpy()
    shown = {way: classes[0, :SHOWN] for way, classes in predicted.items()}
    fraction = 0.03 + 0.92 * step / s.steps
    return Result(s, fraction, step, pd.concat(records, ignore_index=True), pictures, truth[0, :SHOWN], shown)


def scored(
    s: Settings, trained: dict[str, Stack], x: Tensor, y: Tensor, result: Result, before: np.ndarray
) -> Generator[None, None, Result]:
    """The result with all that is counted on the test scenes."""
    test = slice(s.n + VALIDATION, None)
    truth = y[:, test].cpu().numpy()
    group = np.stack([distance_groups(classes) for classes in truth])
    counts, errors = {}, {}
    for way, models in trained.items():
        predicted = yield from predictions(models, x[:, test])
        counts[way] = confusion(truth, predicted)
        errors[way] = at_distances(group, predicted != truth)
    pixels = at_distances(group, np.ones_like(truth, bool))
    kernels = np.stack([before, kernel(trained["no skip"])])
    fields = vars(result) | {"fraction": 1.0, "confusion": counts, "far_pixels": pixels, "far_errors": errors}
    return Result(**fields | {"kernels": kernels})


def confusion(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Pixels of each true and predicted class: (seeds, ...) twice -> (seeds, classes, classes)."""
    C = len(CLASSES)
    pairs = (truth.astype(int) * C + predicted).reshape(len(truth), -1)
    return np.stack([np.bincount(row, minlength=C * C).reshape(C, C) for row in pairs])


def distance_groups(classes: np.ndarray) -> np.ndarray:
    """For each pixel of scenes (n, H, W): which of DISTANCES its distance to the nearest pixel of another class belongs to."""
    away = np.zeros(classes.shape)
    for c in range(len(CLASSES)):
        inside = classes == c
        if inside.any():  # scenes lie so far apart that only pixels of the same one are near
            away[inside] = distance_transform_edt(inside, sampling=(1e6, 1, 1))[inside]
    return np.searchsorted(DISTANCES, away, side="right") - 1


def at_distances(group: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """How many pixels are chosen at each distance: (seeds, ...) twice -> (seeds, distances)."""
    return np.stack([np.bincount(g[c], minlength=len(DISTANCES)) for g, c in zip(group, chosen, strict=True)])


def kernel(models: Stack) -> np.ndarray:
    """What the last layer of the first model spreads a score of "circle" over, in that class: (size, size)."""
    weight: Tensor = models.unstack(0)[-1].get_parameter("weight")
    return weight[1, 1].detach().numpy().copy()
