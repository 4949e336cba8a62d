"""Charts of an ablation."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.generalization.ablation.result import Result
from core.concepts.generalization.ablation.settings import BARE, FULL, Settings, only, variants, without
from core.figures import effects
from core.figures.curves import curves, over_seeds
from core.figures.look import GREY, color, faint
from core.stats import Interval

BLUE, ORANGE, GREEN = 0, 1, 2
UNIT = "points of test accuracy"


def _sorted(title: str, rows: dict[str, tuple[Interval, np.ndarray]]) -> dict[str, Any]:
    ordered = sorted(rows.items(), key=lambda row: -row[1][0].mean)
    colors = {1: GREEN, -1: ORANGE, 0: BLUE}
    return effects.dots(title, [(name, i, values, colors[i.sign]) for name, (i, values) in ordered], UNIT)


def within_recipe(r: Result) -> dict[str, Any]:
    """What is lost when a component is removed, the most on top."""
    rows = {p: (r.within(p), r.test[FULL] - r.test[without(p)]) for p in r.settings.parts}
    return _sorted("Within the full recipe", rows)


def alone(r: Result) -> dict[str, Any]:
    """What is gained when a component is added to the bare network."""
    return _sorted("Added alone", {p: (r.alone(p), r.test[only(p)] - r.test[BARE]) for p in r.settings.parts})


def plan(s: Settings) -> dict[str, Any]:
    """Which components each variant has: a row a variant, a column a component."""
    rows = variants(s)
    cells = [(part in v.parts, [part, v.name]) for v in rows for part in s.parts]
    style = {"full": {"color": color(BLUE)}, "empty": {"color": "rgba(0, 0, 0, 0)", "borderColor": faint(BLUE, 0.5)}}
    series = [
        {
            "type": "scatter", "name": name, "symbol": "roundRect", "symbolSize": [16, 12], "silent": True, "animation": False,
            "data": [at for has, at in cells if has is (name == "full")], "itemStyle": look,
        }
        for name, look in style.items()
    ]  # fmt: skip
    quiet = {"axisTick": {"show": False}, "axisLine": {"show": False}, "splitLine": {"show": False}}
    return {
        "title": _title("What is trained: one row, one kind of network"),
        "grid": {"left": 8, "right": 44, "top": 58, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "category", "data": list(s.parts), "position": "top", "axisLabel": {"interval": 0, "rotate": -35}} | quiet,
        "yAxis": {"type": "category", "data": [v.name for v in rows], "inverse": True, "axisLabel": {"interval": 0}} | quiet,
        "series": series,
    }  # fmt: skip


def interactions(r: Result) -> dict[str, Any]:
    """The worth of each component alone and within the recipe, joined by a line that is faint where the two do not clearly
    differ; the greatest difference on top."""
    parts = sorted(r.settings.parts, key=lambda p: -abs(r.interaction(p).mean))
    joined = []
    for i, p in enumerate(parts):
        ends = [[_number(effect(p)), i] for effect in (r.alone, r.within)]
        style = {"color": GREY, "width": 4, "opacity": 0.8 if r.interaction(p).clear_of_zero else 0.2}
        joined.append({"coords": ends, "lineStyle": style})
    zero = {"symbol": "none", "silent": True, "data": [{"xAxis": 0}], "label": {"show": False}}
    zero |= {"lineStyle": {"color": GREY, "type": "dotted", "width": 1.5}}
    series: list[dict[str, Any]] = [
        {"type": "lines", "coordinateSystem": "cartesian2d", "data": joined, "silent": True, "z": 2, "markLine": zero}
    ]
    kinds = (("added alone", r.alone, "diamond", 4), ("within the full recipe", r.within, "circle", BLUE))
    for name, effect, symbol, hue in kinds:
        data = [{"value": [_number(effect(p)), i], "name": p} for i, p in enumerate(parts)]
        dots = {"type": "scatter", "name": name, "data": data, "symbol": symbol, "symbolSize": 13, "z": 4}
        tip = {"formatter": f"{{b}}, {name}: {{@[0]}} {UNIT}"}
        series.append(dots | {"itemStyle": {"color": color(hue)}, "tooltip": tip})
    return {
        "title": _title("Worth added alone and within the full recipe"),
        "tooltip": {"trigger": "item"},
        "legend": {"data": [kind[0] for kind in kinds], "top": 24, "left": 0},
        "grid": {"left": 10, "right": 24, "top": 56, "bottom": 34, "containLabel": True},
        "xAxis": {"type": "value", "name": UNIT, "nameLocation": "middle", "nameGap": 26},
        "yAxis": {"type": "category", "data": parts, "inverse": True, "axisTick": {"show": False}},
        "series": [one | {"animation": False} for one in series],
        "animation": False,
    }


def _title(text: str) -> dict[str, Any]:
    return {"text": text, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}}


def _number(effect: Interval) -> float:
    """The mean in points."""
    return float(f"{100 * effect.mean:.4g}")


def step_costs(r: Result) -> dict[str, Any]:
    """How much longer a training step takes with each component, the most on top."""
    rows = {p: (r.slower(only(p)), r.ms[only(p)] / r.ms[BARE] - 1) for p in r.settings.parts}
    ordered = sorted(rows.items(), key=lambda row: -row[1][0].mean)
    return effects.dots("Time of a training step", [(n, i, v, BLUE) for n, (i, v) in ordered], "% longer than bare")


def learning(r: Result, part: str) -> dict[str, Any]:
    """Validation accuracy against the epoch: the full recipe and the bare network, with and without a component."""
    series = []
    for hue, name in ((BLUE, FULL), (BLUE, without(part)), (ORANGE, BARE), (ORANGE, only(part))):
        rows = r.history[r.history.variant == name].rename(columns={"seed": "model"})
        series.append(over_seeds(rows, "validation", "accuracy", name, hue, dashed=name not in (FULL, BARE)))
    return curves("Validation accuracy (%)", series, "epoch", percent=True, x_max=r.settings.epochs)
