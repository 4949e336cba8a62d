"""Quantities against a size, mostly on logarithmic axes, as Apache ECharts options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.figures.look import GREY, color


@dataclass(frozen=True)
class Marks:
    """Values y at the sizes x, what is not finite left out. hue: an index into the palette, -1 for grey. dots: a dot at each
    (hollow or not); line: a line through them, "solid" or "dashed", or "" for none. low, high: ends of intervals. listed:
    whether the legend names it."""

    name: str
    x: np.ndarray
    y: np.ndarray
    hue: int
    line: str = "solid"
    dots: bool = True
    hollow: bool = False
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    listed: bool = True


def against_size(
    title: str,
    marks: Sequence[Marks],
    x_name: str,
    y_name: str,
    log_y: bool = True,
    y_range: tuple[float, float] | None = None,
    x_range: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """y against x, x in powers of two over x_range at least. On a logarithmic y axis only what is above zero has a place."""
    series: list[dict[str, Any]] = []
    seen: list[float] = []
    for i, m in enumerate(marks):
        paint = GREY if m.hue < 0 else color(m.hue)
        keep = np.isfinite(m.y) & ((m.y > 0) if log_y else True)
        data = [[float(a), float(f"{b:.4g}")] for a, b in zip(m.x[keep], m.y[keep], strict=True)]
        seen += [b for _, b in data]
        style = {"color": "#FFFFFF" if m.hollow else paint, "borderColor": paint, "borderWidth": 1.5}
        series.append(
            {"id": f"marks{i}", "name": m.name, "type": "line", "data": data, "animation": False, "z": 3 if m.dots else 2,
             "symbol": "circle" if m.dots else "none", "symbolSize": 7, "showAllSymbol": True, "itemStyle": style,
             "lineStyle": {"color": paint, "type": m.line or "solid", "width": 2 if m.line else 0}}
        )  # fmt: skip
        if m.low is not None and m.high is not None:
            ends = [
                {"coords": [[float(a), float(f"{b:.4g}")], [float(a), float(f"{c:.4g}")]]}
                for a, b, c in zip(m.x[keep], m.low[keep], m.high[keep], strict=True)
                if np.isfinite(b) and (b > 0 or not log_y)
            ]
            series.append(
                {"id": f"ends{i}", "type": "lines", "coordinateSystem": "cartesian2d", "data": ends, "silent": True, "animation": False,
                 "lineStyle": {"color": paint, "width": 2, "opacity": 0.6}, "tooltip": {"show": False}, "clip": True}
            )  # fmt: skip
    names = list(dict.fromkeys(m.name for m in marks if m.listed))
    y: dict[str, Any] = {"type": "log" if log_y else "value", "name": y_name, "nameLocation": "middle"}
    if y_range is not None:
        y |= {"min": y_range[0], "max": y_range[1]}
    elif log_y and seen:  # whole decades
        y |= {"min": 10.0 ** np.floor(np.log10(min(seen)) + 1e-9), "max": 10.0 ** np.ceil(np.log10(max(seen)) - 1e-9)}
    rows = _legend_rows(names)
    longest = max(len(f"{v:,.0f}") if v >= 1 else len(f"{v:g}") for v in (y.get("min", 0.0), y.get("max", 1.0)))
    y["nameGap"] = 16 + 6 * longest  # beside the longest label
    sizes = [*(x_range or ()), *(float(v) for m in marks for v in m.x)] or [1.0]
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"data": names, "bottom": 0, "left": "center", "itemWidth": 22, "textStyle": {"fontSize": 11}},
        "grid": {"left": 30, "right": 20, "top": 40, "bottom": 32 + 20 * rows, "containLabel": True},
        "tooltip": {"trigger": "item"},
        "xAxis": {
            "type": "log",
            "logBase": 2,
            "min": min(sizes),
            "max": max(sizes),
            "name": x_name,
            "nameLocation": "middle",
        }
        | {"nameGap": 24, "splitLine": {"show": False}},
        "yAxis": y,
        "series": series,
    }


def _legend_rows(names: Sequence[str], width: int = 340) -> int:
    """How many lines the legend takes in a chart of `width` pixels, so that the name of the axis above it stays free."""
    rows, used = 1, 0.0
    for name in names:
        item = 40 + 5.6 * len(name)
        if used and used + item > width:
            rows, used = rows + 1, 0.0
        used += item
    return rows
