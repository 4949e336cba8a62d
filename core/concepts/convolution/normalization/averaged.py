"""Which numbers a norm averages, and what it makes of them, in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.concepts.convolution.normalization.settings import CHANNELS, Settings, ViewSettings
from core.concepts.convolution.normalization.start import draw
from core.data.arrays import digits
from core.data.checks import split_indices

EPSILON, MOMENTUM = 1e-5, 0.1  # of torch's layers
PICTURE = 0  # whose numbers are looked at


@dataclass(frozen=True)
class Numbers:
    """A batch before and after a norm, and how one of its numbers comes about."""

    pictures: np.ndarray  # (N, 8, 8) digits
    before: np.ndarray  # (N, 8, H, W) first convolution of them
    after: np.ndarray  # (N, 8, H, W) normalised, scaled and shifted
    together: np.ndarray  # (N, 8) bool: the maps that share a mean with the map looked at
    mean: float  # mean of these numbers
    variance: float  # their variance, about the mean
    used_mean: float  # what is subtracted: that mean, or the running one
    used_variance: float  # likewise

    @property
    def pixel(self) -> tuple[int, int]:
        """The place in the map that is looked at."""
        h, w = self.before.shape[2:]
        return h // 2, w // 2

    @property
    def count(self) -> int:
        """How many numbers share the mean."""
        return int(self.together.sum()) * int(np.prod(self.before.shape[2:]))


def averaged(settings: Settings, view: ViewSettings) -> Numbers:
    """What the norm on show makes of the first training digits, behind a fresh first convolution."""
    pictures = first_digits(view.pictures)
    weight, bias = draw(settings, settings.seed)[0]
    before = convolved(pictures, weight, bias)
    if view.maps == "1 × 1":
        before = before.mean((2, 3), keepdims=True)
    groups = int(settings.groups)
    mean, variance, n = moments(before, view.norm, groups)
    used_mean, used_variance = mean, variance
    if view.norm == "batch" and view.mode == "eval":
        # The running averages of a fresh layer, 0 and 1, after it has seen this one batch in training.
        unbiased = variance * n / max(1, n - 1)
        used_mean, used_variance = MOMENTUM * mean, 1 - MOMENTUM + MOMENTUM * unbiased
    after = (before - used_mean) / np.sqrt(used_variance + EPSILON) * view.scale + view.shift
    place = PICTURE, view.channel - 1, 0, 0
    picked = (float(v[place]) for v in (mean, variance, used_mean, used_variance))
    return Numbers(pictures, before, after, together(view, groups), *picked)


def moments(x: np.ndarray, norm: str, groups: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Mean and variance that each number of x (N, C, H, W) is normalised by, in the shape of x, and how many numbers share
    one."""
    N, C, *space = x.shape
    parts = {"batch": C, "layer": 1, "instance": C, "group": groups}[norm]
    split = x.reshape(N, parts, C // parts, *space)
    axes = (0, 2, 3, 4) if norm == "batch" else (2, 3, 4)
    mean, variance = (
        np.broadcast_to(f(split, axis=axes, keepdims=True), split.shape).reshape(x.shape) for f in (np.mean, np.var)
    )
    return mean, variance, int(np.prod([split.shape[a] for a in axes]))


def together(view: ViewSettings, groups: int) -> np.ndarray:
    """(N, C) bool: the maps whose numbers share a mean with those of the map looked at."""
    n, c = np.meshgrid(np.arange(view.pictures), np.arange(CHANNELS), indexing="ij")
    mine, size = view.channel - 1, CHANNELS // groups
    chosen: dict[str, np.ndarray] = {
        "batch": c == mine,
        "layer": n == PICTURE,
        "instance": (n == PICTURE) & (c == mine),
        "group": (n == PICTURE) & (c // size == mine // size),
    }
    return chosen[view.norm]


@lru_cache(maxsize=8)
def first_digits(count: int) -> np.ndarray:
    """The first training digits, (count, 8, 8)."""
    x, y = digits()
    return np.asarray(x[split_indices(y, 0)[0][:count], 0], float)


def convolved(pictures: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """A 3 × 3 convolution with a border of zeros: pictures (N, H, W), weight (C, 1, 3, 3) -> (N, C, H, W)."""
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return np.asarray(np.einsum("nhwij,cij->nchw", windows, weight[:, 0]) + bias[:, None, None])
