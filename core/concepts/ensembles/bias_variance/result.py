"""What bias_variance measures, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.ensembles.bias_variance.settings import Settings
from core.decomposition import Terms, squared_at
from core.stats import Interval

NETWORK = "network"
LEARNERS = (
    "shallow tree",
    "bagged shallow",
    "boosted shallow",
    "deep tree",
    "bagged deep",
    "boosted deep",
    "k-NN",
    "linear",
    "stacking",
    NETWORK,
)
STAGED = ("bagged shallow", "boosted shallow", "bagged deep", "boosted deep")
STAGES = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120)  # numbers of trees at which an ensemble is looked at on its way


@dataclass(frozen=True)
class Result:
    """Every learner trained on R training sets and asked about the same T test points and L points of the pictures."""

    settings: Settings
    fraction: float  # share of the run that is done
    resamples: int  # R, training sets so far
    classes: tuple[str, ...]  # names of the classes; () for regression
    best: np.ndarray  # (T,) true value, or the number of the most probable class
    noise: np.ndarray  # (T,) variance of y, or probability of another class; zeros where it is not known
    n: int  # rows of a training set
    pool: int  # rows that it is drawn from; 0: made anew
    x: np.ndarray  # (L, d) points of the pictures: along a line, or of the grid of `axes`
    axes: (
        tuple[np.ndarray, np.ndarray] | None
    )  # coordinates of the columns and rows of a field; points of known classes
    curve: np.ndarray | None  # (L,) the true function along the drawn line
    samples: tuple[tuple[np.ndarray, np.ndarray], ...]  # two of the training sets: x (n, d) and y (n,)
    right: Mapping[str, np.ndarray]  # learner -> (T,) share of the training sets that predict the best class
    agreed: Mapping[
        str, np.ndarray
    ]  # learner -> (T,) whether the class that most training sets predict is the best one
    drawn: Mapping[str, np.ndarray]  # learner -> (R, L) predictions at the points of the pictures
    terms: Mapping[str, Terms]  # learner -> its error taken apart
    measured: Mapping[str, np.ndarray]  # learner -> (R,) mean loss on labels drawn anew for each training set
    staged: Mapping[str, Mapping[str, np.ndarray]]  # ensemble -> term -> its value at each stage

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(n for n in LEARNERS if n in self.terms)

    def change(self, single: str, many: str, term: str, level: float = 0.95) -> Interval:
        """How far a term of `many` lies above that of `single`, on the same training sets."""
        return self.terms[many].interval(term, level, self.terms[single])

    def along(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Squared bias and variance of a learner at each point of the drawn line."""
        assert self.curve is not None
        return squared_at(self.drawn[name], self.curve)

    def trees(self, name: str) -> np.ndarray:
        """Numbers of trees at the stages of an ensemble."""
        last = self.settings.members if name.startswith("bagged") else self.settings.rounds
        return np.array([*(m for m in STAGES if m < last), last])

    def frame(self) -> pd.DataFrame:
        """A row a learner and term, with its interval."""
        rows = []
        for name, terms in self.terms.items():
            for term in terms.values:
                interval = terms.interval(term)
                rows.append((name, term, terms.values[term], interval.low, interval.high))
        return pd.DataFrame(rows, columns=["learner", "term", "value", "low", "high"])
