"""The arithmetic of one axis: how large the output is, and which places of the input each output place is computed from."""

from __future__ import annotations

import math

from core.concepts.convolution.arithmetic.settings import Axis, Settings


def output_size(s: Settings, axis: Axis) -> int:
    """The output size along an axis, by the formula; below 1 where nothing comes out."""
    n, k, stride, padding, dilation, extra = axis
    if s.layer == "upsample":
        return math.floor(n * s.scale)
    reach = dilation * (k - 1) + 1
    if s.layer == "transposed":
        return (n - 1) * stride - 2 * padding + reach + extra
    span = n + 2 * padding - reach
    if not s.ceil_mode or s.layer not in ("max_pool", "avg_pool"):
        return span // stride + 1
    size = -(-span // stride) + 1
    return size - 1 if (size - 1) * stride >= n + padding else size  # the last window must begin before the padding


def output_shape(s: Settings) -> tuple[int, ...]:
    """Of a batch of one, where the layer runs."""
    channels = s.out_channels if s.layer in ("conv", "separable", "transposed") else s.in_channels
    return (1, channels, *(output_size(s, axis) for axis in s.axes))


def problem(s: Settings) -> str:
    """Why PyTorch refuses the layer, as a key; empty where it runs."""
    if s.layer in ("conv", "transposed") and (s.in_channels % s.groups or s.out_channels % s.groups):
        return "groups"
    if s.layer == "upsample":
        return ""
    if s.layer == "transposed" and any(a.output_padding >= max(a.stride, a.dilation) for a in s.axes):
        return "output_padding"
    if s.layer in ("max_pool", "avg_pool") and any(a.padding > a.kernel // 2 for a in s.axes):
        return "pool_padding"
    if s.fill == "reflect" and any(a.padding >= a.size for a in s.axes):
        return "fill"
    if s.fill == "circular" and any(a.padding > a.size for a in s.axes):
        return "fill"
    if s.input_channels != s.in_channels:
        return "channels"
    return "size" if min(output_size(s, axis) for axis in s.axes) < 1 else ""


def sources(s: Settings, axis: Axis, place: int) -> list[int]:
    """The input places that an output place is computed from. Below 0 or from `size` on: zeros of the padding."""
    n, k, stride, padding, dilation, _ = axis
    if s.layer == "upsample":
        return _resized(s, n, place)
    if s.layer == "transposed":
        starts = [place + padding - dilation * j for j in range(k)]
        return sorted(a // stride for a in starts if a % stride == 0 and 0 <= a // stride < n)
    read = [place * stride - padding + dilation * j for j in range(k)]
    if s.layer in ("max_pool", "avg_pool"):  # the part of a window that lies beyond the padding does not exist
        read = [a for a in read if a < n + padding]
    return [_filled(s.fill, a, n) for a in read]


def _filled(fill: str, place: int, n: int) -> int:
    """The place of the picture that stands at a place of the padding."""
    if fill == "replicate":
        return min(max(place, 0), n - 1)
    if fill == "circular":
        return place % n
    if fill == "reflect":
        return -place if place < 0 else 2 * (n - 1) - place if place >= n else place
    return place


def _resized(s: Settings, n: int, place: int) -> list[int]:
    if s.mode == "nearest":
        return [min(math.floor(place / s.scale), n - 1)]
    at = max((place + 0.5) / s.scale - 0.5, 0.0)
    first = min(math.floor(at), n - 1)
    return [first] if at - first < 1e-9 or first == n - 1 else [first, first + 1]


def left_over(s: Settings, axis: Axis) -> int:
    """How many places at the end of the padded input no window reads, because the stride does not fit."""
    if s.layer in ("upsample", "transposed"):
        return 0
    reach = axis.dilation * (axis.kernel - 1) + 1
    used = (output_size(s, axis) - 1) * axis.stride + reach
    return max(0, axis.size + 2 * axis.padding - used)


def cost(s: Settings, shape: tuple[int, ...]) -> tuple[int, int]:
    """Parameters, and multiply-adds for one input, of a layer whose output has this shape (channels first, no batch)."""
    if s.layer not in ("conv", "separable", "transposed"):
        return 0, 0
    taps = math.prod(a.kernel for a in s.axes)
    places = math.prod(shape[1:])
    given, made, groups = s.in_channels, s.out_channels, s.used_groups
    if s.layer == "separable":
        weights = given * taps + given * made
        return weights + s.bias * (given + made), weights * places
    weights = given * made // groups * taps
    if s.layer == "transposed":  # every input number is multiplied by all weights of its channel
        places = math.prod(a.size for a in s.axes)
    return weights + s.bias * made, weights * places
