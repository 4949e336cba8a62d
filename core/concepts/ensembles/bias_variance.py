"""Bias and variance: what bagging, boosting and stacking each lower, measured over resampled training sets.

Train the same learner on R training sets and ask it about the same points. How far the mean of its answers lies from the
truth is its bias, how much the answers scatter its variance; what no answer can predict is noise. All learners here see the
same R training sets, so their terms are compared pair by pair. The networks of all R sets are trained as one stack.

Sources: Geman, Bienenstock and Doursat (1992) for squared error; Domingos (2000) for errors of classification; Breiman
(1996) and Friedman (2001) for bagging and boosting.
Two cores: 40 training sets of 80 rows, ten learners each, about 6 s.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.concepts.ensembles import bias_variance_network as network
from core.concepts.ensembles.bias_variance_learners import LEARNERS, STAGED
from core.concepts.ensembles.bias_variance_problem import DRAWS, NAMES, REGRESSION, Problem, problem
from core.concepts.ensembles.bias_variance_script import bias_variance_script
from core.concepts.ensembles.bias_variance_views import (
    ALL,
    NETWORK,
    along,
    ballots,
    bars,
    field,
    fits,
    plane,
    start,
    way,
)
from core.concepts.ensembles.bias_variance_words import QUESTIONS, difference, findings, score
from core.data.tables import TABLES
from core.decomposition import DRAWS as BOOTSTRAP
from core.decomposition import Terms, squared, squared_at, zero_one
from core.stats import Interval

Answers = Mapping[str, list[np.ndarray]]  # learner -> what it said after each training set
LIMITS: dict[str, tuple[float, float]] = {
    "n": (20, 500),
    "noise": (0, 0.5),
    "shallow": (1, 4),
    "deep": (0, 12),
    "members": (1, 100),
    "rounds": (1, 200),
    "rate": (0.01, 1),
    "k": (1, 20),
    "width": (4, 128),
    "epochs": (5, 300),
    "resamples": (5, 100),
    "seed": (0, 9999),
}


@dataclass(frozen=True)
class Settings:
    data: str = "sine"
    n: int = 80  # rows of a training set; of a table at most half of its training rows
    noise: float = 0.4  # standard deviation, in spreads of the function or units of the points
    draws: str = "new"  # what differs between training sets
    shallow: int = 1  # depth of the shallow trees; 1 is a stump
    deep: int = 0  # depth of the deep trees; 0 is no limit
    members: int = 25  # trees that are averaged
    rounds: int = 50  # trees in a row
    rate: float = 0.3  # learning rate of gradient boosting; AdaBoost, for classes, has none
    k: int = 5  # neighbours
    width: int = 32  # neurons in each of the network's two hidden layers
    epochs: int = 100
    resamples: int = 40  # training sets
    seed: int = 0

    def __post_init__(self) -> None:
        for name, menu in (("data", NAMES), ("draws", DRAWS)):
            if getattr(self, name) not in menu:
                raise ValueError(f"{name}: must be one of {', '.join(menu)}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")
            object.__setattr__(self, name, getattr(self, name) + 0)  # -0.0 is 0.0
        if self.draws == "noise" and self.data in TABLES:
            raise ValueError("draws: the noise of a table cannot be drawn anew; choose new rows or bootstrap draws")

    @property
    def regression(self) -> bool:
        return self.data in REGRESSION


@dataclass(frozen=True)
class Result:
    """answers: learner -> (R, T) at the test points. drawn: learner -> (R, L) at the points of the pictures. terms: learner
    -> its error taken apart. measured: learner -> (R,) its mean loss on labels drawn anew for each training set. staged:
    ensemble -> term -> its value for each of `stages`."""

    settings: Settings
    problem: Problem
    answers: dict[str, np.ndarray]
    drawn: dict[str, np.ndarray]
    terms: dict[str, Terms]
    measured: dict[str, np.ndarray]
    staged: dict[str, dict[str, np.ndarray]]
    fraction: float

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(n for n in ALL if n in self.terms)

    @property
    def R(self) -> int:
        return len(self.answers["deep tree"])

    def change(self, single: str, many: str, term: str, level: float = 0.95) -> Interval:
        """By how much `many` lies above `single`, on the same training sets."""
        return self.terms[many].interval(term, level, self.terms[single])

    def along(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Squared bias and variance at each point of the drawn line."""
        assert self.problem.curve is not None
        return squared_at(self.drawn[name], self.problem.curve)

    def frame(self) -> pd.DataFrame:
        """A row a learner and term."""
        rows = [
            (name, term, t.values[term], *(t.interval(term).low, t.interval(term).high))
            for name, t in self.terms.items()
            for term in t.values
        ]
        return pd.DataFrame(rows, columns=["learner", "term", "value", "low", "high"])


