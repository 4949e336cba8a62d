"""Layers and small networks in plain PyTorch, for scripts to take home."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


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


class SelfAttention(nn.MultiheadAttention):
    """nn.MultiheadAttention of a sequence to itself: (B, L, features) -> (B, L, features).

    causal: a position sees only itself and those before it. scaled: scores are divided by the root of the head's width.
    """

    def __init__(self, features: int, heads: int, causal: bool = False, scaled: bool = True) -> None:
        super().__init__(features, heads, batch_first=True)
        self.causal, self.scale = causal, self.head_dim**-0.5 if scaled else 1.0

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        mixed = self.mix(F.linear(x, self.in_proj_weight, self.in_proj_bias))
        out: Tensor = self.out_proj(mixed)
        return out

    def mix(self, projected: Tensor) -> Tensor:
        """Queries, keys and values (B, L, 3 * features) -> values mixed by the attention of all heads (B, L, features)."""
        B, L, _ = projected.shape
        q, k, v = projected.view(B, L, 3, self.num_heads, self.head_dim).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal, scale=self.scale)
        return mixed.transpose(1, 2).flatten(2)


class Positions(nn.Module):
    """Adds to each place of a sequence (B, L, features) a vector of its own: a learned one, or the fixed sines and cosines of
    Vaswani et al., "Attention Is All You Need" (2017), section 3.5. L may be shorter than `length`. std: of the learned start."""

    def __init__(self, length: int, features: int, learned: bool = True, std: float = 1.0) -> None:
        super().__init__()
        self.learned, self.std = learned, std
        self.weight = nn.Parameter(torch.empty(length, features), requires_grad=learned)
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        with torch.no_grad():
            if self.learned:
                self.weight.normal_(0, self.std, generator=generator)
            else:
                self.weight.copy_(sinusoids(*self.weight.shape))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.weight[: x.shape[1]]


class ClassToken(nn.Module):
    """Puts one learned vector in front of a sequence: (B, L, features) -> (B, 1 + L, features)."""

    def __init__(self, features: int, std: float = 0.02) -> None:
        super().__init__()
        self.std = std
        self.weight = nn.Parameter(torch.empty(1, features))
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        nn.init.normal_(self.weight, 0, self.std, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.weight.expand(len(x), -1, -1), x], 1)


class First(nn.Module):
    """What stands first in a sequence: (B, L, features) -> (B, features)."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, 0]


def sinusoids(length: int, features: int) -> Tensor:
    """The positional encoding of "Attention Is All You Need": sin and cos of position / 10000^(2i / features), in turn."""
    rates = torch.exp(torch.arange(0, features, 2) * (-math.log(10_000) / features))
    angles = torch.arange(length)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], 2).flatten(1)[:, :features]


def encoder_block(features: int, heads: int, hidden: int, causal: bool = False) -> nn.Sequential:
    """A transformer's encoder block with the norms first, as nn.TransformerEncoderLayer(norm_first=True, activation="gelu",
    dropout=0) computes it."""
    return nn.Sequential(
        Residual(nn.LayerNorm(features), SelfAttention(features, heads, causal)),
        Residual(nn.LayerNorm(features), nn.Linear(features, hidden), nn.GELU(), nn.Linear(hidden, features)),
    )
