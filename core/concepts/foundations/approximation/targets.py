"""The curves that are approximated, on [-1, 1]."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.interpolate import PchipInterpolator

from core.concepts.foundations.approximation.settings import KNOTS, Settings
from core.data.formula import evaluate, parse
from core.data.functions import chirp

LARGEST = 100.0  # values of a typed formula are cut off there


def curve(s: Settings, x: np.ndarray) -> np.ndarray:
    """The values of the target at x, (n,)."""
    if s.target == "drawn":
        drawn: np.ndarray = _through(s.heights)(x)
        return drawn
    if s.target == "formula":
        typed: np.ndarray = np.clip(evaluate(parse(s.formula), x) + 0 * x, -LARGEST, LARGEST)
        finite: np.ndarray = np.nan_to_num(typed)  # 0 where it has no value
        return finite
    known = {
        "sine": lambda: np.sin(np.pi * x),
        "chirp": lambda: chirp(x[:, None]),
        "root": lambda: np.sqrt((x + 1) / 2),
        "runge": lambda: 1 / (1 + 25 * x**2),
        "jump": lambda: np.where(x < 0.1, -0.5, 0.5),
    }
    values: np.ndarray = known[s.target]()
    return values


@lru_cache(maxsize=64)
def _through(heights: tuple[float, ...]) -> PchipInterpolator:
    """A smooth curve through the heights that overshoots none of them."""
    return PchipInterpolator(np.linspace(-1, 1, KNOTS), np.round(heights, 9))  # it divides by the smallest of them
