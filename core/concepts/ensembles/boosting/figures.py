"""Charts of boosting."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.concepts.ensembles.boosting.findings import stopping
from core.concepts.ensembles.boosting.result import Result
from core.concepts.ensembles.boosting.settings import RATES
from core.figures import bars, ensembles, fields
from core.figures.ensembles import against, band
from core.figures.look import GREY, color

Chart = dict[str, Any] | go.Figure
SHORT = ("AdaBoost", "gradient", "histogram")  # in legends


def round_field(result: Result, method: int, round: int) -> np.ndarray:
    """What one tree of the first seed adds, with each training point as large as its weight or residual."""
    rounds = result.rounds[method]
    return _field(result, rounds.alone(round), rounds.relative(round))


def sum_field(result: Result, method: int, rounds: int) -> np.ndarray:
    """Class probabilities by the sum of the first rounds of the first seed, with the training points."""
    return _field(result, result.rounds[method].together(rounds), None)


def _field(result: Result, grid: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    assert result.axes is not None
    train = result.table.train
    return fields.weighted(grid, result.axes, train.x, train.y, weight, result.mislabelled)


def heaviest_rows(result: Result, method: int, round: int, most: int = 30) -> dict[str, Any]:
    """The training rows of the first seed that a round attends to most, by class; wrong labels are hatched."""
    values, table = result.rounds[method].relative(round), result.table
    top = np.argsort(-values, kind="stable")[:most]
    stacked = []
    for k, label in enumerate(table.classes):
        mine = np.where(table.train.y[top] == k, values[top], np.nan)
        series = bars.series(mine, color(k), label, stack="rows", barCategoryGap="10%")
        for entry, row in zip(series["data"], top, strict=True):
            if entry != "-" and result.mislabelled[row]:
                hatch = {"symbol": "rect", "color": "#FFFFFF", "dashArrayX": [1, 0], "dashArrayY": [2, 4]}
                entry["itemStyle"]["decal"] = hatch | {"rotation": -0.8}
        stacked.append(series)
    average = {"data": [{"yAxis": 1}], "lineStyle": {"color": GREY, "type": "dotted"}, "label": {"show": False}}
    stacked[0]["markLine"] = average | {"symbol": "none", "silent": True, "animation": False}
    title = ("Rows with the largest weights", "Rows with the largest residuals")[method]
    axis = f"{('weight', 'residual')[method]} (average row: 1)"
    return bars.options(title, "training rows, heaviest first", axis, [f"row {i + 1}" for i in top], stacked)


def learning(result: Result, method: int, round: int | None = None) -> dict[str, Any]:
    """One method on training and on validation rows; round: the one on show."""
    values = (result.error, result.loss)[method][:, method]  # (R, 2, T)
    at = _at(result)
    series = [
        band("training", at, values[:, 0], 2),
        band("validation", at, values[:, 1], 0, dashed=True),
    ]
    if method == 0:
        series.append(band("upper bound", at, result.bound, 3))
    title = ("AdaBoost: error (%)", "Gradient boosting: log-loss")[method]
    return against(title, series, "rounds", percent=method == 0, mark=round, stop=stopping(result, method)[0])


def race(result: Result, round: int | None = None) -> dict[str, Any]:
    """Validation error of all methods."""
    series = [band(name, _at(result), result.validation(m), m) for m, name in enumerate(SHORT)]
    return against("Validation error (%)", series, "rounds", mark=round)


def rates(result: Result) -> dict[str, Any]:
    """Validation error of gradient boosting at several learning rates."""
    colors = (5, 0, 2, 1)
    series = [band(f"η = {lr:g}", _at(result), result.rate_error[:, i], colors[i]) for i, lr in enumerate(RATES)]
    return against("Gradient boosting by rate: error (%)", series, "rounds")


def attention(result: Result) -> dict[str, Any]:
    """How much of its attention each method gives to the rows that are wrong, or hardest."""
    names = ("weights (AdaBoost)", "residuals (gradient)")
    series = [band(name, _at(result), result.attention[:, m], m) for m, name in enumerate(names)]
    where = "wrong labels" if result.settings.wrong else "the hardest tenth"
    return against(f"Attention to {where} (%)", series, "rounds")


def learner_weights(result: Result) -> dict[str, Any]:
    """Weight of each tree in AdaBoost's vote, first seed."""
    alpha = result.learner_weights
    names = [str(t + 1) for t in range(len(alpha))]
    drawn = bars.series(alpha, color(0), barCategoryGap="10%")
    return bars.options("AdaBoost: weight of each tree", "round", "weight α", names, [drawn])


def importances(result: Result, method: int, dark: bool) -> go.Figure:
    """Which features the trees of a method use: bars, or a picture where the features are pixels."""
    table, used = result.table, result.importances[:, method]
    if table.name == "digits":
        return ensembles.pixels(used, 8, "Importance of each pixel", dark)
    return ensembles.importances(table.features, used, "Importance of the features")


def _at(result: Result) -> np.ndarray:
    return np.arange(1, result.settings.rounds + 1)
