"""Training both networks of every seed on fresh pictures, and measuring what they answer and what the gates do."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core.concepts.attention.channel_attention.gates import compute, losses
from core.concepts.attention.channel_attention.network import network
from core.concepts.attention.channel_attention.pictures import Pictures, compose, switched
from core.concepts.attention.channel_attention.result import Result
from core.concepts.attention.channel_attention.settings import (
    BATCH,
    MEASURED,
    REMOVED,
    TEST,
    VALIDATION,
    WAYS,
    Settings,
)
from core.data.dataset import Dataset, Split
from core.data.images import digits, photos
from core.engine import device
from core.engine.fit import Recipe, TrainStep, cross_entropy
from core.engine.pieces import Meter, relay
from core.engine.random import generator
from core.engine.schedules import cosine
from core.engine.stack import Stack, stack_steps
from core.progress import Step

Steps = Generator[Step[Result], None, Any]
SHOWN = 30  # test pictures that a page can show
PART = 100  # pictures that one network is given at once


def run(s: Settings) -> Iterator[Step[Result]]:
    """Train the networks with and without gates side by side; a Step after every training step of each."""
    where, whole = device.pick(), source(s)
    shown = draw(s, generator(s.seed, "test"), whole.test, TEST)
    apart = np.flatnonzero(shown.y != shown.other)[:SHOWN]
    shown = Pictures(*(values[apart] for values in shown))
    result = Result(s, 0.0, 0, pd.DataFrame(columns=["variant", "seed", "step", "value"]), shown)
    begin: Step[Result] = Step(0.0, partial(same, result), doing="models")
    yield begin
    trained = {}
    for way in WAYS:
        kind = s.attention if way == "with" else "none"
        build = partial(network, kind, s.shape, s.channels, s.hidden, s.classes)
        trained[way] = yield from relay(stack_steps(build, list(s.range), where), begin)
    recipe = Recipe("Adam", lr=s.lr, batch=BATCH, schedule=cosine)
    steps = {way: TrainStep(models, recipe, cross_entropy, s.steps) for way, models in trained.items()}
    batches = [generator(seed, "batches") for seed in s.range]
    held = [draw(s, generator(seed, "validation"), whole.validation, VALIDATION) for seed in s.range]
    marks = {round(share) for share in np.linspace(s.steps / MEASURED, s.steps, MEASURED)}
    meter, records = Meter(where), list[dict[str, Any]]()
    for count in range(s.steps):
        drawn = [draw(s, g, whole.train, BATCH) for g in batches]
        x, y = (torch.from_numpy(np.stack([getattr(p, name) for p in drawn])).to(where) for name in ("x", "y"))
        here: Step[Result] = Step(0.8 * count / s.steps, partial(same, result))
        for way in WAYS:
            meter.reset()
            yield from relay(steps[way].pieces(partial(some, x, y), BATCH, s.shape, count, meter), here)
            yield here
        if count + 1 in marks:
            for way in WAYS:
                answers = yield from relay(answered(trained[way], held, where), here)
                right = (answers == np.stack([p.y for p in held])).mean(1)
                rows = zip(s.range, right.tolist(), strict=True)
                records += [{"variant": way, "seed": k, "step": count + 1, "value": v} for k, v in rows]
            result = Result(s, 0.8 * (count + 1) / s.steps, count + 1, pd.DataFrame(records), shown)
    ending: Step[Result] = Step(0.82, partial(same, result), doing="scores")
    complete = yield from relay(scored(s, result, trained, where), ending)
    yield Step(1.0, lambda: complete)


def same(result: Result) -> Result:
    return result


def some(x: Tensor, y: Tensor, models: slice, rows: slice) -> tuple[Tensor, Tensor]:
    return x[models, rows], y[models, rows]


def source(s: Settings) -> Dataset:
    """What the pictures are made of."""
    return photos() if s.data == "photos" else digits()


def draw(s: Settings, g: torch.Generator, split: Split, n: int) -> Pictures:
    """n pictures made of random digits or photographs of a split."""
    rows = torch.randint(len(split), (2, n), generator=g).numpy()
    lamp = torch.randint(2, (n,), generator=g).numpy()
    return compose(s.data, split.x.numpy(), split.y.numpy(), rows, lamp)


def answered(models: Stack, pictures: list[Pictures], where: torch.device) -> Generator[None, None, np.ndarray]:
    """What each model names the pictures of its seed: (K, n)."""
    x = torch.from_numpy(np.stack([p.x for p in pictures])).to(where)
    found = np.empty(x.shape[:2], int)
    for k in range(models.K):
        for start in range(0, x.shape[1], PART):
            rows = slice(start, start + PART)
            with torch.no_grad():
                scores = models.part(slice(k, k + 1))(x[k : k + 1, rows])
            found[k, rows] = scores[0].argmax(1).cpu().numpy()
            yield
    return found


def parameters(models: Stack) -> dict[str, np.ndarray]:
    """The numbers of all models and their running statistics by the names that torch gives them: (K, ...)."""
    theta, found, start = models.theta.detach().cpu().numpy(), {}, 0
    for name, p in models.template.named_parameters():
        found[name] = theta[:, start : start + p.numel()].reshape(-1, *p.shape).copy()
        start += p.numel()
    return found | {name: buffer.cpu().numpy().copy() for name, buffer in models.buffers.items()}


def scored(
    s: Settings, result: Result, trained: dict[str, Stack], where: torch.device
) -> Generator[None, None, Result]:
    """The result with all that is measured on test pictures."""
    test = [draw(s, generator(seed, "test"), source(s).test, TEST) for seed in s.range]
    truth = np.stack([p.y for p in test])
    accuracy = {}
    for way in WAYS:
        answers = yield from answered(trained[way], test, where)
        accuracy[way] = (answers == truth).mean(1)
    made = Result(s, 1.0, s.steps, result.history, result.pictures, parameters(trained["with"]), accuracy)
    if not made.gated:
        return made
    fixed, exchanged = np.empty(s.seeds), np.zeros((s.seeds, 2))
    gates, removed = np.empty((s.seeds, 2, s.channels)), np.empty((s.seeds, s.channels))
    for k, p in enumerate(test):
        network_k = made.of(k)
        own = yield from in_parts(s, network_k, p.x)
        mean = own[0].mean(0)
        with_mean = yield from in_parts(s, network_k, p.x, np.broadcast_to(mean, own[0].shape))
        fixed[k] = (with_mean[1].argmax(1) == p.y).mean()
        for lamp in (0, 1):
            mine = p.lamp == lamp if s.lit else np.ones(len(p.y), bool)
            gates[k, lamp] = own[0][mine].mean(0)
        if s.lit:
            others = yield from in_parts(s, network_k, switched(s.data, p).x)
            changed = yield from in_parts(s, network_k, p.x, others[0])
            named = changed[1].argmax(1)
            apart = p.y != p.other
            exchanged[k] = [(named == truth)[apart].mean() for truth in (p.y, p.other)]
        removed[k] = yield from without_each(s, network_k, p, own)
    return Result(
        s, 1.0, s.steps, result.history, result.pictures, made.parameters, accuracy, fixed, exchanged, gates, removed
    )


def in_parts(
    s: Settings, p: dict[str, np.ndarray], x: np.ndarray, gates: np.ndarray | None = None
) -> Generator[None, None, tuple[np.ndarray, np.ndarray]]:
    """The first block's channel gates and the probability of each class."""
    found = []
    for start in range(0, len(x), PART):
        rows = slice(start, start + PART)
        answers = compute(s.attention, p, x[rows], None if gates is None else gates[rows])
        found.append((answers.channel, answers.classes))
        yield
    gate, classes = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return gate, classes


def without_each(
    s: Settings, network: dict[str, np.ndarray], p: Pictures, own: tuple[np.ndarray, np.ndarray]
) -> Generator[None, None, np.ndarray]:
    """How much the loss rises when one channel of the first block is removed: (channels,)."""
    x, y, gates = p.x[:REMOVED], p.y[:REMOVED], own[0][:REMOVED]
    before, rises = losses(own[1][:REMOVED], y).mean(), np.empty(s.channels)
    for c in range(s.channels):
        kept = gates * (np.arange(s.channels) != c)
        rises[c] = losses(compute(s.attention, network, x, kept).classes, y).mean() - before
        yield
    return rises
