"""Effects with their intervals, as Plotly figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.figures.look import GREY, color
from core.stats import Interval

Rows = Sequence[tuple[str, Interval]]
SYMBOLS = ("diamond-open", "square-open", "triangle-up-open")


def add_pins(figure: go.Figure, pinned: Mapping[str, Rows], names: Sequence[str], scale: float = 1.0) -> None:
    """Hollow marks with thin bars for pinned runs, over those rows of a horizontal figure that are called `names`."""
    for i, (pin, rows) in enumerate(pinned.items()):
        kept = [(name, r) for name, r in rows if name in names]
        low, mean, high = (scale * np.array([getattr(r, end) for _, r in kept]) for end in ("low", "mean", "high"))
        figure.add_scatter(
            x=mean, y=[name for name, _ in kept], mode="markers", name=pin, showlegend=True,
            marker={"symbol": SYMBOLS[i % len(SYMBOLS)], "size": 10, "color": GREY, "line": {"width": 2}},
            error_x={"type": "data", "symmetric": False, "array": high - mean, "arrayminus": mean - low,
                     "color": GREY, "thickness": 1, "width": 3},
            hovertemplate=f"{pin}, %{{y}}: %{{x:.4g}}<extra></extra>",
        )  # fmt: skip
    if pinned:
        legend = {"orientation": "h", "x": 0, "y": -0.22, "yanchor": "top"}
        figure.update_layout(showlegend=True, legend=legend)


def forest(
    rows: Rows, title: str, unit: str, scale: float = 1.0, pinned: Mapping[str, Rows] | None = None
) -> go.Figure:
    """A dot and its interval a row, the largest on top; filled where the interval leaves zero out, hollow where not.
    pinned: rows of the same names from other runs."""
    ordered = sorted(rows, key=lambda row: row[1].mean)
    paint = [color(2) if r.low > 0 else color(1) if r.high < 0 else "#8a949e" for _, r in ordered]
    mean = scale * np.array([r.mean for _, r in ordered])
    figure = go.Figure(
        go.Scatter(
            x=mean, y=[name for name, _ in ordered], mode="markers",
            marker={"size": 11, "color": paint, "line": {"width": 2, "color": paint},
                    "symbol": ["circle" if r.clear_of_zero else "circle-open" for _, r in ordered]},
            error_x={"type": "data", "symmetric": False, "color": "#8a949e", "thickness": 2,
                     "array": scale * np.array([r.high for _, r in ordered]) - mean,
                     "arrayminus": mean - scale * np.array([r.low for _, r in ordered])},
            hovertemplate="%{y}: %{x:.1f} " + unit + "<extra></extra>", showlegend=False,
        )
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": "#8a949e", "dash": "dot"})
    figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0}, margin={"l": 8, "r": 8, "t": 36, "b": 8},
        xaxis={"title": {"text": unit}, "zeroline": False}, yaxis={"automargin": True},
    )  # fmt: skip
    add_pins(figure, pinned or {}, [name for name, _ in ordered], scale)
    return figure
