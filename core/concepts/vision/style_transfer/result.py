"""Pictures in the style of another picture, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.vision.style_transfer.settings import Settings
from core.stats import Interval, mean_interval

Values = dict[str, np.ndarray]


@dataclass(frozen=True)
class Result:
    """S: seeds; n: side of a picture in pixels. Arms are random and trained networks, S pictures each, and with one picture
    each the network from ImageNet, where its weights are installed, and none."""

    settings: Settings
    fraction: float  # share of the run that is done
    step: int  # steps so far
    content: np.ndarray  # (n, n, 3) in [0, 1]
    style: np.ndarray  # (n, n, 3) in [0, 1]
    pictures: Values  # arm -> (S, n, n, 3) in [0, 1], or (1, n, n, 3)
    # a row an arm, seed and step: the three losses, not weighted, and the norms of the three weighted gradients, the latter
    # of the first seed at every fifth step and NaN elsewhere
    history: pd.DataFrame
    distance: Values = field(default_factory=dict)  # arm -> (S,) patch distance to the style; the content picture has 1
    kept: Values = field(default_factory=dict)  # arm -> (S,) correlation of the brightness with the content picture's

    @property
    def complete(self) -> bool:
        return bool(self.distance)

    def edge(self, arm: str, other: str) -> Interval:
        """How much closer to the style `arm` comes than `other`, in shares of the first distance; for other random networks, with
        this pair of pictures. All such intervals of a run hold together in 95 % of cases."""
        level = 1 - 0.05 / (len(self.distance) - 1)
        return mean_interval(self.distance[other] - self.distance[arm], level)

    def frame(self) -> pd.DataFrame:
        """The losses and gradients of every step."""
        return self.history
