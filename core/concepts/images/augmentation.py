"""Data augmentation: one labelled picture becomes many, by changes that leave its label true.

The learner composes a pipeline of torchvision's transforms, sees what it makes of a picture, and measures what it is
worth: small networks learn digits from few examples and from fewer, with the pipeline and without, from the same starts,
on the same examples and for the same number of steps. All sizes, seeds and both variants are one stack, so the gain is
paired.

What to expect: small turns, shifts and changes of size gain some 7 points from 40 MNIST digits and some 2 from 320; on
digits of 8 x 8 pixels, where a shift of one pixel is a large one, the same steps gain nothing or cost; mirroring digits
costs. Two cores: the pictures take 0.1 s, the default run about 9 s.

Sources: Simard, Steinkraus and Platt, "Best practices for convolutional neural networks" (2003); Shorten and
Khoshgoftaar, "A survey on image data augmentation" (2019); Zhang et al., "mixup" (2018); Zhong et al., "Random erasing"
(2020).
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from core import data as datasets
from core.concepts.images.augmentation_batch import augment, draw
from core.concepts.images.augmentation_pipeline import GIVEN, PICTURES, STEPS, Look, Preview, preview
from core.concepts.images.augmentation_result import AUGMENTED, DATA, KNOBS, MODELS, PLAIN, Result, Settings
from core.concepts.images.augmentation_says import QUESTIONS, SOURCES, described, difference, findings, score
from core.concepts.images.augmentation_script import experiment_script, pipeline_code
from core.concepts.images.augmentation_views import accuracy, captions, class_gains, gains, learning
from core.data import Dataset, Split
from core.engine.fit import Recipe, Sampler, TrainStep
from core.engine.random import generator
from core.engine.stack import Stack, stack

BATCH = 32
LOOKS = 8  # how often the networks are measured while they learn
WATCHED = 200  # validation pictures that are measured while they learn

__all__ = [
    "DATA", "GIVEN", "KNOBS", "MODELS", "PICTURES", "QUESTIONS", "SOURCES", "STEPS", "Look", "Preview", "Result", "Settings",
    "accuracy", "captions", "class_gains", "code", "described", "difference", "findings", "gains", "learning", "preview", "run",
    "score", "script",
]  # fmt: skip


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


def script(s: Settings) -> str:
    """Plain PyTorch that trains the same networks one after the other."""
    return experiment_script(s, min(BATCH, min(s.sizes)))


def code(shown: Preview) -> str:
    """The pipeline as a program that gives the very pictures shown."""
    return pipeline_code(shown.plan, shown.look, shown.subject)


def soft_cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """logits and y (K, B, classes), y the probability of each class -> (K, B)."""
    return -(y * logits.log_softmax(-1)).sum(-1)


def run(s: Settings) -> Iterator[Result]:
    """Train every size and seed, with the pipeline and without, as one stack; yields after every step."""
    data = datasets.load(s.data, n=0)
    side, C, plan = data.shape[-1], len(data.classes), s.plan
    cells = [(n, s.seed + i) for n in s.sizes for i in range(s.seeds)]  # of one variant: model M + m is m, augmented
    M = len(cells)
    models = stack(lambda: build(s.model, s.width, side, C), [seed for _, seed in cells] * 2)
    # Each seed has training examples of its own, the smaller sets within the larger.
    mine = [torch.from_numpy(datasets.stratified_rows(data.train.y.numpy(), n, seed)) for n, seed in cells] * 2
    pool = torch.stack(
        [rows.repeat(math.ceil(s.n / len(rows)))[: s.n] for rows in mine]
    )  # (2M, n), beyond its end repeated
    batch = min(BATCH, min(s.sizes))
    sampler = Sampler([generator(seed, "batches") for seed in models.seeds], [len(rows) for rows in mine], batch)
    draws = [generator(s.seed + i, "augmentation") for i in range(s.seeds)]
    step = TrainStep(models, Recipe("Adam", lr=s.lr), soft_cross_entropy, s.iterations)
    one_hot = torch.eye(C)
    looks = {round(v) for v in np.linspace(0, s.iterations, LOOKS + 1)}
    records: list[pd.DataFrame] = []
    begun, spent = time.perf_counter(), 0.0
    result: Result | None = None
    batches: list[Tensor] = []
    for t in range(s.iterations + 1):
        if t in looks:
            now = time.perf_counter()
            result = measured(s, data, models, pool, cells, t, records, 1000 * (now - begun - spent) / max(1, t))
            spent += time.perf_counter() - now
        assert result is not None
        yield result
        if t == s.iterations:
            return
        if not batches:
            batches = list(sampler.epoch())
        rows = pool.gather(1, batches.pop(0))  # (2M, B)
        x, y = data.train.x[rows], one_hot[data.train.y[rows]]  # (2M, B, 1, side, side), (2M, B, C)
        if plan:
            # The draws are keyed by the seed alone, so every size is given the same; a size at a time stays in the cache.
            drawn = [draw(plan, (batch, 1, side, side), g) for g in draws]
            u, noise = (
                torch.stack([d[0] for d in drawn]),
                [torch.stack(p) for p in zip(*(d[1] for d in drawn), strict=True)],
            )
            parts = zip(x[M:].split(s.seeds), y[M:].split(s.seeds), strict=True)
            changed = [augment(*part, plan, u, noise) for part in parts]
            x, y = (torch.cat([plain[:M], *new]) for plain, new in zip((x, y), zip(*changed, strict=True), strict=True))
        step(x, y, t)


def answers(models: Stack, split: Split, chunk: int = 2**21) -> np.ndarray:
    """What every model answers, (K, n) class numbers."""
    size = max(1, chunk // (models.K * split.x[0].numel()))
    with torch.no_grad():
        parts = [models.shared(split.x[i : i + size]).argmax(2) for i in range(0, len(split.x), size)]
    return np.asarray(torch.cat(parts, 1).cpu().numpy())


def training_accuracy(data: Dataset, models: Stack, pool: Tensor, cells: list[tuple[int, int]]) -> np.ndarray:
    """Of every model on the pictures it learns from, unchanged, (2M,)."""
    n = pool.shape[1]
    with torch.no_grad():
        got = torch.cat([models(data.train.x[pool[:, i : i + 50]]).argmax(2) for i in range(0, n, 50)], 1)
    own = np.arange(n) < np.array([n for n, _ in cells] * 2)[:, None]
    right = (got == data.train.y[pool]).numpy()
    return np.asarray((right & own).sum(1) / own.sum(1))


def measured(
    s: Settings, data: Dataset, models: Stack, pool: Tensor, cells: list[tuple[int, int]], t: int,
    records: list[pd.DataFrame], ms: float,
) -> Result:  # fmt: skip
    """What the models can do after t steps; adds to the records."""
    whole, M = t == s.iterations, len(cells)
    by = lambda v: {PLAIN: v[0], AUGMENTED: v[1]}  # noqa: E731
    some = Split(data.validation.x[:WATCHED], data.validation.y[:WATCHED])
    held = data.test if whole else some
    right = answers(models, held) == held.y.numpy()  # (2M, pictures)
    values = {"train": training_accuracy(data, models, pool, cells)}
    values["validation"] = (answers(models, some) == some.y.numpy()).mean(1) if whole else right.mean(1)
    if whole:
        values["test"] = right.mean(1)
    for split, v in values.items():
        records.append(
            pd.DataFrame(
                {
                    "variant": np.repeat([PLAIN, AUGMENTED], M),
                    "n": [n for n, _ in cells] * 2,
                    "seed": [seed for _, seed in cells] * 2,
                    "step": t,
                    "split": split,
                    "metric": "accuracy",
                    "value": v,
                }
            )
        )
    shape = (2, len(s.sizes), s.seeds)
    recall = np.stack([right[:, held.y.numpy() == c].mean(1) for c in range(len(data.classes))], -1)
    return Result(
        s, data.classes, pd.concat(records, ignore_index=True), t / s.iterations, by(right.mean(1).reshape(shape)),
        by(values["train"].reshape(shape)), by(recall.reshape(*shape, -1)), len(held), ms,
    )  # fmt: skip
