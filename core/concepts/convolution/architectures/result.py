"""What a run shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.convolution.architectures.settings import Settings


@dataclass(frozen=True)
class Result:
    """The means of some samples."""

    settings: Settings
    fraction: float  # share of the run that is done
    means: np.ndarray  # (seeds so far,) mean of each sample; the truth is 0

    def frame(self) -> pd.DataFrame:
        """A row a seed, to download."""
        return pd.DataFrame({"seed": self.settings.seed + np.arange(len(self.means)), "mean": self.means})
