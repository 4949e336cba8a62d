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
        "tooltip": {"trigger": "item"}, "animation": False,
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


def _number(v: float) -> float:
    return float(f"{v:.4g}")
