"""Boosting: weak learners in a row, each attending to what those before it got wrong.

AdaBoost keeps a weight for every training row. A learner that errs on a weighted share ε gets the voice α = ln((1 − ε)/ε),
and the rows it got wrong are multiplied by exp(α) = (1 − ε)/ε: on the new weights it would be no better than a coin. Gradient
boosting adds up regression trees instead, each fitted to the residuals y − p of the sum so far, that is down the gradient of
the log-loss, and shrunk by the learning rate. All problems here have two classes; for two, SAMME is AdaBoost.

Sources: Freund and Schapire, "A Decision-Theoretic Generalization of On-Line Learning" (1997); Friedman, "Greedy Function
Approximation" (2001); Ke and others, "LightGBM" (2017), whose histograms scikit-learn's HistGradientBoosting follows.
Two cores: 100 rounds, 8 seeds take about 4 s on 200 points, 7 s on breast cancer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.tree import DecisionTreeRegressor

from core.concepts.ensembles.boosting_loops import (
    AdaRound,
    GradientRound,
    adaboost,
    bound,
    error_rate,
    gradient,
    log_loss,
    log_odds,
    staged,
)
from core.concepts.ensembles.boosting_script import boosting_script
from core.concepts.ensembles.boosting_words import (
    METHODS,
    QUESTIONS,
    SOURCES,
    difference,
    findings,
    harm,
    score,
    sealed,
    stopping,
)
from core.data import tables
from core.data.points import plot_axes
from core.data.tables import Table
from core.legacy import Waiting

__all__ = [
    "LIMITS", "METHODS", "QUESTIONS", "RATES", "SOURCES", "Result", "Settings",
    "attention", "data", "difference", "field", "findings", "harm", "run", "score", "script", "sealed", "stopping", "voices",
]  # fmt: skip

RATES = (0.03, 0.1, 0.3, 1.0)  # learning rates raced against each other in every run
LIMITS: dict[str, tuple[float, float]] = {
    "n": (tables.MIN_POINTS, tables.MAX_POINTS),
    "noise": (0, 0.5),
    "wrong": (0, 0.4),
    "rounds": (1, 300),
    "depth": (1, 6),
    "lr": (0.01, 2),
    "seeds": (1, 16),
    "seed": (0, 9999),
}
GRID = 90  # points along each side of a drawn field


@dataclass(frozen=True)
class Settings:
    data: str = "moons"  # a name in core.data.tables.NAMES, asked with two classes
    n: int = 200  # training points (tables have their own number)
    noise: float = 0.3  # standard deviation of the points' noise, in units of the plot
    wrong: float = 0.0  # share of training labels that are wrong
    rounds: int = 100  # learners in a row
    depth: int = 1  # questions from root to leaf; 1 is a stump
    lr: float = 0.3  # learning rate of gradient boosting
    seeds: int = 8  # repeats, each with its own data split
    seed: int = 0  # the first of them

    def __post_init__(self) -> None:
        if self.data not in tables.NAMES:
            raise ValueError(f"data: must be one of {', '.join(tables.NAMES)}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")


@dataclass(frozen=True)
class Seed:
    """What one seed gave. T rounds; methods in the order of METHODS.

    error, loss: (3, 2, T) of training and validation rows (loss: log-loss). bound: (T,). attention: (2, T) share of the weight
    (AdaBoost) and of the absolute residuals (gradient boosting) that lies on `hard` rows. clean: (2,) validation error of the
    first two methods had all labels been right. rates: (RATES, T) validation error of gradient boosting. importances: (2, d).
    sealed: (3,) test error. seconds: (3,) to fit.
    """

    error: np.ndarray
    loss: np.ndarray
    bound: np.ndarray
    attention: np.ndarray
    clean: np.ndarray
    rates: np.ndarray
    importances: np.ndarray
    sealed: np.ndarray
    seconds: np.ndarray


@dataclass(frozen=True)
class Result:
    """What has been boosted so far: `seeds` that are whole, and the rounds of the first, which the pictures show."""

    settings: Settings
    table: Table
    mislabelled: np.ndarray
    ada: tuple[AdaRound, ...]
    gradient: tuple[GradientRound, ...]
    seeds: tuple[Seed, ...]
    fraction: float
    axes: tuple[np.ndarray, np.ndarray] | None = None

    def over(self, name: str) -> np.ndarray:
        """One field of all seeds, seeds first."""
        return np.array([getattr(seed, name) for seed in self.seeds])

    def validation(self, method: int) -> np.ndarray:
        """Validation error after each round: (R, T)."""
        return self.over("error")[:, method, 1]

    @cached_property
    def grown(self) -> tuple[np.ndarray, np.ndarray]:
        """What each round adds at each point of the field, by method: (rounds, GRID * GRID). Points only."""
        assert self.axes is not None
        points = np.stack(np.meshgrid(*self.axes), -1).reshape(-1, 2).astype(np.float32)
        ada, gradient = (
            np.array([one.score(points) for one in steps], np.float32).reshape(-1, len(points))
            for steps in (self.ada, self.gradient)
        )
        return ada, gradient

    @property
    def at(self) -> np.ndarray:
        """The numbers of the rounds, from 1."""
        return np.arange(1, self.settings.rounds + 1)

    @property
    def frame(self) -> pd.DataFrame:
        """A row a seed, method, split and round."""
        error, loss = self.over("error"), self.over("loss")
        index = pd.MultiIndex.from_product(
            [
                range(self.settings.seed, self.settings.seed + len(error)),
                METHODS,
                ("train", "validation"),
                range(1, error.shape[-1] + 1),
            ],
            names=["seed", "method", "split", "round"],
        )
        return pd.DataFrame({"error": error.ravel(), "loss": loss.ravel()}, index=index).reset_index()


def data(settings: Settings, seed: int | None = None) -> tuple[Table, np.ndarray, np.ndarray]:
    """The splits of one seed, the labels given to the learner, and which of them are wrong."""
    s, seed = settings, settings.seed if seed is None else seed
    table = tables.load(s.data, n=s.n, noise=s.noise, seed=seed, two=True)
    y, wrong = tables.mislabel(table.train.y, s.wrong, 2, np.random.default_rng([seed, 1]))
    return table, y, wrong


def run(settings: Settings) -> Iterator[Result | Waiting]:
    """Boost. Yields after every round, so that it stops within one; the Result is renewed with every seed."""
    s = settings
    table, y, wrong = data(s)
    axes = plot_axes(table.train.x, GRID) if table.kind == "points" else None
    kept: list[tuple[tuple[AdaRound, ...], tuple[GradientRound, ...]]] = []
    done: list[Seed] = []
    result: Result | None = None
    for r in range(s.seeds):
        for part in one_seed(s, s.seed + r, done, kept):
            if len(done) > r:
                given = replace(table, train=table.train._replace(y=y))
                result = Result(s, given, wrong, *kept[0], tuple(done), (r + 1) / s.seeds, axes)
                yield result
            elif result is None:
                yield Waiting("The first seed", part / s.seeds)
            else:
                yield result


def one_seed(
    s: Settings, seed: int, done: list[Seed], kept: list[tuple[tuple[AdaRound, ...], tuple[GradientRound, ...]]]
) -> Iterator[float]:
    """Boost with one seed, yielding how far it is after every round; the outcome is appended to `done` before the last."""
    table, y, wrong = data(s, seed)
    x, held, test, T = table.train.x, table.validation, table.test, s.rounds
    steps = T * (3 + len(RATES) + (2 if s.wrong else 0))
    at = 0
    parts = (x, held.x, test.x)
    totals, seconds = list[list[np.ndarray]](), list[float]()

    ada, boosted = list[AdaRound](), list[GradientRound]()
    start = time.perf_counter()
    for one in adaboost(x, y, T, s.depth, seed):
        ada.append(one)
        yield (at := at + 1) / steps
    seconds.append(time.perf_counter() - start)
    totals.append([staged([one.score(p) for one in ada], 0.0, T, len(p)) for p in parts])

    start = time.perf_counter()
    for two in gradient(x, y, T, s.depth, s.lr, seed):
        boosted.append(two)
        yield (at := at + 1) / steps
    seconds.append(time.perf_counter() - start)
    totals.append([staged([two.score(p) for two in boosted], log_odds(y), T, len(p)) for p in parts])

    start = time.perf_counter()
    hist = HistGradientBoostingClassifier(
        max_iter=T, learning_rate=s.lr, max_depth=s.depth, early_stopping=False, random_state=seed
    ).fit(x, y)
    seconds.append(time.perf_counter() - start)
    yield (at := at + T) / steps
    totals.append([np.array([d.ravel() for d in hist.staged_decision_function(p)]) for p in parts])

    rates = []
    for lr in RATES:
        if lr == s.lr:
            rates.append(error_rate(totals[1][1], held.y))
            at += T
            continue
        added = []
        for two in gradient(x, y, T, s.depth, lr, seed):
            added.append(two.score(held.x))
            yield (at := at + 1) / steps
        rates.append(error_rate(staged(added, log_odds(y), T, len(held.y)), held.y))
    clean = np.array([error_rate(totals[m][1][-1:], held.y)[0] for m in (0, 1)])
    if s.wrong:
        true = table.train.y
        loops: tuple[tuple[float, Iterator[AdaRound] | Iterator[GradientRound]], ...] = (
            (0.0, adaboost(x, true, T, s.depth, seed)),
            (log_odds(true), gradient(x, true, T, s.depth, s.lr, seed)),
        )
        for m, (start_at, loop) in enumerate(loops):
            total = np.full(len(held.y), start_at)
            for each in loop:
                total = total + each.score(held.x)
                yield (at := at + 1) / steps
            clean[m] = error_rate(total[None], held.y)[0]

    weight = _held([one.weights for one in ada], T, len(y))
    residual = _held([np.abs(two.residuals) for two in boosted], T, len(y))
    if s.wrong:
        attention = [w[:, wrong].sum(1) / w.sum(1).clip(1e-12) for w in (weight, residual)]
    else:  # the tenth of the rows with the most of it
        top = max(1, len(y) // 10)
        attention = [np.sort(w, 1)[:, -top:].sum(1) / w.sum(1).clip(1e-12) for w in (weight, residual)]
    labels = (y, held.y)
    errors = np.array([one.error for one in ada] or [0.5])
    fall = bound(errors)
    voices = np.array([one.alpha for one in ada])
    used = [
        sum((a * one.tree.feature_importances_ for a, one in zip(voices, ada, strict=True)), np.zeros(x.shape[1])),
        sum((_removed(two.tree) for two in boosted), np.zeros(x.shape[1])),
    ]
    if not kept:
        kept.append((tuple(ada), tuple(boosted)))
    done.append(
        Seed(
            error=np.array([[error_rate(total[i], labels[i]) for i in (0, 1)] for total in totals]),
            loss=np.array([[log_loss(total[i], labels[i]) for i in (0, 1)] for total in totals]),
            bound=np.append(fall, np.full(T - len(fall), fall[-1])),
            attention=np.array(attention),
            clean=clean,
            rates=np.array(rates),
            importances=np.array([u / (u.sum() or 1) for u in used]),
            sealed=np.array([error_rate(total[2][-1:], test.y)[0] for total in totals]),
            seconds=np.array(seconds),
        )
    )
    yield 1.0


def _held(rows: list[np.ndarray], rounds: int, n: int) -> np.ndarray:
    """(rounds, n); the last row stands for the rounds that never came."""
    rows = rows or [np.full(n, 1 / n)]
    return np.array([*rows, *[rows[-1]] * (rounds - len(rows))])


def _removed(tree: DecisionTreeRegressor) -> np.ndarray:
    """How much squared error the splits on each feature removed, so that late trees, which remove little, count little."""
    return tree.tree_.compute_feature_importances(normalize=False)  # type: ignore[no-any-return]


def field(result: Result, method: int, rounds: int, only: bool = False) -> np.ndarray:
    """P(class) on the field by the sum of the first `rounds` rounds: (GRID, GRID, 2); only: by the last of them alone, from
    -1 to 1 in units of its largest step, moved to 0 to 1."""
    steps = result.grown[method][:rounds]
    if only:
        p = 0.5 + 0.5 * steps[-1] / max(np.abs(steps[-1]).max(), 1e-12)
    else:
        p = expit(steps.sum(0) + (log_odds(result.table.train.y) if method else 0.0))
    return np.stack([1 - p, p], -1).reshape(GRID, GRID, 2)


def attention(result: Result, method: int, round: int) -> np.ndarray:
    """How much round `round` of the first seed attends to each training row, 1 on average: weights, or absolute residuals."""
    steps = result.ada[round - 1].weights if method == 0 else np.abs(result.gradient[round - 1].residuals)
    return steps / max(steps.mean(), 1e-12)  # type: ignore[no-any-return]


def voices(result: Result) -> np.ndarray:
    """α of each round of the first seed."""
    return np.array([one.alpha for one in result.ada])


def script(settings: Settings) -> str:
    """Plain scikit-learn that prints the errors on screen."""
    return boosting_script(settings)
