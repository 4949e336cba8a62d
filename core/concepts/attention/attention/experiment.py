"""Training both networks of every seed on random sequences, and measuring what they answer and where they look."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional as F

from core.concepts.attention.attention.matrices import compute, places
from core.concepts.attention.attention.network import network, targets
from core.concepts.attention.attention.result import KEYS, LENGTHS, WIDTHS, Result
from core.concepts.attention.attention.settings import BATCH, MEASURED, SYMBOLS, TEST, VALIDATION, WAYS, Settings
from core.engine import device
from core.engine.fit import Recipe, TrainStep
from core.engine.pieces import Meter, relay
from core.engine.random import generator
from core.engine.stack import Stack, stack_steps
from core.progress import Step

DRAWS = 600  # random queries
TIMED = 5  # times that a map is computed; the quickest counts

Steps = Generator[Step[Result], None, Any]


def run(s: Settings) -> Iterator[Step[Result]]:
    """Train the networks with and without what one lacks side by side; a Step after every training step of each."""
    where = device.pick()
    trained = {}
    for way in WAYS:
        build = partial(network, s.form(way), s.length, s.width, s.answers)
        trained[way] = yield from relay(stack_steps(build, list(s.range), where), Step(0.0, doing="models"))
    steps = {
        w: TrainStep(m, Recipe("Adam", lr=s.lr, batch=BATCH), partial(losses, s), s.steps) for w, m in trained.items()
    }
    batches = [generator(seed, "batches") for seed in s.range]
    marks = {round(share) for share in np.geomspace(max(1, s.steps / 50), s.steps, MEASURED)}
    meter, records, result = Meter(where), list[dict[str, Any]](), None
    for count in range(s.steps):
        x = torch.stack([torch.randint(SYMBOLS, (BATCH, s.length), generator=g) for g in batches]).to(where)
        y = targets(s.task, x)
        here: Step[Result] = Step(0.9 * count / s.steps, None if result is None else partial(same, result))
        for way in WAYS:
            meter.reset()
            yield from relay(steps[way].pieces(partial(some, x, y), BATCH, (s.length,), count, meter), here)
            yield here
        if count + 1 in marks:
            result = yield from relay(watched(s, trained, count + 1, records), here)
    assert result is not None
    ending: Step[Result] = Step(0.92, partial(same, result), doing="scores")
    yield ending
    complete = yield from relay(scored(s, result), ending)
    yield Step(1.0, lambda: complete)


def same(result: Result) -> Result:
    return result


def some(x: Tensor, y: Tensor, models: slice, rows: slice) -> tuple[Tensor, Tensor]:
    return x[models, rows], y[models, rows]


def losses(s: Settings, scores: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of each sequence (K, B), mean over its answers: y (K, B, L, answers)."""
    each = F.cross_entropy(scores.reshape(-1, SYMBOLS), y.flatten(), reduction="none")
    return each.view(*y.shape).flatten(2).mean(2)


def sequences(s: Settings, seed: int, purpose: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Digits (n, L) that no network is trained on, and what is to be answered (n, L, answers)."""
    x = torch.randint(SYMBOLS, (n, s.length), generator=generator(seed, purpose))
    return x.numpy(), targets(s.task, x).numpy()


def parameters(models: Stack) -> dict[str, np.ndarray]:
    """The numbers of all models by the names that torch gives them: (K, ...)."""
    theta, found, start = models.theta.detach().cpu().numpy(), {}, 0
    for name, p in models.template.named_parameters():
        found[name] = theta[:, start : start + p.numel()].reshape(-1, *p.shape).copy()
        start += p.numel()
    return found


def measured(s: Settings, way: str, p: dict[str, np.ndarray], x: np.ndarray, y: np.ndarray) -> tuple[Any, ...]:
    """Of one network on sequences x with answers y: share of digits right; attention where each answer stands
    (heads, answers); and attention, mean over heads, where any answer stands."""
    m = compute(s.form(way), p, x)
    stands = places(s.task, x, y)
    right = float((m.answers.argmax(-1) == y).mean())
    each = np.einsum("bhij,birj->hr", m.weights, stands) / (x.shape[0] * x.shape[1])
    anywhere = np.asarray(stands.any(2))[:, None]
    return right, each, float((m.weights * anywhere).sum(-1).mean())


def watched(
    s: Settings, trained: dict[str, Stack], step: int, records: list[dict[str, Any]]
) -> Generator[None, None, Result]:
    """What both networks do on validation sequences after so many steps; adds to the records."""
    found = {way: parameters(models) for way, models in trained.items()}
    for k, seed in enumerate(s.range):
        x, y = sequences(s, seed, "validation", VALIDATION)
        for way, p in found.items():
            right, _, on = measured(s, way, {name: v[k] for name, v in p.items()}, x, y)
            for metric, value in (("accuracy", right), ("attention", on)):
                records.append({"variant": way, "seed": seed, "step": step, "metric": metric, "value": value})
        yield
    return Result(s, 0.9 * step / s.steps, step, pd.DataFrame(records), found)


def scored(s: Settings, result: Result) -> Generator[None, None, Result]:
    """The result with all that is measured on test sequences, on random vectors and on long sequences."""
    rows: dict[str, list[tuple[Any, ...]]] = {way: [] for way in WAYS}
    for k, seed in enumerate(s.range):
        x, y = sequences(s, seed, "test", TEST)
        for way in WAYS:
            rows[way].append(measured(s, way, result.of(way, k), x, y))
            yield
    accuracy, attention, on_answers = ({w: np.array([r[i] for r in rows[w]]) for w in WAYS} for i in range(3))
    random = yield from random_vectors(s.seed)
    seconds = yield from timed()
    scores = (accuracy, attention, on_answers, random, seconds)
    return Result(s, 1.0, s.steps, result.history, result.parameters, *scores)


def random_vectors(seed: int) -> Generator[None, None, np.ndarray]:
    """Of queries and keys of standard normal numbers, without and with the division by the root of their width: standard
    deviation of the scores, largest weight after softmax, and the slope that is left (the trace of softmax's Jacobian)."""
    g = generator(seed, "random vectors")
    found = np.empty((2, len(WIDTHS), 3))
    for i, d in enumerate(WIDTHS):
        products = torch.stack([torch.randn(KEYS, d, generator=g) @ torch.randn(d, generator=g) for _ in range(DRAWS)])
        for scaled in (0, 1):
            scores = products / math.sqrt(d) if scaled else products
            weights = scores.softmax(1)
            found[scaled, i] = scores.std(), weights.max(1).values.mean(), (1 - (weights**2).sum(1)).mean()
        yield
    return found


def timed(width: int = 32) -> Generator[None, None, np.ndarray]:
    """CPU seconds of one map, written out and with scaled_dot_product_attention: (2, lengths)."""

    def explicit(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return (q @ k.transpose(-1, -2) / math.sqrt(width)).softmax(-1) @ v

    ways: tuple[Callable[..., Tensor], ...] = (explicit, F.scaled_dot_product_attention)
    found = np.empty((2, len(LENGTHS)))
    for j, L in enumerate(LENGTHS):
        x = torch.randn(1, 1, L, width, generator=generator(0, "length"))
        for i, way in enumerate(ways):
            best = math.inf
            for _ in range(TIMED):
                begun = time.thread_time()
                way(x, x, x)
                best = min(best, time.thread_time() - begun)
            found[i, j] = max(best, 1e-7)
            yield
    return found
