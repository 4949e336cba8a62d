"""What a run shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.foundations.approximation.settings import WIDTHS, Settings

FROM = 8  # the smallest size that counts for a slope: below, the curve is not yet resolved


@dataclass(frozen=True)
class Result:
    """A curve, built and trained with the same number of neurons."""

    settings: Settings
    fraction: float  # share of the run that is done
    sizes: np.ndarray  # (8,) neurons of the constructions, and degrees of the polynomials
    built: dict[str, np.ndarray]  # kind -> (2, 8) mean and largest error of each construction; bernstein and fejer too
    trained: np.ndarray  # (2, widths, seeds) mean and largest error of the networks trained from random weights
    improved: np.ndarray  # (2, widths) the same of the networks trained from the construction of ReLUs
    x: np.ndarray  # (201,) places of the curves
    truth: np.ndarray  # (201,) the target there
    curves: np.ndarray  # (widths, 201) networks of the first seed there
    improved_curves: np.ndarray  # (widths, 201) networks from the construction

    @property
    def complete(self) -> bool:
        return self.fraction == 1

    def built_at(self, width: int, kind: str = "relu") -> float:
        """Mean error of a construction with so many neurons."""
        return float(self.built[kind][0, list(self.sizes).index(width)])

    def frame(self) -> pd.DataFrame:
        """Mean and largest error of every network, to download: a row a network."""
        rows = [
            {"network": kind, "neurons": n, "seed": -1, "mean error": e[0, i], "largest error": e[1, i]}
            for kind, e in self.built.items()
            for i, n in enumerate(self.sizes)
        ]
        for i, n in enumerate(WIDTHS):
            for k in range(self.settings.seeds):
                mean, largest = self.trained[:, i, k]
                rows.append(
                    {
                        "network": "trained",
                        "neurons": n,
                        "seed": self.settings.seed + k,
                        "mean error": mean,
                        "largest error": largest,
                    }
                )
            mean, largest = self.improved[:, i]
            rows.append(
                {
                    "network": "from the construction",
                    "neurons": n,
                    "seed": -1,
                    "mean error": mean,
                    "largest error": largest,
                }
            )
        return pd.DataFrame(rows)
