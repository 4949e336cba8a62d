"""Effects with their intervals, and distributions side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.figures.look import color
from core.stats import Interval


def forest(rows: Sequence[tuple[str, Interval]], title: str, unit: str, scale: float = 1.0) -> go.Figure:
    """A dot and its interval a row, the largest on top; filled where the interval leaves zero out, hollow where not."""
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
            hovertemplate="%{y}: %{x:.1f} " + unit + "<extra></extra>",
        )
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": "#8a949e", "dash": "dot"})
    figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0}, margin={"l": 8, "r": 8, "t": 36, "b": 8},
        xaxis={"title": {"text": unit}, "zeroline": False}, yaxis={"automargin": True}, showlegend=False,
    )  # fmt: skip
    return figure


def histograms(values: Mapping[str, np.ndarray], title: str, bins: int = 61, reach: float = 1.5) -> go.Figure:
    """Shares of values in equal bins within +-reach, a step line for each name; share on a log axis, so that tails show."""
    edges = np.linspace(-reach, reach, bins + 1)
    figure = go.Figure()
    for i, (name, v) in enumerate(values.items()):
        share = np.histogram(np.clip(v.ravel(), -reach, reach), edges)[0] / v.size
        figure.add_scatter(
            x=(edges[1:] + edges[:-1]) / 2, y=np.where(share > 0, 100 * share, np.nan), name=name, mode="lines",
            line={"shape": "hvh", "color": color(i), "width": 1.5}, hovertemplate="%{x:.2f}: %{y:.2f} %",
        )  # fmt: skip
    figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0}, margin={"l": 8, "r": 8, "t": 36, "b": 8},
        xaxis={"title": {"text": "weight"}}, yaxis={"title": {"text": "% of weights"}, "type": "log"},
        legend={"orientation": "h", "y": -0.25, "yanchor": "top", "x": 0},
    )  # fmt: skip
    return figure
