"""The chart of accuracy against examples, and a digit as each description sees it."""

from __future__ import annotations

from typing import Any

import numpy as np
from skimage.feature import canny
from skimage.filters import sobel

from core.concepts.paradigms.end_to_end.features import halved, hog_picture
from core.concepts.paradigms.end_to_end.result import Result
from core.concepts.paradigms.end_to_end.settings import CANNY, CNN, HOG, PIXELS, SIZES, SOBEL, WAYS
from core.figures.curves import Curve, curves
from core.figures.effects import dots

HUES = {PIXELS: 3, SOBEL: 1, CANNY: 4, HOG: 2, CNN: 0}


def accuracy(result: Result) -> dict[str, Any]:
    """Test accuracy against the number of examples, a line for each way that is done."""
    x, series = np.array(SIZES), []
    for way in WAYS:
        if way in result.accuracy:
            each = [result.score(way, i) for i in range(len(SIZES))]
            mean, low, high = (np.array([getattr(v, end) for v in each]) for end in ("mean", "low", "high"))
            series.append(Curve(way, x, mean, low, high, HUES[way], way == PIXELS))
    if not result.complete and len(result.learning):
        now = result.learning
        series.append(Curve(CNN, x, now, now, now, HUES[CNN]))
    chart = curves("Accuracy on test digits (%)", series, "training examples", True, SIZES[-1])
    chart["xAxis"] |= {"type": "log", "min": SIZES[0], "max": SIZES[-1]}
    chart["xAxis"]["axisLabel"] = {"customValues": list(SIZES)}
    chart["xAxis"]["axisTick"] = {"customValues": list(SIZES)}
    chart["yAxis"].pop("max", None)
    chart["grid"]["right"] = 28
    for part in chart["series"]:
        if "name" in part:
            part |= {"symbol": "circle", "symbolSize": 8, "showSymbol": True}
    return chart


def gains(result: Result) -> dict[str, Any]:
    """What the CNN gains over the best hand-made features at each number of examples."""
    rows = []
    for i, n in enumerate(SIZES):
        best = result.best(i)
        rows.append((f"{n:,} ({best.split(',')[0]})", result.gain(i), result.accuracy[CNN][i] - result.accuracy[best][i], HUES[CNN]))  # fmt: skip
    chart = dots("CNN minus best hand-made features", rows, "points of accuracy", zero="no difference")
    chart["grid"]["right"] = 48
    return chart


def seen(result: Result, digit: int) -> dict[str, np.ndarray]:
    """One test digit as each description sees it, (168 or more)², white for strong."""
    picture, s = result.pictures[digit], result.settings
    maps = {
        "pixels": halved(picture[None])[0],
        "sobel": halved(sobel(picture)[None])[0],
        "canny": halved(canny(picture, s.sigma).astype(float)[None])[0],
        "hog": hog_picture(picture, s),
    }
    if len(result.maps):
        framed = [np.pad(m / max(m.max(), 1e-9), 1, constant_values=0.5) for m in result.maps[digit]]
        maps["cnn"] = np.concatenate([np.concatenate(framed[i : i + 4], axis=1) for i in (0, 4)])
    return {name: _enlarged(m / max(m.max(), 1e-9)) for name, m in maps.items()}


def _enlarged(picture: np.ndarray) -> np.ndarray:
    times = max(1, 224 // len(picture))
    return (255 * picture).round().astype(np.uint8).repeat(times, 0).repeat(times, 1)
