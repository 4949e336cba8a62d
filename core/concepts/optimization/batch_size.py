"""Batch size: how noisy a gradient is, and what a larger batch costs and buys.

First, at fixed weights, the gradients of random batches are held against the gradient of all examples. Then networks are
trained from the same starts at every batch size, with the learning rate fixed, or scaled with the batch size or its square
root; and with all examples at once by Rprop. One stack a batch size: rules times seeds.

Sources: the papers named in SOURCES.
What to expect: the variance falls as 1/B, so the length of the noise only as its root. With a fixed budget of epochs large
batches take few steps and end worse; scaling the rate helps up to where the rate itself becomes too high.
Two cores: six batch sizes x 3 rules x 8 seeds on 512 digits, about 10 s.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from torch import nn

from core import data as datasets
from core.concepts.optimization import batch_size_noise as noises
from core.concepts.optimization import batch_size_training as training
from core.concepts.optimization.batch_size_noise import Noise
from core.concepts.optimization.batch_size_script import batch_size_script
from core.concepts.optimization.batch_size_training import Curve
from core.concepts.optimization.batch_size_words import QUESTIONS, difference, findings, score
from core.data import Dataset
from core.engine import cost
from core.engine.fit import Recipe
from core.engine.random import initialise
from core.engine.stack import stack
from core.stats import Interval, mean_interval

DATA = ("digits", "mnist5k", "spiral", "circles", "moons")
POINTS = 5000  # made of points, 60 % of them to draw training examples from; validation is large
OPTIMIZERS = ("SGD", "Momentum", "Adam")
BATCHES = ("1", "2", "4", "8", "16", "32", "64", "128", "256", "full")
RULES: dict[str, Callable[[float], float]] = {
    "fixed": lambda ratio: 1.0,
    "square root": math.sqrt,
    "linear": lambda ratio: ratio,
}

LIMITS: dict[str, tuple[float, float]] = {
    "n": (64, 1024),
    "noise": (0, 0.5),
    "lr": (1e-4, 1),
    "reference": (1, 256),
    "epochs": (1, 40),
    "least": (20, 1000),
    "target": (50, 99),
    "width": (8, 64),
    "seeds": (2, 16),
    "seed": (0, 9999),
}


@dataclass(frozen=True)
class Settings:
    batches: str = "1,4,16,32,128,full"  # names in BATCHES, commas between; the reference always runs
    data: str = "digits"
    optimizer: str = "SGD"  # a name in OPTIMIZERS; momentum is 0.9
    lr: float = 0.1  # learning rate at the reference batch size
    reference: int = 32  # batch size at which all rules have this rate
    epochs: int = 12  # the budget that is the same for all
    least: int = 250  # steps that every batch size takes at least, to see when it reaches the target
    target: int = 85  # validation accuracy in %
    n: int = 512  # training examples
    noise: float = 0.2  # of the points
    width: int = 32  # neurons in each of the two hidden layers
    seeds: int = 8  # random starts at each batch size and rule
    seed: int = 0  # the first of them; also draws the training examples

    def __post_init__(self) -> None:
        for name, menu in (("data", DATA), ("optimizer", OPTIMIZERS)):
            if getattr(self, name) not in menu:
                raise ValueError(f"{name}: must be one of {', '.join(menu)}")
        if any(name not in BATCHES for name in self.batches.split(",") if name):
            raise ValueError(f"batches: must be among {', '.join(BATCHES)}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")
            object.__setattr__(self, name, getattr(self, name) + 0)  # -0.0 is 0.0
        if self.reference > self.n:
            raise ValueError(f"reference: must lie between 1 and the {self.n} training examples")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Batch sizes in order, no larger than the training set."""
        chosen = {self.n if name == "full" else int(name) for name in self.batches.split(",") if name}
        return tuple(sorted(B for B in {*chosen, self.reference} if self.n >= B))

    @property
    def pictures(self) -> bool:
        return datasets.kind(self.data) == "images"

    def mark(self, B: int) -> int:
        """Steps within the budget of epochs."""
        return self.epochs * (self.n // B)

    def total(self, B: int) -> int:
        return max(self.mark(B), self.least)

    def rate(self, B: int, rule: str) -> float:
        return self.lr * RULES[rule](B / self.reference)


@dataclass(frozen=True)
class Result:
    """noise: "at the start" and "trained" -> the noise at those weights. curves: batch size -> validation of rules x seeds.
    rprop: the same for Rprop on all examples, one rule. ms: batch size -> milliseconds of a step of one network alone, as
    measured on this machine. memory: batch size -> bytes kept for the backward pass. weights: bytes of a network's weights."""

    settings: Settings
    noise: dict[str, Noise] = field(default_factory=dict)
    curves: dict[int, Curve] = field(default_factory=dict)
    rprop: Curve | None = None
    ms: dict[int, float] = field(default_factory=dict)
    memory: dict[int, int] = field(default_factory=dict)
    weights: int = 0
    fraction: float = 0.0

    @property
    def sizes(self) -> tuple[int, ...]:
        """Batch sizes that are done."""
        return tuple(sorted(self.curves))

    def accuracy(self, B: int, rule: str) -> np.ndarray:
        """Validation accuracy of each seed at the end of the budget of epochs, (S,)."""
        curve = self.curves[B]
        return np.asarray(curve.accuracy[curve.mark, list(RULES).index(rule)])

    def change(self, B: int, rule: str) -> Interval:
        """That accuracy minus the reference batch size's, paired over seeds; of all sizes and rules that are compared the
        intervals hold together at 95 % (Bonferroni)."""
        here = self.accuracy(B, rule) - self.accuracy(self.settings.reference, "fixed")
        return mean_interval(here, 1 - 0.05 / max(1, len(RULES) * (len(self.settings.sizes) - 1)))

    def steps(self, B: int, rule: str) -> np.ndarray:
        """Steps to the target of each seed, (S,); infinity for those that never reach it."""
        return np.asarray(self.curves[B].reached(self.settings.target / 100)[list(RULES).index(rule)])

    def frame(self) -> pd.DataFrame:
        """A row a batch size, rule, seed and measurement."""
        parts = []
        for B, curve in self.curves.items():
            m, r, k = (i.ravel() for i in np.indices(curve.loss.shape))
            table = {
                "batch": B,
                "rule": np.array(list(RULES))[r],
                "seed": self.settings.seed + k,
                "step": curve.steps[m],
            }
            parts.append(pd.DataFrame(table | {"loss": curve.loss.ravel(), "accuracy": curve.accuracy.ravel()}))
        return pd.concat(parts, ignore_index=True)


def dataset(s: Settings) -> Dataset:
    whole = datasets.load(s.data, n=0 if s.pictures else POINTS, noise=s.noise, seed=s.seed)
    return datasets.with_train_size(whole, s.n, s.seed)


def build(s: Settings, shape: tuple[int, ...], classes: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(math.prod(shape), s.width),
        nn.ReLU(),
        nn.Linear(s.width, s.width),
        nn.ReLU(),
        nn.Linear(s.width, classes),
    )


def run(s: Settings, every: float = 0.4) -> Iterator[Result]:
    """The noise at the start, the reference batch size, the noise where that has led, then the other sizes, the largest
    first, and Rprop. Yields after every step; the Result is renewed each `every` seconds."""
    data, seeds = dataset(s), range(s.seed, s.seed + s.seeds)
    make = lambda: build(s, data.shape, len(data.classes))  # noqa: E731
    x, y = data.train.x, data.train.y
    starts = [initialise(make(), seed) for seed in seeds]
    alone = initialise(make(), s.seed)
    order = [s.reference, *sorted(set(s.sizes) - {s.reference}, reverse=True)]
    # About how long each takes, in the same unit: a step costs something however small the batch is.
    work = {B: s.total(B) * (15 + B) for B in order} | {0: s.least * (15 + s.n) / 3}
    done, due = 0.0, 0.0
    result = Result(
        s,
        ms={B: training.step_ms(alone, data.train, B) for B in sorted({*s.sizes, s.n})},
        memory={B: training.saved_bytes(alone, x[:B], y[:B]) for B in s.sizes},
        weights=4 * cost.parameters(alone),
    )
    for noise in noises.measure(starts, x, y, seeds):
        result = replace(result, noise={"at the start": noise})
        yield result
    for B in (*order, 0):  # 0 stands for Rprop
        rules = 1 if B == 0 else len(RULES)
        models = stack(make, [*seeds] * rules)
        total, mark = (s.total(B), s.mark(B)) if B else (s.least, min(s.least, s.epochs))
        if B:
            rates = [s.rate(B, rule) for rule in RULES for _ in seeds]
            take = training.minibatch(models, data.train, Recipe(s.optimizer, lr=rates, batch=B), total)
        else:
            take = training.rprop(models, data.train)
        for share, curve in training.train(models, take, data.validation, total, mark, rules):
            if curve is not None and B:
                result = replace(result, curves=result.curves | {B: curve})
            elif curve is not None:
                result = replace(result, rprop=curve)
            if curve is not None or time.perf_counter() >= due:
                result = replace(result, fraction=min(0.999, (done + share * work[B]) / sum(work.values())))
                due = time.perf_counter() + every
            yield result
        done += work[B]
        if s.reference == B:
            ends = [models.unstack(k) for k in range(s.seeds)]  # the fixed rule comes first
            for noise in noises.measure(ends, x, y, seeds):
                result = replace(result, noise=result.noise | {"trained": noise})
                yield result
    yield replace(result, fraction=1.0)


def script(s: Settings) -> str | None:
    """Plain PyTorch that measures the same noise and trains the same networks, one after the other."""
    return batch_size_script(s, POINTS)


SOURCES = (
    "Goodfellow, Bengio and Courville, *Deep Learning* (MIT Press, 2016), section 8.1.3",
    "McCandlish et al., *An Empirical Model of Large-Batch Training* (2018), the noise scale",
    "Goyal et al., *Accurate, Large Minibatch SGD* (2017), the linear rule",
    "Shallue et al., *Measuring the Effects of Data Parallelism on Neural Network Training* (2019), steps to a target",
    "Riedmiller and Braun, *A Direct Adaptive Method for Faster Backpropagation Learning: The RPROP Algorithm* (1993)",
)

# The interface, some of which stands in files beside this one.
__all__ = ["QUESTIONS", "SOURCES", "Result", "Settings", "difference", "findings", "run", "score", "script"]
