"""The circle as it forms, pairs of views with their cosines, curves of training, and what the features are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.concepts.attention.contrastive.result import Result, uniform
from core.concepts.attention.contrastive.settings import LABELS, WAYS, ViewSettings
from core.figures import bars
from core.figures.curves import Curve, curves
from core.figures.effects import dots
from core.figures.ensembles import band
from core.figures.look import GREY, color, faint
from core.stats import share_interval

Option = dict[str, Any]
SHARPNESS = 40.0  # of the von Mises kernel: about 9 degrees wide
REACH, APART = 2.3, 4.6  # from the centre of a circle to its edge, and between the centres of two
ANGLES = np.linspace(-np.pi, np.pi, 121)
ACROSS, SIDE = 3, 104  # small circles beside each other, and the pixels of each
HUES = {"contrastive": 0, "supervised": 1, "untrained": 2, "pixels": 3}
PALE = (3, 4, 5, 6)  # digits whose colour is too pale for white letters
CELL, GAP = 42, 4  # pixels of the picture of pairs


def shown(result: Result, view: ViewSettings) -> int:
    """The number of the network on show, from 0."""
    return min(view.network, result.settings.seeds) - 1


def density(points: np.ndarray) -> np.ndarray:
    """How many of the points (n, 2) on the circle lie at each of ANGLES, as a share per radian: their mean von Mises kernel."""
    angle = np.arctan2(points[:, 1], points[:, 0])
    kernel = np.exp(SHARPNESS * (np.cos(ANGLES[:, None] - angle) - 1))
    share: np.ndarray = kernel.sum(1)
    return share / float(np.trapezoid(share, ANGLES))


def _rings(result: Result, points: np.ndarray, centre: tuple[float, float], name: str, dots: bool) -> list[Option]:
    """A circle with the density of each digit around it, and the digits themselves as dots."""
    unit = np.stack([np.cos(ANGLES), np.sin(ANGLES)], 1)
    quiet = {"type": "line", "symbol": "none", "silent": True, "animation": False}
    around = {c: density(points[result.y == c]) for c in result.settings.classes}
    rise = 1 / max(0.8, *(float(d.max()) for d in around.values()))  # the highest density is as high as the radius
    drawn: list[Option] = [
        quiet | {"id": f"{name}circle", "data": _at(unit, centre), "lineStyle": {"color": GREY, "width": 1}}
    ]
    for i, c in enumerate(result.settings.classes):
        paint, radius = color(c), 1 + rise * around[c]
        line = {"color": paint, "width": 2.5 if dots else 1.5}
        drawn.append(
            quiet | {"id": f"{name}{c}", "name": f"digit {c}", "data": _at(unit * radius[:, None], centre), "lineStyle": line}
        )  # fmt: skip
        if dots:
            mine = points[result.y == c] * (0.92 - 0.08 * i)  # a track within the circle for each digit
            top = unit[around[c].argmax()] * (radius.max() + 0.14)
            label = {
                "show": True,
                "formatter": str(c),
                "color": "#1C2530" if c in PALE else "#FFFFFF",
                "fontSize": 12,
                "fontWeight": 700,
            }
            spot = {"type": "scatter", "silent": True, "animation": False, "itemStyle": {"color": paint, "opacity": 1}}
            drawn.append(
                spot
                | {"id": f"{name}dots{c}", "symbolSize": 4, "data": _at(mine, centre), "itemStyle": {"color": faint(c, 0.5)}}
            )  # fmt: skip
            drawn.append(
                spot
                | {"id": f"{name}name{c}", "symbolSize": 18, "data": _at(top[None], centre), "label": label, "z": 5}
            )
    return drawn


def _at(points: np.ndarray, centre: tuple[float, float]) -> list[list[float]]:
    return [[round(float(x + centre[0]), 3), round(float(y + centre[1]), 3)] for x, y in points]


def _plane(title: str, series: list[Option], width: int, height: int) -> Option:
    """A chart of so many pixels, without axes."""
    return {
        "title": {"text": title, "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "grid": {"left": "center", "top": 30, "width": width, "height": height},
        "xAxis": {"type": "value", "show": False},
        "yAxis": {"type": "value", "show": False},
        "animation": False,
        "series": series,
    }


def circle(result: Result, view: ViewSettings, title: str) -> Option:
    """Where the shown encoder puts the validation digits: a density around the circle for each digit."""
    option = _plane(title, _rings(result, result.points["trained"][shown(result, view)], (0, 0), "", True), 310, 310)
    for axis in ("xAxis", "yAxis"):
        option[axis] |= {"min": -REACH, "max": REACH}
    return option


def circles(result: Result, title: str) -> Option:
    """The circle of every seed, with its number within."""
    series = []
    for k, seed in enumerate(result.settings.range):
        centre = (APART * (k % ACROSS), -APART * (k // ACROSS))
        series += _rings(result, result.points["trained"][k], centre, f"s{k}-", False)
        name = {"show": True, "formatter": f"{seed}", "color": GREY, "fontSize": 11}
        spot = {"type": "scatter", "id": f"name{k}", "symbolSize": 0.1, "silent": True, "animation": False}
        series.append(spot | {"data": [list(centre)], "label": name | {"position": "inside"}})
    rows = _rows(result)
    option = _plane(title, series, SIDE * ACROSS, SIDE * rows)
    option["xAxis"] |= {"min": -APART / 2, "max": APART * (ACROSS - 0.5)}
    option["yAxis"] |= {"min": -APART * (rows - 0.5), "max": APART / 2}
    return option


def circles_height(result: Result) -> int:
    return 34 + SIDE * _rows(result)


def _rows(result: Result) -> int:
    return -(-result.settings.seeds // ACROSS)


def learning(result: Result, metric: str, title: str, names: Sequence[str]) -> Option:
    """A measure on validation digits against the step, mean over the seeds; with the uniformity, what is best possible."""
    rows = result.history[result.history.metric == metric]
    table = rows.pivot(index="seed", columns="step", values="value")
    x, steps = table.columns.to_numpy(float), result.settings.steps
    series = [band(names[0], x, table.to_numpy(), HUES["contrastive"])]
    if metric == "uniformity":
        best = np.full(2, uniform(result.settings.outputs))
        series.append(Curve(names[1], np.array([0.0, steps]), best, best, best, 1, True))
    option = curves(title, series, "training step", percent=metric == "purity", x_max=steps)
    if metric != "uniformity":
        option["yAxis"] |= {"min": 0}
    option["legend"] |= {"show": len(series) > 1}
    option["grid"] |= {"bottom": 52 if len(series) > 1 else 26}
    return option


def alignment(
    result: Result, view: ViewSettings, title: str, names: Mapping[str, str], axes: Mapping[str, str]
) -> Option:
    """How far apart two views of a digit lie: a histogram over validation digits, before and after training."""
    k, edges = shown(result, view), np.linspace(0, 2, 11)
    parts = []
    for state, hue in (("untrained", 2), ("trained", 0)):
        counts = np.histogram(np.sqrt(result.apart[state][k]).clip(0, 2), edges)[0]
        parts.append(
            bars.series(100 * counts / counts.sum(), color(hue), names[state], barGap="0%", barCategoryGap="15%")
        )
    return bars.options(title, axes["distance"], axes["share"], [f"{a:.1f}" for a in edges[:-1]], parts)


def pairs(result: Result, view: ViewSettings) -> np.ndarray:
    """First views of six digits on the left, second views on top, and between them their cosine: orange 1, blue -1. Pairs of
    one digit, on the diagonal, are framed."""
    cosines = result.cosines["trained"][shown(result, view)]
    n = len(cosines)
    side = (n + 1) * (CELL + GAP) - GAP
    canvas = np.ones((side, side, 3))
    ends = np.array([[0, 0x72, 0xB2], [0xD5, 0x5E, 0]]) / 255
    place = lambda i: slice(i * (CELL + GAP), i * (CELL + GAP) + CELL)  # noqa: E731
    for i in range(n):
        for where, picture in (
            ((place(i + 1), place(0)), result.pictures[0, i]),
            ((place(0), place(i + 1)), result.pictures[1, i]),
        ):
            canvas[where] = np.repeat(np.repeat(picture.clip(0, 1), 3, 0), 3, 1)[:, :, None]
        for j in range(n):
            c = float(cosines[i, j])
            cell = np.broadcast_to(1 - abs(c) * (1 - ends[int(c > 0)]), (CELL, CELL, 3)).copy()
            if i == j:
                cell[:3] = cell[-3:] = cell[:, :3] = cell[:, -3:] = 0.1
            canvas[place(i + 1), place(j + 1)] = cell
    return canvas


def accuracy(result: Result, title: str, names: Mapping[str, str]) -> Option:
    """Accuracy on test digits against the labelled digits, a line for each way."""
    x = np.array(LABELS, float)
    series = []
    for way in WAYS:
        rows = result.right[way].shape[1]
        each = [share_interval(v, rows) for v in result.accuracy[way]]
        mean, low, high = (np.array([getattr(e, part) for e in each]) for part in ("mean", "low", "high"))
        series.append(Curve(names[way], x, mean, low, high, HUES[way], way in ("untrained", "pixels")))
    option = curves(title, series, "labelled digits", percent=True, x_max=LABELS[-1])
    option["xAxis"] |= {"type": "log", "min": LABELS[0]}
    return option


def gains(result: Result, title: str, names: Mapping[str, str], axes: Mapping[str, str]) -> Option:
    """The probe on contrastive features minus each other way, at each label count."""
    rows = []
    for way in ("supervised", "untrained", "pixels"):
        for i, n in enumerate(LABELS):
            values = result.accuracy["contrastive"][i] - result.accuracy[way][i]
            rows.append((f"{names[way]}, {n:,}", result.gain_at(i, way), values, HUES[way]))
    return dots(title, rows, axes["points"], zero=axes["zero"])
