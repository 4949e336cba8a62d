"""Training a stack: one readable loop that yields its History.

Each model draws its own batches from a generator keyed by its seed, takes one step of its own optimiser, and is
measured on the training and the validation split after each epoch. The test split is not used here at all: `evaluate`
gives the test score when somebody asks for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional as F

from core.engine.optimizers import OPTIMIZERS, Coefficients, State, clip, shrink
from core.engine.random import generator
from core.engine.schedules import Plateau, Schedule, constant
from core.engine.stack import Stack

Loss = Callable[[Tensor, Tensor], Tensor]  # (K, B, out), (K, B) -> (K, B), the loss of each example
PerModel = float | Sequence[float]  # one number for all, or one for each model


class Split(Protocol):
    """Examples x (n, ...) and what is to be predicted, y (n,)."""

    @property
    def x(self) -> Tensor: ...
    @property
    def y(self) -> Tensor: ...


@dataclass(frozen=True)
class Recipe:
    """How to train. PerModel settings may differ along the stack.

    batch: examples a step; the few left over at an epoch's end are not seen in that epoch (another permutation comes).
    weight_decay: L2, as torch.optim takes it. l1: weight of the L1 penalty, by its proximal step. clip: largest gradient
    norm. examples: a model sees only so many of the first training rows. patience: epochs without a better validation loss before a model stops and takes its best weights back.
    schedule: one for all or one for each model. plateau: epochs without a better validation loss before the learning rate
    is multiplied by plateau_factor, on top of the schedule. shared_batches: every model is given the first one's batches.
    Zero (or inf for clip, patience and plateau) means without.
    """

    optimizer: str = "Adam"
    lr: PerModel = 0.01
    momentum: PerModel = 0.9
    weight_decay: PerModel = 0.0
    l1: PerModel = 0.0
    dropout: PerModel = 0.0
    clip: PerModel = math.inf
    patience: PerModel = math.inf
    examples: PerModel = math.inf
    batch: int = 32
    epochs: int = 50
    schedule: Schedule | Sequence[Schedule] = constant
    plateau: PerModel = math.inf
    plateau_factor: PerModel = 0.1
    shared_batches: bool = False

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer: {self.optimizer!r} is not one of {', '.join(OPTIMIZERS)}")
        for name in ("batch", "epochs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: must be at least 1")
        columns = ("lr", "momentum", "weight_decay", "l1", "dropout", "clip", "patience", "examples", "plateau", "plateau_factor")  # fmt: skip
        for name in columns:
            values = np.atleast_1d(np.asarray(getattr(self, name), float))
            if np.isnan(values).any() or (values < 0).any():
                raise ValueError(f"{name}: must be at least 0")
        if np.min(self.examples) < 1:
            raise ValueError("examples: must be at least 1")
        if np.max(self.dropout) >= 1:
            raise ValueError("dropout: must be below 1")


@dataclass
class History:
    """What has been measured so far. step and epoch count from 0 (before training); stopped: model -> why."""

    models: int
    total_steps: int
    step: int = 0
    epoch: int = 0
    stopped: dict[int, str] = field(default_factory=dict)
    records: list[tuple[int, int, str, str, np.ndarray, np.ndarray]] = field(default_factory=list)

    @property
    def fraction(self) -> float:
        """Share of the planned steps that is done."""
        return self.step / self.total_steps

    def add(self, split: str, metric: str, values: Tensor, models: np.ndarray) -> None:
        self.records.append((self.step, self.epoch, split, metric, models, values.cpu().numpy()[models]))

    def frame(self) -> pd.DataFrame:
        """A row a measurement: model, step, epoch, split ("train", "validation"), metric, value."""
        sizes = [len(r[4]) for r in self.records]
        column = {name: np.repeat([r[i] for r in self.records], sizes) for i, name in enumerate(("step", "epoch"))}
        return pd.DataFrame(
            {
                "model": np.concatenate([r[4] for r in self.records]),
                **column,
                "split": pd.Categorical(np.repeat([r[2] for r in self.records], sizes)),
                "metric": pd.Categorical(np.repeat([r[3] for r in self.records], sizes)),
                "value": np.concatenate([r[5] for r in self.records]),
            }
        )


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of each example: logits (K, B, C), y (K, B) -> (K, B)."""
    return F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="none").view(y.shape)


