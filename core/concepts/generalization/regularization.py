"""Regularisation: ways to learn what generalises when there is too little data.

A network with many more weights than examples fits them all, noise included. Each variant here holds it back in its own
way: a penalty on the weights (L1, L2), noise on the activations (dropout) or on the pictures (augmentation), an early
end, batch norm, fewer neurons; and, as a yardstick, more data. All variants, each from the same random starts and on the
same batches, are trained as one stack, so differences are paired.

Sources: Goodfellow, Bengio and Courville, "Deep Learning" (2016), chapter 7; Srivastava et al., "Dropout" (2014); Ioffe
and Szegedy, "Batch Normalization" (2015); Parikh and Boyd, "Proximal Algorithms" (2014) for L1's exact zeros.
Two cores: 9 variants x 8 seeds on 40 points, 150 epochs, about 8 s; on 100 digits, 60 epochs, about 6 s.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from core import data as datasets
from core.concepts.generalization.regularization_script import regularization_script
from core.concepts.generalization.regularization_words import NONE, QUESTIONS, SOURCES, difference, findings, score
from core.data import Dataset, Split
from core.data.points import plot_axes
from core.engine import device
from core.engine.fit import Recipe, evaluate, fit
from core.engine.random import generator, initialise
from core.engine.stack import Stack, stack
from core.stats import Interval, mean_interval

__all__ = ["DATA", "LIMITS", "MIX", "NONE", "QUESTIONS", "SOURCES", "Result", "Settings", "difference", "findings", "run", "score", "script"]  # fmt: skip

DATA = ("moons", "circles", "spiral", "xor", "digits", "mnist5k")

MIX = "mix"

LIMITS: dict[str, tuple[float, float]] = {
    "n": (20, 400),
    "noise": (0, 0.5),
    "width": (8, 256),
    "epochs": (10, 400),
    "lr": (1e-4, 0.1),
    "l1": (0, 0.1),
    "l2": (0, 1),
    "dropout": (0.05, 0.9),
    "patience": (1, 100),
    "fewer": (2, 16),
    "more": (2, 8),
    "seeds": (2, 16),
    "seed": (0, 9999),
}


@dataclass(frozen=True)
class Settings:
    data: str = "circles"
    n: int = 40  # training examples
    noise: float = 0.4  # of the points
    width: int = 64  # neurons in each of the two hidden layers
    epochs: int = 150
    lr: float = 0.01  # of Adam
    l1: float = 0.03  # weight of the sum of |w|
    l2: float = 0.03  # weight decay
    dropout: float = 0.5  # probability to drop a hidden activation
    patience: int = 10  # epochs without a better validation loss
    fewer: int = 8  # the smaller model has width / fewer neurons a layer
    more: int = 4  # "more data" has so many times n examples
    mix_l1: bool = False  # what the free mix is made of
    mix_l2: bool = True
    mix_dropout: bool = True
    mix_early: bool = False
    mix_norm: bool = False
    mix_augment: bool = False
    seeds: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise ValueError(f"data: must be one of {', '.join(DATA)}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")

    @property
    def pictures(self) -> bool:
        return datasets.kind(self.data) == "images"


@dataclass(frozen=True)
class Variant:
    """One way of training; the fields beside the name are what it changes."""

    name: str
    l1: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0
    patience: float = math.inf
    norm: bool = False
    augment: bool = False
    width: int | None = None
    examples: int | None = None


def variants(s: Settings) -> tuple[Variant, ...]:
    """Every row of the comparison, the plain one first."""
    rows = [
        Variant(NONE),
        Variant("L1", l1=s.l1),
        Variant("L2", l2=s.l2),
        Variant("dropout", dropout=s.dropout),
        Variant("early stopping", patience=s.patience),
        Variant("batch norm", norm=True),
        Variant("smaller model", width=max(1, s.width // s.fewer)),
        Variant("more data", examples=s.n * s.more),
    ]
    if s.pictures:
        rows.insert(6, Variant("augmentation", augment=True))
    if any((s.mix_l1, s.mix_l2, s.mix_dropout, s.mix_early, s.mix_norm, s.mix_augment)):
        rows.append(
            Variant(
                MIX,
                l1=s.l1 * s.mix_l1,
                l2=s.l2 * s.mix_l2,
                dropout=s.dropout * s.mix_dropout,
                patience=s.patience if s.mix_early else math.inf,
                norm=s.mix_norm,
                augment=s.mix_augment and s.pictures,
            )
        )
    return tuple(rows)


@dataclass(frozen=True)
class Result:
    """history: variant, seed, epoch, split, metric, value. weights: variant -> all weights of its models (seeds, P) with
    zeros that are exact kept. validation, test: variant -> accuracy of each seed. gap: variant -> training minus validation
    accuracy of each seed. grids: variant -> (60, 60, C) class probabilities, mean over seeds, at the points of axes."""

    settings: Settings
    dataset: Dataset
    variants: tuple[Variant, ...]
    history: pd.DataFrame
    fraction: float
    epoch: int
    stopped: dict[str, int]
    weights: dict[str, np.ndarray]
    validation: dict[str, np.ndarray]
    test: dict[str, np.ndarray]
    gap: dict[str, np.ndarray]
    grids: dict[str, np.ndarray]
    axes: tuple[np.ndarray, np.ndarray] | None
    ms_per_step: float

    @property
    def points(self) -> tuple[np.ndarray, np.ndarray]:
        """The training points everybody sees, (n, 2) and (n,)."""
        n = self.settings.n
        return self.dataset.train.x[:n].cpu().numpy(), self.dataset.train.y[:n].cpu().numpy()

    def zeros(self, variant: str) -> np.ndarray:
        """Share of weights that are exactly zero, of each seed; of a smaller model among its own weights."""
        w = self.weights[variant]
        return np.asarray((w == 0).mean(1))

    def against_none(self, variant: str) -> Interval:
        """Test accuracy minus that of "none", paired over seeds. With so many variants set against one, some would leave
        zero out by luck; so each interval is as much wider as makes all of them right together 95 times in 100
        (Bonferroni)."""
        return mean_interval(self.test[variant] - self.test[NONE], 1 - 0.05 / (len(self.variants) - 1))


def build(width: int, shape: tuple[int, ...], classes: int) -> nn.Sequential:
    """Two hidden layers, with a batch norm and a dropout that a model may pass by.

    The norm stands behind the activation: before it, the bias of the layer has a gradient of nothing but rounding errors,
    which Adam scales up to full steps, and no two programs would then agree.
    """
    features = math.prod(shape)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(features, width),
        nn.ReLU(),
        nn.BatchNorm1d(width),
        nn.Dropout(),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.BatchNorm1d(width),
        nn.Dropout(),
        nn.Linear(width, classes),
    )


def dataset(s: Settings) -> Dataset:
    """Training examples enough for "more data", the first n of which are everybody's; validation and test are larger, so
    that the scores are sharp."""
    whole = datasets.load(s.data, n=0 if s.pictures else made(s), noise=s.noise, seed=s.seed)
    y = whole.train.y.numpy()
    first = datasets.stratified_rows(y, s.n, s.seed)
    rest = datasets.stratified_rows(y, min(len(y), s.n * s.more), s.seed)  # holds the rows of `first`
    order = torch.from_numpy(np.concatenate([first, rest[~np.isin(rest, first)]]))
    return replace(whole, train=Split(whole.train.x[order], whole.train.y[order]))


def made(s: Settings) -> int:
    """How many points are made in all, 60 % of them for training."""
    return min(5000, max(2000, 5 * s.n * s.more // 2))


def script(s: Settings) -> str | None:
    """Plain PyTorch that trains the same variants."""
    return regularization_script(s, variants(s), made(s), shift)


def shift(x: Tensor, g: torch.Generator) -> Tensor:
    """Pictures x (B, C, H, W), each moved by up to one pixel in every eight, its own way; what comes in is black."""
    reach = max(1, x.shape[-1] // 8)
    B, _, H, W = x.shape
    dy, dx = torch.randint(-reach, reach + 1, (2, B), generator=g)
    padded = nn.functional.pad(x, (reach,) * 4)
    i = (torch.arange(H)[None] + reach + dy[:, None]).to(x.device)
    j = (torch.arange(W)[None] + reach + dx[:, None]).to(x.device)
    b = torch.arange(B, device=x.device)[:, None, None]
    return padded.movedim(1, -1)[b, i[:, :, None], j[:, None, :]].movedim(-1, 1)


def run(s: Settings, every: float = 0.4) -> Iterator[Result]:
    """Train all variants times seeds as one stack; yields after every step, the Result renewed each `every` seconds."""
    where = device.pick()
    data = dataset(s).to(where)
    rows = [v for v in variants(s) for _ in range(s.seeds)]
    seeds = [s.seed + i for _ in variants(s) for i in range(s.seeds)]
    models = stack(lambda: build(s.width, data.shape, len(data.classes)), seeds, where)
    for k, v in enumerate(rows):
        if v.width is not None:
            models.embed(k, _started(build(v.width, data.shape, len(data.classes)), seeds[k]))
    models.normalised = torch.tensor([k for k, v in enumerate(rows) if v.norm], device=where)
    noise = {k: generator(seeds[k], "augmentation") for k, v in enumerate(rows) if v.augment}

    def transform(x: Tensor) -> Tensor:
        return torch.stack([shift(part, noise[k]) if k in noise else part for k, part in enumerate(x)])

    recipe = Recipe(
        "Adam",
        lr=s.lr,
        l1=[v.l1 for v in rows],
        weight_decay=[v.l2 for v in rows],
        dropout=[v.dropout for v in rows],
        patience=[v.patience for v in rows],
        examples=[v.examples or s.n for v in rows],
        batch=min(32, s.n),
        epochs=s.epochs,
    )
    train = Split(data.train.x[: s.n], data.train.y[: s.n])  # what all are measured on
    result: Result | None = None
    due, start = 0.0, time.perf_counter()
    for history in fit(models, data.train, data.validation, recipe, transform=transform if noise else None, seen=train):
        last = history.step == history.total_steps
        if last or time.perf_counter() >= due:
            begun = time.perf_counter()
            ms = 1000 * (begun - start) / max(1, history.step)
            frame = history.frame()
            frame.insert(0, "variant", np.array([v.name for v in rows])[frame.model])
            frame.insert(1, "seed", np.array(seeds)[frame.model])
            result = snapshot(s, data, train, models, frame, history.fraction, history.epoch, history.stopped, ms)
            now = time.perf_counter()
            due = now + max(every, 5 * (now - begun))
        assert result is not None
        yield result


def _started(module: nn.Sequential, seed: int) -> nn.Sequential:
    initialise(module, seed)
    return module


def snapshot(
    s: Settings,
    data: Dataset,
    train: Split,
    models: Stack,
    frame: pd.DataFrame,
    fraction: float,
    epoch: int,
    stopped: dict[int, str],
    ms: float,
) -> Result:
    """What the models show now; everything is copied or computed."""
    names = [v.name for v in variants(s)]
    by = lambda values: {name: values[i * s.seeds : (i + 1) * s.seeds] for i, name in enumerate(names)}  # noqa: E731
    weights = by(models.theta.detach()[:, models.weights].cpu().numpy().copy())
    for v in variants(s):
        if v.width is not None:  # the padding is not part of the smaller model
            own = _started(build(v.width, data.shape, len(data.classes)), 0)
            count = sum(p.numel() for p in own.parameters() if p.dim() > 1)
            weights[v.name] = np.stack([np.sort(np.abs(w))[::-1][:count] for w in weights[v.name]])
    accuracy = {n: evaluate(models, split)["accuracy"].cpu().numpy() for n, split in
                (("train", train), ("validation", data.validation), ("test", data.test))}  # fmt: skip
    grids: dict[str, np.ndarray] = {}
    axes = None
    if data.kind == "points":
        axes = plot_axes(data.train.x.cpu().numpy(), 60, 0.15)
        a, b = np.meshgrid(*axes)
        points = torch.tensor(np.stack([a, b], -1).reshape(-1, 2), dtype=torch.float32, device=models.device)
        with torch.no_grad():
            p = models.shared(points).softmax(2).view(models.K, *a.shape, -1).cpu().numpy()
        grids = {name: values.mean(0) for name, values in by(p).items()}
    early = {name: sum(stopped.get(k) == "early stopping" for k in range(i * s.seeds, (i + 1) * s.seeds))
             for i, name in enumerate(names)}  # fmt: skip
    return Result(
        s, data, variants(s), frame, fraction, epoch, early, weights, by(accuracy["validation"]), by(accuracy["test"]),
        by(accuracy["train"] - accuracy["validation"]), grids, axes, ms,
    )  # fmt: skip
