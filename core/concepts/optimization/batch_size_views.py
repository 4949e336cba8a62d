"""The pictures of batch_size, made from its result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.concepts.optimization.batch_size import RULES, Result
from core.concepts.optimization.batch_size_words import median, needed
from core.figures.curves import Curve, curves
from core.figures.look import GREY
from core.figures.scaling import Marks, against_size
from core.stats import mean_interval

RPROP = "Rprop, all"
HUES = {"fixed": 0, "square root": 1, "linear": 2}
WHENS = {"at the start": 0, "trained": 1}
SHORT = {"at the start": "start", "trained": "trained"}


def variance(result: Result) -> dict[str, Any]:
    """The variance measured at each batch size, dots, and what theory says, lines."""
    marks = []
    for when, noise in result.noise.items():
        B, hue = noise.sizes.astype(float), WHENS[when]
        for how in ("with", "without"):
            use = noise.left(how) > 0
            theory = np.exp(np.log(noise.total).mean()) * noise.left(how)
            measured = np.exp(np.log(noise.squared[how][:, use]).mean(0))
            dashes = "solid" if how == "with" else "dashed"
            marks.append(Marks(f"{SHORT[when]}: theory, {how}", B[use], theory[use], hue, dashes, dots=False))
            marks.append(Marks(f"{SHORT[when]}, {how}", B[use], measured, hue, "", hollow=how == "without"))
    slopes = ", ".join(f"{noise.slope('with').mean:.2f} {when}" for when, noise in result.noise.items())
    spec = against_size(f"Variance: slope {slopes}", marks, "batch size B", "variance")
    spec["legend"]["data"] = [m.name for m in marks if m.dots]
    return spec


def angle(result: Result) -> dict[str, Any]:
    """The angle between a batch's gradient and the full one; lines: noise at right angles to the gradient."""
    marks = []
    for when, noise in result.noise.items():
        B, hue = noise.sizes.astype(float), WHENS[when]
        for how in ("with", "without"):
            ratio = np.sqrt(noise.total[:, None] * noise.left(how) / noise.norm2[:, None])  # noise over gradient
            dashes = "solid" if how == "with" else "dashed"
            theory = np.degrees(np.arctan(ratio)).mean(0)
            marks.append(Marks(f"{SHORT[when]}: theory, {how}", B, theory, hue, dashes, dots=False))
            marks.append(Marks(f"{SHORT[when]}, {how}", B, noise.angle[how].mean(0), hue, "", hollow=how == "without"))
    title = "Angle to the full gradient"
    spec = against_size(title, marks, "batch size B", "degrees", log_y=False, y_range=(0, 90))
    spec["legend"]["data"] = [m.name for m in marks if m.dots]
    return spec


def learning(result: Result, rule: str, along: str) -> dict[str, Any]:
    """Validation accuracy at every batch size under one rule, mean over seeds, along "epochs", "steps" or "seconds"."""
    n, r, series = result.settings.n, list(RULES).index(rule), []
    runs = [(f"B = {B}", curve, r, B) for B, curve in sorted(result.curves.items())]
    if result.rprop is not None:
        runs.append((RPROP, result.rprop, 0, n))
    for name, curve, k, B in runs:
        each = {"epochs": B / n, "steps": 1.0, "seconds": result.ms[B] / 1000}[along]
        values = curve.accuracy[1:, k]  # (M, S); step 0 has no place on a logarithmic axis
        i = result.settings.sizes.index(B) if name != RPROP else 0  # a size keeps its colour as others come in
        mean, low, high = values.mean(1), values.min(1), values.max(1)
        series.append(Curve(name, each * curve.steps[1:], mean, low, high, i % 6, i > 5))
    spec = curves(f"Validation accuracy, rate {rule}", series, along, percent=True)
    least = min((float(c.x[0]) for c in series), default=0.1)
    # A logarithmic axis: a step of the full batch takes a whole epoch, one of a single example a little part of it.
    spec["xAxis"] |= {"type": "log", "min": float(10 ** np.floor(np.log10(least))), "max": None}
    spec["xAxis"].pop("minInterval")
    for line in spec["series"]:
        if line["id"].startswith(("low", "high")):
            line["areaStyle"] = {"opacity": 0}  # eight bands would hide the lines
        elif line["name"] == RPROP:
            line["lineStyle"] |= {"color": GREY, "type": "dashed"}
            line["itemStyle"] = {"color": GREY}
    spec["grid"] |= {"bottom": 84, "left": 24}
    spec["yAxis"] |= {"min": 0, "name": "% right", "nameLocation": "middle", "nameGap": 34}
    return spec


