"""Functions over one axis, laid over each other; fitted lines among points; means with intervals, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.intervals import Rows, add_pins
from core.figures.look import COLORS, color, faint
from core.stats import Interval

DASHES = ("solid", "dash", "dot", "dashdot")
HEIGHT = 340
GREY = "#7F8C99"  # readable on white and on black


def hue(i: int) -> str:
    """The palette without its last colour, yellow, which is too faint for a line or a label on white."""
    return color(i % (len(COLORS) - 1))


def style(i: int) -> dict[str, object]:
    """Colour and dash of series i. The dash tells apart what coincides: the one beneath shows through the gaps."""
    return {"color": hue(i), "width": 2.5, "dash": DASHES[i % len(DASHES)]}


def overlaid(
    frame: pd.DataFrame,
    value: str,
    title: str,
    x_name: str,
    order: Sequence[str],
    log: bool,
    pinned: Mapping[str, pd.DataFrame] | None = None,
) -> go.Figure:
    """frame: a row a point, with columns name, x and `value`. order: every name there could be, which fixes the styles.
    With `log`, absolute values on a logarithmic axis; zeros, which have no place on it, leave a gap. pinned: frames of
    earlier runs, drawn thin where they differ."""
    figure = go.Figure()
    drawn: list[tuple[str, int, np.ndarray]] = []
    earlier = [y for pin, old in (pinned or {}).items() for y in _thin(figure, pin, old, frame, value, order, log)]
    for name in order:
        rows = frame[frame.name == name]
        if rows.empty:
            continue
        y = _on_axis(rows[value], log)
        i = list(order).index(name)
        figure.add_scatter(
            x=rows.x, y=y, name=name, mode="lines", line=style(i), connectgaps=False, showlegend=False,
            customdata=rows[value], hovertemplate="%{customdata:.5g}",
        )  # fmt: skip
        if np.isfinite(y).any():
            drawn.append((name, i, y))
    _base(figure, title, x_name)
    low, high = _span([*(y for _, _, y in drawn), *earlier], log)
    # The labels stand where the curves lie furthest apart; on the left they take the place of the axis.
    first, last = ([float(y[np.isfinite(y)][k]) for _, _, y in drawn] for k in (0, -1))
    left = (
        np.ptp(np.log10(first) if log else first) > 1.01 * np.ptp(np.log10(last) if log else last) if drawn else False
    )
    for (name, i, _), at in zip(drawn, _apart(first if left else last, low, high, log), strict=True):
        figure.add_annotation(
            x=-0.01 if left else 1.01, xref="paper", y=at, text=name, showarrow=False,
            xanchor="right" if left else "left", font={"color": hue(i), "size": 12},
        )  # fmt: skip
    room = 14 + 7 * max((len(name) for name, _, _ in drawn), default=4)
    figure.update_layout(
        hovermode="x unified", margin={"l": room if left else 8, "r": 8 if left else room, "t": 40, "b": 8}
    )
    figure.update_xaxes(hoverformat=".4g", zeroline=True, zerolinecolor=GREY)
    figure.update_yaxes(
        type="log" if log else "linear",
        range=[low, high],
        exponentformat="power",
        zeroline=True,
        zerolinecolor=GREY,
        side="right" if left else "left",
        dtick=1 if log and high - low > 2 else None,
    )
    return figure


def _on_axis(values: pd.Series, log: bool) -> np.ndarray:
    raw = values.to_numpy(float)
    return np.where(raw == 0, np.nan, np.abs(raw)) if log else raw


def _thin(
    figure: go.Figure, pin: str, old: pd.DataFrame, now: pd.DataFrame, value: str, order: Sequence[str], log: bool
) -> list[np.ndarray]:
    """Draw what `old` has on the stretch of x that `now` shows, but for what is the same in both; the values drawn."""
    drawn = []
    old = old[old.x.between(now.x.min(), now.x.max())]
    for name, rows in old.groupby("name", sort=False):
        same = now[now.name == name]
        if len(same) == len(rows) and np.array_equal(same[["x", value]], rows[["x", value]], equal_nan=True):
            continue
        y = _on_axis(rows[value], log)
        line = style(list(order).index(str(name))) | {"width": 1}
        figure.add_scatter(
            x=rows.x, y=y, name=f"{pin}: {name}", mode="lines", line=line, connectgaps=False, showlegend=False,
            customdata=rows[value], hovertemplate="%{customdata:.5g}",
        )  # fmt: skip
        drawn.append(y)
    return drawn


def _base(figure: go.Figure, title: str, x_name: str) -> None:
    figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0}, height=HEIGHT, margin={"l": 8, "r": 8, "t": 40, "b": 8},
        xaxis={"title": {"text": x_name, "font": {"size": 12}}},
    )  # fmt: skip


def _span(series: Sequence[np.ndarray], log: bool, decades: float = 8.0) -> tuple[float, float]:
    """Both ends of the y axis, as plotly takes them: exponents when log, of which the top `decades` are shown."""
    every = np.concatenate([*series, np.zeros(0)])
    every = every[np.isfinite(every)]
    if len(every) == 0:
        return 0.0, 1.0
    low, high = (float(v) for v in (every.min(), every.max()))
    if log:
        high = np.log10(high)
        low = max(np.log10(low), high - decades)
    pad = 0.05 * (high - low) or 0.5
    return low - pad, high + pad


def _apart(values: Sequence[float], low: float, high: float, log: bool, gap: float = 0.075) -> list[float]:
    """Where to write labels that belong at `values`: in the same order, none nearer the next than `gap` of the axis."""
    y = np.array([np.log10(v) if log else v for v in values], float).clip(low, high)
    order, step = np.argsort(y, kind="stable"), gap * (high - low)
    for a, b in pairwise(order):
        y[b] = max(y[b], y[a] + step)
    if len(y) and (over := y[order[-1]] - high) > 0:  # push the pile down from the top
        y[order[-1]] -= over
        for b, a in pairwise(order[::-1]):
            y[a] = min(y[a], y[b] - step)
    return [float(v) for v in y]


def lines(
    x: np.ndarray,
    y: np.ndarray,
    odd: np.ndarray,
    fits: Sequence[tuple[str, int, float, float]],
    truth: tuple[float, float],
    title: str,
) -> go.Figure:
    """Points (odd: which of them are outliers), the true line, and fits as (name, style, slope, intercept)."""
    figure = go.Figure()
    ends = np.array([float(x.min()), float(x.max())])
    for mask, name, mark in (
        (~odd, "point", {"color": GREY, "size": 7}),
        (odd, "outlier", {"color": GREY, "size": 10, "symbol": "x"}),
    ):
        figure.add_scatter(
            x=np.round(x[mask], 3), y=np.round(y[mask], 3), mode="markers", name=name, marker=mark,
            hovertemplate=f"{name} (%{{x:.3g}}, %{{y:.4g}})<extra></extra>", showlegend=bool(mask.any()),
        )  # fmt: skip
    figure.add_scatter(
        x=ends, y=truth[0] * ends + truth[1], mode="lines", name="truth", line={"color": GREY, "width": 7},
        opacity=0.45, hovertemplate=f"truth: slope {truth[0]:.3f}<extra></extra>",
    )  # fmt: skip
    for name, i, slope, intercept in fits:
        figure.add_scatter(
            x=ends, y=slope * ends + intercept, mode="lines", name=name, line=style(i),
            hovertemplate=f"{name}: slope {slope:.3f}, intercept {intercept:.3f}<extra></extra>",
        )  # fmt: skip
    _base(figure, title, "x")
    figure.update_layout(legend={"orientation": "h", "y": -0.22, "yanchor": "top", "x": 0, "font": {"size": 11}})
    figure.update_yaxes(title={"text": "y", "font": {"size": 12}})
    return figure


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
