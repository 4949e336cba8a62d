"""Decision fields of two-dimensional points: as a small picture while training, as a chart when done."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from PIL import Image, ImageDraw

from core.figures.look import color, literal, rgb


def blend(grid: np.ndarray) -> np.ndarray:
    """Class probabilities (..., C) -> colours (..., 3) uint8: the palette mixed by probability, lightened so that points
    stay readable on it, and whitest where the classes tie."""
    C = grid.shape[-1]
    palette = np.array([rgb(i) for i in range(C)], float)
    sure = ((grid.max(-1, keepdims=True) - 1 / C) / (1 - 1 / C)).clip(0, 1)
    mixed = grid @ palette
    light: np.ndarray = (255 - (255 - mixed) * (0.12 + 0.4 * sure)).astype(np.uint8)
    return light


def picture(
    grid: np.ndarray | None,
    axes: tuple[np.ndarray, np.ndarray],
    points: Sequence[tuple[np.ndarray, np.ndarray, str]],
    size: int = 400,
) -> np.ndarray:
    """The field as an RGB picture (size, size, 3) uint8 with the points drawn in: discs for the first group (training),
    rings for the others. grid None draws the points alone."""
    a, b = axes
    if grid is None:
        image = np.full((size, size, 3), 245, np.uint8)
    else:
        index = (np.arange(size) * grid.shape[0] // size)[::-1]
        image = blend(grid)[index][:, np.arange(size) * grid.shape[1] // size]
    dy, dx = (v.ravel() for v in np.mgrid[-5:6, -5:6])
    radius = np.hypot(dx, dy) * (1 if sum(len(y) for _, y, _ in points) <= 800 else 1.7)  # smaller in a crowd
    palette = np.array([rgb(k) for k in range(1 + max((int(y.max()) for _, y, _ in points if len(y)), default=0))])
    for group, (x, y, _) in enumerate(points):
        columns = ((x[:, 0] - a[0]) / (a[-1] - a[0]) * (size - 1)).round().astype(int)
        rows = ((b[-1] - x[:, 1]) / (b[-1] - b[0]) * (size - 1)).round().astype(int)
        disc = radius < 3.2 if group == 0 else (radius < 4) & (radius > 2.2)
        stamp = (radius < 4.4) | disc
        r, c = rows[:, None] + dy[stamp], columns[:, None] + dx[stamp]  # (n, pixels of a point)
        paint = np.where(disc[stamp, None], palette[y][:, None], 255)
        inside = (r >= 0) & (r < size) & (c >= 0) & (c < size)
        image[r[inside], c[inside]] = paint[inside]  # of points that overlap, the later one stays
    return image


def weighted(
    grid: np.ndarray | None,
    axes: tuple[np.ndarray, np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None = None,
    ringed: np.ndarray | None = None,
    size: int = 400,
) -> np.ndarray:
    """The field of class shares (rows, columns, C) as a picture (size, size, 3) uint8, with points x (n, 2) of classes y
    whose area is in proportion to weight (1 is the usual size). A point of weight 0 is a small grey cross; those of
    `ringed` have a dark ring. grid None draws the points alone."""
    weight = np.ones(len(y)) if weight is None else weight
    ground = np.full((1, 1, 3), 245, np.uint8) if grid is None else blend(grid)[::-1]
    # Drawn at twice the size for smooth edges.
    canvas = Image.fromarray(ground).resize((2 * size, 2 * size), Image.Resampling.NEAREST)
    pen, (a, b), scale = ImageDraw.Draw(canvas), axes, 2 * size - 1
    columns, rows = (x[:, 0] - a[0]) / (a[-1] - a[0]) * scale, (b[-1] - x[:, 1]) / (b[-1] - b[0]) * scale
    usual = 8 if len(y) <= 800 else 6  # smaller in a crowd
    radius = (usual * np.sqrt(weight)).clip(2, 48)
    for i in np.argsort(-weight, kind="stable"):  # the heavy ones first, so that none is hidden
        c, r, s = float(columns[i]), float(rows[i]), float(radius[i])
        if weight[i] == 0:
            pen.line((c - 5, r - 5, c + 5, r + 5), "#56616B", 2)
            pen.line((c - 5, r + 5, c + 5, r - 5), "#56616B", 2)
        else:
            pen.ellipse((c - s, r - s, c + s, r + s), rgb(int(y[i])), "white", 2 if s > 6 else 1)
        if ringed is not None and ringed[i]:
            pen.ellipse((c - s - 5, r - s - 5, c + s + 5, r + s + 5), None, "#222222", 3)
    return np.asarray(canvas.reduce(2))


def chart(
    grid: np.ndarray,
    axes: tuple[np.ndarray, np.ndarray],
    points: Sequence[tuple[np.ndarray, np.ndarray, str]],
    classes: Sequence[str],
    title: str,
) -> go.Figure:
    """The finished field: hover tells the probabilities; groups of points (x, y, name) can be hidden in the legend."""
    a, b = axes
    classes = [literal(name) for name in classes]
    figure = go.Figure()
    if len(classes) == 2:
        percent = np.round(100 * grid[..., 1]).astype(np.uint8)  # uint8: 18 KB to the browser where float64 takes 135
        ramp = blend(np.stack([1 - np.linspace(0, 1, 11), np.linspace(0, 1, 11)], -1))
        scale = [[i / 10, "rgb({},{},{})".format(*map(int, c))] for i, c in enumerate(ramp)]
        hover = f"P({classes[1]}) = %{{z}} %<extra></extra>"
        figure.add_heatmap(
            x=a, y=b, z=percent, zmin=0, zmax=100, colorscale=scale, hovertemplate=hover, showscale=False, name=""
        )
        figure.add_contour(
            x=a, y=b, z=percent, contours={"start": 50, "end": 50, "size": 1, "coloring": "none"}, hoverinfo="skip",
            line={"color": "#333", "width": 1.5, "dash": "dot"}, showscale=False, showlegend=False,
        )  # fmt: skip
    else:
        winner = grid.argmax(-1).astype(np.uint8)
        C = len(classes)
        eye = blend(np.eye(C))
        scale = [[(i + j) / C, "rgb({},{},{})".format(*map(int, eye[i]))] for i in range(C) for j in (0, 1)]
        figure.add_heatmap(
            x=a, y=b, z=winner, zmin=-0.5, zmax=C - 0.5, colorscale=scale, showscale=False,
            text=np.array(classes)[winner], hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    for group, (x, y, name) in enumerate(points):
        for k, label in enumerate(classes):
            mine = y == k
            figure.add_scatter(
                x=np.round(x[mine, 0], 3), y=np.round(x[mine, 1], 3), mode="markers", name=f"{name}: {label}",
                marker={"color": color(k), "size": 7, "symbol": "circle" if group == 0 else "circle-open-dot",
                        "line": {"color": "white" if group == 0 else color(k), "width": 1}},
            )  # fmt: skip
    figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0}, margin={"l": 8, "r": 8, "t": 36, "b": 8}, height=360,
        legend={"orientation": "h", "y": -0.16, "yanchor": "top", "x": 0, "font": {"size": 11}},
        xaxis={"range": [a[0], a[-1]], "showgrid": False, "zeroline": False},
        yaxis={"range": [b[0], b[-1]], "showgrid": False, "zeroline": False},
    )  # fmt: skip
    return figure
