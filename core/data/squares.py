"""Small squares cut from photographs, each to be named by the photograph that it is from."""

from __future__ import annotations

import numpy as np
from PIL import Image

from core.data.pictures import PHOTOS, photo

SIDE = 16  # of a square, in pixels
CELL = 24  # of the cells that a photograph is dealt to the splits by
CELLS = 4  # in a row of a photograph
EACH = 30  # squares cut from a cell
# Cells of a photograph: those before the first number to train on, up to the second for validation, the rest to test.
DEALT = (10, 13)


def squares() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x (2880, 3, 16, 16) float32 in [0, 1], y (2880,) int64 the number of the photograph among PHOTOS, and part (2880,) int64: 0
    to train on, 1 for validation, 2 to test. Squares of one part share no pixel with those of another: the middle of each photograph
    at 96x96 is divided into 16 cells, and each cell is given to one part."""
    rng, found, y, part = np.random.default_rng(0), [], [], []
    for number, name in enumerate(PHOTOS):
        whole = photo(name)
        short = min(whole.shape[:2])
        top, left = (whole.shape[0] - short) // 2, (whole.shape[1] - short) // 2
        middle = Image.fromarray(whole[top : top + short, left : left + short])
        pixels = np.asarray(middle.resize((CELLS * CELL,) * 2, Image.Resampling.BOX), np.float32) / 255
        for place, cell in enumerate(rng.permutation(CELLS**2)):
            for down, right in rng.integers(0, CELL - SIDE + 1, (EACH, 2)):
                row, column = cell // CELLS * CELL + down, cell % CELLS * CELL + right
                found.append(pixels[row : row + SIDE, column : column + SIDE].transpose(2, 0, 1))
            y += [number] * EACH
            part += [int(np.searchsorted(DEALT, place, "right"))] * EACH
    return np.stack(found), np.array(y, np.int64), np.array(part, np.int64)
