"""The map on which the race is played, as Apache ECharts options with a timeline: it plays in the browser, and stays in place
while a slider of the page moves."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from skimage.measure import find_contours

from core.concepts.optimization.optimizers.result import Path, Result
from core.concepts.optimization.optimizers.surfaces import SURFACES, Surface
from core.figures.look import COLORS, GREY, color

FRAMES = 60  # at most
TRAIL = 12  # steps drawn thick behind a dot
LEVELS = 24  # lines of equal height
COLUMNS, ROWS = 51, 26  # places to click
HEIGHT = 450  # pixels
# Widths of the chart from which on the plot may be so wide, in pixels. Its height follows, as x and y have one scale: a path at
# right angles to the level lines looks like one.
SIZES = ((0, 290), (470, 415), (700, 600))

# Relatives may share a colour, and differ in the dash. The three of the default are the easiest to tell apart.
LOOKS = {
    "SGD": (0, False),
    "Momentum": (1, False),
    "Nesterov": (4, False),
    "RMSprop": (3, False),
    "Adam": (2, False),
    "AdamW": (5, False),
    "Rprop": (0, True),
}
STAR = "path://M10 0L12.9 6.9 20 7.6 14.6 12.4 16.2 19.5 10 15.7 3.8 19.5 5.4 12.4 0 7.6 7.1 6.9Z"

Option = dict[str, Any]


@lru_cache(maxsize=8)
def race(result: Result, title: str, click: str) -> Option:
    """The level lines, the minima, the paths, and what moves. click: what the tooltip of a place says last. The series "places" takes clicks."""
    surface, paths = result.surface, result.paths
    steps = np.unique(np.linspace(0, result.settings.steps, FRAMES).round().astype(int))
    frames = [_frame(result, int(step)) for step in steps]
    base: Option = {
        "animation": False,
        "title": [_heading(title), frames[-1]["title"][1]],
        "legend": {
            "data": [*map(_key, paths), {"name": "minimum", "icon": STAR}],
            "left": 0, "top": 24, "itemWidth": 20, "itemHeight": 10, "itemGap": 10, "selectedMode": False,
        },
        "tooltip": {"trigger": "item"},
        "xAxis": _axis("x", surface.x),
        "yAxis": _axis("y", surface.y),
        "timeline": _timeline([str(step) for step in steps]),
        "series": [
            _levels(result.settings.surface), _minima(surface), *_still(paths), *frames[-1]["series"],
            _places(result.settings.surface, click),
        ],
    }  # fmt: skip
    media = [{"query": {"minWidth": wide}, "option": _sized(surface, paths, room)} for wide, room in SIZES]
    smallest = media[0]["option"]
    base |= {"grid": smallest["grid"], "timeline": base["timeline"] | smallest["timeline"]}
    return {"baseOption": base, "options": frames, "media": media[1:]}


def start_at(place: int) -> dict[str, int]:
    """The settings that start at a place on the map, by its number."""
    row, column = divmod(place, COLUMNS)
    return {"across": round(100 * column / (COLUMNS - 1)), "up": round(100 * row / (ROWS - 1))}


def _sized(surface: Surface, names: Iterable[str], room: int) -> Option:
    """The plot as large as there is room for, below a legend of as many lines as it needs."""
    width, height = surface.x[1] - surface.x[0], surface.y[1] - surface.y[0]
    legend = sum(37 + 7 * len(name) for name in [*names, "minimum"])
    top = 32 + 20 * math.ceil(legend / (room + 55))
    scale = min(room / width, (HEIGHT - top - 88) / height)
    plot = {"width": round(width * scale), "height": round(height * scale), "left": 48, "top": top}
    return {"grid": plot | {"outerBoundsMode": "none"}, "timeline": {"top": top + round(height * scale) + 38}}


def _heading(text: str) -> Option:
    return {"text": text, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}}


def _key(name: str) -> Option:
    """An entry of the legend."""
    return {"name": name, "icon": "diamond"} if LOOKS[name][1] else {"name": name}


def _axis(name: str, ends: tuple[float, float]) -> Option:
    axis = {"type": "value", "name": name, "nameLocation": "middle", "nameGap": 24, "min": ends[0], "max": ends[1]}
    interval = next(step for step in (0.5, 1, 1.5, 2.5) if (ends[1] - ends[0]) / step <= 6)
    return axis | {"interval": interval, "splitLine": {"show": False}, "axisLine": {"onZero": False}}


def _timeline(labels: list[str]) -> Option:
    """A button to play and pause, and a slider over the steps. It begins again after the end, as a race on show is at its end."""
    blue = COLORS[0]
    return {
        "axisType": "category", "data": labels, "currentIndex": len(labels) - 1, "playInterval": 90, "loop": True,
        "left": 6, "right": 16, "height": 44, "symbolSize": 1, "symbol": "none",
        "lineStyle": {"color": GREY, "width": 2}, "progress": {"lineStyle": {"color": blue}, "itemStyle": {"color": blue}},
        "itemStyle": {"color": GREY}, "label": {"interval": 9, "color": GREY, "fontSize": 11},
        "checkpointStyle": {"color": blue, "borderColor": "#FFFFFF", "borderWidth": 2, "symbolSize": 16, "animation": False},
        "controlStyle": {"showPrevBtn": False, "showNextBtn": False, "itemSize": 30, "color": blue, "borderColor": blue},
        "emphasis": {"controlStyle": {"color": blue, "borderColor": blue}, "checkpointStyle": {"color": blue}, "label": {"color": GREY}},
    }  # fmt: skip


@lru_cache(maxsize=len(SURFACES))
def _levels(name: str) -> Option:
    """Lines of equal height, at equal steps of its logarithm."""
    surface = SURFACES[name]
    x, y = np.linspace(*surface.x, 80), np.linspace(*surface.y, 80)
    height = np.log10(np.maximum(surface.f(*np.meshgrid(x, y)) - surface.lowest, 0) + 1e-3)
    lines = []
    for level in np.linspace(height.min(), height.max(), LEVELS + 2)[1:-1]:
        for row, column in (line.T for line in find_contours(height, level)):
            at = np.stack([np.interp(column, np.arange(80), x), np.interp(row, np.arange(80), y)], 1)
            lines.append({"coords": at.round(3).tolist()})
    style = {"color": "rgba(122, 135, 147, 0.55)", "width": 1}
    return _silent("lines") | {"id": "levels", "polyline": True, "data": lines, "lineStyle": style, "z": 1}


def _silent(kind: str) -> Option:
    return {
        "type": kind,
        "coordinateSystem": "cartesian2d",
        "silent": True,
        "animation": False,
        "tooltip": {"show": False},
    }


def _minima(surface: Surface) -> Option:
    """Stars; those that are not global are hollow."""
    gold, hollow = {"color": COLORS[6]}, {"color": "rgba(0, 0, 0, 0)"}
    data = [
        {"value": list(at), "itemStyle": gold if i < surface.best else hollow} for i, at in enumerate(surface.minima)
    ]
    style = {"color": COLORS[6], "borderColor": "#5B6670", "borderWidth": 1.2}
    look = {"id": "minima", "name": "minimum", "symbol": STAR, "symbolSize": 16, "itemStyle": style, "z": 4}
    return _silent("scatter") | look | {"data": data}


def _still(paths: dict[str, Path]) -> list[Option]:
    """The whole paths."""
    return [
        _silent("line")
        | {"id": f"path {name}", "name": name, "data": _points(path.at), "symbol": "none", "z": 2}
        | {"lineStyle": _stroke(name) | {"width": 1.6, "opacity": 0.65}, "itemStyle": {"color": color(LOOKS[name][0])}}
        for name, path in paths.items()
    ]


def _stroke(name: str) -> Option:
    hue, dashed = LOOKS[name]
    return {"color": color(hue), "type": "dashed" if dashed else "solid"}


def _frame(result: Result, step: int) -> Option:
    """All that moves, at a step: dots, the last stretch of each path, and the arrows of the remembered direction."""
    moving: list[Option] = []
    reach = 0.12 * (result.surface.x[1] - result.surface.x[0])
    for name, path in result.paths.items():
        tail = _points(path.at[max(0, step - TRAIL) : step + 1])
        hue = color(LOOKS[name][0])
        dot = {"color": hue, "borderColor": "#FFFFFF", "borderWidth": 1.5}
        shape = "diamond" if LOOKS[name][1] else "circle"
        moving += [
            _silent("line") | {"id": f"tail {name}", "name": name, "data": tail, "symbol": "none", "z": 5}
            | {"lineStyle": {"color": hue, "width": 3.5}},
            _silent("scatter") | {"id": f"dot {name}", "name": name, "data": tail[-1:], "z": 7}
            | {"symbol": shape, "symbolSize": 14, "itemStyle": dot},
        ]  # fmt: skip
        if path.direction is not None:
            arrow = _arrow(path.at[step], path.direction, step, reach)
            style = {"color": hue, "width": 2, "type": "dotted", "opacity": 1}
            moving.append(
                _silent("lines") | {"id": f"arrow {name}", "name": name, "data": arrow, "z": 6}
                | {"symbol": ["none", "arrow"], "symbolSize": 8, "lineStyle": style}
            )  # fmt: skip
    corner = {
        "text": f"step {step}",
        "right": 8,
        "top": 0,
        "textStyle": {"fontSize": 13, "fontWeight": 400, "color": GREY},
    }
    return {"title": [{}, corner], "series": moving}


def _arrow(at: np.ndarray, direction: np.ndarray, step: int, reach: float) -> list[Option]:
    """From a position to where the remembered direction alone would lead. Its length is the square root of the share of the
    largest one, so that it can still be seen when the memory has faded to a hundredth."""
    sizes = np.linalg.norm(direction, axis=1)
    size, largest = float(sizes[step]), float(np.nanmax(np.where(np.isfinite(sizes), sizes, 0)))
    if not 0 < size < math.inf or not np.isfinite(at).all():
        return []
    end = at - direction[step] / size * reach * math.sqrt(size / largest)
    return [{"coords": [at.round(4).tolist(), end.round(4).tolist()]}]


def _points(at: np.ndarray) -> list[list[float | None]]:
    """Positions (n, 2) for JSON: what is not finite is a gap."""
    return [[float(v) if math.isfinite(v) else None for v in point] for point in at.round(4).tolist()]


@lru_cache(maxsize=len(SURFACES))
def _places(name: str, click: str) -> Option:
    """Unseen places all over the map that take clicks."""
    surface = SURFACES[name]
    x, y = (v.ravel() for v in np.meshgrid(np.linspace(*surface.x, COLUMNS), np.linspace(*surface.y, ROWS)))
    height = surface.f(x, y) - surface.lowest
    data = [
        [round(a, 3), round(b, 3), float(f"{h:.3g}")] for a, b, h in zip(x.tolist(), y.tolist(), height, strict=True)
    ]
    unseen = {"itemStyle": {"opacity": 0}}
    return {
        "type": "scatter", "id": "places", "data": data, "symbol": "rect", "symbolSize": [9, 13], "animation": False, "z": 9,
        **unseen, "select": unseen, "selectedMode": "single", "emphasis": {"itemStyle": {"opacity": 0.25, "color": GREY}},
        "tooltip": {"formatter": f"x = {{@[0]}}, y = {{@[1]}}, height {{@[2]}}<br>{click}"},
    }  # fmt: skip
