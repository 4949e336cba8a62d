"""Charts of the curves and of what the instruments show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.concepts.practice.debugging.findings import shape_text
from core.concepts.practice.debugging.game import ICONS, SQUARES, State
from core.concepts.practice.debugging.result import LAYERS, PLANTED, TWIN, Evidence, Result
from core.concepts.practice.debugging.settings import BUGS, LATEST, MOMENTUM, TRAIN
from core.figures import bars
from core.figures.curves import Curve, curves
from core.figures.lines import Line, lines
from core.figures.look import color, faint
from core.text import written

MOST_POINTS = 400  # of a cloud
STEEP = 200  # how many times the lowest loss the highest is where the axis becomes logarithmic


def curve(result: Result, name: str, twin: bool) -> dict[str, Any]:
    """Loss, or score, per epoch, as the loop prints it; twin: with that of the healthy twin."""
    history, counted = result.histories[PLANTED], name == "score" and result.classes
    drawn = [
        _curve("training", getattr(history, f"train_{name}"), 0),
        _curve("validation", getattr(history, name), 1, dashed=True),
    ]
    if twin:
        drawn.append(_curve("healthy twin, validation", getattr(result.histories[TWIN], name), 2, dashed=True))
    title = "Loss" if name == "loss" else "Accuracy (%)" if counted else "R²"
    chart = curves(title, drawn, "epoch", percent=counted, x_max=result.settings.epochs)
    if name == "score":
        chart["yAxis"] |= {"min": 0, "max": 100} if counted else {"min": -1, "max": 1}
    elif (ends := _ends(drawn)) and ends[1] > STEEP * ends[0] > 0:
        chart["yAxis"] |= {"type": "log"}
    chart["xAxis"]["min"] = 1
    return chart


def _ends(drawn: Sequence[Curve]) -> tuple[float, float] | None:
    """The lowest and the highest value of some curves; None where there is none."""
    values = np.concatenate([ends for one in drawn for ends in (one.low, one.high)])
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if len(values) else None


def _curve(name: str, values: np.ndarray, hue: int, dashed: bool = False) -> Curve:
    """values (seeds, epochs). Nothing where a seed has no number."""
    ends = values.mean(0), values.min(0), values.max(0)
    return Curve(name, np.arange(1, values.shape[1] + 1), *ends, hue, dashed)


def gradients(result: Result) -> dict[str, Any]:
    chart = lines("Gradient norm, mean over the steps of an epoch", _layers(result, "gradients"), "epoch")
    return chart | {"yAxis": chart["yAxis"] | {"type": "log"}}


def change(result: Result) -> dict[str, Any]:
    return lines("Weight change, relative to the start", _layers(result, "change"), "epoch")


def _layers(result: Result, metric: str) -> list[Line]:
    """A line a layer: the mean of the seeds that have a number there."""
    values: np.ndarray = getattr(result.histories[PLANTED], metric)
    epochs = np.arange(1, values.shape[1] + 1)
    there = np.isfinite(values) & (np.abs(values) < 1e12)
    total = np.where(there, values, 0).sum(0) / np.maximum(there.sum(0), 1)
    mean = np.where(there.any(0), total, np.nan)
    return [Line(layer, epochs, mean[:, i], i, dashed=i == 1) for i, layer in enumerate(LAYERS)]


def outputs(result: Result) -> dict[str, Any]:
    """All raw outputs of the classes; of numbers, each against its target."""
    e = _evidence(result)
    if result.classes:
        return _histogram("Raw outputs, 10 of each validation row", "raw output", e.first.ravel())
    reach = float(np.ceil(np.abs(e.targets).max()))
    points = np.stack([e.targets, np.clip(e.first[:, 0], -reach, reach)], 1)
    return _cloud("Raw output against target", "target", "raw output", points, reach)


def twice(result: Result) -> dict[str, Any]:
    e = _evidence(result)
    first, second = e.first.ravel(), e.second.ravel()
    some = np.linspace(0, len(first) - 1, min(MOST_POINTS, len(first))).astype(int)
    points = np.stack([first[some], second[some]], 1)
    finite = points[np.isfinite(points).all(1)]
    reach = float(f"{1.1 * max(np.abs(finite).max(), 0.1):.1g}") if len(finite) else 1.0
    reach = max(reach, float(np.abs(finite).max())) if len(finite) else reach
    return _cloud("The same rows evaluated twice", "first evaluation", "second evaluation", finite, reach)


def apart(result: Result) -> float:
    """Largest distance between two evaluations of the same rows; 0 where neither has a number."""
    e = _evidence(result)
    gap = np.abs(e.first - e.second)
    return float(np.nanmax(gap)) if np.isfinite(gap).any() else 0.0


def normalised(result: Result) -> dict[str, Any]:
    title = "What the first batch norm makes of a training batch"
    return _histogram(title, "normalised value", np.clip(_evidence(result).normalised, -4, 4), (-4, 4))


def inputs(result: Result) -> dict[str, Any]:
    """The mean of every input over the training rows."""
    means = _evidence(result).means
    reach = max(0.2, float(np.ceil(10 * np.abs(means).max()) / 10))
    dots = Line(
        "mean of an input", np.arange(1, len(means) + 1), np.where(np.abs(means) < 1e-6, 0, means), 0, marks=True
    )
    return lines("Mean of each input over the training rows", [dots], "input", y_range=(-reach, reach))


def example_points(result: Result) -> dict[str, Any]:
    e = _evidence(result)
    dots = Line("training row", e.inputs, e.labels, 0, marks=True)
    span = (float(np.floor(e.inputs.min() * 20) / 20), float(np.ceil(e.inputs.max() * 20) / 20))
    return lines("Target against body mass index", [dots], "body mass index, as it is in the table", "target", span)


def digits(result: Result) -> np.ndarray:
    """The first training pictures in one, side by side."""
    framed = [np.pad(np.kron(1 - digit, np.ones((7, 7))), 2, constant_values=1) for digit in _evidence(result).inputs]
    return np.hstack(framed)


def shapes(result: Result) -> list[dict[str, str]]:
    return [{"tensor": name, "shape": shape_text(shape)} for name, shape in _evidence(result).shapes.items()]


def modes(result: Result) -> list[dict[str, str]]:
    rows = _evidence(result).modes.items()
    return [{"module": n, "in a training step": str(a), "in an evaluation": str(b)} for n, (a, b) in rows]


def optimiser(result: Result) -> list[dict[str, str]]:
    e = _evidence(result)
    held = [(shape, there) for _, shape, there in e.held]
    numbers = sum(int(np.prod(shape)) for shape, _ in held)
    ours = sum(int(np.prod(shape)) for shape, there in held if there)
    rows = {
        "optimiser": "SGD",
        "learning rate": f"{e.lr:g}",
        "momentum": f"{MOMENTUM:g}",
        "parameters it holds": f"{sum(there for _, there in held)} tensors, {ours:,} numbers",
        "parameters of the network": f"{len(held)} tensors, {numbers:,} numbers",
    }
    return [{"what": name, "value": value} for name, value in rows.items()]


TABLES = {"shapes": shapes, "modes": modes, "optimiser": optimiser}
CHARTS = {
    "gradients": gradients,
    "change": change,
    "outputs": outputs,
    "twice": twice,
    "inputs": inputs,
    "normalised": normalised,
}


def chart(result: Result, name: str) -> dict[str, Any]:
    """What an instrument draws; nothing where it is a table or a picture."""
    if name == "examples" and not result.classes:
        return example_points(result)
    return CHARTS[name](result) if name in CHARTS else {}


def numbers(result: Result) -> dict[str, Any]:
    """The numbers that captions of instruments name."""
    e = _evidence(result)
    r = 0.0 if result.classes else float(np.corrcoef(e.inputs, e.labels)[0, 1])
    finite = e.first[np.isfinite(e.first).all(1)].astype(float)
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    spread = float(finite.std() / e.targets.std()) if len(finite) else 0.0
    labels = ", ".join(str(label) for label in e.labels) if result.classes else ""
    means = {
        "seeds": result.settings.seeds,
        "labels": labels,
        "mean": float(np.abs(e.means).max()),
        "low": low,
        "high": high,
        "spread": spread,
    }
    return {"apart": apart(result), "r": r, "rows": len(e.first), "train": TRAIN[result.settings.data], **means}


def lines_that_differ(result: Result, missing: str) -> str:
    """The wrong line and the right one; missing: what to write where there is no wrong line."""
    bug = BUGS[result.bug]
    return f"- {bug.bad.strip() or missing}\n+ {bug.good.strip()}"


def icons(state: State) -> str:
    """A mark a move, in Markdown."""
    return " ".join(ICONS[mark] for mark in state.marks)


def share(result: Result, state: State) -> str:
    """The line of squares to send to a friend. It does not say which bug it was."""
    s = result.settings
    day = f"{s.case}" if s.case > LATEST // 10 else ""
    name = f"bug of {day[:4]}-{day[4:6]}-{day[6:]}" if day else f"case {s.case}, {s.data}"
    return f"Concept Lab, {name}\n{''.join(SQUARES[mark] for mark in state.marks)}"


def _evidence(result: Result) -> Evidence:
    assert result.evidence is not None
    return result.evidence


def _histogram(title: str, x_name: str, values: np.ndarray, span: tuple[float, float] | None = None) -> dict[str, Any]:
    values = values[np.isfinite(values)]
    counts, edges = np.histogram(values, 32, span)
    names = [written(float(v), ".0f" if abs(edges).max() > 20 else ".1f") for v in (edges[:-1] + edges[1:]) / 2]
    spec = bars.options(title, x_name, "how many", names, [bars.series(counts, color(0), barCategoryGap="4%")])
    return spec | {"xAxis": spec["xAxis"] | {"axisLabel": {"interval": 7}}}


def _cloud(title: str, x_name: str, y_name: str, points: np.ndarray, reach: float) -> dict[str, Any]:
    """Points and the diagonal on which both coordinates agree."""
    ends = np.array([-reach, reach])
    chart = lines(title, [Line("equal", ends, ends, -1, width=1.0)], x_name, y_name, (-reach, reach), (-reach, reach))
    data = [[float(f"{v:.4g}") for v in point] for point in points if np.isfinite(point).all()]
    dots = {
        "id": "dots",
        "name": "validation row",
        "type": "scatter",
        "data": data,
        "symbolSize": 6,
        "animation": False,
    }
    paint = {"itemStyle": {"color": faint(0, 0.6), "borderColor": color(0), "borderWidth": 1}, "z": 3}
    legend = chart["legend"] | {"data": ["validation row", "equal"]}
    return chart | {"series": [*chart["series"], dots | paint], "legend": legend, "tooltip": {"trigger": "item"}}
