"""The pictures of depth_vs_width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.concepts.generalization.depth_vs_width import (
    DEPTHS,
    LINE,
    RATES,
    STARTS,
    TARGETS,
    Depth,
    Look,
    Result,
)
from core.concepts.generalization.depth_vs_width_fold import HALF, at, exact, folded, one_layer
from core.concepts.generalization.depth_vs_width_networks import knots, parameters
from core.concepts.generalization.depth_vs_width_words import SOLVED, layers, mean
from core.figures import functions
from core.figures.curves import Curve, curves
from core.figures.lines import Line, lines
from core.stats import Interval, mean_interval

HUES = dict(zip(DEPTHS, (0, 1, 2, 3), strict=True))
BLUE, ORANGE, GREEN = 0, 1, 2
FLOOR = 1e-6  # errors below are drawn there


def _xy(points: Any) -> tuple[np.ndarray, np.ndarray]:
    x, y = (np.array([float(v) for v in part]) for part in zip(*points, strict=True))
    return x, y


def after(look: Look) -> dict[str, Any]:
    """What the layer looked at makes of x, what it was given, and the bends it adds."""
    k, weight = look.layers, exact(look.weight)
    before, now = folded(k - 1, weight), folded(k, weight)
    known = {x for x, _ in before}
    series = [
        Line(f"after layer {k - 1}" if k > 1 else "x itself", *_xy(before), -1, True, 1.5),
        Line(f"after layer {k}", *_xy(now), BLUE),
    ]
    if added := [p for p in now if p[0] not in known]:
        series.append(Line("folded here", *_xy(added), ORANGE, marks=True))
    top = max(1.0, *(float(y) for _, y in (*before, *now)))
    return lines(f"After layer {k}: {look.after(k)} pieces", series, "x", "", (0, 1), (0, _tidy(top)))


def _tidy(top: float) -> float:
    return float(np.ceil(10 * top) / 10)


def neurons(look: Look) -> dict[str, Any]:
    """The two neurons of the layer looked at, and where its input reaches."""
    weight = look.weight
    given = [float(y) for _, y in folded(look.layers - 1, exact(weight))]
    low, high = min(given), max(given)
    top = max(1.0, high)
    y = np.array([0, float(HALF), top])
    reached = np.unique([low, min(max(float(HALF), low), high), high])
    series = [
        Line("relu(y − ½)", y, weight * np.maximum(y - 0.5, 0), GREEN, True, 1.5),
        Line("relu(½ − y)", y, weight * np.maximum(0.5 - y, 0), ORANGE, True, 1.5),
        Line("sum, where y reaches", reached, weight * np.abs(reached - 0.5), BLUE, width=4),
    ]
    title = f"Layer {look.layers}: its two neurons, times {weight:g}"
    name = f"y, what layer {look.layers - 1} gives" if look.layers > 1 else "x"
    return lines(title, series, name, "", (0, _tidy(top)), (0, _tidy(max(1.0, weight * (top - 0.5)))))


def growth(look: Look, most: int = 8) -> dict[str, Any]:
    """Pieces against neurons, on a logarithmic axis."""
    k = np.arange(1, most + 1)
    deep = Look(most, 2.0)
    series = [Line("deep, weight 2", 2 * k, np.array([deep.after(int(i)) for i in k], float), BLUE)]
    if look.weight != 2:
        series.append(
            Line(f"deep, weight {look.weight:g}", 2 * k, np.array([look.after(int(i)) for i in k], float), ORANGE)
        )
    n = np.arange(1, 2 * most + 1)
    series.append(Line("one hidden layer", n, n.astype(float), GREEN))
    here = np.array([2.0 * look.layers]), np.array([float(look.after(look.layers))])
    series.append(Line("this network", *here, ORANGE if look.weight != 2 else BLUE, marks=True))
    spec = lines("Pieces on [0, 1] for so many neurons", series, "neurons", "pieces", (0, 2.0 * most))
    spec["yAxis"] |= {"type": "log", "min": 1, "logBase": 2}
    return spec


def shallow(look: Look) -> dict[str, Any]:
    """One hidden layer beside the folding network with weight 2."""
    target = folded(look.layers)
    n = min(look.neurons, 2**look.layers)
    x = np.linspace(0, 1, 1025)
    y = at(one_layer(target, n), target[0][1], x)
    inside = (y > -0.6) & (y < 1.6)
    series = [
        Line(f"{layers(look.layers)}, {2 * look.layers} neurons", *_xy(target), -1, width=4),
        Line(f"one hidden layer, {n} neuron{'s' * (n > 1)}", x[inside], y[inside], GREEN),
    ]
    return lines("One hidden layer needs a neuron a piece", series, "x", "", (0, 1), (-0.5, 1.5))


def _errors(values: np.ndarray) -> Interval:
    """log10 of the geometric mean, with its interval."""
    return mean_interval(np.log10(values))


def _curve(name: str, x: np.ndarray, found: Sequence[Interval], hue: int, dashed: bool = False) -> Curve:
    mean, low, high = (np.array([getattr(i, f) for i in found]) for f in ("mean", "low", "high"))
    return Curve(name, x, mean, low, high, hue, dashed)


def _powers(spec: dict[str, Any]) -> dict[str, Any]:
    spec["yAxis"] = {"type": "value", "scale": True, "minInterval": 1, "axisLabel": {"formatter": "10^{value}"}}
    spec["grid"]["left"], spec["tooltip"]["valueFormatter"] = 12, "10^%.2f"
    return spec


def _by_depth(spec: dict[str, Any]) -> dict[str, Any]:
    spec["xAxis"] |= {"type": "log", "logBase": 2, "min": DEPTHS[0], "max": DEPTHS[-1]}
    spec["xAxis"].pop("minInterval")
    spec["grid"]["right"] = 24
    for line in spec["series"]:
        if "name" in line:
            line |= {"symbol": "circle", "symbolSize": 8, "showSymbol": True}
    return spec


def errors(result: Result) -> dict[str, Any]:
    """Error against depth, both targets, with intervals."""
    x = np.array(list(result.depths), float)
    series = []
    for t, (target, hue) in enumerate(zip(TARGETS, (BLUE, ORANGE), strict=True)):
        found = [_errors(d.error(t)) for d in result.depths.values()]
        series.append(_curve(target, x, found, hue, t == 1))
    which = "Test" if result.fraction == 1 else "Validation"
    return _by_depth(_powers(curves(f"{which} error at {result.settings.budget} parameters", series, "hidden layers")))


def _course(name: str, result: Result, d: Depth, target: int, hue: int, dashed: bool = False) -> Curve:
    v = np.log10(np.maximum(d.validation[:, target, d.rate[target]], FLOOR))  # (T, S)
    assert result.steps is not None
    return Curve(name, result.steps, v.mean(1), v.min(1), v.max(1), hue, dashed)


def learning(result: Result, target: int) -> dict[str, Any]:
    """Validation error in training, each depth at its rate; on the regular target the folding network too."""
    series = [_course(layers(n), result, d, target, HUES[n]) for n, d in result.depths.items()]
    if result.fold is not None and target == 0:
        series += [_course(f"fold, {s}", result, result.fold, i, 4 + i, True) for i, s in enumerate(STARTS)]
    assert result.steps is not None
    total = result.settings.epochs * (result.settings.n // 32)
    spec = _powers(curves(f"Validation error, {TARGETS[target]} target", series, "step", x_max=float(total)))
    spec["grid"]["bottom"] = 100 if target == 0 else 78
    return spec


def fits(result: Result, target: int, seed: int) -> dict[str, Any]:
    """The target and what each depth made of it, from one seed."""
    s, x = result.settings, np.linspace(0, 1, LINE)
    series = [Line("target", *knots(TARGETS[target], s.folds, s.range[seed]), -1, width=5)]
    for n, d in result.depths.items():
        series.append(Line(layers(n), x, d.answers[target, d.rate[target], seed], HUES[n]))
    return lines(f"{TARGETS[target].capitalize()} target, seed {s.range[seed]}", series, "x", "", (0, 1), (-2.5, 2.5))


def ratios(result: Result) -> go.Figure:
    """Each depth against one hidden layer."""
    rows = [
        (f"{layers(n)}, {target}", t, result.against_wide(n, t), result.ratio(n, t))
        for t, target in enumerate(TARGETS)
        for n in DEPTHS[1:]
    ]
    name = "log₁₀ ratio (left: deeper)"
    return functions.intervals(rows, "Deeper against one hidden layer", name, 0, "no difference")


def found(result: Result) -> go.Figure:
    """Test error of every network on the regular target, and of the folding network itself."""
    assert result.fold is not None
    errors = [(layers(n), d.error(0)) for n, d in result.depths.items()]
    errors += [(f"fold, {start}", result.fold.error(i)) for i, start in enumerate(STARTS)]
    logs = [(name, np.log10(np.maximum(e, FLOOR))) for name, e in errors]
    rows = [(name, i, mean_interval(v), v) for i, (name, v) in enumerate(logs)]
    return functions.intervals(
        rows, "Who finds the regular target?", "log₁₀ of the test error", np.log10(SOLVED), "1 %"
    )


def pieces(result: Result) -> dict[str, Any]:
    """Straight pieces of the networks, before and after, against the depth."""
    x, ds = np.array(list(result.depths), float), list(result.depths.values())
    neurons = np.array([sum(d.widths) for d in ds], float)
    series = [Curve("neurons", x, neurons, neurons, neurons, 4, True)]
    counts = [("before training", [d.start for d in ds], 3)]
    counts += [
        (f"trained, {t}", [None if d.pieces is None else d.pieces[i] for d in ds], i) for i, t in enumerate(TARGETS)
    ]
    for name, values, hue in counts:
        found = [mean_interval(v) for v in values if v is not None]
        series.append(_curve(name, x, found, hue))
    spec = _by_depth(curves("Straight pieces of the networks", series, "hidden layers"))
    spec["yAxis"] = {"type": "value", "min": 0}
    return spec


def table(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for n, d in result.depths.items():
        row: dict[str, Any] = {
            "hidden layers": n,
            "widths": ", ".join(map(str, d.widths)),
            "parameters": parameters(d.widths),
        }
        for t, target in enumerate(TARGETS):
            row |= {f"rate, {target}": RATES[d.rate[t]], f"error, {target}": float(f"{mean(d.error(t)):.3g}")}
        found.append(row)
    return found
