"""Lines through all of their points, as Apache ECharts options: for what bends sharply and must not be thinned out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.figures.look import GREY, color


@dataclass(frozen=True)
class Line:
    """color is an index into the palette, or -1 for grey. marks: dots at the points, without a line."""

    name: str
    x: np.ndarray
    y: np.ndarray
    color: int
    dashed: bool = False
    width: float = 2.0
    marks: bool = False


def lines(
    title: str,
    series: Sequence[Line],
    x_name: str,
    y_name: str = "",
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
) -> dict[str, Any]:
    drawn: list[dict[str, Any]] = []
    for i, s in enumerate(series):
        paint = GREY if s.color < 0 else color(s.color)
        data = [[float(f"{a:.5g}"), float(f"{b:.4g}")] for a, b in zip(s.x, s.y, strict=True) if np.isfinite(b)]
        entry = {
            "id": f"line{i}",
            "name": s.name,
            "data": data,
            "animation": False,
            "itemStyle": {"color": paint},
            "z": 2 + i,
        }
        if s.marks:
            drawn.append(entry | {"type": "scatter", "symbolSize": 7, "clip": True})
        else:
            style = {"color": paint, "width": s.width, "type": "dashed" if s.dashed else "solid"}
            drawn.append(entry | {"type": "line", "symbol": "none", "lineStyle": style, "clip": True})
    axis = {"type": "value", "nameLocation": "middle"}
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"data": [s.name for s in series], "bottom": 0, "left": "center", "itemWidth": 22},
        "grid": {"left": 26 if y_name else 8, "right": 16, "top": 36, "bottom": 52 if len(series) < 4 else 78, "containLabel": True},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.4g"},
        "xAxis": axis | {"name": x_name, "nameGap": 24, "splitLine": {"show": False}} | _ends(x_range),
        "yAxis": axis | {"name": y_name, "nameGap": 32, "scale": True} | _ends(y_range),
        "series": drawn,
    }  # fmt: skip


def _ends(span: tuple[float, float] | None) -> dict[str, float]:
    return {} if span is None else {"min": span[0], "max": span[1]}
