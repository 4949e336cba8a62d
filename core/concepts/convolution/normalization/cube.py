"""The numbers of a batch as a block of pictures x channels x positions, those that share a mean painted."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.concepts.convolution.normalization.averaged import Numbers
from core.figures.look import rgb

Point = tuple[float, float]
CELL, RISE, DEPTH = 44.0, 30.0, (27.0, -20.0)  # pixels: along the channels, the positions, the pictures
LAYERS = 8  # drawn at most, each a row of a map
PAINT = rgb(4)
INK = {False: ((249, 250, 251), (226, 231, 236), (236, 240, 243), (150, 160, 170), (60, 70, 80), (255, 255, 255)),
       True: ((38, 48, 58), (24, 32, 40), (31, 40, 49), (96, 108, 120), (205, 214, 222), (16, 22, 29))}  # fmt: skip


def cube(numbers: Numbers, dark: bool) -> np.ndarray:
    """A picture (H, W, 3) uint8."""
    N, C, height, width = numbers.before.shape
    layers = min(LAYERS, height)
    front, side, top, edge, ink, paper = INK[dark]
    size = 560, 450
    image = Image.new("RGB", size, paper)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(19)
    across, up = C * CELL + (N - 1) * DEPTH[0] + DEPTH[0], layers * RISE - N * DEPTH[1]
    left, bottom = (size[0] - across) / 2 + 6, size[1] - 62 - max(0.0, (size[1] - 90 - up) / 2)

    def at(c: float, p: float, n: float) -> Point:
        return left + c * CELL + n * DEPTH[0], bottom - p * RISE + n * DEPTH[1]

    def face(corners: list[Point], paint: tuple[int, int, int]) -> None:
        pen.polygon(corners, paint, edge)

    def shaded(painted: bool, plain: tuple[int, int, int], light: float) -> tuple[int, int, int]:
        return (int(light * PAINT[0]), int(light * PAINT[1]), int(light * PAINT[2])) if painted else plain

    for n in reversed(range(N)):
        for c in range(C):
            painted = bool(numbers.together[n, c])
            face([at(c, layers, n), at(c + 1, layers, n), at(c + 1, layers, n + 1), at(c, layers, n + 1)],
                 shaded(painted, top, 0.9))  # fmt: skip
        for p in range(layers):
            painted = bool(numbers.together[n, C - 1])
            face([at(C, p, n), at(C, p, n + 1), at(C, p + 1, n + 1), at(C, p + 1, n)], shaded(painted, side, 0.78))
    for c in range(C):
        for p in range(layers):
            face([at(c, p, 0), at(c + 1, p, 0), at(c + 1, p + 1, 0), at(c, p + 1, 0)],
                 shaded(bool(numbers.together[0, c]), front, 1.0))  # fmt: skip
    pen.text((at(C / 2, 0, 0)[0], bottom + 10), f"{C} channels", ink, font, "mt")
    deep = at(C, 0, N / 2)
    pen.text((deep[0] + 12, deep[1] + 8), "1 picture" if N == 1 else f"{N} pictures", ink, font, "lt")
    positions = f"{height} x {width} positions" if height > 1 else "1 position"
    label = Image.new("L", (220, 26))
    ImageDraw.Draw(label).text((110, 13), positions, 255, font, "mm")
    turned = label.rotate(90, expand=True)
    middle = at(0, layers / 2, 0)
    image.paste(ink, (int(middle[0]) - 34, int(middle[1]) - turned.height // 2), turned)
    return np.asarray(image)
