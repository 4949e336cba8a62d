"""The pictures of validation, made from its results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.concepts.generalization.validation_choice import SIZES, bound, expected_best, ladder
from core.concepts.generalization.validation_folds import LEARNERS, Folds, Spread
from core.figures import effects
from core.figures import folds as drawing
from core.figures.curves import Curve, curves
from core.figures.fields import weighted
from core.stats import mean_interval

if TYPE_CHECKING:
    from core.concepts.generalization.validation import Coins, Result

BLUE, ORANGE, GREEN, PINK, AMBER, SKY = range(6)
OPTIMISM = "points too high"


def fold_table(f: Folds, shown: int) -> dict[str, Any]:
    """The deal, fold by fold up to the one shown."""
    return drawing.dealt("Every row is left out once", f.fold, f.right, shown)


def fold_field(f: Folds, shown: int, learner: str) -> np.ndarray:
    """What is learnt without the fold shown (1 ...), as a picture: its rows large, those answered wrong ringed."""
    out = f.fold == shown - 1
    low, high = f.x.min(0), f.x.max(0)
    margin = 0.12 * (high - low)
    axes = tuple(np.linspace(low[i] - margin[i], high[i] + margin[i], 60) for i in (0, 1))
    a, b = np.meshgrid(*axes)
    answer = LEARNERS[learner].fresh(f.x[~out][None], f.y[~out][None], np.stack([a, b], -1).reshape(1, -1, 2))
    grid = np.eye(f.y.max() + 1)[answer.reshape(60, 60)]
    weight = np.where(out, 1.7, 0.35)
    return weighted(grid, (axes[0], axes[1]), f.x, f.y, weight, out & ~f.right, 300)


def estimates(s: Spread) -> dict[str, Any]:
    """Boxes of the estimates of many data sets."""
    values = {name: 100 * e[0] for name, e in s.estimates.items()}
    title = f"The estimate on {len(s.truth)} data sets"
    return drawing.boxes(title, values, "estimated accuracy (%)", 100 * float(s.truth.mean()), "truth")


def _line(name: str, x: np.ndarray, values: np.ndarray, hue: int, dashed: bool = False) -> Curve:
    """values (x,), or (repeats, x) with an interval of the mean."""
    if values.ndim == 1:
        return Curve(name, x, 100 * values, 100 * values, 100 * values, hue, dashed)
    i = [mean_interval(100 * v) for v in values.T]
    mean, low, high = (np.array([getattr(v, part) for v in i]) for part in ("mean", "low", "high"))
    return Curve(name, x, mean, low, high, hue, dashed)


def _logarithmic(title: str, series: list[Curve], x_name: str) -> dict[str, Any]:
    spec = curves(title, series, x_name, x_max=float(series[0].x[-1]))
    spec["xAxis"] |= {"type": "log", "min": float(series[0].x[0])}
    spec["xAxis"].pop("minInterval")
    low = min(float(np.nanmin(s.low)) for s in series)
    spec["yAxis"] = {"type": "value", "name": OPTIMISM, "nameLocation": "middle", "nameGap": 32}
    spec["yAxis"] |= {"min": 0} if low > -0.3 else {}
    spec["grid"] |= {"left": 28, "bottom": 62}
    return spec


def _coins(title: str, x: np.ndarray, best: list[tuple[int, int]], tossed: np.ndarray, x_name: str) -> dict[str, Any]:
    """best: the validation rows and the coin-flippers at each x."""
    series = [
        _line("√(2 ln M) standard errors", x, np.array([bound(n, m) for n, m in best]), PINK, True),
        _line("exact", x, np.array([expected_best(n, 0.5, m) for n, m in best]), BLUE),
        _line("tossed", x, tossed, ORANGE, True),
    ]
    return _logarithmic(title, series, x_name)


def coins_by_size(c: Coins) -> dict[str, Any]:
    """How much too high the best coin-flipper looks, against how many there are."""
    x = np.array(ladder(SIZES, c.M))
    best = [(c.n, int(m)) for m in x]
    return _coins(f"Best of M coin-flippers, {c.n} rows", x, best, c.optimism[:, x - 1], "coin-flippers M")


def coins_by_rows(c: Coins) -> dict[str, Any]:
    """The same against how many rows the choice is made on."""
    x = np.array(list(c.by_rows))
    best = [(int(n), c.M) for n in x]
    tossed = np.stack(list(c.by_rows.values()), 1)
    return _coins(f"Best of {c.M} coin-flippers", x, best, tossed, "validation rows n")


def _networks(title: str, x: np.ndarray, values: np.ndarray, alone: list[float], x_name: str) -> dict[str, Any]:
    series = [_line("networks", x, values, GREEN), _line("coins as good, independent", x, np.array(alone), BLUE, True)]
    return _logarithmic(title, series, x_name)


def networks_by_size(result: Result) -> dict[str, Any]:
    """How much too high the best network looks, against how many there are."""
    x, n = np.array(result.sizes), result.settings.n
    alone = [result.independent(n, m) for m in result.sizes]
    title = f"Best of M networks, {n} validation rows"
    return _networks(title, x, result.optimism(n), alone, "networks M")


def networks_by_rows(result: Result) -> dict[str, Any]:
    """The same against how many rows the choice is made on."""
    x, M = np.array(result.rows), result.settings.networks
    values = np.stack([result.optimism(n)[:, -1] for n in result.rows], 1)
    alone = [result.independent(n, M) for n in result.rows]
    return _networks(f"Best of {M} networks", x, values, alone, "validation rows n")


def cure(result: Result) -> dict[str, Any]:
    """What each way says of the network it chose, less the truth."""
    errors = result.errors()
    rows = [(name, result.error(name), errors[name], hue) for name, hue in zip(errors, (PINK, ORANGE, GREEN), strict=True)]  # fmt: skip
    title = f"Estimate minus truth, best of {result.settings.networks}"
    return effects.dots(title, rows, "points of accuracy, to the right: too high", zero="the truth")
