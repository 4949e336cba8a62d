"""Confusion matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.figures.look import color


def confusion_matrix(matrix: np.ndarray, classes: Sequence[str], title: str, dark: bool = False) -> go.Figure:
    """(C, C) counts, rows the truth; colour by share of the row, so that rare classes show too."""
    share = matrix / np.maximum(1, matrix.sum(1, keepdims=True))
    text = np.where(matrix > 0, matrix.astype(str), "")
    figure = go.Figure(
        go.Heatmap(
            z=share, x=list(classes), y=list(classes), text=text, texttemplate="%{text}", customdata=100 * share,
            colorscale=[[0, "#1A232D" if dark else "#F3F6F9"], [1, color(0)]], zmin=0, zmax=1, showscale=False,
            hovertemplate="truth %{y}, predicted %{x}: %{text} (%{customdata:.1f} % of the row)<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0}, margin={"l": 8, "r": 8, "t": 36, "b": 8}, height=360,
        xaxis={"title": {"text": "predicted class"}, "type": "category"},
        yaxis={"title": {"text": "true class"}, "type": "category", "autorange": "reversed"},
    )  # fmt: skip
    return figure
