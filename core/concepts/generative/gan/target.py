"""What generators are to imitate: a distribution in the plane, or handwritten digits, and how much of it they have found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from core.concepts.generative.gan.network import DIGIT_BATCH, DIGIT_NOISE, POINT_BATCH, POINT_NOISE
from core.concepts.generative.gan.settings import Settings
from core.data.handwriting import IMITATED, Judge, digits, judge
from core.data.mixtures import coverage, mixture


class Plane:
    """Gaussians in the plane. The field of a discriminator can be drawn."""

    batch, noise = POINT_BATCH, POINT_NOISE
    measured, watched, shown = (
        2000,
        500,
        500,
    )  # samples of a generator at the end, while training, and those that are drawn
    measurements = 20  # over the training

    def __init__(self, s: Settings) -> None:
        self.centres, self.mode = mixture(s.data, s.modes, s.side, s.strokes)
        self.sigma, self._at = s.sigma, torch.from_numpy(self.centres)
        self.judge: Judge | None = None

    def draw(self, n: int, g: torch.Generator) -> Tensor:
        """Real points (n, 2)."""
        return self._at[torch.randint(len(self._at), (n,), generator=g)] + self.sigma * torch.randn(n, 2, generator=g)

    def coverage(self, x: np.ndarray) -> tuple[np.ndarray, float]:
        return coverage(x, self.centres, self.mode, self.sigma)

    def kept(self, x: np.ndarray) -> np.ndarray:
        """What is kept of samples (seeds, n, 2) to be drawn."""
        return x[:, : self.shown]


class Digits:
    """Handwritten digits."""

    batch, noise = DIGIT_BATCH, DIGIT_NOISE
    measured, watched, shown = 500, 200, 100
    measurements = 10

    def __init__(self) -> None:
        self._x, self.judge = torch.from_numpy(digits()[0][:IMITATED]), judge()
        self.centres, self.mode = np.zeros((0, 2), np.float32), np.arange(10)

    def draw(self, n: int, g: torch.Generator) -> Tensor:
        """Real pictures (n, 196)."""
        return self._x[torch.randint(len(self._x), (n,), generator=g)]

    def coverage(self, x: np.ndarray) -> tuple[np.ndarray, float]:
        return self.judge.coverage(x)

    def kept(self, x: np.ndarray) -> np.ndarray:
        """What is kept of samples (seeds, n, 196) in [0, 1] to be drawn, as 8 bits a pixel."""
        pixels: np.ndarray = (255 * np.nan_to_num(x[:, : self.shown])).round().astype(np.uint8)
        return pixels


Target = Plane | Digits


def preparing(s: Settings) -> Iterator[None]:
    """Does what takes long before a target can be made, a part at a time."""
    if s.pictures:
        digits()
        yield
        judge()
        yield


def target(s: Settings) -> Target:
    return Digits() if s.pictures else Plane(s)
