"""Charts of a run: the folds, the estimates of many data sets, and how much too good the best of many looks."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.generalization.validation.learners import LEARNERS
from core.concepts.generalization.validation.result import WAYS, Result
from core.concepts.generalization.validation.settings import CHOSEN_FROM, ladder
from core.data.points import plot_axes
from core.figures import effects
from core.figures.curves import Curve, curves
from core.figures.fields import weighted
from core.figures.look import GREY, color, faint
from core.stats import mean_interval

BLUE, ORANGE, GREEN, PINK, AMBER = range(5)
CELLS = (("training row", "rgba(122, 135, 147, 0.35)"), ("held out, right", color(GREEN)), ("held out, wrong", color(ORANGE)))  # fmt: skip
FIELD = 60  # points along each side of the decision field
MOST_EDGED = 1500  # cells that still get a white edge each


def option(series: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A chart without a title; the page has one above it."""
    return {
        "animation": False,
        "series": [s | {"animation": False} for s in series],
    } | more


def fold_table(result: Result, shown: int) -> dict[str, Any]:
    """A line a fold, the first on top, and a cell a row of the data: used for training, or held out and predicted right or
    wrong. Only the first `shown` folds are drawn."""
    fold, right, k = result.folds.fold, result.folds.right, result.folds.k
    rows = range(len(fold))
    cells = [[i, f, 0 if fold[i] != f else 2 - int(right[i])] for f in range(min(shown, k)) for i in rows]
    names = [f"fold {f + 1}: {100 * right[fold == f].mean():.0f} %" if f < shown else f"fold {f + 1}" for f in range(k)]
    quiet = {"type": "category", "axisTick": {"show": False}, "axisLine": {"show": False}, "splitLine": {"show": False}}
    pieces = [{"value": i, "label": name, "color": paint} for i, (name, paint) in enumerate(CELLS)]
    edge = {"borderColor": "rgba(255, 255, 255, 0.45)", "borderWidth": 1 if len(cells) <= MOST_EDGED else 0}
    numbers = {"data": [str(i + 1) for i in rows], "name": "row of the data", "nameLocation": "middle", "nameGap": 26}
    return option(
        [{"type": "heatmap", "data": cells, "itemStyle": edge, "silent": True}],
        xAxis=quiet | numbers,
        yAxis=quiet | {"data": names, "inverse": True},
        grid={"left": 10, "right": 16, "top": 30, "bottom": 34, "containLabel": True},
        visualMap={
            "type": "piecewise",
            "pieces": pieces,
            "dimension": 2,
            "orient": "horizontal",
            "top": 0,
            "left": 0,
            "itemSymbol": "rect",
            "selectedMode": False,
            "itemWidth": 14,
            "itemGap": 6,
            "textGap": 4,
            "textStyle": {"color": GREY},
        },
    )


def fold_field(result: Result, shown: int) -> np.ndarray:
    """What is learnt without the fold `shown`, counted from 1, as a picture: the rows of the fold large, those predicted
    wrong with a ring. (400, 400, 3) uint8."""
    folds = result.folds
    held_out = folds.fold == shown - 1
    axes = plot_axes(folds.x, FIELD, 0.12)
    points = np.stack(np.meshgrid(*axes), -1).reshape(1, -1, 2)
    known = folds.x[~held_out][None], folds.y[~held_out][None]
    answer = LEARNERS[result.settings.learner].fresh(*known, points)
    grid = np.eye(folds.y.max() + 1)[answer.reshape(FIELD, FIELD)]
    size = np.where(held_out, 1.7, 0.35)
    return weighted(grid, axes, folds.x, folds.y, size, held_out & ~folds.right, 400)


