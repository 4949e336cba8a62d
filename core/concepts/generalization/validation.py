"""Validation: what a score on rows that were held back is worth, and how choosing by it uses it up.

Folds are dealt and drawn; a quick learner is cross-validated on many data sets, so that the scatter of the estimate is
seen and not assumed. Then the best of M is chosen on n rows. Coin-flippers are all equally useless, yet the best of them
looks good: by about sqrt(2 ln M) standard errors at most, and exactly by what the highest of M binomials gives. Real
networks are chosen in the same way: by a hold-out, by cross-validation, and by nested cross-validation, which judges the
choosing itself on rows that had no part in it.

What to expect: 100 coin-flippers on 50 rows: the best shows 67.6 %. The best of 16 networks on 50 rows looks some 3 points
better than it is, on 500 rows less than one; the best score of cross-validation is about as much too high, the nested one
is not. More folds do not raise the scatter of the estimate for nearest neighbours; for the majority class, leaving one out
doubles it. Two cores: what needs no network 0.4 s, 24 data sets of 256 networks about 9 s.

Sources: Stone (1974); Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning" (2009), section 7.10;
Varma and Simon (2006); Cawley and Talbot (2010).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.generalization import validation_choice, validation_folds
from core.concepts.generalization.validation_choice import coins, expected_best, ladder, row_counts
from core.concepts.generalization.validation_folds import LEARNERS, Folds, Spread, folds, spread
from core.concepts.generalization.validation_networks import Draw, train
from core.concepts.generalization.validation_script import validation_script
from core.concepts.generalization.validation_words import (
    QUESTIONS,
    SOURCES,
    coin_words,
    difference,
    findings,
    fold_words,
    score,
    spread_words,
)
from core.data import POINTS
from core.engine.random import key
from core.legacy import Waiting
from core.stats import Interval, mean_interval

__all__ = [
    "LEARNERS", "LIMITS", "POINTS", "QUESTIONS", "SEARCHES", "SOURCES", "Coins", "Folds", "Result", "Settings", "Spread", "coin_words",
    "difference", "findings", "flip", "fold_words", "folds", "run", "score", "script", "spread", "spread_words",
]  # fmt: skip

SEARCHES = ("random search", "starts only")
WAYS = ("hold-out", "cross-validation", "nested")
LIMITS: dict[str, tuple[float, float]] = {
    "rows": (20, 120),
    "noise": (0, 0.5),
    "flips": (0, 1),
    "k": (2, 120),
    "n": (10, 500),
    "M": (2, 1000),
    "networks": (2, 64),
    "outer": (3, 8),
    "width": (2, 64),
    "steps": (10, 300),
    "sets": (4, 40),
    "seed": (0, 9999),
}


@dataclass(frozen=True)
class Settings:
    data: str = "moons"
    rows: int = 60  # labelled rows, all there are to learn from
    noise: float = 0.4  # of the points
    flips: float = 0.0  # share of the labels that are coin flips
    k: int = 5  # folds
    learner: str = "5 nearest neighbours"  # the quick one
    n: int = 50  # validation rows to choose by
    M: int = 100  # coin-flippers
    networks: int = 16  # candidates
    search: str = "random search"  # what differs between them
    outer: int = 5  # folds in which the networks are cross-validated
    width: int = 16  # hidden neurons
    steps: int = 100  # of Adam, each on all rows
    sets: int = 24  # data sets, each with networks of its own
    seed: int = 0

    def __post_init__(self) -> None:
        for name, menu in (("data", POINTS), ("learner", LEARNERS), ("search", SEARCHES)):
            if getattr(self, name) not in menu:
                raise ValueError(f"{name}: must be one of {', '.join(menu)}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")
        for name in ("noise", "flips"):
            object.__setattr__(self, name, getattr(self, name) + 0.0)
        if self.k > self.rows:
            raise ValueError(f"k: must be at most the number of rows, {self.rows}; each fold needs one")


@dataclass(frozen=True)
class Coins:
    """optimism (repeats, M): validation minus test accuracy of the best of the first 1, 2, ... M coin-flippers, on n rows.
    by_rows: number of rows -> that of all M, (repeats,)."""

    n: int
    M: int
    optimism: np.ndarray
    by_rows: dict[int, np.ndarray]

    def interval(self) -> Interval:
        return mean_interval(self.optimism[:, -1])


def flip(n: int, M: int, seed: int) -> Coins:
    """Toss them all."""
    rng = lambda rows: np.random.default_rng(key(seed, f"coins {rows}"))  # noqa: E731
    return Coins(n, M, coins(n, M, rng(n)), {rows: coins(rows, M, rng(rows))[:, -1] for rows in row_counts(n)})


@dataclass(frozen=True)
class Result:
    settings: Settings
    spread: Spread
    coins: Coins
    draws: tuple[Draw, ...]
    fraction: float

    @property
    def sizes(self) -> tuple[int, ...]:
        return ladder(validation_choice.SIZES, self.settings.networks)

    @property
    def rows(self) -> tuple[int, ...]:
        return row_counts(self.settings.n)

    def optimism(self, n: int) -> np.ndarray:
        """Of the best of 1, 2, 5, ... networks on n validation rows: (data sets, sizes)."""
        at = self.rows.index(n)
        return np.stack([d.optimism[at] for d in self.draws])

    def gain(self) -> np.ndarray:
        """Test accuracy of the chosen of all networks over that of the average one, (data sets,)."""
        return np.array([d.gain[self.rows.index(self.settings.n), -1] for d in self.draws])

    def independent(self, n: int, m: int) -> float:
        """What the optimism would be if the networks were coins as good as they are on average, with nothing in common."""
        mean = float(np.mean([d.test.mean() for d in self.draws]))
        return expected_best(n, mean, m)

    def errors(self) -> dict[str, np.ndarray]:
        """Way of estimating how good the chosen network is -> estimate minus truth of each data set."""
        truth = np.array([d.truth for d in self.draws])
        return {
            WAYS[0]: self.optimism(self.settings.n)[:, -1],
            WAYS[1]: np.array([d.validated.max() for d in self.draws]) - truth,
            WAYS[2]: np.array([d.nested for d in self.draws]) - truth,
        }

    def error(self, way: str) -> Interval:
        """Three are read at once, so each interval is as much wider as makes all hold together at 95 %."""
        return mean_interval(self.errors()[way], 1 - 0.05 / len(WAYS))

    def frame(self) -> pd.DataFrame:
        """A row a data set: how far each way is above the truth, and the truth."""
        truth = [d.truth for d in self.draws]
        return pd.DataFrame({"data set": range(1, len(self.draws) + 1), **self.errors(), "truth": truth})


def script(s: Settings) -> str:
    """NumPy, scikit-learn's points and plain PyTorch that print the same numbers."""
    return validation_script(s, row_counts(s.n))


def run(s: Settings) -> Iterator[Result | Waiting]:
    """Folds and coins first; then data set after data set, each with its stack of networks."""
    waiting: Result | Waiting = Waiting("Folds and coins", 0.0)
    yield waiting
    scattered, tossed = validation_folds.spread(s), flip(s.n, s.M, s.seed)
    draws: list[Draw] = []
    waiting = Waiting("First networks", 0.02)
    for i in range(s.sets):
        for done in train(s, i):
            if done is not None:
                draws.append(done)
                if len(draws) > 1:  # one data set gives no interval
                    waiting = Result(s, scattered, tossed, tuple(draws), len(draws) / s.sets)
            yield waiting
