"""Charts and pictures of a run."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.vision.style_transfer.result import Result
from core.concepts.vision.style_transfer.settings import RANDOM
from core.figures import effects
from core.figures.lines import Line, lines
from core.stats import mean_interval

TERMS = (("content", "from_content"), ("style", "from_style"), ("total variation", "from_variation"))
NAMES = {"random": "random network", "trained": "trained network", "imagenet": "ImageNet network", "none": "no network"}


def gradients(result: Result) -> dict[str, Any]:
    """Norm of the gradient of each weighted loss against the step, of the first random network; a logarithmic axis."""
    history = result.history
    rows = history[(history.arm == RANDOM) & (history.seed == result.settings.seed) & history.from_style.notna()]
    series = []
    for i, (name, column) in enumerate(TERMS):
        norms = rows[column].to_numpy()
        above = norms > 1e-9  # a logarithmic axis has no zero
        series.append(Line(name, rows.step.to_numpy()[above], norms[above], i))
    option = lines("Gradient of each weighted loss", series, "step", "norm", (0, result.settings.steps))
    option["yAxis"] |= {"type": "log", "nameGap": 44}
    option["grid"] |= {"left": 34}
    return option


def distances(result: Result) -> dict[str, Any]:
    """Patch distance to the style for each kind of features, in per cent of the content picture's."""
    rows = [(NAMES[arm], mean_interval(values), values, i) for i, (arm, values) in enumerate(result.distance.items())]
    option = effects.dots("Patch distance to the style", rows, "% of the content picture's")
    option["xAxis"] |= {"min": 0}
    return option


def enlarged(picture: np.ndarray, times: int = 2) -> np.ndarray:
    """Every pixel as a square, so that a browser does not blur it."""
    return np.repeat(np.repeat(picture, times, 0), times, 1)
