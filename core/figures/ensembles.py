"""Ensembles drawn: error as members join, and what they look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.figures.curves import Curve, curves
from core.figures.look import GREY, color


def band(name: str, x: np.ndarray, values: np.ndarray, color: int, dashed: bool = False) -> Curve:
    """values (seeds, x): their mean, with a band from the lowest seed to the highest."""
    return Curve(name, x, values.mean(0), values.min(0), values.max(0), color, dashed)


def flat(name: str, x: np.ndarray, values: np.ndarray, color: int) -> Curve:
    """values (seeds,), the same at every x: a dashed line with its band."""
    return band(name, x[[0, -1]], np.repeat(values[:, None], 2, 1), color, dashed=True)


def against(
    title: str,
    series: Sequence[Curve],
    x_name: str,
    percent: bool = True,
    mark: float | None = None,
    stop: float | None = None,
) -> dict[str, Any]:
    """Curves from zero up, as ECharts options. mark: a vertical line at the chosen x; stop: one with a word to it."""
    option = curves(title, series, x_name, percent, x_max=max(float(s.x[-1]) for s in series))
    option["xAxis"]["min"] = min(float(s.x[0]) for s in series)
    option["yAxis"] = {"type": "value", "min": 0}
    # The words stand one above the other, since the lines may stand close.
    lines = [
        {"xAxis": x, "lineStyle": {"color": GREY, "type": kind, "width": 1.5},
         "label": {"formatter": words, "color": GREY, "distance": distance}}
        for x, kind, words, distance in ((mark, "solid", "shown", 4), (stop, "dotted", "lowest", 17))
        if x is not None
    ]  # fmt: skip
    if lines:
        option["series"][2]["markLine"] = {"symbol": "none", "silent": True, "animation": False, "data": lines}
        option["grid"]["top"] = 56
    return option


def _finish(figure: go.Figure, title: str, height: int = 360, **layout: Any) -> go.Figure:
    return figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0}, margin={"l": 8, "r": 8, "t": 40, "b": 8}, height=height,
        **layout,
    )  # fmt: skip


def importances(names: Sequence[str], values: np.ndarray, title: str, most: int = 12) -> go.Figure:
    """values (seeds, features), each row summing to one: the largest means, with the range over seeds."""
    mean = values.mean(0)
    top = np.argsort(mean)[-most:]
    figure = go.Figure()
    figure.add_bar(
        x=100 * mean[top], y=[names[i] for i in top], orientation="h", marker={"color": color(2)},
        error_x={"type": "data", "symmetric": False, "array": 100 * (values.max(0) - mean)[top],
                 "arrayminus": 100 * (mean - values.min(0))[top], "color": GREY, "thickness": 1.5, "width": 3},
        hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
    )  # fmt: skip
    return _finish(
        figure, title, xaxis={"title": {"text": "share of the impurity removed (%)"}, "rangemode": "tozero"},
        yaxis={"automargin": True, "tickfont": {"size": 11}},
    )  # fmt: skip


def pixels(values: np.ndarray, side: int, title: str, dark: bool = False) -> go.Figure:
    """values (seeds, side * side) of pixels: their mean as a picture."""
    z = 100 * values.mean(0).reshape(side, side)
    names = np.arange(1, side + 1)
    figure = go.Figure(
        go.Heatmap(
            x=names, y=names, z=np.round(z, 2), colorscale=[[0, "#1A232D" if dark else "#F3F6F9"], [1, color(2)]],
            colorbar={"title": {"text": "%"}, "thickness": 12},
            hovertemplate="row %{y}, column %{x}: %{z} %<extra></extra>",
        )
    )  # fmt: skip
    return _finish(
        figure, title, xaxis={"title": {"text": "column"}, "constrain": "domain"},
        yaxis={"title": {"text": "row"}, "autorange": "reversed", "scaleanchor": "x", "constrain": "domain"},
    )  # fmt: skip
