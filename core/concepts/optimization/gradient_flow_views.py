"""The pictures of gradient_flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.concepts.optimization.gradient_flow import (
    ACTIVATIONS,
    CLIPPED,
    INITIALISATIONS,
    STRUCTURES,
    Look,
    Result,
    Settings,
    Start,
)
from core.concepts.optimization.gradient_flow_words import accuracy, changed, name
from core.figures.blocks import RISING, blocks
from core.figures.curves import Curve, curves
from core.figures.look import GREY, color

REACH = 6  # decades
ROWS = [(a, i) for a in ACTIVATIONS for i in INITIALISATIONS]
HUES = (1, 4, 0, 2)  # of the structures
TITLES = {
    "gradient": "Gradient at each layer, against the last",
    "activations": "Size of what each layer gives, against the first",
    "gradient of the weights": "Gradient of each layer's weights",
}


def rows(s: Settings) -> list[str]:
    return [f"{a} {i.replace('s)', f'{s.scale:g})')}" for a, i in ROWS]


def place(look: Look) -> tuple[int, int]:
    """Row and column of a network in the tables."""
    return ROWS.index((look.activation, look.initialisation)), STRUCTURES.index(look.structure)


def choice(cell: int) -> dict[str, str]:
    """The network in a cell, counted along the rows."""
    (activation, initialisation), structure = ROWS[cell // len(STRUCTURES)], STRUCTURES[cell % len(STRUCTURES)]
    return {"activation": activation, "initialisation": initialisation, "structure": structure}


def table(values: np.ndarray) -> np.ndarray:
    """(activation, structure, initialisation, ...) -> (rows, columns, ...)."""
    turned = values.swapaxes(1, 2)
    return turned.reshape(len(ROWS), *turned.shape[2:])


def _logarithm(values: np.ndarray) -> np.ndarray:
    """Mean over seeds, (activation, structure, initialisation, seed, layer) -> without the seed; a zero is far below."""
    return np.asarray(np.log10(np.maximum(values, 1e-300)).mean(-2))


def start_map(start: Start, look: Look) -> dict[str, Any]:
    """All networks, layer by layer."""
    values = table(
        _logarithm({"gradient": start.gradient, "activations": start.activations}.get(look.measure, start.weights))
    )
    number = values[..., 0] - values[..., -1]
    if look.measure == "gradient":
        values, ends = values - values[..., -1:], ("vanishes, ÷ 10⁶", "explodes, × 10⁶")
    elif look.measure == "activations":
        values, number, ends = values - values[..., :1], -number, ("shrinks, ÷ 10⁶", "grows, × 10⁶")
    else:
        number, ends = values.mean(-1), ("10⁻⁶", "10⁶")
    text = [[f"{v:+.1f}".replace("-", "−") for v in row] for row in number]
    return blocks(
        TITLES[look.measure], rows(start.settings), STRUCTURES, values, text, (-REACH, REACH), ends, chosen=place(look)
    )


def learnt_map(result: Result, look: Look, clipped: bool) -> dict[str, Any]:
    """Accuracy of all networks so far."""
    got = accuracy(result)
    assert got is not None
    which, values = got
    mean = 100 * table(values[:, :, :, int(clipped)].mean(-1))
    text = [[f"{v:.0f}" for v in row] for row in mean]
    title = f"{which.capitalize()} accuracy (%), {CLIPPED[clipped]}"
    return blocks(
        title,
        rows(result.settings),
        STRUCTURES,
        mean[..., None],
        text,
        (10, 100),
        ("10 %", "100 %"),
        RISING,
        place(look),
    )


def _powers(spec: dict[str, Any]) -> dict[str, Any]:
    """An axis of the powers of ten that the values are."""
    spec["yAxis"] = {"type": "value", "scale": True, "minInterval": 1, "axisLabel": {"formatter": "10^{value}"}}
    spec["grid"]["left"], spec["tooltip"]["valueFormatter"] = 12, "10^%.2f"
    return spec


def _band(label: str, x: np.ndarray, values: np.ndarray, hue: int, dashed: bool = False) -> Curve:
    """values (seeds, x): power of ten of their geometric mean and range."""
    v = np.log10(np.maximum(values, 1e-30))
    return Curve(label, x, v.mean(0), v.min(0), v.max(0), hue, dashed)


def layers(start: Start, look: Look, measure: str) -> dict[str, Any]:
    """One activation and initialisation, all structures: gradient or activations, layer by layer; and theory for the plain one."""
    a, _, c = look.index
    values = start.gradient if measure == "gradient" else start.activations
    x = np.arange(1, start.settings.depth + 1)
    series = []
    for b, (structure, hue) in enumerate(zip(STRUCTURES, HUES, strict=True)):
        v = values[a, b, c]
        series.append(_band(structure, x, v / v[:, -1:] if measure == "gradient" else v, hue))
    theory = start.theory(look)[measure == "gradient"][None]
    series.append(_band("plain, in theory", x, theory, 1, True))
    title = (
        "Gradient at each layer (last layer: 1)" if measure == "gradient" else "Root mean square of what a layer gives"
    )
    spec = curves(title, series, "layer", x_max=float(x[-1]))
    spec["xAxis"]["min"] = 1
    return _powers(spec)


def learning(result: Result, look: Look) -> dict[str, Any]:
    """Training loss of the network looked at, without clipping and with."""
    assert result.loss is not None and result.steps is not None
    series = [
        _whole(CLIPPED[i], result.steps, result.loss[(slice(None), *look.index, i)].T, hue)
        for i, hue in enumerate((1, 0))
    ]
    spec = curves("Training loss", series, "step", x_max=result.settings.steps)
    spec["yAxis"] = {"type": "value", "min": 0, "max": 4}  # chance is 2.3; what lies above has left
    for line in spec["series"]:
        line["clip"] = True
    return spec


def _whole(label: str, x: np.ndarray, values: np.ndarray, hue: int) -> Curve:
    """values (seeds, x): mean and range while all seeds are there."""
    return Curve(label, x, values.mean(0), values.min(0), values.max(0), hue)


def norms(result: Result, look: Look, clipped: bool) -> dict[str, Any]:
    """Gradient of the first, the middle and the last hidden layer's weights in training, and the limit."""
    assert result.layers is not None and result.steps is not None and result.norm is not None
    at, L = (slice(None), *look.index, int(clipped)), result.settings.depth
    series = [
        _band(f"layer {l + 1}", result.steps, result.layers[at][..., l].T, hue)
        for l, hue in ((0, 0), (L // 2, 4), (L - 1, 1))  # noqa: E741
    ]
    series.append(_band("all weights", result.steps, result.norm[at].T, 2))
    spec = _powers(curves(f"Norm of the gradient, {CLIPPED[clipped]}", series, "step", x_max=result.settings.steps))
    if clipped:
        line = {
            "yAxis": float(np.log10(result.settings.clip)),
            "lineStyle": {"color": GREY, "type": "dotted", "width": 1.5},
        }
        label = {"label": {"formatter": "limit", "color": GREY, "position": "insideStartTop"}}
        spec["series"][2]["markLine"] = {"symbol": "none", "silent": True, "animation": False, "data": [line | label]}
    return spec


def foretelling(result: Result) -> dict[str, Any]:
    """How uneven the gradient was at the start against what was learnt without clipping, a dot a network."""
    got = accuracy(result)
    assert got is not None
    which, values = got
    x, y = result.start.decades().mean(-1), 100 * values[:, :, :, 0].mean(-1)
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
        "title": {"text": "The start and what came of it", "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"bottom": 0, "left": "center", "data": list(STRUCTURES), "itemWidth": 14},
        "grid": {"left": 30, "right": 16, "top": 36, "bottom": 74, "containLabel": True},
        "tooltip": {"trigger": "item", "formatter": "{b}: {c}"},
        "xAxis": axis | {"name": "decades from last layer to first at the start", "nameGap": 26},
        "yAxis": axis | {"name": f"{which} accuracy (%)", "nameGap": 34, "min": 0, "max": 100},
        "series": series,
    }  # fmt: skip


def clipping_rows(result: Result) -> list[Mapping[str, Any]]:
    """Networks in which clipping made a difference beyond luck, for a table."""
    up, down = changed(result)
    both: Sequence[Any] = [*up, *reversed(down)]
    return [
        {"network": name(at, result.settings.scale), "points": 100 * i.mean, "from": 100 * i.low, "to": 100 * i.high}
        for at, i in both
    ]
