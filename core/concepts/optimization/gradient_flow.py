"""Gradient flow: why gradients vanish or explode in deep networks, and what keeps them alive.

A gradient on its way back is multiplied in each layer by the weights and by the slope of the activation; over many layers that is a
power. Every activation x initialisation x structure (plain, batch norm, residual, residual with its branch divided by √depth) is looked
at, first as it starts, layer by layer, and then in training on digits, each with and without clipping, from the same starts and on the
same batches.

Sources: Glorot and Bengio (2010); He et al. (2015, 2016); Ioffe and Szegedy (2015); Pascanu, Mikolov and Bengio (2013) for clipping;
Schoenholz et al. (2017) for the theory; Yang et al. (2019) for gradients that explode because of batch norm.
What to expect: plain sigmoid loses the gradient; Kaiming keeps that of ReLU, Xavier about that of tanh; batch norm makes it grow by some
20 % a layer; adding the input of a layer back keeps it only where the branch is small, and with Kaiming ReLU explodes without
the division. Clipping rescues just those. Two cores: the start takes 0.3 s, training about 9 s on one of them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core import data as datasets
from core.concepts.optimization.gradient_flow_network import (
    ACTIVATIONS,
    INITIALISATIONS,
    INPUTS,
    STRUCTURES,
    Family,
    Shape,
    at_start,
    loss,
    together,
)
from core.concepts.optimization.gradient_flow_script import flow_script
from core.concepts.optimization.gradient_flow_theory import wide
from core.concepts.optimization.gradient_flow_words import (
    QUESTIONS,
    described,
    difference,
    findings,
    score,
)
from core.engine.fit import Sampler
from core.engine.optimizers import OPTIMIZERS, Coefficients, State, clip
from core.engine.random import generator

BATCH, MOMENTUM, RECORDS = 32, 0.9, 50
CHOSEN = ("SGD", "Momentum", "Adam")
CLIPPED = ("without clipping", "with clipping")
MEASURES = ("gradient", "activations", "gradient of the weights")
LIMITS: dict[str, tuple[float, float]] = {
    "depth": (2, 30),
    "width": (8, 32),
    "scale": (0.01, 1),
    "lr": (1e-4, 1),
    "clip": (0.01, 100),
    "steps": (50, 400),
    "seeds": (2, 6),
    "seed": (0, 9999),
}


@dataclass(frozen=True)
class Settings:
    depth: int = 16  # hidden layers
    width: int = 16  # neurons in each
    scale: float = 0.1  # s, standard deviation of the weights of N(0, s)
    optimizer: str = "Momentum"  # one of CHOSEN
    lr: float = 0.03
    clip: float = 1.0  # largest norm of the gradient of all weights, where there is clipping
    steps: int = 150  # of training, on 32 digits each
    seeds: int = 5  # random starts of each network
    seed: int = 0  # the first of them

    def __post_init__(self) -> None:
        if self.optimizer not in CHOSEN:
            raise ValueError(f"optimizer: must be one of {', '.join(CHOSEN)}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")
            object.__setattr__(self, name, getattr(self, name) + 0)  # -0.0 is 0.0

    @property
    def range(self) -> tuple[int, ...]:
        return tuple(range(self.seed, self.seed + self.seeds))


@dataclass(frozen=True)
class Look:
    """Which network is looked at closely, and what the map of the start shows."""

    activation: str = "ReLU"
    initialisation: str = "Kaiming"
    structure: str = "plain"
    measure: str = "gradient"

    def __post_init__(self) -> None:
        menus: tuple[Collection[str], ...] = (ACTIVATIONS, INITIALISATIONS, STRUCTURES, MEASURES)
        for name, menu in zip(("activation", "initialisation", "structure", "measure"), menus, strict=True):
            if getattr(self, name) not in menu:
                raise ValueError(f"{name}: must be one of {', '.join(menu)}")

    @property
    def index(self) -> tuple[int, int, int]:
        """Its place in (activation, structure, initialisation)."""
        names = (list(ACTIVATIONS), list(STRUCTURES), list(INITIALISATIONS))
        a, b, c = (
            n.index(v) for n, v in zip(names, (self.activation, self.structure, self.initialisation), strict=True)
        )
        return a, b, c


@dataclass(frozen=True, eq=False)
class Start:
    """Fresh networks and one batch; arrays (activation, structure, initialisation, seed, layer). activations: root mean square of what
    a layer gives; gradient: norm of the loss's gradient with respect to that; weights: with respect to the layer's weights.
    inputs: mean square of an input."""

    settings: Settings
    activations: np.ndarray
    gradient: np.ndarray
    weights: np.ndarray
    inputs: float

    def decades(self) -> np.ndarray:
        """log10 of the gradient at the first layer over that at the last, (activation, structure, initialisation, seed): below 0 it
        vanishes on its way back, above it explodes."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log10(self.gradient[..., 0] / self.gradient[..., -1]))

    def theory(self, look: Look) -> tuple[np.ndarray, np.ndarray]:
        """Of the plain network with this activation and initialisation, if it were infinitely wide; see `wide`."""
        s, std = self.settings, INITIALISATIONS[look.initialisation]
        sizes = [INPUTS, *[s.width] * (s.depth - 1)]
        return wide(ACTIVATIONS[look.activation], [std(n, s.width, s.scale) for n in sizes], sizes, self.inputs)


