"""Cells of input and output that belong together, and what each kind of layer costs."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pandas as pd

from core.concepts.convolution.arithmetic.findings import by_sign, formula, size_text
from core.concepts.convolution.arithmetic.geometry import output_size, problem, sources
from core.concepts.convolution.arithmetic.result import BYTES, Result
from core.concepts.convolution.arithmetic.settings import Axis, Settings
from core.figures.look import GREY, color

Option = dict[str, Any]
SHOWN = 14  # cells of a side that are drawn; the rest lies beyond the edge
MOST_LINKS = 2500  # between cells; beyond it only those of the picked cell can be seen
GAP = 2  # columns between input and output
HEIGHT = 330  # pixels of the drawing
WIDTHS = (0, 330, 420, 560, 700, 860, 1100)  # of the chart, from which on its cells have a size of their own


class Cells:
    """The cells that are drawn, by number: those of the input and its padding, then those of the output."""

    def __init__(self, s: Settings) -> None:
        self.s = s
        axes = s.axes if len(s.axes) == 2 else (Axis(1, 1, 1, 0, 1, 0), s.axes[0])
        self.sizes = [min(SHOWN, axis.size) for axis in axes]
        self.pads = [min(axis.padding, 3) if self._padded(axis) else 0 for axis in axes]
        self.outputs = [self._outputs(i, axis) for i, axis in enumerate(axes)]
        # For each axis and output place, the input places that it is computed from.
        self.maps = [
            [self._sources(i, axis, place) for place in range(n)]
            for i, (axis, n) in enumerate(zip(axes, self.outputs, strict=True))
        ]
        self.input = list(itertools.product(*(range(-p, n + p) for n, p in zip(self.sizes, self.pads, strict=True))))
        self.output = list(itertools.product(*(range(n) for n in self.outputs)))
        self.number = {place: i for i, place in enumerate(self.input)}

    def _padded(self, axis: Axis) -> bool:
        return self.s.layer != "transposed" and self.s.layer != "upsample" and axis.size <= SHOWN

    def _outputs(self, i: int, axis: Axis) -> int:
        if problem(self.s):
            return 0
        if i == 0 and len(self.s.axes) == 1:
            return 1
        return min(SHOWN, output_size(self.s, axis))

    def _sources(self, i: int, axis: Axis, place: int) -> list[int]:
        """Those that are drawn."""
        if i == 0 and len(self.s.axes) == 1:
            return [0]
        low, high = -self.pads[i], self.sizes[i] + self.pads[i]
        return sorted({a for a in sources(self.s, axis, place) if low <= a < high})

    def read_by(self, place: tuple[int, ...]) -> list[int]:
        """The numbers of the input cells that an output cell is computed from, as far as they are drawn."""
        rows, columns = (self.maps[i][p] for i, p in enumerate(place))
        return [self.number[cell] for cell in itertools.product(rows, columns)]

    def links(self) -> list[tuple[int, int]]:
        """Output and input cells that belong together, by number; none where they are more than MOST_LINKS."""
        many = math.prod(sum(map(len, places)) for places in self.maps)
        inputs = len(self.input)
        return (
            [] if many > MOST_LINKS else [(inputs + k, i) for k, p in enumerate(self.output) for i in self.read_by(p)]
        )

    def picked(self, side: str, row: int, column: int) -> tuple[int, list[int]]:
        """The number of the picked cell, and those of the cells on the other side that belong to it."""
        inputs = len(self.input)
        if side == "output" and self.output:
            at = self.output.index((min(row, self.outputs[0]) - 1, min(column, self.outputs[1]) - 1))
            return inputs + at, self.read_by(self.output[at])
        mine = self.number[min(row, self.sizes[0]) - 1, min(column, self.sizes[1]) - 1]
        return mine, [inputs + k for k, place in enumerate(self.output) if mine in self.read_by(place)]

    def choose(self, number: int) -> dict[str, Any]:
        """The values of the controls that pick a cell by its number; of the padding none."""
        inputs = len(self.input)
        side, place = ("input", self.input[number]) if number < inputs else ("output", self.output[number - inputs])
        if side == "input" and any(not 0 <= p < n for p, n in zip(place, self.sizes, strict=True)):
            return {}
        return {"side": side, "row": place[0] + 1, "column": place[1] + 1}


def reach(result: Result, side: str) -> tuple[int, int]:
    """Rows and columns among which a cell of a side can be picked."""
    cells = Cells(result.settings)
    rows, columns = cells.sizes if side == "input" else cells.outputs
    return rows, columns


def pick(result: Result, number: int) -> dict[str, Any]:
    """What a click on a cell sets."""
    return Cells(result.settings).choose(number) if number >= 0 else {}


def cells(result: Result, side: str, row: int, column: int, dark: bool) -> Option:
    """Input with its padding on the left, output on the right; the picked cell and those that belong to it are strong.
    The cells are a graph, so that pointing at one lights up its neighbours in the browser."""
    c = Cells(result.settings)
    chosen, lit = c.picked(side, row, column)
    inputs = len(c.input)
    left = max(p for _, p in c.input) + 1 + GAP
    nodes: list[Option] = []
    for i, place in enumerate([*c.input, *c.output]):
        out = i >= inputs
        pad = not out and any(not 0 <= p < n for p, n in zip(place, c.sizes, strict=True))
        hue = 1 if out else 0
        strong = i == chosen or i in lit
        paint = GREY if pad else color(hue)
        style: Option = {"color": paint, "opacity": 0.95 if strong else 0.12 if pad else 0.3}
        if i == chosen:
            style |= {"borderColor": "#F2F5F7" if dark else "#1A232D", "borderWidth": 3}
        what = "padding" if pad else f"{'output' if out else 'input'} row {place[0] + 1}, column {place[1] + 1}"
        nodes.append(
            {"id": str(i), "name": what, "value": [place[1] + (left if out else 0), place[0]], "itemStyle": style}
        )
    links = c.links() or [(chosen, other) for other in lit]
    low = min(p for _, p in c.input)
    columns = left + c.outputs[1] - low if c.output else left - GAP - low
    top, bottom = -c.pads[0], max(c.sizes[0] + c.pads[0], c.outputs[0])
    rows = bottom - top
    axis = {"show": False, "type": "value"}
    blank = {"borderWidth": 0}
    words = [_word("input", by_sign(result.settings.input_shape), 0)]
    if c.output:
        words.append(_word("output", by_sign(result.shape), 1))
    base: Option = {
        "animation": False, "title": words, "tooltip": {"trigger": "item", "formatter": "{b}"},
        "xAxis": axis | {"min": low - 0.5, "max": low + columns - 0.5},
        "yAxis": axis | {"min": top - 0.5, "max": bottom - 0.5, "inverse": True},
        "grid": {"left": 2, "top": 34, "width": 300, "height": 250},
        "series": [{
            "id": "cells", "type": "graph", "coordinateSystem": "cartesian2d", "symbol": "rect", "symbolSize": 12, "data": nodes,
            "links": [{"source": a, "target": b} for a, b in links], "lineStyle": {"opacity": 0}, "cursor": "pointer", "label": {"show": False},
            "emphasis": {"focus": "adjacency", "scale": False, "label": {"show": False}, "itemStyle": {"opacity": 1}, "lineStyle": {"opacity": 0, "width": 0}},
            "blur": {"itemStyle": {"opacity": 0.1}, "lineStyle": {"opacity": 0}}, "selectedMode": "single",
            "select": {"itemStyle": blank}, "animation": False,
        }],
    }  # fmt: skip
    media = []
    for width in WIDTHS:
        size = min((max(width, 290) - 12) / columns, (HEIGHT - 40) / rows, 40)
        grid = {"width": round(size * columns), "height": round(size * rows)}
        where = [{"left": 0}, {"left": round(size * (left - low))}][: len(words)]
        media.append(
            {
                "query": {"minWidth": width},
                "option": {
                    "grid": grid,
                    "title": where,
                    "series": [{"id": "cells", "symbolSize": max(2, round(size - (2 if size > 12 else 1)))}],
                },
            }
        )
    return {"baseOption": base, "media": media}


def _word(side: str, shape: str, hue: int) -> Option:
    return {"text": f"{side} {shape}", "top": 0, "left": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}}


KIND_NAMES = {
    "standard": "standard", "pointwise": "1×1", "grouped": "grouped", "depthwise": "depthwise", "separable": "separable",
    "dilated": "dilated", "strided": "stride 2", "transposed": "transposed, stride 2",
}  # fmt: skip


def kinds(result: Result) -> Option:
    """Parameters and multiply-adds of the layer and of each kind, as shares of the standard convolution. The unseen dot of
    the layer is where a pinned run shows its own."""
    first = result.kinds[0]
    names = ["this layer", *(KIND_NAMES[k.name] for k in result.kinds)]
    shares = {
        "parameters": [n / first.parameters for n in (result.parameters, *(k.parameters for k in result.kinds))],
        "multiply-adds": [
            n / first.multiply_adds for n in (result.multiply_adds, *(k.multiply_adds for k in result.kinds))
        ],
    }
    series: list[Option] = []
    for hue, (name, values) in enumerate(shares.items()):
        data = [
            {"value": round(100 * v, 2), "label": {"show": True, "position": "right", "formatter": f"{100 * v:.3g}"}}
            for v in values
        ]
        look = {"itemStyle": {"color": color(hue)}, "barGap": "8%", "animation": False}
        series.append({"type": "bar", "name": name, "data": data} | look)
    dot = {"name": names[0], "value": [round(100 * shares["multiply-adds"][0], 2), 0]}
    series.append(
        {
            "type": "scatter",
            "data": [dot],
            "symbolSize": 1,
            "silent": True,
            "itemStyle": {"opacity": 0},
            "animation": False,
        }
    )
    return {
        "title": {"text": "Cost, compared with a standard convolution", "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"bottom": 0, "left": "center", "data": list(shares)},
        "grid": {"left": 4, "right": 44, "top": 30, "bottom": 64, "containLabel": True}, "tooltip": {"trigger": "item"},
        "xAxis": {"type": "value", "name": "% of the standard convolution", "nameLocation": "middle", "nameGap": 24},
        "yAxis": {"type": "category", "inverse": True, "data": names, "axisTick": {"show": False}},
        "series": series, "animation": False,
    }  # fmt: skip


def numbers(result: Result) -> pd.DataFrame:
    """What the layer gives and costs, a row a quantity."""
    out = result.bytes_of("output")
    rows = [
        ("Output numbers", f"{out // BYTES:,}"),
        ("Parameters", f"{result.parameters:,}"),
        ("Multiply-adds", f"{result.multiply_adds:,}"),
        ("FLOPs (2 per multiply-add)", f"{result.flops:,}"),
        ("Memory of the input", size_text(result.bytes_of("input"))),
        ("Memory of the parameters", size_text(result.bytes_of("parameters"))),
        ("Memory of the output", size_text(out)),
    ]
    return pd.DataFrame(rows, columns=["quantity", "value"])


def stack(result: Result) -> pd.DataFrame:
    """A row a layer of the stack."""
    rows = [
        (r.layer, by_sign(r.shape) if r.shape else "refused", f"{r.parameters:,}", f"{r.multiply_adds:,}")
        for r in result.stack
    ]
    return pd.DataFrame(rows, columns=["layer", "output", "parameters", "multiply-adds"])


def formulas(result: Result) -> str:
    """The output size of each axis with its numbers, in TeX."""
    s = result.settings
    names = ("H", "W") if len(s.axes) == 2 else ("L",)
    if len(set(s.axes)) == 1:
        return "".join(f"{n}_{{out}} = " for n in names) + formula(s, s.axes[0])
    return r"\\ ".join(f"{n}_{{out}} = {formula(s, axis)}" for n, axis in zip(names, s.axes, strict=True))
