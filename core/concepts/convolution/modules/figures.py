"""The board of tensors and calls, the tree of a network, and the training of layers in lists."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.convolution.modules.result import VARIANTS, Node, Result
from core.figures import bars, effects
from core.figures.curves import Curve, curves
from core.figures.look import GREY, color, faint
from core.stats import share_interval
from core.text import of_module, scientific

Option = dict[str, Any]
HUES = {"parameter": 0, "buffer": 1, "list": 3, "grad": 2, "flag": 2, "output": 2}
SYMBOLS = {"module": "circle", "parameter": "rect", "buffer": "diamond", "list": "triangle"}
GIVES = ("children()", "modules()", "parameters()", "buffers()", "state_dict()")
ROW, MOST = 25, 40  # pixels of a row; numbers of a tensor that are drawn
WORDS = of_module(__name__)


def board(result: Result, dark: bool) -> Option:
    """A row a tensor, a column a call; lit where the call moved the tensor, with the largest change of a number."""
    data = []
    for i, row in enumerate(result.rows):
        for c in range(len(result.settings.calls)):
            lit = result.moved(i, c)
            paint = faint(HUES[row.kind], 0.75 if dark else 0.55) if lit else "rgba(122, 135, 147, 0.12)"
            data.append({"value": [c, i, 1], "name": _said(result, i, c) if lit else "", "itemStyle": {"color": paint}})
    names = [
        f"{c + 1} {WORDS.option('calls', call)}{' ✗' if result.said[c] else ''}"
        for c, call in enumerate(result.settings.calls)
    ]
    label = {"show": True, "formatter": "{b}", "fontSize": 11, "color": "#FFFFFF" if dark else "#1A232D"}
    ground = "#0E1117" if dark else "#FFFFFF"
    return {
        "title": {"text": "What each call moved", "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "grid": {"left": 4, "right": 8, "top": 32, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "category", "data": names, "position": "top", "axisLabel": {"rotate": 45, "interval": 0},
                  "axisTick": {"show": False}, "axisLine": {"show": False}},
        "yAxis": {"type": "category", "data": [row.name for row in result.rows], "inverse": True,
                  "axisTick": {"show": False}, "axisLine": {"show": False}, "axisLabel": {"interval": 0}},
        "visualMap": {"show": False, "min": 0, "max": 1, "seriesIndex": 9},  # a heatmap must have one; the cells have colours
        "series": [{"type": "heatmap", "id": "cells", "selectedMode": "single", "select": {"itemStyle": {"borderColor": GREY}}, "data": data, "label": label, "animation": False, "cursor": "pointer",
                    "itemStyle": {"borderColor": ground, "borderWidth": 2}, "labelLayout": {"hideOverlap": True}}],
    }  # fmt: skip


def height(result: Result) -> int:
    """The pixels that the board needs."""
    return 110 + ROW * len(result.rows)


def chosen(result: Result, place: int) -> dict[str, int]:
    """The row and the call of a cell that is clicked."""
    calls = len(result.settings.calls)
    return {"row": 1 + place // calls, "call": 1 + place % calls}


def _said(result: Result, row: int, call: int) -> str:
    """What stands in a lit cell: the new dtype or mode, else the largest change."""
    before, after = result.notes[row][call : call + 2]
    change = result.change(row, call)
    if result.rows[row].kind == "grad":
        return "filled" if np.isnan(change) and after != "None" else "None" if after == "None" else short(change)
    return after if before != after else short(change)


def short(value: float) -> str:
    """A change in few signs."""
    return scientific(value) if value < 1e-3 else f"{value:.2g}"


def default_place(result: Result) -> tuple[int, int]:
    """The row and call that are looked at first, from 1: the first parameter that moves, else the first row."""
    for c in range(len(result.settings.calls)):
        for i in result.tensors:
            if result.rows[i].kind == "parameter" and result.moved(i, c):
                return i + 1, c + 1
    return 1, 1


def numbers(result: Result, row: int, call: int) -> Option:
    """The first numbers of a tensor before a call and after it."""
    before, after = (values[:MOST] for values in result.values[row][call : call + 2])
    names = [str(i) for i in range(max(len(before), len(after)))]
    series = [bars.series(before, GREY, "before"), bars.series(after, color(HUES[result.rows[row].kind]), "after")]
    option = bars.options(f"{result.rows[row].name}", "number", "value", names, series)
    option["yAxis"].pop("min")
    option["legend"]["data"] = ["before", "after"]
    return option


def tree(result: Result, lit: str, dark: bool) -> Option:
    """The network as an indented tree; lit: what one of the methods gives."""
    nodes = result.tree.walk()
    given = {id(node) for node in given_by(result.tree, lit)}
    ink = "#F2F5F7" if dark else "#1A232D"
    data, links = [], []
    for y, node in enumerate(nodes):
        on = id(node) in given
        hue = {"module": 2, "parameter": 0, "buffer": 1, "list": 3}[node.kind]
        paint = color(hue) if on else "rgba(122, 135, 147, 0.45)"
        label = {"color": ink if on else GREY, "fontWeight": 600 if on else 400}
        data.append(
            {"value": [node.depth, y], "name": node.label, "symbol": SYMBOLS[node.kind], "itemStyle": {"color": paint}, "label": label}
        )  # fmt: skip
        places = {id(n): i for i, n in enumerate(nodes)}
        links += [
            {"coords": [[node.depth, y], [node.depth, places[id(inside)]], [inside.depth, places[id(inside)]]]}
            for inside in node.inside
            if inside.kind != "list"
        ]
    hidden = {"type": "value", "show": False}
    return {
        "title": {"text": f"What net.{lit} gives", "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "grid": {"left": 14, "right": 8, "top": 40, "bottom": 10},
        "xAxis": hidden | {"min": 0, "max": 8},
        "yAxis": hidden | {"min": -0.3, "max": len(nodes) - 0.6, "inverse": True},
        "series": [
            {"type": "lines", "coordinateSystem": "cartesian2d", "polyline": True, "data": links, "silent": True, "animation": False,
             "lineStyle": {"color": GREY, "width": 1, "opacity": 0.6}},
            {"type": "scatter", "data": data, "symbolSize": 12, "silent": True, "animation": False, "z": 4,
             "label": {"show": True, "position": "right", "formatter": "{b}", "distance": 7, "fontSize": 12}},
        ],
    }  # fmt: skip


def tree_height(result: Result) -> int:
    """The pixels that the tree needs."""
    return 50 + 22 * len(result.tree.walk())


def given_by(net: Node, method: str) -> list[Node]:
    """The nodes that a method of the network gives."""
    nodes = net.walk()
    kinds = {
        "children()": ("module",),
        "modules()": ("module",),
        "parameters()": ("parameter",),
        "buffers()": ("buffer",),
    }
    found = [node for node in nodes if node.kind in kinds.get(method, ("parameter", "buffer"))]
    return [node for node in found if node.depth == 1] if method == "children()" else found


def loss(result: Result) -> Option:
    """Training loss against the step, for each way of keeping the layers."""
    race = result.race
    drawn = [
        Curve(name, race.at, rows.mean(0), rows.min(0), rows.max(0), hue, dashed=hue > 0)
        for hue, (name, rows) in enumerate(race.loss.items())
    ]
    return curves("Training loss", drawn, "step")


def accuracy(result: Result) -> Option:
    """Held-out accuracy, for each way of keeping the layers."""
    race = result.race
    rows = [
        (name, share_interval(race.accuracy[name], len(race.right[name])), race.accuracy[name], hue)
        for hue, name in enumerate(VARIANTS)
    ]
    option = effects.dots("Accuracy on held-out digits", rows, "% correct")
    option["xAxis"] |= {"min": 0, "max": 100}
    del option["series"][0]["markLine"]
    return option
