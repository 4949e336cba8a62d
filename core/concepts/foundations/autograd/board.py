"""The board on which a play is shown, as Apache ECharts options with a timeline: graph, numbers, gradients, parameters,
decision field and loss move together in the browser, without asking the server."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from core.concepts.foundations.autograd.moments import Moment, Shown, moments, short, shown, story
from core.concepts.foundations.autograd.result import FIELD, Result
from core.figures.look import COLORS, GREY, color

Option = dict[str, Any]
BLUE, ORANGE, GREEN, PINK = COLORS[0], COLORS[1], COLORS[2], COLORS[3]
HEIGHT = 452
# Widths of the chart from which on the parts lie like this: (left, top, width, height) of graph, bars, field and loss; size
# of a node, of a cell, and of the letters.
SIZES: tuple[tuple[int, dict[str, Any]], ...] = (
    (0, {"graph": (4, 112, 312, 152), "bars": (30, 306, 130, 106), "field": (186, 292, 120, 120), "loss": (2000, 290, 60, 60),
         "node": [38, 36], "cell": 3, "font": 8, "room": 300}),
    (600, {"graph": (8, 86, 372, 204), "bars": (44, 336, 320, 82), "field": (404, 84, 180, 180), "loss": (440, 336, 140, 70),
           "node": [46, 44], "cell": 4, "font": 10, "room": 560}),
    (760, {"graph": (8, 86, 524, 208), "bars": (44, 336, 470, 82), "field": (572, 78, 240, 240), "loss": (600, 346, 202, 72),
           "node": [60, 50], "cell": 6, "font": 11, "room": 660}),
    (1050, {"graph": (8, 86, 640, 208), "bars": (44, 336, 580, 82), "field": (740, 78, 240, 240), "loss": (768, 346, 202, 72),
            "node": [74, 50], "cell": 7, "font": 12, "room": 860}),
    (1200, {"graph": (8, 86, 640, 208), "bars": (44, 336, 580, 82), "field": (700, 80, 300, 300), "loss": (1056, 110, 160, 230),
            "node": [74, 50], "cell": 7, "font": 12, "room": 980}),
)  # fmt: skip


@lru_cache(maxsize=4)
def frames(result: Result, dark: bool) -> tuple[Option, ...]:
    """All that moves, at every moment."""
    return tuple(_frame(result, moment, dark) for moment in moments(result))


def board(result: Result, dark: bool, at: int, click: str) -> Option:
    """The whole board, standing at moment `at`. click: what the tooltip of a node says; the series "places" takes clicks."""
    drawn = frames(result, dark)
    media = [{"query": {"minWidth": wide}, "option": _sized(result, size)} for wide, size in SIZES]
    base: Option = {
        "animation": False,
        "title": drawn[at]["title"],
        "tooltip": {"trigger": "item"},
        "xAxis": _axes(result, "x", dark),
        "yAxis": _axes(result, "y", dark),
        "grid": media[0]["option"]["grid"],
        "visualMap": _paints(),
        "timeline": _timeline(moments(result), at),
        "series": [*drawn[at]["series"], *_still(result), _places(result, click)],
    }
    return {"baseOption": base, "options": list(drawn), "media": media}


def _sized(result: Result, size: dict[str, Any]) -> Option:
    """The places and sizes of all parts for a chart of some width."""
    parts = {name: size[name] for name in ("graph", "bars", "field", "loss")}
    if result.fields is None:  # the loss has the room of the field
        left, _, width, _ = parts["loss"]
        if left < 2000:
            start = parts["field"][0] + 28
            parts["loss"] = (start, 96, left + width - start, 322)
        else:
            parts["loss"] = (214, 306, 96, 106)
        parts["field"] = (3000, 0, 10, 10)
    grids = [
        {"left": left, "top": top, "width": width, "height": height, "outerBoundsMode": "none"}
        for left, top, width, height in parts.values()
    ]
    label = {"fontSize": size["font"], "lineHeight": size["font"] + 4}
    series = [
        {"id": "graph", "symbolSize": size["node"], "label": label, "edgeLabel": {"fontSize": size["font"]}},
        {"id": "values", "symbolSize": size["cell"]},
        {"id": "gradients", "symbolSize": size["cell"]},
        {"id": "places", "symbolSize": size["node"]},
    ]
    wide = size["room"] > 500
    heading = {"textStyle": {"width": size["room"], "overflow": "break", "fontSize": 14 if wide else 12}}
    timeline = {"top": 14 if wide else 40}
    return {"grid": grids, "series": series, "title": [heading, {"show": wide}], "timeline": timeline}


def _axes(result: Result, name: str, dark: bool) -> list[Option]:
    """Axes of graph, bars (numbers and .grad), field (cells and points) and loss."""
    hidden = {"show": False}
    bars = _bars(result)
    names = [label for label, *_ in bars]
    word = {"color": GREY, "fontSize": 10}
    if name == "x":
        field = [{"type": "category", "data": list(range(FIELD)), "gridIndex": 2} | hidden]
        field.append({"type": "value", "gridIndex": 2, **_span(result, 0)} | hidden)
        steps = {"type": "value", "gridIndex": 3, "min": 0, "max": max(1, result.updates), "name": "update"}
        return [
            {"type": "value", "gridIndex": 0, "min": 0, "max": 100} | hidden,
            {"type": "category", "data": names, "gridIndex": 1, "axisTick": {"show": False}, "axisLine": {"onZero": False},
             "axisLabel": word | {"interval": 0}},
            *field,
            steps | {"nameLocation": "middle", "nameGap": 20, "splitLine": {"show": False}, "minInterval": 1, "axisLabel": word,
                     "nameTextStyle": word},
        ]  # fmt: skip
    blue, orange = ("#6CB8E6", "#F2995C") if dark else (BLUE, "#B34E00")
    bars_of = ((result.parameters, "left", "parameters", blue), (result.stored, "right", ".grad", orange))
    sides = []
    for rows, side, words, paint in bars_of:
        most = _ceil(max((float(np.abs(part).max()) for part in rows.values()), default=1.0))
        ends = {"min": -most, "max": most, "interval": most, "splitLine": {"show": side == "left"}}
        title = {"name": words, "nameGap": 8, "nameTextStyle": {"color": paint, "align": side, "fontSize": 11}}
        numbers = {"color": paint, "fontSize": 10, "showMinLabel": False}
        sides.append({"type": "value", "gridIndex": 1, "position": side, "axisLabel": numbers} | ends | title)
    finite = result.loss[np.isfinite(result.loss)]
    top = _ceil(float(finite.max())) if len(finite) else 1.0
    return [
        {"type": "value", "gridIndex": 0, "min": 0, "max": 100} | hidden,
        *sides,
        {"type": "category", "data": list(range(FIELD)), "gridIndex": 2} | hidden,
        {"type": "value", "gridIndex": 2, **_span(result, 1)} | hidden,
        {"type": "value", "gridIndex": 3, "min": 0, "max": top, "interval": top / 2, "name": "loss", "nameGap": 8, "axisLabel": word,
         "nameTextStyle": word | {"align": "left"}},
    ]  # fmt: skip


def _ceil(v: float) -> float:
    """A round number at or above v."""
    if not v > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(v))
    found = next(power * m for m in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if power * m >= v * (1 - 1e-9))
    return float(f"{found:.2g}")


def _span(result: Result, i: int) -> Option:
    if result.axes is None:
        return {"min": 0, "max": 1}
    axis = result.axes[i]
    half = (axis[1] - axis[0]) / 2  # cells reach half a cell beyond their middles
    return {"min": float(axis[0] - half), "max": float(axis[-1] + half)}


def _paints() -> list[Option]:
    """Colours of cells by their number: values, gradients, and the field."""
    common = {"type": "continuous", "show": False, "dimension": 2}
    white = "#F3F5F7"
    return [
        common | {"seriesIndex": 1, "min": -1, "max": 1, "inRange": {"color": [ORANGE, white, BLUE]}},
        common | {"seriesIndex": 2, "min": -1, "max": 1, "inRange": {"color": [PINK, white, GREEN]}},
        common | {"seriesIndex": 3, "min": 0, "max": 100, "inRange": {"color": ["#7DB6DA", "#E8F0F5", "#FBEFE7", "#EBB088"]}},
    ]  # fmt: skip


def _timeline(played: tuple[Moment, ...], at: int) -> Option:
    """Buttons to play and to step, and a slider over the moments."""
    labels, last = [], -1
    for m in played:
        new = m.update != last and (m.phase != "whole" or (m.update + 1) % 10 == 0)
        labels.append(str(m.update + 1) if new else "")
        last = m.update if new else last
    return {
        "axisType": "category", "data": labels, "currentIndex": at, "playInterval": 420, "loop": True,
        "left": 0, "right": 16, "top": 14, "height": 44, "symbolSize": 1, "symbol": "none",
        "lineStyle": {"color": GREY, "width": 2}, "progress": {"lineStyle": {"color": BLUE}, "itemStyle": {"color": BLUE}},
        "itemStyle": {"color": GREY}, "label": {"interval": 0, "color": GREY, "fontSize": 11},
        "checkpointStyle": {"color": BLUE, "borderColor": "#FFFFFF", "borderWidth": 2, "symbolSize": 16, "animation": False},
        "controlStyle": {"itemSize": 26, "itemGap": 8, "color": BLUE, "borderColor": BLUE},
        "emphasis": {"controlStyle": {"color": BLUE, "borderColor": BLUE}, "checkpointStyle": {"color": BLUE}, "label": {"color": GREY}},
    }  # fmt: skip


def _frame(result: Result, moment: Moment, dark: bool) -> Option:
    """All that moves, at a moment."""
    now = shown(result, moment)
    loss = result.loss[now.updates] if now.updates < len(result.loss) else np.nan
    corner = f"loss {short(loss)} after {now.updates} update{'s' * (now.updates != 1)}"
    title = [
        {"text": story(result, moment), "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        {"text": corner, "right": 8, "top": 0, "textStyle": {"fontSize": 13, "fontWeight": 400, "color": GREY}},
    ]
    # In this order: _paints finds them by their number.
    series = [_graph(result, now, moment, dark), *_cells(result, now), _field(result, now), *_units(result, now)]
    return {"title": title, "series": [*series, *_numbers(result, now), _dot(result, now)]}


def _is_cells(result: Result, i: int) -> bool:
    """Whether a node holds several numbers."""
    return bool(result.values[i].shape[1] > 1)


def _graph(result: Result, now: Shown, moment: Moment, dark: bool) -> Option:
    text = "#E6EBF0" if dark else "#1A232D"
    fill = {
        "parameter": "#12324A" if dark else "#E1EFF8",
        "data": "#2A323A" if dark else "#F1F3F5",
        "": "#1A232D" if dark else "#FFFFFF",
    }
    nodes, links = [], []
    for i, node in enumerate(result.nodes):
        value, gradient = now.values[i], now.gradients[i]
        lines = [f"{{n|{node.name}}}"]
        if _is_cells(result, i):
            lines += ["", ""]
        else:
            lines.append("" if value is None else f"{{v|{short(value[0])}}}")
            lines.append("" if gradient is None else f"{{g|{short(gradient[0])}}}")
        active = i == moment.node
        edge = (ORANGE if moment.phase == "backward" else BLUE) if active else GREY
        style = {
            "color": fill.get(node.op, fill[""]), "borderColor": edge, "borderWidth": 3 if active else 1,
            "borderType": "solid" if node.inputs or node.op == "parameter" else "dashed",
        }  # fmt: skip
        if moment.phase == "refused" and (node.op == "mul_" or i == len(result.nodes) - 1):
            style |= {"borderColor": COLORS[1], "borderWidth": 3}
        nodes.append({"value": list(node.at), "itemStyle": style, "label": {"formatter": "\n".join(lines)}})
    for i, node in enumerate(result.nodes):
        for slot, k in enumerate(node.inputs):
            phase = now.edges.get((i, slot), "")
            cut = node.op in ("detach", "no_grad")
            paint = {"forward": BLUE, "backward": ORANGE}.get(phase, GREY)
            line = {
                "color": paint,
                "width": 2.5 if phase else 1,
                "opacity": 1 if phase else 0.6,
                "type": "dashed" if cut else "solid",
            }
            if node.inputs.count(k) > 1:
                line["curveness"] = 0.25 if slot else -0.25
            link: Option = {"source": k, "target": i, "lineStyle": line}
            if phase == "backward":
                by = result.local.get((i, slot))
                words = short(by[moment.update]) if by is not None else node.local[slot]
                link["label"] = {"show": True, "formatter": words}
                if result.nodes[k].at[1] == node.at[1]:  # above the row, as there is no room between the nodes
                    link["label"] |= {"offset": [0, -24]}
            links.append(link)
    rich = {
        "n": {"fontWeight": 600, "color": text}, "v": {"color": "#6CB8E6" if dark else BLUE},
        "g": {"color": "#F2995C" if dark else "#B34E00"},
    }  # fmt: skip
    halo = {
        "color": "#F2995C" if dark else "#B34E00",
        "backgroundColor": fill[""],
        "padding": [1, 3],
        "borderRadius": 3,
    }
    return {
        "type": "graph", "id": "graph", "coordinateSystem": "cartesian2d", "xAxisIndex": 0, "yAxisIndex": 0, "silent": True,
        "symbol": "roundRect", "data": nodes, "links": links, "edgeSymbol": ["none", "arrow"], "edgeSymbolSize": 7, "z": 3,
        "label": {"show": True, "position": "inside", "align": "center", "rich": rich}, "edgeLabel": halo | {"position": "middle"},
        "animation": False,
    }  # fmt: skip


def _cells(result: Result, now: Shown) -> list[Option]:
    """The numbers of arrays as rows of cells: values above, gradients below; each row on a scale of its own."""
    rows: tuple[list[list[float]], list[list[float]]] = ([], [])
    for i, node in enumerate(result.nodes):
        if not _is_cells(result, i):
            continue
        for part, row, dy in zip((now.values[i], now.gradients[i]), rows, (0.5, -8.0), strict=True):
            if part is None:
                continue
            part = part / (float(np.abs(part).max()) or 1.0)
            x = node.at[0] + 1.35 * (np.arange(len(part)) - (len(part) - 1) / 2)
            row += [[round(a, 2), node.at[1] + dy, b] for a, b in zip(x.tolist(), part.round(2).tolist(), strict=True)]
    look = {
        "type": "scatter", "symbol": "rect", "xAxisIndex": 0, "yAxisIndex": 0, "silent": True, "animation": False, "z": 5,
        "itemStyle": {"borderColor": "rgba(122, 135, 147, 0.6)", "borderWidth": 0.5},
    }  # fmt: skip
    return [look | {"id": name, "data": row} for name, row in zip(("values", "gradients"), rows, strict=True)]


def _field(result: Result, now: Shown) -> Option:
    data: list[list[int]] = []
    if result.fields is not None:
        percent = result.fields[now.updates].ravel().tolist()
        data = [[i % FIELD, i // FIELD, v] for i, v in enumerate(percent)]
    return {
        "type": "heatmap", "id": "field", "xAxisIndex": 2, "yAxisIndex": 3, "data": data, "silent": True, "animation": False,
        "z": 1, "progressive": 0,
    }  # fmt: skip


def _units(result: Result, now: Shown) -> list[Option]:
    """A line for each hidden unit: where its input is zero."""
    of = {result.nodes[i].name: rows for i, rows in now.parameters.items()}
    if result.axes is None:
        return []
    if "W₁" in of:
        weights, biases = of["W₁"].reshape(2, -1).T, of["b₁"]
    else:
        weights, biases = np.array([[of["w₁"][0], of["w₂"][0]]]), of["b"]
    drawn = []
    reach = 10.0
    for k, ((a, b), c) in enumerate(zip(weights, biases, strict=True)):
        size = float(np.hypot(a, b))
        data: list[list[float]] = []
        if np.isfinite(size) and size > 1e-9 and abs(c) / size < reach:
            foot = np.array([a, b]) * -c / size**2
            along = np.array([-b, a]) / size * reach
            data = [(foot - along).round(3).tolist(), (foot + along).round(3).tolist()]
        drawn.append(
            {"type": "line", "id": f"unit{k}", "xAxisIndex": 3, "yAxisIndex": 4, "data": data, "symbol": "none", "clip": True,
             "silent": True, "animation": False, "z": 3, "lineStyle": {"color": "#3A4550", "width": 1.3, "type": "dashed"}}
        )  # fmt: skip
    return drawn


def _bars(result: Result) -> list[tuple[str, int, int]]:
    """A bar a parameter: its name (where it stands for itself), the node, and its place in the node."""
    found = []
    for i, rows in result.parameters.items():
        k = rows.shape[1]
        for j in range(k):
            found.append((result.nodes[i].name if j == (k - 1) // 2 else "", i, j))
    return found


def _numbers(result: Result, now: Shown) -> list[Option]:
    """Bars of the parameters and of their .grad."""
    places = _bars(result)
    parts = ((now.parameters, BLUE, 1, "parameter"), (now.stored, ORANGE, 2, ".grad"))
    return [
        {"type": "bar", "id": f"bar {name}", "name": name, "xAxisIndex": 1, "yAxisIndex": axis, "animation": False, "barGap": "0%",
         "data": [_number(part[i][j]) for _, i, j in places], "itemStyle": {"color": paint}, "barMaxWidth": 18,
         "tooltip": {"formatter": name + ": {c}"}}
        for part, paint, axis, name in parts
    ]  # fmt: skip


def _dot(result: Result, now: Shown) -> Option:
    at = [now.updates, _number(result.loss[now.updates])] if now.updates < len(result.loss) else []
    return {
        "type": "scatter", "id": "dot", "xAxisIndex": 4, "yAxisIndex": 5, "data": [at] if at else [], "symbolSize": 11, "silent": True,
        "itemStyle": {"color": BLUE, "borderColor": "#FFFFFF", "borderWidth": 1.5}, "animation": False, "z": 6,
    }  # fmt: skip


def _still(result: Result) -> list[Option]:
    """What does not move: the loss curve and the points."""
    curve = [[i, _number(v)] for i, v in enumerate(result.loss)]
    drawn: list[Option] = [
        {"type": "line", "id": "loss", "xAxisIndex": 4, "yAxisIndex": 5, "data": curve, "symbol": "none", "animation": False,
         "silent": True, "lineStyle": {"color": BLUE, "width": 2}, "z": 2}
    ]  # fmt: skip
    if result.x is None or result.y is None:
        return drawn
    size = 6 if len(result.x) > 1 else 14
    for k in (0, 1):
        mine = result.x[result.y == k].round(3).tolist()
        drawn.append(
            {"type": "scatter", "id": f"class{k}", "xAxisIndex": 3, "yAxisIndex": 4, "data": mine, "symbolSize": size, "silent": True,
             "itemStyle": {"color": color(k), "borderColor": "#FFFFFF", "borderWidth": 0.6}, "animation": False, "z": 4}
        )  # fmt: skip
    if result.settings.example == "perceptron":
        chosen = result.x[result.settings.point - 1].round(3).tolist()
        drawn.append(
            {"type": "scatter", "id": "chosen", "xAxisIndex": 3, "yAxisIndex": 4, "data": [chosen], "symbolSize": 13, "silent": True,
             "itemStyle": {"color": "rgba(0, 0, 0, 0)", "borderColor": "#111111", "borderWidth": 2}, "animation": False, "z": 5}
        )  # fmt: skip
    return drawn


def _places(result: Result, click: str) -> Option:
    """An unseen place over each node that takes clicks."""
    data = [
        {"value": list(node.at), "tooltip": {"formatter": f"{node.name}{' = ' + node.formula if node.formula else ''}<br>{click}"}}
        for node in result.nodes
    ]  # fmt: skip
    unseen = {"itemStyle": {"opacity": 0}}
    return {
        "type": "scatter", "id": "places", "xAxisIndex": 0, "yAxisIndex": 0, "data": data, "symbol": "rect", "animation": False,
        "z": 9, "selectedMode": "single", **unseen, "select": unseen, "emphasis": {"itemStyle": {"opacity": 0.2, "color": GREY}},
    }  # fmt: skip


def _number(v: float) -> float | None:
    return float(f"{v:.4g}") if np.isfinite(v) and abs(v) < 1e12 else None
