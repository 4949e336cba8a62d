"""What a run of stacking shows, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.ensembles.stacking.settings import Settings
from core.data import tables
from core.data.tables import Table
from core.stats import Interval

STACK, LEAKY, HARD, SOFT, BEST = "stack", "leaky stack", "majority vote", "mean of probabilities", "best base learner"
OUT, IN = (
    "out of fold",
    "in sample",
)  # the predictions that the meta-learner of the stack, and of the leaky one, learns from
TRAINED_ON = (OUT, IN)
GRID = 60  # points along each side of a drawn field


@dataclass(frozen=True)
class Result:
    """B base learners, C classes, n training rows, R seeds that are complete; pictures are of the first seed."""

    settings: Settings
    table: Table  # data of the first seed
    fold: np.ndarray  # (n,) the fold of each training row
    predictions: Mapping[
        str, np.ndarray
    ]  # out of fold and in sample -> (n, B, C) probabilities, NaN where there is none yet
    errors: pd.DataFrame  # a row a seed, model and split (out of fold, validation), with the error rate
    weights: pd.DataFrame  # a row a seed, kind of predictions, base learner and class (one for two classes)
    all_wrong: np.ndarray  # (R,) share of validation rows that every base learner misclassifies
    shared: np.ndarray  # (R, B, B) of the rows that base learner i misclassifies, the share that j misclassifies too
    sealed: Mapping[str, np.ndarray]  # model -> (R,) test error
    fraction: float  # share of the run that is done
    axes: tuple[np.ndarray, np.ndarray] | None = None  # coordinates of the columns and rows of a field; points only
    fold_fields: np.ndarray | None = None  # (folds, B, GRID, GRID, C) predictions of learners that never saw the fold
    fields: Mapping[str, np.ndarray] = field(default_factory=dict)  # model -> (GRID, GRID, C) predictions; points only

    @property
    def models(self) -> tuple[str, ...]:
        """Base learners, votes and stacks."""
        return (*self.settings.bases, HARD, SOFT, STACK, LEAKY)

    def error(self, model: str, split: str = "validation") -> np.ndarray:
        """(R,) error rate of a model; of BEST, that of the base learner with the lowest out-of-fold error in each seed."""
        if model == BEST:
            every = np.array([self.error(base, split) for base in self.settings.bases])
            return every[self.best, np.arange(every.shape[1])]  # type: ignore[no-any-return]
        rows = self.errors[(self.errors.model == model) & (self.errors.split == split)]
        return rows.error.to_numpy(float)

    @property
    def best(self) -> np.ndarray:
        """(R,) which base learner has the lowest out-of-fold error, the first of those that tie."""
        return np.array([self.error(b, OUT) for b in self.settings.bases]).argmin(0)  # type: ignore[no-any-return]

    def saved(self, model: str) -> Interval:
        """Error of a model minus that of the stack, paired over seeds. The stack is compared with every other model, so each
        interval is widened until all of them are right together 95 times in 100 (Bonferroni)."""
        return tables.interval(
            self.error(model) - self.error(STACK),
            self.table,
            1 - 0.05 / len(self.models),
            rows=len(self.table.validation.y),
        )

    def weight(self, base: str, trained_on: str) -> np.ndarray:
        """(R,) weight of a base learner, mean over classes."""
        rows = self.weights[(self.weights.base == base) & (self.weights.trained_on == trained_on)]
        return rows.groupby("seed").weight.mean().to_numpy()

    def class_weights(self, trained_on: str) -> np.ndarray:
        """(B, C) mean over seeds of the weight of a base learner's P(class) for that class."""
        rows = self.weights[self.weights.trained_on == trained_on]
        table = rows.pivot_table(index="base", columns="class", values="weight")
        return table.loc[list(self.settings.bases)].to_numpy()

    def frame(self) -> pd.DataFrame:
        """The error of every model in every seed."""
        return self.errors
