"""Means with intervals, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.figures.intervals import Rows, add_pins
from core.figures.look import COLORS, color, faint
from core.stats import Interval

HEIGHT = 340
GREY = "#7F8C99"  # readable on white and on black


def hue(i: int) -> str:
    """The palette without its last colour, yellow, which is too faint for a line or a label on white."""
    return color(i % (len(COLORS) - 1))


def _base(figure: go.Figure, title: str, x_name: str) -> None:
    figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0}, height=HEIGHT, margin={"l": 8, "r": 8, "t": 40, "b": 8},
        xaxis={"title": {"text": x_name, "font": {"size": 12}}},
    )  # fmt: skip


def intervals(
    rows: Sequence[tuple[str, int, Interval, np.ndarray]],
    title: str,
    x_name: str,
    reference: float | None = None,
    note: str = "",
    pinned: Mapping[str, Rows] | None = None,
) -> go.Figure:
    """A row a name: faint dots for the single values, a point and a bar for mean and interval. rows: (name, style, interval,
    values); reference: a vertical line, with a note; pinned: (name, interval) from other runs."""
    figure = go.Figure()
    for name, i, interval, values in rows:
        figure.add_scatter(
            x=values, y=[name] * len(values), mode="markers", showlegend=False,
            marker={"color": faint(i % (len(COLORS) - 1), 0.3), "size": 7, "symbol": "line-ns-open", "line": {"width": 1.5}},
            hovertemplate=f"{name}, one seed: %{{x:.4g}}<extra></extra>",
        )  # fmt: skip
        half = interval.high - interval.mean if np.isfinite(interval.high) else 0.0
        figure.add_scatter(
            x=[interval.mean], y=[name], mode="markers", showlegend=False, marker={"color": hue(i), "size": 11},
            error_x={"type": "data", "array": [half], "thickness": 3, "width": 8, "color": hue(i)},
            hovertemplate=f"{name}: {interval.text(digits=3)}<extra></extra>",
        )  # fmt: skip
    _base(figure, title, x_name)
    if reference is not None:
        figure.add_vline(x=reference, line={"color": GREY, "width": 1.5, "dash": "dot"})
        figure.add_annotation(
            x=reference, y=1.0, yref="paper", text=note, showarrow=False, yanchor="bottom", font={"color": GREY, "size": 11}
        )  # fmt: skip
    figure.update_yaxes(type="category", autorange="reversed")
    add_pins(figure, pinned or {}, [name for name, *_ in rows])
    return figure