def run(s: Settings, every: float = 0.4) -> Iterator[Result]:
    """Training set after training set, then the networks of all of them. Yields after every learner, from the second set
    on; the Result itself is renewed each `every` seconds."""
    p = problem(s)
    said, stage = defaultdict[str, list[np.ndarray]](list), defaultdict[str, list[np.ndarray]](list)
    C, both, T = len(p.classes), np.concatenate([p.test, p.drawn]), len(p.test)
    sets, labels, result = [], [], None
    due, share = 0.0, 0.8  # the networks are the rest
    for r in range(s.resamples):
        sets.append(p.draw(r))
        labels.append(p.label(np.random.default_rng([s.seed, 4, r])))
        for i, (name, learn) in enumerate(LEARNERS.items()):
            scores = np.asarray(learn(*sets[-1], s, C, np.random.default_rng([s.seed, 3, r, i]))(both))
            answer = scores.argmax(-1).astype(np.uint8) if C else scores
            said[name].append(answer[-1] if name in STAGED else answer)
            if name in STAGED:
                stage[name].append(answer[:, :T])
            if result is not None:
                yield result
        last = r == s.resamples - 1
        if last or (r and time.perf_counter() >= due):
            begun = time.perf_counter()
            result = taken_apart(s, p, said, stage, labels, share * (r + 1) / s.resamples)
            due = time.perf_counter() + max(every, 5 * (time.perf_counter() - begun))
            yield result
    assert result is not None
    x, y = (np.stack(part) for part in zip(*sets, strict=True))
    seeds = range(s.seed, s.seed + s.resamples)
    for done, models in network.train(x, y, s.width, s.epochs, C, seeds):  # noqa: B007
        if time.perf_counter() >= due:
            result, due = replace(result, fraction=share + 0.99 * (1 - share) * done), time.perf_counter() + every
        yield result
    answers = network.answers(models, both, C)
    said[NETWORK] = list(answers.astype(np.uint8) if C else answers)
    yield taken_apart(s, p, said, stage, labels, 1.0)


def taken_apart(
    s: Settings, p: Problem, said: Answers, stage: Answers, labels: list[np.ndarray], fraction: float
) -> Result:
    """The Result of what every learner said of the test points and those of the pictures, R rows of (T + L,), and the
    ensembles at their stages of the test points, R rows of (stages, T)."""
    T, y, C = len(p.test), np.array(labels), len(p.classes)

    def terms(answers: np.ndarray, draws: int = BOOTSTRAP) -> Terms:
        if not C:
            return squared(answers, p.best, s.noise**2, s.seed, draws)
        return zero_one(answers, p.best, p.noise, C, s.seed, draws)

    whole = {name: np.array(rows) for name, rows in said.items()}
    answers = {name: rows[:, :T] for name, rows in whole.items()}
    measured = {name: ((a != y) if C else (a - y) ** 2).mean(1) for name, a in answers.items()}
    staged = {}
    for name, rows in stage.items():
        steps = [terms(at, 0).values for at in np.moveaxis(np.array(rows), 1, 0)]
        staged[name] = {term: np.array([w[term] for w in steps]) for term in steps[0]}
    drawn = {name: rows[:, T:] for name, rows in whole.items()}
    return Result(s, p, answers, drawn, {n: terms(a) for n, a in answers.items()}, measured, staged, fraction)


def script(s: Settings) -> str:
    """Plain scikit-learn and PyTorch that train the same learners on the same sets."""
    return bias_variance_script(s)


SOURCES = (
    "Geman, Bienenstock and Doursat, *Neural Networks and the Bias/Variance Dilemma* (1992)",
    "Domingos, *A Unified Bias-Variance Decomposition* (2000), for the terms of classification errors",
    "Breiman, *Bagging Predictors* (1996)",
    "Friedman, *Greedy Function Approximation* (2001), gradient boosting",
    "Zhu, Zou, Rosset and Hastie, *Multi-class AdaBoost* (2009)",
    "Wolpert, *Stacked Generalization* (1992)",
)

# The interface and the pictures, some of which stand in files beside this one.
__all__ = [
    "ALL", "DRAWS", "NAMES", "QUESTIONS", "SOURCES", "Result", "Settings",
    "along", "ballots", "bars", "difference", "field", "findings", "fits", "plane", "run", "score", "script", "start", "way",
]  # fmt: skip
