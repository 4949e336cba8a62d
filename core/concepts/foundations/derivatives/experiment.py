"""A function with its derivatives, stationary points and Taylor polynomials; and the ladder of a limit."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import sympy

from core.concepts.foundations.derivatives.ladder import climb
from core.concepts.foundations.derivatives.numbers import context, differentiate, in_digits, in_floats, latex, size
from core.concepts.foundations.derivatives.result import Ladder, Result, Stationary
from core.concepts.foundations.derivatives.settings import MAX_ORDER, Settings
from core.data.formula import evaluate, parse, to_sympy

POINTS = 401
FINE = 2001  # places among which stationary points are looked for
MOST_PARTS = 80  # of a derivative that is differentiated once more


@np.errstate(all="ignore")  # formulas overflow where they have no value
def run(settings: Settings) -> Result:
    """Everything at once: it is quick, whatever is typed."""
    s = settings
    typed = parse(s.function)
    derivatives = _derivatives(s.function)
    x = np.linspace(s.at - s.span, s.at + s.span, POINTS)
    values = np.stack([_finite(evaluate(typed, x), x), *(in_floats(d, x) for d in derivatives[1:3])])
    values[1:, np.isnan(values[0])] = np.nan  # a derivative's formula may have values where the function has none
    by_sympy, numerical = _series(s.function, s.at)
    coefficients = np.r_[by_sympy, numerical[len(by_sympy) :]] + 0.0
    here = coefficients[:3] * [1, 1, 2]
    return Result(
        s, x, values, here, tuple(latex(d, 160) for d in derivatives[:3]),  # type: ignore[arg-type]
        stationary_points(derivatives[1], lambda at: _finite(evaluate(typed, at), at), s.at - s.span, s.at + s.span),
        _gap(typed, x, values[1]), coefficients, len(by_sympy),
        _share(by_sympy - numerical[: len(by_sympy)], by_sympy), _reach(typed, s.at, coefficients),
        _ladder(s.top, s.bottom, s.towards, s.at if s.towards == "point" else 0.0),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _derivatives(function: str) -> tuple[Any, ...]:
    """The function and its derivatives by SymPy: two at least, and up to MAX_ORDER while they are short."""
    found = [to_sympy(parse(function))]
    while len(found) <= MAX_ORDER and (len(found) < 3 or size(found[-1]) <= MOST_PARTS):
        found.append(differentiate(found[-1]))
    return tuple(found)


@lru_cache(maxsize=64)
def _ladder(top: str, bottom: str, towards: str, at: float) -> Ladder:
    return climb(parse(top), parse(bottom), towards, at)


@lru_cache(maxsize=256)
def _series(function: str, at: float) -> tuple[np.ndarray, np.ndarray]:
    """Taylor coefficients from SymPy's derivatives, as many as there are, and all of them from differences of values to
    200 digits: the coefficient of order k is the k-th difference over k! h^k, with an error of about h."""
    derivatives = _derivatives(function)
    own = np.array([float(in_floats(d, np.array([at]))[0]) / math.factorial(k) for k, d in enumerate(derivatives)])
    exact = sympy.Rational(str(at))
    mp = context()
    h = mp.mpf(10) ** -15
    start = mp.mpf(int(exact.p)) / int(exact.q)
    half = MAX_ORDER // 2
    rows = [in_digits(derivatives[0], start + (i - half) * h) for i in range(MAX_ORDER + 1)]
    numerical = []
    for k in range(MAX_ORDER + 1):  # central for even orders, half a step beside for odd ones
        first = half - k // 2 - k % 2
        if k % 2:
            pairs = [_difference(rows[first + i : first + i + k + 1]) for i in (0, 1) if first + i + k < len(rows)]
            middle = sum(pairs, mp.zero) / len(pairs)
        else:
            middle = _difference(rows[first : first + k + 1])
        numerical.append(float(middle / h**k / math.factorial(k)) if abs(middle) < mp.inf else math.nan)
    # Where f has no value there is no series, and no derivative where the slopes on both sides differ.
    before, after = ((rows[half + i] - rows[half + i - 1]) / h for i in (0, 1))
    smooth = all(abs(side - mp.mpf(own[1])) <= 1e-6 * max(1, abs(side)) for side in (before, after))
    first = 0 if mp.isnan(rows[half]) else 1 if not smooth else len(own)
    own[first:] = math.nan
    return own, np.where(np.arange(MAX_ORDER + 1) < max(first, 2) if first < len(own) else True, numerical, math.nan)


def _difference(values: list[Any]) -> Any:
    while len(values) > 1:
        values = [b - a for a, b in pairwise(values)]
    return values[0]


def stationary_points(slope: Any, f: Any, low: float, high: float) -> tuple[Stationary, ...]:
    """Where the derivative is 0, or jumps over 0 while f does not jump."""
    x = np.linspace(low, high, FINE)
    d = in_floats(slope, x)
    known = np.isfinite(d)
    scale = float(np.median(np.abs(d[known]))) if known.any() else 0.0
    if scale == 0:  # constant, or nowhere differentiable
        return ()
    sign = np.sign(d)
    found = []
    for i in np.flatnonzero(sign[:-1] * sign[1:] < 0):
        a, b = _bisect(slope, x[i], x[i + 1])
        found.append(_kind(slope, f, (a + b) / 2, sign[i], sign[i + 1], scale))
    for i in np.flatnonzero(sign == 0):  # exactly on a place; where it stays 0, no point stands out
        if 0 < i < FINE - 1 and sign[i - 1] * sign[i + 1] != 0:
            found.append(_kind(slope, f, x[i], sign[i - 1], sign[i + 1], scale))
    smaller = np.abs(d[1:-1]) < np.minimum(np.abs(d[:-2]), np.abs(d[2:]))
    for i in 1 + np.flatnonzero(smaller & (sign[1:-1] == sign[:-2]) & (sign[1:-1] == sign[2:]) & (sign[1:-1] != 0)):
        at = _lowest(slope, x[i - 1], x[i + 1])
        if abs(in_floats(slope, np.array([at]))[0]) < 1e-9 * scale:
            found.append(_kind(slope, f, at, sign[i], sign[i], scale))
    return tuple(sorted(point for point in found if point is not None))


def _bisect(slope: Any, a: float, b: float) -> tuple[float, float]:
    """The ends of a tiny interval in which the derivative changes its sign: seven cuts into 100 parts."""
    for _ in range(7):
        x = np.linspace(a, b, 101)
        sign = np.sign(in_floats(slope, x))
        turn = int(np.flatnonzero(sign != sign[0])[0])
        a, b = x[max(0, turn - 1)], x[turn]
    return float(a), float(b)


def _lowest(slope: Any, a: float, b: float) -> float:
    """Where the derivative is nearest to 0."""
    for _ in range(7):
        x = np.linspace(a, b, 101)
        least = int(np.nanargmin(np.abs(in_floats(slope, x))))
        a, b = x[max(0, least - 1)], x[min(100, least + 1)]
    return float((a + b) / 2)


def _kind(slope: Any, f: Any, at: float, before: float, after: float, scale: float) -> Stationary | None:
    beside = np.array([at - 1e-7, at, at + 1e-7])
    values, slopes = f(beside), in_floats(slope, beside[[0, 2]])  # at a corner SymPy's sign(0) is 0
    here = float(np.nanmin(np.abs(slopes))) if np.isfinite(slopes).any() else np.inf
    name = "flat" if before == after else "maximum" if before > 0 else "minimum"
    if not np.isfinite(values).all() or np.ptp(values) > 1e-4 * max(1.0, scale):
        return None  # a pole or a jump
    corner = here > 1e-4 * scale
    return Stationary(_tidy(float(at)), _tidy(float(values[1])), f"corner_{name}" if corner else name)


def _tidy(at: float) -> float:
    return round(at, 9) + 0.0


def _finite(values: Any, x: np.ndarray) -> np.ndarray:
    full = np.broadcast_to(np.asarray(values, float), x.shape)
    return np.where(np.isfinite(full), full, np.nan)


def _share(difference: np.ndarray, values: np.ndarray) -> float:
    known = np.isfinite(difference)
    return float(np.abs(difference[known]).max() / max(1.0, np.abs(values[known]).max())) if known.any() else math.nan


def _gap(typed: Any, x: np.ndarray, slope: np.ndarray) -> float:
    """How far f' is from central differences, where both are smooth: the lower 90 % of the places."""
    h = 1e-5
    central = (_finite(evaluate(typed, x + h), x) - _finite(evaluate(typed, x - h), x)) / (2 * h)
    off = np.abs(slope - central) / np.maximum(1.0, np.abs(slope))
    off = off[np.isfinite(off)]
    return float(np.quantile(off, 0.9)) if len(off) else math.nan


def _reach(typed: Any, at: float, coefficients: np.ndarray) -> np.ndarray:
    """The largest error of each order within 1 of the point; NaN where f has no value there."""
    x = np.linspace(at - 1, at + 1, POINTS)
    f = _finite(evaluate(typed, x), x)
    return np.array([np.abs(np.polyval(coefficients[k::-1], x - at) - f).max() for k in range(len(coefficients))])
