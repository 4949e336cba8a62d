"""The pictures of bias_variance, made from its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.concepts.ensembles.bias_variance_learners import LEARNERS, stages
from core.concepts.ensembles.bias_variance_problem import GRID, problem
from core.concepts.ensembles.bias_variance_words import PAIRS, called, scatter
from core.figures import bars as bar_charts
from core.figures import terms
from core.figures.curves import Curve, curves
from core.stats import Interval

if TYPE_CHECKING:
    from core.concepts.ensembles.bias_variance import Result, Settings

NETWORK = "network"
ALL = (*LEARNERS, NETWORK)
BLUE, ORANGE, GREEN, PINK, AMBER, SKY, GREY = 0, 1, 2, 3, 4, 5, -1
PAINT = {"bagged": SKY, "boosted": AMBER, "k-NN": BLUE, "linear": ORANGE, "stacking": PINK, "network": PINK}


def hue(name: str) -> int:
    """A learner's colour: trees alone green, bagged blue, boosted amber. Shallow ones and the network are dashed."""
    return PAINT.get(name.split()[0], GREEN)


def dashed(name: str) -> bool:
    return "shallow" in name or name == NETWORK


def _scale(result: Result) -> float:
    return 1.0 if result.settings.regression else 100.0


def _unit(result: Result) -> str:
    return "squared error (the truth itself has variance 1)" if result.settings.regression else "errors (%)"


def bars(result: Result) -> dict[str, Any]:
    """A bar a learner, made of the terms of its error."""

    def piece(name: str, color: int, term: str, sign: int = 1) -> terms.Piece:
        return terms.Piece(name, color, [_signed(result.terms[n].interval(term), sign) for n in result.names])

    if result.settings.regression:
        pieces = [piece("bias²", ORANGE, "bias"), piece("variance", BLUE, "variance"), piece("noise", GREY, "noise")]
    else:
        pieces = [
            piece("bias", ORANGE, "bias"),
            piece("variance that costs", BLUE, "unbiased"),
            piece("variance that pays", GREEN, "biased", -1),
            piece("noise", GREY, "noise"),
        ]
        pieces = [p for p in pieces if p.name != "noise" or result.problem.noise.any()]
    totals = [result.terms[n].values["error"] for n in result.names]
    return terms.stacked("What the error is made of", result.names, pieces, totals, _unit(result), _scale(result))


def _signed(i: Interval, sign: int) -> Interval:
    return i if sign > 0 else Interval(-i.mean, -i.high, -i.low, i.n, i.level)


def plane(result: Result, pinned: Mapping[str, Result] | None = None) -> dict[str, Any]:
    """The trees by bias and scatter, with arrows from a single one to many; those of pinned runs too, when their task is of
    the same kind (squared error, or wrong answers)."""
    s = result.settings
    across, up = "bias", scatter(s)
    trees = dict.fromkeys(name for pair in PAIRS for name in pair)

    def place(run: Result, n: str) -> tuple[int, Interval, Interval]:
        return hue(n), run.terms[n].interval(across), run.terms[n].interval(up)

    places = [(n, "top" if n.startswith("boosted") else "right", *place(result, n)) for n in trees]
    peers = {name: pin for name, pin in (pinned or {}).items() if pin.settings.regression == s.regression}
    earlier = [(f"{name}: {n}", *place(pin, n)) for name, pin in peers.items() for n in trees]
    arrows = [(single, many, hue(many)) for single, many in PAIRS]
    names = [f"{called(s, term)}{'' if s.regression else ' (%)'}" for term in (across, up)]
    title = "What bagging (blue) and boosting (amber) change"
    return terms.plane(title, places, arrows, names[0], names[1], _scale(result), earlier)


def way(result: Result, name: str) -> dict[str, Any]:
    """The terms of an ensemble as its trees join."""
    s = result.settings
    x = np.array(stages(s.members if name.startswith("bagged") else s.rounds))
    values = {called(s, t): _scale(result) * result.staged[name][t] for t in ("bias", scatter(s), "error")}
    series = [
        Curve(term, x, v, v, v, color) for (term, v), color in zip(values.items(), (ORANGE, BLUE, GREEN), strict=True)
    ]
    unit = "" if s.regression else " (%)"
    spec = curves(f"{name.capitalize()}: terms{unit} as trees join", series, "trees", x_max=float(x[-1]))
    spec["yAxis"] = {"type": "value", "min": min(0.0, *(float(v.min().round(3)) for v in values.values()))}
    return spec


def start(s: Settings) -> dict[str, Any] | None:
    """What is to be learned and two training sets, before anything is; None where there is no curve to draw."""
    p = problem(s)
    if p.curve is None or p.drawn.shape[1] > 1:
        return None
    sets = [(x[:, 0], y) for x, y in (p.draw(0), p.draw(1))]
    return terms.samples("The truth, and two training sets of many", p.drawn[:, 0], p.curve, sets, "x")


def fits(result: Result, name: str, most: int = 30) -> dict[str, Any]:
    """What a learner fitted to each training set, along the drawn line."""
    p, t = result.problem, result.terms[name].values
    assert p.curve is not None
    reach = 1.15 * float(np.abs(p.curve).max()) + 2 * result.settings.noise
    title = f"{name.capitalize()}: bias² {round(t['bias'], 3) + 0:.3f}, variance {t['variance']:.3f}"
    x = "x1 (the others 0)" if p.drawn.shape[1] > 1 else "x"
    reach = float(np.ceil(reach))
    return terms.bundle(title, p.drawn[:, 0], result.drawn[name], p.curve, hue(name), x, (-reach, reach), most)


def along(result: Result, names: Sequence[str], term: int) -> dict[str, Any]:
    """Where on the drawn line bias² (term 0) or variance (term 1) lies."""
    p = result.problem
    series = []
    for name in names:
        v = result.along(name)[term]
        series.append(Curve(name, p.drawn[:, 0], v, v, v, hue(name), dashed(name)))
    x = "x1 (the others 0)" if p.drawn.shape[1] > 1 else "x"
    spec = curves(f"{('Bias²', 'Variance')[term]} along {x}", series, x)
    spec["xAxis"] |= {"min": -1, "max": 1}
    return spec


def field(result: Result, name: str) -> np.ndarray:
    """Share of the training sets that give each class, at the points of the grid: (GRID, GRID, 2)."""
    one = result.drawn[name].mean(0).reshape(GRID, GRID)
    return np.stack([1 - one, one], -1)


def ballots(result: Result, name: str) -> dict[str, Any]:
    """How many of the training sets are right about each test point, and whether the main prediction is."""
    said, best, t = result.answers[name], result.problem.best, result.terms[name].values
    votes = (said[:, :, None] == np.arange(len(result.problem.classes))).sum(0)
    title = f"{name.capitalize()}: bias {100 * t['bias']:.1f} %, disagreement {100 * t['disagreement']:.1f} %"
    spec = bar_charts.ballots((said == best).mean(0), votes.argmax(1) == best, title)
    for series, words in zip(spec["series"], ("main prediction right", "main prediction wrong"), strict=True):
        series["name"] = words
    spec["legend"]["data"] = [series["name"] for series in spec["series"]]
    spec["xAxis"]["name"], spec["yAxis"]["name"] = "training sets that answer it right (%)", "test points"
    return spec