@dataclass(frozen=True, eq=False)
class Result:
    """Arrays over (activation, structure, initialisation, clipping, seed), below "models". steps (T,): after how many steps there is a
    record; loss, accuracy (T, models): of the batches since the record before; norm (T, models): of the whole gradient at that step,
    before clipping; layers (T, models, depth): of each layer's weights. finite (models): False where a network's gradient overflowed and it
    was stopped. validation (models): accuracy, None before the end."""

    settings: Settings
    start: Start
    fraction: float = 0.0
    steps: np.ndarray | None = None
    loss: np.ndarray | None = None
    accuracy: np.ndarray | None = None
    norm: np.ndarray | None = None
    layers: np.ndarray | None = None
    finite: np.ndarray | None = None
    validation: np.ndarray | None = None

    def frame(self) -> pd.DataFrame:
        """A row a network."""
        s, start = self.settings, self.start.decades()
        rows: list[tuple[object, ...]] = []
        for (a, b, c, d, e), value in np.ndenumerate(
            self.validation if self.validation is not None else np.empty((0,) * 5)
        ):
            names = (list(ACTIVATIONS)[a], STRUCTURES[b], list(INITIALISATIONS)[c], CLIPPED[d], s.range[e])
            rows.append((*names, start[a, b, c, e], value, bool(self.finite[a, b, c, d, e])))  # type: ignore[index]
        columns = ["activation", "structure", "initialisation", "clipping", "seed", "decades", "validation", "finite"]
        return pd.DataFrame(rows, columns=columns)


@lru_cache(maxsize=1)
def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training and validation digits as rows (n, 64) about their mean, scaled to mean square 1 on the training rows."""
    data = datasets.load("digits", n=0)
    x = data.train.x.flatten(1)
    mean, spread = x.mean(0), (x - x.mean(0)).square().mean().sqrt()
    return (x - mean) / spread, data.train.y, (data.validation.x.flatten(1) - mean) / spread, data.validation.y


def begin(s: Settings) -> Start:
    """The networks before any training, on the first 32 training digits."""
    x, y, *_ = digits()
    x, y = x[:BATCH], y[:BATCH]
    return Start(s, *at_start(s.depth, s.width, s.scale, s.range, x, y), float(x.square().mean()))


def run(s: Settings, every: float = 0.4) -> Iterator[Result]:
    """Train both families side by side; yields after every step, the Result renewed each `every` seconds."""
    result = Result(s, begin(s))
    yield result
    x, y, held, truth = digits()
    families = [Family(Shape(s.depth, s.width, s.scale, s.range, norm, 2)) for norm in (False, True)]
    trainers = [Trainer(f, s) for f in families]
    batches = Sampler([generator(seed, "batches") for seed in s.range], [len(x)] * s.seeds, BATCH)
    rows, records, due = list[Tensor](), list[tuple[np.ndarray, ...]](), time.perf_counter() + every
    gap, since = max(1, s.steps // RECORDS), 0
    for step in range(1, s.steps + 1):
        rows = rows or list(batches.epoch())
        mine = rows.pop(0)
        for t in trainers:
            t.step(x[mine], y[mine], step)
        since += 1
        last = step == s.steps
        if step % gap == 0 or last:
            parts = zip(*(t.record(since) for t in trainers), strict=True)
            records.append((np.array(step), *(_both(families, *part) for part in parts)))
            since = 0
        if last or (records and time.perf_counter() >= due):
            result = _so_far(
                result, records, step / s.steps, _both(families, *(t.alive[:, 0].numpy() > 0 for t in trainers))
            )
            due = time.perf_counter() + every
        if last:
            result = replace(result, validation=_both(families, *(_accuracy(f, held, truth) for f in families)))
        yield result


class Trainer:
    """One family in training, half of it clipped; a model whose gradient is no longer finite stops."""

    def __init__(self, family: Family, s: Settings):
        shape = family.shape
        self.family, self.s, self.state = family, s, State()
        limit = torch.tensor([math.inf, s.clip]).view(-1, 1).expand(shape.lengths)
        self.limit, self.alive = limit.reshape(-1, 1), torch.ones(shape.K, 1)
        self.momentum = torch.full((shape.K, 1), MOMENTUM)
        self.sums = torch.zeros(2, shape.K)  # of loss and accuracy since the last record

    def step(self, x: Tensor, y: Tensor, count: int) -> None:
        """x (S, B, 64), y (S, B): each seed's batch, for all its models."""
        f = self.family
        copies = f.shape.K // len(x)
        x, y = x.repeat(copies, 1, 1), y.repeat(copies, 1)
        _, logits = f.forward(x)
        losses = loss(logits, y)
        f.backward(losses)
        with torch.no_grad():
            self.sums += torch.stack([losses.mean(1), (logits.argmax(2) == y).float().mean(1)])
            self.norm = f.grad.norm(dim=1, keepdim=True)
            self.alive *= self.norm.isfinite()
            f.grad.masked_fill_(self.alive == 0, 0)
            self.layers = f.by_layer()
            clip(f.grad, self.limit)
            OPTIMIZERS[self.s.optimizer](
                f.theta, f.grad, self.state, Coefficients(self.s.lr * self.alive, self.momentum, None, count)
            )

    def record(self, steps: int) -> tuple[np.ndarray, ...]:
        """Mean loss and accuracy since the last record, the gradient's norm and that of every layer; NaN of a stopped model."""
        gone = self.alive[:, 0] == 0
        values = (*(self.sums / steps), self.norm[:, 0], self.layers)
        self.sums.zero_()
        return tuple(v.masked_fill(gone.view(-1, *[1] * (v.dim() - 1)), math.nan).numpy() for v in values)


