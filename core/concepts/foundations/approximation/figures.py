"""Charts of curves that are built and trained, as Apache ECharts options."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from core.concepts.foundations.approximation.building import pieces
from core.concepts.foundations.approximation.result import Result
from core.concepts.foundations.approximation.settings import KINDS, KNOTS, WIDTHS, Settings, ViewSettings
from core.concepts.foundations.approximation.targets import curve
from core.figures.lines import Line, lines
from core.figures.look import color

BLUE, ORANGE, GREEN, PINK, GOLD, SKY = range(6)
NAMES = {"relu": "ReLU kinks", "hard": "hard sigmoids", "steps": "steps", "sigmoid": "sigmoids"}
HUES = {"relu": BLUE, "hard": GREEN, "steps": GOLD, "sigmoid": SKY}
TRAINED, IMPROVED = "trained", "trained from the kinks"
FEW = 16  # pieces that are drawn one by one
LEVELS = 21  # heights of a drawn curve that can be clicked

Option = dict[str, Any]


def fit(settings: Settings, view: ViewSettings, result: Result | None) -> Option:
    """The curve with what is built of so many pieces, the pieces themselves, and a trained network of about that width."""
    x = np.linspace(-1, 1, 401)
    f = partial(curve, settings)
    drawn = [Line("curve", x, f(x), -1, width=5)]
    constant, parts = pieces(view.kind, f, view.neurons, x)
    drawn.append(Line(f"built: {NAMES[view.kind]}", x, constant + parts.sum(0), HUES[view.kind], width=2.5))
    if result is not None:
        at = int(np.argmin([abs(np.log(width / view.neurons)) for width in WIDTHS]))
        drawn.append(Line(f"{TRAINED}, {WIDTHS[at]} neurons", result.x, result.curves[at], ORANGE))
    option = lines(f"Curve and {view.neurons} {NAMES[view.kind]}", drawn, "x", x_range=(-1, 1))
    if view.neurons <= FEW:
        data: list[list[float | None]] = []
        for part in parts:
            data += [[round(float(a), 3), round(float(b), 4)] for a, b in zip(x[::4], part[::4], strict=True)]
            data.append([None, None])
        style = {"color": color(HUES[view.kind]), "width": 1, "opacity": 0.45}
        option["series"].append(
            {"type": "line", "id": "pieces", "name": "single pieces", "data": data, "symbol": "none", "animation": False,
             "lineStyle": style, "itemStyle": {"color": style["color"], "opacity": 0.45}, "tooltip": {"show": False}, "clip": True, "z": 1}
        )  # fmt: skip
        option["legend"]["data"].append("single pieces")
    values = np.concatenate([drawn[0].y, drawn[1].y])
    room = 0.25 * (float(np.ptp(values)) or 1.0)
    option["yAxis"] |= {"min": _nice(values.min() - room), "max": _nice(values.max() + room)}
    return _tidy(option)


def law(result: Result) -> Option:
    """Mean error against the number of neurons, both logarithmic, for what is built and what is trained."""
    drawn = [
        Line(NAMES[kind], result.sizes, result.built[kind][0], HUES[kind], dashed=kind != "relu") for kind in KINDS
    ]
    widths = np.array(WIDTHS)
    ordered = np.sort(np.minimum(result.trained[0], 1e6), 1)
    middle = np.exp(np.log(ordered).mean(1))
    drawn.append(Line(TRAINED, widths, middle, ORANGE, width=3))
    drawn += [Line(TRAINED, widths, ordered[:, end], ORANGE, True, 0.8) for end in (0, -1)]
    drawn.append(Line(IMPROVED, widths, result.improved[0], PINK, width=3))
    option = lines("Mean error against the number of neurons", drawn, "neurons", "mean error")
    option["legend"]["data"] = list(dict.fromkeys(line.name for line in drawn))
    return _logarithmic(option, np.concatenate([line.y for line in drawn]))


def polynomials(result: Result) -> Option:
    """Largest error against the degree, both logarithmic: Bernstein, Fejer, and the ReLU construction beside them."""
    shown = {
        "Bernstein polynomials": ("bernstein", PINK),
        "Fejér means": ("fejer", GREEN),
        "ReLU kinks": ("relu", BLUE),
    }
    drawn = [
        Line(name, result.sizes, result.built[kind][1], hue, kind == "relu") for name, (kind, hue) in shown.items()
    ]
    option = lines("Weierstrass: largest error of polynomials", drawn, "degree, or neurons", "largest error")
    return _logarithmic(option, np.concatenate([line.y for line in drawn]))


def drawing(settings: Settings) -> Option:
    """The drawn curve with its nine heights. The unseen places of series "places" take clicks: see `height_at`."""
    x = np.linspace(-1, 1, 201)
    option = lines(
        "Your curve", [Line("curve", x, curve(settings, x), -1, width=4)], "x", x_range=(-1, 1), y_range=(-1.1, 1.1)
    )
    knots = [[float(a), float(b)] for a, b in zip(np.linspace(-1, 1, KNOTS), settings.heights, strict=True)]
    dot = {"type": "scatter", "animation": False, "silent": True, "symbolSize": 13, "z": 6}
    option["series"].append(dot | {"name": "heights", "data": knots, "itemStyle": {"color": color(ORANGE)}})
    option["series"].append(
        {
            "id": "places", "type": "scatter", "data": _places(), "symbolSize": [34, 14], "symbol": "rect", "animation": False,
            "itemStyle": {"color": "rgba(0, 0, 0, 0)"}, "selectedMode": "single", "cursor": "pointer", "z": 9,
            "select": {"itemStyle": {"borderWidth": 0}}, "emphasis": {"itemStyle": {"color": "rgba(122, 135, 147, 0.35)"}},
            "tooltip": {"formatter": "Click to put the curve at {@[1]} here"},
        }
    )  # fmt: skip
    del option["legend"]
    return _tidy(option, 32)


def _places() -> list[list[float]]:
    heights = np.linspace(-1, 1, LEVELS)
    return [[float(a), round(float(b), 1)] for a in np.linspace(-1, 1, KNOTS) for b in heights]


def height_at(place: int) -> dict[str, float]:
    """The setting that puts one of the nine heights where a click was."""
    knot, level = divmod(place, LEVELS)
    return {f"h{knot}": round(-1 + 2 * level / (LEVELS - 1), 1)}


def _logarithmic(option: Option, values: np.ndarray) -> Option:
    seen = values[np.isfinite(values) & (values > 0)]
    low, high = np.floor(np.log10(seen.min())), np.ceil(np.log10(seen.max()))
    option["xAxis"] |= {"type": "log", "logBase": 2, "min": 2, "max": 256}
    option["yAxis"] |= {"type": "log", "min": float(10.0**low), "max": float(10.0 ** max(high, low + 1)), "nameGap": 48}
    option["grid"] |= {"bottom": 78, "left": 26}
    option["animation"] = False
    option["xAxis"] |= {"nameGap": 24}
    return option


def _nice(v: float) -> float:
    return float(f"{v:.2g}")


def _tidy(option: Option, bottom: int = 78) -> Option:
    option["animation"] = False
    option["xAxis"] |= {"axisLine": {"onZero": False}}
    option["yAxis"] |= {"axisLabel": {"showMinLabel": False, "showMaxLabel": False}}
    option["grid"] |= {"bottom": bottom}
    return option
