"""Paths of several optimisers on a surface, played in the browser: one figure with all its frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from skimage.measure import find_contours

from core.figures.clicks import targets
from core.figures.look import GREY, color

FRAMES, TRAIL, SIDE, LEVELS = 60, 12, 21, 24

Line = tuple[list[float | None], list[float | None]]  # x and y


@dataclass(frozen=True)
class Track:
    """at (T+1, 2) positions; direction (T+1, 2), the way its memory points, or None; scale (T+1, 2), the root of its mean
    squared gradient, or None; hue: its number in the palette."""

    name: str
    hue: int
    at: np.ndarray
    direction: np.ndarray | None
    scale: np.ndarray | None


def play(
    axes: tuple[np.ndarray, np.ndarray],
    height: np.ndarray,
    minima: Sequence[tuple[float, float]],
    tracks: Sequence[Track],
    title: str,
) -> go.Figure:
    """height (rows of y, columns of x), of at least 0: lines are drawn at equal steps of its logarithm. Below, bars of the
    scales where a track has one. A fine grid of unseen points takes clicks."""
    scaled = [t for t in tracks if t.scale is not None]
    figure = make_subplots(
        rows=2 if scaled else 1, cols=1, row_heights=[0.78, 0.22] if scaled else None, vertical_spacing=0.12
    )  # fmt: skip
    a, b = axes
    across, up = _levels(a, b, np.log10(height + 1e-3))
    figure.add_scatter(
        x=across,
        y=up,
        mode="lines",
        line={"color": "rgba(122,135,147,0.5)", "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )
    marks = np.array(minima)
    figure.add_scatter(
        x=marks[:, 0], y=marks[:, 1], mode="markers", name="minimum", hoverinfo="skip",
        marker={"symbol": "star", "size": 13, "color": "#F0E442", "line": {"color": "#333", "width": 1}},
    )  # fmt: skip
    reach = 0.12 * (a[-1] - a[0])
    moving: list[tuple[int, Callable[[int], Line]]] = []  # number of the trace, and where it is at a step
    for t in tracks:
        at = _inside(t.at, a, b)
        figure.add_scatter(
            x=at[:, 0], y=at[:, 1], mode="lines", line={"color": color(t.hue), "width": 1.5}, opacity=0.6,
            name=t.name, legendgroup=t.name, hoverinfo="skip",
        )  # fmt: skip
        looks = {"mode": "lines+markers", "showlegend": False, "legendgroup": t.name, "hoverinfo": "skip"}
        x, y = _ball(at, len(at) - 1)
        size = [4] * TRAIL + [13]
        marker = {"color": color(t.hue), "size": size, "line": {"color": "white", "width": 1}}
        figure.add_scatter(x=x, y=y, line={"color": color(t.hue), "width": 3}, marker=marker, **looks)
        moving.append((len(figure.data) - 1, partial(_ball, at)))
        if t.direction is not None:
            x, y = _arrow(t.direction, at, reach, len(at) - 1)
            marker = {"symbol": "arrow", "size": [0, 11], "angleref": "previous", "color": color(t.hue)}
            line = {"color": color(t.hue), "width": 2, "dash": "dot"}
            figure.add_scatter(x=x, y=y, line=line, marker=marker, **looks)
            moving.append((len(figure.data) - 1, partial(_arrow, t.direction, at, reach)))
    low, high = _reach(scaled)
    for i, t in enumerate(scaled):
        assert t.scale is not None
        # Areas that look like bars: a frame then moves two lists, and the axis stands still.
        x, y = _bars(t.scale, i, len(scaled), low, -1)
        line = {"color": color(t.hue), "width": 1}
        figure.add_scatter(
            x=x, y=y, mode="lines", fill="toself", line=line, showlegend=False, hoverinfo="skip", row=2, col=1
        )
        moving.append((len(figure.data) - 1, partial(_bars, t.scale, i, len(scaled), low)))
    # What the pointer is over, from the nearest row and column of the map.
    right, top = np.meshgrid(np.linspace(a[0], a[-1], SIDE), np.linspace(b[0], b[-1], SIDE))
    rows = ((top - b[0]) / (b[-1] - b[0]) * (len(b) - 1)).round().astype(int)
    columns = ((right - a[0]) / (a[-1] - a[0]) * (len(a) - 1)).round().astype(int)
    words = "(%{x}, %{y}): %{customdata} above the lowest<br>click to start here"
    figure.add_trace(targets(right.ravel(), top.ravel(), words, height[rows, columns].ravel()))
    steps = np.unique(np.linspace(0, len(tracks[0].at) - 1, FRAMES).round().astype(int)) if tracks else np.arange(1)
    numbers = [n for n, _ in moving]
    figure.frames = [  # with nothing but what moves: Plotly checks every word of a figure, which takes longer than drawing it
        go.Frame(name=str(k), traces=numbers, data=[dict(zip("xy", where(int(k)), strict=True)) for _, where in moving])
        for k in steps
    ]
    return _dressed(figure, title, axes, steps, (low, high) if scaled else None)


def _levels(a: np.ndarray, b: np.ndarray, height: np.ndarray) -> Line:
    """Lines of equal height as one broken line; Plotly's own contours are lost as soon as a frame moves something."""
    x: list[float | None] = []
    y: list[float | None] = []
    for level in np.linspace(height.min(), height.max(), LEVELS + 2)[1:-1]:
        for line in find_contours(height, level):
            row, column = line.T
            x += [*np.interp(column, np.arange(len(a)), a).round(3).tolist(), None]
            y += [*np.interp(row, np.arange(len(b)), b).round(3).tolist(), None]
    return x, y


