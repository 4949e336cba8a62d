"""Model complexity: training and test error as a model grows, and what the test error is made of.

A family of models is gone through from its simplest to its most complex member, each fitted to the same R training sets of a
known function. So bias^2, variance and noise are measured, not guessed at: polynomials by degree, with and without L2;
nearest neighbours by k; trees by depth, alone and bagged; networks by width. In one input the classic U is there to see.
With ten inputs, models are taken past the point where they have a weight for every row and fit the training set exactly:
random features with the shortest such weights, and trained networks. And learning curves: the same models with more data.

Sources: Geman, Bienenstock and Doursat (1992); Belkin, Hsu, Ma and Mandal, "Reconciling Modern Machine Learning Practice and
the Bias-Variance Trade-Off" (2019); Hastie, Montanari, Rosset and Tibshirani, "Surprises in High-Dimensional Ridgeless Least
Squares Interpolation" (2022).
Two cores: 30 training sets, 12 networks a width, about 9 s on one of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from core.concepts.generalization.model_complexity_fits import FITS
from core.concepts.generalization.model_complexity_script import complexity_script
from core.concepts.generalization.model_complexity_views import (
    bias_and_variance,
    errors,
    fits,
    learning,
    start,
    ten_inputs,
    title_of,
)
from core.concepts.generalization.model_complexity_words import AXIS, QUESTIONS, difference, findings, score
from core.data.functions import FUNCTIONS
from core.decomposition import Terms, squared
from core.engine import device
from core.engine.fit import Recipe, fit_each
from core.engine.random import initialise
from core.engine.schedules import cosine
from core.engine.stack import Stack, stack

DATA = ("sine", "step", "line", "chirp")
LIMITS: dict[str, tuple[float, float]] = {
    "n": (20, 200),
    "noise": (0, 0.8),
    "l2": (0.0001, 1),
    "members": (2, 40),
    "rows": (50, 200),
    "epochs": (20, 600),
    "resamples": (10, 60),
    "networks": (4, 30),
    "seed": (0, 9999),
}
DEGREES = tuple(range(16))
DEPTHS = (1, 2, 3, 4, 5, 6, 8, 10)
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128)
RATIOS = (0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.1, 1.25, 1.6, 2.5, 5.0, 10.0)  # features a row
SHOWN_N = (15, 20, 30, 50, 80, 130, 200, 400)  # training sets of the learning curves
LEARNERS = ((1, "degree 1"), (3, "degree 3"), (9, "degree 9"))  # polynomials whose learning curves are drawn
NETWORK, TEN = "network", "network, ten inputs"
FEATURES = ("random features", "random features + L2")
ONE_INPUT = ("polynomial", "polynomial + L2", "k-NN", "tree", "bagged trees", NETWORK)
POINTS, LINE = 200, 81  # test points of one input, points of a drawn line
TEN_POINTS = 500
BATCH, TEN_BATCH, LR = 10, 25, 0.02
DRAWS = 600  # of the bootstrap: some intervals reach far into its tails


@dataclass(frozen=True)
class Settings:
    data: str = "sine"  # the function of one input
    n: int = 30  # rows of its training sets
    noise: float = 0.4  # standard deviation; the functions have spread 1
    l2: float = 0.01  # weight of the L2 penalty
    members: int = 15  # trees that are bagged
    rows: int = 100  # of a training set with ten inputs
    epochs: int = 200  # of the networks
    resamples: int = 30  # training sets
    networks: int = 12  # of them that networks are trained on, too
    seed: int = 0

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise ValueError(f"data: must be one of {', '.join(DATA)}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")
            object.__setattr__(self, name, getattr(self, name) + 0)  # -0.0 is 0.0


@dataclass(frozen=True)
class Swept:
    """A family gone through: size by size the mean squared error on the training set (R,), the terms of the error on new
    data, the error measured on new labels (R,), and what was fitted to each training set along the drawn line (R, LINE)."""

    sizes: tuple[int, ...] = ()
    train: tuple[np.ndarray, ...] = ()
    terms: tuple[Terms, ...] = ()
    measured: tuple[np.ndarray, ...] = ()
    drawn: tuple[np.ndarray, ...] = ()

    def of(self, term: str) -> np.ndarray:
        return np.array([t.values[term] for t in self.terms])

    @property
    def best(self) -> int:
        """Where the expected error is lowest. It is known, not estimated from a test set, up to the luck of the R sets."""
        return int(self.of("error").argmin())


@dataclass(frozen=True)
class Result:
    """families: name -> Swept. growing: name of a polynomial -> Swept over the number of rows in place of the size."""

    settings: Settings
    families: Mapping[str, Swept] = field(default_factory=dict)
    growing: Mapping[str, Swept] = field(default_factory=dict)
    fraction: float = 0.0

    def frame(self) -> pd.DataFrame:
        """A row a family and size."""
        terms, rows = ["bias", "variance", "noise", "error"], []
        for kind, group in (("size", self.families), ("rows", self.growing)):
            for name, f in group.items():
                for size, train, t in zip(f.sizes, f.train, f.terms, strict=True):
                    rows.append((name, kind, size, float(train.mean()), *(t.values[k] for k in terms)))
        return pd.DataFrame(rows, columns=["family", "over", "value", "train", *terms])


@dataclass(frozen=True, eq=False)
class Task:
    """A function, its test points and the points of its drawn line, and how many rows a training set has."""

    name: str
    inputs: int
    n: int
    noise: float
    seed: int

    @property
    def test(self) -> np.ndarray:
        if self.inputs == 1:
            return ((2 * np.arange(POINTS) + 1) / POINTS - 1)[:, None]  # evenly, each in the middle of its share
        return np.random.default_rng([self.seed, 2]).uniform(-1, 1, (TEN_POINTS, self.inputs))

    @property
    def line(self) -> np.ndarray:
        return np.linspace(-1, 1, LINE)[:, None] if self.inputs == 1 else np.zeros((0, self.inputs))

    def f(self, x: np.ndarray) -> np.ndarray:
        return FUNCTIONS[self.name](x)

    def draw(self, r: int, n: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Training set r. A longer one begins with the rows of a shorter one."""
        for_x, for_y = np.random.default_rng([self.seed, 1, r]).spawn(2)
        x = for_x.uniform(-1, 1, (n or self.n, self.inputs))
        return x, self.f(x) + self.noise * for_y.standard_normal(len(x))


