"""Confusion matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.figures.look import rgb


def confusion(matrix: np.ndarray, classes: Sequence[str], title: str) -> go.Figure:
    """(C, C) counts, rows the truth; colour by share of the row, so that rare classes show too."""
    share = matrix / np.maximum(1, matrix.sum(1, keepdims=True))
    r, g, b = rgb(0)
    figure = go.Figure(
        go.Heatmap(
            z=share, x=list(classes), y=list(classes), text=matrix, texttemplate="%{text}", customdata=100 * share,
            colorscale=[[0, f"rgba({r},{g},{b},0)"], [1, f"rgba({r},{g},{b},0.85)"]], zmin=0, zmax=1, showscale=False,
            hovertemplate="truth %{y}, answer %{x}: %{text} (%{customdata:.1f} % of the row)<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0}, margin={"l": 8, "r": 8, "t": 36, "b": 8}, height=360,
        xaxis={"title": {"text": "answer"}, "type": "category"},
        yaxis={"title": {"text": "truth"}, "type": "category", "autorange": "reversed"},
    )  # fmt: skip
    return figure
