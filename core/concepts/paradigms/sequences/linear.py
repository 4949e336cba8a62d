"""Linear autoregression: the next value as a weighted sum of the last ones."""

from __future__ import annotations

import numpy as np

LARGEST = 1e3  # a prediction that runs away ends here


def coefficients(x: np.ndarray, lags: int) -> np.ndarray:
    """Least squares (lags + 1,): the weights of the last values, the oldest first, and a constant."""
    stretches = np.lib.stride_tricks.sliding_window_view(x, lags + 1)
    given = np.column_stack([stretches[:, :-1], np.ones(len(stretches))])
    weights: np.ndarray = np.linalg.lstsq(given, stretches[:, -1], rcond=None)[0]
    return weights


def run_free(weights: np.ndarray, known: np.ndarray, steps: int) -> np.ndarray:
    """Predict `steps` values after known (S, values), each from those predicted before: (S, steps)."""
    x, lags = known, len(weights) - 1
    for _ in range(steps):
        x = np.column_stack([x, np.clip(x[:, -lags:] @ weights[:-1] + weights[-1], -LARGEST, LARGEST)])
    return x[:, -steps:]