def _both(families: list[Family], *values: np.ndarray) -> np.ndarray:
    return together([(f.shape, v) for f, v in zip(families, values, strict=True)])


def _so_far(result: Result, records: list[tuple[np.ndarray, ...]], fraction: float, finite: np.ndarray) -> Result:
    steps, losses, accuracy, norm, layers = (np.stack(v) for v in zip(*records, strict=True))
    return replace(
        result, fraction=fraction, steps=steps, loss=losses, accuracy=accuracy, norm=norm, layers=layers, finite=finite
    )


def _accuracy(family: Family, x: Tensor, y: Tensor, chunk: int = 120) -> np.ndarray:
    """Of every model, (K,), with batch norm's running statistics."""
    K, right = family.shape.K, 0.0
    with torch.no_grad():
        for part, truth in zip(x.split(chunk), y.split(chunk), strict=True):
            right += (family.forward(part.expand(K, -1, -1), False)[1].argmax(2) == truth).double().sum(1).numpy()
    return np.asarray(right / len(y))


def script(s: Settings, look: Look | None = None) -> str:
    """Plain PyTorch that prints the start of all networks and trains those looked at."""
    return flow_script(s, look or Look())


SOURCES = (
    "Glorot and Bengio, *Understanding the Difficulty of Training Deep Feedforward Neural Networks* (2010)",
    "He, Zhang, Ren and Sun, *Delving Deep into Rectifiers* (2015), and *Deep Residual Learning for Image Recognition* (2016)",
    "Ioffe and Szegedy, *Batch Normalization* (2015)",
    "Pascanu, Mikolov and Bengio, *On the Difficulty of Training Recurrent Neural Networks* (2013), for clipping",
    "Schoenholz, Gilmer, Ganguli and Sohl-Dickstein, *Deep Information Propagation* (2017), for the theory line",
    "Yang, Pennington, Rao, Sohl-Dickstein and Schoenholz, *A Mean Field Theory of Batch Normalization* (2019)",
    "Hanin and Rolnick, *How to Start Training* (2018), for the residual branch",
)

# The interface, some of which stands in files beside this one.
__all__ = [
    "ACTIVATIONS", "CHOSEN", "CLIPPED", "INITIALISATIONS", "LIMITS", "MEASURES", "QUESTIONS", "SOURCES", "STRUCTURES", "Look", "Result",
    "Settings", "Start", "begin", "described", "difference", "findings", "run", "score", "script",
]  # fmt: skip
