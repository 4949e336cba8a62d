"""A table of strips: in each cell a row of colours and a number, as Apache ECharts options. A click selects a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.figures.look import COLORS, GREY

PALE, FRAME = "#F4F5F6", COLORS[4]
DIVERGING = (COLORS[0], PALE, COLORS[1])
RISING = (PALE, "#55BFA0")  # text stays readable on its end


def blocks(
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    strips: np.ndarray,
    text: Sequence[Sequence[str]],
    span: tuple[float, float],
    ends: tuple[str, str],
    colors: Sequence[str] = DIVERGING,
    chosen: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """strips (rows, columns, L): painted from the first of `colors` at the low end of `span` to the last at its high end, which the
    legend calls `ends`. text: what stands in each cell; chosen: the cell with a frame. Series "cells" takes clicks, its data counted
    along the rows."""
    R, C, L = strips.shape
    wide = L + 1 if L > 1 else 1  # a gap between cells
    painted = [
        [c * wide + i, r, round(float(np.clip(strips[r, c, i], *span)), 2)]
        for r, c, i in np.ndindex(R, C, L)
        if np.isfinite(strips[r, c, i])
    ]
    cells: list[dict[str, Any]] = []
    for r, c in np.ndindex(R, C):
        style = {"borderColor": FRAME, "borderWidth": 3} if (r, c) == chosen else {"borderWidth": 0}
        cells.append({"value": [c, r, 0], "name": text[r][c], "itemStyle": style})
    quiet = {"axisLine": {"show": False}, "axisTick": {"show": False}, "splitLine": {"show": False}}
    heat: dict[str, Any] = {"type": "heatmap", "animation": False, "progressive": 0}
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "grid": {"left": 4, "right": 6, "top": 30, "bottom": 40, "containLabel": True},
        "tooltip": {"show": False},
        "xAxis": [
            {"type": "category", "data": list(range(C * wide - (wide > 1))), "show": False},
            {"type": "category", "data": list(columns), "position": "top"}
            | quiet
            | {"axisLabel": {"interval": 0, "fontSize": 11, "lineHeight": 13}},
        ],
        "yAxis": {"type": "category", "data": list(rows), "inverse": True}
        | quiet
        | {"axisLabel": {"interval": 0, "fontSize": 11}},
        "visualMap": [
            {
                "type": "continuous",
                "seriesIndex": 0,
                "min": span[0],
                "max": span[1],
                "calculable": False,
                "text": [ends[1], ends[0]],
            }
            | {
                "orient": "horizontal",
                "left": "center",
                "bottom": 0,
                "itemWidth": 12,
                "itemHeight": 110,
                "inRange": {"color": list(colors)},
            }
            | {"textStyle": {"fontSize": 11, "color": GREY}},
            {
                "type": "continuous",
                "seriesIndex": 1,
                "show": False,
                "min": 0,
                "max": 1,
                "inRange": {"color": ["rgba(0,0,0,0)"] * 2},
            },
        ],
        "series": [
            heat | {"id": "strips", "data": painted, "silent": True, "emphasis": {"disabled": True}},
            heat
            | {"id": "cells", "name": "cells", "xAxisIndex": 1, "data": cells, "selectedMode": "single", "z": 3}
            | {"select": {"itemStyle": {"borderWidth": 0}}, "cursor": "pointer"}
            | {
                "label": {
                    "show": True,
                    "formatter": "{b}",
                    "fontSize": 11,
                    "color": "#1C2530",
                    "backgroundColor": "rgba(255, 255, 255, 0.8)",
                    "padding": [1, 3],
                    "borderRadius": 3,
                }
            }
            | {"emphasis": {"itemStyle": {"borderColor": FRAME, "borderWidth": 2}}},
        ],
    }
