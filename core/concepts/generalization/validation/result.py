"""What a run shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.generalization.validation.choosing import RESAMPLES, TEST, expected_best
from core.concepts.generalization.validation.settings import Settings, way_of
from core.stats import Interval, mean_interval

WAYS = ("hold-out", "cross-validation", "nested")  # of scoring the chosen network
LEVEL = 1 - 0.05 / len(WAYS)  # of each of these intervals, since three are read at once


@dataclass(frozen=True)
class Folds:
    """One data set, cross-validated with the quick learner."""

    x: np.ndarray  # (n, 2) rows
    y: np.ndarray  # (n,) their classes
    fold: np.ndarray  # (n,) the fold of each row, 0 to k - 1
    answer: np.ndarray  # (n,) class predicted for each row when its fold is left out

    @property
    def right(self) -> np.ndarray:
        return np.asarray(self.answer == self.y)

    @property
    def k(self) -> int:
        return int(self.fold.max()) + 1

    def counts(self, shown: int) -> dict[str, float]:
        """What the texts say about fold `shown`, counted from 1: its rows, and the estimate from the folds up to it."""
        held_out, so_far = self.right[self.fold == shown - 1], self.right[self.fold < shown]
        counts = {"fold": shown, "k": self.k, "right": int(held_out.sum()), "held_out": len(held_out)}
        return counts | {"accuracy": float(so_far.mean()), "done": len(so_far), "rows": len(self.y)}


@dataclass(frozen=True)
class Spread:
    """Estimates of the quick learner's accuracy on many data sets."""

    estimates: dict[
        str, np.ndarray
    ]  # way of estimating -> (2, data sets) estimated accuracy, for two assignments to folds
    truth: np.ndarray  # (data sets,) accuracy on new rows of what is learnt from all rows

    @property
    def level(self) -> float:
        """Of one interval, where those of all ways are read at once."""
        return 1 - 0.05 / len(self.estimates)

    def bias(self, way: str, rows: int) -> Interval:
        """How far the estimate lies above the truth on average; rows: of one data set."""
        return mean_interval(self.estimates[way][0] - self.truth, self.level, rows)

    def sd(self, way: str) -> float:
        """Standard deviation of the estimate over the data sets."""
        return float(self.estimates[way][0].std(ddof=1))

    def extra_variance(self, a: str, b: str) -> Interval:
        """By how much the variance of the way `a` is larger than that of `b`, paired over the data sets."""
        one, other = ((e := self.estimates[name][0]) - e.mean() for name in (a, b))
        return mean_interval(one**2 - other**2, self.level)

    def assignment_sd(self, way: str) -> float:
        """The part of the standard deviation that comes from the assignment of the same rows to folds."""
        first, second = self.estimates[way]
        return float(np.sqrt(((first - second) ** 2).mean() / 2))


@dataclass(frozen=True)
class Coins:
    """Candidates that flip coins, and so have a true accuracy of 1/2."""

    n: int  # held-out rows
    M: int  # candidates
    optimism: np.ndarray  # (repeats, M) held-out minus true accuracy of the best of the first 1, 2, ... M
    by_rows: dict[int, np.ndarray]  # number of held-out rows -> (repeats,) the same of the best of all M

    def interval(self) -> Interval:
        return mean_interval(self.optimism[:, -1], rows=self.n)


@dataclass(frozen=True)
class Draw:
    """One data set and its candidates, M networks."""

    optimism: np.ndarray  # (row counts, sizes) held-out score of the chosen network minus its true accuracy
    gain: np.ndarray  # (row counts, sizes) true accuracy of the chosen network minus that of the average candidate
    test: np.ndarray  # (M,) true accuracy of each network
    validated: np.ndarray  # (M,) cross-validated accuracy of each candidate
    nested: float  # accuracy that nested cross-validation gives

    @property
    def truth(self) -> float:
        """True accuracy of the network with the best cross-validated score."""
        return float(self.test[self.validated.argmax()])


@dataclass(frozen=True)
class Result:
    """A run as far as it has come."""

    settings: Settings
    fraction: float  # share of the networks' steps that is done
    folds: Folds  # the first data set
    spread: Spread  # the quick learner on many data sets
    coins: Coins  # candidates that know nothing
    draws: tuple[Draw, ...] = ()  # data sets whose networks are trained

    @property
    def assignment_sd(self) -> float:
        """Of k-fold cross-validation: see Spread.assignment_sd."""
        s = self.settings
        return self.spread.assignment_sd(way_of(s.k, s.rows))

    @property
    def compared(self) -> bool:
        """Whether there are enough data sets for an interval."""
        return len(self.draws) > 1

    def optimism(self, rows: int) -> np.ndarray:
        """Of the network chosen from 1, 2, 5, ... on this many held-out rows: (data sets, sizes)."""
        at = self.settings.row_counts.index(rows)
        return np.stack([draw.optimism[at] for draw in self.draws])

    def gain(self) -> Interval:
        """True accuracy of the network chosen from all, minus that of the average candidate."""
        at = self.settings.row_counts.index(self.settings.n)
        return mean_interval([draw.gain[at, -1] for draw in self.draws], rows=TEST)

    def independent(self, rows: int, m: int) -> float:
        """The expected optimism if the networks were independent guessers as accurate as they are on average."""
        mean = float(np.mean([draw.test.mean() for draw in self.draws]))
        return expected_best(rows, mean, m)

    def errors(self) -> dict[str, np.ndarray]:
        """Way of scoring the chosen network -> its estimate minus its true accuracy, (data sets,)."""
        truth = np.array([draw.truth for draw in self.draws])
        return {
            "hold-out": self.optimism(self.settings.n)[:, -1],
            "cross-validation": np.array([draw.validated.max() for draw in self.draws]) - truth,
            "nested": np.array([draw.nested for draw in self.draws]) - truth,
        }

    def scored_rows(self, way: str) -> int:
        """Rows that one such estimate was counted on."""
        return self.settings.n * RESAMPLES if way == "hold-out" else self.settings.rows

    def error(self, way: str) -> Interval:
        """Estimate minus true accuracy of the chosen network."""
        return mean_interval(self.errors()[way], LEVEL, self.scored_rows(way))

    def frame(self) -> pd.DataFrame:
        """A row a data set: how far each estimate lies above the true accuracy, and that accuracy."""
        truth = [draw.truth for draw in self.draws]
        errors = self.errors() if self.draws else dict.fromkeys(WAYS, np.array([]))
        return pd.DataFrame({"data set": range(1, len(self.draws) + 1), **errors, "true accuracy": truth})
