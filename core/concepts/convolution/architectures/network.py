"""Plain, residual and dense networks of any depth."""

from __future__ import annotations

from torch import nn

from core.concepts.convolution.architectures.settings import CHANNELS, GROWTH
from core.engine.networks import Concatenated, Residual


def build(connection: str, depth: int) -> nn.Sequential:
    """A convolution with stride 2, `depth` layers of batch norm, ReLU and convolution, and a linear layer. Residual: the
    input is added after every two layers. Dense: each layer adds four channels to all before."""
    parts: list[nn.Module] = [nn.Conv2d(1, CHANNELS, 3, 2, 1)]
    channels = CHANNELS
    for i in range(depth):
        if connection == "plain":
            parts += layer(channels, channels)
        elif connection == "dense":
            parts.append(Concatenated(*layer(channels, GROWTH)))
            channels += GROWTH
        elif i % 2:
            parts.append(Residual(*layer(channels, channels), *layer(channels, channels)))
    return nn.Sequential(*parts, nn.BatchNorm2d(channels), nn.ReLU(), nn.Flatten(), nn.Linear(16 * channels, 10))


def layer(inputs: int, outputs: int) -> list[nn.Module]:
    """Batch norm and ReLU come first, so that nothing lies in the way of the connection past them."""
    return [nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, outputs, 3, 1, 1)]
