"""Scores after each step, histogram and spectrum before and after, and the pictures themselves."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.images.processing.result import Result
from core.concepts.images.processing.settings import SMOOTHERS
from core.figures.look import GREY, color
from core.text import Text

Option = dict[str, Any]
LEVELS = 33  # edges of the histogram
HUES = {"original": -1, "damaged": 1, "result": 0}


def pictures(result: Result) -> dict[str, np.ndarray]:
    """The three pictures to compare, by name. Where edges are looked for, the first is what the original gives."""
    return {"original": result.targets[-1], "damaged": result.damaged, "result": result.final}


def steps(result: Result, words: Text) -> Option:
    """SSIM of the damaged picture and after each operator, with the par."""
    names = ["damaged", *(words.option("pipeline", name).lower() for name in result.settings.pipeline)]
    values = [
        {
            "value": round(score.ssim, 4),
            "label": {"formatter": f"{score.ssim:.3f}", "position": "top" if score.ssim < 0.2 else "bottom"},
        }
        for score in result.scores
    ]
    line: Option = {
        "type": "line", "name": "SSIM", "data": values, "symbolSize": 9, "animation": False, "itemStyle": {"color": color(0)},
        "lineStyle": {"color": color(0), "width": 2.5}, "label": {"show": True},
    }  # fmt: skip
    par = _par(result)
    if par:
        rule = {"color": color(2), "type": "dashed", "width": 2}
        label = {"formatter": f"par {par:.3f}", "position": "insideStartTop", "color": GREY}
        line["markLine"] = {
            "symbol": "none",
            "silent": True,
            "animation": False,
            "data": [{"yAxis": par}],
            "lineStyle": rule,
            "label": label,
        }
    return _head("Similarity to the original after each step (SSIM)") | {
        "legend": {"data": ["SSIM"], "show": False, "bottom": 0},
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 30, "containLabel": True}, "tooltip": {"trigger": "item"},
        "xAxis": {"type": "category", "data": names, "axisLabel": {"interval": 0, "overflow": "break", "width": 80}},
        "yAxis": {"type": "value", "min": min(0.0, *(score.ssim for score in result.scores)), "max": 1}, "series": [line], "animation": False,
    }  # fmt: skip


def _par(result: Result) -> float:
    return 0.0 if result.features or result.settings.damage == "none" else round(result.par.ssim, 3)


def histogram(result: Result) -> Option:
    """How many pixels have each brightness, before and after."""
    edges = np.linspace(0, 1, LEVELS)
    middles = (edges[:-1] + edges[1:]) / 2
    shown = {
        name: np.histogram(picture, edges)[0] / picture.size for name, picture in _before_and_after(result).items()
    }
    option = _lines(
        "Histogram",
        "brightness, from black to white",
        "share of the pixels (%)",
        middles,
        {n: 100 * v for n, v in shown.items()},
    )
    option["xAxis"] |= {"min": 0, "max": 1}
    return option  # fmt: skip


def spectrum(result: Result) -> Option:
    """Power against frequency, all directions together, before and after."""
    rows = {name: radial(picture) for name, picture in _before_and_after(result).items()}
    frequency = np.arange(1, len(next(iter(rows.values()))) + 1) / result.original.shape[0]
    option = _lines("Spectrum", "cycles per pixel, from coarse to fine", "power (dB)", frequency, rows)
    option["xAxis"] |= {"min": 0, "max": 0.5}
    option["yAxis"] |= {"scale": True}
    return option


def _before_and_after(result: Result) -> dict[str, np.ndarray]:
    return {"original": result.original, "damaged": result.damaged, "result": result.final}


def power(picture: np.ndarray) -> np.ndarray:
    """The power spectrum in decibels, zero frequency in the middle."""
    side = picture.shape[0]
    window = np.hanning(side)  # the edges of a picture do not fit together, which would draw a cross
    found = np.abs(np.fft.fftshift(np.fft.fft2((picture - picture.mean()) * window * window[:, None]))) ** 2
    return np.asarray(10 * np.log10(found / side**2 + 1e-9))


def radial(picture: np.ndarray) -> np.ndarray:
    """The mean power in decibels at each whole number of cycles per picture, from 1 to half its side."""
    side = picture.shape[0]
    linear = 10 ** (power(picture) / 10)
    y, x = np.indices(picture.shape) - side // 2
    ring = np.hypot(x, y).round().astype(int)
    mean = np.bincount(ring.ravel(), linear.ravel()) / np.bincount(ring.ravel())
    return np.asarray(10 * np.log10(mean[1 : side // 2 + 1]))


def spectrum_picture(picture: np.ndarray) -> np.ndarray:
    """The power spectrum as a picture from -60 to 10 dB."""
    return np.asarray(((power(picture) + 60) / 70).clip(0, 1))


def alone(result: Result, words: Text) -> Option:
    """Each smoothing filter alone on the damaged picture."""
    names = ["damaged", *(words.option("pipeline", name).lower() for name in SMOOTHERS)]
    values = [result.scores[0].ssim, *(result.alone[name].ssim for name in SMOOTHERS)]
    data = [
        {
            "value": round(v, 4),
            "itemStyle": {"color": GREY if i == 0 else color(0)},
            "label": {"show": True, "position": "right", "formatter": f"{v:.3f}"},
        }
        for i, v in enumerate(values)
    ]
    return _head("One smoothing filter alone (SSIM)") | {
        "grid": {"left": 8, "right": 48, "top": 34, "bottom": 22, "containLabel": True}, "tooltip": {"trigger": "item"},
        "xAxis": {"type": "value", "max": 1}, "yAxis": {"type": "category", "inverse": True, "data": names, "axisTick": {"show": False}},
        "series": [{"type": "bar", "data": data, "animation": False, "barMaxWidth": 22}], "animation": False,
    }  # fmt: skip


def enlarged_element(result: Result) -> np.ndarray:
    """The structuring element as a picture: white where it is, and a grid of thin lines."""
    cell = max(4, 72 // len(result.element))
    drawn = np.kron(0.25 + 0.75 * result.element, np.ones((cell, cell)))
    drawn[::cell] = drawn[:, ::cell] = 0.5
    return np.asarray(drawn)


def _head(title: str) -> Option:
    return {"title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}}}


def _lines(title: str, x_name: str, y_name: str, x: np.ndarray, rows: dict[str, np.ndarray]) -> Option:
    series = []
    for name, values in rows.items():
        paint = GREY if HUES[name] < 0 else color(HUES[name])
        data = [[float(f"{a:.4g}"), float(f"{b:.4g}")] for a, b in zip(x, values, strict=True)]
        dashes = {"original": "dashed", "damaged": "dotted", "result": "solid"}[name]
        series.append(
            {"id": name, "name": name, "type": "line", "data": data, "symbol": "none", "animation": False, "itemStyle": {"color": paint},
             "lineStyle": {"color": paint, "width": 2.5 if name == "result" else 2, "type": dashes}}
        )  # fmt: skip
    return _head(title) | {
        "legend": {"bottom": 0, "left": "center", "data": list(rows), "itemWidth": 26},
        "grid": {"left": 26, "right": 16, "top": 36, "bottom": 54, "containLabel": True}, "tooltip": {"trigger": "axis", "valueFormatter": "%.3g"},
        "xAxis": {"type": "value", "name": x_name, "nameLocation": "middle", "nameGap": 24, "splitLine": {"show": False}},
        "yAxis": {"type": "value", "name": y_name, "nameLocation": "middle", "nameGap": 32}, "series": series, "animation": False,
    }  # fmt: skip
