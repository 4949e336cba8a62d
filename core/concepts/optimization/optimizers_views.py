"""The race drawn: the map that plays, the curves, and which start ends where."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import plotly.graph_objects as go
import torch

from core.concepts.optimization.optimizers import Result
from core.concepts.optimization.surfaces import Surface
from core.figures import descent
from core.figures.curves import Curve, curves
from core.figures.look import rgb


def window(surface: Surface, side: int = 70) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Axes and the height above the lowest minimum at each of their points, (side, side)."""
    axes = np.linspace(*surface.x, side), np.linspace(*surface.y, side)
    x, y = (torch.tensor(v) for v in np.meshgrid(*axes))
    lowest = min(float(surface.f(*torch.tensor(m, dtype=torch.float64))) for m in surface.minima)
    return axes, np.maximum(surface.f(x, y).numpy() - lowest, 0)


@lru_cache(maxsize=8)
def played(result: Result) -> go.Figure:
    """The race on the map."""
    axes, height = window(result.surface)
    tracks = [descent.Track(n, HUES[n], p.at, p.direction, p.scale) for n, p in result.paths.items()]
    return descent.play(axes, height, result.surface.minima, tracks, f"The paths on the {result.settings.surface}")


def start_at(surface: Surface, x: float, y: float) -> dict[str, int]:
    """The settings that start at (x, y), to the nearest percent of the window."""
    share = [(v - low) / (high - low) for v, (low, high) in ((x, surface.x), (y, surface.y))]
    across, up = (min(100, max(0, round(100 * part))) for part in share)
    return {"across": across, "up": up}


FLOOR = 1e-6  # nearer than that is as good as there

# An optimiser keeps its colour whoever else is chosen; the three of the default are the easiest to tell apart.
HUES = {"SGD": 0, "Momentum": 1, "Adam": 2, "RMSprop": 3, "Nesterov": 4, "AdamW": 5, "Rprop": 6}


def against(result: Result, what: str, title: str) -> dict[str, object]:
    """`distance` or `value` above the lowest minimum, against the step, on a logarithmic axis: an ECharts option."""
    surface = result.surface
    lowest = min(float(surface.f(*torch.tensor(m, dtype=torch.float64))) for m in surface.minima)
    lines = []
    for n, p in result.paths.items():
        v = p.distance if what == "distance" else p.value - lowest
        v = np.where(np.isfinite(v) & (v < 1e6), np.maximum(v, FLOOR), np.nan)
        lines.append(Curve(n, np.arange(len(v)), v, v, v, HUES[n]))
    option = curves(title, lines, "step", points=250)
    seen = np.concatenate([line.mean[np.isfinite(line.mean)] for line in lines] or [np.ones(1)])
    low, high = 10 ** np.floor(np.log10(seen.min())), 10 ** np.ceil(np.log10(seen.max()))
    option["yAxis"] = {"type": "log", "min": float(f"{low:.1g}"), "max": float(f"{high:.1g}")}
    return option


def basin(result: Result, name: str) -> np.ndarray:
    """The starts on the grid, coloured by the minimum they end near: (GRID, GRID, 3) uint8, pale where they end near none."""
    ends = result.paths[name].ends[::-1]
    paint = np.array([*(rgb(i) for i in (2, 1, 3, 4)), (225, 229, 233)], np.uint8)  # the last for -1
    return np.asarray(paint[ends])
