"""The networks, and the two tasks they learn."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.concepts.vision.fine_tuning.settings import CLASSES, Settings
from core.data.dataset import Split
from core.data.images import mnist5k
from core.engine.random import generator

COPIES = 3  # of each training digit, with other noise


def build() -> nn.Sequential:
    """Two convolutions and two linear layers for pictures of 14 x 14."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, CLASSES),
    )  # fmt: skip


@lru_cache(maxsize=1)
def layers() -> tuple[tuple[str, int], ...]:
    """Name and parameters of each layer with weights, from the input on."""
    names = ("convolution 1", "convolution 2", "hidden layer", "output layer")
    counts = [sum(p.numel() for p in m.parameters()) for m in build() if list(m.parameters())]
    return tuple(zip(names, counts, strict=True))


def parameters(copied: int) -> int:
    """How many parameters the first layers have; they come first in a row of a stack."""
    return sum(count for _, count in layers()[:copied])


@lru_cache(maxsize=1)
def _small() -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Training and held-out digits at half the size."""
    data = mnist5k()
    held = torch.cat([data.validation.x, data.test.x]), torch.cat([data.validation.y, data.test.y])
    return (F.avg_pool2d(data.train.x, 2), data.train.y), (F.avg_pool2d(held[0], 2), held[1])


def tasks(s: Settings) -> tuple[Split, Split, Split, Split]:
    """Training and held-out digits of the source task (0 to 4), and of the target task (5 to 9, called 0 to 4)."""
    noise = generator(s.seed, "noise")
    parts: list[Split] = []
    for x, y in _small():
        source, target = y < CLASSES, y >= CLASSES
        copies = COPIES if not parts else 1
        for own, times, first in ((source, copies, 0), (target, 1, CLASSES)):
            clean = x[own].repeat(times, 1, 1, 1)
            noisy = clean + s.noise * torch.randn(clean.shape, generator=noise)
            parts.append(Split(noisy, (y[own] - first).repeat(times)))
    train, labelled, held, test = parts
    return train, held, labelled, test
