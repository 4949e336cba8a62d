"""Drawing samples, one for each seed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.concepts.convolution.architectures.result import Result
from core.concepts.convolution.architectures.settings import Settings
from core.progress import Step


def run(settings: Settings) -> Iterator[Step[Result]]:
    """A Step after each sample."""
    means: list[float] = []
    for seed in range(settings.seed, settings.seed + settings.seeds):
        means.append(float(np.random.default_rng(seed).normal(size=settings.n).mean()))
        fraction = len(means) / settings.seeds
        result = Result(settings, fraction, np.array(means))
        yield Step(fraction, lambda result=result: result)  # type: ignore[misc]
