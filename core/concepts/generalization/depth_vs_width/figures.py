"""Charts of the folding network and of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.concepts.generalization.depth_vs_width.findings import pieces_after
from core.concepts.generalization.depth_vs_width.folding import HALF, Point, exact, folded, one_layer, one_layer_at
from core.concepts.generalization.depth_vs_width.result import (
    LINE,
    RATES,
    SOLVED,
    STARTS,
    Networks,
    Result,
    factor,
    geometric_mean,
)
from core.concepts.generalization.depth_vs_width.settings import ViewSettings
from core.concepts.generalization.depth_vs_width.targets import DEPTHS, TARGETS, knots, parameters
from core.figures.curves import Curve, curves
from core.figures.effects import dots
from core.figures.lines import Line, lines
from core.figures.look import GREY
from core.stats import Interval, counted, mean_interval

BLUE, ORANGE, GREEN, PINK, AMBER, SKY = range(6)
HUES = dict(zip(DEPTHS, (BLUE, ORANGE, GREEN, PINK), strict=True))
FLOOR = 1e-6  # errors below it are drawn there
MOST_LAYERS = 8


def layers(depth: int) -> str:
    return counted(depth, "hidden layer")


def _xy(points: Sequence[Point]) -> tuple[np.ndarray, np.ndarray]:
    x, y = (np.array([float(v) for v in part]) for part in zip(*points, strict=True))
    return x, y


# What a deep network can represent.


def fold(view: ViewSettings) -> dict[str, Any]:
    """The function after the last layer on show, the one before it, the bends that the layer adds, and the same function as
    far as one hidden layer has it."""
    k, weight = view.layers, exact(view.weight)
    before, now = folded(k - 1, weight), folded(k, weight)
    known = {x for x, _ in before}
    top = _rounded_up(max(1.0, *(float(y) for _, y in (*before, *now))))
    neurons = min(view.neurons, pieces_after(k, view.weight))
    x = np.linspace(0, 1, 1025)
    y = one_layer_at(one_layer(now, neurons), now[0][1], x)
    shown = (y >= 0) & (y <= top)
    series = [
        Line("input x" if k == 1 else f"after layer {k - 1}", *_xy(before), -1, dashed=True, width=1.5),
        Line(f"one hidden layer, {counted(neurons, 'neuron')}", x[shown], y[shown], GREEN, width=5),
        Line(f"after layer {k}", *_xy(now), BLUE),
    ]
    if added := [point for point in now if point[0] not in known]:
        series.append(Line("folded here", *_xy(added), ORANGE, marks=True))
    title = f"After layer {k}: {counted(pieces_after(k, view.weight), 'straight piece')}"
    spec = lines(title, series, "x", "", (0, 1), (0, top))
    return _room(spec, 78)


def _rounded_up(top: float) -> float:
    return float(np.ceil(10 * top) / 10)


def _room(spec: dict[str, Any], bottom: int) -> dict[str, Any]:
    """Room for a legend of two lines below the name of the axis."""
    spec["grid"]["bottom"] = bottom
    return spec


def growth(view: ViewSettings) -> dict[str, Any]:
    """Pieces against neurons, on a logarithmic axis."""
    k = np.arange(1, MOST_LAYERS + 1)
    n = np.arange(1, 2 * MOST_LAYERS + 1)
    series = [Line("deep, weight 2", 2 * k, np.array([float(pieces_after(int(i), 2.0)) for i in k]), BLUE)]
    if view.weight != 2:
        made = np.array([float(pieces_after(int(i), view.weight)) for i in k])
        series.append(Line(f"deep, weight {view.weight:g}", 2 * k, made, ORANGE))
    series.append(Line("one hidden layer", n, n.astype(float), GREEN))
    here = np.array([2.0 * view.layers]), np.array([float(pieces_after(view.layers, view.weight))])
    series.append(Line("network on the left", *here, BLUE if view.weight == 2 else ORANGE, marks=True))
    spec = lines("Straight pieces per number of neurons", series, "neurons", "pieces", (0, 2.0 * MOST_LAYERS))
    spec["yAxis"] |= {"type": "log", "min": 1, "max": 256, "logBase": 2}
    return _room(spec, 78)


def neurons(view: ViewSettings) -> dict[str, Any]:
    """The two neurons of the last layer on show, and the part of their input that occurs."""
    weight = view.weight
    given = [float(y) for _, y in folded(view.layers - 1, exact(weight))]
    low, high = min(given), max(given)
    top = max(1.0, high)
    y = np.array([0, float(HALF), top])
    occurs = np.unique([low, min(max(float(HALF), low), high), high])
    series = [
        Line("relu(y − ½)", y, weight * np.maximum(y - 0.5, 0), GREEN, dashed=True, width=1.5),
        Line("relu(½ − y)", y, weight * np.maximum(0.5 - y, 0), ORANGE, dashed=True, width=1.5),
        Line("sum, for inputs that occur", occurs, weight * np.abs(occurs - 0.5), BLUE, width=4),
    ]
    title = f"The two neurons of layer {view.layers}, times {weight:g}"
    name = "input x" if view.layers == 1 else f"y, output of layer {view.layers - 1}"
    spec = lines(title, series, name, "", (0, _rounded_up(top)), (0, _rounded_up(max(1.0, weight * (top - 0.5)))))
    return _room(spec, 62)


# What training finds.


def who_finds(result: Result) -> dict[str, Any]:
    """Error of every network on the regular target, and of the folding network from its two starts."""
    errors = [(layers(n), d.errors(0), HUES[n]) for n, d in result.depths.items()]
    errors += [(f"fold, {start}", result.fold.errors(i), (AMBER, SKY)[i]) for i, start in enumerate(STARTS)]
    rows = []
    for name, values, hue in errors:
        values = np.maximum(values, FLOOR)
        rows.append((name, factor(mean_interval(np.log10(values))), values, hue))
    spec = dots("Who finds the regular target?", rows, f"{_which(result)} error", 1.0, "1 %")
    spec["series"][0]["markLine"]["data"] = [{"xAxis": SOLVED}]
    ends = [float(v) for _, i, values, _ in rows for v in (i.low, i.high, *values)]
    return _log(spec, "xAxis", ends)


def _which(result: Result) -> str:
    return "test" if result.fraction == 1 else "validation"


def _log(spec: dict[str, Any], axis: str, values: Sequence[float]) -> dict[str, Any]:
    """A logarithmic axis from one power of ten to another."""
    finite = np.maximum([v for v in values if np.isfinite(v)], FLOOR)
    low, high = np.floor(np.log10(finite.min())), np.ceil(np.log10(finite.max()))
    ends = {"min": float(10**low), "max": float(10 ** max(high, low + 1))}
    spec[axis] = {k: v for k, v in spec[axis].items() if k != "scale"} | {"type": "log"} | ends
    return spec


def fits(result: Result, target: int, number: int) -> dict[str, Any]:
    """The target and the function that each depth has learnt, of one seed."""
    s, x = result.settings, np.linspace(0, 1, LINE)
    series = [Line("target", *knots(TARGETS[target], s.folds, s.range[number]), -1, width=5)]
    for n, d in result.depths.items():
        series.append(Line(layers(n), x, d.answers[target, d.rates[target], number], HUES[n]))
    title = f"What is learnt, {TARGETS[target]} target, seed {s.range[number]}"
    return _room(lines(title, series, "x", "y", (0, 1), (-3, 3)), 78)


def _curve(name: str, x: np.ndarray, found: Sequence[Interval], hue: int, dashed: bool = False) -> Curve:
    mean, low, high = (np.array([getattr(i, end) for i in found]) for end in ("mean", "low", "high"))
    return Curve(name, x, mean, low, high, hue, dashed)


def _by_depth(spec: dict[str, Any], y_name: str) -> dict[str, Any]:
    """Depths evenly spaced, with a dot at each."""
    spec["xAxis"] |= {"type": "log", "logBase": 2, "min": DEPTHS[0], "max": DEPTHS[-1]}
    spec["xAxis"].pop("minInterval")
    spec["yAxis"] = {"type": "value", "name": y_name, "nameLocation": "middle", "nameGap": 40}
    spec["grid"] |= {"left": 40, "right": 24, "bottom": 78}
    for line in spec["series"]:
        if "name" in line:
            line |= {"symbol": "circle", "symbolSize": 8, "showSymbol": True}
    return spec


def errors(result: Result) -> dict[str, Any]:
    """Error against depth on both targets, with 95 % intervals."""
    x = np.array(list(result.depths), float)
    series = []
    for t, (target, hue) in enumerate(zip(TARGETS, (BLUE, ORANGE), strict=True)):
        found = [factor(mean_interval(np.log10(d.errors(t)))) for d in result.depths.values()]
        series.append(_curve(f"{target} target", x, found, hue, t == 1))
    title = f"{_which(result).capitalize()} error with {result.settings.budget} parameters"
    spec = _by_depth(curves(title, series, "hidden layers"), "error")
    return _log(spec, "yAxis", [float(v) for s in series for v in (*s.low, *s.high, *s.mean)])


def pieces(result: Result) -> dict[str, Any]:
    """Straight pieces of the networks against the depth, before and after training."""
    x, networks = np.array(list(result.depths), float), list(result.depths.values())
    neurons = np.array([sum(d.widths) for d in networks], float)
    counts = [("before training", [d.start for d in networks], PINK)]
    for t, target in enumerate(TARGETS):
        counts.append((f"trained, {target}", [None if d.pieces is None else d.pieces[t] for d in networks], t))
    series = [Curve("neurons", x, neurons, neurons, neurons, AMBER, True)]
    for name, values, hue in counts:
        series.append(_curve(name, x, [mean_interval(v) for v in values if v is not None], hue))
    spec = _by_depth(curves("Straight pieces of the trained networks", series, "hidden layers"), "pieces")
    spec["yAxis"]["min"] = 0
    return spec


def _course(name: str, result: Result, d: Networks, target: int, hue: int, dashed: bool = False) -> Curve:
    log10 = np.log10(np.maximum(d.validation[:, target, d.rates[target]], FLOOR))  # (records, seeds)
    return Curve(name, result.steps, 10 ** log10.mean(1), 10 ** log10.min(1), 10 ** log10.max(1), hue, dashed)


def learning(result: Result, target: int) -> dict[str, Any]:
    """Validation error during training, each depth at its rate; on the regular target the folding network too."""
    series = [_course(layers(n), result, d, target, HUES[n]) for n, d in result.depths.items()]
    if target == 0:
        series += [_course(f"fold, {s}", result, result.fold, i, AMBER + i, True) for i, s in enumerate(STARTS)]
    total = result.settings.epochs * (result.settings.n // 32)
    spec = curves(f"Validation error, {TARGETS[target]} target", series, "step", x_max=float(total))
    spec["yAxis"] |= {"name": "error", "nameLocation": "middle", "nameGap": 52}
    spec["grid"] |= {"left": 44, "bottom": 96}
    return _log(spec, "yAxis", [float(v) for s in series for v in (*s.low, *s.high)])


def compared(result: Result) -> dict[str, Any]:
    """The error of each depth divided by that of one hidden layer, paired over the seeds."""
    rows = []
    for t, target in enumerate(TARGETS):
        for n in DEPTHS[1:]:
            rows.append((f"{layers(n)}, {target}", result.compared(n, t), result.ratio(n, t), t))
    ends = [10 ** float(v) for _, i, values, _ in rows for v in (i.low, i.high, *values)]
    spec = dots("Error compared with one hidden layer", rows, "ratio of errors (left: deeper is better)", 1.0)
    for series in spec["series"]:  # from log10 to the ratio itself; hollow where the interval holds 1
        for entry in series["data"]:
            points = entry["coords"] if "coords" in entry else [entry["value"]]
            for point in points:
                point[0] = float(f"{10 ** point[0]:.4g}")
    spec["series"][0]["markLine"]["data"] = [{"xAxis": 1}]
    spec["series"][0]["markLine"]["lineStyle"]["color"] = GREY
    return _log(spec, "xAxis", ends)


def table(result: Result) -> list[dict[str, Any]]:
    """A row a depth: its widths, and for each target the chosen rate and the error."""
    found: list[dict[str, Any]] = []
    for n, d in result.depths.items():
        row: dict[str, Any] = {
            "hidden layers": n,
            "widths": ", ".join(map(str, d.widths)),
            "parameters": parameters(d.widths),
        }
        for t, target in enumerate(TARGETS):
            error = float(f"{geometric_mean(d.errors(t)):.3g}")
            row |= {f"learning rate, {target}": RATES[d.rates[t]], f"error, {target}": error}
        found.append(row)
    return found
