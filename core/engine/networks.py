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


class Recurrent(nn.Module):
    """nn.RNN or nn.LSTM over sequences (B, T, features), from a state of zeros, that returns its outputs (B, T, hidden) alone."""

    def __init__(self, kind: str, features: int, hidden: int) -> None:
        super().__init__()
        self.cell: nn.RNN | nn.LSTM = {"RNN": nn.RNN, "LSTM": nn.LSTM}[kind](features, hidden, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.cell(x)[0]
        return out


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


class MinibatchDiscrimination(nn.Module):
    """Adds to each example how similar it is to the others of its batch: Salimans et al., "Improved Techniques for Training
    GANs" (2016), section 3.2.

    Rows come in whole batches of `batch`, each of which is looked at on its own, so real and fake examples can be passed together.
    x (..., batches * batch, features) -> (..., features + kernels).
    """

    def __init__(self, features: int, kernels: int, dimension: int, batch: int) -> None:
        super().__init__()
        self.projection = nn.Linear(features, kernels * dimension, bias=False)
        self.kernels, self.dimension, self.batch = kernels, dimension, batch

    def similarity(self, projected: Tensor) -> Tensor:
        """How similar each of (..., batches * batch, kernels * dimension) is to the others of its batch, for each kernel."""
        batches = projected.unflatten(-2, (-1, self.batch))
        return (self.among(batches, batches) - 1).flatten(-3, -2)

    def among(self, companions: Tensor, projected: Tensor) -> Tensor:
        """The sum over companions (..., m, kernels * dimension) of exp(-L1 distance): (..., n, kernels) for each of n."""
        a, b = (v.unflatten(-1, (self.kernels, self.dimension)).transpose(-3, -2) for v in (projected, companions))
        return torch.exp(-torch.cdist(a, b, p=1.0)).sum(-1).transpose(-1, -2)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.similarity(self.projection(x))], -1)


class Upsampling(nn.ConvTranspose2d):
    """A transposed convolution that makes maps `times` as large, and at its start interpolates each channel bilinearly.

    learned: whether training may change that. times: even.
    """

    def __init__(self, channels: int, times: int, learned: bool = True) -> None:
        super().__init__(channels, channels, 2 * times, times, times // 2, bias=False)
        self.weight.requires_grad = learned

    def reset_parameters(self) -> None:
        size = self.kernel_size[0]
        side = 1 - (torch.arange(size, dtype=self.weight.dtype) - (size - 1) / 2).abs() / (size / 2)
        with torch.no_grad():
            self.weight.copy_(torch.eye(self.in_channels)[:, :, None, None] * side[:, None] * side)


class Summed(nn.ModuleList):
    """Branches that are given the same input; their outputs are added."""

    def forward(self, x: Tensor) -> Tensor:
        first, *others = [branch(x) for branch in self]
        out: Tensor = sum(others, first)
        return out
