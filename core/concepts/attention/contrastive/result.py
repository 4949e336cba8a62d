"""What contrastive training shows, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.attention.contrastive.settings import CIRCLE, LABELS, Settings
from core.stats import Interval, mean_interval, over_differences

METRICS = ("purity", "alignment", "uniformity")
STATES = ("untrained", "trained")


@dataclass(frozen=True)
class Result:
    """The encoders of every seed, as far as they are trained. What only a complete run has is empty until then."""

    settings: Settings
    fraction: float  # share of the run that is done
    step: int  # contrastive steps that are done
    history: pd.DataFrame  # a row a measurement on validation digits: seed, step, metric, value
    y: np.ndarray  # (n,) which digit each of the validation pictures shows
    points: dict[str, np.ndarray]  # untrained, trained (so far) -> the validation digits on the sphere (seeds, n, d)
    apart: dict[str, np.ndarray]  # untrained, trained -> squared distance of both views of a digit (seeds, n)
    pictures: np.ndarray  # (2, 6, 14, 14) two views of six validation digits
    cosines: dict[str, np.ndarray]  # untrained, trained -> cosine of each first with each second view (seeds, 6, 6)
    scores: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)  # metric -> state -> on test digits (seeds,)
    neighbours: dict[str, np.ndarray] = field(default_factory=dict)  # state, "pixels" -> purity (seeds or 1, test rows)
    accuracy: dict[str, np.ndarray] = field(
        default_factory=dict
    )  # way -> accuracy on test digits (label counts, seeds)
    right: dict[str, np.ndarray] = field(
        default_factory=dict
    )  # way -> share of the seeds right (label counts, test rows)

    @property
    def complete(self) -> bool:
        return bool(self.accuracy) or (bool(self.scores) and self.settings.experiment == CIRCLE)

    def change(self, metric: str) -> Interval:
        """What training changes on test digits, paired over seeds. The three measures are right at once in 95 of 100 runs
        (Bonferroni). That of the purity covers other test digits too."""
        values = self.scores[metric]["trained"] - self.scores[metric]["untrained"]
        level = 1 - 0.05 / len(METRICS)
        if metric != "purity":
            return mean_interval(values, level)
        rows = (self.neighbours["trained"] - self.neighbours["untrained"]).mean(0)
        return over_differences(mean_interval(values, level, rows=len(rows), bounds=(-1, 1)), rows)

    def gain(self, than: str) -> Interval:
        """Accuracy of the probe on contrastive features minus another way, mean over the label counts. It covers other
        starts, labelled digits and test digits; the three comparisons are right at once."""
        values = (self.accuracy["contrastive"] - self.accuracy[than]).mean(0)
        return self._difference(values, (self.right["contrastive"] - self.right[than]).mean(0), 3)

    def gain_at(self, i: int, than: str) -> Interval:
        """The same at label count i; all nine comparisons are right at once."""
        values = self.accuracy["contrastive"][i] - self.accuracy[than][i]
        return self._difference(values, self.right["contrastive"][i] - self.right[than][i], 3 * len(LABELS))

    def _difference(self, seeds: np.ndarray, rows: np.ndarray, comparisons: int) -> Interval:
        return over_differences(mean_interval(seeds, 1 - 0.05 / comparisons, len(rows), (-1, 1)), rows)

    def frame(self) -> pd.DataFrame:
        """Every measurement, a row each."""
        return self.history


def uniform(width: int) -> float:
    """The uniformity of points spread evenly over the sphere in `width` dimensions: log E exp(4 cos - 4)."""
    from scipy.special import gammaln, ive

    order = width / 2 - 1
    return float(gammaln(width / 2) + order * math.log(0.5) + math.log(ive(order, 4.0)))
