"""Values of SymPy expressions, in float64 or to 200 digits. SymPy's own way, lambdify, would write Python and run it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, reduce
from operator import add, mul
from typing import Any

import numpy as np
import sympy
from mpmath.ctx_mp import MPContext

X = sympy.Symbol("x", real=True)
DIGITS = 200
MOST_SHOWN = 80  # parts of an expression that is written out: SymPy takes seconds for thousands
HUGE = 1e60  # beyond this an exponential is infinite and a sine has no value: its digits would take too long

FLOATS: dict[str, Callable[..., Any]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "exp": np.exp, "log": np.log, "Abs": np.abs, "sign": np.sign,
    "power": np.power,
}  # fmt: skip


@lru_cache(maxsize=1)
def _digits() -> tuple[Any, dict[str, Callable[..., Any]]]:
    """A context of many digits, and its functions, none of which takes long."""
    mp = MPContext()
    mp.dps = DIGITS
    large = lambda x: abs(x) > HUGE  # noqa: E731
    exp = lambda x: (mp.inf if x > 0 else mp.zero) if large(x) else mp.exp(x)  # noqa: E731

    def wave(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: mp.nan if large(x) else function(x)

    def power(base: Any, exponent: Any) -> Any:
        if abs(exponent) < 1e4 and exponent == int(exponent):
            return base ** int(exponent)
        if base == 0:
            return mp.zero if exponent > 0 else mp.nan
        return exp(exponent * mp.log(base)) if base > 0 else mp.nan

    table = {
        **{name: wave(getattr(mp, name)) for name in ("sin", "cos", "tan")},
        **{name: getattr(mp, name) for name in ("asin", "acos", "atan", "log", "sign")},
        "sinh": lambda x: mp.sign(x) * mp.inf if large(x) else mp.sinh(x),
        "cosh": lambda x: mp.inf if large(x) else mp.cosh(x),
        "tanh": lambda x: mp.sign(x) if abs(x) > 1e4 else mp.tanh(x),
        "exp": exp,
        "Abs": abs,
        "power": power,
    }
    return mp, table


def value(expression: Any, x: Any, table: dict[str, Callable[..., Any]], number: Callable[[int, int], Any]) -> Any:
    """An expression at x. number: makes p/q."""
    e = expression
    if e.is_Symbol:
        return x
    if e.is_Rational:
        return number(int(e.p), int(e.q)) if e.q != 0 else number(0, 1) * math.nan
    if e == sympy.pi:
        return 4 * table["atan"](number(1, 1))
    if e == sympy.E:
        return table["exp"](number(1, 1))
    args = [value(part, x, table, number) for part in e.args]
    if e.is_Add:
        return reduce(add, args)
    if e.is_Mul:
        return reduce(mul, args)
    if e.is_Pow:
        return table["power"](*args)
    if type(e).__name__ in table:
        return table[type(e).__name__](*args)
    return number(0, 1) * math.nan  # nan, an infinity, or what nothing here has a value for


def in_floats(expression: Any, x: np.ndarray) -> np.ndarray:
    """Values in float64, NaN where there is none."""
    with np.errstate(all="ignore"):
        found = value(expression, np.asarray(x, float), FLOATS, lambda p, q: np.float64(p) / np.float64(q))
    values: np.ndarray = np.broadcast_to(np.asarray(found, float), np.shape(x)).copy()
    values[~np.isfinite(values)] = np.nan
    return values


def in_digits(expression: Any, x: Any) -> Any:
    """A value to 200 digits, NaN where there is none or where it is not real."""
    mp, table = _digits()
    try:
        found = value(expression, mp.mpf(x), table, lambda p, q: mp.mpf(p) / q)
    except (ArithmeticError, ValueError, TypeError):  # also of complex numbers, which have no order
        return mp.nan
    return found if isinstance(found, mp.mpf) else mp.nan


def context() -> Any:
    return _digits()[0]


def differentiate(expression: Any) -> Any:
    """SymPy's derivative, without the impulses that it puts where a slope jumps."""
    slope = sympy.diff(expression, X)
    return slope.replace(sympy.DiracDelta, lambda *_: sympy.Integer(0)) if slope.has(sympy.DiracDelta) else slope


def size(expression: Any) -> int:
    return sum(1 for _ in sympy.preorder_traversal(expression))


def latex(expression: Any, most: int) -> str:
    """An expression in LaTeX, or a word where it has more than `most` characters and would run over the edge."""
    written = sympy.latex(expression) if size(expression) <= MOST_SHOWN else ""
    return written if 0 < len(written) <= most else r"\text{(too long to show)}"
