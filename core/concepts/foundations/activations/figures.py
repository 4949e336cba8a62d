"""Charts and pictures of activation functions."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage
from skimage.transform import resize

from core.concepts.foundations.activations.findings import cost
from core.concepts.foundations.activations.functions import CURVES
from core.concepts.foundations.activations.result import Result
from core.concepts.foundations.activations.settings import RATES, ViewSettings
from core.data.pictures import photo
from core.figures import effects, fields
from core.figures.curves import Curve, curves
from core.figures.lines import Line, lines

SIDE = 160  # pixels of a feature map
KERNELS = {
    "vertical edges": np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 4,
    "horizontal edges": np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]) / 4,
    "outline": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]) / 8,
    "blur": np.ones((3, 3)) / 9,
}
# Colour and dashes of each function: relatives share a colour.
LOOKS = {
    "ReLU": (0, False),
    "leaky ReLU": (0, True),
    "GELU": (3, False),
    "SiLU": (3, True),
    "softplus": (4, False),
    "tanh": (1, False),
    "sigmoid": (2, False),
    "hard sigmoid": (2, True),
    "step": (5, False),
}


def values(view: ViewSettings) -> dict[str, Any]:
    """The chosen functions."""
    return _functions(view, 0, "Activation f(x)")


def derivatives(view: ViewSettings) -> dict[str, Any]:
    """Their derivatives."""
    return _functions(view, 1, "Derivative f′(x)")


def _functions(view: ViewSettings, which: int, title: str) -> dict[str, Any]:
    x = np.linspace(-view.reach, view.reach, 401)
    drawn = []
    for name in view.shown:
        drawn.append(Line(name, x, CURVES[name][which](x), *LOOKS[name], width=2.5))
    option = lines(title, drawn, "x", x_range=(-view.reach, view.reach))
    option["yAxis"]["scale"] = False
    if which == 0:  # one legend for both charts
        option["grid"]["bottom"] = 30
        del option["legend"]
    return option


def dead(result: Result) -> dict[str, Any]:
    """Share of dead units against the epoch, a line a rate with a band over the seeds."""
    series = []
    for r, rate in enumerate(RATES):
        rows = result.dead[0, r]
        done = np.isfinite(rows[0])
        x, rows = np.flatnonzero(done), rows[:, done]
        series.append(Curve(f"η = {rate:g}", x, rows.mean(0), rows.min(0), rows.max(0), r % 6, dashed=r == 6))
    title = f"Dead {result.settings.activation} units over training (%)"
    option = curves(title, series, "epoch", percent=True, x_max=result.settings.epochs)
    option["yAxis"] |= {"min": 0, "scale": False}
    del option["legend"]
    option["grid"] |= {"bottom": 30, "right": 74}
    for drawn in option["series"]:
        if "areaStyle" in drawn:
            drawn["areaStyle"] |= {"opacity": 0.3}
        elif drawn.get("name"):  # its name at its end
            words = {"show": True, "formatter": "{a}", "color": drawn["lineStyle"]["color"], "fontSize": 11}
            drawn |= {"endLabel": words, "labelLayout": {"moveOverlap": "shiftY"}}
    return option


def rates(result: Result) -> dict[str, Any]:
    """Test accuracy with both activations and the share of dead units, at the end, against the rate."""
    assert result.test is not None
    s = result.settings
    x = np.array(RATES)
    parts = [
        (f"accuracy with {s.activation}", result.test[0], 0, False),
        (f"accuracy with {s.control}", result.test[1], 1, True),
        (f"dead {s.activation} units", result.dead[0, :, :, -1], 2, False),
    ]
    drawn = [Curve(name, x, rows.mean(1), rows.min(1), rows.max(1), hue, dashed) for name, rows, hue, dashed in parts]
    option = curves("At the end, at each learning rate (%)", drawn, "learning rate η", percent=True)
    option["xAxis"] |= {"type": "log", "min": RATES[0], "max": RATES[-1], "minInterval": None}
    option["yAxis"] |= {"min": 0, "scale": False}
    option["grid"]["bottom"] = 84
    return option


def costs(result: Result) -> dict[str, Any]:
    """What the activation costs or gains against the control at each rate."""
    assert result.test is not None
    s = result.settings
    rows = []
    for r, rate in enumerate(RATES):
        change = cost(result, r)
        hue = {1: 2, -1: 1, 0: 0}[change.sign]
        rows.append((f"η = {rate:g}", change, result.test[0, r] - result.test[1, r], hue))
    title = f"{s.activation} compared with {s.control}"
    return effects.dots(title, rows, "points of test accuracy")


def parts(result: Result) -> np.ndarray:
    """What each hidden unit adds to the fitted curve, (U, g)."""
    assert result.fit is not None
    return result.fit.parts


def units(result: Result, count: int) -> dict[str, Any]:
    """What each hidden unit adds, and the sum of the first `count` beside the curve that is fitted."""
    fit = result.fit
    assert fit is not None
    drawn = [Line("curve to fit", fit.x, fit.y, -1, width=6)]
    drawn += [Line(f"unit {k + 1}", fit.grid, fit.parts[k], 0, width=1.3) for k in range(count)]
    total = fit.parts[:count].sum(0) + fit.bias
    drawn.append(Line("sum and bias", fit.grid, total, 1, width=3.5))
    option = lines(f"{count} of {len(fit.parts)} hidden units, one by one and summed", drawn, "x", x_range=(-1, 1))
    shown = ("curve to fit", "sum and bias")
    option["legend"]["data"] = list(shown)
    option["grid"]["bottom"] = 52
    option["series"][0]["lineStyle"]["opacity"] = 0.4
    for series in option["series"]:
        if series["name"] not in shown:
            series["lineStyle"]["opacity"] = 0.55
    return option


def field(result: Result, with_activation: bool, size: int = 380) -> np.ndarray:
    """The predicted class at each point of the plane with the training points: (size, size, 3) uint8."""
    assert result.collapse is not None
    grid = result.collapse.fields[int(with_activation)]
    return fields.picture(grid, result.collapse.axes, [(result.x, result.y, "training")], size)


def feature_map(view: ViewSettings) -> np.ndarray:
    """The photograph in grey, filtered by the kernel and multiplied by the gain: (SIDE, SIDE), about zero."""
    filtered: np.ndarray = ndimage.correlate(grey(view), KERNELS[view.kernel], mode="nearest") * view.gain
    return filtered


def grey(view: ViewSettings) -> np.ndarray:
    """The middle square of the photograph in grey, (SIDE, SIDE) in [0, 1]."""
    pixels = photo(view.photo) / 255.0
    side = min(pixels.shape[:2])
    top, left = ((n - side) // 2 for n in pixels.shape[:2])
    middle = pixels[top : top + side, left : left + side] @ np.array([0.299, 0.587, 0.114])
    small: np.ndarray = resize(middle, (SIDE, SIDE), anti_aliasing=True)
    return small


def activated(view: ViewSettings, name: str) -> np.ndarray:
    """The feature map after an activation, (SIDE, SIDE)."""
    return CURVES[name][0](feature_map(view))


def painted(values: np.ndarray) -> np.ndarray:
    """Numbers as a picture: white is zero, blue positive, orange negative, the largest size fully coloured."""
    size = float(np.abs(values).max()) or 1.0
    share = (np.abs(values) / size)[..., None]
    blue, orange = np.array([0, 114, 178]), np.array([213, 94, 0])
    paint = np.where((values > 0)[..., None], blue, orange)
    picture: np.ndarray = (255 - (255 - paint) * share).astype(np.uint8)
    return picture
