"""What a kernel makes of a picture, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.concepts.convolution.feature_maps.settings import ViewSettings


@dataclass(frozen=True)
class Checker:
    """Doubling a picture in one way."""

    picture: np.ndarray  # (2n, 2n) of the picture shown, halved and doubled again
    equal: float  # standard deviation / mean size inside, of a constant input, equal weights
    random: np.ndarray  # (draws,) the same with random weights
    lattice: float  # share of the picture's power at the frequencies of every other pixel


@dataclass(frozen=True)
class Look:
    """A picture, a kernel and what comes out. n: side of the picture."""

    view: ViewSettings  # what was asked for
    trouble: str  # key of the finding that says what is wrong with the typed kernel; empty where nothing is
    channels: np.ndarray  # (C, n, n) of the picture, 1 or 3 of them
    mixed: np.ndarray  # (n, n) the channels, each times its weight, added
    kernel: np.ndarray  # (k, k)
    map: np.ndarray  # (n, n) the feature map; beyond the edge, the last pixels are repeated
    activated: np.ndarray  # (n, n) after the activation
    pooled: np.ndarray  # (m, m) after the pool
    bank: dict[str, np.ndarray]  # the feature map (n, n) of each kernel
    example: tuple[np.ndarray, np.ndarray, np.ndarray]  # a 5 x 5 array, and its pool without ceil_mode and with it
    doubled: dict[str, Checker]  # way of doubling -> what it gives

    def products(self, row: int, column: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The pixels under the kernel at a place, counted from 0, the kernel, and their products, each (k, k)."""
        k = len(self.kernel)
        padded = np.pad(self.mixed, k // 2, mode="edge")
        pixels = padded[row : row + k, column : column + k]
        return pixels, self.kernel, pixels * self.kernel
