"""Charts of bagging."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.concepts.ensembles.bagging.result import Result
from core.figures import bars, ensembles, fields
from core.figures.look import GREY, color


def member_field(result: Result, member: int) -> np.ndarray:
    """What one member of the first seed predicts, with each training point as large as it was drawn often."""
    grid, train = result.shares(member, first=member - 1), result.table.train
    return _field(result, grid, train.x, train.y, result.draws[member - 1])


def vote_field(result: Result, members: int) -> np.ndarray:
    """Shares of the votes of the first members of the first seed, with the training points."""
    train = result.table.train
    return _field(result, result.shares(members), train.x, train.y, None)


def _field(result: Result, grid: np.ndarray, x: np.ndarray, y: np.ndarray, draws: np.ndarray | None) -> np.ndarray:
    assert result.axes is not None
    return fields.weighted(grid, result.axes, x, y, draws, result.mislabelled)


def error(result: Result, member: int | None) -> dict[str, Any]:
    """Error of the vote against its members, over all seeds; member: a line at the one on show."""
    at = np.arange(1, result.vote_error.shape[1] + 1)
    series = [
        ensembles.band("vote", at, result.vote_error, 0),
        ensembles.band("out of bag", at, result.oob_error, 2, dashed=True),
        ensembles.flat(f"single {result.settings.learner}", at, result.single_error, 1),
    ]
    return ensembles.against("Error (%)", series, "members that vote", mark=member)


def draws(result: Result, member: int) -> dict[str, Any]:
    """How many training rows a member of the first seed drew 0, 1, 2, ... times, and how many chance would give."""
    expected = result.expected_draws()
    times = np.arange(len(expected))
    seen = np.bincount(np.minimum(result.draws[member - 1], times[-1]), minlength=len(times))
    names = [*map(str, times[:-1]), f"{times[-1]}+"]
    on_top = {"label": {"show": True, "position": "top", "color": GREY}}
    drawn = bars.series(seen, [color(1), *[color(0)] * (len(times) - 1)], f"member {member}", **on_top)
    chance = {"type": "scatter", "name": "expected by chance", "symbol": "rect", "symbolSize": [28, 3], "z": 5}
    chance |= {"data": [round(float(v), 1) for v in expected], "itemStyle": {"color": GREY}}
    return bars.options(
        "Times each row was drawn", "times drawn (orange: never)", "training rows", names, [drawn, chance]
    )


def ballots(result: Result, members: int) -> dict[str, Any]:
    """On how many validation rows each share of the first members is right, and whether their vote is."""
    truth = result.table.validation.y
    right = (result.predictions[:members] == truth).mean(0)
    return bars.ballots(right, result.votes(members).argmax(1) == truth, "How clear the vote is")


def importances(result: Result, dark: bool) -> go.Figure:
    """Which features the splits use: bars, or a picture where the features are pixels."""
    table = result.table
    if table.name == "digits":
        return ensembles.pixels(result.importances, 8, "Importance of each pixel", dark)
    return ensembles.importances(table.features, result.importances, "Importance of the features")
