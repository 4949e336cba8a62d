"""Charts of a linear regression, as Apache ECharts options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.concepts.foundations.linear_regression.result import TRIAL, Result
from core.concepts.foundations.linear_regression.settings import one_input
from core.figures.lines import Line, lines
from core.figures.look import COLORS, GREY, color, faint

BLUE, ORANGE, GREEN = 0, 1, 2
FLOOR, CEILING = 1e-6, 1e4  # of weight errors that are drawn
LEVELS = 10
PLACES = 21  # along each side of the plane, where a click can put the outliers
HIGH = 6.0  # end of the axis of y, in standard deviations
DESCENT, CONSTANT, FALLING = "gradient descent", "SGD, constant rate", "SGD, falling rate"

Option = dict[str, Any]

__all__ = [
    "TRIAL",
    "errors",
    "gradients",
    "has_line",
    "outlier_at",
    "penalty",
    "rate_at",
    "rates",
    "scatter",
    "surface",
]


def has_line(result: Result) -> bool:
    """Whether there is one input, so that the fit is a line through points."""
    return len(result.exact) == 2


def surface(result: Result) -> Option:
    """The loss over the weights: level lines, the ways of descent, and the closed form. With more than two weights it is the
    plane through the closed form along the flattest and the steepest direction."""
    steep = result.eigenvectors[:, [0, -1]]
    roots = result.eigenvalues[[0, -1]]
    two = len(result.exact) == 2
    centre = result.exact if two else np.zeros(2)
    place = (lambda w: w) if two else (lambda w: (w - result.exact) @ steep)
    start = (result.descent[0] - result.exact) @ steep
    level = max(float((roots * start**2).sum()), 1e-12)  # twice the excess loss of the start
    turn = np.linspace(0, 2 * np.pi, 73)
    ring = np.sqrt(level / roots)[:, None] * np.stack([np.cos(turn), np.sin(turn)])  # in the directions of `steep`
    ring = (steep @ ring if two else ring).T
    reach = 1.1 * np.abs(ring).max(0)
    if not two:
        reach = np.maximum(1.5 * np.abs(start), 0.1 * reach)
    contours: list[list[float | None]] = []
    for k in range(1, LEVELS + 1):
        contours += [*_pairs(centre + k / (LEVELS - 2) * ring), [None, None]]

    def way(name: str, weights: np.ndarray, hue: int, **more: Any) -> Option:
        at = place(weights)
        at = np.where((np.abs(at - centre) < 20 * reach).all(1, keepdims=True), at, np.nan)
        look = {"color": color(hue), "width": 1.5, "opacity": 0.8}
        return _line(name, _pairs(at), look) | more

    shown = np.unique(np.r_[np.arange(40), np.geomspace(1, len(result.descent), 160).astype(int)])
    shown = shown[shown < len(result.descent)]
    dot = {"type": "scatter", "silent": True, "animation": False, "z": 6}
    best = {"color": COLORS[6], "borderColor": "#333333", "borderWidth": 1.2}
    series = [
        _line("levels", contours, {"color": GREY, "width": 1, "opacity": 0.55}) | {"tooltip": {"show": False}, "z": 1},
        way(CONSTANT, result.sgd[0], ORANGE),
        way(FALLING, result.sgd[1], GREEN),
        way(DESCENT, result.descent[shown], BLUE, symbol="circle", symbolSize=6, z=5),
        dot | {"name": "start", "data": _pairs(place(result.descent[:1])), "symbolSize": 10,
               "itemStyle": {"color": GREY}},
        dot | {"name": "closed form", "data": _pairs(centre[None]), "symbolSize": 14, "symbol": "diamond",
               "itemStyle": best},
    ]  # fmt: skip
    names = result.names if two else ("along the flattest direction", "along the steepest direction")
    names = ("slope w", "intercept b") if two else names
    title = "Loss over the two weights" if two else f"Loss in a plane of the {len(result.exact)} weights"
    option = _option(title, names[0], names[1], series, [DESCENT, CONSTANT, FALLING, "start", "closed form"])
    for axis, i in (("xAxis", 0), ("yAxis", 1)):
        option[axis] |= {"min": _round(centre[i] - reach[i]), "max": _round(centre[i] + reach[i])}
        option[axis] |= {"axisLabel": {"showMinLabel": False, "showMaxLabel": False}, "axisLine": {"onZero": False}}
    return option


def scatter(result: Result) -> Option:
    """The rows and the fitted lines. The unseen points of series "places" take clicks: see `outlier_at`."""
    x, y, odd = result.x[:, 0], result.y, result.odd
    low, high = _ends(result)
    ends = np.array([low, high])
    fits = [("closed form", result.exact, ORANGE, 5.0, "solid"), (DESCENT, result.descent[-1], BLUE, 2.0, "dashed")]
    if odd.any():
        fits.insert(0, ("without outliers", result.exact_ordinary, -1, 2.0, "dotted"))
    series: list[Option] = [
        {"type": "scatter", "name": "rows", "data": _pairs(np.stack([x[~odd], y[~odd]], 1)), "symbolSize": 5,
         "silent": True, "animation": False, "itemStyle": {"color": GREY, "opacity": 0.6}},
    ]  # fmt: skip
    for name, weights, hue, width, kind in fits:
        slope, intercept = result.slope(weights)
        paint = GREY if hue < 0 else color(hue)
        if np.isfinite(slope) and abs(slope) + abs(intercept) < 1e6:
            look = {"color": paint, "width": width, "type": kind, "opacity": 0.55 if width > 3 else 1}
            series.append(_line(name, _pairs(np.stack([ends, slope * ends + intercept], 1)), look))
    if odd.any():
        look = {"color": COLORS[3], "borderColor": "#333333", "borderWidth": 1}
        series.append(
            {"type": "scatter", "name": "outliers", "data": _pairs(np.stack([x[odd], y[odd]], 1)), "symbol": "diamond",
             "symbolSize": 15, "silent": True, "animation": False, "itemStyle": look, "z": 6}
        )  # fmt: skip
    places = _grid(result) if one_input(vars(result.settings)) else []  # outliers are not added to a learner's own rows
    series.append(
        {
            "id": "places", "type": "scatter", "data": [list(place) for place in places], "symbolSize": [20, 18],
            "symbol": "rect", "itemStyle": {"color": "rgba(0, 0, 0, 0)"}, "selectedMode": "single", "animation": False,
            "select": {"itemStyle": {"borderWidth": 0}}, "cursor": "pointer", "z": 9,
            "emphasis": {"itemStyle": {"color": "rgba(122, 135, 147, 0.35)"}},
            "tooltip": {"formatter": "Click to put the outliers at ({@[0]}, {@[1]})"},
        }
    )  # fmt: skip
    names = [s["name"] for s in series if s.get("name")]
    option = _option("Rows and fitted lines", result.names[0], "y (standard deviations)", series, names)
    option["xAxis"] |= {"min": _round(low), "max": _round(high)}
    option["xAxis"] |= {"axisLabel": {"showMinLabel": False, "showMaxLabel": False}}
    option["yAxis"] |= {"min": -HIGH, "max": HIGH, "axisLine": {"onZero": False}}
    return option


def _ends(result: Result) -> tuple[float, float]:
    x = result.x[~result.odd, 0]
    room = 0.06 * float(np.ptp(x))
    return float(x.min()) - room, float(x.max()) + room


def _grid(result: Result) -> list[tuple[float, float]]:
    x = result.x[~result.odd, 0]
    across = np.linspace(x.min(), x.max(), PLACES)
    return [(round(float(a), 2), round(float(b), 1)) for b in np.linspace(-5, 5, PLACES) for a in across]


def outlier_at(result: Result, place: int) -> dict[str, float]:
    """The settings that put the outliers at a place of the grid; one where there was none."""
    row, column = divmod(place, PLACES)
    across, height = 100 * column / (PLACES - 1), -5 + 10 * row / (PLACES - 1)
    return {"across": across, "height": height, "outliers": max(1, result.settings.outliers)}


def rates(result: Result) -> Option:
    """What 32 learning rates around the limit make of the loss; a click takes one of them."""
    clamp = np.log10(np.clip(result.growth, 1e-6, 1e6))
    data = [
        {"value": [float(f"{rate:.4g}"), float(f"{end:.3g}")], "itemStyle": {"color": color(ORANGE if grew else BLUE)}}
        for rate, end, grew in zip(result.rates, clamp, result.grew, strict=True)
    ]
    shrinks, grows = result.border
    low, high = float(result.rates[0]) * 0.95, float(result.rates[-1]) * 1.03
    marks = [_mark(result.limit, f"2/λmax = {result.limit:.3g}", "dashed", 4)]
    if low < result.settings.lr < high:
        marks.append(_mark(result.settings.lr, "chosen", "solid", 19))
    area = [[{"xAxis": shrinks}, {"xAxis": grows}]]
    series = [
        {
            "type": "scatter", "id": "rates", "data": data, "symbolSize": 11, "selectedMode": "single", "animation": False,
            "cursor": "pointer", "select": {"itemStyle": {"borderWidth": 0}},
            "tooltip": {"formatter": "rate {@[0]}: loss × 10^{@[1]}<br>click to choose this rate"},
            "markLine": {"symbol": "none", "silent": True, "animation": False, "data": marks},
            "markArea": {"silent": True, "data": area, "itemStyle": {"color": faint(1, 0.25)}},
        }
    ]  # fmt: skip
    option = _option(
        "Border of the learning rate: 32 rates tried", "learning rate η", "loss, end ÷ start (powers of 10)", series, []
    )
    option["grid"] |= {"top": 72, "bottom": 32}
    option["xAxis"] |= {"min": _round(low), "max": _round(high)}
    option["xAxis"] |= {"axisLabel": {"showMinLabel": False, "showMaxLabel": False}}
    option["yAxis"] |= {"min": -6, "max": 6, "axisLine": {"onZero": False}}
    return option


def rate_at(result: Result, place: int) -> dict[str, float]:
    """The setting that takes one of the rates."""
    return {"lr": float(f"{result.rates[place]:.4g}")}


def errors(result: Result) -> Option:
    """Largest weight error against the epoch, on a logarithmic axis: descent, and the median, best and worst seed of SGD."""
    epochs = np.arange(len(result.errors))
    drawn = [Line(DESCENT, epochs, _clamped(result.errors), BLUE, width=2.5)]
    for name, rows, hue in ((CONSTANT, result.sgd_errors[0], ORANGE), (FALLING, result.sgd_errors[1], GREEN)):
        ordered = np.sort(rows, 0)
        drawn.append(Line(name, epochs, _clamped(np.median(rows, 0)), hue))
        drawn += [Line(name, epochs, _clamped(ordered[end]), hue, True, 0.8) for end in (0, -1)]
    option = lines("Largest weight error", drawn, "epoch")
    seen = np.concatenate([line.y[np.isfinite(line.y)] for line in drawn])
    low, high = np.floor(np.log10(seen.min())), np.ceil(np.log10(seen.max()))
    option["yAxis"] = {"type": "log", "min": float(10.0**low), "max": float(10.0 ** max(high, low + 1))}
    option["legend"]["data"] = [DESCENT, CONSTANT, FALLING]
    option["grid"] |= {"bottom": 56, "right": 20}
    return option


def _clamped(values: np.ndarray) -> np.ndarray:
    return np.where(values < CEILING, np.maximum(values, FLOOR), np.nan)


def penalty(result: Result, name: str) -> Option:
    """The ten weights against the strength of a penalty, "ridge" or "lasso"."""
    weights = result.ridge if name == "ridge" else result.lasso
    drawn = [
        Line(feature, result.strengths, weights[:, i], i % 6, dashed=i >= 6)
        for i, feature in enumerate(result.features)
    ]
    option = lines(f"{name.capitalize()}: ten weights", drawn, "strength λ of the penalty")
    option["xAxis"] |= {"type": "log", "min": float(result.strengths[0]), "max": float(result.strengths[-1])}
    option["grid"] |= {"bottom": 96, "left": 8, "right": 20}
    option["legend"] |= {"textStyle": {"fontSize": 11}, "itemGap": 8, "itemWidth": 18}
    option["series"][0]["markLine"] = {
        "symbol": "none", "silent": True, "animation": False,
        "data": [{"xAxis": result.settings.strength, "lineStyle": {"color": GREY, "width": 1.5, "type": "solid"},
                  "label": {"formatter": "chosen", "color": GREY, "distance": 3}}],
    }  # fmt: skip
    option["grid"]["top"] = 46
    return option


def gradients(result: Result) -> pd.DataFrame:
    """The gradient at the start, a row a weight and a column a way of computing it."""
    columns = ("2Xᵀ(Xw − y)/n", "autograd", "central differences")
    return pd.DataFrame({"weight": result.names} | dict(zip(columns, result.gradient, strict=True)))


def _mark(at: float, words: str, kind: str, distance: int) -> Option:
    style = {"color": GREY, "type": kind, "width": 1.5}
    return {"xAxis": at, "lineStyle": style, "label": {"formatter": words, "color": GREY, "distance": distance}}


def _line(name: str, data: list[Any], look: Option) -> Option:
    return {
        "type": "line", "name": name, "data": data, "symbol": "none", "animation": False, "clip": True,
        "lineStyle": look, "itemStyle": {"color": look["color"]}, "emphasis": {"disabled": True},
    }  # fmt: skip


def _pairs(at: np.ndarray) -> list[list[float | None]]:
    return [[float(f"{v:.5g}") if np.isfinite(v) else None for v in point] for point in at]


def _round(v: float) -> float:
    return float(f"{v:.3g}")


def _option(title: str, x_name: str, y_name: str, series: list[Option], legend: list[str]) -> Option:
    axis = {"type": "value", "nameLocation": "middle", "splitLine": {"show": False}}
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"data": legend, "bottom": 0, "left": "center", "itemWidth": 20, "itemGap": 8},
        "grid": {"left": 26, "right": 16, "top": 36, "bottom": 72, "containLabel": True},
        "tooltip": {"trigger": "item"},
        "xAxis": axis | {"name": x_name, "nameGap": 24},
        "yAxis": axis | {"name": y_name, "nameGap": 34},
        "series": series, "animation": False,
    }  # fmt: skip
