"""Pictures and charts of the detectors, and of two boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from core.concepts.vision.detection.boxes import Found, nms_steps
from core.concepts.vision.detection.result import CHANGED, FULL, ByHand, Faces, Result
from core.concepts.vision.detection.settings import THRESHOLDS, Settings
from core.data.boxed import KINDS, scenes
from core.figures import effects
from core.figures.curves import Curve, curves
from core.figures.lines import Line, lines
from core.figures.look import rgb

BLUE, ORANGE, GREEN = 0, 1, 2
LIGHT = (
    (255, 255, 255),
    (86, 180, 233),
    (240, 128, 40),
    (0, 200, 140),
)  # no class, and each class; seen on dark ground
LEFT_OUT = {"nms": "without NMS", "negatives": "all negatives", "greedy": "no greedy match", "anchors": "one anchor"}
GREY = (150, 150, 150)
TIMES = 6  # a pixel of a scene is so many wide and high
GAP = 6
SCENES = 4  # that are shown
SHOWN_SCORE = 0.3  # boxes of a lower score are not drawn in the row of scenes

Color = tuple[int, int, int]


def large(plane: np.ndarray, times: int = TIMES) -> Image.Image:
    """A grey picture (H, W) in [0, 1] as a large one to draw on."""
    grey = (255 * plane.clip(0, 1)).astype(np.uint8).repeat(times, 0).repeat(times, 1)
    return Image.fromarray(np.stack([grey] * 3, -1))


def outline(image: Image.Image, box: np.ndarray, paint: Color, width: int, times: float = TIMES) -> None:
    left, top, right, bottom = (float(v) * times for v in box)
    half = width / 2
    edges = (left - half, top - half, max(left, right) + half, max(top, bottom) + half)
    ImageDraw.Draw(image).rectangle(edges, outline=paint, width=width)


def grid(tiles: Sequence[np.ndarray], columns: int = 2) -> np.ndarray:
    """Pictures (H, W, 3) in rows, with white between them."""
    wide = [np.pad(t, ((0, GAP), (0, GAP), (0, 0)), constant_values=255) for t in tiles]
    wide += [np.full_like(wide[0], 255)] * (-len(wide) % columns)
    rows = [np.concatenate(wide[i : i + columns], 1) for i in range(0, len(wide), columns)]
    return np.concatenate(rows)[:-GAP, :-GAP]


def boxed(plane: np.ndarray, boxes: np.ndarray, kinds: np.ndarray, width: int = 4) -> np.ndarray:
    """A scene with boxes in the colours of their classes."""
    image = large(plane)
    for box, kind in zip(boxes[::-1], kinds[::-1], strict=True):
        outline(image, box, LIGHT[kind], width)
    return np.asarray(image)


def examples(settings: Settings) -> np.ndarray:
    """Four training scenes with their true boxes, before there is any result."""
    x, truth = scenes(4, settings.noise, settings.overlap, np.random.default_rng(settings.seed))
    return grid([boxed(plane, *boxes) for plane, boxes in zip(x[:, 0], truth, strict=True)], 4)


def picture_row(result: Result) -> Iterator[tuple[str, np.ndarray, int]]:
    """The three pictures on top: name, picture and number of boxes."""
    if result.faces is not None:
        made = result.faces
        rows = {"before": made.found[:1], "after": made.found[1:][-1:], "cascade": [made.cascade]}
        for hue, (name, some) in zip((2, 1, 3), rows.items(), strict=True):
            for found in some:
                yield name, photograph(made, found, LIGHT[hue]), len(found.scores)
        return
    assert result.shapes is not None
    pictures, truth = result.shapes.pictures, result.shapes.truth
    yield "truth", grid([boxed(p, *boxes) for p, boxes in zip(pictures, truth, strict=True)]), 0
    for way, every in result.shapes.found.items():
        sure = [one.part(one.scores >= SHOWN_SCORE) for one in every]
        yield way, grid([boxed(p, f.boxes, f.kinds, 3) for p, f in zip(pictures, sure, strict=True)]), 0


def charts(result: Result) -> dict[str, Callable[[Result], dict[str, Any]]]:
    """The charts under them."""
    if result.faces is not None:
        return {} if np.isnan(result.faces.alarms).all() else {"alarms": alarms, "recall": recall}
    return {"learning": learning, "gains": gains} if result.complete else {"learning": learning}


def fits(result: Result) -> Callable[[Result], bool]:
    """Whether the charts of a pinned run can be laid over those of this one."""
    return lambda pin: pin.complete and pin.settings.task == result.settings.task


def learning(result: Result) -> dict[str, Any]:
    """AP on validation scenes against the training step, a line for each way."""
    series = []
    for way, name, hue in ((FULL, "full detector", BLUE), (CHANGED, LEFT_OUT[result.settings.compare], ORANGE)):
        by_step = result.history[result.history.variant == way].groupby("step").value.agg(["mean", "min", "max"])
        mean, low, high = (by_step[c].to_numpy() for c in ("mean", "min", "max"))
        series.append(Curve(name, by_step.index.to_numpy(), mean, low, high, hue))
    return curves("AP on validation scenes (%)", series, "training step", True, result.settings.steps)


def gains(result: Result) -> dict[str, Any]:
    """What the part that was left out changes: AP of each class, and mean AP at a stricter IoU."""
    rows = []
    for name, change, values in result.gains():
        rows.append((name, change, values, {1: GREEN, -1: ORANGE, 0: BLUE}[change.sign]))
    option = effects.dots("Change in AP", rows, "points")
    ends = [100 * end for _, change, *_ in rows for end in (change.low, change.high, 0)]
    option["xAxis"] |= {"min": 10 * np.floor(np.nanmin(ends) / 10), "max": 10 * np.ceil(np.nanmax(ends) / 10)}
    return option


def thresholds(result: Result) -> dict[str, Any]:
    """AP against the threshold of NMS: a line a seed."""
    assert result.shapes is not None and result.shapes.by_threshold is not None
    x = np.array([*THRESHOLDS, 1.0])
    values = 100 * result.shapes.by_threshold
    thin = [Line("each seed", x, row, -1, width=1) for row in values]
    option = lines(
        "AP (%) and the NMS threshold",
        [*thin, Line("mean", x, values.mean(0), BLUE, width=3)],
        "NMS threshold (IoU); 1: no NMS",
        x_range=(0, 1),
    )
    option["legend"]["data"] = ["each seed", "mean"]
    option["grid"]["bottom"] = 52
    return option


def most_steps(result: Result, scene: int, threshold: float) -> int:
    """How many boxes NMS keeps in a scene (1 to SCENES)."""
    assert result.shapes is not None
    return len(nms_steps(result.shapes.raw[scene - 1], threshold))


def suppression(result: Result, scene: int, threshold: float, step: int) -> tuple[np.ndarray, dict[str, Any]]:
    """A scene after so many steps of NMS, and what a caption says of the last one."""
    assert result.shapes is not None
    raw = result.shapes.raw[scene - 1]
    steps = nms_steps(raw, threshold)[:step]
    kept, gone = [i for i, _ in steps], {int(i) for _, removed in steps for i in removed}
    image = large(result.shapes.pictures[scene - 1], 8)
    for i in range(len(raw.scores)):
        if i not in gone and i not in kept:
            outline(image, raw.boxes[i], LIGHT[raw.kinds[i]], 2, 8)
    for i in steps[-1][1] if steps else ():
        outline(image, raw.boxes[i], GREY, 2, 8)
    for i in kept:
        outline(image, raw.boxes[i], LIGHT[raw.kinds[i]], 7 if i == kept[-1] else 5, 8)
    said: dict[str, Any] = {"boxes": len(raw.scores), "kind": "", "score": 0.0, "removed": 0}
    if steps:
        said |= {"kind": KINDS[raw.kinds[kept[-1]]], "score": float(raw.scores[kept[-1]]), "removed": len(steps[-1][1])}
    return np.asarray(image), said


def photograph(made: Faces, found: Found, paint: Color) -> np.ndarray:
    """The photograph with boxes, and the true face in white."""
    colour = made.picture if made.picture.ndim == 3 else np.stack([made.picture] * 3, -1)
    image = Image.fromarray(colour.repeat(2, 0).repeat(2, 1))
    if made.truth is not None:
        outline(image, made.truth, (255, 255, 255), 3, 2)
    for box in found.boxes:
        outline(image, box, paint, 4 if len(found.boxes) < 50 else 2, 2)
    return np.asarray(image)


def alarms(result: Result) -> dict[str, Any]:
    """False boxes a photograph without a face after each round: a line a seed, and the cascade's."""
    made = result.faces
    assert made is not None
    x = np.arange(made.alarms.shape[1])
    thin = [Line("each seed", x, row, -1, width=1) for row in made.alarms.mean(2)]
    level = np.full(len(x), made.cascade_alarms.mean())
    mean = Line("mean", x, made.alarms.mean((0, 2)), BLUE, width=3)
    option = lines(
        "False boxes in a photograph",
        [*thin, mean, Line("cascade", x, level, GREEN, dashed=True)],
        "rounds of hard negatives",
    )
    return _whole(option, ["each seed", "mean", "cascade"], result.settings.rounds)


