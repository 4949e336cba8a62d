"""Random numbers keyed by (seed, purpose), so that what a model sees does not depend on the other models."""

from __future__ import annotations

import zlib

import torch
from torch import nn
from torch.nn.modules.linear import NonDynamicallyQuantizableLinear

from core.engine.networks import ClassToken, Positions, SelfAttention, Upsampling


def key(seed: int, purpose: str) -> int:
    """A 32-bit seed for one purpose ("batches", "dropout" ...) of one experiment."""
    return zlib.crc32(f"{purpose}:{seed}".encode())


def generator(seed: int, purpose: str) -> torch.Generator:
    """A generator for one purpose. It is on the CPU, so that every device is given the same numbers."""
    return torch.Generator().manual_seed(key(seed, purpose))


def initialise(module: nn.Module, seed: int) -> nn.Module:
    """Give `module` the weights it would have if it were built right after `torch.manual_seed(seed)`.

    torch's layers draw from one random state that all threads share. Here the same numbers are drawn in the same order
    from a generator of its own. Returns the module. Raises TypeError for a layer it has no rule for.
    """
    g = torch.Generator().manual_seed(seed)
    for layer in module.modules():
        if isinstance(layer, Upsampling):
            layer.reset_parameters()  # draws nothing
        elif isinstance(layer, Positions | ClassToken):
            layer.reset_parameters(g)
        elif isinstance(layer, nn.Embedding):
            nn.init.normal_(layer.weight, generator=g)
        elif isinstance(layer, SelfAttention):
            _draw(layer.out_proj, g)  # built first, and then given a bias of 0
            nn.init.xavier_uniform_(layer.in_proj_weight, generator=g)
            nn.init.zeros_(layer.in_proj_bias)
            nn.init.zeros_(layer.out_proj.bias)
        elif isinstance(layer, NonDynamicallyQuantizableLinear):
            pass  # the output layer of an attention
        elif isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            _draw(layer, g)
        elif isinstance(layer, nn.RNN | nn.LSTM):
            for p in layer.parameters():
                nn.init.uniform_(p, -(layer.hidden_size**-0.5), layer.hidden_size**-0.5, generator=g)
        elif any(True for _ in layer.parameters(recurse=False)) and not isinstance(
            layer,
            nn.BatchNorm1d | nn.BatchNorm2d | nn.LayerNorm | nn.GroupNorm | nn.InstanceNorm1d | nn.InstanceNorm2d,
        ):
            raise TypeError(f"initialise has no rule for {type(layer).__name__}")
    return module


def _draw(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d, g: torch.Generator) -> None:
    """reset_parameters of each: both weights and bias uniform in +-1/sqrt(fan_in), the size of weight[0]."""
    nn.init.kaiming_uniform_(layer.weight, a=5**0.5, generator=g)
    if layer.bias is not None:
        bound = layer.weight[0].numel() ** -0.5
        nn.init.uniform_(layer.bias, -bound, bound, generator=g)
