"""The pictures of the losses page's experiments, made from its result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.concepts.losses.experiments import INTERCEPT, SLOPE
from core.concepts.losses.functions import of
from core.figures import functions
from core.figures.clicks import targets
from core.stats import Interval, counted, mean_interval

if TYPE_CHECKING:
    from core.concepts.losses.losses import Result


def lifted_to(x: float, y: float) -> dict[str, float]:
    """The settings whose outliers lie about (x, y): those nearest x are lifted by its distance from the true line."""
    return {"where": round(2 * x) / 2, "height": float(round(min(100, max(-100, y - SLOPE * x - INTERCEPT))))}


def _rows(
    result: Result, column: str, scale: float = 1.0, base: str = ""
) -> list[tuple[str, int, Interval, np.ndarray]]:
    """A row a loss, of its values or of how far they lie from those of `base`, paired by seed."""
    place, found = of(result.settings.family).index, []
    for n in result.settings.chosen:
        values = scale * (result.by_seed(column, n) - (result.by_seed(column, base) if base else 0))
        if n != base:
            found.append((n, place(n), mean_interval(values), values))
    return found


def figures(result: Result, pinned: Mapping[str, Result] | None = None) -> list[go.Figure]:
    """The experiment: lines and slope errors, or clean accuracy and its difference from cross-entropy. pinned: earlier
    runs, laid over it."""
    s = result.settings
    place, seeds = of(s.family).index, counted(s.seeds, "seed")
    peers = {
        name: pin for name, pin in (pinned or {}).items() if pin.scores is not None and pin.settings.family == s.family
    }

    def earlier(*what: Any) -> dict[str, list[tuple[str, Interval]]]:
        return {name: [(n, i) for n, _, i, _ in _rows(pin, *what)] for name, pin in peers.items()}

    if result.points is not None:
        p = result.points
        first = {n: [float(result.by_seed(c, n)[0]) for c in ("slope", "intercept")] for n in s.chosen}
        fits = [(n, place(n), slope, intercept) for n, (slope, intercept) in first.items()]
        heading = f"Fits of seed {s.seed}: click to put outliers"
        one = functions.lines(p.x[0], p.y[0], p.odd[0], fits, (SLOPE, INTERCEPT), heading)
        low, high = min(-10.0, float(p.y[0].min())) - 5, max(25.0, float(p.y[0].max())) + 5
        spots = np.meshgrid(np.arange(0, 10.5, 0.5), np.linspace(low, high, 21))
        one.add_trace(targets(spots[0].ravel(), spots[1].ravel(), "lift outliers to here: (%{x}, %{y})"))
        title = f"Error of the slope, {seeds}"
        return [
            one,
            functions.intervals(
                _rows(result, "error"),
                title,
                "fitted − true slope (mean, 95 % interval, seeds)",
                0.0,
                "true slope",
                earlier("error"),
            ),
        ]
    every, against = ("accuracy", 100), ("accuracy", 100, "cross-entropy")
    title, x_name = f"Clean test accuracy, {seeds}", "% (mean, 95 % interval, seeds)"
    one = functions.intervals(_rows(result, *every), title, x_name, pinned=earlier(*every))
    # 0-1, which never leaves its start, lies so far off that the others could not be told apart beside it.
    paired = [row for row in _rows(result, *against) if row[0] != "0-1"]
    x_name = "points (mean, 95 % interval, seeds)" + ("; without 0-1" if "0-1" in s.chosen else "")
    title = "Minus cross-entropy, by seed"
    return [one, functions.intervals(paired, title, x_name, 0.0, "no difference", earlier(*against))]
