"""A function's derivatives and Taylor polynomial, and a limit by L'Hopital's rule."""

from types import SimpleNamespace

import numpy as np
import sympy

from core.data.formula import evaluate, parse, to_sympy


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Print the derivatives, the series and the limit."""
    s = settings
    x = sympy.Symbol("x", real=True)
    at = sympy.Rational(str(s.at))
    f = to_sympy(parse(s.function))  # a grammar of its own: nothing that is typed is run
    print(f"f = {f}")
    print(f"f' = {sympy.diff(f, x)}")
    coefficients = [float(sympy.diff(f, x, k).subs(x, at) / sympy.factorial(k)) for k in range(s.order + 1)]
    print(f"Taylor coefficients around {s.at}: {[round(c, 5) for c in coefficients]}")
    h = 1e-6  # the slope once more, by a central difference
    slope = float(evaluate(parse(s.function), s.at + h) - evaluate(parse(s.function), s.at - h)) / (2 * h)
    print(f"slope at {s.at}: {slope:.6f}")

    goal = {"zero": 0, "point": at, "infinity": sympy.oo, "minus_infinity": -sympy.oo}[s.towards]
    top, bottom = to_sympy(parse(s.top)), to_sympy(parse(s.bottom))
    limit = sympy.limit(top / bottom, x, goal)
    print(f"limit of ({top})/({bottom}): {limit}")
    ratio = []
    if s.towards == "zero":
        for k in (2, 4, 6, 8):
            h = np.float64(f"1e-{k}")
            ratio.append(float(evaluate(parse(s.top), h) / evaluate(parse(s.bottom), h)))
            print(f"at x = 1e-{k} in float64: {ratio[-1]}")
    return {"coefficients": coefficients, "slope": [slope], "limit": [float(limit)], "ratio": ratio}
