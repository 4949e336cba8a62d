"""Pictures and charts of the two networks, and of a picture with strokes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from core.concepts.vision.segmentation.result import DISTANCES, Result, Scribbled
from core.concepts.vision.segmentation.settings import SUBJECT, WAYS, Settings
from core.data.shapes import CLASSES, scenes
from core.figures import effects
from core.figures.curves import Curve, curves
from core.figures.look import color, faint, rgb

BLUE, ORANGE, GREEN = 0, 1, 2
HUES = {"no skip": ORANGE, "skip": BLUE}
NAMES = {"no skip": "without skip", "skip": "with skip"}
PALETTE = np.array([(222, 226, 230), rgb(BLUE), rgb(ORANGE), rgb(GREEN)], np.uint8)
TIMES = 6  # a pixel of a scene is so many wide and high
GAP = 6


def grid(tiles: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures (H, W, 3) in two rows, with white between them."""
    wide = [np.pad(t, ((0, GAP), (0, GAP), (0, 0)), constant_values=255) for t in tiles]
    half = (len(wide) + 1) // 2
    rows = [np.concatenate(wide[:half], 1), np.concatenate(wide[half:], 1)]
    return np.concatenate(rows)[:-GAP, :-GAP]


def large(picture: np.ndarray) -> np.ndarray:
    return picture.repeat(TIMES, 0).repeat(TIMES, 1)


def grey(pictures: np.ndarray) -> np.ndarray:
    """Scenes (n, H, W) as one picture."""
    return grid([large(np.stack([(255 * p.clip(0, 1)).astype(np.uint8)] * 3, -1)) for p in pictures])


def classes(maps: np.ndarray, truth: np.ndarray | None = None) -> np.ndarray:
    """Class maps (n, H, W) as one picture in the colours of the classes, with the true outlines in black."""
    tiles = []
    for i, plane in enumerate(maps):
        tile = large(PALETTE[plane])
        if truth is not None:
            outline(tile, truth[i])
        tiles.append(tile)
    return grid(tiles)


def outline(tile: np.ndarray, truth: np.ndarray) -> None:
    """Draw a black line between pixels of different classes."""
    fine = truth.repeat(TIMES, 0).repeat(TIMES, 1)
    tile[1:][fine[1:] != fine[:-1]] = 0
    tile[:, 1:][fine[:, 1:] != fine[:, :-1]] = 0


def examples(settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """Four training scenes and their classes, before there is any result."""
    x, y = scenes(4, settings.noise, settings.size, np.random.default_rng(settings.seed))
    return grey(x[:, 0]), classes(y)


def learning(result: Result) -> dict[str, Any]:
    """Mean IoU on validation scenes against the training step, a line for each network."""
    series = []
    for way in WAYS:
        rows = result.history[result.history.variant == way]
        by_step = rows.groupby("step").value.agg(["mean", "min", "max"])
        mean, low, high = (by_step[c].to_numpy() for c in ("mean", "min", "max"))
        series.append(Curve(NAMES[way], by_step.index.to_numpy(), mean, low, high, HUES[way]))
    return curves("Mean IoU on validation scenes (%)", series, "training step", True, result.settings.steps)


def by_distance(result: Result) -> dict[str, Any]:
    """Share of misclassified pixels against their distance from an edge: thick means, thin single seeds."""
    series: list[dict[str, Any]] = []
    for way in WAYS:
        rates = 100 * result.error_rate(way)
        thin = {
            "type": "line",
            "symbol": "none",
            "silent": True,
            "lineStyle": {"color": faint(HUES[way], 0.35), "width": 1},
        }
        series += [thin | {"data": row.round(3).tolist()} for row in rates]
        paint = {"lineStyle": {"color": color(HUES[way]), "width": 3}, "itemStyle": {"color": color(HUES[way])}}
        series.append(
            {"type": "line", "name": NAMES[way], "data": rates.mean(0).round(3).tolist(), "symbolSize": 7} | paint
        )
    names = [str(a) if b == a + 1 else f"{a}–{b - 1}" for a, b in pairwise(DISTANCES)]
    return {
        "title": {"text": "Misclassified pixels (%)", "left": 0, "top": 0, "textStyle": {"fontSize": 14, "fontWeight": 600}},
        "legend": {"data": [NAMES[way] for way in WAYS], "bottom": 0, "left": "center", "itemWidth": 22},
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 52, "containLabel": True},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.1f %%"},
        "xAxis": {"type": "category", "data": [*names, f"{DISTANCES[-1]}+"], "boundaryGap": False}
        | {"name": "distance from an edge (pixels)", "nameLocation": "middle", "nameGap": 24},
        "yAxis": {"type": "value", "min": 0},
        "series": [s | {"animation": False} for s in series],
        "animation": False,
    }  # fmt: skip


def gains(result: Result) -> dict[str, Any]:
    """What the skip changes: IoU of each class, and pixel accuracy."""
    rows = []
    for name, change, values in result.gains():
        hue = {1: GREEN, -1: ORANGE, 0: BLUE}[change.sign]
        rows.append((f"IoU {name}" if name in CLASSES else "pixel accuracy", change, values, hue))
    return effects.dots("Change brought by the skip", rows, "points")


def kernels(result: Result) -> dict[str, np.ndarray]:
    """The kernel at the start and after training, on one scale; once where it does not change."""
    assert result.kernels is not None
    top, times = float(np.abs(result.kernels).max()), max(1, 192 // len(result.kernels[0]))
    names = ("fixed",) if result.settings.kernels == "fixed" else ("start", "end")
    return {name: signed(values / top, times) for name, values in zip(names, result.kernels, strict=False)}


def scene_row(result: Result) -> list[tuple[str, str, np.ndarray]]:
    """What is shown side by side, each as one picture: its name, the network it belongs to, and the picture."""
    row = [("scenes", "", grey(result.pictures)), ("truth", "", classes(result.truth))]
    return row + [("predicted", way, classes(planes, result.truth)) for way, planes in result.predicted.items()]


def signed(share: np.ndarray, times: int) -> np.ndarray:
    """Numbers (H, W) from -1 to 1 as a picture: white at 0, blue above, orange below; each pixel `times` as wide."""
    paint = np.where(share[..., None] > 0, np.array(rgb(BLUE)), np.array(rgb(ORANGE)))
    image: np.ndarray = (255 - (255 - paint) * np.abs(share[..., None])).astype(np.uint8)
    return image.repeat(times, 0).repeat(times, 1)


# A picture with strokes.


def strokes(shown: Scribbled) -> np.ndarray:
    """The picture with the strokes on it: blue on the subject, orange beside it."""
    image = shown.picture.copy()
    for kind in (0, 1):
        image[shown.marks == kind] = rgb(kind)
    return image.repeat(3, 0).repeat(3, 1)


def cut_out(shown: Scribbled) -> np.ndarray:
    """The picture with what is predicted as rest faded to pale orange."""
    image = shown.picture.astype(float)
    rest = shown.subject <= 0.5
    image[rest] = 0.25 * image[rest] + 0.75 * (255 - 0.35 * (255 - np.array(rgb(1 - SUBJECT), float)))
    return np.asarray(image.astype(np.uint8).repeat(3, 0).repeat(3, 1))


def confidence(shown: Scribbled) -> np.ndarray:
    """The probability of the subject: blue 1, white one half, orange 0."""
    return signed(2 * shown.subject - 1, 3)