def one_input(s: Settings) -> Task:
    return Task(s.data, 1, s.n, s.noise, s.seed)


def ten(s: Settings) -> Task:
    return Task("friedman", 10, s.rows, s.noise, s.seed)


def neighbours(n: int) -> tuple[int, ...]:
    """From all rows, the simplest, to one."""
    return tuple(sorted({min(k, n) for k in (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, n)}, reverse=True))


def plan(s: Settings) -> list[tuple[str, Task, tuple[int, ...]]]:
    """Families in the order in which they are gone through: the quick ones first."""
    a, b = one_input(s), ten(s)
    p = tuple(dict.fromkeys(max(1, round(ratio * s.rows)) for ratio in RATIOS))
    return [
        ("polynomial", a, DEGREES),
        ("polynomial + L2", a, DEGREES),
        ("k-NN", a, neighbours(s.n)),
        ("tree", a, DEPTHS),
        *((name, b, p) for name in FEATURES),
        ("bagged trees", a, DEPTHS),
    ]


def run(s: Settings, every: float = 0.4) -> Iterator[Result]:
    """Yields often; the Result itself is renewed with every size of a family."""
    result, done, work = Result(s), 0.0, plan(s)
    share = 0.46 / (sum(len(sizes) for *_, sizes in work) + len(SHOWN_N))  # of the whole run; the networks are the rest
    for name, task, sizes in work[:4]:
        for size in sizes:
            done += share
            result = _with(result, name, size, by_fits(s, name, task, size), done)
            yield result
    for n in SHOWN_N:
        done += share
        grown = dict(result.growing)
        for degree, name in LEARNERS:
            grown[name] = _longer(grown.get(name, Swept()), n, by_fits(s, "polynomial", one_input(s), degree, n))
        result = replace(result, growing=grown, fraction=done)
        yield result
    for name, task, sizes in work[4:]:
        for size in sizes:
            done += share
            result = _with(result, name, size, by_fits(s, name, task, size), done)
            yield result
    for name, task, batch in ((NETWORK, one_input(s), BATCH), (TEN, ten(s), TEN_BATCH)):
        due = 0.0
        for part, models in by_networks(s, task, batch):
            if part == 1 or time.perf_counter() >= due:
                families = {**result.families, name: measured(s, task, models)}
                fraction = 1.0 if part == 1 and name == TEN else done + 0.27 * part
                result = replace(result, families=families, fraction=fraction)
                due = time.perf_counter() + every  # measuring takes a tenth of that
            yield result
        done += 0.27


def by_fits(s: Settings, name: str, task: Task, size: int, n: int | None = None) -> Swept:
    """One size of a family on all training sets, of n rows if not of the usual number."""
    own, said, drawn = [], [], []
    test, line = task.test, task.line
    for r in range(s.resamples):
        x, y = task.draw(r, n)
        f = FITS[name](x, y, size, s, np.random.default_rng([s.seed, 3, r]))
        own.append(((f(x) - y) ** 2).mean())
        said.append(f(test))
        drawn.append(f(line) if len(line) else line[:, 0])
    return taken_apart(s, task, np.array(own), np.array(said), np.array(drawn))


