"""Pictures of regions in the plane: who is answered, predicted or found where, with points on top."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.concepts.paradigms.supervision.settings import GROUPS
from core.figures.look import rgb

SIZE = 340  # pixels along each side
ROOT = (158, 167, 176)
Axes = tuple[np.ndarray, np.ndarray]


def class_colors(data: str) -> np.ndarray:
    """The colour of each class (C, 3). Nine clouds: three shades of a colour for each group."""
    groups = GROUPS[data]
    if data != "clouds":
        return np.array([rgb(k) for k in range(len(groups))], float)
    base = np.array([rgb(g) for g in groups], float)
    base[0::3] *= 0.6
    base[2::3] += 0.45 * (255 - base[2::3])
    return base


def light(colors: np.ndarray, strength: float) -> np.ndarray:
    """Colours mixed with white."""
    return 255 - strength * (255 - colors)


def paint(image: np.ndarray, axes: Axes, x: np.ndarray, colors: np.ndarray) -> Image.Image:
    """A background (SIZE, SIZE, 3) with points x (n, 2) in their colours (n, 3), on a canvas twice as large."""
    canvas = Image.fromarray(image.clip(0, 255).astype(np.uint8)).resize((2 * SIZE, 2 * SIZE), Image.Resampling.NEAREST)
    pen, at = ImageDraw.Draw(canvas), pixels(x, axes)
    for (a, b), paint in zip(at.tolist(), colors.round().astype(int).tolist(), strict=True):
        pen.ellipse((a - 6, b - 6, a + 6, b + 6), tuple(paint), "white")
    return canvas


def spread(cells: np.ndarray) -> np.ndarray:
    """Cells (side, side, ...), the first row at the bottom, as large as a picture (SIZE, SIZE, ...), the first row at the top."""
    index = np.arange(SIZE) * len(cells) // SIZE
    return np.asarray(cells[index[::-1]][:, index])


def pixels(x: np.ndarray, axes: Axes) -> np.ndarray:
    """Where points x (..., 2) lie on the canvas, which is twice as large as the picture."""
    a, b = axes
    across, up = (x[..., 0] - a[0]) / (a[-1] - a[0]), (b[-1] - x[..., 1]) / (b[-1] - b[0])
    return np.asarray(np.stack([across, up], -1) * (2 * SIZE - 1))


def finished(canvas: Image.Image) -> np.ndarray:
    return np.asarray(canvas.reduce(2))


def named(canvas: Image.Image, axes: Axes, names: Sequence[str], places: np.ndarray) -> None:
    """Write names at places (n, 2) onto a canvas."""
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(46)
    for name, (a, b) in zip(names, pixels(places, axes).tolist(), strict=True):
        pen.text((a, b), name, "#1A232D", font, "mm", stroke_width=5, stroke_fill="white")


def answer_background(given: np.ndarray, data: str) -> np.ndarray:
    """Answers given (side, side) as a background: a class in its colour, a group in stripes of its classes, "do not know" grey."""
    own, given = np.asarray(GROUPS[data]), spread(given)
    every = np.concatenate([light(class_colors(data), 0.55), [ROOT]])
    i, j = np.mgrid[:SIZE, :SIZE]
    stripe = (i + j) // 5
    for g in range(own.max() + 1):
        classes, mine = np.flatnonzero(own == g), given == len(own) + g
        given = np.where(mine, classes[stripe % len(classes)], given)
    return np.asarray(every[np.minimum(given, len(own))])


def number_colors(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Colours (..., 3) from blue over white to orange."""
    stops = np.array([rgb(0), (244, 246, 248), rgb(1)], float)
    t = ((values - low) / max(high - low, 1e-9)).clip(0, 1) * 2
    return np.stack([np.interp(t, [0, 1, 2], stops[:, i]) for i in range(3)], -1)
