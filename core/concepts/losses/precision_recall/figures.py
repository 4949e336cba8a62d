"""Scores, a threshold, and the curves over all thresholds, as Apache ECharts options: they change in place as the threshold moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.figures.curves import Curve
from core.figures.look import GREY, color, faint

Line = tuple[np.ndarray, np.ndarray]


def steps(recall: np.ndarray, precision: np.ndarray) -> Line:
    """The curve as it is: of each threshold a level from the recall before to its own."""
    before = np.append(0.0, recall[:-1])
    return np.stack([before, recall], 1).ravel(), np.repeat(precision, 2)


def corners(x: np.ndarray, y: np.ndarray) -> Line:
    """The same line without the points in the middle of a straight piece."""
    turns = np.abs(np.diff(x)[:-1] * np.diff(y)[1:] - np.diff(x)[1:] * np.diff(y)[:-1]) > 1e-12
    keep = np.concatenate([[True], turns, [True]])
    return x[keep], y[keep]


def banded(name: str, x: np.ndarray, values: np.ndarray, hue: int) -> Curve:
    """values (seeds, x), NaN where not defined: mean and range of those that are."""
    there = np.isfinite(values)
    mean = np.where(there, values, 0).sum(0) / np.where(there.any(0), there.sum(0), np.nan)
    low, high = (
        np.where(there.any(0), f(np.where(there, values, far), 0), np.nan) for f, far in ((np.min, 9), (np.max, -9))
    )
    return Curve(name, x, mean, low, high, hue)


def _data(line: Line) -> list[list[float]]:
    return np.round(np.stack(line, 1), 4).tolist()  # type: ignore[no-any-return]


def _axis(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "value", "name": name, "nameLocation": "middle", "nameGap": 30, "min": 0, "max": 1} | more


def _option(
    title: str, x: dict[str, Any], y: dict[str, Any], series: list[dict[str, Any]], legend: Sequence[str]
) -> dict[str, Any]:
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"data": list(legend), "bottom": 0, "left": "center", "itemWidth": 20},
        "grid": {"left": 30, "right": 18, "top": 38, "bottom": 62 if len(legend) < 5 else 82, "containLabel": True},
        "tooltip": {"trigger": "item"}, "xAxis": x, "yAxis": y,
        "series": [{"animation": False} | s for s in series],
    }  # fmt: skip


def _line(name: str, line: Line, paint: str, width: float = 2.5, **more: Any) -> dict[str, Any]:
    return {
        "type": "line", "name": name, "data": _data(line), "symbol": "none", "silent": True,
        "lineStyle": {"color": paint, "width": width}, "itemStyle": {"color": paint},
    } | more  # fmt: skip


def plane(
    title: str,
    names: tuple[str, str],
    bold: Line,
    others: Sequence[Line],
    reference: Line,
    point: tuple[float, float] | None,
    shade: Line | None = None,
    stems: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict[str, Any]:
    """Curves over the unit square: the first seed bold, other seeds faint, a random ranking dashed, the threshold a dot. shade: a line whose
    area is shaded; stems: (x, heights) instead, of which the mean is taken."""
    series = [_line("other seeds", line, faint(0, 0.45), 1.0) for line in others]
    if shade is not None:
        series.append(_line("averaged", shade, faint(2, 0.9), 1.5, areaStyle={"color": faint(2, 0.25)}))
    if stems is not None:
        up = [v for x, h in zip(*stems, strict=True) for v in ([float(x), 0.0], [float(x), float(h)], [None, None])]
        wide = 7 if len(stems[0]) < 50 else 1.5
        series.append(_line("averaged", (np.zeros(0), np.zeros(0)), faint(2, 0.5), wide, data=up))
    series += [
        _line("random", reference, GREY, 1.5, lineStyle={"color": GREY, "width": 1.5, "type": "dashed"}),
        _line("first seed", bold, color(0)),
    ]
    legend = ["first seed", *(["other seeds"] if others else []), *(["averaged"] if shade or stems else []), "random"]
    if point is not None:
        legend.append("threshold")
        dot = {"color": color(1), "borderColor": "white", "borderWidth": 2}
        series.append(
            {
                "type": "scatter", "name": "threshold", "data": [[round(float(v), 4) for v in point]], "symbolSize": 15, "itemStyle": dot,
                "z": 9, "tooltip": {"formatter": f"{names[0]} {{@[0]}}, {names[1]} {{@[1]}}"},
            }
        )  # fmt: skip
    return _option(title, _axis(names[0]), _axis(names[1], nameGap=36), series, legend)


def separation(
    title: str, positive: np.ndarray, negative: np.ndarray, threshold: float, names: tuple[str, str], bins: int = 40
) -> dict[str, Any]:
    """Scores of both classes as shares of each, positives upwards and negatives downwards, and the threshold between."""
    edges = np.linspace(0, 1, bins + 1)
    x = np.repeat(edges, 2)[1:-1]
    series = []
    for scores, sign, hue, name in ((positive, 1, 1, names[0]), (negative, -1, 0, names[1])):
        # The root, so that the few in the middle, whom the threshold is about, can be seen beside the many at the ends.
        share = np.sqrt(np.histogram(scores.clip(0, 1), edges)[0] / len(scores))
        area = {"color": faint(hue, 0.55), "origin": "auto"}
        series.append(_line(name, (x, sign * np.repeat(share, 2)), color(hue), 1.0, areaStyle=area))
    label = {"formatter": f"threshold {threshold:.2f}", "color": GREY}
    series[0]["markLine"] = {
        "symbol": "none", "silent": True, "animation": False, "label": label, "lineStyle": {"color": GREY, "type": "solid", "width": 2},
        "data": [{"xAxis": threshold}],
    }  # fmt: skip
    series[0]["markArea"] = {
        "silent": True, "animation": False, "itemStyle": {"color": "rgba(122, 135, 147, 0.14)"}, "data": [[{"xAxis": threshold}, {"xAxis": 1}]],
    }  # fmt: skip
    y = {
        "type": "value",
        "min": -1,
        "max": 1,
        "axisLabel": {"show": False},
        "name": "√ share of the class",
        "nameLocation": "middle",
        "nameGap": 12,
    }
    return _option(title, _axis("score"), y, series, names)


def matrix(title: str, counts: np.ndarray, names: tuple[str, str]) -> dict[str, Any]:
    """(2, 2), the truth in rows and negatives first: each count with its name, coloured by its share of the row."""
    words = (("true negatives", "false positives"), ("false negatives", "true positives"))
    cells = []
    for i in range(2):
        share = counts[i] / (counts[i].sum() or 1)
        for j in range(2):
            n = counts[i, j]
            text = f"{n:.0f}" if float(n).is_integer() else f"{n:.1f}"
            cells.append(
                {
                    "value": [j, i, round(float(share[j]), 3)],
                    "label": {"show": True, "formatter": f"{text}\n{words[i][j]}", "fontSize": 14, "color": "#FFFFFF" if share[j] > 0.5 else "#222222"},
                }
            )  # fmt: skip
    sides = [names[1], names[0]]
    axis = {"type": "category", "data": sides, "splitLine": {"show": False}, "axisTick": {"show": False}}
    said = {"name": "answer", "nameLocation": "middle", "nameGap": 28}
    truth = {"name": "truth", "nameLocation": "middle", "nameGap": 14, "inverse": True, "axisLabel": {"rotate": 90}}
    option = _option(title, axis | said, axis | truth, [], [])
    option["series"] = [
        {
            "type": "heatmap",
            "data": cells,
            "animation": False,
            "itemStyle": {"borderColor": "#FFFFFF", "borderWidth": 3},
        }
    ]
    option["visualMap"] = {
        "show": False,
        "min": 0,
        "max": 1,
        "dimension": 2,
        "inRange": {"color": ["#E8EEF3", color(0)]},
    }
    option["tooltip"] = {"formatter": "{@[2]} of the row"}
    option["grid"] |= {"bottom": 44, "left": 24}
    return option
