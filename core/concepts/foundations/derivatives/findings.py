"""What a run shows, from its numbers."""

from __future__ import annotations

import math

import numpy as np

from core.concepts.foundations.derivatives.result import Ladder, Result
from core.concepts.foundations.derivatives.settings import MAX_ORDER
from core.findings import Finding
from core.questions import Grade, Question

SHOWN = 6  # stationary points that are named
WRONG = 0.01  # of the limit: a value further off is nonsense


def findings(result: Result) -> list[Finding]:
    """The verdict first: the slope at the point."""
    found = [_slope(result), _stationary(result), _taylor(result), _limit(result.ladder)]
    if (lost := _cancellation(result.ladder)) is not None:
        found.append(lost)
    return [*found, Finding("checked", gap=max(result.gap, 1e-16) if result.gap == result.gap else 0.0)]


def _slope(result: Result) -> Finding:
    at, (value, slope, bend) = result.settings.at, result.here
    if math.isnan(value):
        return Finding("no_value", at=at)
    if math.isnan(slope):
        return Finding("no_slope", at=at, value=value)
    way = Finding("rises") if slope > 0 else Finding("falls") if slope < 0 else Finding("level")
    return Finding("slope", at=at, value=value, slope=slope, bend=_in_words(float(bend)), way=way)


def _stationary(result: Result) -> Finding:
    low, high = result.settings.at - result.settings.span, result.settings.at + result.settings.span
    points = [Finding("stationary_point", kind=p.kind, x=p.x, y=p.y) for p in result.stationary[:SHOWN]]
    if not points:
        return Finding("no_stationary", low=low, high=high)
    return Finding("stationary", n=len(result.stationary), points=points, low=low, high=high)


def _taylor(result: Result) -> Finding:
    order, reach = result.settings.order, result.reach
    about = {
        "order": order,
        "error": float(reach[order]),
        "last": MAX_ORDER,
        "best": float(reach[-1]),
        "at": result.settings.at,
    }
    if not np.isfinite([reach[order], reach[-1]]).all():
        return Finding("no_taylor", at=result.settings.at)
    return Finding("taylor_shrinks" if shrinks(result) else "taylor_stuck", **about)


def shrinks(result: Result) -> bool:
    """Whether the error within 1 of the point at least halves from order 5 to order 10."""
    return bool(result.reach[-1] <= max(0.5 * result.reach[MAX_ORDER // 2], 1e-12))


def _limit(ladder: Ladder) -> Finding:
    steps = len(ladder.rungs) - 1
    if ladder.end == "sides":
        return Finding("limit_sides", left=_in_words(ladder.limits[0]), right=_in_words(ladder.limits[1]))
    if not ladder.latex:
        return Finding("limit_none")
    limit = _in_words(ladder.limit)
    if ladder.end == "determinate":
        return Finding("limit", limit=limit, steps=steps)
    if ladder.end == "plain":
        return Finding("limit_plain", limit=limit)
    silent = ladder.end == "differs"
    return Finding("rule_differs" if silent else "rule_endless", limit=limit, steps=steps)


def _in_words(limit: float) -> Finding:
    if math.isnan(limit):
        return Finding("none")
    return (
        Finding("number", value=limit)
        if math.isfinite(limit)
        else Finding("plus_infinity" if limit > 0 else "minus_infinity")
    )


def cancellation(ladder: Ladder) -> tuple[float, float, float] | None:
    """Of the quotient as typed, from the right: the distance at which float64 is most exact, its error there, and the
    distance below which it is nonsense (0 where it never is). None where there is no finite limit at a point."""
    if not math.isfinite(ladder.limit) or len(ladder.limits) < 2 or not np.isfinite(ladder.rungs[0].right).any():
        return None
    off = np.abs(ladder.rungs[0].right - ladder.limit)
    best = int(np.nanargmin(off))
    wrong = ~(off[best:] <= WRONG * max(abs(ladder.limit), 1e-3))
    return float(ladder.distances[best]), float(off[best]), float(ladder.distances[best:][wrong].max(initial=0))


def _cancellation(ladder: Ladder) -> Finding | None:
    lost = cancellation(ladder)
    if lost is None:
        return None
    best, off, below = lost
    if below == 0:
        return Finding("no_cancellation", nearest=float(ladder.distances[-1]))
    last = _in_words(float(ladder.rungs[0].right[-1]))
    return Finding("cancels", best=best, off=max(off, 1e-17), below=below, value=last)


def steps(result: Result) -> list[Finding]:
    """The ladder as lines to read."""
    ladder = result.ladder
    forms = {"zero": Finding("form_zero"), "infinite": Finding("form_infinite"), "determinate": Finding("form_plain")}
    lines = [
        Finding("step" if i else "step_start", latex=rung.latex, form=forms[rung.form])
        for i, rung in enumerate(ladder.rungs)
    ]
    ends = {"differs": Finding("end_differs"), "long": Finding("end_long"), "large": Finding("end_large")}
    if ladder.end in ends:
        lines.append(ends[ladder.end])
    lines.append(Finding("end_limit", latex=ladder.latex) if ladder.latex else Finding("end_none"))
    return lines


def score(result: Result) -> Finding:
    """The slope at the point, for a table."""
    return Finding("score", at=result.settings.at, slope=_in_words(float(result.here[1])))


def difference(a: Result, b: Result) -> Finding:
    """The slope now and then."""
    return Finding("difference", now=_in_words(float(a.here[1])), then=_in_words(float(b.here[1])))


def _in_float64(result: Result) -> float:
    """The quotient as typed at a distance of 1e-9."""
    return float(result.ladder.rungs[0].right[np.argmin(np.abs(np.log10(result.ladder.distances) + 9))])


def _which_order(result: Result) -> Grade:
    few, many = float(result.reach[4]), float(result.reach[10])
    return 0 if many < 0.5 * few else 1, {"few": few, "many": many}


QUESTIONS = (
    Question.nearest("sine", {"top": "sin(x)", "bottom": "x"}, lambda r: r.ladder.limit, (0, 1, 10)),
    Question.nearest("rungs", {"top": "x - sin(x)", "bottom": "x^3"}, lambda r: len(r.ladder.rungs) - 1, (1, 2, 3)),
    Question.nearest("float64", {"span": 3.0}, _in_float64, (0, 0.5, 1)),
    Question.nearest("power", {"function": "x^x", "span": 1.0}, lambda r: r.stationary[0].x, (0.1, 0.37, 1)),
    Question("radius", {"function": "1/(1 + x^2)", "at": 0.0, "order": 10, "span": 2.0}, _which_order),
)
