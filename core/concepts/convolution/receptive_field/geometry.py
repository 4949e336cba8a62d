"""The arithmetic of receptive fields: size, field, jump and start, layer by layer.

Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016); Araujo, Norris and Sim, "Computing receptive
fields of convolutional neural networks", Distill (2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Layer(NamedTuple):
    """One layer of a stack, along one side."""

    kernel: int
    stride: int = 1
    dilation: int = 1


LAYERS = {
    "c1": Layer(1), "c3": Layer(3), "c5": Layer(5), "c7s2": Layer(7, 2), "c3s2": Layer(3, 2), "c3d2": Layer(3, 1, 2),
    "c3d4": Layer(3, 1, 4), "max2": Layer(2, 2), "avg2": Layer(2, 2),
}  # fmt: skip
KINDS = tuple(LAYERS)
POOLS = ("max2", "avg2")


class Row(NamedTuple):
    """What a unit of one layer sees of the input; pixels are counted from 0, and a pixel's centre is its number."""

    kind: str  # name of the layer
    size: int  # units along a side
    field: int  # pixels along a side that a unit sees
    jump: int  # pixels between the centres of two neighbours
    start: float  # centre of what the first unit sees

    def box(self, unit: int) -> tuple[int, int]:
        """The first and the last pixel that a unit sees, be they in the picture or in the padding."""
        first = self.start + unit * self.jump - (self.field - 1) / 2
        return round(first), round(first) + self.field - 1


def padded(kind: str, padding: bool) -> int:
    """Zeros that a layer adds at each side: as many as keep the size at stride 1, and none for pooling."""
    layer = LAYERS[kind]
    return layer.dilation * (layer.kernel - 1) // 2 if padding and kind not in POOLS else 0


def trace(kinds: Sequence[str], padding: bool, size: int) -> list[Row]:
    """A row for each layer of a stack on an input of `size` by `size` pixels."""
    field, jump, start, rows = 1, 1, 0.0, list[Row]()
    for kind in kinds:
        layer, zeros = LAYERS[kind], padded(kind, padding)
        reach = layer.dilation * (layer.kernel - 1)
        size = (size + 2 * zeros - reach - 1) // layer.stride + 1
        start += (reach / 2 - zeros) * jump
        field += reach * jump
        jump *= layer.stride
        rows.append(Row(kind, size, field, jump, start))
    return rows


def widths(kinds: Sequence[str], channels: int) -> list[int]:
    """Channels after each layer: `channels` after the first convolution, twice as many after the others."""
    found, now = [], 1
    for kind in kinds:
        if kind not in POOLS:
            now = channels if now == 1 else 2 * channels
        found.append(now)
    return found


def macs(kinds: Sequence[str], padding: bool, size: int, channels: int) -> int:
    """Multiply-adds of the convolutions of a stack on one picture."""
    total, inputs = 0, 1
    for row, outputs in zip(trace(kinds, padding, size), widths(kinds, channels), strict=True):
        if row.kind not in POOLS:
            total += LAYERS[row.kind].kernel ** 2 * inputs * outputs * row.size**2
        inputs = outputs
    return total
