"""Photographs that come with the installed libraries, each with the box of what it is a picture of.

From scikit-image: astronaut (NASA), chelsea (Stéfan van der Walt), coffee (Rachel Michetti), rocket (SpaceX); from
scikit-learn: china and flower (both Creative Commons). See the licences in those libraries.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import skimage.data
from sklearn.datasets import load_sample_image


@dataclass(frozen=True)
class Photo:
    """source: the expression that gives its pixels. subject: what it shows. box: around the subject, as left, top, right
    and bottom in shares of the photograph's middle square."""

    source: str
    subject: str
    box: tuple[float, float, float, float]


PHOTOS: dict[str, Photo] = {
    "astronaut": Photo("skimage.data.astronaut()", "face", (0.29, 0.03, 0.60, 0.37)),
    "cat": Photo("skimage.data.chelsea()", "cat", (0.18, 0.25, 0.94, 0.90)),
    "coffee": Photo("skimage.data.coffee()", "cup", (0.17, 0.03, 0.79, 0.77)),
    "rocket": Photo("skimage.data.rocket()", "rocket", (0.46, 0.29, 0.55, 0.96)),
    "temple": Photo('load_sample_image("china.jpg")', "temple", (0.0, 0.06, 0.63, 0.92)),
    "flower": Photo('load_sample_image("flower.jpg")', "flower", (0.14, 0.19, 0.81, 0.85)),
}


@lru_cache(maxsize=len(PHOTOS))
def photo(name: str) -> np.ndarray:
    """The whole photograph, (H, W, 3) uint8; loaded once a process, and not to be written to."""
    library, _, rest = PHOTOS[name].source.partition("(")
    pixels = (
        load_sample_image(rest.strip('")')) if rest.strip('")') else getattr(skimage.data, library.split(".")[-1])()
    )
    pixels.flags.writeable = False
    return np.asarray(pixels)
