"""Bars as Apache ECharts options: they change in place when a learner steps through a run."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.figures.look import GREY, color


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


def voices(alpha: np.ndarray, title: str) -> dict[str, Any]:
    """alpha (rounds,): how much each round's learner counts."""
    return options(
        title, "round", "α", [str(t + 1) for t in range(len(alpha))], [series(alpha, color(0), barCategoryGap="10%")]
    )


def heaviest(
    values: np.ndarray, y: np.ndarray, classes: Sequence[str], wrong: np.ndarray, title: str, axis: str, most: int = 40
) -> dict[str, Any]:
    """The rows of the training set with the largest values (1 is the average), by class; wrong labels are hatched."""
    top = np.argsort(-values, kind="stable")[:most]
    stacked = []
    for k, label in enumerate(classes):
        bars = series(np.where(y[top] == k, values[top], np.nan), color(k), label, stack="rows", barCategoryGap="10%")
        for entry, row in zip(bars["data"], top, strict=True):
            if entry != "-" and wrong[row]:
                hatch = {"symbol": "rect", "color": "#FFFFFF", "dashArrayX": [1, 0], "dashArrayY": [2, 4]}
                entry["itemStyle"]["decal"] = hatch | {"rotation": -0.8}
        stacked.append(bars)
    stacked[0]["markLine"] = {"symbol": "none", "silent": True, "animation": False, "label": {"show": False}}
    stacked[0]["markLine"] |= {"data": [{"yAxis": 1}], "lineStyle": {"color": GREY, "type": "dotted"}}
    return options(title, "training rows, heaviest first", axis, [f"row {i + 1}" for i in top], stacked)
