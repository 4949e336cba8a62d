"""Training ReLU networks of every width on one curve, as one stack, beside what can be built."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.foundations.approximation.building import FLOOR, GRID, SIZES, bernstein, built, errors, fejer
from core.concepts.foundations.approximation.result import Result
from core.concepts.foundations.approximation.settings import KINDS, WIDTHS, Settings
from core.concepts.foundations.approximation.targets import curve
from core.engine.optimizers import Coefficients, State, adam
from core.engine.random import generator, initialise
from core.engine.schedules import cosine
from core.engine.stack import Stack, stack
from core.progress import Step

POINTS = 257  # training points, all of them in every step
WIDEST = max(WIDTHS)
GENTLE = 0.1  # share of the learning rate that networks from the construction are given
EVERY = 10  # steps between two places at which a run can be stopped


def network(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(1, width), nn.ReLU(), nn.Linear(width, 1))


def run(s: Settings) -> Iterator[Step[Result]]:
    """Train len(WIDTHS) * seeds networks from random weights, and one of each width from the construction."""
    yield Step(0.0, doing="models")
    f = partial(curve, s)
    truth = f(GRID)
    kinds = {kind: np.array([errors(built(kind, f, n), truth) for n in SIZES]).T for kind in KINDS}
    yield Step(0.0, doing="models")
    kinds |= {
        name: np.array([errors(make(f, n), truth) for n in SIZES]).T
        for name, make in (("bernstein", bernstein), ("fejer", fejer))
    }
    yield Step(0.0, doing="models")
    models = starts(s)
    x = torch.linspace(-1, 1, POINTS)[:, None]
    y = torch.from_numpy(f(x[:, 0].double().numpy())).float()
    inputs = x.expand(models.K, POINTS, 1)
    base = torch.full((models.K, 1), s.lr)
    base[len(WIDTHS) * s.seeds :] *= GENTLE
    state: State = {}
    snapshot = partial(_snapshot, s, models, truth, kinds)
    for step in range(s.steps):
        out = models(inputs)[..., 0]
        models.backward((out - y) ** 2)
        with torch.no_grad():
            lr = base * cosine(step, s.steps)
            adam(models.theta, models.grad, state, Coefficients(lr, lr, None, step + 1))
        if step % EVERY == EVERY - 1 and step + 1 < s.steps:
            fraction = 0.99 * (step + 1) / s.steps
            yield Step(fraction, partial(snapshot, fraction))
    result = snapshot(1.0)
    yield Step(1.0, lambda: result)


def starts(s: Settings) -> Stack:
    """The networks before training, width by width, those from the construction last. A narrow one is a wide one whose other
    neurons are 0 all over: their gradient is 0, so they stay so."""
    models = stack(lambda: network(WIDEST), [0] * (len(WIDTHS) * (s.seeds + 1)))
    rows = [_random(s, width, s.seed + k) for width in WIDTHS for k in range(s.seeds)]
    rows += [_constructed(s, width) for width in WIDTHS]
    with torch.no_grad():
        models.theta.zero_()
        for k, (w, b, v, c) in enumerate(rows):
            for at, part in zip((0, WIDEST, 2 * WIDEST, 3 * WIDEST), (w, b, v, c), strict=True):
                models.theta[k, at : at + len(part)] = part
    return models


def _random(s: Settings, width: int, seed: int) -> tuple[Tensor, ...]:
    """PyTorch's own initial weights; "spread" puts the kinks all over the interval instead of where they fall."""
    model = network(width)
    initialise(model, seed)
    first, last = model[0], model[2]
    assert isinstance(first, nn.Linear) and isinstance(last, nn.Linear)
    w, b = first.weight[:, 0].detach(), first.bias.detach()
    if s.start == "spread":
        g = generator(seed, "kinks")
        w = torch.sign(torch.rand(width, generator=g) - 0.5)
        b = -w * (2 * torch.rand(width, generator=g) - 1)
    return w, b, last.weight[0].detach(), last.bias.detach()


def _constructed(s: Settings, width: int) -> tuple[Tensor, ...]:
    """The ReLU network that joins width + 1 points of the curve by straight lines."""
    knots = np.linspace(-1, 1, width + 1)
    values = curve(s, knots)
    changes = np.diff(np.diff(values) / np.diff(knots), prepend=0.0)
    return torch.ones(width), *(torch.from_numpy(v).float() for v in (-knots[:-1], changes, values[:1]))


def _snapshot(s: Settings, models: Stack, truth: np.ndarray, kinds: dict[str, np.ndarray], fraction: float) -> Result:
    every = GRID[::10]
    with torch.no_grad():
        out = models.shared(torch.from_numpy(GRID).float()[:, None])[..., 0].double().numpy()  # (K, 2001)
    off = np.abs(out - truth)
    off = np.where(np.isfinite(off), off, np.inf)
    both = np.maximum(np.stack([off.mean(1), off.max(1)]), FLOOR)  # (2, K)
    cut = len(WIDTHS) * s.seeds
    return Result(
        s, fraction, np.array(SIZES), kinds, both[:, :cut].reshape(2, len(WIDTHS), s.seeds), both[:, cut:], every,
        truth[::10], out[:cut:s.seeds, ::10].copy(), out[cut:, ::10].copy(),
    )  # fmt: skip
