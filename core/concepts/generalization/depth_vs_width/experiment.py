"""The run: networks of every depth side by side, and the folding network from two starts."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from core.concepts.generalization.depth_vs_width.networks import bends, build, near_the_fold, rows, scaled
from core.concepts.generalization.depth_vs_width.result import LINE, RATES, STARTS, Networks, Result
from core.concepts.generalization.depth_vs_width.settings import Settings
from core.concepts.generalization.depth_vs_width.targets import DEPTHS, REGULAR, TARGETS, VALIDATION, knots, widths
from core.engine.fit import Recipe, fit_each, shared_steps
from core.engine.pieces import finish, relay
from core.engine.schedules import cosine
from core.engine.stack import Stack, stack, stack_steps
from core.progress import Step

BATCH = 32
HELD_OUT = 200  # validation rows
RECORDS = 20  # measurements after the one before training
POINTS = 1001  # points of the test, evenly spaced over [0, 1]
NEAR = 0.1  # share by which each number of the folding network is off when it starts near the fold


def squared_error(out: Tensor, y: Tensor) -> Tensor:
    """Squared error of each example: out (K, B, 1), y (K, B)."""
    return (out.squeeze(2) - y) ** 2


class Group:
    """Networks of one shape and what they learn, in the order (target, rate, seed), the last fastest."""

    def __init__(self, settings: Settings, models: Stack, shape: tuple[int, ...], targets: Sequence[str]):
        self.settings, self.models, self.targets = settings, models, targets
        self.widths = shape
        self.shape = len(targets), len(RATES), settings.seeds
        self.held_out = self.rows(HELD_OUT, VALIDATION)
        self.history: list[np.ndarray] = []

    def rows(self, n: int, purpose: int) -> tuple[Tensor, Tensor]:
        """The rows of each model: inputs (K, n, 1) and targets (K, n)."""
        s = self.settings
        x, y = zip(*(rows(t, s.folds, s.range, n, s.noise, purpose) for t in self.targets), strict=True)
        inputs = torch.cat([v.repeat(len(RATES), 1, 1) for v in x])
        return inputs, torch.cat([v.repeat(len(RATES), 1) for v in y])

    def fit(self, training: tuple[Tensor, Tensor]) -> Iterator[float]:
        """Train; yields the share of the steps done."""
        s = self.settings
        lr = np.tile(np.repeat(RATES, s.seeds), len(self.targets)).tolist()
        recipe = Recipe("Adam", lr=lr, batch=BATCH, epochs=s.epochs, schedule=cosine)
        return fit_each(self.models, *training, recipe, squared_error)

    def validate(self) -> None:
        """Record the validation errors."""
        with torch.no_grad():
            errors = squared_error(self.models(self.held_out[0]), self.held_out[1]).mean(1)
        self.history.append(errors.double().view(self.shape).numpy())

    def answers(self, points: int) -> Generator[None, None, np.ndarray]:
        """Computes the networks' functions over [0, 1], (targets, rates, seeds, points)."""
        x = scaled(torch.linspace(0, 1, points))[:, None]
        out = yield from shared_steps(self.models, x, lambda values: values.squeeze(2))
        return np.asarray(out.double().numpy()).reshape(*self.shape, points)

    def networks(self) -> Networks:
        """What there is to see of them so far."""
        return Networks(self.widths, np.stack(self.history), finish(self.answers(LINE)))

    def tested(self) -> Generator[None, None, Networks]:
        """Computes what there is to see at the end."""
        now, s = self.networks(), self.settings
        yield
        x = np.linspace(0, 1, POINTS)
        truth = np.array([[np.interp(x, *knots(t, s.folds, seed)) for seed in s.range] for t in self.targets])
        yield
        answers = yield from self.answers(POINTS)
        yield
        pieces = np.zeros((len(self.targets), s.seeds), int)
        for t, k in np.ndindex(pieces.shape):
            at = int(np.ravel_multi_index((t, now.rates[t], k), self.shape))
            pieces[t, k] = len(bends(self.models.unstack(at))) + 1
            yield
        start = []
        for seed in s.range:
            start.append(len(bends(stack(partial(build, self.widths), [seed]).unstack(0))) + 1)
            yield
        return replace(now, test=((answers - truth[:, None]) ** 2).mean(-1), pieces=pieces, start=np.array(start))


def group(settings: Settings, shape: tuple[int, ...], targets: Sequence[str]) -> Generator[None, None, Group]:
    """Makes untrained networks of one shape."""
    seeds = [*settings.range] * (len(targets) * len(RATES))
    models = yield from stack_steps(partial(build, shape), seeds)
    yield
    return Group(settings, models, shape, targets)


def folding(settings: Settings) -> Generator[None, None, Group]:
    """Makes the folding network, two neurons a layer, from a random start and from near the fold."""
    s = settings
    made = yield from group(s, (2,) * s.folds, (REGULAR,) * len(STARTS))
    yield
    for k, (start, _, seed) in enumerate(np.ndindex(made.shape)):
        if start == 1:
            made.models.embed(k, near_the_fold(s.folds, s.range[seed], NEAR))
    return made


def run(settings: Settings) -> Iterator[Step[Result]]:
    """Train all depths side by side; a Step after every step of theirs."""
    s = settings
    preparing: Step[Result] = Step(0.0, doing="models")
    yield preparing
    fold = yield from relay(folding(s), preparing)
    groups = [fold]
    for depth in DEPTHS:
        made = yield from relay(group(s, widths(depth, s.budget), TARGETS), preparing)
        groups.append(made)
    trainings = []
    for each in groups:
        each.validate()
        trainings.append(each.fit(each.rows(s.n, purpose=6)))
        yield preparing
    total = s.epochs * (s.n // min(BATCH, s.n))
    marks = {round(v) for v in np.linspace(0, total, RECORDS + 1)}
    steps = [0]
    for step in range(1, total + 1):
        fraction = min(step / total, 0.999)  # the very end is left to the Step with the test
        for training in trainings:
            while next(training) < step / total:
                yield Step(fraction)
        if step in marks:
            for each in groups:
                each.validate()
            steps.append(step)
        yield Step(fraction, partial(so_far, s, groups, list(steps), fraction))
    networks = []
    for each in groups:
        done = yield from relay(each.tested(), Step[Result](0.999))
        networks.append(done)
    depths = dict(zip(DEPTHS, networks[1:], strict=True))
    yield Step(1.0, partial(Result, s, depths, networks[0], np.array(steps), 1.0))


def so_far(settings: Settings, groups: list[Group], steps: list[int], fraction: float) -> Result:
    fold, *networks = (each.networks() for each in groups)
    return Result(settings, dict(zip(DEPTHS, networks, strict=True)), fold, np.array(steps), fraction)
