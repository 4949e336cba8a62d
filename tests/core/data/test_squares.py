"""Squares of photographs: cut from the picture, and none shares a pixel with one of another part."""

import numpy as np
import pytest
import skimage.data

from core.data import squares as module
from core.data.pictures import PHOTOS
from core.data.squares import squares


def test_squares_of_two_parts_share_no_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, columns = np.indices((96, 96), np.uint8)
    monkeypatch.setattr(module, "photo", lambda name: np.stack([rows, columns, columns], 2))  # a pixel says where it is
    x, y, part = squares()
    owner = np.full((6, 96, 96), -1)
    for square, number, of in zip(x, y, part, strict=True):
        down, right = (round(255 * float(square[channel, 0, 0])) for channel in (0, 1))
        assert np.allclose(255 * square[0], down + np.arange(16)[:, None], atol=0.01)
        assert np.allclose(255 * square[1], right + np.arange(16), atol=0.01)
        here = owner[number, down : down + 16, right : right + 16]
        assert np.isin(here, (-1, of)).all()
        here[:] = of
    assert np.array_equal(np.bincount(part), [1800, 540, 540])
    assert np.array_equal(np.bincount(y), [480] * len(PHOTOS))


def test_a_square_is_in_its_photograph() -> None:
    x, y, _ = squares()
    cat = skimage.data.chelsea()[:, 75:375]  # the middle, 300 by 300 pixels, of which a square shows 50 by 50
    means = np.array([cat[i : i + 50, j : j + 50].mean((0, 1)) for i in range(0, 250, 5) for j in range(0, 250, 5)])
    mine = 255 * x[y == list(PHOTOS).index("cat")].mean((2, 3))
    assert np.abs(mine[:, None] - means).max(2).min(1).max() < 6
    assert x.dtype == np.float32 and x.min() >= 0 and x.max() <= 1
