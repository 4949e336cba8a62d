"""Layers and small networks in plain PyTorch, for scripts to take home."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Dropout(nn.Module):
    """nn.Dropout with random numbers of its own, so that a run can be repeated."""

    def __init__(self, p: float, generator: torch.Generator) -> None:
        super().__init__()
        self.p, self.generator = p, generator

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        return x * ((torch.rand(x.shape, generator=self.generator) >= self.p) / (1 - self.p))


class Residual(nn.Sequential):
    """Layers with a connection past them: what goes in is added to what comes out."""

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = super().forward(x)
        return x + out


class Concatenated(nn.Sequential):
    """Layers whose output is put behind their input, channel by channel, as in a DenseNet."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, super().forward(x)], 1)


class Linear(nn.Linear):
    """nn.Linear as a batched product with one model in it. Some products of nn.Linear, those of a single example for one,
    add in another order than the batched ones of many models trained together; like this the last digits agree too."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x[None], self.weight.T[None])[0]
