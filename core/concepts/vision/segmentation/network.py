"""A small fully convolutional network, with or without skip connections."""

from __future__ import annotations

import math

from torch import nn

from core.concepts.vision.segmentation.settings import Settings
from core.data.shapes import CLASSES
from core.engine.networks import Summed, Upsampling


def block(channels: int, out: int, stride: int) -> nn.Sequential:
    """A convolution, batch norm and ReLU."""
    layers = [nn.Conv2d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU()]
    return nn.Sequential(*layers)


def network(s: Settings, skip: bool) -> nn.Sequential:
    """(B, 1, H, W) -> scores (B, classes, H, W). The blocks are built in one order, so that both networks of a seed start
    with the same kernels."""
    depth, learned, classes = int(math.log2(s.stride)), s.kernels == "learned", len(CLASSES)
    channels = [1, *(s.width * min(2**i, 4) for i in range(depth))]

    def below(i: int) -> nn.Sequential:
        """From the maps of stride 2^i to scores of the same stride."""
        if i == depth:
            return nn.Sequential(block(channels[i], channels[i], 1), nn.Conv2d(channels[i], classes, 1))
        down = block(channels[i], channels[i + 1], 2)
        if not skip:
            return nn.Sequential(down, below(i + 1))
        deeper: nn.Module = below(i + 1)
        if i + 1 < depth:  # the scores from below, and those of the finer maps themselves
            deeper = Summed([deeper, nn.Conv2d(channels[i + 1], classes, 1)])
        return nn.Sequential(down, deeper, Upsampling(classes, 2, learned))

    return below(0) if skip else nn.Sequential(below(0), Upsampling(classes, s.stride, learned))
