"""Charts of a comparison of batch sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.optimization.batch_size.findings import UNITS as UNITS  # the page's choices
from core.concepts.optimization.batch_size.findings import median, needed
from core.concepts.optimization.batch_size.result import Result
from core.concepts.optimization.batch_size.scaling import Marks, against_size
from core.concepts.optimization.batch_size.settings import RULES, Settings
from core.figures.curves import Curve, curves
from core.figures.look import GREY, color
from core.stats import Interval, mean_interval

RPROP = "Rprop, all"
RULE_NAMES = {"fixed": "fixed rate", "square root": "rate × √(B/B₀)", "linear": "rate × B/B₀"}
HUES = {"fixed": 0, "square root": 1, "linear": 2}
PANEL = 1.45  # distance of two fans of arrows of length 1
WHENS = {"at the start": ("start", 0), "trained": ("trained", 1)}


def plan(settings: Settings) -> dict[str, Any]:
    """How many steps each batch size takes in the epochs that all of them get; known before anything has run."""
    B = np.array(settings.sizes)
    steps = np.array([settings.budget(size) for size in settings.sizes])
    title = f"Steps in {settings.epochs} epochs"
    return against_size(title, [Marks("steps (weight updates)", B, steps, 0)], "batch size B", "steps")


def ends(result: Result) -> dict[str, Any]:
    """Validation accuracy at the end of the budget of epochs against the batch size, a line a rule."""
    marks = list[Marks]()
    for rule in RULES:
        rows = [_accuracy(result, size, rule) for size in result.sizes]
        mean, low, high = (100 * np.array([getattr(row, end) for row in rows]) for end in ("mean", "low", "high"))
        marks.append(Marks(RULE_NAMES[rule], np.array(result.sizes), mean, HUES[rule], low=low, high=high))
    title = f"Accuracy after {result.settings.epochs} epochs"
    name = "validation accuracy (%)"
    return against_size(title, marks, "batch size B", name, log_y=False, y_range=(0, 100), x_range=_sizes(result))


def _accuracy(result: Result, size: int, rule: str) -> Interval:
    return mean_interval(result.accuracy(size, rule), rows=result.held_out, bounds=(0, 1))


def learning(result: Result, rule: str, unit: str) -> dict[str, Any]:
    """Validation accuracy at every batch size under one rule, mean over seeds, along "epochs", "steps" or "seconds"."""
    series = []
    runs = [(f"B = {size}", curve, RULES.index(rule), size) for size, curve in sorted(result.curves.items())]
    if result.rprop is not None:
        runs.append((RPROP, result.rprop, 0, result.settings.n))
    for name, curve, k, size in runs:
        each = {"epochs": size / result.settings.n, "steps": 1.0, "seconds": result.ms_per_step[size] / 1000}[unit]
        mean = curve.accuracy[1:, k].mean(1)  # step 0 has no place on a logarithmic axis
        i = result.settings.sizes.index(size) if name != RPROP else 0  # a size keeps its colour as others come in
        series.append(Curve(name, each * curve.steps[1:], mean, mean, mean, i % 6, i > 5))
    spec = curves(f"Learning curves, {RULE_NAMES[rule]}", series, unit, percent=True)
    least = min((float(c.x[0]) for c in series), default=0.1)
    # A logarithmic axis: a step of the full batch takes a whole epoch, one of a single example a small part of it.
    spec["xAxis"] |= {"type": "log", "min": float(10 ** np.floor(np.log10(least))), "max": None}
    spec["xAxis"].pop("minInterval")
    for line in spec["series"]:
        if line.get("name") == RPROP:
            line["lineStyle"] |= {"color": GREY, "type": "dashed"}
            line["itemStyle"] = {"color": GREY}
    spec["grid"] |= {"bottom": 84, "left": 24}
    spec["yAxis"] |= {"min": 0, "name": "validation accuracy (%)", "nameLocation": "middle", "nameGap": 34}
    return spec


def to_target(result: Result, unit: str) -> dict[str, Any]:
    """Median epochs, steps or seconds to the target against the batch size; grey: half the steps for twice the batch."""
    s, B = result.settings, np.array(result.sizes)
    marks = list[Marks]()
    for rule in RULES:
        rows = [needed(result, size, rule, unit) for size in result.sizes]
        y = np.array([median(row) for row in rows])
        low, high = np.array([_quarters(row) for row in rows]).T
        marks.append(Marks(RULE_NAMES[rule], B, y, HUES[rule], low=low, high=high))
    if unit == "steps" and s.reference in result.curves:
        at = median(result.steps(s.reference, "fixed"))
        if np.isfinite(at):
            marks.append(Marks("half the steps for twice the batch", B, at * s.reference / B, -1, "dashed", dots=False))
    title = f"{unit.capitalize()} until {s.target} % accuracy"
    return against_size(title, marks, "batch size B", unit, x_range=_sizes(result))


def _quarters(values: np.ndarray) -> tuple[float, float]:
    """The middle half of the finite values."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return np.nan, np.nan
    low, high = np.quantile(finite, (0.25, 0.75))
    return float(low), float(high)


def _sizes(result: Result) -> tuple[float, float]:
    """From the smallest batch to the largest, those to come included, so that the picture does not jump."""
    return float(result.settings.sizes[0]), float(result.settings.sizes[-1])