def recall(result: Result) -> dict[str, Any]:
    """Held-out faces that are recognised after each round: a line a seed."""
    made = result.faces
    assert made is not None
    x = np.arange(made.recall.shape[1])
    thin = [Line("each seed", x, 100 * row, -1, width=1) for row in made.recall]
    option = lines(
        "Held-out faces that are found (%)",
        [*thin, Line("mean", x, 100 * made.recall.mean(0), BLUE, width=3)],
        "rounds of hard negatives",
    )
    return _whole(option, ["each seed", "mean"], result.settings.rounds)


def _whole(option: dict[str, Any], names: list[str], rounds: int) -> dict[str, Any]:
    option["legend"]["data"] = names
    option["grid"]["bottom"] = 52
    option["xAxis"] |= {"minInterval": 1, "min": 0, "max": rounds}
    option["yAxis"] |= {"min": 0}
    return option


def mined(result: Result) -> np.ndarray:
    """Some of the hard negatives of the first seed."""
    assert result.faces is not None
    return grid([np.asarray(large(patch, 3)) for patch in result.faces.mined], 6)


# Two boxes.


def overlap(hand: ByHand) -> np.ndarray:
    """The true box in blue, the predicted one in orange, and what they share."""
    image = Image.new("RGB", hand.plane.shape, (232, 236, 240)).resize((384, 384))
    low, high = np.maximum(hand.truth[:2], hand.predicted[:2]), np.minimum(hand.truth[2:], hand.predicted[2:])
    if (high > low).all():
        ImageDraw.Draw(image).rectangle([*(8 * low), *(8 * high - 1)], fill=(190, 170, 200))
    outline(image, hand.truth, rgb(BLUE), 5, 8)
    outline(image, hand.predicted, rgb(ORANGE), 5, 8)
    return np.asarray(image)


def matched(hand: ByHand) -> np.ndarray:
    """The true box, and the anchors that are matched with it (thick: greedily), in grey those that are ignored."""
    image = Image.new("RGB", (384, 384), (232, 236, 240))
    for box in hand.anchors[hand.labels == -1]:
        outline(image, box, GREY, 2, 8)
    for box in hand.anchors[hand.labels == 1]:
        outline(image, box, rgb(GREEN), 3, 8)
    for box in hand.anchors[hand.first]:
        outline(image, box, rgb(GREEN), 7, 8)
    outline(image, hand.truth, rgb(BLUE), 5, 8)
    return np.asarray(image)


def region(hand: ByHand) -> np.ndarray:
    """The map with the parts of the predicted box."""
    image = large(hand.plane, 8)
    for top, bottom, left, right in hand.parts:
        outline(image, np.array([left, top, right, bottom]), LIGHT[2], 2, 8)
    outline(image, hand.predicted, rgb(ORANGE), 5, 8)
    return np.asarray(image)


def pooled(hand: ByHand) -> np.ndarray:
    """The highest value of each part."""
    times = 384 // len(hand.pooled)
    return np.asarray(large(hand.pooled, times))
