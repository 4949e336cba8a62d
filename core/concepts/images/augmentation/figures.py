"""Charts of the experiment, and pictures of the draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.concepts.images.augmentation.preview import Box, Preview
from core.concepts.images.augmentation.result import AUGMENTED, ORIGINAL, Result
from core.figures.curves import Curve, curves, over_seeds
from core.figures.effects import dots
from core.figures.look import rgb
from core.stats import Interval, mean_interval

POINTS = "points of accuracy"
COLOR = {ORIGINAL: 1, AUGMENTED: 0}


SIDE = 160  # of a picture of the draws, in pixels; it is shown somewhat smaller
LINE = 32  # characters of a caption: two lines under a picture


def said(shown: Preview, i: int) -> str:
    """What draw i did, in full: "3: ↺ 5° →3 ×1.03 noise, 93 % in view"."""
    return _said(shown, i, len(shown.draws[i].said))


def caption(shown: Preview, i: int) -> str:
    """What draw i did, as far as two lines hold it; an ellipsis stands for the rest."""
    for most in range(len(shown.draws[i].said), 0, -1):
        text = _said(shown, i, most)
        if len(text) <= LINE:
            return text
    return _said(shown, i, 0)


def _said(shown: Preview, i: int, most: int) -> str:
    """With the first `most` of the steps that were taken."""
    draw = shown.draws[i]
    parts = [part for part in draw.said if part]
    steps = " ".join(parts[:most] + ["…"] * (len(parts) > most)) or "unchanged"
    in_view = f", {100 * draw.seen:.0f}\u00a0% in view" if draw.seen is not None and draw.seen < 0.995 else ""
    return f"{i + 1}: {steps}{in_view}"


def accuracy(result: Result, pinned: Mapping[str, Result] | None = None) -> dict[str, Any]:
    """Both variants against the size of the training set: mean and 95 % interval over seeds. Of pinned runs the augmented,
    where they were as large."""
    sizes = result.settings.sizes[::-1]

    def curve(called: str, run: Result, name: str, color: int) -> Curve:
        at = [(sizes.index(n), v) for n, v in zip(run.settings.sizes, run.accuracy[name], strict=True) if n in sizes]
        each = {x: mean_interval(v) for x, v in reversed(at)}
        mean, low, high = (np.array([getattr(i, part) for i in each.values()]) for part in ("mean", "low", "high"))
        return Curve(called, np.array(list(each)), mean, low, high, color, name == ORIGINAL)

    series = [curve(name, result, name, color) for name, color in COLOR.items()]
    peers = {name: pin for name, pin in (pinned or {}).items() if set(pin.settings.sizes) & set(sizes)}
    series += [curve(f"{name} {AUGMENTED}", pin, AUGMENTED, 3 + i) for i, (name, pin) in enumerate(peers.items())]
    return by_size(f"{result.split.capitalize()} accuracy (%)", sizes, series, "training examples")


def learning(result: Result, n: int) -> dict[str, Any]:
    """Validation accuracy of both variants as they learn from n examples."""
    frame = result.history[result.history.n == n].rename(columns={"step": "epoch"})
    series = [
        over_seeds(frame[frame.variant == name], "validation", "accuracy", name, color, name == ORIGINAL)
        for name, color in COLOR.items()
    ]
    return curves(f"Validation accuracy (%), {n} examples", series, "step", True, result.settings.iterations)


def gains(result: Result) -> dict[str, Any]:
    """Points gained at every size, the smallest first."""
    sizes = result.settings.sizes
    rows = [
        (f"{sizes[i]} examples", result.gain(i), result.gains[i], _color(result.gain(i))) for i in range(len(sizes))
    ]
    return _with_room(dots(f"Gain from augmentation ({result.split})", rows[::-1], POINTS, zero="no difference"))


def class_gains(result: Result) -> dict[str, Any]:
    """Points gained on each class, mean of the sizes."""
    change = (result.recall[AUGMENTED] - result.recall[ORIGINAL]).mean(0)
    rows = []
    for c, name in enumerate(result.classes):
        gain = result.class_gain(c)
        rows.append((f"digit {name}", gain, change[:, c], _color(gain)))
    return _with_room(dots("Gain on each digit, mean of the sizes", rows, POINTS, zero="no difference"))


def _with_room(option: dict[str, Any]) -> dict[str, Any]:
    """With room on the right for the word above zero, which stands there where every gain is negative."""
    option["grid"]["right"] = 48
    return option


def _color(gain: Interval) -> int:
    """Green where augmentation gains, orange where it loses, light blue where neither is clear."""
    return {1: 2, -1: 1, 0: 5}[gain.sign]


def original(shown: Preview) -> np.ndarray:
    """The picture with the box around its subject."""
    return boxed(shown.picture, shown.box if shown.look.box else None)


def drawn(shown: Preview) -> list[np.ndarray]:
    """The draws with the boxes around their subject."""
    return [boxed(d.picture, d.box if shown.look.box else None) for d in shown.draws]


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


def boxed(picture: np.ndarray, box: Box | None, width: int = SIDE, color: int = 4) -> np.ndarray:
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
