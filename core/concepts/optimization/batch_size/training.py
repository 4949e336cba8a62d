"""Training one stack at one batch size, Rprop on all examples, and what a step costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.concepts.optimization.batch_size.result import Curve
from core.concepts.optimization.batch_size.settings import MEASUREMENTS
from core.data.dataset import Split
from core.engine.fit import Recipe, Sampler, TrainStep, cross_entropy, evaluate_steps
from core.engine.pieces import Meter, divide, relay, training_seconds
from core.engine.random import generator
from core.engine.stack import Stack

NEAR = (
    0.2  # how close to the target accuracy networks are checked more often, until half of their seeds have reached it
)
Take = Callable[[int, Meter], Generator[None, None, None]]  # one step of every model, in pieces


def measured_at(total: int, mark: int) -> np.ndarray:
    """The steps after which validation is recorded: 0, ever further apart, the last, and `mark`."""
    apart = np.geomspace(1, total, MEASUREMENTS).round().astype(int)
    return np.unique([0, mark, *apart.tolist()])


def checked_at(total: int) -> set[int]:
    """The steps after which it is checked, near the target, whether a network has reached it: every step at first, and
    later every 2 %."""
    steps = [1]
    while steps[-1] < total:
        steps.append(steps[-1] + max(1, steps[-1] // 50))
    return set(steps)


def train(
    models: Stack, take: Take, validation: Split, total: int, mark: int, rules: int, target: float
) -> Generator[float, None, Curve]:
    """Trains for `total` steps, yielding the share that is done after each, and within one that takes long; returns the
    measurements of rules x seeds."""
    at, losses, accuracies, meter = (
        measured_at(total, mark),
        list[np.ndarray](),
        list[np.ndarray](),
        Meter(models.device),
    )
    recorded, checked, S = set(at.tolist()), checked_at(total), models.K // rules
    latest, reached = np.zeros((rules, S)), np.full((rules, S), np.inf)
    for step in range(total + 1):
        seen = []
        if step in recorded:
            scores = yield from relay(evaluate_steps(models, validation, meter=meter), step / total)
            loss, latest = (scores[name].cpu().numpy().reshape(rules, S) for name in ("loss", "accuracy"))
            losses.append(loss)
            accuracies.append(latest.copy())
            seen = list(range(rules))
        elif step in checked:
            seen = _near_target(latest, reached, target)
            for rule in seen:
                part = models.part(slice(rule * S, rule * S + S))
                scores = yield from relay(evaluate_steps(part, validation, meter=meter), step / total)
                latest[rule] = scores["accuracy"].cpu().numpy()
        reached[seen] = np.where(np.isinf(reached[seen]) & (latest[seen] >= target), step, reached[seen])
        if step < total:
            yield from relay(take(step, meter), step / total)
            yield (step + 1) / total
            meter.reset()
    lost = ~(models.alive.flatten().cpu().numpy().reshape(rules, -1) > 0)
    return Curve(at, np.array(losses), np.array(accuracies), int(np.flatnonzero(at == mark)[0]), lost, reached)


def _near_target(accuracy: np.ndarray, reached: np.ndarray, target: float) -> list[int]:
    """The rules under which less than half of the seeds have reached the target, and one that has not is close to it."""
    waiting = np.isinf(reached)
    near = (waiting & (accuracy >= target - NEAR)).any(1) & (2 * waiting.sum(1) >= reached.shape[1])
    return np.flatnonzero(near).tolist()


def minibatch(models: Stack, data: Split, recipe: Recipe, total: int) -> Take:
    """Steps on batches, each model's own permutations, as core.engine.fit.fit takes them."""
    sampler = Sampler([generator(s, "batches") for s in models.seeds], [len(data.x)] * models.K, recipe.batch)
    step, rows = TrainStep(models, recipe, cross_entropy, total), iter(torch.empty(0))
    shape = tuple(data.x.shape[1:])

    def take(number: int, meter: Meter) -> Generator[None, None, None]:
        nonlocal rows
        if number % sampler.steps == 0:
            rows = iter(sampler.epoch().to(models.device))
        at = next(rows)

        def batch(some: slice, examples: slice) -> tuple[Tensor, Tensor]:
            own = at[some, examples]
            return data.x[own], data.y[own]

        yield from step.pieces(batch, sampler.batch, shape, number, meter)

    return take


def rprop(models: Stack, data: Split) -> Take:
    """Steps of torch.optim.Rprop on all examples. It treats every weight alone, so one instance serves all models."""
    optimizer = torch.optim.Rprop([models.theta])
    cost, P = models.cost(tuple(data.x.shape[1:])), models.theta.shape[1]

    def seconds(rows: int) -> float:
        return training_seconds(cost, P, rows)

    division = divide(models.K, len(data.x), seconds, cost.values, models.device, by_rows=False)

    def take(number: int, meter: Meter) -> Generator[None, None, None]:
        for some in division.models:
            if meter.full(division.seconds):
                yield
            part = models.part(some)
            part.backward(cross_entropy(part.shared(data.x), data.y.expand(part.K, -1)))
        models.theta.grad = models.grad
        optimizer.step()

    return take


def step_ms(model: nn.Module, data: Split, batch: int, repeats: int = 30) -> float:
    """Milliseconds of one step of one network alone: forward, backward, update. The fastest of some, because whatever else
    the machine does only adds to it."""
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
    """Bytes that the forward pass keeps for the backward pass: the tensors that autograd saves, each storage once, without
    the weights, which are there anyway."""
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
