"""Charts of model complexity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.concepts.generalization.model_complexity.fits import fit
from core.concepts.generalization.model_complexity.result import Result, Sweep
from core.concepts.generalization.model_complexity.settings import Settings
from core.concepts.generalization.model_complexity.tasks import (
    FEATURES,
    FEATURES_L2,
    NETWORK_TEN,
    ROWS,
    Task,
    one_input,
    sizes,
)
from core.figures.fits import bundle, samples
from core.figures.look import GREY, color, faint

BLUE, ORANGE, GREEN, PINK, AMBER, SKY = range(6)
TRAINING, NEW_DATA, WITH_L2 = "training error", "error on new data", "new data, with L2"
DEGREES_AT_START = (1, 3, 12)

NAMES = {
    "polynomial": "Polynomials",
    "polynomial + L2": "Polynomials with L2",
    "k-NN": "k-nearest neighbours",
    "tree": "Trees",
    "bagged trees": "Bagged trees",
    "network": "Networks",
    FEATURES: "Random features",
    NETWORK_TEN: "Trained networks",
}
AXES = {
    "polynomial": "degree",
    "polynomial + L2": "degree",
    "k-NN": "neighbours k (fewer: more complex)",
    "tree": "depth",
    "bagged trees": "depth",
    "network": "neurons in the hidden layer",
    FEATURES: "random features",
    NETWORK_TEN: "neurons in the hidden layer",
}


def error(result: Result, family: str, shown: int | None = None) -> dict[str, Any]:
    """Training error and error on new data over the sizes of a family. Areas: what the error on new data is made of.
    shown: the number of a size to mark."""
    sweep = result.families[family]
    ticks = [str(size) for size in sizes(result.settings)[family]]
    x = [str(size) for size in sweep.sizes]
    series = [
        *_areas(sweep, x),
        _line(TRAINING, x, sweep.train_error(), GREEN),
        *_band(sweep, x),
        _line(NEW_DATA, x, sweep.values("error"), PINK),
    ]
    more = result.families.get(FEATURES_L2) if family == FEATURES else None
    if more is not None:
        series.append(_line(WITH_L2, [str(size) for size in more.sizes], more.values("error"), AMBER, dashed=True))
    if family == FEATURES:
        _mark(series[-1], str(result.settings.rows), "as many as rows")
    elif shown is not None:
        _mark(series[-1], ticks[shown], "shown below")
    return _chart(f"{NAMES[family]}: error", AXES[family], ticks, series, _top(sweep))


def learning_curves(result: Result) -> dict[str, Any]:
    """Training error and error on new data of three polynomials over the number of training rows."""
    series = []
    for hue, (name, sweep) in zip((ORANGE, GREEN, BLUE), result.learning.items(), strict=False):
        x = [str(n) for n in sweep.sizes]
        series.append(_line(name, x, sweep.train_error(), hue) | {"id": f"{name}, training"})
        series.append(_line(name, x, sweep.values("error"), hue, dashed=True))
    noise = np.full(len(ROWS), result.settings.noise**2)
    ticks = [str(n) for n in ROWS]
    series.append(_line("noise", ticks, noise, -1))
    return _chart("Polynomials: more training rows", "rows in the training set", ticks, series, 1.5)


def start(settings: Settings) -> dict[str, Any]:
    """One training set and polynomials of three degrees fitted to it, before there is a run."""
    s, task = settings, one_input(settings)
    x, y = task.draw(0)
    lines = [
        (f"degree {d}", hue, fit("polynomial", x, y, d, s, np.random.default_rng(0))(task.line))
        for d, hue in zip(DEGREES_AT_START, (ORANGE, GREEN, BLUE), strict=True)
    ]
    return _three(task, lines)


def three(result: Result, family: str) -> dict[str, Any]:
    """One training set and three sizes of a family fitted to it: a simple one, the best on new data, a complex one."""
    sweep = result.families[family]
    places = dict.fromkeys((min(1, len(sweep.sizes) - 1), sweep.best, min(12, len(sweep.sizes) - 1)))
    hues = dict(zip(places, (ORANGE, GREEN, BLUE), strict=False))
    lines = [
        (f"{SHORT[family]} {sweep.sizes[i]}{' (best)' if i == sweep.best else ''}", hues[i], sweep.drawn[i][0])
        for i in sorted(hues)
    ]
    return _three(one_input(result.settings), lines)


SHORT = {"polynomial": "degree", "polynomial + L2": "degree", "k-NN": "k =", "tree": "depth", "bagged trees": "depth", "network": "width"}  # fmt: skip


def _three(task: Task, lines: Sequence[tuple[str, int, np.ndarray]]) -> dict[str, Any]:
    x, y = task.draw(0)
    truth = task.truth(task.line)
    return samples("One training set, three models", task.line[:, 0], truth, [(x[:, 0], y)], "x", lines)


def fits(result: Result, family: str, i: int, most: int = 30) -> dict[str, Any]:
    """What the i-th size of a family fitted to each training set."""
    sweep, task = result.families[family], one_input(result.settings)
    x, truth = task.line, task.truth(task.line)
    reach = float(np.ceil(float(np.abs(truth).max()) + 2.5 * task.noise))
    drawn = np.clip(sweep.drawn[i], -2 * reach, 2 * reach)
    title = f"{NAMES[family]}, {SHORT[family]} {sweep.sizes[i]}: {len(drawn)} fits"
    return bundle(title, x[:, 0], drawn, truth, PINK, "x", (-reach, reach), most)


def _areas(sweep: Sweep, x: list[str]) -> list[dict[str, Any]]:
    """Noise, squared bias and variance, one on top of the other, which add up to the error. Squared bias that is not
    clearly above 0 is left to the variance, because where fits scatter wildly its estimate says nothing."""
    noise, errors = sweep.values("noise"), sweep.values("error")
    clear = np.array([t.interval("bias").low > 0 for t in sweep.terms])
    bias = np.where(clear, sweep.values("bias"), 0)
    parts = (
        ("noise", "rgba(122, 135, 147, 0.35)", noise),
        ("bias²", faint(ORANGE, 0.45), bias),
        ("variance", faint(BLUE, 0.45), errors - noise - bias),
    )
    stacked = {"stack": "terms", "stackStrategy": "all", "lineStyle": {"opacity": 0}}
    return [
        _line(name, x, values, 0) | stacked | {"areaStyle": {"color": paint}, "itemStyle": {"color": paint}}
        for name, paint, values in parts
    ]


def _band(sweep: Sweep, x: list[str]) -> list[dict[str, Any]]:
    """The 95 % interval of the error on new data, as two lines with the area between them."""
    intervals = [t.interval("error") for t in sweep.terms]
    low = np.array([i.low for i in intervals])
    high = np.array([i.high for i in intervals])
    quiet = {"silent": True, "stack": "band", "stackStrategy": "all", "lineStyle": {"opacity": 0}, "tooltip": {"show": False}}  # fmt: skip
    band = [_line("", x, low, PINK) | quiet, _line("", x, high - low, PINK) | quiet]
    band[0] |= {"id": "low"}
    band[1] |= {"id": "high", "areaStyle": {"color": faint(PINK, 0.25)}}
    return band


def _line(name: str, x: Sequence[str], values: np.ndarray, hue: int, dashed: bool = False) -> dict[str, Any]:
    paint = GREY if hue < 0 else color(hue)
    data = [[at, float(f"{v:.5g}") if np.isfinite(v) else None] for at, v in zip(x, values, strict=True)]
    return {
        "id": name,
        "name": name,
        "type": "line",
        "data": data,
        "symbol": "none",
        "animation": False,
        "z": 3,
        "lineStyle": {"width": 2.5, "color": paint, "type": "dashed" if dashed else "solid"},
        "itemStyle": {"color": paint},
    }


def _mark(series: dict[str, Any], at: str, label: str) -> None:
    """A dotted line across the chart at one of the sizes."""
    style = {"color": GREY, "type": "dotted", "width": 1.5}
    mark = {"xAxis": at, "lineStyle": style, "label": {"formatter": label, "color": GREY}}
    series["markLine"] = {"symbol": "none", "silent": True, "animation": False, "data": [mark]}


def _top(sweep: Sweep) -> float:
    """The end of the error axis. Errors far above that of the simplest model leave the chart."""
    errors = sweep.values("error")
    most = max(float(errors.max()), float(sweep.train_error().max()))
    top = min(1.02 * most, 1.6 * float(errors[0]))
    grid = 0.5 if top > 1 else 0.1
    return round(grid * float(np.ceil(top / grid)), 1)


def _chart(title: str, x_name: str, ticks: list[str], series: list[dict[str, Any]], top: float) -> dict[str, Any]:
    areas = [s["name"] for s in series if s["name"] and s.get("stack")]
    lines = dict.fromkeys(s["name"] for s in series if s["name"] and not s.get("stack"))
    legend = [*lines, *({"name": name, "icon": "roundRect"} for name in areas)]
    middle = {"nameLocation": "middle"}
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"data": legend, "bottom": 0, "left": "center", "itemWidth": 20, "itemGap": 8},
        "grid": {"left": 26, "right": 20, "top": 46, "bottom": 76, "containLabel": True},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.3g"},
        "xAxis": middle | {"type": "category", "data": ticks, "boundaryGap": False, "name": x_name, "nameGap": 26},
        "yAxis": middle | {"type": "value", "min": 0, "max": top, "name": "squared error", "nameGap": 36},
        "series": series,
        "animation": False,
    }