def evaluate(stack: Stack, split: Split, chunk: int = 2**19) -> dict[str, Tensor]:
    """Loss and accuracy of every model on all of `split`, each (K,), in eval mode. chunk: how many values, over all models, the
    widest layer may hold at once, so that what lies between the layers stays near the cache."""
    n, K = len(split.x), stack.K
    widest = max(split.x[0].numel(), *(p.shape[0] for p in stack.template.parameters()))
    size = max(1, chunk // (K * widest))
    loss, right = torch.zeros(K, device=stack.device), torch.zeros(K, device=stack.device)
    was, stack.training = stack.training, False
    with torch.no_grad():
        for start in range(0, n, size):
            x, y = split.x[start : start + size], split.y[start : start + size]
            logits = stack.shared(x)
            loss += cross_entropy(logits, y.expand(K, -1)).sum(1)
            right += (logits.argmax(2) == y).sum(1)
    stack.training = was
    return {"loss": loss / n, "accuracy": right / n}


class Sampler:
    """Which rows each model sees at each step: a permutation of the first sizes[k] rows, cut into whole batches, then
    another. An epoch has as many steps as the smallest size gives; a model with more rows goes on where it was."""

    def __init__(self, generators: Sequence[torch.Generator], sizes: Sequence[int], batch: int):
        self.generators, self.sizes, self.batch = generators, sizes, min(batch, min(sizes))
        self.steps = min(sizes) // self.batch
        self.left = [torch.empty(0, dtype=torch.long) for _ in sizes]

    def epoch(self) -> Tensor:
        """Row numbers (steps, K, B)."""
        need, rows = self.steps * self.batch, []
        for k, (g, n) in enumerate(zip(self.generators, self.sizes, strict=True)):
            own = self.left[k]
            while len(own) < need:
                fresh = torch.randperm(n, generator=g)[: n // self.batch * self.batch]
                own = torch.cat([own, fresh]) if len(own) else fresh
            rows.append(own[:need])
            self.left[k] = own[need:]
        return torch.stack(rows).view(len(rows), self.steps, self.batch).transpose(0, 1)


def fit(
    stack: Stack,
    train: Split,
    validation: Split,
    recipe: Recipe,
    loss: Loss = cross_entropy,
    transform: Callable[[Tensor], Tensor] | None = None,
    seen: Split | None = None,
) -> Iterator[History]:
    """Train, yielding the one History after every step, so that not asking for the next step is how to stop.

    train and validation lie on the stack's device. transform changes each batch (K, B, ...) before it is trained on.
    seen: what the "train" measurements are made on, when not on all of train. A model whose loss is no longer finite stops ("diverged"), one out of patience too ("early stopping"); the others go on.
    """
    stack.dropout = tuple(float(p) for p in np.broadcast_to(np.asarray(recipe.dropout, float), stack.K))
    seeds = stack.seeds[:1] if recipe.shared_batches else stack.seeds
    generators = [generator(seed, "batches") for seed in seeds]
    sizes = np.broadcast_to(np.minimum(recipe.examples, len(train.x)), len(seeds)).astype(int).tolist()
    sampler = Sampler(generators, sizes, recipe.batch)
    history = History(stack.K, recipe.epochs * sampler.steps)
    patience = np.broadcast_to(np.asarray(recipe.patience, float), stack.K)
    best = Best(stack, patience)
    seen = seen or train
    step = TrainStep(stack, recipe, loss, history.total_steps)
    _measure(stack, history, seen, validation, range(stack.K))
    yield history
    for epoch in range(1, recipe.epochs + 1):
        for rows in sampler.epoch().to(stack.device):
            rows = rows.expand(stack.K, -1)
            # Pictures are laid out (B, K, C, H, W), as the grouped convolution wants them; no copy is needed later.
            x = train.x[rows.T].transpose(0, 1) if train.x.dim() == 4 else train.x[rows]
            step(transform(x) if transform else x, train.y[rows], history.step)
            history.step += 1
            if history.step % sampler.steps:
                yield history
        history.epoch = epoch
        going = [k for k in range(stack.K) if k not in history.stopped]
        alive = stack.alive.flatten().cpu().numpy() > 0
        for k in np.flatnonzero(~alive).tolist():
            history.stopped.setdefault(k, "diverged")
        losses = _measure(stack, history, seen, validation, going)
        if np.isfinite(recipe.plateau).any():  # the schedules are known beforehand, this is not
            history.add("train", "learning rate", step.lr.flatten(), np.array(going))
        step.plateau.update(losses[1].cpu().numpy())
        for k in np.flatnonzero(~losses.sum(0).isfinite().cpu().numpy()).tolist():  # by the very last step, say
            stack.alive[k] = 0
            history.stopped.setdefault(k, "diverged")
        for k in best.update(losses[1]):
            history.stopped[k] = "early stopping"
        if len(history.stopped) == stack.K:
            history.total_steps = history.step
        if history.step == history.total_steps:
            best.restore()
        yield history
        if history.step == history.total_steps:
            return


def fit_each(stack: Stack, x: Tensor, y: Tensor, recipe: Recipe, loss: Loss = cross_entropy) -> Iterator[float]:
    """Train each model on rows of its own, x (K, n, ...) and y (K, n), as after resampling. Nothing is measured, so
    nothing waits for a better loss; yields the share of the steps that is done, after each."""
    stack.dropout = tuple(float(p) for p in np.broadcast_to(np.asarray(recipe.dropout, float), stack.K))
    sampler = Sampler([generator(seed, "batches") for seed in stack.seeds], [x.shape[1]] * stack.K, recipe.batch)
    total, done = recipe.epochs * sampler.steps, 0
    step, k = TrainStep(stack, recipe, loss, total), torch.arange(stack.K, device=stack.device)[:, None]
    for _ in range(recipe.epochs):
        for rows in sampler.epoch().to(stack.device):
            step(x[k, rows], y[k, rows], done)
            done += 1
            yield done / total


def _measure(stack: Stack, history: History, train: Split, validation: Split, going: Sequence[int]) -> Tensor:
    """Record the models `going`: loss and accuracy, the norm of the weights and, once there is one, of the last step's
    gradient (as clipped). Returns the training and the validation loss of all models, (2, K)."""
    models, losses = np.array(going), []
    for name, split in (("train", train), ("validation", validation)):
        scores = evaluate(stack, split)
        losses.append(scores["loss"])
        for metric, values in scores.items():
            history.add(name, metric, values, models)
    history.add("train", "weight norm", (stack.theta.detach() * stack.weights).norm(dim=1), models)
    if history.step:
        history.add("train", "gradient norm", stack.grad.norm(dim=1), models)
    return torch.stack(losses)


class Best:
    """Early stopping: the best row of each model that has a patience, by validation loss (Prechelt, 1998)."""

    def __init__(self, stack: Stack, patience: np.ndarray):
        self.stack, self.patience = stack, patience
        self.loss = np.full(stack.K, np.inf)
        self.waited = np.zeros(stack.K)
        self.rows: dict[int, tuple[Tensor, dict[str, Tensor]]] = {}

    def update(self, validation_loss: Tensor) -> list[int]:
        """Take one epoch's losses (K,); returns the models that stop now, already put back to their best weights."""
        losses, stops = validation_loss.cpu().numpy(), []
        alive = self.stack.alive.flatten().cpu().numpy() > 0
        for k in np.flatnonzero(np.isfinite(self.patience) & alive):
            if losses[k] < self.loss[k]:
                self.loss[k], self.waited[k], self.rows[int(k)] = losses[k], 0, self.stack.row(int(k))
            else:
                self.waited[k] += 1
                if self.waited[k] >= self.patience[k]:
                    self.stack.alive[k] = 0
                    self.stack.restore(int(k), self.rows[int(k)])
                    stops.append(int(k))
        return stops

    def restore(self) -> None:
        """At the end of training: the best weights of the models that never ran out of patience."""
        for k, row in self.rows.items():
            self.stack.restore(k, row)


class TrainStep:
    """One step of every model. On CUDA the step is captured once in a CUDA graph and replayed, unless there is dropout,
    whose noise comes from generators on the CPU."""

    def __init__(self, stack: Stack, recipe: Recipe, loss: Loss, total: int):
        self.stack, self.loss, self.total = stack, loss, total
        schedules = [recipe.schedule] * stack.K if callable(recipe.schedule) else list(recipe.schedule)
        if len(schedules) != stack.K:
            raise ValueError(f"schedule: must be one, or {stack.K}, one for each model")
        self.schedules = list(dict.fromkeys(schedules))  # each is asked once a step
        self.which = np.array([self.schedules.index(s) for s in schedules])
        self.plateau = Plateau(self._row(recipe.plateau), self._row(recipe.plateau_factor))
        self.varies = self.schedules != [constant] or bool(np.isfinite(recipe.plateau).any())
        self.update = OPTIMIZERS[recipe.optimizer]
        self.state: State = {}
        self.base_lr, self.factors = self._row(recipe.lr), np.ones(stack.K)
        self.lr, self.momentum = self._column(recipe.lr), self._column(recipe.momentum)
        self.weight_decay = self._column(recipe.weight_decay) if np.any(recipe.weight_decay) else None
        self.l1 = self._column(recipe.l1) if np.any(recipe.l1) else None
        self.limit = self._column(recipe.clip) if np.any(np.isfinite(recipe.clip)) else None
        self.capture = stack.device.type == "cuda" and not any(stack.dropout or ())
        # A graph replays the same instructions, so there the count must be a tensor that they can raise.
        self.count: Tensor | int = torch.zeros(1, 1, dtype=torch.float64, device=stack.device) if self.capture else 0
        self.graph: torch.cuda.CUDAGraph | None = None
        self.warm = 0

    def _row(self, value: PerModel) -> np.ndarray:
        return np.broadcast_to(np.asarray(value, float), self.stack.K)

    def _column(self, value: PerModel) -> Tensor:
        return torch.tensor(self._row(value), dtype=self.stack.theta.dtype, device=self.stack.device)[:, None]

    def __call__(self, x: Tensor, y: Tensor, step: int) -> None:
        """x (K, B, ...), y (K, B); step counts from 0."""
        if self.varies:
            factors = np.array([s(step, self.total) for s in self.schedules])[self.which] * self.plateau.scale
            if (factors != self.factors).any():
                self.factors = factors
                self.lr.copy_(torch.from_numpy(self.base_lr * factors)[:, None])
        if not self.capture:
            self._compute(x, y)
        elif self.warm < 3:  # cuBLAS and the autograd engine allocate on their first calls, which a graph may not
            self._compute(x, y)
            self.warm += 1
        else:
            self._replay(x, y)

    def _compute(self, x: Tensor, y: Tensor) -> None:
        stack = self.stack
        stack.training = True
        losses = self.loss(stack(x), y)
        stack.training = False
        stack.backward(losses)
        with torch.no_grad():
            # A model is stopped before the update that would carry a non-finite loss into its weights. Asking the sum
            # first is cheap on the CPU; on a GPU the question itself would wait for the device.
            if stack.device.type != "cpu" or not math.isfinite(losses.sum().item()):
                stack.alive.mul_(losses.sum(1, keepdim=True).isfinite())
            self.count += 1
            if self.limit is not None:
                clip(stack.grad, self.limit)
            lr = self.lr * stack.alive
            self.update(
                stack.theta, stack.grad, self.state, Coefficients(lr, self.momentum, self.weight_decay, self.count)
            )
            if self.l1 is not None:
                shrink(stack.theta, stack.weights, lr * self.l1)

    def _replay(self, x: Tensor, y: Tensor) -> None:
        if self.graph is None:
            self.x, self.y = x.clone(), y.clone()
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self._compute(self.x, self.y)
        self.x.copy_(x)
        self.y.copy_(y)
        self.graph.replay()
