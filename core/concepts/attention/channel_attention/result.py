"""What the networks with and without gates show, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from core.concepts.attention.channel_attention.pictures import Pictures
from core.concepts.attention.channel_attention.settings import TEST, Settings
from core.stats import Interval, mean_interval

ByWay = dict[str, np.ndarray]  # "with" and "without"

LEVEL = 1 - 0.05 / 4  # of the four intervals of a run, so that all hold together in 95 % of cases


@dataclass(frozen=True)
class Result:
    """Both networks of every seed, as far as they are trained. What only a complete run has is empty until then."""

    settings: Settings
    fraction: float  # share of the run that is done
    step: int  # training steps that are done
    history: pd.DataFrame  # a row a measurement on validation pictures: variant, seed, step, value (share right)
    pictures: Pictures  # the first 30 test pictures of the first seed whose two digits differ
    parameters: dict[str, np.ndarray] = field(default_factory=dict)  # of the networks with gates: name -> (seeds, ...)
    accuracy: ByWay = field(default_factory=dict)  # share of test pictures right (seeds,)
    fixed: np.ndarray = field(default_factory=lambda: np.empty(0))  # with block 1's gates at their means (seeds,)
    # With block 1's gates of the other lamp: share of test pictures called the digit to read, and the other one (seeds, 2).
    exchanged: np.ndarray = field(default_factory=lambda: np.empty(0))
    gates: np.ndarray = field(
        default_factory=lambda: np.empty(0)
    )  # mean gate, lamp orange and blue (seeds, 2, channels)
    removed: np.ndarray = field(
        default_factory=lambda: np.empty(0)
    )  # rise of the loss without a channel (seeds, channels)

    @property
    def complete(self) -> bool:
        return bool(self.accuracy)

    @property
    def gated(self) -> bool:
        """Whether the network has gates of channels."""
        return self.settings.attention != "spatial"

    def of(self, k: int) -> dict[str, np.ndarray]:
        """The parameters of one network with gates."""
        return {name: values[k] for name, values in self.parameters.items()}

    def gain(self) -> Interval:
        """Accuracy with minus without, paired over seeds; each seed has training and test pictures of its own."""
        return mean_interval(self.accuracy["with"] - self.accuracy["without"], level=LEVEL, rows=TEST, bounds=(-1, 1))

    def loss_of_fixing(self) -> Interval:
        """Accuracy with fixed gates minus that with the gates of each picture."""
        return mean_interval(self.fixed - self.accuracy["with"], level=LEVEL, rows=TEST, bounds=(-1, 1))

    def size_and_loss(self) -> Interval:
        """Rank correlation, over the channels of a network, of the mean gate and the rise of the loss without the channel."""
        ranks = [[rankdata(v) for v in (g.mean(0), r)] for g, r in zip(self.gates, self.removed, strict=True)]
        return mean_interval([float(np.corrcoef(*pair)[0, 1]) for pair in ranks], level=LEVEL, bounds=(-1, 1))

    def frame(self) -> pd.DataFrame:
        """Every measurement, a row each."""
        return self.history
