"""Charts of methods that predict a series."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.concepts.paradigms.sequences.result import Result
from core.concepts.paradigms.sequences.settings import AR, LSTM, MEAN, METHODS, MLP, NOW, RNN
from core.figures.curves import Curve, curves
from core.figures.look import GREY, color

HUES = {AR: 0, MLP: 2, RNN: 4, LSTM: 1}
SHOWN = 12  # origins to choose from
GUESSES = {NOW: ("same as now", "solid"), MEAN: ("mean", "dotted")}


def _grey(name: str, x: np.ndarray, y: np.ndarray, kind: str, width: float = 2.0) -> dict[str, Any]:
    data = [[float(a), float(f"{b:.4g}")] for a, b in zip(x, y, strict=True)]
    style = {"lineStyle": {"color": GREY, "width": width, "type": kind}, "itemStyle": {"color": GREY}}
    return {
        "id": name,
        "name": name,
        "type": "line",
        "data": data,
        "symbol": "none",
        "animation": False,
        "z": 2,
    } | style


def _decade(x: float) -> float:
    """The largest power of ten that is not above x."""
    return float(f"1e{int(np.floor(np.log10(x)))}")


def errors(result: Result) -> dict[str, Any]:
    """Error of each method and of the simple guesses against the steps ahead, on a logarithmic axis. A dot: up to where the
    method clearly beats "same as now"."""
    h = np.arange(1, result.horizon + 1)
    series, dots = [], []
    for name in result.methods:
        intervals = list(result.mean_squares(name))
        mean = np.array([i.mean for i in intervals]) ** 0.5
        # Around the logarithm of the mean, so that the band never reaches zero.
        half = np.array([(i.high - i.low) / 4 / max(i.mean, 1e-30) for i in intervals])
        half = np.nan_to_num(half)
        series.append(Curve(name, h, mean, mean * np.exp(-half), mean * np.exp(half), HUES[name]))
        if result.complete and (reach := result.reach(name)):
            paint = {"color": color(HUES[name]), "borderColor": "#FFFFFF", "borderWidth": 1.5}
            dots.append({"value": [reach, float(f"{mean[reach - 1]:.4g}")], "name": name, "itemStyle": paint})
    unit = result.settings.unit
    option = curves("Error against how far ahead", series, f"{unit}s ahead", x_max=result.horizon)
    guesses = [_grey(words, h, result.error(name), kind) for name, (words, kind) in GUESSES.items()]
    tip = {
        "trigger": "item",
        "formatter": f"{{b}}: clearly better than same as now up to here, in {unit}s ahead and error: {{c}}",
    }
    marks = {
        "id": "reach",
        "type": "scatter",
        "data": dots,
        "symbolSize": 13,
        "animation": False,
        "z": 5,
        "tooltip": tip,
    }
    option["series"] += [*guesses, marks]
    option["legend"]["data"] += [words for words, _ in GUESSES.values()]
    option["grid"] |= {"bottom": 66, "left": 26}
    option["xAxis"] |= {"min": 1}
    values = np.concatenate([result.error(name) for name in (NOW, *result.methods)])
    low, top = max(1e-7, float(values.min())), float(values.max())
    option["yAxis"] = {
        "type": "log",
        "name": "error (standard deviations)",
        "nameLocation": "middle",
        "nameGap": 48,
        "min": max(m * _decade(low) for m in (1, 2, 5) if m * _decade(low) <= low),
        "max": next(m for m in (2, 5, 10) if m * _decade(top) > top) * _decade(top),
    }
    return option


def shown_origin(result: Result, number: int) -> int:
    """The origin behind a number from 1 to SHOWN, evenly spread over all of them."""
    return int(np.linspace(0, len(result.origins) - 1, SHOWN).round()[number - 1])


def free(result: Result, number: int) -> dict[str, Any]:
    """What each method predicts from one origin, going on from its own predictions, over what came."""
    at = shown_origin(result, number)
    known, truth = result.known(at), result.truth[at]
    now = known[-1]
    h = np.arange(result.horizon + 1)
    series = []
    for name in result.methods:
        paths = np.column_stack([np.full(len(result.forecasts[name]), now), result.forecasts[name][:, at]])
        series.append(Curve(name, h, paths[0], paths.min(0), paths.max(0), HUES[name]))
    unit = result.settings.unit
    option = curves("From its own predictions, over what came", series, f"{unit}s from now", x_max=result.horizon)
    x = np.arange(1 - len(known), result.horizon + 1)
    came = _grey("what came", x, np.concatenate([known, truth]), "solid", 3)
    came["markLine"] = {
        "symbol": "none", "silent": True, "lineStyle": {"color": GREY, "type": "dotted"},
        "label": {"formatter": "now", "color": GREY}, "data": [{"xAxis": 0}],
    }  # fmt: skip
    option["series"].append(came)
    option["legend"]["data"].append("what came")
    option["grid"] |= {"bottom": 66, "left": 26}
    option["xAxis"] |= {"min": int(x[0])}
    low, high = float(min(known.min(), truth.min())), float(max(known.max(), truth.max()))
    room = 0.35 * (high - low)
    option["yAxis"] = {"type": "value", "name": "standard deviations", "nameLocation": "middle", "nameGap": 36}
    option["yAxis"] |= {"min": float(np.floor(2 * (low - room)) / 2), "max": float(np.ceil(2 * (high + room)) / 2)}
    for line in option["series"]:
        line["clip"] = True
    return option


def table(result: Result) -> pd.DataFrame:
    """A row a method: how far it beats the simple guesses, and its error near and far."""
    h, rows = result.horizon, []
    for name in (*result.methods, NOW, MEAN):
        error, known = result.error(name), name in METHODS
        rows.append(
            {
                "method": name if known else GUESSES[name][0],
                "beats same as now": result.reach(name) if known else None,
                "beats mean": result.reach(name, MEAN) if known else None,
                **{f"error at {k}": float(error[k - 1]) for k in sorted({1, min(10, h), h})},
            }
        )
    return pd.DataFrame(rows)
