"""What bagging shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.ensembles.bagging.settings import Settings
from core.data.tables import Table

GRID = 90  # points along each side of a decision field


@dataclass(frozen=True)
class Result:
    """Bagging as far as it has come: M members of each of R seeds, n training rows. The first seed is the one in the
    pictures; while it is at work, M counts its members so far. Later seeds are added when all of their members are there."""

    settings: Settings
    fraction: float  # share of the run that is done
    table: Table  # the rows of the first seed, training labels as given to the members
    mislabelled: np.ndarray  # (n,) bool: training rows of the first seed whose label is wrong
    draws: np.ndarray  # (M, n) uint16: how often each member of the first seed drew each training row
    predictions: np.ndarray  # (M, validation rows) uint8: classes that each member of the first seed predicts
    vote_error: np.ndarray  # (R, M) validation error of the vote of the first 1, 2, ... members
    oob_error: np.ndarray  # (R, M) out-of-bag error of the same; NaN while no row was left out
    single_error: np.ndarray  # (R,) validation error of one tree or network trained on all training rows
    member_error: np.ndarray  # (R,) mean validation error of a member on its own
    disagreement: np.ndarray  # (R,) probability that two members predict different classes for a validation row
    left_out: np.ndarray  # (R,) mean share of the training rows that a member never drew
    importances: np.ndarray  # (R, features) share of the impurity that splits on each feature remove; zeros: networks
    test_error: np.ndarray  # (R, 2) test error of the vote of all members and of the single tree or network
    regions: np.ndarray | None = None  # (M, GRID, GRID) uint8: class each member predicts at `axes`; points only
    axes: tuple[np.ndarray, np.ndarray] | None = None  # coordinates of the columns and rows of `regions`; points only

    @property
    def members(self) -> int:
        return len(self.draws)

    def votes(self, members: int) -> np.ndarray:
        """Votes (validation rows, C) for each class by the first `members` members."""
        classes = range(len(self.table.classes))
        return np.stack([(self.predictions[:members] == k).sum(0) for k in classes], -1)

    def shares(self, members: int, first: int = 0) -> np.ndarray:
        """Share of the members first + 1 to `members` that predict each class at each point of the field: (GRID, GRID, C)."""
        assert self.regions is not None
        classes = range(len(self.table.classes))
        return np.stack([(self.regions[first:members] == k).mean(0) for k in classes], -1)

    def expected_draws(self, most: int = 6) -> np.ndarray:
        """How many of the n training rows should be drawn 0, 1, ... most - 1 times, and most times or more: the binomial
        distribution."""
        from scipy.stats import binom

        n = len(self.table.train.y)
        size = self.settings.sample_size(n)
        return n * np.append(binom.pmf(np.arange(most), size, 1 / n), binom.sf(most - 1, size, 1 / n))

    def frame(self) -> pd.DataFrame:
        """The error of every seed and number of members, a row each."""
        errors = np.stack([self.vote_error, self.oob_error], -1)  # (R, M, 2)
        seeds, members, _ = errors.shape
        first = self.settings.seed
        rows = [range(first, first + seeds), range(1, members + 1), ("validation", "out of bag")]
        index = pd.MultiIndex.from_product(rows, names=["seed", "members", "split"])
        return pd.DataFrame({"error": errors.ravel()}, index=index).reset_index()
