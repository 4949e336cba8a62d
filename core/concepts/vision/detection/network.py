"""The two small networks: a detector with anchors, and a classifier of windows that slides over a picture."""

from __future__ import annotations

from torch import Tensor, nn

from core.data.boxed import KINDS

OUTPUTS = len(KINDS) + 4  # of an anchor: a score of each class with the background, and four offsets


def block(channels: int, out: int, stride: int, padding: int = 1) -> nn.Sequential:
    """A convolution, batch norm and ReLU."""
    return nn.Sequential(nn.Conv2d(channels, out, 3, stride, padding, bias=False), nn.BatchNorm2d(out), nn.ReLU())


def detector(width: int, kinds_of_anchor: int) -> nn.Sequential:
    """(B, 1, H, W) -> (B, anchors of a cell * OUTPUTS, H / 8, W / 8)."""
    blocks = [
        block(1, width, 2),
        block(width, 2 * width, 2),
        block(2 * width, 4 * width, 2),
        block(4 * width, 4 * width, 1),
    ]
    return nn.Sequential(*blocks, nn.Conv2d(4 * width, kinds_of_anchor * OUTPUTS, 1))


def by_anchor(maps: Tensor) -> Tensor:
    """The detector's maps in the order of the anchors: (B, anchors, OUTPUTS)."""
    outputs: Tensor = maps.unflatten(1, (-1, OUTPUTS)).flatten(3)
    return outputs.transpose(2, 3).flatten(1, 2)


def face_classifier(width: int) -> nn.Sequential:
    """(B, 1, 25, 25) -> (B, 1, 1, 1), positive for a face; on a larger picture, a map of the windows at every fourth pixel."""
    blocks = [block(1, width, 2, 0), block(width, 2 * width, 2, 0), block(2 * width, 2 * width, 1, 0)]
    return nn.Sequential(*blocks, nn.Conv2d(2 * width, 1, 3))
