"""The encoder, the two views of a digit, the loss, and what is measured on the sphere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.concepts.attention.contrastive.settings import NEIGHBOURS, PLANS
from core.data.images import mnist5k
from core.engine.augment import augment, draw


def network(width: int) -> nn.Sequential:
    """Three convolutions for digits of 14 x 14, whose 128 outputs are the features; then the head, which has `width` outputs."""
    head = nn.Sequential(nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, width))
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(),
        nn.Flatten(), head,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _small() -> tuple[tuple[Tensor, Tensor], ...]:
    """Training, validation and test digits at half the size."""
    data = mnist5k()
    return tuple((F.avg_pool2d(part.x, 2), part.y) for part in (data.train, data.validation, data.test))


def digits(classes: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
    """Training, validation and test pictures (n, 1, 14, 14) of these digits, and which digit each is (n,)."""
    parts = []
    for x, y in _small():
        mine = torch.isin(y, torch.tensor(classes))
        parts.append((x[mine], y[mine]))
    return parts


def views(x: Tensor, kind: str, generators: Sequence[torch.Generator]) -> Tensor:
    """Every picture of x (K, B, 1, 14, 14) changed at random; generators: one for each of the K batches."""
    drawn = [draw(PLANS[kind], tuple(x.shape[1:]), g) for g in generators]
    noise = [torch.stack(each) for each in zip(*(normal for _, normal in drawn), strict=True)]
    u = torch.stack([uniform for uniform, _ in drawn])
    return augment(x, x.new_zeros(*x.shape[:2], 1), PLANS[kind], u, noise)[0]


def on_sphere(z: Tensor) -> Tensor:
    """Outputs of a head (..., n, d), moved so that their mean is 0 and scaled to length 1."""
    return F.normalize(z - z.mean(-2, keepdim=True), dim=-1)


def nt_xent(z: Tensor, tau: float) -> Tensor:
    """The loss of each of 2B views on the sphere (K, 2B, d), of which view i and view i + B show the same digit: (K, 2B)."""
    K, n, _ = z.shape
    similar = z @ z.transpose(1, 2) / tau
    similar = similar.masked_fill(torch.eye(n, dtype=torch.bool, device=z.device), -torch.inf)
    partner = torch.arange(n, device=z.device).roll(n // 2)
    return F.cross_entropy(similar.flatten(0, 1), partner.repeat(K), reduction="none").view(K, n)


def apart(z: Tensor) -> Tensor:
    """Squared distance of the two views of each digit, of z (K, 2n, d): (K, n). Its mean is the alignment."""
    one, two = z.chunk(2, 1)
    return (one - two).square().sum(2)


def uniformity(z: Tensor) -> Tensor:
    """The logarithm of the mean of exp(-2 |z_i - z_j|²) over all pairs of z (K, n, d): (K,)."""
    n = z.shape[1]
    close = (4 * (z @ z.transpose(1, 2)).clamp(-1, 1) - 4).exp()
    return ((close.sum((1, 2)) - close.diagonal(dim1=1, dim2=2).sum(1)) / (n * (n - 1))).log()


def purity(z: Tensor, y: Tensor) -> Tensor:
    """The share of the ten nearest neighbours of each row of z (K, n, d) that show the same digit: (K, n)."""
    distance = torch.cdist(z, z)
    distance.diagonal(dim1=1, dim2=2).fill_(torch.inf)
    nearest = distance.topk(min(NEIGHBOURS, z.shape[1] - 1), 2, largest=False).indices
    return (y[nearest] == y[:, None]).float().mean(2)
