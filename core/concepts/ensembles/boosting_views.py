"""The charts of boosting, made from its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.concepts.ensembles.boosting import RATES, attention, voices
from core.concepts.ensembles.boosting_words import stopping
from core.figures import bars
from core.figures.ensembles import against, band

if TYPE_CHECKING:
    from core.concepts.ensembles.boosting import Result

SHORT = ("AdaBoost", "gradient", "histogram")  # in legends


def rows(result: Result, method: int, t: int, title: str) -> dict[str, Any]:
    """The training rows that round t attends to most."""
    axis = f"{('weight', 'residual')[method]} (1 is the average row)"
    heavy, table = attention(result, method, t), result.table
    return bars.heaviest(heavy, table.train.y, table.classes, result.mislabelled, title, axis)


def split(result: Result, method: int, t: int | None = None) -> dict[str, Any]:
    """One method on training and on validation rows; t: the round on show."""
    kind = ("error", "loss")[method]
    series = [
        band(name, result.at, result.over(kind)[:, method, i], (2, 0)[i], dashed=i == 1)
        for i, name in enumerate(("training", "validation"))
    ]
    if method == 0:
        series.append(band("bound ∏2√(ε(1−ε))", result.at, result.over("bound"), 3))
    title = ("AdaBoost: error (%) and its bound", "Gradient boosting: log-loss")[method]
    return against(title, series, "rounds", percent=method == 0, mark=t, stop=stopping(result, method)[0])


def race(result: Result) -> dict[str, Any]:
    """All methods."""
    series = [band(name, result.at, result.validation(m), m) for m, name in enumerate(SHORT)]
    return against("Validation error (%) against rounds", series, "rounds")


def rates(result: Result) -> dict[str, Any]:
    over, colors = result.over("rates"), (5, 0, 2, 1)
    series = [band(f"rate {lr:g}", result.at, over[:, i], colors[i]) for i, lr in enumerate(RATES)]
    return against("Gradient boosting: error (%) by rate", series, "rounds")


def alphas(result: Result) -> dict[str, Any]:
    return bars.voices(voices(result), "AdaBoost: how much each learner counts")


def focus(result: Result) -> dict[str, Any]:
    """How much of its attention each method gives to the rows that are wrong, or hardest."""
    share, names = result.over("attention"), ("AdaBoost's weights", "gradient's residuals")
    series = [band(name, result.at, share[:, m], m) for m, name in enumerate(names)]
    where = "on wrong labels" if result.settings.wrong else "on the hardest tenth of the rows"
    return against(f"Attention (%) {where}", series, "rounds")