def ends(result: Result) -> dict[str, Any]:
    """Validation accuracy at the end of the budget of epochs against the batch size, a line a rule."""
    B = np.array(result.sizes)
    marks = []
    for rule, hue in HUES.items():
        values = 100 * np.array([result.accuracy(b, rule) for b in result.sizes])  # (B, S)
        half = _half(values)
        mean = values.mean(1)
        marks.append(Marks(f"rate {rule}", B, mean, hue, "solid", low=mean - half, high=np.minimum(mean + half, 100)))
    s = result.settings
    title = f"After {s.epochs} epochs: accuracy"
    return against_size(
        title, marks, "batch size B", "% right (validation)", log_y=False, y_range=(0, 100), x_range=_sizes(result)
    )


def _sizes(result: Result) -> tuple[float, float]:
    """From the smallest batch to the largest, those to come included, so that the picture does not jump."""
    return float(result.settings.sizes[0]), float(result.settings.sizes[-1])


def _half(values: np.ndarray) -> np.ndarray:
    return np.array([i.high - i.mean for i in map(mean_interval, values)])


def to_target(result: Result, unit: str) -> dict[str, Any]:
    """Median epochs, steps or seconds to the target against the batch size; grey: half the steps for twice the batch."""
    s, B = result.settings, np.array(result.sizes)
    marks = []
    for rule, hue in HUES.items():
        rows = [needed(result, b, rule, unit) for b in result.sizes]
        y = np.array([median(row) for row in rows])
        quarters = [
            np.quantile(row[np.isfinite(row)], (0.25, 0.75)) if np.isfinite(row).any() else (np.nan,) * 2
            for row in rows
        ]
        low, high = np.array(quarters).T
        marks.append(Marks(f"rate {rule}", B, y, hue, "solid", low=low, high=high))
    if unit == "steps" and s.reference in result.curves:
        at = median(result.steps(s.reference, "fixed"))
        if np.isfinite(at):
            marks.append(Marks("half the steps for twice the batch", B, at * s.reference / B, -1, "dashed", dots=False))
    return against_size(
        f"{unit.capitalize()} to {s.target} % validation accuracy", marks, "batch size B", unit, x_range=_sizes(result)
    )


def throughput(result: Result) -> dict[str, Any]:
    B = np.array(sorted(result.ms))
    speed = np.array([1000 * b / result.ms[b] for b in B])
    return against_size(
        "Examples a second, one network alone", [Marks("measured", B, speed, 2)], "batch size B", "examples a second"
    )


def memory(result: Result) -> dict[str, Any]:
    B = np.array(sorted(result.memory))
    kept = np.array([result.memory[b] / 1e3 for b in B])
    marks = [
        Marks("kept for the backward pass", B, kept, 3),
        Marks("weights, whatever the batch", B, np.full(len(B), result.weights / 1e3), -1, "dashed", dots=False),
    ]
    return against_size("Memory, one network alone", marks, "batch size B", "kB")


def missing(sizes: Sequence[int], result: Result) -> str:
    """Which batch sizes are still to come."""
    left = [f"B = {b}" for b in sizes if b not in result.curves]
    return f"Still to come: {', '.join(left)}." if left else ""
