"""What one output sees, and what shifts do to a score, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.convolution.receptive_field.settings import SHIFTS, Settings
from core.stats import Interval, mean_interval, over_differences

ByVariant = dict[str, np.ndarray]
SIZES = (8, 14, 20, 26)  # pixels along a side of the canvases that trained networks are given


@dataclass(frozen=True)
class Result:
    """A stack of layers poked pixel by pixel, its gradients, and networks that end in it trained on digits in the middle."""

    settings: Settings
    fraction: float = 0.0  # share of the run that is done
    before: float = 0.0  # the output that is watched, on the picture as it is
    change: np.ndarray | None = None  # (32, 32) change of that output when this pixel alone is raised by 1
    spread: dict[int, np.ndarray] = field(default_factory=dict)  # depth -> (seeds,) pixels of effective field, as std
    accuracy: ByVariant = field(default_factory=dict)  # variant -> (seeds, shifts) mean over directions
    right: ByVariant = field(
        default_factory=dict
    )  # variant -> (shifts, digits) share of seeds and directions that are right
    drift: ByVariant = field(default_factory=dict)  # variant -> (seeds, shifts) total variation of the softmax output
    step: int = 0  # training steps that are done
    shown: str = ""  # the variant whose gradients are drawn
    maps: tuple[np.ndarray, ...] = ()  # (side, side) squared gradient before and after training, mean over seeds
    stds: tuple[np.ndarray, ...] = ()  # (seeds,) its standard deviation in pixels, before and after
    sizes: dict[str, tuple[str | float, ...]] = field(
        default_factory=dict
    )  # variant -> on each of SIZES, accuracy or what PyTorch says

    @property
    def complete(self) -> bool:
        return self.fraction == 1

    @property
    def unit(self) -> int:
        """Number of the output along a side that is watched."""
        return round(self.settings.unit / 100 * (self.settings.rows[-1].size - 1))

    @property
    def inside(self) -> np.ndarray:
        """(32, 32) whether a pixel lies in the receptive field of the output that is watched."""
        assert self.change is not None
        first, last = self.settings.rows[-1].box(self.unit)
        within = (np.arange(len(self.change)) >= first) & (np.arange(len(self.change)) <= last)
        return np.asarray(within[:, None] & within)

    def moved(self, variant: str, shift: int) -> Interval:
        """Accuracy after a shift minus that without, for other starts and other digits; wide enough for all variants and
        shifts to be right at once 95 times in 100 (Bonferroni)."""
        level = 1 - 0.05 / (len(self.accuracy) * (len(SHIFTS) - 1))
        rows = self.right[variant][shift] - self.right[variant][0]
        scores = self.accuracy[variant]
        return over_differences(mean_interval(scores[:, shift] - scores[:, 0], level, len(rows), (-1, 1)), rows)

    def exponent(self) -> Interval:
        """The power of the depth with which the effective field grows, one slope a seed."""
        depths = np.log(list(self.spread))
        return mean_interval(np.polyfit(depths, np.log(np.stack(list(self.spread.values()))), 1)[0])

    def growth(self) -> Interval:
        """Change of the effective field by training, as the logarithm of the ratio, paired over seeds."""
        return mean_interval(np.log(self.stds[1] / self.stds[0]))

    def frame(self) -> pd.DataFrame:
        """A row a variant, seed and shift: accuracy and total variation; a row a layer while nothing is trained."""
        if not self.accuracy:
            return pd.DataFrame(self.settings.rows)
        return pd.DataFrame(
            [
                {"variant": name, "seed": self.settings.seed + k, "shift": shift, "accuracy": scores[k, j], "total_variation": self.drift[name][k, j]}
                for name, scores in self.accuracy.items()
                for k in range(len(scores))
                for j, shift in enumerate(SHIFTS)
            ]
        )  # fmt: skip
