"""The stack of layers as modules: alone, to be poked, and with a head, to be trained."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from core.concepts.convolution.receptive_field.geometry import LAYERS, POOLS, macs, padded, trace, widths
from core.concepts.convolution.receptive_field.settings import CANVAS, VARIANTS, Settings

CLASSES = 10
ENOUGH = 120_000_000  # multiply-adds in one go


def layer(kind: str, inputs: int, outputs: int, padding: bool) -> nn.Module:
    """One layer of a stack."""
    if kind in POOLS:
        return nn.MaxPool2d(2) if kind == "max2" else nn.AvgPool2d(2)
    kernel, stride, dilation = LAYERS[kind]
    return nn.Conv2d(inputs, outputs, kernel, stride, padded(kind, padding), dilation, bias=False)


def bare(kinds: Sequence[str], padding: bool, channels: int) -> list[nn.Module]:
    """The layers with a ReLU between them: after every convolution but the last."""
    modules, inputs = list[nn.Module](), 1
    last = max(i for i, kind in enumerate(kinds) if kind not in POOLS)
    for i, (kind, outputs) in enumerate(zip(kinds, widths(kinds, channels), strict=True)):
        modules.append(layer(kind, inputs, outputs, padding))
        if kind not in POOLS and i < last:
            modules.append(nn.ReLU())
        inputs = outputs
    return modules


def body(kinds: Sequence[str], padding: bool, channels: int) -> list[nn.Module]:
    """The layers as they are trained: batch norm and ReLU after every convolution."""
    modules, inputs = list[nn.Module](), 1
    for kind, outputs in zip(kinds, widths(kinds, channels), strict=True):
        modules.append(layer(kind, inputs, outputs, padding))
        if kind not in POOLS:
            modules += [nn.BatchNorm2d(outputs), nn.ReLU()]
        inputs = outputs
    return modules


def build(s: Settings, variant: str) -> nn.Sequential:
    """The network of a variant for pictures of CANVAS pixels."""
    kinds, head = s.kept(variant), VARIANTS[variant][1]
    features, side = widths(kinds, s.channels)[-1], trace(kinds, s.padding, CANVAS)[-1].size
    pool: dict[str, list[nn.Module]] = {
        "flatten": [], "average": [nn.AdaptiveAvgPool2d(1)], "max": [nn.AdaptiveMaxPool2d(1)],
    }  # fmt: skip
    inputs = features * side**2 if head == "flatten" else features
    return nn.Sequential(*body(kinds, s.padding, s.channels), *pool[head], nn.Flatten(), nn.Linear(inputs, CLASSES))


def without_head(net: nn.Sequential, s: Settings, variant: str) -> nn.Sequential:
    """The part of a variant's network that is the stack of layers."""
    return net[: len(body(s.kept(variant), s.padding, s.channels))]


def pictures_at_once(kinds: Sequence[str], padding: bool, side: int, channels: int) -> int:
    """How many pictures a stack of layers is given at once, so that it takes a tenth of a second or so."""
    return max(1, min(128, ENOUGH // macs(kinds, padding, side, channels)))


def spread(squares: torch.Tensor, centre: float) -> float:
    """Standard deviation in pixels of a map of weights (side, side) about a pixel, mean of the two axes."""
    share = squares.double() / squares.double().sum()
    away = (torch.arange(len(squares), dtype=torch.float64) - centre) ** 2
    return math.sqrt(float((share.sum(0) @ away + share.sum(1) @ away) / 2))
