"""Two features raw and scaled, and what else scaling does."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from core.concepts.foundations.feature_scaling.descent import MOST, all_pairs, descend, ridge, slope, stretched, whole
from core.concepts.foundations.feature_scaling.leaks import leaks
from core.concepts.foundations.feature_scaling.result import SHOWN, Photo, Result
from core.concepts.foundations.feature_scaling.settings import SCALINGS, Settings
from core.concepts.foundations.feature_scaling.tables import scaled, table
from core.data.pictures import photo

SIDE = 160  # of the photograph, pixels


def run(settings: Settings) -> Result:
    """Everything on the page; what does not depend on the setting that moved is kept."""
    s = settings
    x, y, names = table(s.data)
    two = x[:, [s.a - 1, s.b - 1]]
    slopes = {name: slope(scaled(two, name), y) for name in SCALINGS}
    ran = {part: descend(slopes[name], s.steps) for part, name in zip(SHOWN, ("raw", s.scaling), strict=True)}
    return Result(
        s,
        (names[s.a - 1], names[s.b - 1]),
        slopes,
        {part: path for part, (path, _) in ran.items()},
        {part: left for part, (_, left) in ran.items()},
        whole(s.data),
        all_pairs(),
        stretched(s.data, s.a - 1, s.b - 1, s.seed),
        MOST,
        ridge(two, y, s.scaling, s.penalty),
        leaks(s.data, s.rows, s.seed),
        normalised(s.photo),
    )


@lru_cache(maxsize=8)
def normalised(name: str) -> Photo:
    """A photograph, small, and each of its channels less its mean and over its standard deviation."""
    whole_ = photo(name)
    step = max(1, min(whole_.shape[:2]) // SIDE)
    pixels = np.ascontiguousarray(whole_[::step, ::step])
    values = pixels / 255
    mean, deviation = values.mean((0, 1)), values.std((0, 1))
    return Photo(pixels, mean, deviation, ((values - mean) / deviation).astype(np.float32))
