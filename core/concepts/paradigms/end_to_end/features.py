"""Descriptions of digits made by hand, and a linear classifier for them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from skimage import draw
from skimage.feature import canny, hog
from skimage.filters import sobel

from core.concepts.paradigms.end_to_end.settings import CANNY, HOG, PENALTIES, PIXELS, SOBEL, Settings

CHUNK = 100  # digits described at a time


def moved(x: np.ndarray, most: int) -> np.ndarray:
    """Digits x (n, 28, 28), each moved by up to `most` pixels down or up and right or left, the same way in every run."""
    ways = np.random.default_rng(0).integers(-most, most + 1, (len(x), 2))
    wide = np.pad(x, ((0, 0), (most, most), (most, most)))
    return np.stack(
        [p[most - a : most - a + 28, most - b : most - b + 28] for p, (a, b) in zip(wide, ways, strict=True)]
    )


def halved(x: np.ndarray) -> np.ndarray:
    """The mean of each square of four pixels: (n, 28, 28) -> (n, 14, 14)."""
    return np.asarray(x.reshape(-1, 14, 2, 14, 2).mean((2, 4)))


def describe(x: np.ndarray, s: Settings) -> dict[str, np.ndarray]:
    """Every hand-made description of digits x (n, 28, 28), each (n, numbers)."""
    maps = {PIXELS: x, SOBEL: np.stack([sobel(p) for p in x])}
    maps[CANNY] = np.stack([canny(p, s.sigma) for p in x]).astype(np.float32)
    found = {way: halved(values).reshape(len(x), -1) for way, values in maps.items()}
    size = (s.cell, s.cell)
    found[HOG] = np.stack([hog(p, s.orientations, size, (2, 2)) for p in x])
    return {way: values.astype(np.float32) for way, values in found.items()}


def describe_steps(x: np.ndarray, s: Settings) -> Iterator[tuple[float, dict[str, np.ndarray]]]:
    """What `describe` gives, some digits at a time, each with the share of the digits that is done."""
    parts = []
    for i in range(0, len(x), CHUNK):
        parts.append(describe(x[i : i + CHUNK], s))
        yield (i + CHUNK) / len(x), {}
    yield 1.0, {way: np.concatenate([part[way] for part in parts]) for way in parts[0]}


def predictions(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Classes of `new` by ridge regression on one-hot classes learnt from x and y, a row for each penalty."""
    middle, goal = x.mean(0), np.eye(10, dtype=np.float32)[y]
    centred = x - middle
    variance = (centred**2).sum() / len(x)
    if len(x) < x.shape[1]:  # the smaller of the two systems of equations
        values, vectors = np.linalg.eigh(centred @ centred.T)
        left, right = (new - middle) @ (centred.T @ vectors), vectors.T @ (goal - goal.mean(0))
    else:
        values, vectors = np.linalg.eigh(centred.T @ centred)
        left, right = (new - middle) @ vectors, vectors.T @ (centred.T @ (goal - goal.mean(0)))
    return np.stack([(left / (values + p * variance) @ right + goal.mean(0)).argmax(1) for p in PENALTIES])


def hog_picture(digit: np.ndarray, s: Settings) -> np.ndarray:
    """A stroke for each direction of edges in each cell of a digit (28, 28), brighter for stronger; (224, 224)."""
    cells = hog(digit, s.orientations, (s.cell, s.cell), (1, 1), block_norm="L1", feature_vector=False)[:, :, 0, 0]
    strength = hog(digit, s.orientations, (s.cell, s.cell), (2, 2), block_norm="L1", feature_vector=False)
    weight = np.zeros(cells.shape[:2])  # how much of all edges each cell has, from the blocks that hold it
    for (i, j), block in zip(np.ndindex(strength.shape[:2]), strength.reshape(-1, 2, 2, s.orientations), strict=True):
        weight[i : i + 2, j : j + 2] = np.maximum(weight[i : i + 2, j : j + 2], block.sum(2))
    cells = cells * weight[..., None]
    picture, side = np.zeros((224, 224)), 8 * s.cell
    for i, j, o in np.ndindex(*cells.shape):
        angle, radius = np.pi * (o + 0.5) / s.orientations, 0.45 * side
        a, b = radius * np.cos(angle), radius * np.sin(angle)
        row, column = (i + 0.5) * side, (j + 0.5) * side
        for k in (-1, 0, 1):  # three pixels wide
            r, c = draw.line(int(row - a), int(column + b) + k, int(row + a), int(column - b) + k)
            picture[r, c] = np.maximum(picture[r, c], cells[i, j, o])
    return np.asarray((picture / max(picture.max(), 1e-9)) ** 0.7)
