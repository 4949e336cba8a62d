"""Scenes of made shapes with the class of every pixel: bright circles, squares and triangles on a dark, noisy background."""

from __future__ import annotations

import numpy as np
from skimage import draw

SIDE = 32  # pixels
CLASSES = ("background", "circle", "square", "triangle")
MOST = 3  # shapes in a scene
TRIES = 10  # places that are tried for a shape; it is left out where it would always cover another


def scenes(n: int, noise: float, size: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """n scenes: pictures (n, 1, SIDE, SIDE) float32 and the class of each pixel (n, SIDE, SIDE) uint8.

    They come one after the other, so fewer are the first of more. size: width of the largest shape, as a share of the side; the smallest is half as wide. noise: standard deviation of what
    is added to each pixel, where shapes have a brightness of 0.6 to 1 and backgrounds of 0 to 0.3.
    """
    x, y = np.empty((n, 1, SIDE, SIDE), np.float32), np.zeros((n, SIDE, SIDE), np.uint8)
    for picture, classes in zip(x[:, 0], y, strict=True):
        picture[:] = 0.3 * rng.random()
        for _ in range(rng.integers(1, MOST + 1)):
            for _ in range(TRIES):
                kind, half = int(rng.integers(1, len(CLASSES))), rng.uniform(0.25, 0.5) * size * SIDE
                row, column = rng.uniform(half, SIDE - half, 2)
                rows, columns = pixels(CLASSES[kind], row, column, half)
                if not classes[rows, columns].any():
                    classes[rows, columns], picture[rows, columns] = kind, rng.uniform(0.6, 1)
                    break
        picture += noise * rng.standard_normal(picture.shape, np.float32)
    return x, y


def pixels(kind: str, row: float, column: float, half: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pixels of a shape around a centre, and `half` of its width."""
    shape = (SIDE, SIDE)
    if kind == "circle":
        inside: tuple[np.ndarray, np.ndarray] = draw.disk((row, column), half, shape=shape)
    elif kind == "square":
        inside = draw.polygon(row + half * np.array([-1, -1, 1, 1]), column + half * np.array([-1, 1, 1, -1]), shape)
    else:
        inside = draw.polygon(row + half * np.array([-1, 1, 1]), column + half * np.array([0, 1, -1]), shape)
    return inside
