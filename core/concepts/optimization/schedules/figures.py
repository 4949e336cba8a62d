"""Charts of schedules: the rates, what they do to the training, and the gains over a constant rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.concepts.optimization.schedules.findings import gain, tuned_gain
from core.concepts.optimization.schedules.result import Result
from core.concepts.optimization.schedules.settings import CONSTANT, PLATEAU, Settings
from core.concepts.optimization.schedules.shapes import schedule
from core.figures.intervals import forest
from core.figures.lines import Line, lines
from core.figures.look import COLORS, GREY, color
from core.figures.pairs import side_by_side
from core.stats import Interval

CURVES = ("validation loss", "validation accuracy", "training loss")
INK = ("#20262C", "#E8EAED")  # on a light and on a dark page
# Each schedule has a colour of its own, and a dash. The constant rate, which all are compared with, is a wide grey line.
LOOKS = {
    "StepLR": (COLORS[0], "solid"),
    "ExponentialLR": (COLORS[5], "dashed"),
    "CosineAnnealing": (COLORS[1], "solid"),
    "OneCycle": (COLORS[2], "solid"),
    "warm-up": (COLORS[3], "dashed"),
    "warm-up + cosine": (COLORS[4], "dashed"),
    PLATEAU: ("", "dotted"),
}
# How the dashes look in a legend.
ICONS = {
    "solid": "path://M0 4h22v3h-22z",
    "dashed": "path://M0 4h9v3h-9zM13 4h9v3h-9z",
    "dotted": "path://M0 4h3v3h-3zM6 4h3v3h-3zM12 4h3v3h-3zM18 4h3v3h-3z",
}

Option = dict[str, Any]


def rate(value: float) -> str:
    return f"{value:.2g}"


def planned(settings: Settings, at: int, dark: bool) -> Option:
    """The learning rate that each schedule takes from one of the three base rates."""
    base = settings.rates[at]
    steps = settings.epochs * max(1, settings.n // settings.batch)
    shown = np.unique(np.linspace(0, steps - 1, min(steps, 400)).round().astype(int))
    # ReduceLROnPlateau keeps the base rate until it lowers it, which is not known yet.
    values = {n: base * np.array([schedule(settings, n)(int(t), steps) for t in shown]) for n in settings.compared}
    option = _by_schedule(f"Learning rate, base rate {rate(base)}", values, shown / steps * settings.epochs, dark)
    option["xAxis"] |= {"max": settings.epochs}
    option["yAxis"] |= {"min": 0, "name": "learning rate"}
    return option


def learning(result: Result, what: str, at: int, dark: bool) -> Option:
    """One of CURVES from one of the base rates, the mean over seeds."""
    values, settings = result.curves[what][:, :, at].mean(-1), result.settings  # (E + 1, V)
    percent = "accuracy" in what
    drawn = {name: (100 if percent else 1) * values[:, v] for v, name in enumerate(result.names)}
    title = f"{what.capitalize()}, base rate {rate(settings.rates[at])}"
    option = _by_schedule(title, drawn, np.arange(len(values)), dark)
    option["xAxis"] |= {"max": settings.epochs, "minInterval": 1}
    option["yAxis"] |= {"name": "% correct" if percent else "cross-entropy"}
    # What matters happens late; the first epochs may lie beyond the picture.
    late = values[len(values) // 3 :]
    if what == "training loss":  # falls by orders of magnitude
        option["yAxis"] |= {"type": "log"}
    elif percent:
        option["yAxis"] |= {"min": float(np.floor(100 * late.min())), "max": 100}
    else:
        option["yAxis"] |= {"min": 0, "max": _above(late)}
    return option


def lowered_when(result: Result, at: int, dark: bool) -> Option:
    """ReduceLROnPlateau: the validation loss of each seed, with a dot wherever it then lowered the rate."""
    loss = result.curves["validation loss"][:, result.names.index(PLATEAU), at]  # (E + 1, S)
    dots = [(e, float(f"{loss[e, k]:.4g}")) for k, row in enumerate(result.lowered(at)) for e in row]
    option = _seeds(result, "When it lowered the rate", loss, dark)
    option["yAxis"] |= {
        "type": "value",
        "name": "validation loss",
        "scale": True,
        "max": _above(loss[len(loss) // 3 :]),
    }
    style = {"color": color(1), "borderColor": "#FFFFFF", "borderWidth": 1}
    option["series"].append(
        {"id": "lowered", "name": "rate lowered", "type": "scatter", "data": dots, "symbolSize": 9, "z": 5}
        | {"animation": False, "itemStyle": style}
    )
    option["legend"]["data"].append("rate lowered")
    return option


def lowered_to(result: Result, at: int, dark: bool) -> Option:
    """ReduceLROnPlateau: the learning rate of each seed in each epoch."""
    base = result.settings.rates[at]
    option = _seeds(
        result,
        "Resulting learning rate",
        np.vstack([np.full(result.settings.seeds, base), result.plateau[:, at]]),
        dark,
    )
    for line in option["series"]:
        line["step"] = "start"
    option["yAxis"] |= {"type": "log", "name": "learning rate"}
    return option


def gains(result: Result) -> go.Figure:
    """Change of the test accuracy compared with a constant rate of the same base: a line a base rate."""
    kinds = {f"base rate {rate(value)}": at for at, value in enumerate(result.settings.rates)}
    rows = {name: {kind: _points(result, name, at) for kind, at in kinds.items()} for name in result.names[1:]}
    figure = side_by_side(rows, "Change compared with a constant rate", "points of test accuracy")
    return figure.update_layout(legend={"font": {"size": 11}})


def _points(result: Result, name: str, at: int) -> tuple[Interval, np.ndarray]:
    i = gain(result, name, at)
    change = result.test[result.names.index(name), at] - result.test[0, at]
    return Interval(100 * i.mean, 100 * i.low, 100 * i.high, i.n, i.level), 100 * change


def tuned(result: Result) -> go.Figure:
    """Change of the test accuracy compared with the best constant rate, each at its own best base rate."""
    rows = [
        (f"{n} from {rate(result.settings.rates[result.best(n)])}", tuned_gain(result, n)) for n in result.names[1:]
    ]
    best = rate(result.settings.rates[result.tuned_constant])
    return forest(rows, f"Each at its best, compared with constant {best}", "points of test accuracy", scale=100)


def table(result: Result) -> pd.DataFrame:
    """A row a schedule: mean validation and test accuracy at each base rate, in %, and the base rate that validation chooses."""
    columns: dict[str, list[Any]] = {"schedule": list(result.names)}
    for at, value in enumerate(result.settings.rates):
        columns[f"validation, {rate(value)}"] = (100 * result.validation[:, at].mean(1)).round(1).tolist()
        columns[f"test, {rate(value)}"] = (100 * result.test[:, at].mean(1)).round(1).tolist()
    columns["chosen rate"] = [rate(result.settings.rates[result.best(name)]) for name in result.names]
    return pd.DataFrame(columns)


def _by_schedule(title: str, values: Mapping[str, np.ndarray], x: np.ndarray, dark: bool) -> Option:
    """A line a schedule, each in its own look."""
    drawn = [Line(name, x, v, -1) for name, v in values.items()]
    option = lines(title, drawn, "epoch", "value")
    icons = []
    for series in option["series"]:
        name = series["name"]
        paint, dash = LOOKS.get(name, (GREY, "solid"))
        style = {"color": paint or INK[dark], "type": dash, "width": 2}
        if name == CONSTANT:
            style |= {"width": 6, "opacity": 0.45}
        series |= {"lineStyle": style, "itemStyle": {"color": style["color"]}}
        icons.append({"name": name, "icon": ICONS[dash]})
    option["legend"] |= {"data": icons, "itemGap": 8, "itemHeight": 5, "textStyle": {"fontSize": 11}}
    option["grid"] |= {"left": 30, "bottom": 88}
    option["yAxis"] |= {"nameGap": 44}
    return option


def _seeds(result: Result, title: str, values: np.ndarray, dark: bool) -> Option:
    """A faint line a seed, values (1 + E, S)."""
    ink = INK[dark]
    drawn = [Line("each seed", np.arange(len(column)), column, -1) for column in values.T]
    option = lines(title, drawn, "epoch", "value", (0, result.settings.epochs))
    for series in option["series"]:
        series |= {
            "lineStyle": {"width": 1.5, "color": ink, "opacity": 0.45},
            "itemStyle": {"color": ink},
            "silent": True,
        }
    option["legend"]["data"] = ["each seed"]
    option["grid"] |= {"left": 30, "bottom": 56}
    option["tooltip"] = {"trigger": "item"}
    option["xAxis"] |= {"minInterval": 1}
    option["yAxis"] |= {"nameGap": 40}
    return option


def _above(values: np.ndarray) -> float | None:
    """A round number a little above the largest of them; None leaves it to the chart."""
    top = float(np.nanmax(values)) if np.isfinite(values).any() else np.inf
    if not np.isfinite(top) or not 0 < top < 1e3:
        return None
    unit = 10 ** np.floor(np.log10(top)) / 2
    return float(f"{np.ceil(1.02 * top / unit) * unit:.2g}")
