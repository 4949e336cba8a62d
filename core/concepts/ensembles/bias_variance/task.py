"""What is to be learnt, to be seen before a run; needs no torch."""

from __future__ import annotations

import numpy as np

from core.concepts.ensembles.bias_variance.settings import Settings
from core.data.problems import problem


def examples(settings: Settings) -> tuple[np.ndarray, np.ndarray, list[tuple[np.ndarray, np.ndarray]]] | None:
    """The line x (L,), the true function (L,) and two training sets; None where there is no function of one input."""
    p = problem(settings)
    if p.curve is None or p.drawn.shape[1] > 1:
        return None
    return p.drawn[:, 0], p.curve, [(x[:, 0], y) for x, y in (p.draw(0), p.draw(1))]
