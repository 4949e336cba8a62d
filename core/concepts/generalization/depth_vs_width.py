"""Depth or width: the same number of weights, stacked or spread.

Two ReLU neurons a layer fold the interval [0, 1]; k such layers make 2^k straight pieces of 2k neurons, where one hidden layer needs a
neuron a piece. That is what depth can do, in exact arithmetic. What training makes of it is measured: networks of one to eight hidden layers
with equally many parameters learn the very zigzag that folding makes, and an irregular one of as many pieces, each at the learning rate
that validation data chooses. Beside them stands the folding network itself, from a random start and from one near the fold.

Sources: Telgarsky (2016); Montúfar et al. (2014); Hanin and Rolnick (2019) on how many pieces trained networks have.
What to expect: with 8 pieces two or four layers tend to do best and eight worst, hardly beyond the luck of eight seeds; the exact fold is
kept when training starts beside it and all but never found from a random start; trained networks have about as many pieces as neurons.
Two cores: 4 depths x 2 targets x 3 learning rates x 8 seeds and 48 small ones, about 10 s on one of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from core.concepts.generalization.depth_vs_width_fold import exact, folded, pieces
from core.concepts.generalization.depth_vs_width_networks import (
    DEPTHS,
    IRREGULAR,
    REGULAR,
    TARGETS,
    bends,
    beside,
    build,
    knots,
    parameters,
    rows,
    scaled,
    widths,
)
from core.concepts.generalization.depth_vs_width_script import depth_script
from core.concepts.generalization.depth_vs_width_words import QUESTIONS, described, difference, findings, score
from core.engine.fit import Recipe, fit_each
from core.engine.schedules import cosine
from core.engine.stack import Stack, stack
from core.stats import Interval, mean_interval

BUDGETS = (300, 600, 1200)
RATES = (0.003, 0.01, 0.03)  # of Adam, each tried; validation chooses
BATCH, HELD, RECORDS = 32, 200, 20
LINE, POINTS = 257, 1001  # points of a drawn line, and of the test; both even over [0, 1]
NEAR = 0.1  # share by which each number of the folding network is off when it starts beside the fold
STARTS = ("random start", "beside the fold")  # of the folding network
LIMITS: dict[str, tuple[float, float]] = {
    "folds": (1, 5),
    "n": (64, 512),
    "noise": (0, 0.5),
    "epochs": (50, 300),
    "seeds": (2, 16),
    "seed": (0, 9999),
}


@dataclass(frozen=True)
class Settings:
    folds: int = 3  # the targets have 2^folds pieces
    n: int = 256  # training rows
    noise: float = 0.0  # standard deviation; the targets have variance 1
    budget: int = 600  # parameters of every network, one of BUDGETS
    epochs: int = 150
    seeds: int = 8  # starts, each with training rows and an irregular target of its own
    seed: int = 0

    def __post_init__(self) -> None:
        if self.budget not in BUDGETS:
            raise ValueError(f"budget: must be one of {', '.join(map(str, BUDGETS))}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")
            object.__setattr__(self, name, getattr(self, name) + 0)  # -0.0 is 0.0

    @property
    def range(self) -> range:
        return range(self.seed, self.seed + self.seeds)


@dataclass(frozen=True)
class Look:
    """Of the folding network: how many layers are drawn, by what the two neurons' sum is multiplied, and how many neurons the one hidden
    layer beside it has."""

    layers: int = 3
    weight: float = 2.0
    neurons: int = 6

    def __post_init__(self) -> None:
        for name, low, high in (("layers", 1, 8), ("weight", 0.5, 2.5), ("neurons", 1, 256)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")

    def after(self, layers: int) -> int:
        """Pieces after so many layers."""
        return pieces(folded(layers, exact(self.weight)))


@dataclass(frozen=True)
class Depth:
    """Networks of one depth; arrays (target, rate, seed). validation (T, ...): error after each of `steps`; test, None before the end: mean
    squared error against the truth, of which the variance is 1. answers (..., LINE) over [0, 1]. pieces, start: how many the
    networks at the chosen rates have, and had before training, (target, seed) and (seed,); None before the end."""

    widths: tuple[int, ...]
    validation: np.ndarray
    answers: np.ndarray
    test: np.ndarray | None = None
    pieces: np.ndarray | None = None
    start: np.ndarray | None = None

    @property
    def rate(self) -> list[int]:
        """For each target, which rate has the lowest validation error, in the geometric mean of the seeds."""
        return [int(np.log(v).mean(1).argmin()) for v in np.maximum(self.validation[-1], 1e-12)]

    def error(self, target: int) -> np.ndarray:
        """Test error of every seed at the rate that validation chose; before the end, validation error."""
        values = self.validation[-1] if self.test is None else self.test
        return np.asarray(np.maximum(values[target, self.rate[target]], 1e-12))


@dataclass(frozen=True)
class Result:
    """depths: number of hidden layers -> Depth. fold: the folding network, STARTS in place of the targets; always on the regular one.
    steps (T,): of the records."""

    settings: Settings
    depths: dict[int, Depth] = field(default_factory=dict)
    fold: Depth | None = None
    steps: np.ndarray | None = None
    fraction: float = 0.0

    def against_wide(self, depth: int, target: int) -> Interval:
        """log10 of the error over that of one hidden layer, paired over seeds; wide enough for all depths and targets together
        (Bonferroni)."""
        level = 1 - 0.05 / ((len(DEPTHS) - 1) * len(TARGETS))
        return mean_interval(self.ratio(depth, target), level)

    def ratio(self, depth: int, target: int) -> np.ndarray:
        return np.asarray(np.log10(self.depths[depth].error(target) / self.depths[1].error(target)))

    def frame(self) -> pd.DataFrame:
        """A row a network."""
        found = []
        for depth, d in self.depths.items():
            for (t, r, k), error in np.ndenumerate(d.validation[-1]):
                test = np.nan if d.test is None else d.test[t, r, k]
                names = (TARGETS[t], depth, parameters(d.widths), RATES[r], self.settings.range[k])
                found.append((*names, error, test, d.rate[t] == r))
        columns = ["target", "hidden layers", "parameters", "rate", "seed", "validation", "test", "chosen"]
        return pd.DataFrame(found, columns=columns)


def square(out: Tensor, y: Tensor) -> Tensor:
    """Squared error of each example: out (K, B, 1), y (K, B)."""
    return (out.squeeze(2) - y) ** 2


class Group:
    """One stack of networks and what they learn: (target, rate, seed), the last fastest."""

    def __init__(self, s: Settings, ws: tuple[int, ...], targets: Sequence[str]):
        self.shape = len(targets), len(RATES), s.seeds
        self.widths, self.targets, self.s = ws, targets, s
        self.models = stack(partial(build, ws), [*s.range] * (len(targets) * len(RATES)))
        self.held = self._rows(HELD, 7)
        self.history = list[np.ndarray]()
        self.validate()

    def _rows(self, n: int, purpose: int) -> tuple[Tensor, Tensor]:
        """Each model's, (K, n, 1) and (K, n)."""
        x, y = zip(*(rows(t, self.s.folds, self.s.range, n, self.s.noise, purpose) for t in self.targets), strict=True)
        return torch.cat([v.repeat(len(RATES), 1, 1) for v in x]), torch.cat([v.repeat(len(RATES), 1) for v in y])

    def fit(self) -> Iterator[float]:
        lr = np.tile(np.repeat(RATES, self.s.seeds), len(self.targets)).tolist()
        recipe = Recipe("Adam", lr=lr, batch=BATCH, epochs=self.s.epochs, schedule=cosine)
        return fit_each(self.models, *self._rows(self.s.n, 6), recipe, square)

    def validate(self) -> None:
        with torch.no_grad():
            errors = square(self.models(self.held[0]), self.held[1]).mean(1)
        self.history.append(errors.double().view(self.shape).numpy())

    def now(self) -> Depth:
        return Depth(self.widths, np.stack(self.history), _answers(self.models, LINE).reshape(*self.shape, LINE))

    def tested(self) -> Depth:
        """As it is at the end."""
        d, x = self.now(), np.linspace(0, 1, POINTS)
        truth = np.array([[np.interp(x, *knots(t, self.s.folds, k)) for k in self.s.range] for t in self.targets])
        number = np.array(
            [[self._pieces(t, d.rate[t], k) for k in range(self.s.seeds)] for t in range(len(self.targets))]
        )
        start = np.array([len(bends(m)) + 1 for m in (_started(self.widths, seed) for seed in self.s.range)])
        said = _answers(self.models, POINTS).reshape(*self.shape, POINTS)
        return replace(d, test=((said - truth[:, None]) ** 2).mean(-1), pieces=number, start=start)

    def _pieces(self, target: int, rate: int, seed: int) -> int:
        return len(bends(self.models.unstack(int(np.ravel_multi_index((target, rate, seed), self.shape))))) + 1


