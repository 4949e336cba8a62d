"""Training one stack at one batch size, full-batch Rprop, and what a step costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.data import Split
from core.engine.fit import Recipe, Sampler, TrainStep, cross_entropy, evaluate
from core.engine.random import generator
from core.engine.stack import Stack

POINTS = 60  # measurements of a run, about


def measured_at(total: int, mark: int) -> np.ndarray:
    """The steps after which validation is measured: 0, ever further apart, the last, and `mark`."""
    apart = np.geomspace(1, total, POINTS).round().astype(int)
    return np.unique([0, mark, *apart.tolist()])


@dataclass(frozen=True)
class Curve:
    """Validation of R rules x S seeds after `steps` (M,) steps: loss, accuracy (M, R, S). mark: which of them is the end
    of the budget of epochs. diverged: (R, S) bool."""

    steps: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    mark: int
    diverged: np.ndarray

    def reached(self, target: float) -> np.ndarray:
        """The first measured step with at least the target accuracy, (R, S); infinity where there is none."""
        there = self.accuracy >= target
        first: np.ndarray = np.where(there.any(0), self.steps[there.argmax(0)], np.inf)
        return first


def train(
    models: Stack, take: Callable[[int], None], validation: Split, total: int, mark: int, rules: int
) -> Iterator[tuple[float, Curve | None]]:
    """take(step) makes one step of every model. Yields the share that is done after each, at the end with the curve."""
    at, losses, right = measured_at(total, mark), [], []
    for step in range(total + 1):
        if step in at:
            scores = evaluate(models, validation)
            losses.append(scores["loss"].cpu().numpy().reshape(rules, -1))
            right.append(scores["accuracy"].cpu().numpy().reshape(rules, -1))
        if step < total:
            take(step)
            yield step / total, None
    lost = ~(models.alive.flatten().cpu().numpy().reshape(rules, -1) > 0)
    yield 1.0, Curve(at, np.array(losses), np.array(right), int(np.flatnonzero(at == mark)[0]), lost)


def minibatch(models: Stack, data: Split, recipe: Recipe, total: int) -> Callable[[int], None]:
    """Steps on batches, each model's own permutations, as core.engine.fit.fit takes them."""
    sampler = Sampler([generator(s, "batches") for s in models.seeds], [len(data.x)] * models.K, recipe.batch)
    step, rows = TrainStep(models, recipe, cross_entropy, total), iter(torch.empty(0))

    def take(number: int) -> None:
        nonlocal rows
        if number % sampler.steps == 0:
            rows = iter(sampler.epoch().to(models.device))
        at = next(rows)
        step(data.x[at], data.y[at], number)

    return take


def rprop(models: Stack, data: Split) -> Callable[[int], None]:
    """Steps of torch.optim.Rprop on all examples. It treats every weight alone, so one instance serves all models."""
    optimizer = torch.optim.Rprop([models.theta])
    y = data.y.expand(models.K, -1)

    def take(number: int) -> None:
        models.backward(cross_entropy(models.shared(data.x), y))
        models.theta.grad = models.grad
        optimizer.step()

    return take


def step_ms(model: nn.Module, data: Split, batch: int, repeats: int = 30) -> float:
    """Milliseconds of one step of one network alone: forwards, backwards, update; the fastest of some, as whatever else the
    machine does only adds to it."""
    optimizer, times = torch.optim.SGD(model.parameters(), 0.0), []
    x, y = data.x[:batch], data.y[:batch]
    for _ in range(repeats):
        start = time.perf_counter()
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        times.append(1000 * (time.perf_counter() - start))
    return min(times)


def saved_bytes(model: nn.Module, x: Tensor, y: Tensor) -> int:
    """Bytes that the forward pass keeps for the backward pass: the tensors that autograd saves, each storage once, the
    weights, which are there anyway, left out."""
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept: dict[int, int] = {}

    def pack(saved: Tensor) -> Tensor:
        storage = saved.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = saved.numel() * saved.element_size()
        return saved

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda saved: saved):
        loss = F.cross_entropy(model(x), y)
    del loss
    return sum(kept.values())
