"""Numbers as LaTeX."""

from __future__ import annotations

from fractions import Fraction


def in_latex(number: float) -> str:
    """A simple fraction where the number is one, else five digits."""
    simple = Fraction(number).limit_denominator(1000)
    if abs(number - simple) > 1e-12 * max(1, abs(number)):
        return f"{number:.5g}"
    if simple.denominator == 1:
        return str(simple.numerator)
    sign = "-" if simple < 0 else ""
    return rf"{sign}\tfrac{{{abs(simple.numerator)}}}{{{simple.denominator}}}"
