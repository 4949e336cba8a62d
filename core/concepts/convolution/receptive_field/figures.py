"""The pokes, the boxes of all layers, maps of gradients, and scores of shifted digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.concepts.convolution.receptive_field.geometry import trace
from core.concepts.convolution.receptive_field.result import SIZES, Result
from core.concepts.convolution.receptive_field.settings import CANVAS, POKED, SHIFTS, Settings
from core.figures.curves import Curve, curves
from core.figures.lines import Line, lines
from core.figures.look import GREY, color, faint, rgb
from core.text import of_module

Option = dict[str, Any]
WORDS = of_module(__name__)
HUES = {"plain": 0, "pooled": 1, "max": 2, "pooled max": 3, "average": 4}
DECADES = 3  # of a change, from the largest down, that have a shade of their own


def pokes(result: Result, dark: bool) -> Option:
    """A cell a pixel: how far the output moved when this pixel alone was poked; its own grey where by exactly 0.0."""
    assert result.change is not None
    inside, size = result.inside, np.abs(result.change)
    most = float(np.nanmax(size[np.isfinite(size)], initial=0.0)) or 1.0
    data = []
    for y, x in np.ndindex(size.shape):
        if np.isnan(size[y, x]):
            paint = "rgba(122, 135, 147, 0.05)"
        elif size[y, x] == 0:
            paint = "rgba(122, 135, 147, 0.28)"
        else:
            decades = min(DECADES, -np.log10(size[y, x] / most))
            paint = faint(0, 1 - 0.8 * decades / DECADES)
        edge = bool(inside[y, x] and not inside[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].all())
        style = {"color": paint, "borderColor": color(1) if edge else "#0E1117" if dark else "#FFFFFF"}
        said = "" if np.isnan(size[y, x]) else f"pixel ({x}, {y}): {result.change[y, x]:+.2g}"
        cell = {"value": [x, y, 1], "name": said, "itemStyle": style | {"borderWidth": 1.5 if edge else 0.5}}
        data.append(cell)
    hidden = {"type": "category", "show": False, "data": list(range(POKED))}
    return {
        "title": {"text": "Change of one output when a pixel is poked", "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "grid": {"left": 2, "right": 2, "top": 30, "bottom": 2},
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        "xAxis": hidden, "yAxis": hidden | {"inverse": True},
        "visualMap": {"show": False, "min": 0, "max": 1, "seriesIndex": 9},  # a heatmap must have one; the cells have colours
        "series": [{"type": "heatmap", "id": "pixels", "data": data, "animation": False, "cursor": "pointer", "selectedMode": "single",
                    "select": {"itemStyle": {"borderColor": color(1), "borderWidth": 2}}}],
    }  # fmt: skip


def default_pixel(result: Result) -> tuple[int, int]:
    """The pixel that is told of first: just outside the box, where there is one, else in its middle."""
    row = result.settings.rows[-1]
    first, last = row.box(result.unit)
    middle = min(POKED - 1, max(0, (first + last) // 2))
    return (first - 1 if first > 0 else last + 1 if last + 1 < POKED else middle), middle


def pyramid(settings: Settings) -> Option:
    """How many pixels a unit of each layer sees, around the output that is watched; the last layer at the bottom."""
    rows = settings.rows
    last = rows[-1]
    unit = round(settings.unit / 100 * (last.size - 1))
    centre = last.start + unit * last.jump
    names = [f"{i + 1}: {WORDS.option('layer1', row.kind)}" for i, row in enumerate(rows)]
    bars, wide = [], []
    for i, row in enumerate(rows):
        low, high = centre - row.field / 2, centre + row.field / 2
        bars.append(round(low, 2))
        style = {"color": faint(0, 0.35 + 0.65 * (i + 1) / len(rows))}
        wide.append({"value": round(high - low, 2), "name": f"{row.field} px", "itemStyle": style})
    edge = max(POKED - 0.5, centre + last.field / 2)
    border = {"symbol": "none", "silent": True, "lineStyle": {"color": GREY, "type": "dotted", "width": 1.5},
              "label": {"show": False}, "data": [{"xAxis": -0.5}, {"xAxis": POKED - 0.5}]}  # fmt: skip
    common = {"type": "bar", "stack": "field", "animation": False, "barWidth": "62%"}
    return {
        "title": {"text": "What one unit of each layer sees", "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "grid": {"left": 4, "right": 52, "top": 36, "bottom": 34, "containLabel": True},
        "tooltip": {"trigger": "none"},
        "xAxis": {"type": "value", "min": round(min(-0.5, centre - last.field / 2), 1), "max": round(edge, 1), "name": "pixel", "nameLocation": "middle", "nameGap": 24,
                  "axisLabel": {"showMinLabel": False, "showMaxLabel": False}},
        "yAxis": {"type": "category", "data": names, "inverse": True, "axisTick": {"show": False}},
        "series": [
            common | {"data": bars, "itemStyle": {"color": "rgba(0, 0, 0, 0)"}, "silent": True, "stackStrategy": "all"},
            common | {"data": wide, "markLine": border, "stackStrategy": "all", "label": {"show": True, "position": "right", "formatter": "{b}"}},
        ],
    }  # fmt: skip


def table(settings: Settings) -> pd.DataFrame:
    """Size, field, jump and start, a row a layer."""
    first = [{"layer": "input", "size": POKED, "field": 1, "jump": 1, "start": 0.0}]
    rows = [
        {"layer": WORDS.option("layer1", r.kind), "size": r.size, "field": r.field, "jump": r.jump, "start": r.start}
        for r in settings.rows
    ]
    return pd.DataFrame(first + rows)


def growth(result: Result) -> Option:
    """Receptive field and effective field against the depth, both axes logarithmic."""
    depths = np.array(list(result.spread))
    values = np.stack(list(result.spread.values()), 1)  # (seeds, depths)
    ramp = np.linspace(1, 16, 31)
    drawn = [
        Line("receptive field 2L + 1", ramp, 2 * ramp + 1, -1),
        Line("√(2L/3)", ramp, np.sqrt(2 * ramp / 3), 1, dashed=True),
        Line("single seeds", np.repeat(depths, len(values)), values.T.ravel(), 0, marks=True),
    ]
    option = lines("Field against depth", drawn, "depth L (3×3 convolutions)", "pixels")
    option["xAxis"] |= {"type": "log", "logBase": 2, "min": 1, "max": 16}
    option["yAxis"] |= {"type": "log", "logBase": 2}
    return option


def shifts(result: Result) -> Option:
    """Accuracy against the shift, for each variant."""
    drawn = []
    for name, rows in result.accuracy.items():
        hue = HUES[name]
        mean, low, high = rows.mean(0), rows.min(0), rows.max(0)
        drawn.append(Curve(WORDS.option("variants", name), np.array(SHIFTS), mean, low, high, hue, hue > 1))
    option = curves("Accuracy on shifted digits (%)", drawn, "shift (pixels)", percent=True, x_max=SHIFTS[-1])
    option["yAxis"] |= {"min": 0}
    option["grid"]["bottom"] = 78
    return option


def seen(result: Result, when: int) -> np.ndarray:
    """A map of squared gradients (280, 280, 3) uint8, before (0) or after (1) training, its box outlined."""
    squares = result.maps[when]
    share = np.sqrt(squares / (squares.max() or 1.0))[..., None]  # the root, so that the faint edges show
    cells = np.where(share > 0, 255 - share * (255 - np.array(rgb(0))), 222)
    side = 280 // len(squares)
    image: np.ndarray = cells.astype(np.uint8).repeat(side, 0).repeat(side, 1)
    row = trace(result.settings.kept(result.shown), result.settings.padding, CANVAS)[-1]
    first, last = row.box((row.size - 1) // 2)
    a, b = max(0, first) * side, min(len(squares), last + 1) * side - 1
    for line in (a, a + 1, b - 1, b):
        image[line, a : b + 1] = image[a : b + 1, line] = rgb(1)
    return image


def sizes(result: Result) -> pd.DataFrame:
    """Accuracy on every canvas, a row a variant; a dash where the network does not fit."""
    rows = []
    for name, found in result.sizes.items():
        row: dict[str, str] = {"network": WORDS.option("variants", name)}
        row |= {
            f"{s}×{s}": "–" if isinstance(v, str) else f"{100 * v:.0f} %" for s, v in zip(SIZES, found, strict=True)
        }
        rows.append(row)
    return pd.DataFrame(rows)
