"""Scores against the size of the training set, and pictures with a box, a frame or a number drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.figures.curves import Curve, curves
from core.figures.look import rgb


def by_size(title: str, sizes: Sequence[int], series: Sequence[Curve], x_name: str) -> dict[str, Any]:
    """Curves over sizes that double, evenly spaced, as ECharts options; the x of each curve counts through `sizes`, which
    rise. Percent."""
    option = curves(title, series, x_name, percent=True)
    option["xAxis"] = {
        "type": "category",
        "data": [str(n) for n in sizes],
        "name": x_name,
        "nameLocation": "middle",
        "nameGap": 26,
        "boundaryGap": False,
    }
    option["yAxis"] = {"type": "value", "scale": True}
    option["grid"]["left"], option["grid"]["right"] = 12, 28
    for part in option["series"]:
        part["data"] = [[str(sizes[round(x)]), y] for x, y in part["data"]]
        if "name" in part:
            part |= {"symbol": "circle", "symbolSize": 8, "showSymbol": True}
    return option


def boxed(picture: np.ndarray, box: tuple[float, float, float, float] | None, width: int, color: int = 4) -> np.ndarray:
    """A picture (C, H, W) in [0, 1] as (h, w, 3) uint8, each pixel repeated so often that it is about `width` wide, with a
    frame along `box` (left, top, right, bottom, in pixels of the picture)."""
    image = (255 * picture.transpose(1, 2, 0)).round().astype(np.uint8)
    times = max(1, round(width / image.shape[1]))
    image = np.broadcast_to(image.repeat(times, 0).repeat(times, 1), (*(times * n for n in image.shape[:2]), 3)).copy()
    if box is None:
        return image
    left, top, right, bottom = (round(times * v) for v in box)
    if right - left < 2 or bottom - top < 2:  # it left the picture
        return image
    for grow, paint in ((1, (0, 0, 0)), (0, rgb(color))):  # a dark edge, so that it shows on bright ground too
        thick = 2 + 2 * grow
        a, b, c, d = max(0, left - grow), max(0, top - grow), right + grow, bottom + grow
        image[b : b + thick, a:c] = image[max(0, d - thick) : d, a:c] = paint
        image[b:d, a : a + thick] = image[b:d, max(0, c - thick) : c] = paint
    return image
