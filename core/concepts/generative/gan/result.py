"""What a comparison of adversarial trainings shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb

import numpy as np
import pandas as pd

from core.concepts.generative.gan.settings import NON_SATURATING, Settings, rows
from core.stats import Interval, mean_interval, proportion_interval

ByRow = dict[str, np.ndarray]


@dataclass(frozen=True)
class Result:
    """All rows, each from the same random starts, as far as their training has come."""

    settings: Settings
    step: int  # steps that are done
    history: (
        pd.DataFrame
    )  # a row a measurement: name (of the row), seed, step, modes (covered), quality (share of the samples)
    real: np.ndarray  # (500, 2) points of the distribution itself, or (100, 196) pictures of digits in [0, 1]
    centres: np.ndarray  # (m, 2) centres of its Gaussians; of digits none
    mode: np.ndarray  # (m,) the number of the mode that each centre belongs to; of digits (10,), each a mode
    judge: float  # share of other real digits that the judge of the digits names correctly; NaN for points
    samples: ByRow  # row -> (seeds, 500, 2) points that the generators make, or (seeds, 100, 196) pictures as uint8
    fields: ByRow  # row -> (seeds, side, side) in [0, 1]: how real each point of the square is to the discriminator; of digits none
    covered: ByRow  # row -> (seeds,) modes that are covered
    quality: (
        ByRow  # row -> (seeds,) share of the samples within three standard deviations of a centre, or of clear digits
    )

    @property
    def names(self) -> tuple[str, ...]:
        """The rows in their order."""
        return tuple(row.name for row in rows(self.settings))

    @property
    def fraction(self) -> float:
        """Share of the planned steps that is done."""
        return self.step / self.settings.length

    @property
    def complete(self) -> bool:
        return self.step == self.settings.length

    @property
    def modes(self) -> int:
        """How many modes the distribution has."""
        return int(self.mode.max()) + 1

    @property
    def reference(self) -> str:
        """The row that others are compared with."""
        return NON_SATURATING if NON_SATURATING in self.names else self.names[0]

    def collapsed(self, name: str) -> np.ndarray:
        """Which seeds of a row cover half of the modes or fewer: (seeds,) bool."""
        few: np.ndarray = 2 * self.covered[name] <= self.modes
        return few

    def collapse(self, name: str) -> Interval:
        """The probability of collapse. The intervals of all rows are right at once 95 times in 100 (Bonferroni)."""
        hits = self.collapsed(name)
        return proportion_interval(int(hits.sum()), len(hits), 1 - 0.05 / len(self.names))

    def collapse_sign(self, name: str, than: str, comparisons: int) -> int:
        """1 where a row collapses more often than another, -1 where less often, 0 where it is not clear: the exact test of McNemar
        on pairs with the same seed, corrected for so many comparisons."""
        a, b = self.collapsed(name), self.collapsed(than)
        more, less = int((a & ~b).sum()), int((b & ~a).sum())
        n = more + less
        p = min(1.0, 2 * sum(comb(n, i) for i in range(max(more, less), n + 1)) / 2**n)
        return (1 if more > less else -1) if p < 0.05 / comparisons else 0

    def gain(self, name: str, than: str, comparisons: int = 1) -> Interval:
        """Modes covered by a row minus those of another, paired over seeds."""
        M = self.modes
        share = mean_interval((self.covered[name] - self.covered[than]) / M, 1 - 0.05 / comparisons, M, (-1, 1))
        return replace(share, mean=M * share.mean, low=M * share.low, high=M * share.high)

    def frame(self) -> pd.DataFrame:
        """Every measurement, a row each."""
        return self.history
