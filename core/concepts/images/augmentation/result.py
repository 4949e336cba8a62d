"""What the experiment shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.images.augmentation.settings import Settings
from core.stats import Interval, mean_interval

ORIGINAL, AUGMENTED = "original", "augmented"


@dataclass(frozen=True)
class Result:
    """Networks trained on the pictures as they are and on augmented ones, from training sets of several sizes."""

    settings: Settings
    classes: tuple[str, ...]  # names of the classes
    history: pd.DataFrame  # a row a measurement: variant, n, seed, step, split, metric, value
    fraction: float  # share of the steps that is done
    accuracy: dict[str, np.ndarray]  # variant -> (sizes, seeds): on test pictures when complete, on validation before
    train: dict[str, np.ndarray]  # variant -> (sizes, seeds): accuracy on the unchanged training pictures
    recall: dict[str, np.ndarray]  # variant -> (sizes, seeds, classes): accuracy on the pictures of each class
    pictures: int  # how many pictures the accuracy is measured on
    ms_per_step: float  # time of one step of all networks

    @property
    def split(self) -> str:
        return "test" if self.fraction == 1 else "validation"

    @property
    def level(self) -> float:
        """Of the interval of each size, so that all of them are right together 95 times in 100 (Bonferroni)."""
        return 1 - 0.05 / len(self.settings.sizes)

    @property
    def gains(self) -> np.ndarray:
        """Accuracy with augmentation minus without, (sizes, seeds)."""
        return np.asarray(self.accuracy[AUGMENTED] - self.accuracy[ORIGINAL])

    def gain(self, i: int) -> Interval:
        """At the i-th size, paired over seeds."""
        return mean_interval(self.gains[i], self.level, rows=self.pictures)

    def class_gain(self, c: int) -> Interval:
        """On pictures of class c, mean of the sizes, with intervals for all classes at once."""
        change = (self.recall[AUGMENTED] - self.recall[ORIGINAL])[..., c].mean(0)
        rows = self.pictures / len(self.classes) * len(self.settings.sizes)
        return mean_interval(change, 1 - 0.05 / len(self.classes), rows=rows)

    def frame(self) -> pd.DataFrame:
        """Every measurement, a row each."""
        return self.history
