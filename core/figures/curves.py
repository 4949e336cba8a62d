"""Curves with bands, as Apache ECharts options: a chart of these updates in place while a run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.figures.look import color, faint


@dataclass(frozen=True)
class Curve:
    """A line over x with a band from low to high; color is an index into the palette, dashed for held-out data."""

    name: str
    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    color: int
    dashed: bool = False


def over_seeds(history: pd.DataFrame, split: str, metric: str, name: str, color: int, dashed: bool = False) -> Curve:
    """Mean over models at each epoch, with a band from the lowest to the highest model."""
    rows = history[(history.split == split) & (history.metric == metric)]
    by_epoch = rows.groupby("epoch").value.agg(["mean", "min", "max"])
    mean, low, high = (by_epoch[c].to_numpy() for c in ("mean", "min", "max"))
    return Curve(name, by_epoch.index.to_numpy(), mean, low, high, color, dashed)


def curves(
    title: str,
    series: Sequence[Curve],
    x_name: str,
    percent: bool = False,
    x_max: float | None = None,
    points: int = 150,
) -> dict[str, Any]:
    """An ECharts option. At most `points` values a line are sent; values that are not finite leave a gap."""
    drawn: list[dict[str, Any]] = []
    scale = 100.0 if percent else 1.0
    for i, s in enumerate(series):
        keep = np.unique(np.linspace(0, max(0, len(s.x) - 1), min(points, len(s.x))).round().astype(int))
        low, high, mean = ([_number(v * scale) for v in values[keep]] for values in (s.low, s.high, s.mean))
        x = [float(v) for v in s.x[keep]]
        between = [None if a is None or b is None else b - a for a, b in zip(low, high, strict=True)]
        quiet = {"type": "line", "symbol": "none", "silent": True, "stack": f"band{i}", "tooltip": {"show": False}}
        quiet |= {
            "lineStyle": {"opacity": 0},
            "stackStrategy": "all",
            "animation": False,
            "emphasis": {"disabled": True},
        }
        drawn += [
            quiet | {"id": f"low{i}", "data": list(zip(x, low, strict=True))},
            quiet
            | {
                "id": f"high{i}",
                "data": list(zip(x, between, strict=True)),
                "areaStyle": {"color": faint(s.color, 0.18)},
            },
            {
                "id": f"mean{i}",
                "name": s.name,
                "type": "line",
                "data": list(zip(x, mean, strict=True)),
                "symbol": "none",
                "lineStyle": {"width": 2, "color": color(s.color), "type": "dashed" if s.dashed else "solid"},
                "itemStyle": {"color": color(s.color)},
                "animation": False,
                "z": 3,
            },
        ]
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"data": [s.name for s in series], "bottom": 0, "left": "center", "itemWidth": 22},
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 52 if len(series) < 4 else 78, "containLabel": True},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.1f %%" if percent else "%.4g"},
        "xAxis": {
            "type": "value",
            "name": x_name,
            "nameLocation": "middle",
            "nameGap": 24,
            "max": x_max,
            "minInterval": 1,
        }
        | {"splitLine": {"show": False}},
        "yAxis": {"type": "value", "scale": True} | ({"max": 100} if percent else {}),
        "series": drawn,
        "animation": False,  # of the axes, which else redraw everything for half a second after each change
    }


def _number(v: float) -> float | None:
    # Beyond 1e12 an axis says nothing any more, and JSON has no infinity.
    return float(f"{v:.5g}") if np.isfinite(v) and abs(v) < 1e12 else None