def _inside(at: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Positions within twice the window; from where a path leaves that for good, nothing."""
    wide = np.array([a[-1] - a[0], b[-1] - b[0]])
    middle = np.array([a[0] + a[-1], b[0] + b[-1]]) / 2
    out = ~(np.abs(at - middle) < wide).all(1)
    end = int(out.argmax()) if out.any() else len(at)
    return np.round(np.where(np.arange(len(at))[:, None] < max(end, 1), at, np.nan), 4)


def _ball(at: np.ndarray, k: int) -> Line:
    """The last TRAIL steps up to k, and k."""
    tail = at[max(0, k - TRAIL) : k + 1]
    missing = [None] * (TRAIL + 1 - len(tail))
    return [*missing, *_listed(tail[:, 0])], [*missing, *_listed(tail[:, 1])]


def _arrow(direction: np.ndarray, at: np.ndarray, reach: float, k: int) -> Line:
    """From where it is at step k to where its memory would take it."""
    sizes = np.linalg.norm(direction, axis=1)
    most = float(np.nanmax(np.where(np.isfinite(sizes), sizes, 0))) or 1.0
    # Square root, so that the arrow can still be seen when the memory has faded to a hundredth.
    way = -direction[k] / max(float(sizes[k]), 1e-300) * reach * np.sqrt(min(1.0, float(sizes[k]) / most))
    ends = np.round(np.stack([at[k], at[k] + way]), 4)
    return _listed(ends[:, 0]), _listed(ends[:, 1])


def _listed(values: np.ndarray) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in values]


def _reach(tracks: Sequence[Track]) -> tuple[float, float]:
    """Least and largest root mean square of all steps, with room around them; the bars stand on the first."""
    squares = np.concatenate([t.scale.ravel() for t in tracks if t.scale is not None] or [np.ones(1)])
    known = np.sqrt(squares[np.isfinite(squares) & (squares > 0)])
    return (float(known.min()) / 2, float(known.max()) * 2) if len(known) else (0.1, 10.0)


def _bars(scale: np.ndarray, place: int, of: int, low: float, k: int) -> Line:
    """Two bars at step k as the outline of areas, which stand on `low` of a logarithmic axis."""
    x: list[float | None] = []
    y: list[float | None] = []
    for coordinate, value in enumerate(np.sqrt(scale[k])):
        left, right = coordinate + 0.8 * (place / of - 0.5), coordinate + 0.8 * ((place + 0.9) / of - 0.5)
        top = max(float(f"{value:.3g}"), low) if np.isfinite(value) else low
        x += [left, left, right, right, left, None]
        y += [low, top, top, low, low, None]
    return x, y


def _dressed(
    figure: go.Figure,
    title: str,
    axes: tuple[np.ndarray, np.ndarray],
    steps: np.ndarray,
    bars: tuple[float, float] | None,
) -> go.Figure:
    # redraw: without it, a click after playing meets traces that Plotly has not drawn yet, and fails.
    frame = {"duration": 70, "redraw": True}
    go_on = {"frame": frame, "fromcurrent": True, "transition": {"duration": 0}, "mode": "immediate"}
    halt = {"frame": {"duration": 0, "redraw": True}, "mode": "immediate"}
    figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0, "y": 0.99, "yanchor": "top"}, height=640 if bars else 560,
        margin={"l": 8, "r": 8, "t": 74, "b": 8}, dragmode=False, clickmode="event+select",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        updatemenus=[{
            "type": "buttons", "showactive": False, "direction": "right", "x": 0, "y": -0.13, "xanchor": "left", "yanchor": "top", "pad": {"t": 10},
            "bgcolor": "rgba(0,114,178,0.15)", "bordercolor": GREY,
            "buttons": [
                {"label": "▶ Play", "method": "animate", "args": [None, go_on]},
                {"label": "❚❚", "method": "animate", "args": [[None], halt]},
            ],
        }],
        sliders=[{
            "x": 0.22, "len": 0.78, "y": -0.11, "yanchor": "top", "pad": {"t": 8}, "active": len(steps) - 1, "ticklen": 0,
            "currentvalue": {"prefix": "step ", "font": {"size": 12}}, "font": {"size": 1, "color": "rgba(0,0,0,0)"},
            "steps": [{"label": str(k), "method": "animate", "args": [[str(k)], halt]} for k in steps],
        }],
    )  # fmt: skip
    figure.update_xaxes(
        range=[axes[0][0], axes[0][-1]], title={"text": "x"}, zeroline=False, showgrid=False, row=1, col=1
    )
    figure.update_yaxes(
        range=[axes[1][0], axes[1][-1]], title={"text": "y"}, zeroline=False, showgrid=False, row=1, col=1
    )
    if bars:
        figure.update_xaxes(tickvals=[0, 1], ticktext=["x", "y"], range=[-0.5, 1.5], row=2, col=1)
        reach = [float(np.log10(v)) for v in bars]
        figure.update_yaxes(title={"text": "√ mean g²"}, type="log", range=reach, dtick=1, row=2, col=1)
    return figure
