"""Charts of the steps of softmax, of the limits of the arithmetic, and of the training, as Apache ECharts options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.concepts.foundations.softmax.findings import FLOOR
from core.concepts.foundations.softmax.result import VARIANTS, Result
from core.concepts.foundations.softmax.settings import PRECISIONS
from core.figures import bars
from core.figures.curves import Curve, curves
from core.figures.look import GREY, color

HUES = [color(0), color(4), color(2)]  # of the three classes
BAD = "#B3261E"  # what is no number
ROWS = ("yours", "yours + c", "2 × yours", "all equal")


def shown(value: float, digits: int = 3) -> str:
    """A number in a cell."""
    if np.isnan(value):
        return "NaN"
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value + 0.0:.{digits}g}"  # never -0
    mantissa, _, exponent = text.partition("e")
    text = f"{float(mantissa):.2g}e{int(exponent)}" if exponent else text
    return text.replace("-", "−")


def logits(result: Result) -> dict[str, Any]:
    """The row of logits on the sliders."""
    return _columns("1. Logits z", result.chain.logits[0], None)


def exponentials(result: Result) -> dict[str, Any]:
    """Their exponentials, and the sum of the row."""
    inside = "z" if result.settings.method == "naive" else "z − max"
    divided = "" if result.settings.temperature == 1 else "/τ"
    power = f"{inside}{divided}" if not divided or inside == "z" else f"({inside})/τ"
    return _columns(f"2. exp({power}) and their sum", result.chain.exponentials[0], float(result.chain.total[0]))


def probabilities(result: Result) -> dict[str, Any]:
    """The quotients."""
    p = result.chain.p[0]
    option = _columns("3. Divided by the sum: p", p, float(p.sum()))
    return option | {"yAxis": option["yAxis"] | {"min": 0, "max": 1}}


def gradient(result: Result) -> dict[str, Any]:
    """The gradient of the cross-entropy, with p as the chosen arithmetic gives it."""
    s, y = result.settings, np.eye(3)[result.settings.truth]
    title = "4. Gradient p − y" if s.temperature == 1 else "4. Gradient (p − y) ÷ τ"
    return _columns(title, (result.chain.p[0] - y) / s.temperature, None)


def _columns(title: str, values: np.ndarray, total: float | None) -> dict[str, Any]:
    """A bar a class with its number on it, and a grey one for their sum. What is no number is said in red."""
    names = ["class 1", "class 2", "class 3", *(["sum"] if total is not None else [])]
    everything = [*map(float, values), *([total] if total is not None else [])]
    data = []
    for value, paint in zip(everything, [*HUES, GREY], strict=False):
        sound = bool(np.isfinite(value))
        label: dict[str, Any] = {"formatter": shown(value), "position": "top" if not value < 0 else "bottom"}
        label |= {} if sound else {"color": BAD, "fontWeight": 700, "fontSize": 15}
        height = float(f"{value:.5g}") if sound else 0
        data.append({"value": height, "label": label, "itemStyle": {"color": paint}})
    series = {
        "type": "bar",
        "data": data,
        "barCategoryGap": "30%",
        "label": {"show": True, "fontSize": 12, "color": GREY},
    }
    option = bars.options(title, "", "", names, [series])
    finite = [v for v in everything if np.isfinite(v)] or [0.0]
    room = 0.18 * ((max(finite) - min(0.0, *finite)) or 1.0)
    y: dict[str, Any] = {"type": "value", "axisLabel": {"show": False}, "splitLine": {"show": False}}
    y |= {"min": float(f"{min(finite) - room:.2g}")} if min(finite) < 0 else {"min": 0}
    y |= {"max": float(f"{max(0.0, *finite) + room:.2g}")}
    option["xAxis"] |= {"nameGap": 0, "axisLabel": {"interval": 0, "fontSize": 11}, "axisLine": {"onZero": True}}
    return option | {"yAxis": y, "grid": {"left": 4, "right": 4, "top": 38, "bottom": 6, "containLabel": True}}


def matrix(result: Result, part: str) -> dict[str, Any]:
    """One step of the formula for all four rows at once: "logits", "exponentials" with the row sums, or "p"."""
    c = result.chain
    values, title = {
        "logits": (c.logits, "Logits"),
        "exponentials": (np.column_stack([c.exponentials, c.total]), "Exponentials and row sums"),
        "p": (c.p, "Softmax of each row"),
    }[part]
    names = ["class 1", "class 2", "class 3", "sum"][: values.shape[1]]
    finite = np.where(np.isfinite(values), values, np.nan)
    low, high = np.nanmin(finite, 1, initial=0, keepdims=True), np.nanmax(finite, 1, initial=1e-300, keepdims=True)
    shade = np.clip((finite - low) / (high - low), 0, 1)  # within each row
    data = []
    for i, row in enumerate(values):
        for k, value in enumerate(row):
            sound = np.isfinite(value)
            label: dict[str, Any] = {"formatter": shown(value), "color": "#14202B" if sound else BAD}
            label |= {} if sound else {"fontWeight": 700}
            data.append({"value": [k, i, round(float(shade[i, k]), 3) if sound else 2], "label": label})
    axis = {"type": "category", "axisTick": {"show": False}, "axisLine": {"show": False}, "splitArea": {"show": False}}
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "animation": False,
        "tooltip": {"show": False},
        "grid": {"left": 4, "right": 4, "top": 30, "bottom": 4, "containLabel": True},
        "xAxis": axis | {"data": names, "position": "bottom", "axisLabel": {"interval": 0, "fontSize": 11}},
        "yAxis": axis | {"data": list(ROWS), "inverse": True, "axisLabel": {"fontSize": 11}},
        "visualMap": {
            "show": False,
            "type": "continuous",
            "dimension": 2,
            "min": 0,
            "max": 1,
            "inRange": {"color": ["#EEF3F7", "#8CC4E8"]},
            "outOfRange": {"color": ["#F8D7D3"]},
        },
        "series": [
            {
                "type": "heatmap",
                "data": data,
                "label": {"show": True, "fontSize": 12},
                "itemStyle": {"borderColor": GREY, "borderWidth": 0.5},
                "silent": True,
                "animation": False,
            }
        ],
    }


def limits(result: Result) -> dict[str, Any]:
    """What can be added to the logits before the naive formula fails, a bar a precision."""
    bars_ = [
        {
            "coords": [[round(low, 2), i], [round(high, 2), i]],
            "lineStyle": {
                "color": color(0),
                "width": 16,
                "opacity": 0.85 if name == result.settings.precision else 0.4,
            },
        }
        for i, (name, (low, high)) in enumerate((name, result.limits[name]) for name in PRECISIONS)
    ]
    names = [f"{name}\n{' to '.join(shown(end) for end in result.limits[name])}" for name in PRECISIONS]
    marks = [
        {"xAxis": 0, "label": {"formatter": "0"}, "lineStyle": {"type": "dotted"}},
        {"xAxis": result.settings.shift, "label": {"formatter": f"c = {result.settings.shift}".replace("-", "−")}},
    ]
    line = {"symbol": "none", "silent": True, "data": marks if result.settings.shift else marks[:1], "animation": False}
    line |= {
        "lineStyle": {"color": color(1), "type": "solid", "width": 2},
        "label": {"color": color(1), "position": "start"},
    }
    edges = [edge for pair in result.limits.values() for edge in pair] + [0.0, float(result.settings.shift)]
    room = 0.12 * (max(edges) - min(edges))
    ends = {"min": _rounded(min(edges) - room), "max": _rounded(max(edges) + room)}
    return {
        "title": {"text": "Where the naive formula works", "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "animation": False,
        "grid": {"left": 8, "right": 16, "top": 56, "bottom": 34, "containLabel": True},
        "xAxis": {"type": "value", "name": "added to every logit", "nameLocation": "middle", "nameGap": 24} | ends,
        "yAxis": {"type": "category", "data": names, "inverse": True, "axisTick": {"show": False}},
        "series": [
            {"type": "lines", "coordinateSystem": "cartesian2d", "data": bars_, "silent": True, "animation": False, "markLine": line},
        ],
    }  # fmt: skip


def _rounded(value: float) -> float:
    """An end of an axis: outwards to a multiple of twenty."""
    step = 20 if abs(value) < 1000 else 1000
    return float(step * (np.floor if value < 0 else np.ceil)(value / step))


def learning(result: Result, measure: str) -> dict[str, Any]:
    """Accuracy or loss on the validation rows against the step, with softmax once and twice."""
    t = result.training
    values: np.ndarray = getattr(t, measure)
    names = ("softmax once", "softmax twice")
    series: Sequence[Curve] = [
        Curve(names[i], t.steps, v.mean(0), v.min(0), v.max(0), i) for i, v in enumerate(values[: len(VARIANTS)])
    ]
    title = {"accuracy": "Validation accuracy (%)", "loss": "Loss that is minimised"}[measure]
    option = curves(title, series, "step", percent=measure == "accuracy", x_max=result.settings.steps)
    if measure == "loss":
        mark = {"symbol": "none", "silent": True, "animation": False, "data": [{"yAxis": round(FLOOR, 3)}]}
        mark |= {"lineStyle": {"color": GREY, "type": "dotted", "width": 1.5}}
        mark |= {
            "label": {
                "formatter": f"least with softmax twice: {FLOOR:.2f}",
                "color": GREY,
                "position": "insideEndBottom",
            }
        }
        option["series"][2]["markLine"] = mark
        option["yAxis"]["min"] = 0
    else:
        option["yAxis"]["min"] = 0
    return option
