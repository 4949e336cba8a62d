"""Charts of the gradients of many deep networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.concepts.optimization.gradient_flow.findings import changed_by_clipping, initialisation_name, name
from core.concepts.optimization.gradient_flow.result import Result
from core.concepts.optimization.gradient_flow.settings import (
    ACTIVATIONS,
    CLIPPED,
    INITIALISATIONS,
    NETWORKS,
    STRUCTURES,
    Settings,
    ViewSettings,
)
from core.concepts.optimization.gradient_flow.theory import theory
from core.figures.blocks import RISING, blocks
from core.figures.curves import Curve, curves
from core.figures.intervals import forest
from core.figures.look import GREY, color

REACH = 6  # powers of ten that the colours of a map span to either side
ROWS = [(a, i) for a in ACTIVATIONS for i in INITIALISATIONS]
COLUMNS = ("plain", "batch\nnorm", "residual", "residual\n/ √L")  # two lines, so that they fit side by side on a phone
HUES = (1, 4, 0, 2)  # of the structures
MAP_TITLES = {
    "gradient": "Gradient at initialisation",
    "activations": "Activations at initialisation",
    "gradient of the weights": "Gradient of the weights at initialisation",
}
LAYER_TITLES = {"gradient": "Gradient at each layer (last: 1)", "activations": "Size of each layer's output"}


def row_names(settings: Settings) -> list[str]:
    return [f"{a} {initialisation_name(i, settings.scale)}" for a, i in ROWS]


def place(view: ViewSettings) -> tuple[int, int]:
    """Row and column of a network in the maps."""
    return ROWS.index((view.activation, view.initialisation)), STRUCTURES.index(view.structure)


def choice(cell: int) -> dict[str, str]:
    """The network in a cell of a map, counted along the rows."""
    (activation, initialisation), structure = ROWS[cell // len(STRUCTURES)], STRUCTURES[cell % len(STRUCTURES)]
    return {"activation": activation, "initialisation": initialisation, "structure": structure}


def table(values: np.ndarray) -> np.ndarray:
    """(activation, structure, initialisation, ...) -> (rows, columns, ...)."""
    turned = values.swapaxes(1, 2)
    return turned.reshape(len(ROWS), *turned.shape[2:])


def start_map(result: Result, view: ViewSettings) -> dict[str, Any]:
    """All networks at initialisation, layer by layer; the numbers are powers of ten."""
    start = result.start
    of = {"gradient": start.gradient, "activations": start.activations}.get(view.measure, start.weights)
    values = table(np.log10(np.maximum(of, 1e-300)).mean(-2))  # geometric mean over seeds; a zero is far below
    number = values[..., 0] - values[..., -1]
    ends = ("10⁻⁶", "10⁶")
    if view.measure == "gradient":
        values, ends = values - values[..., -1:], ("÷ 10⁶", "× 10⁶")
    elif view.measure == "activations":
        values, number, ends = values - values[..., :1], -number, ("÷ 10⁶", "× 10⁶")
    else:
        number = values.mean(-1)
    text = [[f"{v:+.1f}".replace("-", "−") if abs(v) >= 0.05 else "0.0" for v in row] for row in number]
    title, span = MAP_TITLES[view.measure], (-REACH, REACH)
    return blocks(title, row_names(result.settings), COLUMNS, values, text, span, ends, chosen=place(view))


def learnt_map(result: Result, view: ViewSettings) -> dict[str, Any]:
    """Accuracy of all networks so far, without clipping (left half of a cell) and with it (right half)."""
    assert result.learnt is not None
    mean = 100 * table(result.learnt.mean(-1))  # (rows, columns, 2)
    text = [[f"{without:.0f} → {limited:.0f}" for without, limited in row] for row in mean]
    title = "Accuracy (%) without → with clipping"
    ends, halves = ("10 %", "100 %"), np.repeat(mean, 8, axis=-1)  # wide beside the gap between two cells
    return blocks(title, row_names(result.settings), COLUMNS, halves, text, (10, 100), ends, RISING, place(view))


def layers(result: Result, view: ViewSettings, measure: str) -> dict[str, Any]:
    """One activation and initialisation, all structures: gradient or activations, layer by layer; and theory for the plain
    network."""
    start, (a, _, c) = result.start, view.index
    values = start.gradient if measure == "gradient" else start.activations
    x = np.arange(1, result.settings.depth + 1)
    series = []
    for b, (structure, hue) in enumerate(zip(STRUCTURES, HUES, strict=True)):
        v = values[a, b, c]
        series.append(_band(structure, x, v / v[:, -1:] if measure == "gradient" else v, hue))
    expected = theory(result.settings, view, start.inputs)[measure == "gradient"][None]
    series.append(_band("plain, in theory", x, expected, 1, True))
    return _by_layer(LAYER_TITLES[measure], series, x)


def expected(settings: Settings, view: ViewSettings) -> dict[str, Any]:
    """The gradient in theory, layer by layer, of wide plain networks with one activation: a line an initialisation."""
    x, series = np.arange(1, settings.depth + 1), []
    for hue, initialisation in enumerate(INITIALISATIONS):
        one = ViewSettings(activation=view.activation, initialisation=initialisation)
        label = initialisation_name(initialisation, settings.scale)
        series.append(_band(label, x, theory(settings, one)[1][None], hue, True))
    return _by_layer(f"Gradient in theory, plain {view.activation} network (last layer: 1)", series, x)


def _by_layer(title: str, series: list[Curve], x: np.ndarray) -> dict[str, Any]:
    spec = curves(title, series, "layer (1: next to the input)", x_max=float(x[-1]))
    spec["xAxis"]["min"] = 1
    return _powers(spec)


def _powers(spec: dict[str, Any]) -> dict[str, Any]:
    """With an axis of the powers of ten that the values are, written as 10 with a raised number."""
    raised = {"raised": {"fontSize": 8, "verticalAlign": "top", "padding": [0, 0, 6, 0]}}
    label = {"formatter": "10{raised|{value}}", "rich": raised}
    spec["yAxis"] = {"type": "value", "scale": True, "minInterval": 1, "axisLabel": label}
    spec["grid"]["left"], spec["tooltip"]["valueFormatter"] = 12, "10^%.2f"
    return spec


def _band(label: str, x: np.ndarray, values: np.ndarray, hue: int, dashed: bool = False) -> Curve:
    """values (seeds, x): power of ten of their geometric mean and range."""
    v = np.log10(np.maximum(values, 1e-30))
    return Curve(label, x, v.mean(0), v.min(0), v.max(0), hue, dashed)


def loss(result: Result, view: ViewSettings) -> dict[str, Any]:
    """Training loss of the network that is looked at, without clipping and with."""
    assert result.loss is not None and result.steps is not None
    series = []
    for i, hue in enumerate((1, 0)):
        values = result.loss[(slice(None), *view.index, i)].T  # (seeds, records): a line while all seeds are there
        series.append(Curve(CLIPPED[i], result.steps, values.mean(0), values.min(0), values.max(0), hue))
    spec = curves("Training loss", series, "step", x_max=result.settings.steps)
    spec["yAxis"] = {"type": "value", "min": 0, "max": 4}  # chance is 2.3; what lies above has left
    for line in spec["series"]:
        line["clip"] = True
    return spec


def norms(result: Result, view: ViewSettings, clipped: str) -> dict[str, Any]:
    """Gradient of the first, the middle and the last hidden layer's weights in training, and the limit."""
    assert result.layers is not None and result.steps is not None and result.norm is not None
    at, L = (slice(None), *view.index, CLIPPED.index(clipped)), result.settings.depth
    series = [
        _band(f"layer {layer + 1}", result.steps, result.layers[at][..., layer].T, hue)
        for layer, hue in dict(zip((0, L // 2, L - 1), (0, 4, 1), strict=True)).items()
    ]
    series.append(_band("all weights", result.steps, result.norm[at].T, 2))
    spec = _powers(curves("Norm of the gradient in training", series, "step", x_max=result.settings.steps))
    if clipped == CLIPPED[1]:
        line = {"color": GREY, "type": "dotted", "width": 1.5}
        label = {"formatter": "limit", "color": GREY, "position": "insideStartTop"}
        limit = {"yAxis": float(np.log10(result.settings.clip)), "lineStyle": line, "label": label}
        spec["series"][2]["markLine"] = {"symbol": "none", "silent": True, "animation": False, "data": [limit]}
    return spec


def start_and_end(result: Result) -> dict[str, Any]:
    """How far the gradient at initialisation is from uniform against what was learnt without clipping, a dot a network."""
    assert result.learnt is not None
    x, y = result.start.decades().mean(-1), 100 * result.learnt[:, :, :, 0].mean(-1)
    series: list[dict[str, Any]] = []
    for b, (structure, hue) in enumerate(zip(STRUCTURES, HUES, strict=True)):
        data = [
            {"value": [round(float(x[at]), 3), round(float(y[at]), 1)], "name": name(at, result.settings.scale)}
            for at in ((a, b, c) for a in range(len(ACTIVATIONS)) for c in range(len(INITIALISATIONS)))
        ]
        style = {"itemStyle": {"color": color(hue), "opacity": 0.85}, "symbolSize": 10, "animation": False}
        series.append({"id": structure, "name": structure, "type": "scatter", "data": data} | style)
    axis = {"type": "value", "nameLocation": "middle", "nameTextStyle": {"fontSize": 12}}
    return {
        "title": {"text": "Gradient ratio at the start against final accuracy", "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"bottom": 0, "left": "center", "data": list(STRUCTURES), "itemWidth": 14},
        "grid": {"left": 30, "right": 16, "top": 36, "bottom": 74, "containLabel": True},
        "tooltip": {"trigger": "item", "formatter": "{b}: {c}"},
        "xAxis": axis | {"name": "gradient at the first layer / at the last (power of ten)", "nameGap": 26},
        "yAxis": axis | {"name": "accuracy without clipping (%)", "nameGap": 34, "min": 0, "max": 100},
        "series": series,
    }  # fmt: skip


def changes(result: Result) -> go.Figure | None:
    """The networks that clipping clearly changed, with their intervals; None when there are none."""
    up, down = changed_by_clipping(result)
    rows = [(name(at, result.settings.scale), interval) for at, interval in [*up, *down]]
    return forest(rows, "Clear changes by clipping", "points of accuracy", 100) if rows else None


__all__ = [
    "CLIPPED", "NETWORKS", "changes", "choice", "expected", "layers", "learnt_map", "loss", "norms", "start_and_end", "start_map",
]  # fmt: skip
