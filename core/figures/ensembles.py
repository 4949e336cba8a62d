"""Ensembles drawn: fields with weighted points, error as members join, bootstrap draws, votes, importances, weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.figures import fields
from core.figures.curves import Curve, curves
from core.figures.look import color

GREY = "#7A8793"


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
    lines = [
        {"xAxis": x, "lineStyle": {"color": GREY, "type": kind, "width": 1.5}, "label": {"formatter": words, "color": GREY}}
        for x, kind, words in ((mark, "solid", "shown"), (stop, "dotted", "lowest"))
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


def field(
    grid: np.ndarray,
    axes: tuple[np.ndarray, np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    classes: Sequence[str],
    title: str,
    weight: np.ndarray | None = None,
    word: str = "weight",
    ringed: np.ndarray | None = None,
    ring_name: str = "",
    quiet: bool = False,
) -> go.Figure:
    """A field of class shares (rows, columns, C) and points x (n, 2) with classes y, area in proportion to weight (1 is the
    usual size). A point of weight 0 is a small grey cross; those of `ringed` get a dark ring.
    quiet: the field is no probability, so it is not read out."""
    figure = fields.chart(grid, axes, (), classes, title)
    weight = np.ones(len(y)) if weight is None else np.asarray(weight, float)
    for k, label in enumerate(classes):
        mine = (y == k) & (weight > 0)
        figure.add_scatter(
            x=np.round(x[mine, 0], 3), y=np.round(x[mine, 1], 3), mode="markers", name=label,
            customdata=np.round(weight[mine], 2), hovertemplate=f"{label}, {word} %{{customdata}}<extra></extra>",
            marker={"color": color(k), "size": np.round((7 * np.sqrt(weight[mine])).clip(1.5, 42), 1),
                    "opacity": 0.85, "line": {"color": "white", "width": 1}},
        )  # fmt: skip
    zero = weight == 0
    if zero.any():
        figure.add_scatter(
            x=np.round(x[zero, 0], 3), y=np.round(x[zero, 1], 3), mode="markers", name="never drawn",
            hovertemplate="never drawn<extra></extra>", marker={"color": "#56616B", "size": 5, "symbol": "x-thin-open"},
        )  # fmt: skip
    if ringed is not None and ringed.any():
        size = (7 * np.sqrt(weight[ringed])).clip(1.5, 42) + 5
        figure.add_scatter(
            x=np.round(x[ringed, 0], 3), y=np.round(x[ringed, 1], 3), mode="markers", name=ring_name, hoverinfo="skip",
            marker={"color": "#222", "size": np.round(size, 1), "symbol": "circle-open", "line": {"width": 1.5}},
        )  # fmt: skip
    if quiet:
        figure.update_traces(hoverinfo="skip", hovertemplate=None, selector={"type": "heatmap"})
    return figure.update_layout(legend={"itemsizing": "constant"})


def points(
    axes: tuple[np.ndarray, np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    classes: Sequence[str],
    title: str,
    ringed: np.ndarray,
) -> go.Figure:
    """The points alone, all of one size, wrong labels ringed."""
    tie = np.full((2, 2, len(classes)), 1 / len(classes))
    ends = (axes[0][[0, -1]], axes[1][[0, -1]])
    figure = field(tie, ends, x, y, classes, title, ringed=ringed, ring_name="wrong label", quiet=True)
    return figure.update_traces(visible=False, selector={"type": "heatmap"}).update_traces(
        visible=False, selector={"type": "contour"}
    )


def draw_counts(counts: np.ndarray, expected: np.ndarray, title: str) -> go.Figure:
    """How many rows were drawn 0, 1, 2, … times (counts, one a row of the data) against the number expected of each."""
    times = np.arange(len(expected))
    seen = np.bincount(np.minimum(counts, times[-1]), minlength=len(times))
    names = [*map(str, times[:-1]), f"{times[-1]} or more"]
    figure = go.Figure()
    figure.add_bar(
        x=names, y=seen, name="this member", marker={"color": [color(1), *[color(0)] * (len(times) - 1)]},
        text=seen, textposition="auto", insidetextanchor="middle", cliponaxis=False,
        hovertemplate="%{y} rows drawn %{x} times<extra></extra>", showlegend=False,
    )  # fmt: skip
    figure.add_scatter(
        x=names, y=np.round(expected, 1), mode="markers", name="expected by chance",
        marker={"color": GREY, "symbol": "line-ew-open", "size": 26, "line": {"width": 2.5}},
        hovertemplate="expected: %{y} rows<extra></extra>",
    )  # fmt: skip
    return _finish(
        figure, title, xaxis={"title": {"text": "times drawn (orange: never)"}, "type": "category"},
        yaxis={"title": {"text": "training rows"}, "range": [0, 1.15 * max(float(seen.max()), float(expected.max()))]},
        legend={"x": 1, "xanchor": "right", "y": 1, "yanchor": "top"},
    )  # fmt: skip


def ballots(share: np.ndarray, right: np.ndarray, title: str) -> go.Figure:
    """How clearly each held-out row was voted: share (n,) of the members that gave the true class, right (n,) the outcome."""
    edges = np.linspace(0, 1, 11)
    figure = go.Figure()
    for k, (name, mine) in enumerate((("vote right", right), ("vote wrong", ~right))):
        high, _ = np.histogram(share[mine], edges)
        figure.add_bar(
            x=100 * (edges[:-1] + 0.05), y=high, name=name, width=9.4, marker={"color": color(k)},
            hovertemplate=f"%{{y}} rows, {name}<extra></extra>",
        )  # fmt: skip
    return _finish(
        figure, title, barmode="stack", xaxis={"title": {"text": "members that are right about a row (%)"}, "range": [0, 100]},
        yaxis={"title": {"text": "validation rows"}}, legend={"x": 0, "y": 1, "yanchor": "top"},
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


def voices(alpha: np.ndarray, chosen: int, title: str) -> go.Figure:
    """alpha (rounds,): how much each round's learner counts; the chosen one (from 1) in orange."""
    figure = go.Figure()
    figure.add_bar(
        x=np.arange(1, len(alpha) + 1), y=np.round(alpha, 3),
        marker={"color": [color(1) if t == chosen - 1 else color(0) for t in range(len(alpha))], "line": {"width": 0}},
        hovertemplate="round %{x}: %{y}<extra></extra>",
    )  # fmt: skip
    return _finish(figure, title, xaxis={"title": {"text": "round"}}, yaxis={"rangemode": "tozero"}, bargap=0.15)


def heaviest(
    values: np.ndarray, y: np.ndarray, classes: Sequence[str], wrong: np.ndarray, title: str, axis: str, most: int = 40
) -> go.Figure:
    """The rows of the training set with the largest values (1 is the average), by class; wrong labels are hatched."""
    top = np.argsort(-values, kind="stable")[:most]
    figure = go.Figure()
    for k, label in enumerate(classes):
        mine = y[top] == k
        figure.add_bar(
            x=np.flatnonzero(mine) + 1, y=np.round(values[top][mine], 3), name=label, customdata=top[mine] + 1,
            marker={"color": color(k), "pattern": {"fillmode": "overlay", "solidity": 0.25, "size": 6, "shape": ["/" if w else "" for w in wrong[top][mine]], "fgcolor": "#FFFFFF"}},
            hovertemplate=f"row %{{customdata}}, {label}: %{{y}}<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=1, line={"color": GREY, "dash": "dot"})
    return _finish(
        figure, title, xaxis={"title": {"text": "training rows, heaviest first"}}, yaxis={"title": {"text": axis}, "rangemode": "tozero"},
        legend={"x": 1, "xanchor": "right", "y": 1, "yanchor": "top"}, bargap=0.1,
    )  # fmt: skip