def directions(result: Result) -> dict[str, Any]:
    """Which way the gradients of single batches point, for one example, the reference and all examples: each is turned
    from the full gradient, which points to the right, by its angle, up and down in turn."""
    noise, series = result.noise["at the start"], list[dict[str, Any]]()
    sizes = dict.fromkeys(min(size, noise.n) for size in (1, result.settings.reference, noise.n))
    for i, size in enumerate(sizes):
        at = int(np.abs(noise.sizes - size).argmin())
        along, across = noise.cloud[at].T
        turned = np.arctan2(across, along) * np.where(np.arange(len(along)) % 2, 1, -1)
        arrows = [_arrow(PANEL * i, angle) for angle in turned.tolist()]
        name = {
            "show": True,
            "formatter": f"B = {size}: {noise.angle['with'][0, at]:.0f}° off",
            "position": "bottom",
            "fontSize": 12,
            "color": GREY,
        }
        series.append(_arrows(f"batches{i}", "one batch", arrows, color(i), 1.2, 0.55))
        series.append(_arrows(f"full{i}", "all examples", [_arrow(PANEL * i, 0.0)], GREY, 4, 1))
        label = {"type": "scatter", "data": [[PANEL * i + 0.45, -1.05]], "symbolSize": 1, "label": name, "silent": True}
        series.append({"id": f"label{i}", "animation": False} | label)
    hidden = {"type": "value", "show": False}
    return {
        "title": {"text": "Directions of single gradients", "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "grid": {"left": 4, "right": 4, "top": 36, "bottom": 36},
        "tooltip": {"show": False},
        "xAxis": hidden | {"min": -0.15, "max": PANEL * max(1, len(sizes)) - 0.25},
        "yAxis": hidden | {"min": -1.3, "max": 1.3},
        "series": series,
    }  # fmt: skip


def _arrow(x: float, angle: float) -> dict[str, Any]:
    """An arrow of length 1 from (x, 0)."""
    return {"coords": [[x, 0], [round(x + float(np.cos(angle)), 3), round(float(np.sin(angle)), 3)]]}


def _arrows(key: str, name: str, data: list[Any], paint: str, width: float, opacity: float) -> dict[str, Any]:
    line = {"color": paint, "width": width, "opacity": opacity}
    shape = {
        "type": "lines",
        "coordinateSystem": "cartesian2d",
        "symbol": ["none", "arrow"],
        "symbolSize": 4 + 2 * width,
    }
    style = {"lineStyle": line, "itemStyle": {"color": paint, "opacity": opacity}, "silent": True, "animation": False}
    return {"id": key, "name": name, "data": data} | shape | style


def variance(result: Result) -> dict[str, Any]:
    """The variance measured at each batch size, dots, and what theory says, lines."""
    marks = list[Marks]()
    for when, noise in result.noise.items():
        name, hue = WHENS[when]
        B = noise.sizes.astype(float)
        for how in ("with", "without"):
            use = noise.left(how) > 0
            theory = np.exp(np.log(noise.total).mean()) * noise.left(how)
            measured = np.exp(np.log(noise.squared[how][:, use]).mean(0))
            marks += _measured_and_theory(f"{name}, {how}", B[use], measured, theory[use], hue, how)
    return against_size("Variance of the gradient", marks, "batch size B", "variance")


def angle(result: Result) -> dict[str, Any]:
    """The angle between a batch's gradient and the full one; lines: noise at right angles to the gradient."""
    marks = list[Marks]()
    for when, noise in result.noise.items():
        name, hue = WHENS[when]
        B = noise.sizes.astype(float)
        for how in ("with", "without"):
            ratio = np.sqrt(noise.total[:, None] * noise.left(how) / noise.norm2[:, None])  # noise over gradient
            theory = np.degrees(np.arctan(ratio)).mean(0)
            marks += _measured_and_theory(f"{name}, {how}", B, noise.angle[how].mean(0), theory, hue, how)
    title = "Angle to the full gradient"
    return against_size(title, marks, "batch size B", "degrees", log_y=False, y_range=(0, 90))


def _measured_and_theory(
    name: str, B: np.ndarray, measured: np.ndarray, theory: np.ndarray, hue: int, how: str
) -> tuple[Marks, Marks]:
    dashes = "solid" if how == "with" else "dashed"
    line = Marks(f"{name}: theory", B, theory, hue, dashes, dots=False, listed=False)
    return line, Marks(name, B, measured, hue, "", hollow=how == "without")


def throughput(result: Result) -> dict[str, Any]:
    """Examples a second of one network alone against the batch size."""
    B = np.array(sorted(result.ms_per_step))
    speed = np.array([1000 * size / result.ms_per_step[size] for size in B])
    return against_size("Speed of one network", [Marks("measured", B, speed, 2)], "batch size B", "examples per second")


def memory(result: Result) -> dict[str, Any]:
    """Bytes that one network keeps for the backward pass against the batch size."""
    B = np.array(sorted(result.memory))
    kept = np.array([result.memory[size] / 1e3 for size in B])
    weights = Marks("weights", B, np.full(len(B), result.weights / 1e3), -1, "dashed", dots=False)
    return against_size("Memory of one network", [Marks("activations kept", B, kept, 3), weights], "batch size B", "kB")


def costs(result: Result) -> dict[str, float]:
    """The numbers of the caption on speed and memory."""
    low, high = result.sizes[0], result.sizes[-1]
    slow, fast = (1000 * size / result.ms_per_step[size] for size in (low, high))
    each = result.memory[high] / high
    return {"low": low, "high": high, "slow": slow, "fast": fast, "each": each, "weights": result.weights / 1e3}


def draws(result: Result) -> int:
    """How many batches of each size were drawn for the noise."""
    return int(result.noise["at the start"].cloud.shape[1])


DEVIATIONS = {"variance": variance, "angle": angle}