def estimates(result: Result) -> dict[str, Any]:
    """A box for each way of estimating: half of the data sets within the box, nine in ten within the whiskers."""
    spread = result.spread
    percentiles = [np.percentile(100 * e[0], (5, 25, 50, 75, 95)) for e in spread.estimates.values()]
    label = {"formatter": "mean accuracy on new data", "position": "start", "color": GREY, "distance": 4}
    truth = {"symbol": "none", "silent": True, "data": [{"xAxis": round(100 * float(spread.truth.mean()), 3)}]}
    truth |= {"lineStyle": {"color": GREY, "type": "dashed", "width": 1.5}, "label": label}
    style = {"color": faint(BLUE, 0.25), "borderColor": color(BLUE), "borderWidth": 2}
    boxes = {
        "type": "boxplot",
        "data": [p.round(3).tolist() for p in percentiles],
        "itemStyle": style,
        "boxWidth": [8, 26],
        "markLine": truth,
    }
    return option(
        [boxes],
        yAxis={"type": "category", "data": list(spread.estimates), "inverse": True, "axisTick": {"show": False}},
        xAxis={
            "type": "value",
            "name": "estimated accuracy (%)",
            "nameLocation": "middle",
            "nameGap": 26,
            "scale": True,
        },
        tooltip={"trigger": "item"},
        grid={"left": 10, "right": 24, "top": 22, "bottom": 34, "containLabel": True},
    )


def _line(name: str, x: np.ndarray, values: np.ndarray, hue: int, dashed: bool = False) -> Curve:
    """The values (x,) of a formula, or the mean of (repeats, x) values with its 95 % interval."""
    if values.ndim == 1:
        return Curve(name, x, 100 * values, 100 * values, 100 * values, hue, dashed)
    intervals = [mean_interval(100 * v) for v in values.T]
    mean, low, high = (np.array([getattr(i, part) for i in intervals]) for part in ("mean", "low", "high"))
    return Curve(name, x, mean, low, high, hue, dashed)


def _optimism(title: str, series: list[Curve], x_name: str) -> dict[str, Any]:
    """Lines over a logarithmic axis."""
    spec = curves(title, series, x_name, x_max=max(float(s.x[-1]) for s in series))
    spec["xAxis"] |= {"type": "log", "min": float(series[0].x[0])}
    spec["xAxis"].pop("minInterval")
    lowest = min(float(np.nanmin(np.concatenate([s.mean, s.low]))) for s in series)
    spec["yAxis"] = {"type": "value", "name": "points too high", "nameLocation": "middle", "nameGap": 32}
    spec["yAxis"] |= {"min": 0} if lowest > -0.3 else {}
    spec["tooltip"]["valueFormatter"] = "%.1f points"
    spec["grid"] |= {"left": 28, "bottom": 62}
    return spec


def by_candidates(result: Result) -> dict[str, Any]:
    """How much too good the best looks, against how many candidates there are."""
    s, coins = result.settings, result.coins
    x = np.array(ladder(CHOSEN_FROM, s.M))
    series = [_line("coin-flippers", x, coins.optimism[:, x - 1], ORANGE)]
    if result.compared:
        sizes = np.array(s.sizes)
        alike = np.array([result.independent(s.n, m) for m in s.sizes])
        series.append(_line("independent guessers", sizes, alike, GREEN, True))
        series.append(_line("networks", sizes, result.optimism(s.n), GREEN))
    return _optimism(f"Best of M, chosen on {s.n} held-out rows", series, "candidates M")


def by_rows(result: Result) -> dict[str, Any]:
    """How much too good the best looks, against how many rows it is chosen on."""
    s = result.settings
    x = np.array(s.row_counts)
    series = [_line("coin-flippers", x, np.stack(list(result.coins.by_rows.values()), 1), ORANGE)]
    if result.compared:
        alike = np.array([result.independent(n, s.networks) for n in s.row_counts])
        values = np.stack([result.optimism(n)[:, -1] for n in s.row_counts], 1)
        series.append(_line("independent guessers", x, alike, GREEN, True))
        series.append(_line("networks", x, values, GREEN))
    return _optimism(f"Best of {s.M} coin-flippers and of {s.networks} networks", series, "held-out rows n")


def scores_of_the_chosen(result: Result) -> dict[str, Any]:
    """What each way says about the network that it chose, minus its accuracy on new data."""
    errors = result.errors()
    hues = (PINK, ORANGE, GREEN)
    rows = [(way, result.error(way), errors[way], hue) for way, hue in zip(WAYS, hues, strict=True)]
    title = f"Score minus accuracy on new data, best of {result.settings.networks} networks"
    spec = effects.dots(title, rows, "points of accuracy (right of 0: too high)")
    ends = [100 * end for _, interval, values, _ in rows for end in (interval.low, interval.high, *values)]
    spec["xAxis"] |= {"min": 5 * np.floor(np.nanmin(ends) / 5), "max": 5 * np.ceil(np.nanmax(ends) / 5)}
    return spec
