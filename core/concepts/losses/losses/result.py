"""What the losses page shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.losses.losses.settings import Settings


@dataclass(frozen=True)
class Points:
    """The points to which lines are fitted, a row a seed."""

    x: np.ndarray  # (seeds, n) from 0 to 10
    y: np.ndarray  # (seeds, n)
    odd: np.ndarray  # (seeds, n) bool: which of them are outliers


@dataclass(frozen=True)
class Result:
    """The losses on view, drawn over their axis, and the experiment of their kind."""

    settings: Settings
    curves: pd.DataFrame  # a row a loss and place on the axis: name, x, value, gradient
    pulls: dict[str, tuple[float, float]]  # loss -> size of its gradient at the two PLACES of its kind; may be empty
    # A row a fitted loss and seed: name and seed; of a regression slope, intercept, error (fitted minus true slope), off
    # (size of that) and below (share of the points under the line); of a classification accuracy (on clean test points)
    # and memorised (share of the wrong training labels that the model repeats). None where there is no experiment.
    scores: pd.DataFrame | None = None
    points: Points | None = None  # of a regression
    fraction: float = 1.0  # share of the run that is done

    def by_seed(self, column: str, name: str) -> np.ndarray:
        """The scores of one loss in the order of the seeds, (seeds,)."""
        assert self.scores is not None
        rows = self.scores[self.scores.name == name].sort_values("seed")
        return rows[column].to_numpy(float)

    def curve(self, name: str) -> pd.DataFrame:
        """The rows of `curves` that belong to one loss."""
        return self.curves[self.curves.name == name].reset_index(drop=True)

    def frame(self) -> pd.DataFrame:
        """The scores of the experiment, a row a loss and seed; the curves where there is none."""
        return self.curves if self.scores is None else self.scores
