"""What boosting shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from core.concepts.ensembles.boosting.settings import METHODS, Settings
from core.data.tables import TWO, Table

GRID = 90  # points along each side of a decision field


@dataclass(frozen=True)
class Rounds:
    """The trees of one method on the first seed, one a round; AdaBoost may end before the last round."""

    start: float  # the sum before the first round, in log-odds
    attention: np.ndarray  # (rounds, n) float32: weight (AdaBoost) or absolute residual of each training row
    steps: np.ndarray  # (rounds, leaves) what each leaf of a tree adds to the sum
    leaves: np.ndarray | None = None  # (rounds, GRID * GRID) uint8: leaf of each point of the field; points only

    def __len__(self) -> int:
        return len(self.attention)

    def relative(self, round: int) -> np.ndarray:
        """How much a round, counted from 1, attends to each training row, 1 on average: (n,)."""
        one: np.ndarray = self.attention[round - 1].astype(float)
        relative: np.ndarray = one / max(one.mean(), 1e-12)
        return relative

    def alone(self, round: int) -> np.ndarray:
        """What a round on its own adds to each class on the field, in units of its largest step, moved from [-1, 1] to
        [0, 1]: (GRID, GRID, 2)."""
        assert self.leaves is not None
        step = self.steps[round - 1][self.leaves[round - 1]]
        return _two(0.5 + 0.5 * step / max(np.abs(step).max(), 1e-12))

    def together(self, rounds: int) -> np.ndarray:
        """Probability of each class on the field by the sum of the first `rounds` rounds: (GRID, GRID, 2)."""
        assert self.leaves is not None
        added = np.take_along_axis(self.steps[:rounds], self.leaves[:rounds].astype(np.intp), 1)
        return _two(expit(added.sum(0) + self.start))


def _two(p: np.ndarray) -> np.ndarray:
    return np.stack([1 - p, p], -1).reshape(GRID, GRID, 2)


@dataclass(frozen=True)
class Result:
    """Boosting of the R seeds that are done, T rounds each; methods in the order of settings.METHODS. Where AdaBoost ended
    early, its last round stands for those that never came."""

    settings: Settings
    fraction: float  # share of the run that is done
    table: Table  # the rows of the first seed, training labels as given to the trees
    mislabelled: np.ndarray  # (n,) bool: training rows of the first seed whose label is wrong
    rounds: tuple[Rounds, Rounds]  # of AdaBoost and of gradient boosting, first seed
    tree_errors: np.ndarray  # (rounds,) weighted error of each tree of AdaBoost, first seed
    learner_weights: np.ndarray  # (rounds,) weight of each tree in AdaBoost's vote, first seed
    ada_rounds: np.ndarray  # (R,) rounds after which AdaBoost ended
    error: np.ndarray  # (R, 3, 2, T) share of training and validation rows that are misclassified after each round
    loss: np.ndarray  # (R, 3, 2, T) mean log-loss of the same
    bound: np.ndarray  # (R, T) what AdaBoost's training error can be at most
    attention: np.ndarray  # (R, 2, T) share of the attention on wrong labels, or on the hardest tenth of the rows
    clean_error: np.ndarray  # (R, 2) final validation error had all training labels been right
    rate_error: np.ndarray  # (R, 4, T) validation error of gradient boosting at each of settings.RATES
    importances: np.ndarray  # (R, 2, features) share of the impurity that splits on each feature remove
    test_error: np.ndarray  # (R, 3) final test error
    axes: tuple[np.ndarray, np.ndarray] | None = None  # coordinates of the columns and rows of the field; points only

    @property
    def reduced(self) -> bool:
        """Whether the data have more than two classes, which were reduced to two."""
        return self.table.name in TWO

    def validation(self, method: int) -> np.ndarray:
        """Validation error of a method after each round: (R, T)."""
        return self.error[:, method, 1]

    def final(self, method: int) -> np.ndarray:
        """Validation error of a method after the last round: (R,)."""
        return self.error[:, method, 1, -1]

    def frame(self) -> pd.DataFrame:
        """Error and log-loss of every seed, method, split and round, a row each."""
        seeds, _, _, rounds = self.error.shape
        first = self.settings.seed
        rows = [range(first, first + seeds), METHODS, ("train", "validation"), range(1, rounds + 1)]
        index = pd.MultiIndex.from_product(rows, names=["seed", "method", "split", "round"])
        return pd.DataFrame({"error": self.error.ravel(), "loss": self.loss.ravel()}, index=index).reset_index()
