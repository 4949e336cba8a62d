"""Curves of training, the pictures, the gates of each channel, and what the network answers with other gates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.concepts.attention.channel_attention.gates import Answers, compute
from core.concepts.attention.channel_attention.pictures import Pictures, colored, switched
from core.concepts.attention.channel_attention.result import Result
from core.concepts.attention.channel_attention.settings import WAYS, ViewSettings
from core.figures import bars
from core.figures.curves import curves
from core.figures.ensembles import band
from core.figures.lines import Line, lines
from core.figures.look import COLORS

Option = dict[str, Any]
BLUE, ORANGE = 0, 1
EXAMPLES = 6
HEIGHT = 96  # of a picture, in pixels


def learning(result: Result, title: str, names: Sequence[str]) -> Option:
    """Accuracy on validation pictures against the training step, with and without gates."""
    series = []
    for i, (way, name) in enumerate(zip(WAYS, names, strict=True)):
        rows = result.history[result.history.variant == way]
        table = rows.pivot(index="seed", columns="step", values="value")
        x, values = table.columns.to_numpy(float), table.to_numpy(float)
        if values.size:
            series.append(band(name, x, values, (BLUE, ORANGE)[i], dashed=i == 1))
    option = curves(title, series, "training step", percent=True, x_max=result.settings.steps)
    option["yAxis"] |= {"min": 0, "max": 100}
    return option


def shown(result: Result, view: ViewSettings) -> int:
    """The number of the network on show, from 0."""
    return min(view.network, result.settings.seeds) - 1


def large(data: str, x: np.ndarray, height: int = HEIGHT) -> np.ndarray:
    """A picture (C, H, W) as (height, width, 3), each pixel repeated."""
    times = height // x.shape[1]
    return np.asarray(colored(data, x).repeat(times, 0).repeat(times, 1))


def examples(result: Result) -> np.ndarray:
    """The first test pictures in two columns, with a white gap between them."""
    pictures = [large(result.settings.data, x, 64) for x in result.pictures.x[:EXAMPLES]]
    tiles = [np.pad(x, ((6, 6), (6, 6), (0, 0)), constant_values=1.0) for x in pictures]
    return np.concatenate([np.concatenate(tiles[i : i + 2], 1) for i in range(0, EXAMPLES, 2)])


def given(result: Result, view: ViewSettings, source: str = "own") -> np.ndarray:
    """Gates (channels,) of the first block of the network on show. source: those that the picture on show gives (own), those of
    the same picture with the other lamp (other), or their means over test pictures (mean)."""
    s, k = result.settings, shown(result, view)
    if source == "mean":
        return np.asarray(result.gates[k].mean(0))
    one = on_show(result, view)
    if source == "other":
        one = switched(s.data, one)
    return np.asarray(compute(s.attention, result.of(k), one.x).channel[0])


def on_show(result: Result, view: ViewSettings) -> Pictures:
    """The picture on show alone."""
    return Pictures(*(values[view.picture - 1 : view.picture] for values in result.pictures))


def answers(result: Result, view: ViewSettings, gates: np.ndarray | None = None) -> Answers:
    """What the network on show makes of the picture on show, with its own gates or with others (channels,) in the first block."""
    return compute(result.settings.attention, result.of(shown(result, view)), on_show(result, view).x, gates)


def features(own: Answers, gates: np.ndarray) -> list[np.ndarray]:
    """What each channel of the first block passes on of one picture: its features times its gate, black 0. Each channel is as
    bright as its own largest feature allows, so that the gates alone make one darker; a channel without features is black."""
    maps = own.features[0]
    most = np.maximum(maps.max((1, 2)), 1e-9)[:, None, None]
    times = HEIGHT // maps.shape[1]
    return list((maps / most * gates[:, None, None]).repeat(times, 1).repeat(times, 2))


def answer_bars(before: Answers, after: Answers, classes: Sequence[str], title: str, names: Sequence[str]) -> Option:
    """The probability of each class, with the picture's own gates and with those that are set."""
    pairs = zip((before, after), (BLUE, ORANGE), names, strict=True)
    parts = [bars.series(100 * a.classes[0], COLORS[hue], name) for a, hue, name in pairs]
    option = bars.options(title, "", "%", list(classes), parts)
    option["yAxis"] |= {"max": 100, "interval": 50}
    option["xAxis"] |= {"axisLabel": {"interval": 0}}
    return option


def gate_bars(result: Result, view: ViewSettings, title: str, names: Sequence[str]) -> Option:
    """The mean gate of each channel where the lamp is orange and where it is blue, sorted by their difference; one bar each
    where there is no lamp."""
    first, second = result.gates[shown(result, view)]
    order = np.argsort(second - first if result.settings.lit else first, kind="stable")
    parts = [bars.series(first[order], COLORS[ORANGE if result.settings.lit else BLUE], names[0])]
    if result.settings.lit:
        parts.append(bars.series(second[order], COLORS[BLUE], names[1]))
    option = bars.options(title, "channel", "gate", [str(i + 1) for i in order], parts)
    option["yAxis"] |= {"max": 1}
    option["series"] = [s | {"barGap": "0%", "barCategoryGap": "20%"} for s in option["series"]]
    return option


def removal(result: Result, view: ViewSettings, title: str, names: Sequence[str]) -> Option:
    """A dot for each channel: its mean gate, and how much the loss rises without it. Grey: of the other seeds."""
    k, x = shown(result, view), result.gates.mean(1)
    others = np.arange(len(x)) != k
    dots = ((x[others].ravel(), result.removed[others].ravel(), -1), (x[k], result.removed[k], BLUE))
    series = [Line(name, a, b, hue, marks=True) for name, (a, b, hue) in zip(names, dots, strict=True)]
    option = lines(title, series, "mean gate of the channel", "rise of the loss", x_range=(0, 1))
    option["tooltip"] = {"trigger": "item"}
    return option


def places(result: Result, view: ViewSettings) -> np.ndarray:
    """The gates of the first block's places for the picture on show: white 1, black 0."""
    gates = answers(result, view).spatial[0]
    times = HEIGHT // len(gates)
    return np.asarray(gates.repeat(times, 0).repeat(times, 1))
