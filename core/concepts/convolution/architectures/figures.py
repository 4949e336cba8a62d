"""Charts of a network's layers, and of networks that grow deeper."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.concepts.convolution.architectures.result import MEASURES, Costs, Layer, Result
from core.concepts.convolution.architectures.settings import CONNECTIONS
from core.figures.curves import Curve, curves
from core.figures.look import GREY, color
from core.stats import share_interval

HUES = (1, 0, 2)  # of the connections
NAMES = {"parameters": "Params", "flops": "FLOPs", "memory": "Outputs", "time": "Time"}
KINDS = ("convolution", "linear", "normalisation", "activation", "pooling", "dropout")
LEFT, RIGHT = 33, 98  # per cent of the width between which the four columns of bars stand


def anatomy(costs: Costs, title: str) -> dict[str, Any]:
    """A row a block: its share of parameters, operations, memory and time. One row of the picture, four columns of bars."""
    share = costs.shares("block")
    first = {layer.block: layer for layer in reversed(costs.layers)}
    given = [*[layer.inputs for layer in first.values()][-2::-1], costs.layers[-1].shape]  # what the next block gets
    names = [f"{_called(first[name])}  {'×'.join(map(str, shape))}" for name, shape in zip(share, given, strict=True)]
    values = 100 * np.array(list(share.values()))  # (blocks, measures)
    top = max(10.0, float(np.nanmax(values)))
    width = (RIGHT - LEFT) / len(MEASURES)
    titles = [{"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}}]
    grids, across, down, series = [], [], [], []
    for i, measure in enumerate(MEASURES):
        left = LEFT + i * width
        small = {"fontSize": 11, "fontWeight": 600}
        titles.append({"text": NAMES[measure], "left": f"{left}%", "top": 26, "textStyle": small})
        grids.append({"left": f"{left}%", "width": f"{width - 2}%", "top": 48, "bottom": 6})
        across.append({"type": "value", "gridIndex": i, "min": 0, "max": 1.45 * top, "show": False})
        category = {"type": "category", "gridIndex": i, "data": names, "inverse": True, "axisTick": {"show": False}}
        quiet = {
            "axisLabel": {"show": i == 0, "fontSize": 10, "interval": 0},
            "axisLine": {"lineStyle": {"color": GREY}},
        }
        down.append(category | quiet)
        data = [{"value": round(float(v), 2), "name": f"{v:.0f}" if v >= 0.5 else f"{v:.1f}"} if np.isfinite(v) else "-"
                for v in values[:, i]]  # fmt: skip
        shown = {"show": True, "position": "right", "formatter": "{b}", "fontSize": 10, "color": GREY}
        series.append(
            {"type": "bar", "xAxisIndex": i, "yAxisIndex": i, "data": data, "barCategoryGap": "22%", "label": shown,
             "itemStyle": {"color": color(i)}, "animation": False, "silent": True}
        )  # fmt: skip
    return {
        "title": titles, "grid": grids, "xAxis": across, "yAxis": down, "series": series, "tooltip": {"show": False}
    }  # fmt: skip


def _called(layer: Layer) -> str:
    """What the block that begins with this layer is called, in a few letters."""
    name = layer.block.removeprefix("features.").replace("denseblock", "dense")
    return f"{layer.kind.removesuffix('olution')} {name}" if name.isdigit() else name


def height(costs: Costs) -> int:
    """Of that chart, in pixels."""
    return 70 + 22 * len({layer.block for layer in costs.layers})


def kinds(costs: Costs) -> dict[str, Any]:
    """What each kind of layer takes of the four measures, stacked to 100 %."""
    share = costs.shares("kind")
    present = [kind for kind in KINDS if kind in share]
    rows = [m for m in MEASURES if m != "time" or costs.complete]
    series = [
        {"type": "bar", "stack": "all", "name": kind, "data": [round(100 * float(v), 2) for v in share[kind][: len(rows)]],
         "itemStyle": {"color": color(KINDS.index(kind))}, "animation": False, "barWidth": "62%"}
        for kind in present
    ]  # fmt: skip
    return {
        "title": {"text": "Share of each kind of layer (%)", "left": 0, "top": 0,
                  "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"data": present, "bottom": 0, "left": "center", "itemWidth": 14},
        "grid": {"left": 8, "right": 20, "top": 34, "bottom": 58, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "valueFormatter": "%.1f %%"},
        "xAxis": {"type": "value", "min": 0, "max": 100},
        "yAxis": {"type": "category", "data": [NAMES[m] for m in rows], "inverse": True, "axisTick": {"show": False}},
        "series": series,
    }  # fmt: skip


def by_depth(result: Result) -> dict[str, Any]:
    """Training loss against depth, a line a connection."""
    series = []
    for i, name in enumerate(CONNECTIONS):
        depths, v = _trained(result, i, result.final)
        series.append(Curve(name, depths, v.mean(1), v.min(1), v.max(1), HUES[i]))
    spec = curves("Training loss by depth", series, "")
    spec["yAxis"] = {"type": "value", "min": 0}
    return _depth_axis(spec, result)


def accuracy(result: Result) -> dict[str, Any]:
    """Validation accuracy against depth, a line a connection."""
    assert result.right is not None
    series = []
    for i, name in enumerate(CONNECTIONS):
        depths, v = _trained(result, i, result.right)
        spread = [share_interval(seeds.mean(-1), seeds.shape[-1]) for seeds in v]
        mean, low, high = (np.array([getattr(r, end) for r in spread]) for end in ("mean", "low", "high"))
        series.append(Curve(name, depths, mean, low, high, HUES[i]))
    return _depth_axis(curves("Validation accuracy (%) by depth", series, "", percent=True), result)


def _trained(result: Result, connection: int, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The depths at which networks of a connection are trained, and their part of values (connection, depth, ...)."""
    s = result.settings
    keep = [i for i, depth in enumerate(s.depths) if s.trains(CONNECTIONS[connection], depth)]
    return np.array(s.depths)[keep], values[connection, keep]


def _depth_axis(spec: dict[str, Any], result: Result) -> dict[str, Any]:
    depths = result.settings.depths
    axis = {"type": "log", "logBase": 2, "min": depths[0], "max": depths[-1], "splitLine": {"show": False}}
    spec["xAxis"] = axis | {"name": "layers between the first and the last", "nameLocation": "middle", "nameGap": 24}
    for line in spec["series"]:
        if "name" in line:
            line["symbol"], line["symbolSize"] = "circle", 7
    return spec


def table(costs: Costs) -> pd.DataFrame:
    """A row a layer."""
    return costs.table()
