"""Two kinds of values side by side, a row a name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from core.figures.look import GREY, color, faint
from core.stats import Interval
from core.text import interval_text


def side_by_side(rows: Mapping[str, Mapping[str, tuple[Interval, np.ndarray]]], title: str, x_name: str) -> go.Figure:
    """A row a name, and in it a line a kind: faint ticks for single seeds, a dot and a bar for mean and interval. rows: name -> kind ->
    (interval, values)."""
    figure = go.Figure()
    kinds = list(next(iter(rows.values())))
    for k, kind in enumerate(kinds):
        y = np.arange(len(rows)) + 0.26 * (k - (len(kinds) - 1) / 2)
        all_ = [row[kind] for row in rows.values()]
        figure.add_scatter(
            x=np.concatenate([v for _, v in all_]), y=np.repeat(y, [len(v) for _, v in all_]), mode="markers", showlegend=False,
            marker={"color": faint(k, 0.35), "size": 9, "symbol": "line-ns-open", "line": {"width": 1.5}}, hoverinfo="skip",
        )  # fmt: skip
        mean = np.array([i.mean for i, _ in all_])
        figure.add_scatter(
            x=mean, y=y, mode="markers", name=kind, marker={"color": color(k), "size": 10, "symbol": ("circle", "diamond")[k % 2]},
            error_x={"type": "data", "array": np.nan_to_num([i.high - i.mean for i, _ in all_]), "thickness": 2.5, "width": 6, "color": color(k)},
            text=[interval_text(i, '.2f') for i, _ in all_], hovertemplate=f"{kind}: %{{text}}<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": GREY, "width": 1.5, "dash": "dot"})
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=list(rows),
        range=[len(rows) - 0.5, -0.5],
        zeroline=False,
        automargin=True,
    )
    figure.update_xaxes(title={"text": x_name}, zeroline=False)
    figure.update_layout(legend={"orientation": "h", "y": -0.22, "yanchor": "top", "x": 0})
    return figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0}, margin={"l": 8, "r": 8, "t": 40, "b": 8}, height=360
    )
