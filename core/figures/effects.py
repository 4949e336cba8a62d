"""Effects with their intervals, as Apache ECharts options: they change in place while a run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.figures.look import GREY, color, faint
from core.stats import Interval


def _option(title: str, series: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "tooltip": {"trigger": "item"}, "aria": {"enabled": True}, "animation": False,
        "series": [s | {"animation": False} for s in series],
    } | more  # fmt: skip


def _axis(name: str, gap: int = 26, **more: Any) -> dict[str, Any]:
    return {"type": "value", "name": name, "nameLocation": "middle", "nameGap": gap} | more


def dots(
    title: str,
    rows: Sequence[tuple[str, Interval, np.ndarray, int]],
    x_name: str,
    scale: float = 100.0,
    zero: str = "",
) -> dict[str, Any]:
    """A row a name, the first on top: faint ticks for single values, a dot and a bar for mean and interval; hollow where the
    interval holds zero. rows: (name, interval, values, index into the palette); zero: a word to the line at zero."""
    single, means, bars = [], [], []
    for i, (name, interval, values, hue) in enumerate(rows):
        paint = color(hue)
        single += [{"value": [_number(scale * v), i], "itemStyle": {"color": faint(hue, 0.35)}} for v in values]
        hollow = {"color": paint if interval.clear_of_zero else "rgba(0, 0, 0, 0)", "borderColor": paint}
        means.append(
            {"value": [_number(scale * interval.mean), i], "name": name, "itemStyle": hollow | {"borderWidth": 2.5}}
        )
        if np.isfinite(interval.low):
            ends = [[_number(scale * v), i] for v in (interval.low, interval.high)]
            bars.append({"coords": ends, "lineStyle": {"color": paint, "width": 3}})
    mark = {"symbol": "none", "silent": True, "lineStyle": {"color": GREY, "type": "dotted", "width": 1.5}}
    mark |= {
        "data": [{"xAxis": 0}],
        "label": {"formatter": zero, "color": GREY, "show": bool(zero), "position": "start"},
    }
    series = [
        {"type": "scatter", "data": single, "symbol": "rect", "symbolSize": [2, 14], "silent": True, "markLine": mark},
        {"type": "lines", "coordinateSystem": "cartesian2d", "data": bars, "silent": True, "z": 3},
        {"type": "scatter", "data": means, "symbolSize": 12, "z": 4, "tooltip": {"formatter": f"{{b}}: {{@[0]}} {x_name}"}},
    ]  # fmt: skip
    return _option(
        title, series, xAxis=_axis(x_name),
        yAxis={"type": "category", "data": [r[0] for r in rows], "inverse": True, "axisTick": {"show": False}},
        grid={"left": 10, "right": 24, "top": 56 if zero else 40, "bottom": 34, "containLabel": True},
    )  # fmt: skip


def against(
    title: str,
    rows: Sequence[tuple[str, Interval, Interval]],
    x_name: str,
    y_name: str,
    words: str,
    scale: float = 100.0,
) -> dict[str, Any]:
    """Two effects of each name as a cross, and the diagonal on which they are the same, with words. rows: (name, x, y)."""
    names, arms, ends = [], [], []
    for i, (name, x, y) in enumerate(rows):
        at = [_number(scale * x.mean), _number(scale * y.mean)]
        label = {"show": True, "formatter": name, "position": "right", "color": color(i), "fontWeight": 600}
        names.append({"value": at, "name": name, "itemStyle": {"color": color(i)}, "label": label})
        ends += [at[0], at[1]]
        if np.isfinite(x.low) and np.isfinite(y.low):
            across = [[_number(scale * v), at[1]] for v in (x.low, x.high)]
            up = [[at[0], _number(scale * v)] for v in (y.low, y.high)]
            arms += [{"coords": c, "lineStyle": {"color": faint(i, 0.45), "width": 2}} for c in (across, up)]
            ends += [v for c in (*across, *up) for v in c]
    low, high = float(np.floor(min(ends, default=0) - 0.5)), float(np.ceil(max(ends, default=1) + 0.5))
    line = {"lineStyle": {"color": GREY, "type": "dashed", "width": 1.5}, "symbol": "none", "silent": True}
    label = {"formatter": words, "color": GREY, "position": "insideEndTop"}
    mark = line | {"data": [[{"coord": [low, low]}, {"coord": [high, high]}]], "label": label}
    series = [
        {"type": "lines", "coordinateSystem": "cartesian2d", "data": arms, "silent": True, "z": 2},
        {"type": "scatter", "data": names, "symbolSize": 12, "z": 4, "markLine": mark, "labelLayout": {"hideOverlap": False, "moveOverlap": "shiftY"},
         "tooltip": {"formatter": f"{{b}}: {x_name} {{@[0]}}, {y_name} {{@[1]}}"}},
    ]  # fmt: skip
    return _option(
        title, series, xAxis=_axis(x_name, min=low, max=high), yAxis=_axis(y_name, 34, min=low, max=high),
        grid={"left": 28, "right": 30, "top": 40, "bottom": 34, "containLabel": True},
    )  # fmt: skip


def _number(v: float) -> float:
    return float(f"{v:.4g}")
