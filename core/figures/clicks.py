"""Places on a chart that a learner can click."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go


def targets(x: np.ndarray, y: np.ndarray, words: str, values: np.ndarray | None = None) -> go.Scatter:
    """Unseen points (n,), (n,) that answer the pointer with `words` (a hover template; %{customdata} is the value there) and
    take a click: a chart sends clicks on points only."""
    return go.Scatter(
        x=np.round(x, 3), y=np.round(y, 3), mode="markers", showlegend=False,
        marker={"size": 18, "opacity": 0}, selected={"marker": {"opacity": 0}}, unselected={"marker": {"opacity": 0}},
        customdata=None if values is None else [float(f"{v:.3g}") for v in values],
        hovertemplate=f"{words}<extra></extra>",
    )  # fmt: skip
