"""The part of each network that was new, as boxes and arrows; what stands in a box is read from the layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.convolution.architectures.result import Costs, Layer
from core.concepts.convolution.architectures.settings import CHANNELS, CONNECTIONS, GROWTH
from core.figures.look import COLORS, GREY

Node = tuple[str, float, float]  # a layer's name or a word, and its place, from left to right and from top to bottom
Edge = tuple[int, int, float]  # from a node to a node, and how far the arrow bends
PAINT = {"convolution": COLORS[0], "linear": COLORS[2], "pooling": COLORS[1]}
JOINED = "#56616B"
KINDS = {"conv": "convolution", "linear": "linear"}
SHOWN = 4  # of their layers
HEIGHT, TOP, BOTTOM = 340, 50, 22  # of the picture, and what is free above and below, in pixels


def chain(*names: str) -> tuple[list[Node], list[Edge]]:
    return [(name, 0.0, float(i)) for i, name in enumerate(names)], [(i, i + 1, 0.0) for i in range(len(names) - 1)]


INCEPTION = ((0, 1), (0, 2), (0, 4), (0, 6), (2, 3), (4, 5), (6, 7), (1, 8), (3, 8), (5, 8), (7, 8))


def inception() -> tuple[list[Node], list[Edge]]:
    branch = "inception3a.branch"
    nodes: list[Node] = [
        ("input", 0, 0), (f"{branch}1.conv", -1.5, 2), (f"{branch}2.0.conv", -0.5, 1), (f"{branch}2.1.conv", -0.5, 2),
        (f"{branch}3.0.conv", 0.5, 1), (f"{branch}3.1.conv", 0.5, 2), (f"{branch}4.0", 1.5, 1),
        (f"{branch}4.1.conv", 1.5, 2), ("concatenate", 0, 3),
    ]  # fmt: skip
    return nodes, [(a, b, 0.0) for a, b in INCEPTION]


def shortcut() -> tuple[list[Node], list[Edge]]:
    nodes, edges = chain("input", "layer1.0.conv1", "layer1.0.conv2", "add")
    return nodes, [*edges, (0, 3, 0.7)]


def dense() -> tuple[list[Node], list[Edge]]:
    layers = [f"features.denseblock1.denselayer{i}.conv2" for i in (1, 2, 3)]
    nodes, edges = chain("input", *layers, "concatenate")
    past = [(a, b) for a in range(4) for b in range(a + 2, 5)]
    return nodes, [*edges, *[(a, b, _bend(a, b)) for a, b in past]]


def _bend(a: int, b: int) -> float:
    """How far the arrow of a connection past some layers bends: enough to pass their boxes, longer ones a little further out,
    and to either side in turn."""
    return (31 + 5 * (b - a)) / (27 * (b - a)) * (-1 if (a + b) % 2 else 1)


DIAGRAMS = {
    "LeNet-5": chain("input", "0", "2", "3", "5", "7", "9", "11"),
    "AlexNet": chain("input", *[f"features.{i}" for i in (0, 2, 3, 5, 6, 8, 10, 12)], *[f"classifier.{i}" for i in (1, 4, 6)]),
    "VGG-16": chain("input", *[f"features.{i}" for i in (0, 2, 4, 5, 7, 9)]),
    "GoogLeNet": inception(),
    "ResNet-18": shortcut(),
    "DenseNet-121": dense(),
}  # fmt: skip


def label(layer: Layer) -> str:
    """What stands in the box of a layer: 3×3 conv, 64."""
    if layer.kind == "pooling":
        return f"{layer.kernel} pool"
    return f"{layer.kernel} conv, {layer.shape[0]}" if layer.kind == "convolution" else f"linear, {layer.shape[0]}"


def diagram(costs: Costs, title: str) -> dict[str, Any]:
    """What was new in a network."""
    at = {layer.name: layer for layer in costs.layers}
    nodes, edges = DIAGRAMS[costs.network]
    named = [(label(at[n]), PAINT[at[n].kind]) if n in at else (n, JOINED) for n, _, _ in nodes]
    return drawn(title, nodes, edges, named, 80 if any(x for _, x, _ in nodes) else 98)


def connections(title: str) -> dict[str, Any]:
    """Four layers of a plain, a residual and a dense network, side by side."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    named = []
    for column, name in enumerate(CONNECTIONS):
        first, channels = len(nodes), GROWTH if name == "dense" else CHANNELS
        words = [name, *[f"conv, {channels}"] * SHOWN, "linear, 10"]
        named += [(word, PAINT.get(KINDS.get(word.split(",")[0], ""), JOINED)) for word in words]
        nodes += [(word, 1.1 * (column - 1), float(y)) for y, word in enumerate(words)]
        edges += [(first + y, first + y + 1, 0.0) for y in range(SHOWN + 1)]
        if name == "residual":
            edges += [(first + y, first + y + 2, 0.9) for y in range(0, SHOWN, 2)]
        elif name == "dense":
            edges += [(first + a, first + b, _bend(a, b)) for a in range(SHOWN) for b in range(a + 2, SHOWN + 2)]
    return drawn(title, nodes, edges, named, 66)


def drawn(
    title: str, nodes: Sequence[Node], edges: Sequence[Edge], named: Sequence[tuple[str, str]], wide: int
) -> dict[str, Any]:
    """Boxes and arrows, as Apache ECharts options. named: the words in each box, and its colour; wide: its width in pixels."""
    across, down = max(abs(x) for _, x, _ in nodes), max(y for _, _, y in nodes)
    high = 30 if down < 9 else 20
    edge = (high / 2 + 1) * down / (HEIGHT - TOP - BOTTOM)  # from the middle of a box to its edge
    boxes = [
        {"name": words, "value": [x, y], "itemStyle": {"color": paint, "opacity": 1}}
        for (_, x, y), (words, paint) in zip(nodes, named, strict=True)
    ]
    arrows = []
    for a, b, bend in edges:
        ends = [[nodes[a][1], nodes[a][2] + (0 if bend else edge)], [nodes[b][1], nodes[b][2] - edge]]
        arrows.append({"coords": ends, "lineStyle": {"curveness": bend, "color": GREY, "width": 1.8}})
    hidden = {"type": "value", "show": False}
    reach = across + 0.55 if across else 1
    quiet = {"silent": True, "animation": False}
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "grid": {"left": 4, "right": 4, "top": TOP, "bottom": BOTTOM},
        "xAxis": hidden | {"min": -reach, "max": reach},
        "yAxis": hidden | {"min": 0, "max": down, "inverse": True},
        "tooltip": {"show": False},
        "series": [
            quiet | {"type": "lines", "coordinateSystem": "cartesian2d", "data": arrows, "z": 2, "clip": False,
                     "symbol": ["none", "arrow"], "symbolSize": 8},
            quiet | {"type": "scatter", "symbol": "rect", "symbolSize": [wide, high], "data": boxes, "z": 3, "clip": False,
                     "label": {"show": True, "formatter": "{b}", "color": "#FFFFFF", "fontSize": 11}},
        ],
    }  # fmt: skip
