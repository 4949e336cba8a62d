"""What the batch size page shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.optimization.batch_size.settings import RULES, Settings
from core.stats import Interval, mean_interval


@dataclass(frozen=True)
class Noise:
    """How far the gradients of random batches lie from the gradient of all examples, at the weights of S networks."""

    n: int  # training examples
    sizes: np.ndarray  # (M,) batch sizes that were drawn
    total: np.ndarray  # (S,) variance of a single example's gradient, summed over the weights
    norm2: np.ndarray  # (S,) squared length of the full gradient
    squared: dict[
        str, np.ndarray
    ]  # "with" or "without" replacement -> (S, M) mean squared distance to the full gradient
    angle: dict[str, np.ndarray]  # the same keys -> (S, M) mean angle to the full gradient in degrees
    cloud: np.ndarray  # (M, draws, 2) of the first network, with replacement: parts along and across, in full gradients

    def left(self, how: str) -> np.ndarray:
        """The share of a single example's variance that theory leaves at each size, (M,): 1/B, and without replacement
        (n - B)/(n - 1) of that."""
        B = self.sizes.astype(float)
        return 1 / B if how == "with" else (self.n - B) / (self.n - 1) / B

    def slope(self, how: str) -> Interval:
        """Slope of log variance against log B over networks; -1 is 1/B. Without replacement the variance is first divided
        by (n - B)/(n - 1), and the full batch, which has none, is left out."""
        use = self.left(how) > 0
        B = self.sizes[use]
        y = np.log(self.squared[how][:, use] / (self.left(how)[use] * B))
        return mean_interval(np.polyfit(np.log(B), y.T, 1)[0])

    @property
    def scale(self) -> np.ndarray:
        """The batch size at which noise and gradient are equally long, (S,): McCandlish's simple noise scale."""
        return np.asarray(self.total / self.norm2)


@dataclass(frozen=True)
class Curve:
    """Validation of R rules x S seeds in training."""

    steps: np.ndarray  # (M,) after how many steps it was measured
    loss: np.ndarray  # (M, R, S) cross-entropy
    accuracy: np.ndarray  # (M, R, S) share that is classified correctly
    mark: int  # which of the measurements is the end of the budget of epochs
    diverged: np.ndarray  # (R, S) bool: the loss became infinite
    reached: np.ndarray  # (R, S) the first step after which a check found the target accuracy; infinity where none did


@dataclass(frozen=True)
class Result:
    """A comparison of batch sizes as far as it has come."""

    settings: Settings
    fraction: float = 0.0  # share of the run that is done
    held_out: int = 0  # validation examples
    noise: dict[str, Noise] = field(default_factory=dict)  # "at the start" and "trained" -> noise at those weights
    curves: dict[int, Curve] = field(default_factory=dict)  # batch size -> its training under the three rules
    rprop: Curve | None = None  # the same of Rprop on all examples; one rule
    ms_per_step: dict[int, float] = field(default_factory=dict)  # batch size -> measured ms of a step of one network
    memory: dict[int, int] = field(default_factory=dict)  # batch size -> bytes one network keeps for the backward pass
    weights: int = 0  # bytes of a network's weights

    @property
    def sizes(self) -> tuple[int, ...]:
        """Batch sizes that are done, in order."""
        return tuple(sorted(self.curves))

    @property
    def level(self) -> float:
        """Confidence level of each comparison with the reference, so that all of them, every other batch size under every
        rule, are right together with 95 % (Bonferroni)."""
        return 1 - 0.05 / max(1, len(RULES) * (len(self.settings.sizes) - 1))

    def accuracy(self, size: int, rule: str) -> np.ndarray:
        """Validation accuracy of each seed at the end of the budget of epochs, (S,)."""
        curve = self.curves[size]
        return np.asarray(curve.accuracy[curve.mark, RULES.index(rule)], float)

    def change(self, size: int, rule: str) -> Interval:
        """That accuracy minus that of the reference batch size, paired over seeds."""
        differences = self.accuracy(size, rule) - self.accuracy(self.settings.reference, "fixed")
        return mean_interval(differences, self.level, self.held_out, (-1, 1))

    def steps(self, size: int, rule: str) -> np.ndarray:
        """Steps to the target of each seed, (S,); infinity for those that never reach it."""
        return np.asarray(self.curves[size].reached[RULES.index(rule)])

    def frame(self) -> pd.DataFrame:
        """A row a batch size, rule, seed and measurement."""
        parts = []
        for size, curve in self.curves.items():
            m, r, k = (index.ravel() for index in np.indices(curve.loss.shape))
            table = {"batch": size, "rule": np.array(RULES)[r], "seed": self.settings.seed + k, "step": curve.steps[m]}
            parts.append(pd.DataFrame(table | {"loss": curve.loss.ravel(), "accuracy": curve.accuracy.ravel()}))
        return pd.concat(parts, ignore_index=True)
