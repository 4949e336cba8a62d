"""What an ablation shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.generalization.ablation.settings import BARE, FULL, Settings, only, without
from core.stats import Interval, mean_interval

MEASUREMENTS = 12  # how often the variants are measured while they train


@dataclass(frozen=True)
class Result:
    """The test accuracy of every variant, and how they got there."""

    settings: Settings
    test: dict[str, np.ndarray]  # variant -> (seeds,) test accuracy
    history: pd.DataFrame  # a row a measurement: variant, seed, epoch, split, metric, value, of the validation accuracy
    fraction: float  # share of the steps that is done
    ms: dict[str, np.ndarray]  # variant -> milliseconds a step of one network, (rounds,); empty until the end
    parameters: tuple[int, int]  # of the bare network, and of one with batch norm
    flops: int  # floating-point operations of one forward pass of one example
    rows: int  # test examples that each accuracy is counted on

    def level(self, count: int) -> float:
        """Of one of `count` intervals that are read at once, so that all are right 95 times in 100 (Bonferroni)."""
        return 1 - 0.05 / count

    def within(self, part: str) -> Interval:
        """What the component is worth in the full recipe."""
        return self._effect(self.test[FULL] - self.test[without(part)], 2 * len(self.settings.parts))

    def alone(self, part: str) -> Interval:
        """What it is worth added to the bare network."""
        return self._effect(self.test[only(part)] - self.test[BARE], 2 * len(self.settings.parts))

    def interaction(self, part: str) -> Interval:
        """How much more it is worth in the full recipe than alone."""
        more = self.test[FULL] - self.test[without(part)] - (self.test[only(part)] - self.test[BARE])
        return self._effect(more, len(self.settings.parts))

    def whole(self) -> Interval:
        """What the full recipe is worth."""
        return self._effect(self.test[FULL] - self.test[BARE], 1)

    def excess_of_sum(self) -> Interval:
        """The gains of the components alone, added up, minus the gain of the full recipe."""
        alone = sum(self.test[only(p)] - self.test[BARE] for p in self.settings.parts)
        return self._effect(np.asarray(alone - (self.test[FULL] - self.test[BARE])), 1)

    def _effect(self, values: np.ndarray, count: int) -> Interval:
        return mean_interval(values, self.level(count), rows=self.rows)

    def rising(self, name: str) -> Interval:
        """By how much the validation accuracy of a variant rose in the last sixth of the epochs."""
        rows = self.history[self.history.variant == name]
        curve = rows.pivot(index="seed", columns="epoch", values="value").to_numpy()
        return mean_interval(curve[:, -1] - curve[:, max(0, curve.shape[1] - 1 - MEASUREMENTS // 6)])

    def slower(self, name: str) -> Interval:
        """Share by which a step of this variant takes longer than one of the bare network, over rounds of timing."""
        return mean_interval(self.ms[name] / self.ms[BARE] - 1)
