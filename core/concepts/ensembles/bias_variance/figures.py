"""Charts of bias_variance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from core.concepts.ensembles.bias_variance import charts
from core.concepts.ensembles.bias_variance.findings import PAIRS, scatter
from core.concepts.ensembles.bias_variance.result import NETWORK, STAGED, Result
from core.figures import bars
from core.figures.curves import Curve, curves
from core.figures.fits import bundle, samples
from core.stats import Interval

BLUE, ORANGE, GREEN, PINK, AMBER, SKY, GREY = 0, 1, 2, 3, 4, 5, -1
COLORS = {"bagged": SKY, "boosted": AMBER, "k-NN": BLUE, "linear": ORANGE, "stacking": PINK, NETWORK: PINK}
MOST_FITS = 30  # of a learner, drawn at once


def hue(name: str) -> int:
    """A learner's colour: single trees green, bagged ones blue, boosted ones amber."""
    return COLORS.get(name.split()[0], GREEN)


def partner(name: str) -> str:
    """The single tree that a learner is shown beside."""
    return "shallow tree" if "shallow" in name else "deep tree"


def _scale(result: Result) -> float:
    return 1.0 if result.settings.regression else 100.0


def parts(result: Result) -> dict[str, Any]:
    """One bar per learner, made of the terms of its error."""

    def piece(name: str, color: int, term: str, sign: int = 1) -> charts.Piece:
        return charts.Piece(name, color, [_signed(result.terms[n].interval(term), sign) for n in result.names])

    if result.settings.regression:
        pieces = [piece("bias²", ORANGE, "bias"), piece("variance", BLUE, "variance"), piece("noise", GREY, "noise")]
        unit = "squared error"
    else:
        pieces = [
            piece("bias", ORANGE, "bias"),
            piece("variance that costs", BLUE, "unbiased"),
            piece("variance that helps", GREEN, "biased", -1),
        ]
        if result.noise.any():
            pieces.append(piece("noise", GREY, "noise"))
        unit = "errors (%)"
    totals = [result.terms[n].values["error"] for n in result.names]
    return charts.stacked("What the error is made of", result.names, pieces, totals, unit, _scale(result))


def _signed(i: Interval, sign: int) -> Interval:
    return i if sign > 0 else replace(i, mean=-i.mean, low=-i.high, high=-i.low)


def plane(result: Result, pinned: Mapping[str, Result]) -> dict[str, Any]:
    """The trees by bias and scatter, with arrows from a single tree to many; those of pinned runs too, when they measure the
    same kind of error."""
    s = result.settings
    up = scatter(s)
    trees = dict.fromkeys(name for pair in PAIRS for name in pair)

    def place(run: Result, name: str) -> tuple[int, Interval, Interval]:
        return hue(name), run.terms[name].interval("bias"), run.terms[name].interval(up)

    places = [(n, "top" if n.startswith("boosted") else "right", *place(result, n)) for n in trees]
    peers = {name: pin for name, pin in pinned.items() if pin.settings.regression == s.regression}
    earlier = [(f"{name}: {n}", *place(pin, n)) for name, pin in peers.items() for n in trees]
    arrows = [(single, many, hue(many)) for single, many in PAIRS]
    across, upward = ("bias²", "variance") if s.regression else ("bias (%)", "disagreement (%)")
    return charts.plane("From one tree to many", places, arrows, across, upward, _scale(result), earlier)


def growth(result: Result, name: str) -> dict[str, Any]:
    """The terms of an ensemble as trees are added."""
    scale, up = _scale(result), scatter(result.settings)
    at = result.trees(name).astype(float)
    called = {"bias": "bias²" if result.settings.regression else "bias", up: up, "error": "error"}
    series = []
    for (term, label), color in zip(called.items(), (ORANGE, BLUE, GREEN), strict=True):
        values = scale * np.maximum(result.staged[name][term], 0)
        series.append(Curve(label, at, values, values, values, color))
    unit = "squared error" if result.settings.regression else "%"
    spec = curves(f"{name.capitalize()}, tree by tree ({unit})", series, "trees", x_max=float(at[-1]))
    spec["yAxis"] = {"type": "value", "min": 0.0}
    return spec


def task(data: tuple[np.ndarray, np.ndarray, list[tuple[np.ndarray, np.ndarray]]]) -> dict[str, Any]:
    """What is to be learned, x (L,) and f (L,), and training sets of it."""
    x, truth, sets = data
    return samples("The true function, and two training sets of many", x, truth, sets, "x")


def fits(result: Result, name: str) -> dict[str, Any]:
    """What a learner fitted to each training set, along the drawn line."""
    assert result.curve is not None
    several = result.x.shape[1] > 1
    reach = float(np.ceil(1.15 * np.abs(result.curve).max() + 2 * result.settings.noise))
    t = result.terms[name]
    title = f"{name.capitalize()}: bias² {t.interval('bias').mean:.3f}, variance {t.values['variance']:.3f}"
    x_name = "x1 (the other inputs are 0)" if several else "x"
    return bundle(
        title, result.x[:, 0], result.drawn[name], result.curve, hue(name), x_name, (-reach, reach), MOST_FITS
    )


def field(result: Result, name: str) -> np.ndarray:
    """Share of the training sets that predict each class, on the grid of the axes: (G, G, 2)."""
    assert result.axes is not None
    one = result.drawn[name].mean(0).reshape(len(result.axes[1]), len(result.axes[0]))
    return np.stack([1 - one, one], -1)


def ballots(result: Result, name: str) -> dict[str, Any]:
    """How many of the training sets are right about each test point, and whether the main prediction is."""
    t = result.terms[name].values
    title = f"{name.capitalize()}: bias {100 * t['bias']:.1f} %, disagreement {100 * t['disagreement']:.1f} %"
    spec = bars.ballots(result.right[name], result.agreed[name], title)
    for series, label in zip(spec["series"], ("main prediction right", "main prediction wrong"), strict=True):
        series["name"] = label
    spec["legend"]["data"] = [series["name"] for series in spec["series"]]
    spec["xAxis"]["name"], spec["yAxis"]["name"] = "training sets that are right about a point (%)", "test points"
    return spec


def staged(name: str) -> bool:
    """Whether a learner is an ensemble that grows tree by tree."""
    return name in STAGED
