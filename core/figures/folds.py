"""Folds and estimates, as Apache ECharts options: rows dealt out, and boxes of many estimates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.figures.look import GREY, color, faint

CELLS = (("learnt from", "rgba(122, 135, 147, 0.35)"), ("left out, right", color(2)), ("left out, wrong", color(1)))


def _option(title: str, series: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "grid": {"left": 10, "right": 22, "top": 40, "bottom": 34, "containLabel": True},
        "animation": False, "series": [s | {"animation": False} for s in series],
    } | more  # fmt: skip


def _axis(name: str, gap: int = 26, **more: Any) -> dict[str, Any]:
    return {"type": "value", "name": name, "nameLocation": "middle", "nameGap": gap} | more


def dealt(title: str, fold: np.ndarray, right: np.ndarray, shown: int) -> dict[str, Any]:
    """A line a fold, the first on top, and a cell a row of the data: learnt from, or left out and answered right or wrong.
    fold, right (n,); only the first `shown` folds are drawn."""
    k, n = int(fold.max()) + 1, len(fold)
    cells = [[i, f, 0 if fold[i] != f else 1 if right[i] else 2] for f in range(min(shown, k)) for i in range(n)]
    names = [f"fold {f + 1}: {100 * right[fold == f].mean():.0f} %" if f < shown else f"fold {f + 1}" for f in range(k)]
    quiet = {"axisTick": {"show": False}, "axisLine": {"show": False}, "splitLine": {"show": False}}
    pieces = [{"value": i, "label": name, "color": paint} for i, (name, paint) in enumerate(CELLS)]
    edge = {"borderColor": "rgba(255, 255, 255, 0.45)", "borderWidth": 1 if n * k <= 1500 else 0}
    return _option(
        title, [{"type": "heatmap", "data": cells, "itemStyle": edge, "silent": True}],
        xAxis=_axis("row of the data") | quiet | {"type": "category", "data": [str(i + 1) for i in range(n)]},
        yAxis=quiet | {"type": "category", "data": names, "inverse": True},
        grid={"left": 10, "right": 16, "top": 66, "bottom": 34, "containLabel": True},
        visualMap={"type": "piecewise", "pieces": pieces, "dimension": 2, "orient": "horizontal", "top": 26, "right": 8,
                   "itemSymbol": "rect", "selectedMode": False, "textStyle": {"color": GREY}},
    )  # fmt: skip


def boxes(title: str, values: Mapping[str, np.ndarray], y_name: str, truth: float, words: str) -> dict[str, Any]:
    """A box a name: half of the values within it, nine in ten within the whiskers. truth: a line across, with words."""
    data = [np.round(np.percentile(v, (5, 25, 50, 75, 95)), 3).tolist() for v in values.values()]
    label = {"formatter": words, "position": "end", "color": GREY}
    mark = {"symbol": "none", "silent": True, "label": label, "data": [{"yAxis": round(truth, 3)}]}
    mark["lineStyle"] = {"color": GREY, "type": "dashed", "width": 1.5}
    style = {"color": faint(0, 0.25), "borderColor": color(0), "borderWidth": 2}
    return _option(
        title, [{"type": "boxplot", "data": data, "itemStyle": style, "boxWidth": [10, 44], "markLine": mark}],
        xAxis={"type": "category", "data": list(values), "axisLabel": {"interval": 0, "rotate": 28}},
        yAxis=_axis(y_name, 38, scale=True), tooltip={"trigger": "item"},
        grid={"left": 28, "right": 42, "top": 40, "bottom": 10, "containLabel": True},
    )  # fmt: skip
