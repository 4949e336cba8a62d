"""Charts of a function, its derivatives, its Taylor polynomials and a limit, as Apache ECharts options."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.foundations.derivatives.latex import in_latex
from core.concepts.foundations.derivatives.result import Result
from core.concepts.foundations.derivatives.settings import MAX_ORDER
from core.figures.lines import Line, lines
from core.figures.look import COLORS, GREY, color

BLUE, ORANGE, GREEN = 0, 1, 2
FLOOR = 1e-12  # of an error that is drawn

Option = dict[str, Any]


def function(result: Result) -> Option:
    """The function with its tangent, its Taylor polynomial and its stationary points."""
    s = result.settings
    f = result.values[0]
    drawn = [Line("f", result.x, f, BLUE, width=3)]
    if np.isfinite(result.here[1]):
        drawn.append(Line("tangent", result.x, result.polynomial(1), ORANGE, dashed=True))
    if np.isfinite(result.coefficients[: s.order + 1]).all():
        drawn.append(Line(f"Taylor, order {s.order}", result.x, result.polynomial(s.order), GREEN))
    option = lines("Function, tangent and Taylor polynomial", drawn, "x", x_range=_ends(result), y_range=_span(f))
    dots = [
        {"value": [_round(p.x), _round(p.y)], "symbol": "triangle", "symbolRotate": 0 if "max" in p.kind else 180}
        | ({"symbol": "rect"} if p.kind == "flat" else {})
        for p in result.stationary
    ]
    look = {"color": COLORS[6], "borderColor": "#333333", "borderWidth": 1.2}
    scatter = {"type": "scatter", "animation": False, "clip": True, "z": 9}
    if dots:
        option["series"].append(scatter | {"name": "stationary", "data": dots, "symbolSize": 12, "itemStyle": look})
        option["legend"]["data"].append("stationary")
    if np.isfinite(result.here[0]):
        at = [_round(s.at), _round(result.here[0])]
        option["series"].append(
            scatter | {"name": "point", "data": [at], "symbolSize": 11, "itemStyle": {"color": color(ORANGE)}}
        )
    return _tidy(option)


def slopes(result: Result) -> Option:
    """The first and the second derivative."""
    drawn = [Line("f′", result.x, result.values[1], ORANGE, width=2.5), Line("f″", result.x, result.values[2], GREEN)]
    option = lines("Derivatives", drawn, "x", x_range=_ends(result), y_range=_span(*result.values[1:]))
    roots = [[_round(p.x), 0] for p in result.stationary if not p.kind.startswith("corner")]
    if roots:
        look = {"color": COLORS[6], "borderColor": "#333333", "borderWidth": 1.2}
        option["series"].append(
            {
                "type": "scatter",
                "name": "f′ = 0",
                "data": roots,
                "symbolSize": 10,
                "itemStyle": look,
                "animation": False,
                "z": 9,
            }
        )
        option["legend"]["data"].append("f′ = 0")
    return _tidy(option)


def errors(result: Result) -> Option:
    """How far Taylor polynomials of some orders are from the function, on a logarithmic axis."""
    s = result.settings
    orders = sorted({1, s.order, min(MAX_ORDER, s.order + 2), MAX_ORDER})
    drawn = []
    for i, order in enumerate(orders):
        off = np.abs(result.polynomial(order) - result.values[0])
        drawn.append(
            Line(f"order {order}", result.x, np.log10(np.maximum(off, FLOOR)), i, width=3 if order == s.order else 1.5)
        )
    option = lines("Error of Taylor polynomials", drawn, "x", x_range=_ends(result))
    option["yAxis"] = {
        "type": "value",
        "min": -12,
        "max": 4,
        "interval": 4,
        "name": "power of 10",
        "nameLocation": "middle",
        "nameGap": 30,
    }
    option["grid"]["left"] = 26
    return _tidy(option)


def ladder(result: Result) -> Option:
    """The quotients of L'Hopital's ladder in float64, on the way to the limit, from the right and (dashed) from the left."""
    found = result.ladder
    towards = result.settings.towards
    point = towards in ("zero", "point")
    drawn, near = [], []
    for i, rung in enumerate(found.rungs):
        name = f"{i} derivatives" if i > 1 else "one derivative" if i else "as typed"
        sides = [(rung.right, False), (rung.left, True)] if point else [(rung.right, False)]
        for values, dashed in sides:
            if np.isfinite(values).any():
                drawn.append(Line(name, np.log10(found.distances), values, i % 6, dashed, 1.2 if dashed else 2.0))
                near.append(values[found.distances >= 1e-3] if point else values)
    x_name = (
        "distance from the point (power of 10)" if point else f"{'x' if towards == 'infinity' else '−x'} (power of 10)"
    )
    option = lines("On the way to the limit (float64)", drawn, x_name)
    option["legend"]["data"] = list(dict.fromkeys(line.name for line in drawn))
    option["xAxis"] |= (
        {"min": -12, "max": 0, "interval": 3, "inverse": True} if point else {"min": 0, "max": 12, "interval": 3}
    )
    limit = [found.limit] if np.isfinite(found.limit) else []
    low, high = _span(*near, np.array(limit)) if near else (-1.0, 1.0)
    option["yAxis"] |= {"min": low, "max": high}
    if limit and option["series"]:
        style = {"color": GREY, "type": "dotted", "width": 1.5}
        label = {"formatter": f"limit {found.limit:.4g}", "color": GREY, "position": "insideStartTop"}
        option["series"][0]["markLine"] = {
            "symbol": "none", "silent": True, "animation": False,
            "data": [{"yAxis": found.limit, "lineStyle": style, "label": label}],
        }  # fmt: skip
    return _tidy(option)


def _ends(result: Result) -> tuple[float, float]:
    return _round(result.x[0]), _round(result.x[-1])


def _span(*values: np.ndarray) -> tuple[float, float]:
    """Ends of an axis that shows most of the values: a pole does not flatten all the rest."""
    seen = np.concatenate([v[np.isfinite(v)] for v in values])
    if not len(seen):
        return -1.0, 1.0
    low, high = np.quantile(seen, [0.03, 0.97])
    low, high = max(seen.min(), low - 0.6 * (high - low)), min(seen.max(), high + 0.6 * (high - low))
    room = 0.12 * (high - low) or max(1.0, abs(low) / 2)
    return _nice(low - room), _nice(high + room)


def _nice(v: float) -> float:
    return float(f"{v:.2g}")


def _round(v: float) -> float:
    return float(f"{v:.5g}")


def _tidy(option: Option) -> Option:
    option["animation"] = False
    option["xAxis"] |= {"axisLine": {"onZero": False}, "axisLabel": {"showMinLabel": False, "showMaxLabel": False}}
    option["yAxis"] |= {"axisLabel": {"showMinLabel": False, "showMaxLabel": False}}
    option["grid"] |= {"bottom": 56}
    return option


def polynomial(result: Result) -> str:
    """The Taylor polynomial in LaTeX; a dash where there is none."""
    at = result.settings.at
    base = "x" if at == 0 else f"(x {'-' if at > 0 else '+'} {abs(at):g})"
    terms: list[str] = []
    for k, c in enumerate(result.coefficients[: result.settings.order + 1]):
        if not np.isfinite(c):
            return r"\text{–}"
        if abs(c) > 1e-14:
            power = "" if k == 0 else base if k == 1 else f"{base}^{{{k}}}"
            number = in_latex(abs(c))
            sign = "-" if c < 0 else "+" if terms else ""
            terms.append(f"{sign} {'' if number == '1' and k else number}{power}")
    return " ".join(terms) or "0"
