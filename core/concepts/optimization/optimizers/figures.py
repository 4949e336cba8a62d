"""Charts of a race of optimisers; the map is in race.py."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from core.concepts.optimization.optimizers.race import HEIGHT, LOOKS, race, start_at
from core.concepts.optimization.optimizers.result import GRID, NEAR_MINIMUM, Result
from core.figures.lines import Line, lines
from core.figures.look import COLORS, rgb

FLOOR = 1e-6  # below that a distance or a height is as good as none
NEVER = (233, 236, 239)
HUES = (2, 1, 3, 4)  # of the minima

__all__ = ["GRID", "HEIGHT", "NEAR_MINIMUM", "distance", "height", "race", "scale", "start_at", "starts"]


def distance(result: Result) -> dict[str, Any]:
    """Distance to the nearest minimum against the step."""
    values = {name: path.distance for name, path in result.paths.items()}
    return _against_step("Distance to the nearest minimum", values)


def height(result: Result) -> dict[str, Any]:
    """Height above the lowest point against the step: the loss, were this a network."""
    values = {name: path.value - result.surface.lowest for name, path in result.paths.items()}
    return _against_step("Loss above the global minimum", values)


def scale(result: Result) -> dict[str, Any] | None:
    """What Adam, AdamW and RMSprop divide the step of each coordinate by; None when none of them is in the race."""
    drawn = {name: np.sqrt(path.scale[1:]) for name, path in result.paths.items() if path.scale is not None}
    if not drawn:
        return None
    option = lines(
        "Root of the averaged squared gradient",
        [
            Line(f"{name}, {axis}", np.arange(1, len(values) + 1), values[:, i], LOOKS[name][0], dashed=i == 1)
            for name, values in drawn.items()
            for i, axis in enumerate("xy")
        ],
        "step",
    )
    return option | {"yAxis": _log_axis(np.concatenate(list(drawn.values())))}


def starts(result: Result, name: str, width: int = 260) -> np.ndarray:
    """Where each start of the grid leads, as a picture of the window: the hue is that of the minimum, darker where it is reached
    sooner, grey where none is. Yellow dots: the minima. Ring: the start on show. (height, width, 3) uint8."""
    path, surface = result.paths[name], result.surface
    late = np.clip(path.taken / result.settings.steps, 0, 1)[..., None]
    paint = np.array([rgb(hue) for hue in HUES], float)[path.ends]
    cells = np.where((path.taken >= 0)[..., None], paint + (255 - paint) * 0.8 * late, NEVER).astype(np.uint8)[::-1]
    (left, right), (bottom, top) = surface.x, surface.y
    tall = round(width * (top - bottom) / (right - left))
    canvas = Image.fromarray(cells).resize((2 * width, 2 * tall), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(canvas)

    def circle(at: tuple[float, float], radius: int, fill: str | None, edge: str, line: int) -> None:
        x = (at[0] - left) / (right - left) * 2 * width
        y = (top - at[1]) / (top - bottom) * 2 * tall
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill, edge, line)

    for minimum in surface.minima:
        circle(minimum, 9, COLORS[6], "#222222", 2)
    circle(result.settings.start, 11, None, "#222222", 8)
    circle(result.settings.start, 9, None, "#FFFFFF", 4)
    return np.asarray(canvas.reduce(2))


def _against_step(title: str, values: dict[str, np.ndarray]) -> dict[str, Any]:
    """Lines on a logarithmic axis, each with its name at its end."""
    kept = {name: np.where(v < 1e6, np.maximum(v, FLOOR), np.nan) for name, v in values.items()}
    drawn = [Line(name, np.arange(len(v)), v, *LOOKS[name]) for name, v in kept.items()]
    option = lines(title, drawn, "step")
    for series in option["series"]:
        series["endLabel"] = {"show": True, "formatter": "{a}", "color": series["lineStyle"]["color"], "fontSize": 11}
        series["labelLayout"] = {"moveOverlap": "shiftY"}
    del option["legend"]
    option["yAxis"] = _log_axis(np.concatenate(list(kept.values())))
    option["xAxis"] |= {"axisLabel": {"showMaxLabel": False}}  # where names may stand
    option["grid"] |= {"top": 32, "bottom": 30, "right": 74}
    return option


def _log_axis(values: np.ndarray) -> dict[str, Any]:
    """A logarithmic axis over whole powers of ten."""
    seen = values[np.isfinite(values) & (values > 0)]
    if not len(seen):
        return {"type": "log", "min": 0.1, "max": 10}
    low, high = np.floor(np.log10(seen.min())), np.ceil(np.log10(seen.max()))
    low -= seen.min() <= FLOOR  # room for the names of the lines that end on the floor
    return {"type": "log", "min": float(f"{10**low:.1g}"), "max": float(f"{10 ** max(high, low + 1):.1g}")}
