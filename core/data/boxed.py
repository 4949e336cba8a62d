"""Scenes of made shapes with a box around each: bright ellipses, rectangles and triangles on a dark, noisy background."""

from __future__ import annotations

import numpy as np

SIDE = 48  # pixels
KINDS = ("background", "ellipse", "rectangle", "triangle")
MOST = 4  # shapes in a scene
TRIES = 10  # places that are tried for a shape; it is left out where it would always overlap another too much
SMALLEST, LARGEST = 0.2, 0.45  # width and height of a shape, as a share of the side

Boxes = tuple[np.ndarray, np.ndarray]  # left, top, right and bottom (n, 4), and the kind of each (n,)


def scenes(n: int, noise: float, overlap: float, rng: np.random.Generator) -> tuple[np.ndarray, list[Boxes]]:
    """n scenes: pictures (n, 1, SIDE, SIDE) float32, and the boxes of each. They come one after the other, so fewer are the
    first of more. noise: standard deviation of what is added to each pixel. overlap: largest IoU of two boxes of a scene."""
    columns, rows = np.arange(SIDE) + 0.5, np.arange(SIDE)[:, None] + 0.5
    x, truth = np.empty((n, 1, SIDE, SIDE), np.float32), []
    for picture in x[:, 0]:
        picture[:] = 0.3 * rng.random()
        boxes, kinds = np.empty((0, 4)), list[int]()
        for _ in range(rng.integers(1, MOST + 1)):
            for _ in range(TRIES):
                kind, half = int(rng.integers(1, len(KINDS))), rng.uniform(SMALLEST, LARGEST, 2) * SIDE / 2
                middle = rng.uniform(half, SIDE - half)
                box = np.concatenate([middle - half, middle + half])
                if len(boxes) and overlaps(boxes, box).max() > overlap:
                    continue
                u, v = (columns - middle[0]) / half[0], (rows - middle[1]) / half[1]
                picture[inside(kind, u, v)] = rng.uniform(0.6, 1)
                boxes, kinds = np.concatenate([boxes, box[None]]), [*kinds, kind]
                break
        picture += noise * rng.standard_normal(picture.shape, np.float32)
        truth.append((boxes, np.array(kinds)))
    return x, truth


def inside(kind: int, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Which places lie in a shape whose box reaches from -1 to 1; u to the right (n,), v downwards (n, 1)."""
    if KINDS[kind] == "ellipse":
        return np.asarray(u**2 + v**2 <= 1)
    high = abs(v) <= 1
    return np.asarray(high & (abs(u) <= (1 if KINDS[kind] == "rectangle" else (v + 1) / 2)))


def overlaps(boxes: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Intersection over union of each of the boxes (n, 4) with one box (4,)."""
    shared = np.clip(np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2]), 0, None).prod(1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1) + (box[2:] - box[:2]).prod()
    return np.asarray(shared / (areas - shared))
