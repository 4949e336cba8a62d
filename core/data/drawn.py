"""What a drawing stands for: points along its strokes, or a picture."""

from collections.abc import Iterable

import numpy as np

from core.data.points import POINTS, PointGenerator
from core.data.strokes import SIDE, Stroke, decode

DOT = 2.0  # places: the length that a dot counts as


def _legs(strokes: Iterable[Stroke]) -> tuple[np.ndarray, np.ndarray]:
    """Both ends (2, legs, 2) of every straight leg of the strokes, and its length; a dot is a leg without length."""
    ends = [np.stack([s.path[:-1], s.path[1:]]) if len(s.path) > 1 else np.stack([s.path, s.path]) for s in strokes]
    both = np.concatenate(ends, axis=1).astype(float)
    return both, np.maximum(np.linalg.norm(both[1] - both[0], axis=1), DOT)


def scatter(text: str, n: int, noise: float, seed: int, labels: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Points along the strokes of a drawing: x (n, 2) float32 within about [-1.5, 1.5], y upwards, and y (n,) int64, the labels, as
    even as n allows.

    A point lies anywhere on a stroke of its label with equal chance, and then `noise` (from 0 to 0.5, as in core.data.points)
    away from it. Every label needs a stroke.
    """
    rng = np.random.default_rng(seed)
    strokes = decode(text, labels)
    x, y = np.empty((n, 2)), np.arange(n) % labels
    for label in range(labels):
        (start, end), length = _legs(s for s in strokes if s.label == label)
        leg = rng.choice(len(length), (y == label).sum(), p=length / length.sum())
        way = rng.random((len(leg), 1))
        x[y == label] = start[leg] + way * (end[leg] - start[leg])
    x = (x / SIDE * 3 - 1.5) * [1, -1] + 0.4 * noise * rng.standard_normal((n, 2))
    return x.astype(np.float32), y.astype(np.int64)


def drawn_points(name: str, text: str) -> PointGenerator:
    """The generator of points called `name`; of points along the strokes `text`, of two kinds, where that is "drawn"."""
    return POINTS.get(name) or (lambda n, noise, seed: scatter(text, n, noise, seed))


def picture(text: str, side: int, width: float) -> np.ndarray:
    """The strokes of a drawing in white on black: (side, side) float32 in [0, 1]. width: of a line, as a share of the side."""
    from PIL import Image, ImageDraw

    fine = 4 * side  # drawn four times as large and made smaller, so that edges are smooth
    image = Image.new("L", (fine, fine))
    pen, thick = ImageDraw.Draw(image), max(1, round(width * fine))
    for stroke in decode(text, labels=1):
        corners = [tuple(corner) for corner in (stroke.path / SIDE * (fine - 1)).tolist()]
        pen.line(corners, fill=255, width=thick, joint="curve")
        for x, y in corners:  # round ends
            pen.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)
    return np.asarray(image.resize((side, side), Image.Resampling.BOX), np.float32) / 255
