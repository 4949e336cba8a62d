"""What a run of precision and recall is asked, and what it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from core.concepts.losses.precision_recall_measures import AVERAGES, Ranking
from core.data import tables
from core.data.tables import Table
from core.stats import Interval


def logistic(seed: int) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def naive_bayes(seed: int) -> Any:
    return GaussianNB()


def small_tree(seed: int) -> Any:
    return DecisionTreeClassifier(max_depth=3, random_state=seed)


def fifteen_nearest(seed: int) -> Any:
    return make_pipeline(StandardScaler(), KNeighborsClassifier(15))


def forest(seed: int) -> Any:
    return RandomForestClassifier(25, random_state=seed)


DATA = ("digits", "breast cancer")
GUESS = "random guess"  # a score that knows nothing, uniform from 0 to 1
LEARNERS: dict[str, Callable[[int], Any] | None] = {
    "logistic": logistic,
    "naive Bayes": naive_bayes,
    "small tree": small_tree,
    "15-NN": fifteen_nearest,
    "forest": forest,
    GUESS: None,
}
HOW = ("weights", "rows")
LIMITS: dict[str, tuple[float, float]] = {
    "digit": (0, 9),
    "threshold": (0, 1),
    "share": (0, 0.5),
    "seeds": (2, 16),
    "seed": (0, 9999),
}
MEASURES = ("ROC AUC", *AVERAGES)  # of the whole ranking, whatever the threshold
AT = ("precision", "recall", "F1", "false positive rate", "accuracy")  # at the threshold


@dataclass(frozen=True)
class Settings:
    data: str = "digits"
    digit: int = 8  # the positive class of digits; of breast cancer it is malignant
    learner: str = "logistic"  # a name in LEARNERS
    threshold: float = 0.5  # rows of at least this score are called positive; in hundredths
    share: float = 0.0  # of positives among the rows judged; 0: as they come
    how: str = "weights"  # how that share is made: rows weighted, or rows left out
    average: str = "area"  # which average precision is drawn
    seeds: int = 8  # repeats, each with its own split
    seed: int = 0  # the first of them

    def __post_init__(self) -> None:
        menus = (("data", DATA), ("learner", tuple(LEARNERS)), ("how", HOW), ("average", tuple(AVERAGES)))
        for name, menu in menus:
            if getattr(self, name) not in menu:
                raise ValueError(f"{name}: must be one of {', '.join(menu)}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")
        if 0 < self.share < 0.005:
            raise ValueError("share: must be 0 or at least 0.005")
        object.__setattr__(self, "threshold", round(self.threshold, 2) + 0.0)  # + 0.0: -0.0 is the same run as 0.0
        object.__setattr__(self, "share", self.share + 0.0)


@dataclass(frozen=True)
class Result:
    """scores: of each seed (R of them), positives (n,) 0 or 1 and score (n,) of its validation rows. rankings, plain: the ranking at
    the asked share of positives, and as the rows come. measures: a row a seed and rows ("judged", "as they come", "test"), with columns MEASURES and AT.
    grid: thresholds (101,), and by_threshold: precision, recall, F1 at each, (R, 101), NaN where nothing is called positive."""

    settings: Settings
    table: Table
    scores: tuple[tuple[np.ndarray, np.ndarray], ...]
    rankings: tuple[Ranking, ...]
    plain: tuple[Ranking, ...]
    measures: pd.DataFrame
    grid: np.ndarray
    by_threshold: dict[str, np.ndarray]
    fraction: float = 1.0

    @property
    def positive(self) -> str:
        return f"digit {self.settings.digit}" if self.settings.data == "digits" else "malignant"

    def values(self, measure: str, rows: str = "judged") -> np.ndarray:
        """(R,)."""
        return self._columns[rows][measure]

    @cached_property
    def _columns(self) -> dict[str, dict[str, np.ndarray]]:
        """The measures by rows and name: asked for often while the threshold moves."""
        numbers = self.measures.drop(columns=["seed", "rows"])
        return {k: {c: numbers[c][g.index].to_numpy() for c in numbers} for k, g in self.measures.groupby("rows")}  # type: ignore[misc]

    def mean(self, measure: str, rows: str = "judged", level: float = 0.95) -> Interval:
        """Over the seeds in which the measure is defined."""
        v = self.values(measure, rows)
        return tables.interval(v[np.isfinite(v)], self.table, level)

    def change(self, measure: str) -> Interval:
        """From the rows as they come to the asked share of positives, paired over seeds. Read for all of MEASURES at once, so each is as
        much wider as makes all of them right together 95 times in 100 (Bonferroni)."""
        change = (
            np.round(self.values(measure) - self.values(measure, "as they come"), 12) + 0.0
        )  # without rounding errors
        return tables.interval(change, self.table, 1 - 0.05 / len(MEASURES))
