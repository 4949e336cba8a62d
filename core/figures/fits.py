"""Curves fitted to training sets, as Apache ECharts options: bundles of them, and a few beside the rows they were fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.figures.look import GREY, color, faint


def _head(title: str) -> dict[str, Any]:
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "animation": False,
    }


def bundle(
    title: str,
    x: np.ndarray,
    fits: np.ndarray,
    truth: np.ndarray,
    hue: int,
    x_name: str,
    y_range: tuple[float, float],
    most: int = 30,
) -> dict[str, Any]:
    """Curves fitted to different training sets, fits (R, L), faint, at most `most` of them; their mean; and the truth."""

    def data(values: np.ndarray) -> list[list[Any]]:
        return [[round(float(a), 3), round(float(v), 3)] for a, v in zip(x, values, strict=True)]

    faints: list[Any] = []
    for row in fits[:most]:
        faints += [*data(row), [None, None]]
    line = {"type": "line", "symbol": "none", "animation": False}
    return _head(title) | {
        "legend": {"bottom": 0, "left": "center", "itemWidth": 22, "data": ["each set", "their mean", "truth"]},
        "grid": {"left": 8, "right": 16, "top": 32, "bottom": 44, "containLabel": True},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.3g"},
        "xAxis": {"type": "value", "name": x_name, "nameLocation": "middle", "nameGap": 22, "min": float(x[0])}
        | {"max": float(x[-1]), "splitLine": {"show": False}},
        "yAxis": {"type": "value", "min": y_range[0], "max": y_range[1]},
        "series": [
            line
            | {"id": "each", "name": "each set", "data": faints, "silent": True, "tooltip": {"show": False}}
            | {"lineStyle": {"width": 1, "color": faint(hue, 0.28)}, "itemStyle": {"color": faint(hue, 0.6)}},
            line
            | {"id": "truth", "name": "truth", "data": data(truth), "z": 3}
            | {"lineStyle": {"width": 2, "color": GREY, "type": "dashed"}, "itemStyle": {"color": GREY}},
            line
            | {"id": "mean", "name": "their mean", "data": data(fits.mean(0)), "z": 4}
            | {"lineStyle": {"width": 3, "color": color(hue)}, "itemStyle": {"color": color(hue)}},
        ],
    }


def samples(
    title: str,
    x: np.ndarray,
    truth: np.ndarray,
    sets: Sequence[tuple[np.ndarray, np.ndarray]],
    x_name: str,
    fits: Sequence[tuple[str, int, np.ndarray]] = (),
) -> dict[str, Any]:
    """The truth over x, points of a few training sets around it, and curves fitted to them as (name, colour, values)."""
    names = [f"training set {i + 1}" for i in range(len(sets))] if len(sets) > 1 else ["training set"]
    reach = 1.3 * max(float(np.abs(v).max()) for v in (truth, *(y for _, y in sets)))

    def line(name: str, paint: str, values: np.ndarray, kind: str) -> dict[str, Any]:
        data = [[round(float(a), 3), round(float(v), 3)] for a, v in zip(x, values, strict=True)]
        return {
            "id": name,
            "name": name,
            "type": "line",
            "symbol": "none",
            "data": data,
            "animation": False,
            "clip": True,
        } | {"lineStyle": {"width": 2, "color": paint, "type": kind}, "itemStyle": {"color": paint}}

    series: list[dict[str, Any]] = [line("truth", GREY, truth, "dashed")]
    series += [line(name, color(hue), values, "solid") for name, hue, values in fits]
    for i, (a, y) in enumerate(sets):
        data = [[round(float(u), 3), round(float(v), 3)] for u, v in zip(a, y, strict=True)]
        series.append(
            {"id": names[i], "name": names[i], "type": "scatter", "data": data, "symbolSize": 7, "animation": False}
            | {"itemStyle": {"color": GREY if fits else color(i), "opacity": 0.8}}
        )
    return _head(title) | {
        "legend": {"bottom": 0, "left": "center", "data": [s["name"] for s in series]},
        "grid": {"left": 8, "right": 16, "top": 36, "bottom": 70, "containLabel": True},  # room for two lines of legend
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "value", "name": x_name, "nameLocation": "middle", "nameGap": 22, "min": float(x[0])}
        | {"max": float(x[-1]), "splitLine": {"show": False}},
        "yAxis": {"type": "value"} | ({"min": -float(np.ceil(reach)), "max": float(np.ceil(reach))} if fits else {}),
        "series": series,
    }
