"""The network: two blocks of a convolution, gates and pooling, and a linear layer."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from core.engine.networks import ChannelGate, SpatialGate


def network(kind: str, shape: tuple[int, int, int], channels: int, hidden: int, classes: int) -> nn.Sequential:
    """Pictures (B, *shape) -> scores (B, classes). kind: se, spatial, cbam or none."""
    ins, height, width = shape
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for i in (0, 1):
        block: OrderedDict[str, nn.Module] = OrderedDict()
        block["conv"] = nn.Conv2d(channels if i else ins, channels, 3, padding=1, bias=False)
        block["norm"] = nn.BatchNorm2d(channels)
        block["relu"] = nn.ReLU()
        if kind in ("se", "cbam"):
            block["channel"] = ChannelGate(channels, hidden, both=kind == "cbam")
        if kind in ("spatial", "cbam"):
            block["spatial"] = SpatialGate()
        block["pool"] = nn.MaxPool2d(2)
        layers[str(i)] = nn.Sequential(block)
    layers["flat"] = nn.Flatten()
    layers["answer"] = nn.Linear(channels * height * width // 16, classes)
    return nn.Sequential(layers)
