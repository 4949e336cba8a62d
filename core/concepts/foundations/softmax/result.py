"""What the page shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.foundations.softmax.settings import Settings

VARIANTS = ("once", "twice")  # how often softmax is applied before the loss is taken
ROWS = ("yours", "shifted", "doubled", "equal")  # of the batch of logits


@dataclass(frozen=True)
class Chain:
    """Softmax of the rows of a matrix step by step, in the arithmetic that was chosen. All float64, with inf and NaN where
    that arithmetic gave them."""

    logits: np.ndarray  # (R, 3)
    exponentials: np.ndarray  # (R, 3) of the logits over the temperature, less the largest of the row where shifted
    total: np.ndarray  # (R,) sum of each row
    p: np.ndarray  # (R, 3) quotients
    loss: np.ndarray  # (R,) cross-entropy of the true class

    @property
    def sound(self) -> np.ndarray:
        """(R,) bool: whether the row sum is a positive number, so that the quotients are probabilities."""
        return np.asarray(np.isfinite(self.total) & (self.total > 0))


@dataclass(frozen=True)
class Training:
    """Softmax regression of the digits, with softmax applied once and twice; models of one seed share start and batches."""

    steps: np.ndarray  # (T,) numbers of the steps after which was measured
    loss: np.ndarray  # (2, S, T) what is minimised, mean over the validation rows, by VARIANTS and seed
    accuracy: np.ndarray  # (2, S, T) on the validation rows
    confidence: np.ndarray  # (2, S, T) mean probability of the predicted class, of a single softmax
    gained: np.ndarray  # (n,) share of the seeds that are right about a validation row with twice, minus that with once


@dataclass(frozen=True)
class Result:
    """One row of logits, a batch of four rows, the limits of the arithmetic, and a training."""

    settings: Settings
    chain: Chain  # of ROWS; the first is the row on the sliders
    exact: np.ndarray  # (4, 3) probabilities of the same rows in float64
    gradient: np.ndarray  # (3,) of the cross-entropy of the first row, by autograd in float64
    ends: dict[str, tuple[float, float]]  # precision -> x below which exp is 0, and the largest x with a finite exp
    limits: dict[str, tuple[float, float]]  # precision -> what may be added to the first row before the naive sum fails
    training: Training  # of the digits
    fraction: float = 1.0  # share of the run that is done

    @property
    def pull(self) -> np.ndarray:
        """(3,) probabilities minus the one-hot label, over the temperature: the formula for the gradient."""
        y = np.eye(3)[self.settings.truth]
        return np.asarray((self.exact[0] - y) / self.settings.temperature)

    @property
    def error(self) -> np.ndarray:
        """(4,) how far the probabilities of each row are off at the most; NaN where they are not numbers."""
        return np.asarray(np.abs(self.chain.p - self.exact).max(1))

    def last(self, measure: str, variant: str) -> np.ndarray:
        """(S,) loss, accuracy or confidence at the end of the training."""
        values: np.ndarray = getattr(self.training, measure)
        return values[VARIANTS.index(variant), :, -1]

    def frame(self) -> pd.DataFrame:
        """A row for each entry of the batch: what it is at each step of the formula."""
        c, rows, classes = self.chain, np.repeat(ROWS, 3), np.tile([1, 2, 3], len(ROWS))
        return pd.DataFrame(
            {
                "row": rows,
                "class": classes,
                "logit": c.logits.ravel(),
                "exponential": c.exponentials.ravel(),
                "row sum": np.repeat(c.total, 3),
                "softmax": c.p.ravel(),
                "float64": self.exact.ravel(),
            }
        )
