"""Bars as Apache ECharts options: they change in place when a learner steps through a run."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.figures.look import color


def options(title: str, x_name: str, y_name: str, names: Sequence[str], series: list[dict[str, Any]]) -> dict[str, Any]:
    """A chart of bars, one place on the axis for each of `names`."""
    legend = [s["name"] for s in series if s.get("name")]
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"data": legend, "top": 26, "right": 8, "show": len(legend) > 1},
        "grid": {"left": 28, "right": 16, "top": 62 if len(legend) > 1 else 44, "bottom": 32, "containLabel": True},
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "category", "data": list(names), "name": x_name, "nameLocation": "middle", "nameGap": 26}
        | ({"axisLabel": {"interval": 0}} if len(names) <= 8 else {}),
        "yAxis": {"type": "value", "min": 0, "name": y_name, "nameLocation": "middle", "nameGap": 34},
        "series": [s | {"animation": False} for s in series],
    }


def series(values: np.ndarray, paint: Sequence[str] | str, name: str = "", **more: Any) -> dict[str, Any]:
    """Bars as high as `values`, none where a value is not finite, in one colour or each in its own."""
    colors = [paint] * len(values) if isinstance(paint, str) else paint
    data = [
        {"value": round(float(v), 4), "itemStyle": {"color": c}} if np.isfinite(v) else "-"
        for v, c in zip(values, colors, strict=True)
    ]
    return {
        "type": "bar",
        "name": name,
        "data": data,
        "itemStyle": {"color": paint if isinstance(paint, str) else paint[-1]},
    } | more


def ballots(share: np.ndarray, right: np.ndarray, title: str) -> dict[str, Any]:
    """How clearly each held-out row was voted: share (n,) of the members that gave the true class, right (n,) the outcome."""
    edges = np.linspace(0, 1, 11)
    names = [f"{100 * a:.0f}–{100 * b:.0f}" for a, b in itertools.pairwise(edges)]
    parts = [
        series(np.histogram(share[mine], edges)[0], color(k), name, stack="rows", barCategoryGap="8%")
        for k, (name, mine) in enumerate((("vote right", right), ("vote wrong", ~right)))
    ]
    return options(title, "members that are right about a row (%)", "validation rows", names, parts)
