"""Charts of descents, of condition numbers, and of what a scaler has seen, as Apache ECharts options."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.foundations.feature_scaling.findings import leaked
from core.concepts.foundations.feature_scaling.result import BOUND, TARGET, Result
from core.concepts.foundations.feature_scaling.settings import SCALINGS
from core.figures import bars, effects
from core.figures.lines import Line, lines
from core.figures.look import GREY, color, faint
from core.stats import mean_interval

HUES = {"raw": 1, "min-max": 3, "z-score": 0, "robust": 2}
HEAD = {"left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}}
LEVELS = (4.0, 2.0, 1.0, 0.4, 0.15, 0.05, 0.01)  # of the excess loss at the start
WIDER = 1.2  # the plot is about so many times as wide as it is high
CHANNELS = {"red": 1, "green": 2, "blue": 0}


def valley(result: Result, part: str) -> dict[str, Any]:
    """Level lines of the loss over the weights of the two features, and the way of gradient descent; part: "raw" or "scaled".
    The constant is held at its best value for the level lines."""
    name = "raw" if part == "raw" else result.settings.scaling
    problem, path = result.slopes[name], result.paths[part][:, :2]
    best, hessian = problem.best[:2], problem.hessian[:2, :2]
    sizes, axes = np.linalg.eigh(hessian)
    turn = np.linspace(0, 2 * np.pi, 81)
    unit = axes @ (np.stack([np.cos(turn), np.sin(turn)]) / np.sqrt(sizes)[:, None])  # (2, 81): excess loss 1
    start = best @ hessian @ best
    rings = [{"coords": _pairs(*(best[:, None] + np.sqrt(level * start) * unit))} for level in LEVELS]
    reach = 1.35 * float(np.abs(best).max())
    kept = np.unique(np.linspace(0, len(path) - 1, 200).round().astype(int))
    paint = color(HUES[name])
    dots = {"type": "scatter", "silent": True, "animation": False, "clip": True}
    ends = [
        {"min": _number(best[i] - wide * reach), "max": _number(best[i] + wide * reach)}
        for i, wide in enumerate((WIDER, 1))
    ]
    quiet = {
        "axisLabel": {"showMinLabel": False, "showMaxLabel": False, "hideOverlap": True},
        "axisLine": {"onZero": False},
    }
    axis: dict[str, Any] = {
        "type": "value",
        "nameLocation": "middle",
        "splitLine": {"show": False},
        "splitNumber": 4,
    } | quiet
    return {
        "title": HEAD | {"text": f"{name.capitalize()}: {result.settings.steps} steps"},
        "legend": {"data": ["start", "after", "minimum"], "right": 8, "top": 0, "selectedMode": False, "itemWidth": 12},
        "animation": False,
        "grid": {"left": 26, "right": 12, "top": 36, "bottom": 34, "containLabel": True},
        "xAxis": axis | {"name": f"weight of {result.names[0]}", "nameGap": 24} | ends[0],
        "yAxis": axis | {"name": f"weight of {result.names[1]}", "nameGap": 40} | ends[1],
        "series": [
            {"type": "lines", "coordinateSystem": "cartesian2d", "polyline": True, "data": rings, "silent": True, "clip": True,
             "animation": False, "lineStyle": {"color": GREY, "width": 1, "opacity": 0.6}},
            {"id": "path", "type": "line", "data": _pairs(*path[kept].T), "symbolSize": 4, "symbol": "circle", "silent": True,
             "lineStyle": {"color": paint, "width": 2}, "itemStyle": {"color": paint}, "animation": False, "clip": True},
            dots | {"name": "start", "data": _pairs(*path[:1].T), "symbolSize": 13, "z": 4,
                    "itemStyle": {"color": "rgba(0, 0, 0, 0)", "borderColor": paint, "borderWidth": 2}},
            dots | {"name": "after", "data": _pairs(*path[-1:].T), "symbolSize": 12, "itemStyle": {"color": paint}, "z": 5},
            dots | {"name": "minimum", "data": _pairs(*best[:, None]), "symbol": "diamond", "symbolSize": 13, "z": 3,
                    "itemStyle": {"color": color(4)}},
        ],
    }  # fmt: skip


def learning(result: Result) -> dict[str, Any]:
    """What is left of the excess loss against the step: by the formula for every scaling, and as two of them run."""
    last = max(10.0, 10 ** np.ceil(np.log10(max(s.steps for s in result.slopes.values()))))
    at = np.unique(np.geomspace(1, last, 160).round())
    floor = TARGET / 100
    drawn = []
    for name in SCALINGS:
        left = result.slopes[name].excess(at)
        drawn.append(Line(name, at, np.where(left >= floor, left, np.nan), HUES[name]))
    for part, name in (("raw", "raw"), ("scaled", result.settings.scaling)):
        steps = np.unique(np.geomspace(1, result.settings.steps, 8).round().astype(int))
        left = result.left[part][steps]
        drawn.append(Line("as it runs", steps, np.where(left >= floor, left, np.nan), HUES[name], marks=True))
    option = lines("What is left of the excess loss", drawn, "step", "")
    option["legend"]["data"] = [*SCALINGS, {"name": "as it runs", "itemStyle": {"color": GREY}}]
    mark = {"symbol": "none", "silent": True, "animation": False, "data": [{"yAxis": TARGET}]}
    mark |= {
        "lineStyle": {"color": GREY, "type": "dotted"},
        "label": {"formatter": "0.1 %", "color": GREY, "position": "insideStartTop"},
    }
    option["series"][0]["markLine"] = mark
    option["grid"]["right"] = 32  # for the last number of the axis
    option["xAxis"] |= {"type": "log", "min": 1, "max": float(last), "axisLabel": {"hideOverlap": True}}
    return option | {"yAxis": {"type": "log", "min": floor, "max": 1, "splitNumber": 3}}


def pairs(result: Result) -> dict[str, Any]:
    """Steps against condition number for every pair of features and every scaling; those of the pair on show are ringed."""
    s, p = result.settings, result.pairs
    series = []
    for name in SCALINGS:
        mine = p[p.scaling == name]
        series.append(_cloud(name, mine.condition, mine.steps, HUES[name]))
    low, high = sorted((s.a, s.b))
    here = p[(p.data == s.data) & (p.a == low) & (p.b == high)]
    ring = {"color": "rgba(0, 0, 0, 0)", "borderColor": GREY, "borderWidth": 2}
    series.append(_cloud("this pair", here.condition, here.steps, 0) | {"symbolSize": 14, "itemStyle": ring, "z": 5})
    return _against_condition(f"All {len(p) // len(SCALINGS)} pairs", series, float(p.condition.max()))


def stretched(result: Result) -> dict[str, Any]:
    """The same for random stretchings of the two features, as gradient descent ran."""
    rows = result.stretched
    there, late = rows[rows.steps > 0], rows[rows.steps < 0]
    series = [_cloud("arrived", there.condition, there.steps, 0)]
    if len(late):
        hollow = {"color": "rgba(0, 0, 0, 0)", "borderColor": color(1), "borderWidth": 1.5}
        given_up = _cloud("given up", late.condition, np.full(len(late), result.most), 1)
        series.append(given_up | {"symbol": "triangle", "symbolSize": 9, "itemStyle": hollow})
    return _against_condition(f"{len(rows)} random stretchings", series, float(rows.condition.max()))


def _cloud(name: str, x: Any, y: Any, hue: int) -> dict[str, Any]:
    """Dots at the decimal logarithms of x and y."""
    return {
        "name": name, "type": "scatter", "data": _pairs(np.log10(x), np.log10(y)), "symbolSize": 5, "silent": True,
        "itemStyle": {"color": faint(hue, 0.6)}, "animation": False, "clip": True,
    }  # fmt: skip


def _against_condition(title: str, series: list[dict[str, Any]], largest: float) -> dict[str, Any]:
    """Steps against condition number below the bound; both as decimal logarithms, whose ticks are written as powers."""
    top = np.ceil(np.log10(largest))
    x = np.array([0.0, top])
    bound = {
        "name": "bound", "type": "line", "data": _pairs(x, np.log10(BOUND) + x), "symbol": "none", "silent": True, "clip": True,
        "lineStyle": {"color": GREY, "type": "dashed", "width": 1.5}, "itemStyle": {"color": GREY}, "animation": False,
    }  # fmt: skip
    axis = _powers() | {"nameLocation": "middle"}
    return {
        "title": HEAD | {"text": title},
        "legend": {"data": [s["name"] for s in [*series, bound]], "bottom": 0, "left": "center", "itemWidth": 14},
        "animation": False,
        "grid": {"left": 26, "right": 16, "top": 36, "bottom": 62, "containLabel": True},
        "xAxis": axis | {"name": "condition number", "nameGap": 24, "max": float(top)},
        "yAxis": axis | {"name": "steps", "nameGap": 36, "max": float(top + 1)},
        "series": [*series, bound],
    }


def _powers() -> dict[str, Any]:
    """An axis of decimal logarithms from 1 on."""
    return {"type": "value", "min": 0, "minInterval": 1, "axisLabel": {"formatter": "1e{value}", "hideOverlap": True}}


def whole(result: Result) -> dict[str, Any]:
    """Condition number and steps with all features of the table."""
    w = result.whole
    series = [
        bars.series(np.log10(values), color(hue), name, barGap="5%", barCategoryGap="30%")
        for name, hue, values in (("condition number", 5, w.condition), ("steps", 0, w.steps))
    ]
    option = bars.options(f"All features: {result.settings.data}", "", "", list(w.scaling), series)
    option["grid"] |= {"left": 8, "bottom": 8}
    return option | {"yAxis": _powers(), "tooltip": {"show": False}}


def accuracies(result: Result) -> dict[str, Any]:
    """Test accuracy of the nearest neighbour with the scaler fitted as chosen."""
    shown = result.leak.leaking if result.settings.leak else result.leak.honest
    rows = [(name, mean_interval(shown[name], rows=result.leak.tested), shown[name], HUES[name]) for name in SCALINGS]
    title = "Scaler fitted on all rows" if result.settings.leak else "Scaler fitted on training rows"
    option = effects.dots(title, rows, "test accuracy (%)")
    option["xAxis"]["scale"] = True
    del option["series"][0]["markLine"]
    return option


def gaps(result: Result) -> dict[str, Any]:
    """What the leak adds to the test accuracy, split by split."""
    rows = [
        (name, leaked(result, name), result.leak.leaking[name] - result.leak.honest[name], HUES[name])
        for name in SCALINGS[1:]
    ]
    return effects.dots("What the leak adds", rows, "points of accuracy", zero="no difference")


def channels(result: Result, part: str) -> dict[str, Any]:
    """How the values of each channel are distributed; part: "before" or "after" normalisation."""
    p = result.photo
    values, ends, title = (
        (p.pixels / 255, (0.0, 1.0), "Before: pixel values")
        if part == "before"
        else (p.normalised, (-3.5, 3.5), "After: mean 0, deviation 1")
    )
    edges = np.linspace(*ends, 41)
    middle = (edges[1:] + edges[:-1]) / 2
    drawn = []
    for k, (name, hue) in enumerate(CHANNELS.items()):
        height = np.histogram(values[..., k], edges)[0] / values[..., k].size
        drawn.append(Line(name, middle, height, hue))
    option = lines(title, drawn, "value", "", ends)
    option["yAxis"] |= {"show": False, "min": 0}
    return option


def shown(result: Result) -> np.ndarray:
    """The normalised photograph in visible colours, (H, W, 3) uint8: the mean is grey, and a deviation a quarter of the range."""
    return np.asarray((255 * np.clip(0.5 + result.photo.normalised / 4, 0, 1)).astype(np.uint8))


def _pairs(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    return [[_number(a), _number(b)] for a, b in zip(x, y, strict=True)]


def _number(v: float) -> float:
    return float(f"{v:.5g}")
