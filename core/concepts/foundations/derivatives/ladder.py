"""Limits of quotients by L'Hopital's rule, rung by rung, each judged from values to 200 digits."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from core.concepts.foundations.derivatives.latex import in_latex
from core.concepts.foundations.derivatives.numbers import context, differentiate, in_digits, in_floats, latex, size
from core.concepts.foundations.derivatives.result import Ladder, Rung
from core.data.formula import Node, evaluate, to_sympy

MOST_RUNGS = 5
MOST_PARTS = 120  # of a numerator or denominator
NEAR = (-6, -12, -18, -24)  # powers of ten: distances at which a limit at a point is judged
FAR = (3, 6, 12, 24)  # places at which a limit at infinity is judged
DISTANCES = np.logspace(0, -12, 97)
PLACES = np.logspace(0, 12, 97)

Sides = tuple[tuple[Any, ...], ...]  # for each side the four places at which a limit is judged


@np.errstate(all="ignore")  # quotients overflow on the way to a limit
def climb(top: Node, bottom: Node, towards: str, at: float) -> Ladder:
    """The ladder of top/bottom towards zero, the point `at`, or an infinity."""
    sides, places, distances = _places(towards, at)
    f, g = to_sympy(top), to_sympy(bottom)
    first = _quotient_limits(f, g, sides)
    rungs: list[Rung] = []
    end = "long"
    while len(rungs) <= MOST_RUNGS:
        form = _form(f, g, sides)
        values = [in_floats(f, x) / _nonzero(in_floats(g, x)) for x in places]
        if not rungs:  # as it was typed
            values = [_typed(top, x) / _nonzero(_typed(bottom, x)) for x in places]
        if rungs and not _alike(first, _quotient_limits(f, g, sides)):
            end = "differs"
            break
        shown = latex(f / g, 130) if rungs else rf"\frac{{{latex(f, 100)}}}{{{latex(g, 100)}}}"
        rungs.append(Rung(shown, form, values[0], values[-1]))
        if form == "determinate":
            end = "determinate" if len(rungs) > 1 else "plain"
            break
        f, g = differentiate(f), differentiate(g)
        if g == 0:
            end = "differs"
            break
        f, g = sympy.fraction(f / g)  # common factors cancel
        if max(size(f), size(g)) > MOST_PARTS:
            end = "large"
            break
    limits = tuple(_float(limit) for limit in first)
    ladder = Ladder(tuple(rungs), distances, limits, end, "")
    if not np.isnan(limits).any() and np.isnan(ladder.limit):
        end = "sides"
    return Ladder(tuple(rungs), distances, limits, end, _latex(ladder.limit))


def _places(towards: str, at: float) -> tuple[Sides, list[np.ndarray], np.ndarray]:
    """Where limits are judged, a tuple a side; where values are drawn, an array a side; and the axis of these."""
    mp = context()
    if towards in ("infinity", "minus_infinity"):
        sign = 1 if towards == "infinity" else -1
        return (tuple(sign * mp.mpf(10) ** k for k in FAR),), [sign * PLACES], PLACES
    centre = Fraction(str(at)) if towards == "point" else Fraction(0)
    exact = mp.mpf(centre.numerator) / centre.denominator
    near = tuple(tuple(exact + sign * mp.mpf(10) ** k for k in NEAR) for sign in (-1, 1))
    return near, [float(centre) + sign * DISTANCES for sign in (-1, 1)], DISTANCES


def _typed(node: Node, x: np.ndarray) -> np.ndarray:
    values = np.broadcast_to(np.asarray(evaluate(node, x), float), x.shape)
    return np.where(np.isfinite(values), values, np.nan)


def _nonzero(values: np.ndarray) -> np.ndarray:
    return np.where(values == 0, np.nan, values)


def _tends(values: list[Any]) -> Any:
    """What four values on the way to a point tend to: a number, an infinity, or NaN where that is not clear."""
    mp = context()
    if any(mp.isnan(v) for v in values):
        return mp.nan
    sizes = [abs(v) for v in values]
    if all(v < mp.mpf(10) ** -150 for v in sizes) or (sizes[3] < 1e-9 and sizes[3] <= sizes[2] <= max(sizes[1], 1e-9)):
        return mp.zero
    if any(mp.isinf(v) for v in values):
        signs = {mp.sign(v) for v in values[2:]}
        return values[3] if mp.isinf(values[3]) and len(signs) == 1 else mp.nan
    if abs(values[3] - values[2]) <= 1e-9 * sizes[3]:
        return values[3]
    growing = sizes[1] < sizes[2] < sizes[3] and sizes[3] - sizes[2] >= 0.9 * (sizes[2] - sizes[1])
    same_sign = len({mp.sign(v) for v in values[1:]}) == 1
    return mp.sign(values[3]) * mp.inf if growing and same_sign and sizes[3] > 20 else mp.nan


def _quotient_limits(f: Any, g: Any, sides: Sides) -> tuple[Any, ...]:
    mp = context()

    def quotient(x: Any) -> Any:
        one, two = in_digits(f, x), in_digits(g, x)
        return mp.nan if mp.isnan(one) or mp.isnan(two) or two == 0 or (mp.isinf(one) and mp.isinf(two)) else one / two

    return tuple(_tends([quotient(x) for x in side]) for side in sides)


def _form(f: Any, g: Any, sides: Sides) -> str:
    """zero for 0/0, infinite for inf/inf, else determinate; judged on the sides on which both have values."""
    mp = context()
    kinds = set()
    for side in sides:
        one, two = (_tends([in_digits(e, x) for x in side]) for e in (f, g))
        if not mp.isnan(one) and not mp.isnan(two):
            kinds.add("zero" if one == two == 0 else "infinite" if mp.isinf(one) and mp.isinf(two) else "determinate")
    return kinds.pop() if len(kinds) == 1 else "determinate"


def _alike(one: tuple[Any, ...], two: tuple[Any, ...]) -> bool:
    """Whether limits agree on every side on which the first has one."""
    mp = context()
    pairs = [(a, b) for a, b in zip(one, two, strict=True) if not mp.isnan(a)]
    return all(a == b or (mp.isfinite(b) and abs(a - b) <= 1e-9 * max(1, abs(a))) for a, b in pairs)


def _float(v: Any) -> float:
    """A limit as a number: 1e-17 more or less than a simple one is rounding."""
    mp = context()
    if mp.isnan(v) or mp.isinf(v):
        return float(v)
    if abs(v) > 1e300:
        return float(mp.sign(v)) * np.inf
    simple = Fraction(float(v)).limit_denominator(1000)
    return float(simple) if abs(float(v) - float(simple)) < 1e-15 * max(1.0, abs(float(simple))) else float(v)


def _latex(limit: float) -> str:
    if np.isnan(limit):
        return ""
    if np.isinf(limit):
        return r"\infty" if limit > 0 else r"-\infty"
    return in_latex(limit)
