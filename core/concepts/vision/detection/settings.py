"""What can be set on the detection page: a detector of shapes, a detector of faces, and two boxes to compare by hand."""

from __future__ import annotations

import numpy as np

from core.data.boxed import SIDE
from core.data.strokes import Stroke, encode
from core.questions import Preset
from core.settings import Problem, Values, choice, drawn, hidden, number, settings

SHAPES, FACES = "shapes", "faces"
COMPARED = ("nms", "negatives", "greedy", "anchors")
OWN, CAMERA = "own", "camera"
GIVEN = (OWN, CAMERA)  # pictures that the learner has to give
STRIDE = 8  # pixels a cell of the grid of anchors is wide and high
SIZES, RATIOS = (14.0, 9.0, 21.0), (1.0, 2.0, 0.5)  # pixels, and width by height; fewer are the first of these
BETWEEN = 0.1  # anchors whose IoU lies so far below that of a positive one are neither positive nor negative
BATCH = 16
VALIDATION, TEST = 24, 80  # scenes of each seed
MEASURED = 10  # times that validation is measured in a run
LEAST_SCORE = 0.05  # of a box that counts
NMS = 0.45  # IoU over which the lower of two boxes is removed
THRESHOLDS = (0.1, 0.3, 0.45, 0.6, 0.8)  # that NMS is tried with


def _shapes(values: Values) -> bool:
    return bool(values["task"] == SHAPES)


def _faces(values: Values) -> bool:
    return bool(values["task"] == FACES)


@settings
class Settings:
    task: str = choice(SHAPES, (SHAPES, FACES), style="segment")
    compare: str = choice("nms", COMPARED, when=_shapes)
    picture: str = choice("astronaut", ("astronaut", *GIVEN), when=_faces)
    rounds: int = number(2, 1, 3, when=_faces)
    sizes: int = number(3, 1, 3, group="anchors", when=_shapes)
    ratios: int = number(3, 1, 3, group="anchors", when=_shapes)
    positive: float = number(0.5, 0.3, 0.7, step=0.05, group="anchors", when=_shapes)
    n: int = number(300, 50, 800, step=50, group="data", when=_shapes)
    noise: float = number(0.1, 0, 0.5, step=0.05, group="data", when=_shapes)
    overlap: float = number(0.0, 0, 0.5, step=0.1, group="data", when=_shapes)
    steps: int = number(150, 20, 400, step=10, group="training")
    lr: float = number(0.01, 0.001, 0.1, values=(0.001, 0.003, 0.01, 0.03, 0.1), group="training")
    width: int = number(16, 8, 24, step=4, group="training")
    seeds: int = number(4, 2, 8, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")
    own: str = hidden()  # digest of the learner's own picture

    def check(self) -> Problem | None:
        needed = self.task == FACES and self.picture in GIVEN
        return Problem("give_picture") if needed and not self.own else None

    @property
    def range(self) -> range:
        """The seeds."""
        return range(self.seed, self.seed + self.seeds)


def _box(label: int, left: int, top: int, right: int, bottom: int) -> Stroke:
    return Stroke(label, np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]], np.uint8))


TRUE_BOX = (10.0, 12.0, 32.0, 36.0)  # left, top, right and bottom, where the boxes come from sliders
START = encode([_box(0, 53, 64, 170, 191), _box(1, 85, 48, 202, 159)])


def _sliders(values: Values) -> bool:
    return bool(values["boxes_from"] == "sliders")


@settings
class ViewSettings:
    """Two boxes to compare by hand. Nothing here changes what the networks learn."""

    boxes_from: str = choice("sliders", ("sliders", "drawn"), style="segment", group="hand")
    left: int = number(16, 0, SIDE - 4, group="hand", when=_sliders)
    top: int = number(9, 0, SIDE - 4, group="hand", when=_sliders)
    wide: int = number(22, 4, SIDE, group="hand", when=_sliders)
    high: int = number(21, 4, SIDE, group="hand", when=_sliders)
    boxes: str = drawn(START, ("true", "predicted"), group="hand", when=lambda v: not _sliders(v))
    grid: int = number(4, 1, 8, group="hand")


PRESETS = (
    Preset("balance", {"compare": "negatives"}),
    Preset("faces", {"task": FACES}),
    Preset("crowd", {"overlap": 0.5}, works=False),
    Preset("one_anchor", {"compare": "anchors"}, works=False),
    Preset("short", {"steps": 40}, works=False),
)
