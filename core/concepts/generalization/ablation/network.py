"""The network that may lack any component, and the training of all variants at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.concepts.generalization.ablation.settings import Settings, Variant, variants
from core.data import loaders
from core.data.checks import stratified_rows
from core.data.points import POINTS
from core.data.shift import shifted
from core.engine.fit import Sampler
from core.engine.pieces import relay
from core.engine.random import generator, initialise
from core.engine.recipe import Recipe
from core.engine.schedules import constant, cosine
from core.engine.stack import Stack, stack_steps
from core.engine.step import TrainStep

JITTER = 0.1  # standard deviation by which augmentation moves points
PIECE = 0.12  # seconds that one stack's training step may take
HELD_OUT = 1000  # points to validate on, and twice as many to test on


class Keep(nn.Identity):
    """Passes its input on, and keeps it for the end of the block."""

    kept: Tensor

    def forward(self, x: Tensor) -> Tensor:
        self.kept = x
        return x


class Add(nn.Identity):
    """The end of a residual block: adds what was kept at its start, times a gate, 1 where there is the connection and 0
    where there is not: (K, 1, 1), one a model, or one number."""

    def __init__(self, start: Keep, gate: Tensor | float):
        super().__init__()
        self.start, self.gate = [start], gate  # in a list, so that it is not counted as a layer twice

    def forward(self, x: Tensor) -> Tensor:
        return x + self.gate * self.start[0].kept


def build(s: Settings, features: int, classes: int, gate: Tensor | float, norm: bool = True, drop: bool = True) -> nn.Sequential:  # fmt: skip
    """A hidden layer, then s.depth blocks of one layer each, which may have a connection past them."""

    def hidden(inputs: int) -> list[nn.Module]:
        layers = [nn.Linear(inputs, s.width), nn.BatchNorm1d(s.width), nn.ReLU(), nn.Dropout(s.dropout)]
        return [m for m, there in zip(layers, (True, norm, True, drop), strict=True) if there]

    layers = hidden(features)
    for _ in range(s.depth):
        start = Keep()
        layers += [start, *hidden(s.width), Add(start, gate)] if np.any(np.asarray(gate)) else hidden(s.width)
    return nn.Sequential(*layers, nn.Linear(s.width, classes))


@dataclass(frozen=True)
class Data:
    """train: (seeds, n, C, H, W) or (seeds, n, 2), each seed's own examples, and their classes (seeds, n). Points: validation
    and test are each seed's own too, (seeds, m, 2); pictures: everybody's, (m, ...)."""

    x: Tensor
    y: Tensor
    validation: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]
    classes: int


def halved(x: Tensor) -> Tensor:
    """Pictures of 28 x 28 at half the size."""
    return F.avg_pool2d(x, 2) if x.shape[-1] == 28 else x


def load(s: Settings) -> Generator[None, None, Data]:
    """Loads the examples of every seed, with pauses."""
    if s.pictures:
        whole = loaders.load(s.data, n=0)
        yield
        y = whole.train.y.numpy()
        rows = torch.tensor(np.stack([stratified_rows(y, s.n, seed) for seed in s.all_seeds]))
        yield
        x = halved(whole.train.x)
        held = [(halved(part.x), part.y) for part in (whole.validation, whole.test)]
        yield
        return Data(x[rows], whole.train.y[rows], held[0], held[1], len(whole.classes))
    parts: list[list[Tensor]] = [[] for _ in range(6)]
    for seed in s.all_seeds:
        x_np, y_np = POINTS[s.data](s.n + 3 * HELD_OUT, s.noise, seed)
        order = np.random.default_rng(seed).permutation(len(y_np))
        x, labels = torch.tensor(x_np)[order], torch.tensor(y_np)[order]
        cuts = (0, s.n, s.n + HELD_OUT, len(labels))
        for i in range(3):
            parts[2 * i].append(x[cuts[i] : cuts[i + 1]])
            parts[2 * i + 1].append(labels[cuts[i] : cuts[i + 1]])
        yield
    a, b, c, d, e, f = (torch.stack(p) for p in parts)
    return Data(a, b, (c, d), (e, f), int(b.max()) + 1)


def augmented(x: Tensor, s: Settings, g: torch.Generator) -> Tensor:
    """A batch (B, ...) of pictures moved, or of points jittered."""
    return shifted(x, s.shift, g) if s.pictures else x + JITTER * torch.randn(x.shape, generator=g)


def rates(s: Settings, v: Variant) -> tuple[float, float, float]:
    """Learning rate, momentum and weight decay of a variant."""
    has = v.parts.__contains__
    alone = s.lr / (1 - s.momentum) if s.fair else s.lr
    return s.lr if has("momentum") else alone, s.momentum * has("momentum"), s.decay * has("weight decay")


def train(s: Settings, data: Data, where: torch.device) -> Iterator[tuple[list[Stack], int, int]]:
    """Train all variants times seeds; yields (stacks, steps done, steps in all), first before any, and no stacks while they
    are being built or within a step. One stack holds as many variants, in their order, as can make a step without a pause.
    What belongs to a seed (examples, start, batches, noise) is the same for all variants."""
    features, S = data.x[0, 0].numel(), len(s.all_seeds)
    sampler = Sampler([generator(k, "batches") for k in s.all_seeds], [s.n] * S, s.batch)
    total = s.epochs * sampler.steps
    groups: list[Group] = []
    for some in divided(s):
        building = Group.build(s, some, features, data.classes, total, where)
        groups.append((yield from relay(building, ([], 0, total))))
    noise = [generator(k, "augmentation") for k in s.all_seeds]
    moving = any("augmentation" in v.parts for v in variants(s))
    stacks = [group.models for group in groups]
    done, own = 0, torch.arange(S)[:, None]
    yield stacks, 0, total
    for _ in range(s.epochs):
        for batch in sampler.epoch():
            x, y = data.x[own, batch], data.y[own, batch]  # (S, B, ...), (S, B)
            moved = x
            if moving:
                moved = torch.stack([augmented(part, s, g) for part, g in zip(x, noise, strict=True)])
            for i, group in enumerate(groups):
                if i:
                    yield [], done, total
                group(x.to(where), moved.to(where), y.to(where), done)
            done += 1
            yield stacks, done, total


def divided(s: Settings) -> Iterator[tuple[Variant, ...]]:
    """The variants in groups whose training step takes at most PIECE seconds, as even as they can be."""
    rows = variants(s)
    most = max(1, int(PIECE / (s.seeds * s.step_seconds)))
    for part in np.array_split(np.arange(len(rows)), -(-len(rows) // most)):
        yield tuple(rows[i] for i in part)


@dataclass(frozen=True)
class Group:
    """Some variants that train as one stack, variant by variant, each with all seeds."""

    models: Stack
    step: TrainStep
    moving: Tensor  # (variants, seeds, 1, ...) bool: whether a model is trained on moved pictures

    @staticmethod
    def build(
        s: Settings, some: tuple[Variant, ...], features: int, classes: int, total: int, where: torch.device
    ) -> Generator[None, None, Group]:
        """Makes the networks at initialisation, with pauses."""
        rows = [v for v in some for _ in s.all_seeds]
        seeds = [k for _ in some for k in s.all_seeds]

        def has(part: str) -> list[bool]:
            return [part in v.parts for v in rows]

        gate = torch.tensor(has("residual"), dtype=torch.float32, device=where).view(-1, 1, 1)
        models = yield from stack_steps(lambda: build(s, features, classes, gate), seeds, where)
        models.normalised = torch.tensor(has("batch norm"), device=where).nonzero().flatten()
        models.dropout = tuple(s.dropout * dropped for dropped in has("dropout"))
        lr, momentum, decay = zip(*(rates(s, v) for v in rows), strict=True)
        schedule = [cosine if falls else constant for falls in has("schedule")]
        recipe = Recipe("Momentum", lr=lr, momentum=momentum, weight_decay=decay, schedule=schedule)
        moving = torch.tensor(has("augmentation"), device=where).view(len(some), len(s.all_seeds), 1, 1)
        return Group(models, TrainStep(models, recipe, cross_entropy, total), moving)

    def __call__(self, x: Tensor, moved: Tensor, y: Tensor, done: int) -> None:
        """One training step on the batch of each seed: x and moved (S, B, ...), y (S, B)."""
        times = len(self.moving)
        inputs = torch.where(self.moving, moved.flatten(2), x.flatten(2))  # (variants, S, B, features)
        self.step(inputs.flatten(0, 1), y.repeat(times, 1), done)


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    return F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="none").view(y.shape)


def answer_steps(
    stacks: list[Stack], split: tuple[Tensor, Tensor], chunk: int = 50
) -> Generator[None, None, np.ndarray]:
    """Computes which rows every model classifies correctly, (K, rows) bool, rows of its own seed or everybody's; with a pause
    after each chunk of rows."""
    x, y = split
    right = []
    for models in stacks:
        parts = []
        x, y = x.to(models.device), y.to(models.device)
        for start in range(0, y.shape[-1], chunk):
            these = slice(start, start + chunk)
            with torch.no_grad():
                if y.dim() == 1:
                    parts.append(models.shared(x[these].flatten(1)).argmax(2) == y[these])
                else:
                    times = models.K // len(y)
                    logits = models(x[:, these].repeat(times, 1, 1))
                    parts.append(logits.argmax(2) == y[:, these].repeat(times, 1))
            yield
        right.append(torch.cat(parts, 1))
    return np.asarray(torch.cat(right).cpu().numpy())


def timing_steps(
    s: Settings, data: Data, rounds: int = 15, steps: int = 4
) -> Generator[None, None, dict[str, np.ndarray]]:
    """Measures milliseconds of one step of one plain torch network on one core, by variant: the bare one, each component
    alone, and the full recipe. Rounds take turns, so that what else the machine does falls on all alike."""
    runs = {v.name: _stepper(s, data, v) for v in variants(s) if not v.name.startswith("without ")}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for i in range(rounds + 2):  # the first two warm up
        for name, step in runs.items():
            start = time.thread_time()
            for _ in range(steps):
                step()
            if i >= 2:
                times[name].append(1000 * (time.thread_time() - start) / steps)
            yield
    return {name: np.array(v) for name, v in times.items()}


def _stepper(s: Settings, data: Data, v: Variant) -> Callable[[], None]:
    has = v.parts.__contains__
    gate = float(has("residual"))
    model = build(s, data.x[0, 0].numel(), data.classes, gate, has("batch norm"), has("dropout"))
    initialise(model, 0)
    for m in model.modules():
        if isinstance(m, nn.Dropout):
            m.p = s.dropout
    lr, momentum, decay = rates(s, v)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10_000) if has("schedule") else None
    x, y, g = data.x[0, : s.batch], data.y[0, : s.batch], generator(0, "timing")

    def step() -> None:
        inputs = augmented(x, s, g) if has("augmentation") else x
        optimizer.zero_grad()
        F.cross_entropy(model(inputs.flatten(1)), y).backward()
        optimizer.step()
        if schedule is not None:
            schedule.step()

    return step
