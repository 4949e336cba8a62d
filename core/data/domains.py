"""Two kinds of small pictures, A and B, that are not paired: digits and digits of another style, or two textures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import skimage.data
import torch
from torch import Tensor
from torch.nn import functional as F

from core.data.arrays import mnist5k
from core.data.checks import split_indices

SIDE = 16  # pixels of a side
TRAIN, TEST = 1500, 100  # pictures of each domain
INKS = {"dark": (250, 200, 60), "light": (30, 60, 150)}  # by the paper
PAPERS = {"dark": (25, 45, 120), "light": (250, 220, 110)}
CELL = 4  # pixels of a side of a block


@dataclass(frozen=True, eq=False)
class Domains:
    """Pictures (n, 3, SIDE, SIDE) in [-1, 1]. paired: whether test picture i of B is picture i of A in the style of B, which
    no network is told."""

    a: Tensor
    b: Tensor
    test_a: Tensor
    test_b: Tensor
    paired: bool


def domains(name: str, paper: str, n: int) -> Domains:
    """n training pictures and TEST test pictures of each domain. A: white digits, or grass. B: digits in the style `name`, in
    colours on a dark or light `paper`, or gravel."""
    if name == "textures":
        (a, test_a), (b, test_b) = patches("grass", n), patches("gravel", n)
        return Domains(a, b, test_a, test_b, False)
    train, test = digits()
    a, b, c = (small(x) for x in (train[:n], train[TRAIN : TRAIN + n], test))
    return Domains(white(a), styled(b, name, paper), white(c), styled(c, name, paper), True)


@lru_cache(maxsize=1)
def digits() -> tuple[Tensor, Tensor]:
    """Digits to train on, of both domains, and to test on, (n, 1, 28, 28) in [0, 1]; read once a process."""
    x, y = mnist5k()
    train, _, test = split_indices(y, 0)
    return torch.from_numpy(x[train[: 2 * TRAIN]]), torch.from_numpy(x[test[:TEST]])


def small(x: Tensor) -> Tensor:
    """Digits (n, 1, 28, 28) in [0, 1] without their margin, at (n, 1, SIDE, SIDE)."""
    return F.interpolate(x[..., 2:26, 2:26], size=(SIDE, SIDE), mode="bilinear", antialias=True).clamp(0, 1)


def white(grey: Tensor) -> Tensor:
    return (2 * grey - 1).repeat(1, 3, 1, 1)


def styled(grey: Tensor, name: str, paper: str) -> Tensor:
    """Digits (n, 1, SIDE, SIDE) in [0, 1] in thick strokes or in coarse blocks, in two colours."""
    if name == "blocks":
        ink = F.avg_pool2d(grey, CELL).repeat_interleave(CELL, 2).repeat_interleave(CELL, 3)
    else:
        ink = F.max_pool2d(grey, 3, 1, 1)  # the brightest of the 3 x 3 pixels around: a dilation
    fore, back = (torch.tensor(colours[paper])[:, None, None] / 255 for colours in (INKS, PAPERS))
    return 2 * (ink * fore + (1 - ink) * back) - 1


def patches(name: str, n: int) -> tuple[Tensor, Tensor]:
    """Grey patches of one photograph at half its size: those to train on from its upper three quarters, the others from below."""
    picture = getattr(skimage.data, name)().reshape(256, 2, 256, 2).mean((1, 3)).astype(np.float32) / 255
    rng, found = np.random.default_rng(0), []
    for many, first, last in ((TRAIN, 0, 192), (TEST, 192, 256)):
        rows, columns = rng.integers(first, last - SIDE + 1, many), rng.integers(0, 256 - SIDE + 1, many)
        cut = [picture[r : r + SIDE, c : c + SIDE] for r, c in zip(rows, columns, strict=True)]
        found.append(white(torch.from_numpy(np.stack(cut))[:, None]))
    return found[0][:n], found[1]
