"""First layers trained from several random starts, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.convolution.feature_maps.settings import Settings


@dataclass(frozen=True)
class Result:
    """S: seeds, C: kernels a network, k: their side, P: S / 2 pairs of seeds, each seed in one of them."""

    settings: Settings
    fraction: float  # share of the run that is done
    kernels: np.ndarray  # (S, C, k, k) the first layer now
    start: np.ndarray  # (S, C, k, k) the first layer at initialisation
    accuracy: np.ndarray  # (S,) on the validation digits
    validation_rows: int  # how many digits that is
    order: np.ndarray  # (S, C) number of the kernel that is matched with each kernel of the first seed
    similarity: np.ndarray  # (S, C) its correlation with that kernel; 1 for the first seed itself
    trained: np.ndarray  # (P,) mean correlation of the matched kernels of a pair of seeds
    untrained: np.ndarray  # (P,) the same at initialisation
    scrambled: np.ndarray  # (P,) the same where one of the two has random phases in place of its own

    def frame(self) -> pd.DataFrame:
        """A row a pair of seeds: mean correlation of matched kernels, trained, untrained and scrambled."""
        first = self.settings.seed + 2 * np.arange(len(self.trained))
        return pd.DataFrame(
            {"seed": first, "other_seed": first + 1, "trained": self.trained, "untrained": self.untrained, "scrambled": self.scrambled}
        )  # fmt: skip
