"""Where the numbers come from: distributions whose expectation is known, or a population of trained networks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.concepts.foundations.expectation.networks import accuracies
from core.concepts.foundations.expectation.settings import NETWORKS, Settings

Rng = np.random.Generator
SHOWN = 20_000  # draws that stand for a distribution in a picture
HEADS = 0.9  # of the coin: the accuracy of a classifier that is right nine times in ten


@dataclass(frozen=True)
class Source:
    """A random variable: how it is drawn, and what is known of it."""

    draw: Callable[[Rng, tuple[int, ...]], np.ndarray]
    mean: float
    deviation: float
    skewness: float


E = math.e
KNOWN = {
    "normal": Source(lambda rng, shape: rng.standard_normal(shape), 0.0, 1.0, 0.0),
    "uniform": Source(lambda rng, shape: rng.random(shape), 0.5, 12**-0.5, 0.0),
    "die": Source(lambda rng, shape: rng.integers(1, 7, shape).astype(float), 3.5, (35 / 12) ** 0.5, 0.0),
    "coin": Source(
        lambda rng, shape: (rng.random(shape) < HEADS).astype(float),
        HEADS,
        (HEADS * (1 - HEADS)) ** 0.5,
        (1 - 2 * HEADS) / (HEADS * (1 - HEADS)) ** 0.5,
    ),
    "exponential": Source(lambda rng, shape: rng.standard_exponential(shape), 1.0, 1.0, 2.0),
    "lognormal": Source(
        lambda rng, shape: np.exp(rng.standard_normal(shape)), E**0.5, ((E - 1) * E) ** 0.5, (E + 2) * (E - 1) ** 0.5
    ),
}


def source(settings: Settings) -> tuple[Source, np.ndarray]:
    """The random variable that is asked for, and values that show it: all there are, or SHOWN draws."""
    s = settings
    if s.source != NETWORKS:
        known = KNOWN[s.source]
        return known, known.draw(np.random.default_rng([s.seed, 0]), (SHOWN,))
    all_ = accuracies(s.networks, s.width, s.steps, s.seed)
    deviation = float(all_.std())
    skewness = float(((all_ - all_.mean()) ** 3).mean() / deviation**3) if deviation > 0 else 0.0
    return Source(lambda rng, shape: rng.choice(all_, shape), float(all_.mean()), deviation, skewness), all_
