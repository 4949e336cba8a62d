"""Means of random numbers."""

from typing import Any

import numpy as np


def main(settings: Any) -> dict[str, list[float]]:
    """Print the mean of each sample."""
    means = []
    for seed in range(settings.seed, settings.seed + settings.seeds):
        means.append(float(np.random.default_rng(seed).normal(size=settings.n).mean()))
        print(f"seed {seed}: mean {means[-1]:+.4f}")
    return {"means": means}
