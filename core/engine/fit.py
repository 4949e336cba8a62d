"""Training a stack: one readable loop that yields its History.

Each model draws its own batches from a generator keyed by its seed and takes one step of its own optimiser. It is measured
on the training and the validation split after each epoch. The loop never sees a test split: `evaluate` gives the test
score when a page asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core.engine.measure import Split, cross_entropy, evaluate, evaluate_steps, norm_steps, shared_steps
from core.engine.pieces import COPY, Meter, relay
from core.engine.random import generator
from core.engine.recipe import PerModel, Recipe
from core.engine.stack import Stack
from core.engine.step import Batch, Loss, TrainStep

__all__ = [
    "Best", "History", "Loss", "PerModel", "Recipe", "Sampler", "Split", "TrainStep", "cross_entropy", "evaluate",
    "evaluate_steps", "fit", "fit_each", "shared_steps",
]  # fmt: skip


@dataclass
class History:
    """What has been measured so far."""

    models: int  # number of models
    total_steps: int  # planned; fewer when all models stop early
    step: int = 0  # steps done
    epoch: int = 0  # epochs done
    stopped: dict[int, str] = field(default_factory=dict)  # model -> "diverged" or "early stopping"
    # (step, epoch, split, metric, models, values of these models); empty until the first measurement is made
    records: list[tuple[int, int, str, str, np.ndarray, np.ndarray]] = field(default_factory=list)

    @property
    def fraction(self) -> float:
        """Share of the planned steps done."""
        return self.step / self.total_steps

    def add(self, split: str, metric: str, values: Tensor, models: np.ndarray) -> None:
        """Record values (K,) of `models`, measured after this step."""
        self.records.append((self.step, self.epoch, split, metric, models, values.cpu().numpy()[models]))

    def record(self, measured: dict[tuple[str, str], Tensor], models: Sequence[int]) -> None:
        """Record what was measured of `models` after this step: (split, metric) -> (K,)."""
        for (split, metric), values in measured.items():
            self.add(split, metric, values, np.array(models))

    def frame(self) -> pd.DataFrame:
        """A table with one row for each measurement: model, step, epoch, split ("train", "validation"), metric, value."""
        none: list[tuple[int, int, str, str, np.ndarray, np.ndarray]] = [
            (0, 0, "train", "loss", np.empty(0, int), np.empty(0, np.float32))
        ]
        records = self.records or none
        sizes = [len(r[4]) for r in records]
        column = {name: np.repeat([r[i] for r in records], sizes) for i, name in enumerate(("step", "epoch"))}
        return pd.DataFrame(
            {
                "model": np.concatenate([r[4] for r in records]),
                **column,
                "split": pd.Categorical(np.repeat([r[2] for r in records], sizes)),
                "metric": pd.Categorical(np.repeat([r[3] for r in records], sizes)),
                "value": np.concatenate([r[5] for r in records]),
            }
        )


class Sampler:
    """Draws which rows each model sees at each step.

    Model k sees a permutation of its first sizes[k] rows, cut into whole batches, and then another. The smallest size
    gives the number of steps in an epoch. A model with more rows continues its permutation in the next epoch.
    """

    def __init__(self, generators: Sequence[torch.Generator], sizes: Sequence[int], batch: int):
        self.generators = generators
        self.sizes = sizes
        self.batch = min(batch, min(sizes))
        self.steps = min(sizes) // self.batch
        self.left = [torch.empty(0, dtype=torch.long) for _ in sizes]

    def epoch(self) -> Tensor:
        """Row numbers (steps, K, B)."""
        need = self.steps * self.batch
        rows = []
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
    """Train the models, yielding one and the same History after every step. To stop, do not ask for the next step.

    A step or a measurement that takes long also yields in its middle (see core.engine.pieces). The History is then
    unchanged since the last yield, so its `step` is the same; before the first measurement its `records` are empty.

    train and validation lie on the stack's device. transform changes each batch (K, B, ...), whole, before the models
    are trained on it. loss may be given some models and some of their examples at a time. seen: the examples that the
    "train" measurements are made on; all of train if None. A model whose loss is no longer finite stops as "diverged",
    and one that runs out of patience as "early stopping". The others go on.
    """
    _set_dropout(stack, recipe)
    seeds = stack.seeds[:1] if recipe.shared_batches else stack.seeds
    generators = [generator(seed, "batches") for seed in seeds]
    sizes = np.broadcast_to(np.minimum(recipe.examples, len(train.x)), len(seeds)).astype(int).tolist()
    sampler = Sampler(generators, sizes, recipe.batch)
    history = History(stack.K, recipe.epochs * sampler.steps)
    meter = Meter(stack.device)
    best = Best(stack, np.broadcast_to(np.asarray(recipe.patience, float), stack.K), meter)
    seen = seen or train
    step = TrainStep(stack, recipe, loss, history.total_steps)
    shape = tuple(train.x.shape[1:])
    at_once = step.at_once(sampler.batch, shape)
    seconds = step.seconds(sampler.batch, shape)
    measured = yield from relay(_measure(stack, seen, validation, meter), history)
    history.record(measured, range(stack.K))
    yield history
    for epoch in range(1, recipe.epochs + 1):
        for number, rows in enumerate(sampler.epoch().to(stack.device), 1):
            meter.reset()
            own = rows.expand(stack.K, -1)
            if at_once:
                meter.full(seconds)
                x, y = _batch(train, own)
                step(transform(x) if transform else x, y, history.step)
            else:
                batch = _batches(train, own, transform)
                yield from relay(step.pieces(batch, sampler.batch, shape, history.step, meter), history)
            if number < sampler.steps:
                history.step += 1
                yield history
        going = [k for k in range(stack.K) if k not in history.stopped]
        measured = yield from relay(_measure(stack, seen, validation, meter, gradient=True), history)
        losses = torch.stack([measured[split, "loss"] for split in ("train", "validation")])
        if np.isfinite(recipe.plateau).any():  # the schedules are known beforehand, this is not
            measured["train", "learning rate"] = step.lr.flatten().clone()
        step.plateau.update(losses[1].cpu().numpy())
        stack.alive.mul_(losses.sum(0).isfinite()[:, None])  # not finite since the very last step, say
        diverged = np.flatnonzero(stack.alive.flatten().cpu().numpy() == 0).tolist()
        out_of_patience = yield from relay(best.update(losses[1]), history)
        stopped = dict.fromkeys(diverged, "diverged") | dict.fromkeys(out_of_patience, "early stopping")
        stopped |= history.stopped
        ends = epoch == recipe.epochs or len(stopped) == stack.K
        if ends:
            yield from relay(best.restore(), history)
        history.step += 1
        history.epoch = epoch
        history.record(measured, going)
        history.stopped.update(stopped)
        if len(stopped) == stack.K:
            history.total_steps = history.step
        yield history
        if ends:
            return


def fit_each(stack: Stack, x: Tensor, y: Tensor, recipe: Recipe, loss: Loss = cross_entropy) -> Iterator[float]:
    """Train each model on rows of its own, x (K, n, ...) and y (K, n), yielding the share of the steps done after each.

    A step that takes long also yields in its middle, the same share again. Nothing is measured, so the recipe's patience
    and plateau have no effect. loss may be given some models and some of their examples at a time.
    """
    _set_dropout(stack, recipe)
    sampler = Sampler([generator(seed, "batches") for seed in stack.seeds], [x.shape[1]] * stack.K, recipe.batch)
    total = recipe.epochs * sampler.steps
    done = 0
    step = TrainStep(stack, recipe, loss, total)
    meter = Meter(stack.device)
    k = torch.arange(stack.K, device=stack.device)[:, None]
    for _ in range(recipe.epochs):
        for rows in sampler.epoch().to(stack.device):
            meter.reset()
            batch = _own_batches(x, y, k, rows)
            yield from relay(step.pieces(batch, sampler.batch, tuple(x.shape[2:]), done, meter), done / total)
            done += 1
            yield done / total


def _set_dropout(stack: Stack, recipe: Recipe) -> None:
    stack.dropout = tuple(float(p) for p in np.broadcast_to(np.asarray(recipe.dropout, float), stack.K))


def _batch(split: Split, rows: Tensor) -> tuple[Tensor, Tensor]:
    """The inputs and classes that the row numbers (K, B) pick from `split`."""
    # Pictures are laid out (B, K, C, H, W), as the grouped convolution wants them; no copy is needed later.
    return split.x[rows.T].transpose(0, 1) if split.x.dim() == 4 else split.x[rows], split.y[rows]


def _batches(split: Split, rows: Tensor, transform: Callable[[Tensor], Tensor] | None) -> Batch:
    """The same for some models and some of their examples at a time. A transform is given all of them at once."""
    if transform is None:
        return lambda models, examples: _batch(split, rows[models, examples])
    x, y = _batch(split, rows)
    changed = transform(x)
    return lambda models, examples: (changed[models, examples], y[models, examples])


def _own_batches(x: Tensor, y: Tensor, k: Tensor, rows: Tensor) -> Batch:
    """The same where model k (K, 1) has inputs and classes of its own."""
    return lambda models, examples: (x[k[models], rows[models, examples]], y[k[models], rows[models, examples]])


def _measure(
    stack: Stack, train: Split, validation: Split, meter: Meter, gradient: bool = False
) -> Generator[None, None, dict[tuple[str, str], Tensor]]:
    """Measures loss and accuracy, the norm of the weights and, where `gradient`, of the last step's gradient (as
    clipped), yielding where it takes long. Returns (split, metric) -> (K,)."""
    measured: dict[tuple[str, str], Tensor] = {}
    for name, split in (("train", train), ("validation", validation)):
        scores = yield from evaluate_steps(stack, split, meter=meter)
        measured |= {(name, metric): values for metric, values in scores.items()}
    measured["train", "weight norm"] = yield from norm_steps(stack.theta.detach(), stack.weight_mask, meter)
    if gradient:
        measured["train", "gradient norm"] = yield from norm_steps(stack.grad, None, meter)
    return measured


class Best:
    """Early stopping (Prechelt, 1998): keeps the weights with the lowest validation loss of each model with a patience."""

    def __init__(self, stack: Stack, patience: np.ndarray, meter: Meter):
        self.stack = stack
        self.patience = patience
        self.meter = meter
        self.loss = np.full(stack.K, np.inf)
        self.waited = np.zeros(stack.K)
        self.rows: dict[int, tuple[Tensor, dict[str, Tensor]]] = {}

    def update(self, validation_loss: Tensor) -> Generator[None, None, list[int]]:
        """Take the validation losses of one epoch (K,), yielding where copying takes long. Returns the models that stop
        now; they have their best weights back."""
        losses = validation_loss.cpu().numpy()
        stops = []
        alive = self.stack.alive.flatten().cpu().numpy() > 0
        for k in np.flatnonzero(np.isfinite(self.patience) & alive).tolist():
            if self.meter.full(self.stack.theta.shape[1] * COPY):
                yield
            if losses[k] < self.loss[k]:
                self.loss[k] = losses[k]
                self.waited[k] = 0
                self.rows[k] = self.stack.row(k)
            else:
                self.waited[k] += 1
                if self.waited[k] >= self.patience[k]:
                    self.stack.alive[k] = 0
                    self.stack.restore(k, self.rows[k])
                    stops.append(k)
        return stops

    def restore(self) -> Generator[None, None, None]:
        """Give the models that never ran out of patience their best weights back, at the end of training."""
        for k, row in self.rows.items():
            if self.meter.full(self.stack.theta.shape[1] * COPY):
                yield
            self.stack.restore(k, row)
