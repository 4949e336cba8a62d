"""Tensors as coloured grids, unit balls, and two regressions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.concepts.foundations.tensors.findings import written
from core.concepts.foundations.tensors.result import Result
from core.figures.curves import Curve, curves
from core.figures.lines import Line, lines
from core.figures.look import GREY, faint

Option = dict[str, Any]
CELL, ROOM = 34, 250  # pixels of a cell, and of a whole row of cells, at the most
SIGNS = {"plus": "+", "minus": "−", "times": "×"}


def operand(result: Result, which: str, dark: bool) -> Option:
    """A tensor stretched to the shape of the result; copies are pale. Where the shapes do not fit, as it is."""
    tensor = result.stretched(which)
    own: np.ndarray = getattr(result, which)
    name = f"{which.upper()} {written(own.shape)}"
    if result.c is not None and own.shape != tensor.shape:
        name += f" → {written(tensor.shape)}"
    copied = result.copied(which) if result.c is not None else np.zeros(tensor.shape, bool)
    hue = 0 if which == "a" else 1
    return _grid(name, tensor, np.full(tensor.shape, hue), np.where(copied, 0.16, 0.6), dark)


def outcome(result: Result, dark: bool) -> Option:
    """What the operation gives; numbers that the sum adds together share a colour."""
    assert result.c is not None
    c = result.c
    sign = SIGNS[result.settings.operation]
    return _grid(f"A {sign} B = C {written(c.shape)}", c, _groups(result) % 6, np.full(c.shape, 0.4), dark)


def total(result: Result, dark: bool) -> Option:
    """The sum over the axis, in the colours of what was added."""
    assert result.total is not None
    s, sums = result.settings, result.total
    axis = "" if s.axis == "all" else s.axis
    keep = ("keepdim=True" if not axis else ", keepdim=True") if s.keepdim else ""
    places = np.arange(sums.size).reshape(sums.shape) % 6
    return _grid(f"C.sum({axis}{keep}) {written(sums.shape)}", sums, places, np.full(sums.shape, 0.6), dark)


def _groups(result: Result) -> np.ndarray:
    """For each number of C, the number of the sum that it is part of."""
    c, sums, axis = result.c, result.total, result.settings.axis
    assert c is not None
    if sums is None or axis == "all":
        return np.zeros(c.shape, int)
    shape = [1 if i == int(axis) else n for i, n in enumerate(c.shape)]
    return np.broadcast_to(np.arange(sums.size).reshape(shape), c.shape)


def _grid(title: str, values: np.ndarray, hues: np.ndarray, strength: np.ndarray, dark: bool) -> Option:
    """A tensor of up to three axes as cells: the last axis to the right, the one before it down, the first as separate blocks."""
    blocks, down, right = (1,) * (3 - values.ndim) + values.shape
    numbers, hue, alpha = (part.reshape(blocks, down, right) for part in (values, hues, strength))
    data = [
        {
            "value": [block * (right + 1) + column, row, int(numbers[block, row, column])],
            "itemStyle": {"color": faint(int(hue[block, row, column]), float(alpha[block, row, column]))},
        }
        for block, row, column in np.ndindex(blocks, down, right)
    ]
    wide = blocks * (right + 1) - 1
    size = _cell(values)
    hidden = {"show": False, "type": "category"}
    label = {
        "show": size > 18,
        "formatter": "{@[2]}",
        "fontSize": 12 if size > 28 else 9,
        "color": "#F2F5F7" if dark else "#1A232D",
    }
    style = {"borderColor": "#1A232D" if dark else "#FFFFFF", "borderWidth": 1}
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 13, "fontWeight": 600}},
        "grid": {"left": 2, "top": 30, "width": size * wide, "height": size * down, "outerBoundsMode": "none"},
        "xAxis": hidden | {"data": list(range(wide))},
        "yAxis": hidden | {"data": list(range(down)), "inverse": True},
        "visualMap": {"show": False, "min": 0, "max": 1, "seriesIndex": 9},  # a heatmap must have one; the cells have colours
        "series": [{"type": "heatmap", "data": data, "label": label, "itemStyle": style, "animation": False, "silent": True}],
    }  # fmt: skip


def height(*shown: np.ndarray) -> int:
    """The pixels that the highest of these tensors needs as a grid."""
    return 44 + max(_cell(t) * int((1, 1, *t.shape)[-2]) for t in shown)


def _cell(values: np.ndarray) -> int:
    """The pixels of a cell."""
    blocks, _, right = (1,) * (3 - values.ndim) + values.shape
    return min(CELL, ROOM // (blocks * (right + 1) - 1))


def alignment(result: Result) -> pd.DataFrame:
    """Both shapes written from the right, and what becomes of each axis."""
    s = result.settings
    rank = max(len(s.shape_a), len(s.shape_b), 1)
    sizes = [(0,) * (rank - len(shape)) + shape for shape in (s.shape_a, s.shape_b)]
    rows: dict[str, list[str]] = {"axis": [], "A": [], "B": [], "result": []}
    for place, (one, two) in enumerate(zip(*sizes, strict=True)):
        fits = one == two or one < 2 or two < 2
        rows["axis"].append(f"−{rank - place}")
        rows["A"].append(str(one) if one else "missing")
        rows["B"].append(str(two) if two else "missing")
        rows["result"].append(str(max(one, two, 1)) if fits else "error")
    return pd.DataFrame(rows)


def balls(result: Result) -> Option:
    """All vectors of two numbers whose norm is 1, for four norms."""
    p = result.settings.p
    angle = np.linspace(0, 2 * np.pi, 361)
    x, y = np.cos(angle), np.sin(angle)
    drawn = []
    for name, power, hue, dashed in (
        ("L1", 1.0, 0, False),
        ("L2", 2.0, 2, False),
        (f"L{p:g}", p, 3, True),
        ("L∞", np.inf, 1, False),
    ):
        size = (
            np.maximum(np.abs(x), np.abs(y))
            if power == np.inf
            else (np.abs(x) ** power + np.abs(y) ** power) ** (1 / power)
        )
        drawn.append(Line(name, x / size, y / size, hue, dashed, 2.5))
    option = lines("Vectors of norm 1", drawn, "", x_range=(-1.5, 1.5), y_range=(-1.5, 1.5))
    ticks = {"interval": 0.5, "axisLine": {"onZero": True}, "axisLabel": {"showMinLabel": False, "showMaxLabel": False}}
    option["xAxis"] |= ticks
    option["yAxis"] |= ticks
    option["grid"] = {"left": 30, "top": 36, "width": 260, "height": 260}
    option["tooltip"] = {"trigger": "item"}
    return option


def trap(result: Result) -> Option:
    """The fitted curves with the right loss and with the silent one."""
    t = result.trap
    parts = (("right loss, (n,) − (n,)", t.right, 0, False), ("silent loss, (n, 1) − (n,)", t.silent, 1, True))
    drawn = [
        Curve(name, t.grid, rows.mean(0), rows.min(0), rows.max(0), hue, dashed) for name, rows, hue, dashed in parts
    ]
    option = curves("The same network with two losses", drawn, "x")
    dots = [[float(f"{a:.4g}"), float(f"{b:.4g}")] for a, b in zip(t.x, t.y, strict=True)]
    option["series"].append(
        {"type": "scatter", "id": "points", "data": dots, "symbolSize": 5, "itemStyle": {"color": GREY}, "silent": True, "animation": False}
    )  # fmt: skip
    option["xAxis"] |= {"min": -1, "max": 1, "minInterval": 0}
    return option
