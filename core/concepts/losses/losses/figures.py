"""Charts of the losses and of what they do to a fit, as Apache ECharts options."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from core.concepts.losses.losses.findings import compared
from core.concepts.losses.losses.result import Result
from core.concepts.losses.losses.settings import FAMILIES, INTERCEPT, SLOPE
from core.figures import effects
from core.figures.look import COLORS, GREY, color
from core.stats import mean_interval

AXES = {
    "regression": "residual e = prediction − target",
    "classification": "margin m = logit of the true class − others",
    "embedding": "distance d between two embeddings",
    "overlap": "intersection ÷ true area",
}
DASHES: tuple[Any, ...] = ("solid", "dashed", "dotted", [10, 4, 2, 4])
GAP = 0.1  # between the names of two curves at the least, as a share of the axis of a low chart
DECADES = 8  # of a logarithmic axis at the most
PLACES = 21  # along each side of the plane, where a click can put the outliers


def hue(result: Result, name: str) -> int:
    """The place of a loss in the palette, without its last colour, yellow, which is too faint on white."""
    return FAMILIES[result.settings.family].index(name) % (len(COLORS) - 1)


def style(result: Result, name: str) -> dict[str, Any]:
    """Colour and dashes of a loss. The dashes tell lines apart that coincide: the one beneath shows through the gaps."""
    place = FAMILIES[result.settings.family].index(name)
    return {"color": color(hue(result, name)), "width": 2.5, "type": DASHES[place % len(DASHES)]}


def values(result: Result) -> dict[str, Any]:
    """The losses over their axis."""
    return _curves(result, "value", "Loss")


def gradients(result: Result) -> dict[str, Any]:
    """Their gradients."""
    return _curves(result, "gradient", "Gradient (absolute value)" if result.settings.log else "Gradient")


def _curves(result: Result, column: str, title: str) -> dict[str, Any]:
    """A line a loss with its name at one end; on a logarithmic axis absolute values, with a gap for zeros."""
    log = result.settings.log
    drawn: dict[str, np.ndarray] = {}
    x = np.zeros(0)
    for name in result.settings.chosen:
        rows = result.curve(name)
        x = rows.x.to_numpy()
        y = rows[column].to_numpy(float)
        drawn[name] = np.where(y == 0, np.nan, np.abs(y)) if log else y
    left = _spread(drawn, 0, log) > 1.01 * _spread(drawn, -1, log)
    low, high = _span(drawn, log)
    series = [_line(name, x, y, style(result, name)) for name, y in drawn.items()]
    names = _names(result, x, drawn, left, low, high)
    option = _option(title, AXES[result.settings.family], [*series, names])
    room = 14 + 7 * max(map(len, drawn))
    option["grid"] |= {"left": room, "right": 12} if left else {"right": room}
    option["xAxis"] |= {"min": float(x[0]), "max": float(x[-1])}
    option["yAxis"] |= {"position": "right"} if left else {}
    if log:
        option["yAxis"] |= {"type": "log", "min": 10.0**low, "max": 10.0**high}
    return option


def _span(drawn: Mapping[str, np.ndarray], log: bool) -> tuple[float, float]:
    """The ends of the values, or of their logarithms, of which the largest DECADES are shown."""
    values = np.concatenate(list(drawn.values()))
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return 0.0, 1.0
    if not log:
        return float(values.min()), float(values.max())
    high = math.ceil(math.log10(values.max()) - 1e-9)
    return max(math.floor(math.log10(values.min())), high - DECADES), high


def _spread(drawn: Mapping[str, np.ndarray], end: int, log: bool) -> float:
    """How far the curves lie apart at their first or last finite values."""
    ends = [y[np.isfinite(y)][end] for y in drawn.values() if np.isfinite(y).any()]
    return float(np.ptp(np.log10(ends) if log else ends)) if ends else 0.0


def _names(
    result: Result, x: np.ndarray, drawn: Mapping[str, np.ndarray], left: bool, low: float, high: float
) -> dict[str, Any]:
    """The names of the curves, at the end at which these lie furthest apart. low, high: the ends of the axis, exponents
    where it is logarithmic."""
    end = 0 if left else -1
    log = result.settings.log
    finite = {name: y[np.isfinite(y)] for name, y in drawn.items() if np.isfinite(y).any()}
    gap = (GAP if result.scores is not None else GAP / 2) * ((high - low) or 1.0)
    ends = [max(low, float(np.log10(y[end]) if log else y[end])) for y in finite.values()]
    heights = _apart(ends, gap)
    data = [
        {
            "value": [_number(x[end]), _number(10**height if log else height)],
            "name": name,
            "label": {"color": color(hue(result, name))},
        }
        for name, height in zip(finite, heights, strict=True)
    ]
    label = {"show": True, "formatter": "{b}", "position": "left" if left else "right", "fontSize": 12}
    return {
        "type": "scatter", "data": data, "symbolSize": 1, "silent": True, "clip": False, "animation": False,
        "itemStyle": {"color": "rgba(0, 0, 0, 0)"}, "label": label, "tooltip": {"show": False}, "z": 5,
    }  # fmt: skip


def _apart(values: Sequence[float], gap: float) -> list[float]:
    """Heights for labels that belong at `values`: in the same order, none nearer to the next than `gap`, and none lower than
    the lowest value. Those that crowd together move up."""
    heights = np.array(values, float)
    for below, above in pairwise(np.argsort(heights, kind="stable")):
        heights[above] = max(heights[above], heights[below] + gap)
    return [float(height) for height in heights]


def fits(result: Result) -> dict[str, Any]:
    """The points of the first seed, the true line, and the line of each loss. The unseen points of series "places" take
    clicks: see `outliers_at`."""
    assert result.points is not None
    x = result.points.x[0]
    y = result.points.y[0]
    odd = result.points.odd[0]
    ends = np.array([0.0, 10.0])
    dots = {"type": "scatter", "silent": True, "animation": False, "itemStyle": {"color": GREY}}
    truth = {"color": GREY, "width": 8, "type": "solid", "opacity": 0.4}
    series = [
        _line("true line", ends, SLOPE * ends + INTERCEPT, truth),
        dots | {"name": "points", "data": _pairs(x[~odd], y[~odd]), "symbolSize": 7},
        dots | {"name": "outliers", "data": _pairs(x[odd], y[odd]), "symbolSize": 11, "symbol": "diamond"},
    ]
    for name in result.settings.chosen:
        slope, intercept = (float(result.by_seed(column, name)[0]) for column in ("slope", "intercept"))
        series.append(_line(name, ends, slope * ends + intercept, style(result, name)))
    series.append(
        {
            "id": "places", "type": "scatter", "data": [list(place) for place in _grid(result)], "symbolSize": [24, 20], "symbol": "rect",
            "itemStyle": {"color": "rgba(0, 0, 0, 0)"}, "selectedMode": "single", "animation": False, "z": 9,
            "select": {"itemStyle": {"borderWidth": 0}}, "cursor": "pointer",
            "emphasis": {"itemStyle": {"color": "rgba(122, 135, 147, 0.35)"}},
            "tooltip": {"formatter": "Click to move the outliers to ({@[0]}, {@[1]})"},
        }
    )  # fmt: skip
    option = _option(f"Lines fitted to the points of seed {result.settings.seed}", "x", series)
    shown = ["true line", *result.settings.chosen]
    option["legend"] = {"data": shown, "bottom": 0, "left": "center", "itemWidth": 22}
    option["grid"] |= {"bottom": 54 if len(shown) < 6 else 78, "left": 26}
    option["xAxis"] |= {"min": 0, "max": 10}
    low, high = _height(result)
    option["yAxis"] |= {"name": "y", "nameLocation": "middle", "nameGap": 28, "min": low, "max": high}
    option["tooltip"] = {"trigger": "item"}
    return option


def _height(result: Result) -> tuple[float, float]:
    """The ends of the y axis: all points of the first seed, with room to move the outliers to."""
    assert result.points is not None
    y = result.points.y[0]
    return 5 * math.floor(min(-5.0, float(y.min()) - 5) / 5), 5 * math.ceil(max(25.0, float(y.max()) + 5) / 5)


def _grid(result: Result) -> list[tuple[float, float]]:
    low, high = _height(result)
    return [
        (round(float(a), 1), round(float(b), 1))
        for b in np.linspace(low, high, PLACES)
        for a in np.linspace(0, 10, PLACES)
    ]


def outliers_at(result: Result, place: int) -> dict[str, float]:
    """The settings that put the outliers at a place of the grid: the points nearest its x are lifted as far as it lies from the true line."""
    x, y = _grid(result)[place]
    height = min(100.0, max(-100.0, float(round(y - SLOPE * x - INTERCEPT))))
    return {"where": x, "height": height}


def slope_errors(result: Result) -> dict[str, Any]:
    """How far each fitted slope lies from the true one: every seed, and the mean with its interval."""
    rows = []
    for name in result.settings.chosen:
        error = result.by_seed("error", name)
        rows.append((name, mean_interval(error), error, hue(result, name)))
    return effects.dots("Error of the slope", rows, "fitted slope − true slope", 1.0, "true slope")


def accuracies(result: Result) -> dict[str, Any]:
    """Accuracy on clean test points: every seed, and the mean with its interval."""
    rows = []
    for name in result.settings.chosen:
        accuracy = result.by_seed("accuracy", name)
        rows.append((name, mean_interval(accuracy), accuracy, hue(result, name)))
    option = effects.dots("Accuracy on clean test points", rows, "% correct")
    option["xAxis"]["scale"] = True  # not from 0, where none of them lies
    del option["series"][0]["markLine"]
    return option


def changes(result: Result) -> dict[str, Any]:
    """Accuracy compared with that of cross-entropy, paired by seed. The 0-1 loss lies so far off that the others could not be
    told apart beside it, so it is drawn only where it is alone."""
    base = result.by_seed("accuracy", "cross-entropy")
    found = compared(result)
    names = [name for name in found if name != "0-1"] or list(found)
    rows = [(name, found[name], result.by_seed("accuracy", name) - base, hue(result, name)) for name in names]
    option = effects.dots("Accuracy compared with cross-entropy", rows, "points of accuracy", zero="no difference")
    option["grid"]["right"] = 48  # for the words at zero, where everything lies to the left
    return option


def _line(name: str, x: np.ndarray, y: np.ndarray, line: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name, "name": name, "type": "line", "data": _pairs(x, y), "symbol": "none", "animation": False,
        "lineStyle": line, "itemStyle": {"color": line["color"]}, "clip": True,
    }  # fmt: skip


def _pairs(x: np.ndarray, y: np.ndarray) -> list[list[float | None]]:
    return [[_number(a), _number(b)] for a, b in zip(x, y, strict=True)]


def _number(v: float) -> float | None:
    return float(f"{v:.5g}") if np.isfinite(v) else None


def _option(title: str, x_name: str, series: list[dict[str, Any]]) -> dict[str, Any]:
    axis = {"type": "value", "nameLocation": "middle"}
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "grid": {"left": 8, "right": 16, "top": 36, "bottom": 32, "containLabel": True},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.4g"},
        "xAxis": axis | {"name": x_name, "nameGap": 24, "splitLine": {"show": False}},
        "yAxis": {"type": "value"},
        "series": series, "animation": False,
    }  # fmt: skip
