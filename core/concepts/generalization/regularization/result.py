"""What a comparison of methods against overfitting shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.generalization.regularization.settings import NONE, Settings, variants
from core.stats import Interval, mean_interval, over_differences

ByVariant = dict[str, np.ndarray]


@dataclass(frozen=True)
class Result:
    """All methods, each from the same random starts, as far as their training has come. What only a complete run has is
    empty until then."""

    settings: Settings
    fraction: float  # share of the planned steps that is done
    epoch: int  # epochs that are done
    history: pd.DataFrame  # a row a measurement: variant, seed, model, step, epoch, split, metric, value
    x: np.ndarray  # training examples that all variants see: (n, 2) points, or (some, C, H, W) pictures in [0, 1]
    y: np.ndarray  # their class numbers
    validation_rows: int  # how many rows validation accuracy is counted on
    grids: ByVariant  # variant -> (60, 60, C) class probabilities at the points of `axes`, mean over seeds; points only
    axes: tuple[np.ndarray, np.ndarray] | None  # coordinates of the columns and of the rows of `grids`
    validation: ByVariant  # variant -> validation accuracy of each seed
    gap: ByVariant = field(default_factory=dict)  # variant -> training minus validation accuracy of each seed
    test: ByVariant = field(default_factory=dict)  # variant -> test accuracy of each seed
    right: ByVariant = field(
        default_factory=dict
    )  # variant -> (test rows,) share of the seeds that classify it correctly
    zeros: ByVariant = field(default_factory=dict)  # variant -> share of the weights that are exactly 0, of each seed
    small: ByVariant = field(default_factory=dict)  # variant -> share of the weights of size below 0.01, of each seed
    counts: ByVariant = field(default_factory=dict)  # variant -> (61,) weights of all seeds in the bins of `edges`
    edges: np.ndarray | None = None  # (62,) limits of these bins; weights beyond are counted in the outermost
    stopped: dict[str, int] = field(default_factory=dict)  # variant -> seeds that early stopping has ended

    @property
    def names(self) -> tuple[str, ...]:
        """The variants, the one without regularisation first."""
        return tuple(v.name for v in variants(self.settings))

    @property
    def complete(self) -> bool:
        return bool(self.test)

    def shown_accuracy(self, variant: str) -> float:
        """Mean over the seeds of the test accuracy; of the validation accuracy while training goes on."""
        return float((self.test or self.validation)[variant].mean())

    def change(self, variant: str, than: str = NONE) -> Interval:
        """Test accuracy of a variant minus that of another, paired over seeds.

        It covers other random starts and other test rows, not other training examples. As every variant is compared with
        one, each interval is wide enough for all of them to be right at once 95 times in 100 (Bonferroni).
        """
        level = 1 - 0.05 / (len(self.names) - 1)
        rows = self.right[variant] - self.right[than]
        seeds = mean_interval(self.test[variant] - self.test[than], level, len(rows), (-1, 1))
        return over_differences(seeds, rows)

    def frame(self) -> pd.DataFrame:
        """Every measurement, a row each."""
        return self.history
