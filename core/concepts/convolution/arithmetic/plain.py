"""The shape and the cost of one layer, by the formulas and by PyTorch."""

import math
from types import SimpleNamespace

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def build(s: SimpleNamespace) -> nn.Module:
    """The layer of the settings."""
    two = s.dims == "2d"

    def both(name: str) -> int | tuple[int, int]:
        return (getattr(s, name), getattr(s, name if s.square else f"{name}_x")) if two else getattr(s, name)

    if s.layer == "upsample":
        mode = s.mode if two or s.mode == "nearest" else "linear"
        return nn.Upsample(scale_factor=s.scale, mode=mode)
    window = {"stride": both("stride"), "padding": both("padding")}
    if s.layer == "avg_pool":
        return (nn.AvgPool2d if two else nn.AvgPool1d)(both("kernel"), **window, ceil_mode=s.ceil_mode)
    window["dilation"] = both("dilation")
    if s.layer == "max_pool":
        return (nn.MaxPool2d if two else nn.MaxPool1d)(both("kernel"), **window, ceil_mode=s.ceil_mode)
    if s.layer == "transposed":
        conv = nn.ConvTranspose2d if two else nn.ConvTranspose1d
        window |= {"output_padding": both("output_padding"), "groups": s.groups, "bias": s.bias}
        return conv(s.in_channels, s.out_channels, both("kernel"), **window)
    conv = nn.Conv2d if two else nn.Conv1d
    window |= {"padding_mode": s.padding_mode, "bias": s.bias}
    if s.layer == "separable":
        depthwise = conv(s.in_channels, s.in_channels, both("kernel"), **window, groups=s.in_channels)
        return nn.Sequential(depthwise, conv(s.in_channels, s.out_channels, 1, bias=s.bias))
    return conv(s.in_channels, s.out_channels, both("kernel"), **window, groups=s.groups)


def main(settings: SimpleNamespace) -> dict[str, object]:
    """Print what PyTorch gives for this layer, or what it says instead."""
    s = settings
    channels = s.given if s.given and s.layer in ("conv", "separable", "transposed") else s.in_channels
    x = torch.zeros(1, channels, s.height, *([s.width] if s.dims == "2d" else []))
    try:
        layer = build(s)
        with torch.no_grad():
            y = layer(x)
    except (RuntimeError, ValueError) as refused:
        print(f"PyTorch says: {refused}")
        return {"error": str(refused)}
    parameters = sum(p.numel() for p in layer.parameters())
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        if parameters:  # pools and upsampling have no multiply-adds
            layer(x)
    flops = counter.get_total_flops()
    print(layer)
    print(f"{tuple(x.shape)} -> {tuple(y.shape)}")
    print(f"{parameters:,} parameters, {flops // 2:,} multiply-adds, {flops:,} FLOPs")
    print(f"memory of the output: {4 * math.prod(y.shape):,} bytes")
    return {"shape": tuple(y.shape), "parameters": parameters, "flops": flops}
