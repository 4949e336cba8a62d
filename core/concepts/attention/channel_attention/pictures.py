"""The pictures: two digits on top of each other and a lamp, or digits and squares of photographs as they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# Of the two digits, and of the cue where it is everywhere; colour-blind people can tell them apart.
ORANGE, BLUE, CUE = (0.95, 0.45, 0.0), (0.1, 0.55, 1.0), (0.3, 0.3, 0.3)


class Pictures(NamedTuple):
    """x (n, C, H, W) float32; y (n,) the digit or photograph to be named; other (n,) the digit beside it; lamp (n,) 0 orange or 1
    blue. Plain digits and photographs have no other and no lamp: -1."""

    x: np.ndarray
    y: np.ndarray
    other: np.ndarray
    lamp: np.ndarray


def compose(data: str, x: np.ndarray, y: np.ndarray, rows: np.ndarray, lamp: np.ndarray) -> Pictures:
    """x (N, 1, 8, 8) and y (N,): digits, or photographs. rows (2, n): which of them is orange and which is blue. lamp (n,): the one
    to name."""
    n = np.arange(len(lamp))
    if data in ("digits", "photos"):
        none = np.full(len(lamp), -1)
        return Pictures(x[rows[0]], y[rows[0]], none, none)
    pair = np.concatenate([x[rows[0]], x[rows[1]]], 1)  # (n, 2, 8, 8)
    named, other = y[rows[lamp, n]], y[rows[1 - lamp, n]]
    if data == "plane":
        plane = np.broadcast_to(lamp.astype(np.float32)[:, None, None, None], (len(lamp), 1, 8, 8))
        return Pictures(np.concatenate([pair, plane], 1), named, other, lamp)
    wide = np.concatenate([pair, np.zeros_like(pair)], 3)
    wide[n, lamp, :, 12:16] = 1
    return Pictures(wide, named, other, lamp)


def switched(data: str, p: Pictures) -> Pictures:
    """The same digits with the lamp of the other colour."""
    x = p.x.copy()
    if data == "plane":
        x[:, 2] = 1 - x[:, 2]
    elif data == "lamp":
        x[:, :, :, 8:] = x[:, ::-1, :, 8:]
    return Pictures(x, p.other, p.y, 1 - p.lamp)


def colored(data: str, x: np.ndarray) -> np.ndarray:
    """A picture (C, H, W) as (H, W, 3): orange, blue, and nearly white where both are; a plane of the cue in grey."""
    if data == "photos":
        return x.transpose(1, 2, 0)
    if len(x) == 1:
        return np.repeat(x.transpose(1, 2, 0), 3, 2)
    rgb = np.tensordot(x.transpose(1, 2, 0), np.array([ORANGE, BLUE, CUE])[: len(x)], 1)
    return np.minimum(rgb, 1.0)
