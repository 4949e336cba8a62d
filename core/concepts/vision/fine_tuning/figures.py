"""Charts and pictures of what copied layers are worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.concepts.vision.fine_tuning.result import Look, Result
from core.concepts.vision.fine_tuning.settings import ARMS, FROZEN, SCRATCH, TUNED
from core.figures.curves import Curve, curves
from core.figures.effects import dots
from core.figures.look import GREY
from core.stats import mean_interval

HUES = {SCRATCH: 1, FROZEN: 0, TUNED: 2}
KINDS = {"trained": 2, "untrained": 4, "pixels": 3, "imagenet": 0}
NAMES = {
    "trained": "learnt from digits",
    "untrained": "untrained network",
    "pixels": "pixels",
    "imagenet": "learnt from ImageNet",
}


def accuracy(result: Result) -> dict[str, Any]:
    """Accuracy on held-out digits of the target task against the labels of a class, a line for each way."""
    sizes = np.array(result.settings.sizes)
    series = []
    for arm in ARMS:
        each = [mean_interval(v, rows=result.right[arm].shape[1], bounds=(0, 1)) for v in result.accuracy[arm]]
        series.append(_curve(arm, sizes, each, HUES[arm], dashed=arm == FROZEN))
    return _marked(curves("Accuracy on held-out digits 5 to 9 (%)", series, "labels a class", True, sizes[-1]), sizes)


def learning(result: Result) -> dict[str, Any]:
    """The same accuracy against the training steps, with the most labels."""
    rows = result.history[(result.history.task == "target") & (result.history.labels == result.settings.labels)]
    series = [_over_steps(rows[rows.arm == arm], arm, HUES[arm], arm == FROZEN) for arm in ARMS]
    title = f"Learning, {result.settings.labels} labels a class: accuracy (%)"
    return curves(title, series, "step", True, result.settings.steps)


def source(result: Result) -> dict[str, Any]:
    """Accuracy of the source networks on held-out digits of their own task against the training steps."""
    rows = result.history[result.history.task == "source"]
    series = [_over_steps(rows, "source network", 0, False)]
    return curves("Source task: accuracy on 0 to 4 (%)", series, "step", True, max(1, result.settings.source_steps))


def gains(result: Result) -> dict[str, Any]:
    """What both ways of using copied layers gain over scratch at each label count."""
    rows = []
    for i, n in enumerate(result.settings.sizes):
        for arm in (FROZEN, TUNED):
            values = result.accuracy[arm][i] - result.accuracy[SCRATCH][i]
            rows.append((f"{arm}, {n}", result.gain_at(i, arm), values, HUES[arm]))
    chart = dots("Gain over scratch, by labels a class", rows, "points of accuracy", zero="no difference")
    chart["grid"]["right"] = 48
    return chart


def digits(result: Result) -> tuple[np.ndarray, np.ndarray]:
    """A digit of each class as the networks see it: a row of the source task and a row of the target task."""
    rows = [np.concatenate(list(result.pictures[i : i + 5]), axis=1).clip(0, 1) for i in (0, 5)]
    return _enlarged(rows[0], 5), _enlarged(rows[1], 5)


def kernels(result: Result, network: str) -> np.ndarray:
    """The eight first kernels of a network, grey for 0, on the scale of the source network's largest weight."""
    largest = np.abs(result.kernels["original"]).max()
    framed = [np.pad(k / (2 * largest) + 0.5, ((0, 0), (0, 1)), constant_values=1.0) for k in result.kernels[network]]
    return _enlarged(np.concatenate(framed, axis=1)[:, :-1].clip(0, 1), 16)


def table(result: Result) -> pd.DataFrame:
    """What happens to each layer in each of the three ways, by learning rate."""
    s = result.settings
    rates = {SCRATCH: s.lr, FROZEN: 0.0, TUNED: s.body * s.lr}
    rows = []
    for i, (name, count) in enumerate(result.layers):
        said = {
            a: f"copied, {_rate(r)}" if i < s.copied and a != SCRATCH else f"new, {_rate(s.lr)}"
            for a, r in rates.items()
        }
        rows.append({"layer": name, "parameters": count, **said})
    return pd.DataFrame(rows)


def _rate(rate: float) -> str:
    return f"rate {rate:g}" if rate else "frozen"


def need(look: Look, goal: float) -> dict[str, Any]:
    """Accuracy on squares not learnt from against the squares of each class, a line for each description."""
    x = np.array(look.sizes)
    series = [
        _curve(
            NAMES[kind], x, [look.score(kind, i) for i in range(len(x))], hue, dashed=kind in ("untrained", "pixels")
        )
        for kind, hue in KINDS.items()
        if kind in look.accuracy
    ]
    chart = _marked(
        curves("Accuracy on the other squares (%)", series, "squares of each class to learn from", True, x[-1]), x
    )
    line = {"symbol": "none", "silent": True, "lineStyle": {"color": GREY, "type": "dotted", "width": 1.5}}
    line |= {"data": [{"yAxis": 100 * goal}], "label": {"formatter": "goal", "color": GREY, "position": "insideEndTop"}}
    chart["series"][2]["markLine"] = line
    return chart


def squares(look: Look, i: int) -> np.ndarray:
    """Twelve of the squares of photograph i, in three rows."""
    some = look.squares[i][::5][:12]
    rows = [np.concatenate([np.pad(v, 1, constant_values=1.0) for v in some[k : k + 4]], axis=1) for k in (0, 4, 8)]
    return _enlarged(np.concatenate(rows, axis=0).clip(0, 1), 2)


def _curve(name: str, x: np.ndarray, each: list[Any], hue: int, dashed: bool) -> Curve:
    mean, low, high = (np.array([getattr(i, end) for i in each]) for end in ("mean", "low", "high"))
    return Curve(name, x, mean, low, high, hue, dashed)


def _over_steps(rows: pd.DataFrame, name: str, hue: int, dashed: bool) -> Curve:
    by = rows.groupby("step").accuracy.agg(["mean", "min", "max"])
    mean, low, high = (by[c].to_numpy() for c in ("mean", "min", "max"))
    return Curve(name, by.index.to_numpy(), mean, low, high, hue, dashed)


def _marked(chart: dict[str, Any], x: np.ndarray) -> dict[str, Any]:
    """With a dot at each value, and an axis that doubles evenly."""
    chart["xAxis"] |= {"type": "log", "logBase": 2, "min": int(x[0]), "max": int(x[-1])}
    chart["xAxis"]["axisLabel"] = {"customValues": [int(v) for v in x]}
    chart["xAxis"]["axisTick"] = {"customValues": [int(v) for v in x]}
    chart["yAxis"].pop("max", None)
    chart["grid"]["right"] = 28
    for part in chart["series"]:
        if "name" in part:
            part |= {"symbol": "circle", "symbolSize": 8, "showSymbol": True}
    return chart


def _enlarged(picture: np.ndarray, times: int) -> np.ndarray:
    return (255 * picture).round().astype(np.uint8).repeat(times, 0).repeat(times, 1)