def build(inputs: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, 1))


def square(out: Tensor, y: Tensor) -> Tensor:
    """Squared error of each example: out (K, B, 1), y (K, B)."""
    return (out.squeeze(2) - y) ** 2


def by_networks(s: Settings, task: Task, batch: int) -> Iterator[tuple[float, Stack]]:
    """All widths times `networks` training sets, trained as one stack: a narrower network is the widest one padded with
    zeros. Yields the share done and the stack after every step."""
    where = device.pick()
    seeds = [s.seed + r for _ in WIDTHS for r in range(s.networks)]
    models = stack(lambda: build(task.inputs, WIDTHS[-1]), seeds, where)
    for k, width in enumerate(np.repeat(WIDTHS[:-1], s.networks)):
        narrow = build(task.inputs, int(width))
        initialise(narrow, seeds[k])
        models.embed(k, narrow)
    x, y = (part.to(where).repeat(len(WIDTHS), *[1] * (part.dim() - 1)) for part in rows_of(s, task))
    recipe = Recipe("Adam", lr=LR, batch=batch, epochs=s.epochs, schedule=cosine)
    for done in fit_each(models, x, y, recipe, square):
        yield done, models


def rows_of(s: Settings, task: Task) -> tuple[Tensor, Tensor]:
    """The training sets of the networks, (R, n, d) and (R, n)."""
    sets = [task.draw(r) for r in range(s.networks)]
    x, y = (torch.tensor(np.stack(part), dtype=torch.float32) for part in zip(*sets, strict=True))
    return x, y


def measured(s: Settings, task: Task, models: Stack) -> Swept:
    """The networks as they are now, width by width."""
    both = torch.tensor(np.concatenate([task.test, task.line]), dtype=torch.float32, device=models.device)
    x, y = (part.to(models.device).repeat(len(WIDTHS), *[1] * (part.dim() - 1)) for part in rows_of(s, task))
    with torch.no_grad():
        own = square(models(x), y).mean(1).double().cpu().numpy()
        said = models.shared(both).squeeze(2).double().cpu().numpy()
    swept, T, R = Swept(), len(task.test), s.networks
    for i, width in enumerate(WIDTHS):
        k = slice(i * R, (i + 1) * R)
        swept = _longer(swept, width, taken_apart(s, task, own[k], said[k, :T], said[k, T:]))
    return swept


def taken_apart(s: Settings, task: Task, own: np.ndarray, said: np.ndarray, drawn: np.ndarray) -> Swept:
    """Answers `said` (R, T) against the truth and against labels drawn anew."""
    truth, R = task.f(task.test), len(said)
    fresh = truth + s.noise * np.random.default_rng([s.seed, 4]).standard_normal((R, len(truth)))
    terms = squared(said, truth, s.noise**2, s.seed, DRAWS)
    return Swept((), (own,), (terms,), (((said - fresh) ** 2).mean(1),), (drawn.astype(np.float32),))


def _longer(swept: Swept, size: int, one: Swept) -> Swept:
    parts = (getattr(swept, f) + getattr(one, f) for f in ("train", "terms", "measured", "drawn"))
    return Swept((*swept.sizes, size), *parts)


def _with(result: Result, name: str, size: int, one: Swept, fraction: float) -> Result:
    swept = _longer(result.families.get(name, Swept()), size, one)
    return replace(result, families={**result.families, name: swept}, fraction=min(1.0, fraction))


def script(s: Settings) -> str:
    """Plain numpy, scikit-learn and PyTorch that print the same terms."""
    return complexity_script(s, plan(s))


SOURCES = (
    "Geman, Bienenstock and Doursat, *Neural Networks and the Bias/Variance Dilemma* (1992)",
    "Hastie, Tibshirani and Friedman, *The Elements of Statistical Learning* (2009), chapter 7",
    "Belkin, Hsu, Ma and Mandal, *Reconciling Modern Machine-Learning Practice and the Classical Bias-Variance Trade-Off* (2019)",
    "Hastie, Montanari, Rosset and Tibshirani, *Surprises in High-Dimensional Ridgeless Least Squares Interpolation* (2022)",
    "Nakkiran et al., *Deep Double Descent* (2020)",
    "scikit-learn, example *Single estimator versus bagging: bias-variance decomposition*",
)

# The interface and the pictures, some of which stand in files beside this one.
__all__ = [
    "AXIS", "DATA", "FEATURES", "LIMITS", "ONE_INPUT", "QUESTIONS", "SOURCES", "TEN", "Result", "Settings",
    "bias_and_variance", "difference", "errors", "findings", "fits", "learning", "run", "score", "script", "start",
    "ten_inputs", "title_of",
]  # fmt: skip
