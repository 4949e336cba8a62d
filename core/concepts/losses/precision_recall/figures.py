"""Scores, a threshold, and the curves over all thresholds, as Apache ECharts options: they change in place as the threshold
moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.concepts.losses.precision_recall.result import Result
from core.figures.curves import Curve, curves
from core.figures.look import GREY, color, faint
from core.measures import Ranking, envelope, envelope_at

Line = tuple[np.ndarray, np.ndarray]  # x and y
BOLD = "first seed"  # the curve that pinned runs are compared by
BINS = 40  # of the scores


def precision_recall(result: Result) -> dict[str, Any]:
    """Precision over recall: the first seed with what its average precision averages, the other seeds, and the threshold."""
    s = result.settings
    first, *others = result.rankings
    here = first.at(s.threshold)
    series = [_line("others", _rising(r), faint(0, 0.45), 1.0) for r in others]
    points = {"11 points": 11, "101 points": 101}.get(s.average)
    if points:
        series.append(_stems(np.linspace(0, 1, points), envelope_at(first, points)))
    else:
        area = steps(first.recall, envelope(first) if s.average == "all points" else first.precision)
        series.append(_line("averaged", area, faint(2, 0.9), 1.5, areaStyle={"color": faint(2, 0.25)}))
    random = (np.array([0.0, 1.0]), np.full(2, first.share))
    series += [_dashed("random", random), _line(BOLD, steps(first.recall, first.precision), color(0))]
    if not np.isnan(here["precision"]):
        series.append(_threshold(here["recall"], here["precision"], ("recall", "precision")))
    return _plane("Precision and recall at every threshold", ("recall", "precision"), series)


def roc(result: Result) -> dict[str, Any]:
    """Recall over the false positive rate: the first seed, the other seeds, and the threshold."""
    names = ("false positive rate", "recall")
    first, *others = (corners(np.append(0.0, r.false_positive_rate), np.append(0.0, r.recall)) for r in result.rankings)
    here = result.rankings[0].at(result.settings.threshold)
    diagonal = (np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    series = [_line("others", line, faint(0, 0.45), 1.0) for line in others]
    series += [_dashed("random", diagonal), _line(BOLD, first, color(0))]
    series.append(_threshold(here["false positive rate"], here["recall"], names))
    return _plane("ROC: recall against false alarms", names, series)


def separation(result: Result) -> dict[str, Any]:
    """Scores of all seeds as shares of each class, positives upwards and negatives downwards, and the threshold between."""
    y, scores = (np.concatenate(parts) for parts in zip(*result.scores, strict=True))
    edges = np.linspace(0, 1, BINS + 1)
    x = np.repeat(edges, 2)[1:-1]
    names = (result.positive, f"not {result.positive}")
    series = []
    for label, sign, hue, name in ((1, 1, 1, names[0]), (0, -1, 0, names[1])):
        mine = scores[y == label].clip(0, 1)
        # The root, so that the few in the middle, which the threshold is about, can be seen beside the many at the ends.
        share = np.sqrt(np.histogram(mine, edges)[0] / len(mine))
        area = {"color": faint(hue, 0.55), "origin": "auto"}
        series.append(_line(name, (x, sign * np.repeat(share, 2)), color(hue), 1.0, areaStyle=area))
    t = result.settings.threshold
    series[0]["markLine"] = {
        "symbol": "none", "silent": True, "animation": False, "data": [{"xAxis": t}],
        "label": {"formatter": "threshold", "color": GREY, "position": "end", "distance": 2},
        "lineStyle": {"color": GREY, "type": "solid", "width": 2},
    }  # fmt: skip
    series[0]["markArea"] = {
        "silent": True, "animation": False, "itemStyle": {"color": "rgba(122, 135, 147, 0.14)"},
        "data": [[{"xAxis": t}, {"xAxis": 1}]],
    }  # fmt: skip
    y_axis = {"type": "value", "min": -1, "max": 1, "axisLabel": {"show": False}, "name": "√ share of class"}
    y_axis |= {"nameLocation": "middle", "nameGap": 12}
    return _option("Scores of both classes, all seeds", _axis("score", nameGap=22), y_axis, series, names, top=64)


def matrix(result: Result) -> dict[str, Any]:
    """The confusion matrix of the first seed: each count with its name, coloured by its share of the row."""
    counts = result.confusion()
    words = (("true negatives", "false positives"), ("false negatives", "true positives"))
    cells = []
    for i, j in np.ndindex(2, 2):
        share = float(counts[i, j] / (counts[i].sum() or 1))
        label = {"show": True, "fontSize": 14, "color": "#FFFFFF" if share > 0.5 else "#222222"}
        label["formatter"] = f"{counts[i, j]:.{1 if result.weighted else 0}f}\n{words[i][j]}"
        cells.append({"value": [j, i, round(share, 3)], "label": label})
    quiet = {"type": "category", "splitLine": {"show": False}, "axisTick": {"show": False}, "nameLocation": "middle"}
    quiet |= {"axisLabel": {"interval": 0}}
    across = quiet | {"data": [f"not {result.positive}", result.positive], "name": "predicted class", "nameGap": 24}
    down = quiet | {"data": [f"not\n{result.positive}", result.positive], "name": "true class", "nameGap": 66}
    down["inverse"] = True
    unit = ", per 1,000 rows" if result.weighted else ""
    heat = {"type": "heatmap", "data": cells, "itemStyle": {"borderColor": "rgba(0, 0, 0, 0)", "borderWidth": 3}}
    option = _option(f"Confusion matrix of seed {result.settings.seed}{unit}", across, down, [heat], ())
    option["visualMap"] = {"show": False, "min": 0, "max": 1, "dimension": 2}
    option["visualMap"] |= {"inRange": {"color": ["#E8EEF3", color(0)]}}
    option["tooltip"] = {"formatter": "{@[2]} of the row"}
    option["grid"] |= {"bottom": 30, "left": 22}
    return option


def sweep(result: Result) -> dict[str, Any]:
    """Precision, recall and F1 against the threshold: mean and range of the seeds."""
    lines = [banded(name, result.grid, values, i) for i, (name, values) in enumerate(result.by_threshold.items())]
    option = curves("Measures against the threshold (%)", lines, "threshold", percent=True, x_max=1)
    option["xAxis"] |= {"min": 0, "minInterval": 0}
    option["yAxis"] = {"type": "value", "min": 0, "max": 100}
    label = {"formatter": "threshold", "color": GREY, "distance": 2}
    line = {"color": GREY, "type": "solid", "width": 1.5}
    mark = {"symbol": "none", "silent": True, "animation": False, "label": label, "lineStyle": line}
    option["series"][2]["markLine"] = mark | {"data": [{"xAxis": result.settings.threshold}]}
    option["grid"]["top"] = 56
    return option


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
    low = np.where(there.any(0), np.where(there, values, np.inf).min(0), np.nan)
    high = np.where(there.any(0), np.where(there, values, -np.inf).max(0), np.nan)
    return Curve(name, x, mean, low, high, hue)


def _rising(ranking: Ranking) -> Line:
    """The steps without what adds no recall, which is all that can be seen of a thin line."""
    more = np.diff(ranking.recall, prepend=0.0) > 0
    return steps(ranking.recall[more], ranking.precision[more])


def _line(name: str, line: Line, paint: str, width: float = 2.5, **more: Any) -> dict[str, Any]:
    return {
        "type": "line", "name": name, "data": np.round(np.stack(line, 1), 4).tolist(), "symbol": "none", "silent": True,
        "lineStyle": {"color": paint, "width": width}, "itemStyle": {"color": paint},
    } | more  # fmt: skip


def _dashed(name: str, line: Line) -> dict[str, Any]:
    return _line(name, line, GREY, lineStyle={"color": GREY, "width": 1.5, "type": "dashed"})


def _stems(x: np.ndarray, heights: np.ndarray) -> dict[str, Any]:
    """Upright bars, of whose heights the mean is taken."""
    up = [v for a, h in zip(x, heights, strict=True) for v in ([float(a), 0.0], [float(a), float(h)], [None, None])]
    return _line("averaged", (np.zeros(0), np.zeros(0)), faint(2, 0.5), 7 if len(x) < 50 else 1.5, data=up)


def _threshold(x: np.ndarray, y: np.ndarray, names: tuple[str, str]) -> dict[str, Any]:
    return {
        "type": "scatter", "name": "threshold", "data": [[round(float(x), 4), round(float(y), 4)]], "symbolSize": 15,
        "itemStyle": {"color": color(1), "borderColor": "white", "borderWidth": 2}, "z": 9,
        "tooltip": {"formatter": f"{names[0]} {{@[0]}}, {names[1]} {{@[1]}}"},
    }  # fmt: skip


def _plane(title: str, names: tuple[str, str], series: list[dict[str, Any]]) -> dict[str, Any]:
    """Curves over the unit square."""
    order = (BOLD, "others", "averaged", "random")
    shown = [name for name in order if any(s["name"] == name for s in series)]
    return _option(title, _axis(names[0]), _axis(names[1], nameGap=36), series, shown, top=64)


def _axis(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "value", "name": name, "nameLocation": "middle", "nameGap": 26, "min": 0, "max": 1} | more


def _option(
    title: str, x: dict[str, Any], y: dict[str, Any], series: list[dict[str, Any]], legend: Sequence[str], top: int = 36
) -> dict[str, Any]:
    """The legend stands above the axes, where it cannot lie on their names."""
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"data": list(legend), "top": 24, "left": 0, "itemWidth": 16, "type": "scroll"},
        "grid": {"left": 28, "right": 18, "top": top, "bottom": 34, "containLabel": True},
        "tooltip": {"trigger": "item"}, "xAxis": x, "yAxis": y, "animation": False,
        "series": [{"animation": False} | s for s in series],
    }  # fmt: skip
