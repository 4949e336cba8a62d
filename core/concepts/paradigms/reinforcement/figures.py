"""Curves of returns and of errors; the map is in board.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.paradigms.reinforcement.board import BRUSHES, bare, boards, fingerprint, height, map_text, paint
from core.concepts.paradigms.reinforcement.result import Result
from core.concepts.paradigms.reinforcement.settings import Q
from core.figures.curves import Curve, curves
from core.figures.look import GREY, color
from core.stats import mean_interval
from core.text import of_module

Option = dict[str, Any]
WORDS = of_module(__name__)
POINTS = 100  # of a curve
TINY = 0.001  # the smallest error that is drawn

__all__ = [
    "BRUSHES",
    "bare",
    "boards",
    "errors",
    "fingerprint",
    "greedy",
    "height",
    "map_text",
    "paint",
    "returns",
    "window",
]


def window(result: Result) -> int:
    """Episodes over which a return is averaged."""
    return max(1, result.settings.episodes // 50)


def returns(result: Result) -> Option:
    """Return while learning against the episode, with what dynamic programming expects as dotted lines."""
    s, wide, drawn, ends = result.settings, window(result), [], []
    for hue, name in enumerate(s.methods):
        values = result.learned[name].returns
        if values.shape[1] < wide:
            continue
        sums = np.cumsum(np.pad(values, ((0, 0), (1, 0))), 1)
        drawn.append(_band(name, np.arange(wide, values.shape[1] + 1), (sums[:, wide:] - sums[:, :-wide]) / wide, hue))
        ends.append(values[:, -max(1, values.shape[1] // 5) :].mean())
    option = curves(WORDS("titles.returns"), drawn, WORDS("captions.episode"), x_max=s.episodes)
    expected = [result.truth[name].exploring for name in s.methods]
    option["yAxis"] |= {"min": round(1.6 * min([*ends, *expected, -5.0])), "max": 0, "scale": False}
    for hue, value in enumerate(expected):
        if hue < len(drawn):
            label = {
                "formatter": f"{value:.1f}".replace("-", "−"),
                "position": f"insideEnd{'Top' if value == max(expected) else 'Bottom'}",
                "color": GREY,
            }
            line = {"type": "dotted", "width": 1.5, "color": color(hue)}
            mark = {"symbol": "none", "silent": True, "data": [{"yAxis": value}], "lineStyle": line, "label": label}
            option["series"][3 * hue + 2]["markLine"] = mark | {"animation": False}
    return option


def greedy(result: Result) -> Option:
    """Return of the greedy policy against the episodes learnt from."""
    drawn = [_at_marks(result, name, result.learned[name].greedy, hue) for hue, name in enumerate(result.learned)]
    option = curves(WORDS("titles.greedy"), drawn, WORDS("captions.episode"), x_max=result.settings.episodes)
    lowest = min([float(curve.low[-1]) for curve in drawn if len(curve.low)], default=0.0)
    option["yAxis"] |= {"min": round(min(4 * result.truth[Q].greedy, 1.1 * lowest)), "max": 0, "scale": False}
    return option


def errors(result: Result) -> Option:
    """Distance of the values to those of dynamic programming against the episodes learnt from."""
    learned = result.learned.items()
    drawn = [_at_marks(result, name, np.maximum(each.error, TINY), hue) for hue, (name, each) in enumerate(learned)]
    option = curves(WORDS("titles.errors"), drawn, WORDS("captions.episode"), x_max=result.settings.episodes)
    option["yAxis"] |= {"type": "log"}
    return option


def _at_marks(result: Result, name: str, values: np.ndarray, hue: int) -> Curve:
    return _band(name, result.learned[name].marks, values.T, hue)


def _band(name: str, x: np.ndarray, values: np.ndarray, hue: int) -> Curve:
    """values (agents, points): their mean with its 95 % interval."""
    kept = np.unique(np.linspace(0, len(x) - 1, min(POINTS, len(x))).round().astype(int))
    found = [mean_interval(values[:, i]) for i in kept]
    mean, low, high = (np.array([getattr(f, end) for f in found]) for end in ("mean", "low", "high"))
    low, high = (np.where(np.isnan(end), mean, end) for end in (low, high))
    return Curve(name, x[kept], mean, np.maximum(low, TINY) if (mean > 0).all() else low, high, hue)
