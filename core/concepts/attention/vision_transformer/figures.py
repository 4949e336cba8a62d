"""Digits with maps over their patches, accuracies, deletion curves and the positions' similarities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.concepts.attention.vision_transformer.result import CNN, FEW, MANY, SHUFFLED, VIT, Result
from core.concepts.attention.vision_transformer.settings import DELETED, GRID, ORDERS, PATCHES, SIDE, ViewSettings
from core.figures.curves import Curve, curves
from core.figures.effects import dots
from core.figures.ensembles import band
from core.figures.look import rgb
from core.stats import share_interval

Option = dict[str, Any]
BLUE, ORANGE, GREEN, PINK = 0, 1, 2, 3
HUES = {VIT: ORANGE, CNN: BLUE}
ORDER_HUES = dict(zip(ORDERS, (ORANGE, BLUE, PINK, GREEN), strict=True))
TIMES = 20  # how many times as large a digit is drawn
GRID_GREY = 96
RECENT = 10  # steps that a learning curve is a mean over


def seed_of(result: Result, view: ViewSettings) -> int:
    """The shown seed, from 0, as far as the run has it."""
    return min(view.network, result.settings.seeds) - 1


def digit_of(result: Result, view: ViewSettings) -> np.ndarray:
    """The patches of the shown digit, (16, 7, 7) uint8."""
    x = result.digits[view.digit - 1].reshape(GRID, SIDE, GRID, SIDE)
    patches: np.ndarray = x.swapaxes(1, 2).reshape(PATCHES, SIDE, SIDE)
    return patches


def board(patches: np.ndarray, weights: np.ndarray | None = None, text: Sequence[str] = ()) -> np.ndarray:
    """Patches (16, 7, 7) as a picture (H, W, 3) uint8 with lines between them: the larger a weight in [0, 1], the more orange
    is mixed in. text: what stands in each patch."""
    large = np.repeat(patches.repeat(TIMES, 1).repeat(TIMES, 2)[..., None], 3, 3).astype(float)
    if weights is not None:
        share = 0.75 * weights[:, None, None, None]
        large = (1 - share) * large + share * np.array(rgb(ORANGE))
    side = SIDE * TIMES
    picture = large.reshape(GRID, GRID, side, side, 3).swapaxes(1, 2).reshape(GRID * side, GRID * side, 3)
    for at in range(side, GRID * side, side):
        picture[at - 1 : at + 1] = GRID_GREY
        picture[:, at - 1 : at + 1] = GRID_GREY
    image = Image.fromarray(picture.round().astype(np.uint8))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=36)
    for i, words in enumerate(text):
        row, column = divmod(i, GRID)
        draw.text((column * side + 10, row * side + 6), words, "white", font, stroke_width=4, stroke_fill="black")
    return np.asarray(image)


def patches(result: Result, view: ViewSettings) -> np.ndarray:
    """The shown digit, cut into patches."""
    return board(digit_of(result, view))


def shuffled(result: Result, view: ViewSettings) -> np.ndarray:
    """The shown digit in the order of the shuffled patches, each with the number of its place before."""
    return board(digit_of(result, view)[result.order], text=[str(i + 1) for i in result.order])


def rollout(result: Result, view: ViewSettings) -> np.ndarray:
    """The rollout of the shown network over the shown digit, in percent."""
    assert result.maps is not None
    share = result.maps.scores[0, seed_of(result, view), view.digit - 1]
    return board(digit_of(result, view), share / share.max(), [f"{100 * v:.0f}" for v in share])


def without(result: Result, view: ViewSettings, order: str, count: int) -> np.ndarray:
    """The shown digit without its first patches in an order; the numbers say which went when."""
    assert result.maps is not None
    gone = result.maps.ranks[ORDERS.index(order), seed_of(result, view), view.digit - 1, :count].tolist()
    left = digit_of(result, view).copy()
    left[gone] = 0
    return board(left, text=[str(gone.index(i) + 1) if i in gone else "" for i in range(PATCHES)])


def accuracy(result: Result, title: str, names: Sequence[str]) -> Option:
    """Validation accuracy of both networks in every condition, with intervals; names: of the rows, a pair for each condition."""
    places = [(n, c) for c in (FEW, MANY, SHUFFLED) for n in (VIT, CNN)]
    rows = [
        (name, result.score(*place), result.accuracy[place], HUES[place[0]])
        for name, place in zip(names, places, strict=True)
    ]
    option = dots(title, rows, "validation accuracy (%)")
    del option["series"][0]["markLine"]
    option["xAxis"] |= {"scale": True, "max": 100}
    return option


def learning(result: Result, title: str, names: Sequence[str]) -> Option:
    """Accuracy on the last batches against the training step; names: of both networks, with few and with many examples."""
    done = len(result.history)
    sums = np.cumsum(np.concatenate([np.zeros_like(result.history[:1]), result.history]), 0)
    first = np.maximum(0, np.arange(1, done + 1) - RECENT)
    steps = np.arange(1, done + 1)
    recent = (sums[1:] - sums[first]) / (steps - first)[:, None, None, None]
    places = [(n, c) for c in (FEW, MANY) for n in (VIT, CNN)]
    series = [
        band(name, steps, recent[:, n, c].T, HUES[n], dashed=c == FEW)
        for name, (n, c) in zip(names, places, strict=True)
    ]
    option = curves(title, series, "training step", percent=True, x_max=result.settings.steps)
    option["yAxis"] |= {"min": 0}
    return option


def deletion(result: Result, title: str, names: Sequence[str]) -> Option:
    """Accuracy against the number of deleted patches, with intervals; dashed: the order of ink."""
    assert result.maps is not None
    right = result.maps.right(result.classes)
    x, series = np.arange(1 + DELETED), []
    for name, order in zip(names, ORDERS, strict=True):
        shares = right[ORDERS.index(order)].mean(2)  # (seeds, deleted)
        bands = [share_interval(shares[:, i], right.shape[3]) for i in x]
        mean, low, high = (np.array([getattr(b, end) for b in bands]) for end in ("mean", "low", "high"))
        series.append(Curve(name, x, mean, low, high, ORDER_HUES[order], dashed=order == "ink"))
    option = curves(title, series, "deleted patches", percent=True, x_max=DELETED)
    option["yAxis"] |= {"min": 0}
    return option


def similarity(result: Result) -> np.ndarray:
    """A small map for each patch, at its place: the cosine of its position with every other, mean over seeds. Blue: negative,
    orange: positive, pale: near zero."""
    assert result.alike is not None
    mean = result.alike[1].mean(0)
    cell, gap = 24, 14
    paint = np.where(mean[..., None] < 0, rgb(BLUE), rgb(ORANGE))
    share = np.abs(mean)[..., None].clip(0, 1)
    colors = (share * paint + (1 - share) * np.array([244, 245, 246])).round().astype(np.uint8)
    side = GRID * cell
    picture = np.full((GRID * (side + gap) - gap, GRID * (side + gap) - gap, 3), 128, np.uint8)
    for i in range(PATCHES):
        tile = colors[i].reshape(GRID, GRID, 3).repeat(cell, 0).repeat(cell, 1)
        row, column = (k * (side + gap) for k in divmod(i, GRID))
        picture[row : row + side, column : column + side] = tile
    return picture
