"""Charts of an ablation."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.generalization.ablation.result import Result
from core.concepts.generalization.ablation.settings import BARE, FULL, only, without
from core.figures import effects
from core.figures.curves import curves, over_seeds
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


def interactions(r: Result) -> dict[str, Any]:
    """Both side by side, the greatest difference on top."""
    ordered = sorted(r.settings.parts, key=lambda p: -abs(r.interaction(p).mean))
    rows = [(p, r.alone(p).mean, r.within(p).mean, r.interaction(p).clear_of_zero) for p in ordered]
    return effects.pairs(
        "Added alone, and within the full recipe", ("added alone", "within the full recipe"), rows, UNIT
    )


def step_costs(r: Result) -> dict[str, Any]:
    """How much longer a training step takes with each component, the most on top."""
    rows = {p: (r.slower(only(p)), np.zeros(0)) for p in r.settings.parts}
    ordered = sorted(rows.items(), key=lambda row: -row[1][0].mean)
    return effects.dots("Time of a step, compared with bare", [(n, i, v, BLUE) for n, (i, v) in ordered], "% longer")


def learning(r: Result, part: str) -> dict[str, Any]:
    """Validation accuracy against the epoch: the full recipe and the bare network, with and without a component."""
    series = []
    for color, name in enumerate((FULL, without(part), BARE, only(part))):
        rows = r.history[r.history.variant == name].rename(columns={"seed": "model"})
        series.append(over_seeds(rows, "validation", "accuracy", name, color, dashed=name not in (FULL, BARE)))
    return curves("Validation accuracy (%)", series, "epoch", percent=True, x_max=r.settings.epochs)