def _started(ws: tuple[int, ...], seed: int) -> nn.Sequential:
    return stack(partial(build, ws), [seed]).unstack(0)


def _answers(models: Stack, points: int) -> np.ndarray:
    with torch.no_grad():
        return np.asarray(models.shared(scaled(torch.linspace(0, 1, points))[:, None]).squeeze(2).double().numpy())


def folding(s: Settings) -> Group:
    """The folding network, two neurons a layer, in place of the targets from a random start and from beside the fold."""
    group = Group(s, (2,) * s.folds, (REGULAR, REGULAR))
    for k, (start, _, seed) in enumerate(np.ndindex(group.shape)):
        if start == 1:
            group.models.embed(k, beside(s.folds, s.range[seed], NEAR))
    group.history.clear()
    group.validate()
    return group


def run(s: Settings, every: float = 0.4) -> Iterator[Result]:
    """All depths side by side, a step of each in turn; yields after every step, the Result renewed each `every` seconds."""
    groups = {depth: Group(s, widths(depth, s.budget), TARGETS) for depth in DEPTHS}
    fold = folding(s)
    total = s.epochs * (s.n // min(BATCH, s.n))
    steps, marks = [0], {round(v) for v in np.linspace(0, total, RECORDS + 1)}
    result, due = Result(s), 0.0
    for step, _ in enumerate(zip(fold.fit(), *(g.fit() for g in groups.values()), strict=True), 1):
        if step in marks:
            steps.append(step)
            for g in (fold, *groups.values()):
                g.validate()
        if step == total:
            depths = {d: g.tested() for d, g in groups.items()}
            result = Result(s, depths, fold.tested(), np.array(steps), 1.0)
        elif time.perf_counter() >= due:
            depths = {d: g.now() for d, g in groups.items()}
            result = Result(s, depths, fold.now(), np.array(steps), step / total)
            due = time.perf_counter() + every
        yield result


def script(s: Settings) -> str:
    """Plain PyTorch that trains the same networks one after the other."""
    return depth_script(s)


SOURCES = (
    "Telgarsky, *Benefits of Depth in Neural Networks* (2016)",
    "Montúfar, Pascanu, Cho and Bengio, *On the Number of Linear Regions of Deep Neural Networks* (2014)",
    "Hanin and Rolnick, *Complexity of Linear Regions in Deep Networks* (2019): on average about as many as neurons, not 2 to their depth",
    "Misiurewicz and Szlenk, *Entropy of Piecewise Monotone Mappings* (1980): how the pieces of a repeated fold grow with its slope",
    "Goodfellow, Bengio and Courville, *Deep Learning* (MIT Press, 2016), section 6.4.1",
)

# The interface, some of which stands in files beside this one.
__all__ = [
    "BUDGETS", "DEPTHS", "IRREGULAR", "LIMITS", "QUESTIONS", "RATES", "REGULAR", "SOURCES", "STARTS", "TARGETS", "Depth", "Look",
    "Result", "Settings", "described", "difference", "findings", "run", "score", "script",
]  # fmt: skip
