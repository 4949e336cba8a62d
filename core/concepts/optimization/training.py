"""Training a network: the loop at the heart of deep learning.

Forward pass, loss, gradient, update, again: θ ← θ − η·∇L(θ) on small batches. Several random starts ("seeds") are
trained at once as one stack, so that what a setting does can be told from what luck does.

Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), chapters 6 and 8.
Two cores: 400 moons, 8 seeds, 60 epochs take about half a second, digits about one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from core import data as datasets
from core.concepts.optimization.training_words import QUESTIONS, SOURCES, difference, findings, overfitting, score
from core.data import Dataset, downloads
from core.data.points import plot_axes
from core.engine import cost, device
from core.engine.fit import History, Recipe, evaluate, fit
from core.engine.optimizers import OPTIMIZERS
from core.engine.stack import Stack, stack
from core.export import training_script
from core.progress import Waiting
from core.stats import mean_interval

__all__ = [
    "ACTIVATIONS", "LIMITS", "MODELS", "OWN", "QUESTIONS", "SOURCES", "Result", "Settings",
    "difference", "findings", "overfitting", "run", "score", "script", "sealed", "test_scores",
]  # fmt: skip

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "ReLU": nn.ReLU,
    "tanh": nn.Tanh,
    "GELU": nn.GELU,
    "sigmoid": nn.Sigmoid,
}
MODELS = ("MLP", "CNN")
OWN = "own"  # the learner's CSV, given to run() beside the settings

LIMITS: dict[str, tuple[float, float]] = {
    "n": (40, 2000),
    "noise": (0, 0.5),
    "depth": (0, 6),
    "width": (1, 256),
    "lr": (1e-6, 100),
    "batch": (1, 1024),
    "weight_decay": (0, 10),
    "momentum": (0, 0.99),
    "dropout": (0, 0.9),
    "epochs": (1, 500),
    "seeds": (1, 32),
    "seed": (0, 9999),
}


@dataclass(frozen=True)
class Settings:
    data: str = "moons"  # a name in core.data.DATASETS, or "own"
    n: int = 400  # examples: points made, or pictures trained on
    noise: float = 0.2  # standard deviation of the points' noise, in units of the plot
    model: str = "MLP"  # MLP, or CNN (pictures only)
    depth: int = 2  # hidden layers (MLP) or convolutions (CNN)
    width: int = 16  # neurons a layer, or channels a convolution
    activation: str = "ReLU"
    optimizer: str = "Adam"
    lr: float = 0.01  # learning rate
    batch: int = 32  # examples a step
    weight_decay: float = 0.0  # as torch.optim takes it
    momentum: float = 0.9  # of Momentum and Nesterov
    dropout: float = 0.0  # probability to drop a hidden activation
    epochs: int = 60
    seeds: int = 8  # random starts trained at once
    seed: int = 0  # the first of them
    own: str = ""  # digest of the learner's own CSV

    def __post_init__(self) -> None:
        for name, menu in (
            ("data", (*datasets.DATASETS, OWN)),
            ("model", MODELS),
            ("activation", ACTIVATIONS),
            ("optimizer", OPTIMIZERS),
        ):
            if getattr(self, name) not in menu:
                raise ValueError(f"{name}: must be one of {', '.join(menu)}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")
            object.__setattr__(self, name, getattr(self, name) + 0)  # -0.0 becomes 0.0
        if self.model == "CNN" and not self.pictures:
            raise ValueError("model: a CNN needs pictures; points have no neighbouring pixels. Choose MLP")

    @property
    def pictures(self) -> bool:
        return self.data != OWN and datasets.kind(self.data) == "images"


@dataclass(frozen=True)
class Result:
    """Everything a run has shown so far. Arrays over seeds have length K, classes C.

    history: core.engine.fit.History.frame(). grid: (100, 100, C) class probabilities, mean over seeds, at the points
    of `axes` (points only). wrong: up to 24 validation pictures that most seeds get wrong, as (picture, truth, answer).
    confusion: (C, C) validation answers of all seeds, rows are the truth (pictures only). stack: only when complete.
    """

    settings: Settings
    dataset: Dataset
    history: pd.DataFrame
    fraction: float
    epoch: int
    stopped: dict[int, str]
    parameters: int
    flops: int
    ms_per_step: float
    memory_mb: float
    device: str
    grid: np.ndarray | None = None
    axes: tuple[np.ndarray, np.ndarray] | None = None
    wrong: tuple[tuple[np.ndarray, int, int], ...] = ()
    confusion: np.ndarray | None = None
    stack: Stack | None = None

    @property
    def diverged(self) -> list[int]:
        return [k for k, why in self.stopped.items() if why == "diverged"]

    def final(self, split: str, metric: str) -> pd.Series:
        """The last value of each model still finite, indexed by model."""
        rows = self.history[(self.history.split == split) & (self.history.metric == metric)]
        rows = rows[~rows.model.isin(self.diverged)]
        return rows.groupby("model").value.last()


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


def dataset(settings: Settings, own: bytes | None = None) -> Dataset:
    """The three splits. Raises core.data.DataError, a sentence, when they cannot be had."""
    if settings.data == OWN:
        if own is None:
            raise datasets.DataError("data: choose a CSV file first")
        return datasets.from_csv(own, settings.seed)
    return datasets.load(settings.data, n=settings.n, noise=settings.noise, seed=settings.seed)


def recipe(settings: Settings) -> Recipe:
    names = {f.name for f in fields(Recipe)} & {f.name for f in fields(Settings)}
    return Recipe(**{name: getattr(settings, name) for name in names})


def run(settings: Settings, own: bytes | None = None, every: float = 0.3) -> Iterator[Result | Waiting]:
    """Train. Yields after every step, so that it stops within one; the Result itself is renewed each `every` seconds."""
    if settings.data in downloads.SOURCES and not downloads.present(settings.data):
        for fraction in downloads.fetch(settings.data):
            yield Waiting(f"Downloading {settings.data}", fraction)
    where = device.pick()
    before = device.memory_bytes(where)
    data = dataset(settings, own).to(where)
    net = build(settings, data.shape, len(data.classes))
    models = stack(lambda: net, range(settings.seed, settings.seed + settings.seeds), where)
    facts = {"parameters": cost.parameters(net), "flops": cost.flops(net, data.shape), "device": device.describe(where)}
    result: Result | None = None
    due, working = 0.0, 0.0
    start = time.perf_counter()
    for history in fit(models, data.train, data.validation, recipe(settings)):
        working += time.perf_counter() - start
        last = history.step == history.total_steps
        if last or time.perf_counter() >= due:
            begun = time.perf_counter()
            measured = {
                "ms_per_step": 1000 * working / max(1, history.step),
                "memory_mb": max(0.0, (device.memory_bytes(where) - before) / 1e6),
            }
            result = snapshot(settings, data, models, history, **facts, **measured)
            now = time.perf_counter()
            due = now + max(every, 5 * (now - begun))  # looking takes at most a sixth of the time
        assert result is not None
        yield result
        start = time.perf_counter()


def snapshot(settings: Settings, data: Dataset, models: Stack, history: History, **facts: object) -> Result:
    """What `models` show now, with copies of all that training will go on to change."""
    done = history.step == history.total_steps
    result = Result(
        settings,
        data,
        history.frame(),
        history.fraction,
        history.epoch,
        dict(history.stopped),
        stack=models if done else None,
        **facts,  # type: ignore[arg-type]
    )
    # Between two measurements a model may have gone astray without anybody having noticed yet.
    sound = (
        torch.tensor([k not in result.diverged for k in range(models.K)])
        & models.theta.detach().isfinite().all(1).cpu()
    )
    if not sound.any():
        return result
    if data.kind == "points":
        axes = field_axes(data)
        p = probabilities(models, axes)[sound]
        p = p[p.flatten(1).isfinite().all(1)]
        return replace(result, grid=p.mean(0).numpy() if len(p) else None, axes=axes)
    answers = predict(models, data.validation.x)[sound]  # (K, n)
    truth, C = data.validation.y.cpu(), len(data.classes)
    confusion = torch.bincount((truth * C + answers).flatten(), minlength=C * C).view(C, C).numpy()
    return replace(result, confusion=confusion, wrong=worst(data, answers))


def field_axes(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Axes of the field that holds the points of every split."""
    x = torch.cat([data.train.x, data.validation.x, data.test.x]).cpu().numpy()
    return plot_axes(x, 100, 0.1)


def probabilities(models: Stack, axes: tuple[np.ndarray, np.ndarray]) -> Tensor:
    """Class probabilities of every model on the grid: (K, rows of axes[1], columns of axes[0], C), on the CPU."""
    a, b = np.meshgrid(*axes)
    points = torch.tensor(np.stack([a, b], -1).reshape(-1, 2), dtype=torch.float32, device=models.device)
    with torch.no_grad():
        p = models.shared(points).softmax(2)
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


def test_scores(result: Result) -> np.ndarray:
    """Test accuracy of each model that did not diverge. The one place where the test split is used."""
    assert result.stack is not None, "a run that is not finished has no test score"
    scores = evaluate(result.stack, result.dataset.test)["accuracy"].cpu().numpy()
    return np.delete(scores, result.diverged)


def sealed(result: Result) -> str:
    """The test score in words."""
    return f"Test accuracy {mean_interval(test_scores(result)).text('%', 100)}"


def script(settings: Settings, own: bytes | None = None) -> str | None:
    """Plain PyTorch that trains the same models (core.export); None when the data is not there."""
    try:
        data = dataset(settings, own)
    except datasets.DataError:
        return None
    return training_script("Training a network", settings, build(settings, data.shape, len(data.classes)), data.classes)
