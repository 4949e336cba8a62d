"""The pictures of schedules, made from its settings and its result."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.concepts.optimization.schedules import CONSTANT, PLATEAU, Result, Settings, schedule
from core.concepts.optimization.schedules_words import rate
from core.figures.curves import Curve, curves
from core.figures.intervals import forest
from core.figures.look import GREY, color, faint
from core.figures.stacking import side_by_side
from core.stats import Interval

# Relatives share a colour and differ in the dash; the constant one, which all are set against, is grey.
LOOKS = {
    CONSTANT: (0, False),
    "StepLR": (0, False),
    "ExponentialLR": (0, True),
    "CosineAnnealing": (1, False),
    "warm-up + cosine": (1, True),
    "warm-up": (3, True),
    "OneCycle": (2, False),
    PLATEAU: (4, False),
}


def _drawn(
    title: str, lines: dict[str, np.ndarray], x: np.ndarray, x_max: float, percent: bool = False
) -> dict[str, Any]:
    """Lines by schedule, each in its own look."""
    spec = curves(title, [Curve(n, x, v, v, v, *LOOKS[n]) for n, v in lines.items()], "epoch", percent, x_max, 400)
    for line in spec["series"]:
        if line.get("name") == CONSTANT:
            line["lineStyle"] |= {"color": GREY, "width": 6, "opacity": 0.5}
            line["itemStyle"] = {"color": GREY}
    spec["grid"] |= {"bottom": 88, "left": 30}
    icons = {False: "path://M0 4h22v3h-22z", True: "path://M0 4h9v3h-9zM13 4h9v3h-9z"}  # a line, a dashed one
    names = [{"name": n, "icon": icons[LOOKS[n][1]]} for n in lines]
    spec["legend"] |= {"data": names, "itemGap": 8, "itemHeight": 4, "textStyle": {"fontSize": 11}}
    return spec


def planned(s: Settings) -> dict[str, Any]:
    """The learning rate that each schedule will take from the middle base rate."""
    total = s.epochs * max(1, s.n // s.batch)
    steps = np.unique(np.linspace(0, total - 1, min(total, 400)).round().astype(int))
    # ReduceLROnPlateau keeps the base rate until it fires, which nobody knows yet; it lies below those that rise to it.
    order = sorted(s.chosen, key=lambda n: (n != CONSTANT, n != PLATEAU))
    lines = {n: np.array([s.lr * schedule(s, n)(int(t), total) for t in steps]) for n in order}
    spec = _drawn(f"Learning rates planned, from base rate {rate(s.lr)}", lines, steps / total * s.epochs, s.epochs)
    spec["yAxis"] = {"type": "value", "min": 0, "name": "learning rate", "nameLocation": "middle", "nameGap": 44}
    return spec


def learning(result: Result, what: str, r: int) -> dict[str, Any]:
    """One of Result.curves at one base rate, the mean over seeds."""
    values, s = result.curves[what][:, :, r].mean(-1), result.settings  # (E + 1, V)
    title = f"{what.capitalize()} from base rate {rate(s.rates[r])}"
    percent = "accuracy" in what
    lines = {n: values[:, v] for v, n in enumerate(result.names)}
    spec = _drawn(title, lines, np.arange(len(values)), s.epochs, percent)
    spec["yAxis"] |= {"name": "% right" if percent else "cross-entropy", "nameLocation": "middle", "nameGap": 44}
    # What matters happens late; the first epochs may lie beyond the picture.
    late = values[len(values) // 5 :]
    if what == "training loss":  # falls by orders of magnitude
        spec["yAxis"] |= {"type": "log"}
    elif percent:
        spec["yAxis"] |= {"min": float(np.floor(100 * late.min()))}
    else:
        spec["yAxis"] |= {"max": _above(late)}
    return spec


def _above(values: np.ndarray) -> float | None:
    """A round number a little above the largest of them; None leaves it to the chart."""
    top = float(np.nanmax(values))
    return float(f"{1.1 * top:.1g}") if np.isfinite(top) and top < 1e3 else None


def waited(result: Result, r: int) -> dict[str, Any]:
    """ReduceLROnPlateau: the validation loss of each seed, with a dot wherever it then lowered the rate."""
    loss = result.curves["validation loss"][:, result.names.index(PLATEAU), r]  # (E + 1, S)
    dots = [(e, float(f"{loss[e, k]:.4g}")) for k, row in enumerate(result.fired(r)) for e in row]
    spec = _seeds(result, f"{PLATEAU} from {rate(result.settings.rates[r])}: when it fired", loss)
    spec["yAxis"] |= {"type": "value", "name": "validation loss", "scale": True, "max": _above(loss[len(loss) // 5 :])}
    spec["series"].append(
        {"id": "fired", "name": "rate lowered", "type": "scatter", "data": dots, "symbolSize": 9, "z": 5, "animation": False,
         "itemStyle": {"color": color(1), "borderColor": "#FFFFFF", "borderWidth": 1}}
    )  # fmt: skip
    spec["legend"]["data"] = ["each seed", "rate lowered"]
    return spec


def lowered(result: Result, r: int) -> dict[str, Any]:
    """ReduceLROnPlateau: the learning rate of each seed in each epoch."""
    base = result.settings.rates[r]
    rates = np.vstack([np.full(result.settings.seeds, base), result.plateau[:, r]])  # (1 + E, S)
    spec = _seeds(result, f"{PLATEAU} from {rate(base)}: the rate it made", rates)
    for line in spec["series"]:
        line["step"] = "start"
    spec["yAxis"] |= {"type": "log", "name": "learning rate"}
    return spec


def _seeds(result: Result, title: str, values: np.ndarray) -> dict[str, Any]:
    """A faint line a seed, values (1 + E, S)."""
    hue = LOOKS[PLATEAU][0]
    line = {"type": "line", "name": "each seed", "symbol": "none", "silent": True, "animation": False}
    line |= {"lineStyle": {"width": 1.5, "color": faint(hue, 0.6)}, "itemStyle": {"color": color(hue)}}
    rows = [[(e, float(f"{v:.4g}")) for e, v in enumerate(column) if np.isfinite(v)] for column in values.T]
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"data": ["each seed"], "bottom": 0, "left": "center"},
        "grid": {"left": 30, "right": 16, "top": 40, "bottom": 56, "containLabel": True},
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "value", "name": "epoch", "nameLocation": "middle", "nameGap": 24, "min": 0}
        | {"max": result.settings.epochs, "minInterval": 1, "splitLine": {"show": False}},
        "yAxis": {"nameLocation": "middle", "nameGap": 38},
        "series": [line | {"id": f"seed{k}", "data": row} for k, row in enumerate(rows)],
    }


def gains(result: Result) -> go.Figure:
    """Test accuracy over the constant one's at the same base rate: a line a rate."""
    others = result.names[1:]

    def cell(n: str, r: int) -> tuple[Interval, np.ndarray]:
        i = result.gain(n, r)
        change = result.test[result.names.index(n), r] - result.test[0, r]
        return Interval(100 * i.mean, 100 * i.low, 100 * i.high, i.n, i.level), 100 * change

    kinds = {f"base rate {rate(v)}": r for r, v in enumerate(result.settings.rates)}
    rows = {n: {kind: cell(n, r) for kind, r in kinds.items()} for n in others}
    return side_by_side(rows, "Against constant at the same base rate", "points of test accuracy")


def tuned(result: Result) -> go.Figure:
    """Test accuracy over that of the tuned constant one, each at its own best base rate."""
    rows = [(f"{n} from {rate(result.settings.rates[result.best(n)])}", result.tuned(n)) for n in result.names[1:]]
    best = rate(result.settings.rates[result.best(CONSTANT)])
    title = f"Each at its best, against constant {best}"
    return forest(rows, title, "points", scale=100).update_layout(height=360)


def table(result: Result) -> list[dict[str, Any]]:
    """A row a schedule: mean validation and test accuracy at each base rate, in %."""
    return [
        {"schedule": n}
        | {f"validation, {rate(v)}": 100 * float(result.validation[i, r].mean()) for r, v in enumerate(result.settings.rates)}
        | {f"test, {rate(v)}": 100 * float(result.test[i, r].mean()) for r, v in enumerate(result.settings.rates)}
        | {"chosen rate": rate(result.settings.rates[result.best(n)])}
        for i, n in enumerate(result.names)
    ]  # fmt: skip
