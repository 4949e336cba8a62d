"""What an ablation shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.generalization.ablation.settings import BARE, FULL, Settings, only, without
from core.stats import Interval, mean_interval, over_differences, share_interval

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
    right: dict[
        str, np.ndarray
    ]  # pictures: variant -> (rows,) share of the seeds that classify it correctly; else empty

    def within(self, part: str) -> Interval:
        """What the component is worth in the full recipe."""
        return self._effect({FULL: 1, without(part): -1}, 2 * len(self.settings.parts))

    def alone(self, part: str) -> Interval:
        """What it is worth added to the bare network."""
        return self._effect({only(part): 1, BARE: -1}, 2 * len(self.settings.parts))

    def interaction(self, part: str) -> Interval:
        """How much more it is worth in the full recipe than alone."""
        return self._effect({FULL: 1, without(part): -1, only(part): -1, BARE: 1}, len(self.settings.parts))

    def whole(self) -> Interval:
        """What the full recipe is worth."""
        return self._effect({FULL: 1, BARE: -1}, 1)

    def excess_of_sum(self) -> Interval:
        """The gains of the components alone, added up, minus the gain of the full recipe."""
        alone = dict.fromkeys(map(only, self.settings.parts), 1)
        return self._effect({**alone, BARE: 1 - len(alone), FULL: -1}, 1)

    def _effect(self, signs: dict[str, int], count: int) -> Interval:
        """The sum of the accuracies of some variants, each times its factor, paired over seeds: one of `count` intervals that
        are read at once and are all right 95 times in 100 (Bonferroni). Each seed has training examples and points of its
        own; pictures to test on are the same for all seeds, so there the interval is widened by their draw."""
        values = np.sum([sign * self.test[name] for name, sign in signs.items()], axis=0)
        interval = mean_interval(values, 1 - 0.05 / count, rows=self.rows)
        if not self.right:
            return interval
        most = sum(map(abs, signs.values())) / 2
        rows = np.sum([sign * self.right[name] for name, sign in signs.items()], axis=0)
        return over_differences(interval, rows, (-most, most))

    def accuracy(self, name: str) -> Interval:
        """Test accuracy of a variant."""
        if self.right:
            return share_interval(self.test[name], self.rows)
        return mean_interval(self.test[name], rows=self.rows, bounds=(0, 1))

    def rising(self, name: str) -> Interval:
        """By how much the validation accuracy of a variant rose in the last sixth of the epochs."""
        rows = self.history[self.history.variant == name]
        curve = rows.pivot(index="seed", columns="epoch", values="value").to_numpy()
        rise = curve[:, -1] - curve[:, max(0, curve.shape[1] - 1 - MEASUREMENTS // 6)]
        return mean_interval(rise, rows=self.rows)

    def slower(self, name: str) -> Interval:
        """Share by which a step of this variant takes longer than one of the bare network, over rounds of timing."""
        return mean_interval(self.ms[name] / self.ms[BARE] - 1)

    def frame(self) -> pd.DataFrame:
        """Test accuracy, a row a variant and seed."""
        seeds = self.settings.all_seeds
        rows = [(name, seed, v) for name, values in self.test.items() for seed, v in zip(seeds, values, strict=True)]
        return pd.DataFrame(rows, columns=["variant", "seed", "test accuracy"])
