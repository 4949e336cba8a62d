"""One optimiser step of every model of a stack, at once or in pieces."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from core.engine.optimizers import OPTIMIZERS, Coefficients, State, clip, shrink
from core.engine.pieces import SHRINK, UPDATE, Division, Meter, divide, groups, training_seconds
from core.engine.recipe import PerModel, Recipe
from core.engine.schedules import Plateau, constant
from core.engine.stack import Stack

Loss = Callable[[Tensor, Tensor], Tensor]  # logits (K, B, out), y (K, B, ...) -> the loss of each example (K, B)
Batch = Callable[
    [slice, slice], tuple[Tensor, Tensor]
]  # some models, some of their examples -> x (k, b, ...), y (k, b)
ALL = slice(None)


@dataclass
class Group:
    """What an update needs to know about a group of models: views of their rows, and their optimiser's state."""

    theta: Tensor
    grad: Tensor
    alive: Tensor
    lr: Tensor
    momentum: Tensor
    weight_decay: Tensor | None
    limit: Tensor | None
    l1: Tensor | None
    factors: Tensor | None
    state: State = field(default_factory=dict)


class TrainStep:
    """One step of every model. On CUDA, a step that is not divided is captured once in a CUDA graph and replayed, unless
    there is dropout, whose noise comes from generators on the CPU.

    weights (K, B): a factor for the loss of each example of a batch; None: 1. factors (K, P): a factor for the learning
    rate of each parameter, as parameter groups of torch.optim give it, and 0 for what is frozen; None: 1.
    """

    def __init__(
        self,
        stack: Stack,
        recipe: Recipe,
        loss: Loss,
        total: int,
        weights: Tensor | None = None,
        factors: Tensor | None = None,
    ):
        self.stack = stack
        self.rate_factors = factors
        self.loss = loss
        self.total = total
        self.weights = weights
        schedules = [recipe.schedule] * stack.K if callable(recipe.schedule) else list(recipe.schedule)
        if len(schedules) != stack.K:
            raise ValueError(f"schedule: must be one, or {stack.K}, one for each model")
        self.schedules = list(dict.fromkeys(schedules))  # each is asked once a step
        self.which = np.array([self.schedules.index(s) for s in schedules])
        self.plateau = Plateau(self._row(recipe.plateau), self._row(recipe.plateau_factor))
        self.varies = self.schedules != [constant] or bool(np.isfinite(recipe.plateau).any())
        self.update = OPTIMIZERS[recipe.optimizer]
        self.base_lr = self._row(recipe.lr)
        self.factors = np.ones(stack.K)
        self.lr = self._column(recipe.lr)
        self.update_seconds = stack.theta.shape[1] * (UPDATE + SHRINK * bool(np.any(recipe.l1)))  # of one model
        self.groups = self._groups(recipe)
        self.capture = stack.device.type == "cuda" and not any(stack.dropout or ())
        # A graph replays the same instructions, so there the count must be a tensor that they can raise.
        self.count: Tensor | int = torch.zeros(1, 1, dtype=torch.float64, device=stack.device) if self.capture else 0
        self.graph: torch.cuda.CUDAGraph | None = None
        self.warm = 0
        self._divisions: dict[tuple[int, ...], Division] = {}

    def _row(self, value: PerModel) -> np.ndarray:
        return np.broadcast_to(np.asarray(value, float), self.stack.K)

    def _column(self, value: PerModel) -> Tensor:
        return torch.tensor(self._row(value), dtype=self.stack.theta.dtype, device=self.stack.device)[:, None]

    def _groups(self, recipe: Recipe) -> list[Group]:
        """The groups of models that are updated one after the other; a single one where that is quick."""
        stack = self.stack
        momentum = self._column(recipe.momentum)
        weight_decay = self._column(recipe.weight_decay) if np.any(recipe.weight_decay) else None
        limit = self._column(recipe.clip) if np.any(np.isfinite(recipe.clip)) else None
        l1 = self._column(recipe.l1) if np.any(recipe.l1) else None
        most = int(Meter(stack.device).limit / self.update_seconds)
        return [
            Group(
                stack.theta[m],
                stack.grad[m],
                stack.alive[m],
                self.lr[m],
                momentum[m],
                None if weight_decay is None else weight_decay[m],
                None if limit is None else limit[m],
                None if l1 is None else l1[m],
                None if self.rate_factors is None else self.rate_factors[m],
            )
            for m in groups(stack.K, most)
        ]

    def __call__(self, x: Tensor, y: Tensor, step: int) -> None:
        """Take a whole step at once, however long it takes: x (K, B, ...), y (K, B); step counts from 0."""
        if self.varies:
            self._set_rates(step)
        if not self.capture:
            self._compute(x, y)
        elif self.warm < 3:  # cuBLAS and the autograd engine allocate on their first calls, which a graph may not
            self._compute(x, y)
            self.warm += 1
        else:
            self._replay(x, y)

    def pieces(
        self, batch: Batch, B: int, shape: tuple[int, ...], step: int, meter: Meter
    ) -> Generator[None, None, None]:
        """Take the same step on B examples of `shape` for each model, yielding between its pieces. A cheap step is one
        piece, computed as by a call.

        batch(models, rows) gives the inputs and classes of some models, for some rows of their batches. A step is divided
        into groups of models. Only where one model on its whole batch is too much, its gradient is summed over parts of
        the batch. Batch norm needs the whole batch, so a network with it is divided into single models and no further.
        A network with a layer that is not torch's is not divided. The loss is given the same parts, so it must treat
        every model and every example on its own. Dropout draws the same numbers however the step is divided. A step that
        is stopped between two pieces may have moved some models and not others.
        """
        if self.at_once(B, shape):
            if meter.full(self.seconds(B, shape)):
                yield
            self(*batch(ALL, ALL), step)
            return
        if self.varies:
            self._set_rates(step)
        division = self._division(B, shape)
        for models in division.models:
            yield from self._gradient(models, batch, B, shape, division, meter)
        self.count += 1
        for group in self.groups:
            if meter.full(len(group.theta) * self.update_seconds):
                yield
            with torch.no_grad():
                self._update(group)

    def seconds(self, B: int, shape: tuple[int, ...]) -> float:
        """Estimated seconds of a step on B examples of `shape` for each model."""
        division = self._division(B, shape)
        return len(division.models) * len(division.rows) * division.seconds + self.stack.K * self.update_seconds

    def at_once(self, B: int, shape: tuple[int, ...]) -> bool:
        """Whether such a step is one piece."""
        division = self._division(B, shape)
        whole = len(division.models) == len(division.rows) == 1
        return whole and self.seconds(B, shape) <= Meter(self.stack.device).limit

    def _division(self, B: int, shape: tuple[int, ...]) -> Division:
        key = (B, *shape)
        if key not in self._divisions:
            stack = self.stack
            cost = stack.cost(shape)
            P = stack.theta.shape[1]
            normalised = any(isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d) for m in stack.template.modules())
            self._divisions[key] = divide(
                stack.K,
                B,
                lambda rows: training_seconds(cost, P, rows),
                cost.values,
                stack.device,
                by_models=stack.divisible,
                by_rows=stack.divisible and not normalised,
            )
        return self._divisions[key]

    def _gradient(
        self, models: slice, batch: Batch, B: int, shape: tuple[int, ...], division: Division, meter: Meter
    ) -> Generator[None, None, None]:
        """Fill the gradients of `models`, and stop the models whose loss is not finite."""
        part = self.stack.part(models)
        total = torch.zeros(part.K, 1, dtype=part.theta.dtype, device=part.device)
        try:
            if len(division.rows) > 1 and any(any(rates) for rates in part.dropout_rates()):
                yield from part.draw(self.stack.cost(shape).masks, B, meter)
            for rows in division.rows:
                if meter.full(division.seconds):
                    yield
                x, y = batch(models, rows)
                losses = self._losses(part, x, y, models, rows)
                part.backward(losses, B, add=rows.start > 0)
                total += losses.detach().sum(1, keepdim=True)
        finally:
            part.drawn = None
        part.alive.mul_(total.isfinite())

    def _losses(self, part: Stack, x: Tensor, y: Tensor, models: slice, rows: slice) -> Tensor:
        if part.drawn is not None:
            part.drawn = part.drawn[0], rows
        part.training = True
        losses = self.loss(part(x), y)
        part.training = False
        return losses if self.weights is None else losses * self.weights[models, rows]

    def _set_rates(self, step: int) -> None:
        factors = np.array([s(step, self.total) for s in self.schedules])[self.which] * self.plateau.scale
        if (factors != self.factors).any():
            self.factors = factors
            self.lr.copy_(torch.from_numpy(self.base_lr * factors)[:, None])

    def _compute(self, x: Tensor, y: Tensor) -> None:
        stack = self.stack
        losses = self._losses(stack, x, y, ALL, ALL)
        stack.backward(losses)
        with torch.no_grad():
            # A model is stopped before the update that would carry a non-finite loss into its weights. Asking the sum
            # first is cheap on the CPU; on a GPU the question itself would wait for the device.
            if stack.device.type != "cpu" or not math.isfinite(losses.sum().item()):
                stack.alive.mul_(losses.sum(1, keepdim=True).isfinite())
            self.count += 1
            for group in self.groups:
                self._update(group)

    def _update(self, group: Group) -> None:
        if group.limit is not None:
            clip(group.grad, group.limit)
        lr = group.lr * group.alive
        if group.factors is not None:
            lr = lr * group.factors
        rates = Coefficients(lr, group.momentum, group.weight_decay, self.count)
        self.update(group.theta, group.grad, group.state, rates)
        if group.l1 is not None:
            shrink(group.theta, self.stack.weight_mask, lr * group.l1)

    def _replay(self, x: Tensor, y: Tensor) -> None:
        if self.graph is None:
            self.x, self.y = x.clone(), y.clone()
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self._compute(self.x, self.y)
        self.x.copy_(x)
        self.y.copy_(y)
        self.graph.replay()
