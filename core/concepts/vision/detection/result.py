"""What the detectors show, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.vision.detection.boxes import Found
from core.concepts.vision.detection.settings import Settings
from core.data.boxed import KINDS, Boxes
from core.stats import Interval, mean_interval

FULL, CHANGED = "full", "changed"  # everything as it should be, and with one part of it left out
WAYS = (FULL, CHANGED)


@dataclass(frozen=True)
class Shapes:
    """Both detectors of every seed on scenes of made shapes. What only a complete run has is empty until then."""

    pictures: np.ndarray  # validation scenes that are shown, of the first seed: (some, SIDE, SIDE) float32
    truth: list[Boxes]  # their true boxes and classes
    found: dict[str, list[Found]]  # what the first seed's detectors predict in them, by way
    raw: list[Found]  # what the full detector predicts in them before non-maximum suppression
    labels: np.ndarray  # training anchors that are negative, ignored and positive (seeds, 3), of the full detector
    uncovered: np.ndarray  # share of training boxes without an anchor over the threshold (seeds,)
    precision: dict[str, np.ndarray] = field(
        default_factory=dict
    )  # AP at IoU 0.5 on test scenes (seeds, classes), by way
    strict: dict[str, np.ndarray] = field(default_factory=dict)  # likewise at IoU 0.75
    count: dict[str, np.ndarray] = field(default_factory=dict)  # boxes a test scene (seeds,), by way
    by_threshold: np.ndarray | None = None  # mean AP of the full detector (seeds, THRESHOLDS and last without NMS)
    objects: np.ndarray | None = None  # true boxes a test scene (seeds,)


@dataclass(frozen=True)
class Faces:
    """Face detectors on one photograph, after each round of training, and a cascade beside them."""

    picture: np.ndarray  # the photograph (H, W, 3) uint8
    truth: np.ndarray | None  # the true box of the face in it (4,), where it is known
    found: list[Found]  # what the first seed's detector finds in it after each round that has begun
    cascade: Found  # what the cascade finds in it
    mined: np.ndarray  # windows that were taken for faces and became negatives, some of the first seed's (some, 25, 25)
    counts: np.ndarray  # how many negatives were added before each round but the first (seeds, rounds)
    recall: np.ndarray  # share of held-out faces that are recognised (seeds, 1 + rounds); NaN: not yet
    rejected: np.ndarray  # share of held-out patches without a face that are rejected, likewise
    alarms: np.ndarray  # boxes in photographs without a face (seeds, 1 + rounds, photographs); NaN: not yet
    hit: (
        np.ndarray
    )  # whether the best box on the true face overlaps it well (seeds, 1 + rounds); NaN: not yet, or not known
    cascade_alarms: np.ndarray  # boxes of the cascade in these photographs (photographs,)
    windows: int  # that are classified in one of these photographs, on average


@dataclass(frozen=True)
class Result:
    """One of the two experiments, as far as it has come."""

    settings: Settings
    fraction: float  # share of the run that is done
    step: int  # training steps that are done
    history: pd.DataFrame  # a row a measurement: variant, seed, step, split, metric, value
    shapes: Shapes | None = None  # of the detector of shapes
    faces: Faces | None = None  # of the detector of faces

    @property
    def complete(self) -> bool:
        return self.fraction >= 1

    def ap(self, way: str) -> np.ndarray:
        """Mean average precision over the classes on test scenes: (seeds,)."""
        assert self.shapes is not None
        return np.asarray(self.shapes.precision[way].mean(1))

    def gain(self) -> Interval:
        """Mean AP of the full detector minus that of the changed one, paired over seeds. Every seed has starts, training and
        test scenes of its own, so the interval covers all three."""
        return mean_interval(self.ap(FULL) - self.ap(CHANGED), bounds=(-1, 1))

    def gains(self) -> list[tuple[str, Interval, np.ndarray]]:
        """The same for each class and at a stricter IoU: name, interval and values. The intervals are wide enough for all of
        them to be right at once 95 times in 100 (Bonferroni)."""
        assert self.shapes is not None
        made = self.shapes
        each = made.precision[FULL] - made.precision[CHANGED]
        rows = [(name, each[:, c]) for c, name in enumerate(KINDS[1:])]
        rows.append(("IoU 0.75", made.strict[FULL].mean(1) - made.strict[CHANGED].mean(1)))
        level = 1 - 0.05 / len(rows)
        return [(name, mean_interval(values, level, bounds=(-1, 1)), values) for name, values in rows]

    def fewer_alarms(self) -> Interval:
        """False boxes a photograph that the rounds of hard negatives remove, paired over seeds. The photographs are always the
        same, so the interval covers other starts and other patches to train on, not other photographs."""
        assert self.faces is not None
        a_picture = self.faces.alarms.mean(2)
        return mean_interval(a_picture[:, 0] - a_picture[:, -1], rows=self.faces.alarms.shape[2])

    def recall_change(self) -> Interval:
        """Share of held-out faces that are recognised after the last round minus after the first, paired over seeds."""
        assert self.faces is not None
        return mean_interval(self.faces.recall[:, -1] - self.faces.recall[:, 0], rows=30, bounds=(-1, 1))

    def frame(self) -> pd.DataFrame:
        """Every measurement, a row each."""
        return self.history


@dataclass(frozen=True)
class ByHand:
    """What there is to say about two boxes."""

    truth: np.ndarray  # left, top, right, bottom (4,), in pixels
    predicted: np.ndarray  # likewise
    iou: float  # intersection over union of the two
    offsets: np.ndarray  # that lead from the predicted box to the true one (4,)
    anchors: np.ndarray  # every anchor (n, 4)
    labels: np.ndarray  # 1: matched with the true box, 0: negative, -1: ignored (n,)
    first: np.ndarray  # whether an anchor was matched greedily (n,)
    best: float  # highest IoU of an anchor with the true box
    plane: np.ndarray  # what stands for a feature map (SIDE, SIDE)
    pooled: np.ndarray  # the highest value of each part of the predicted box (bins, bins)
    parts: list[tuple[int, int, int, int]]  # first and last-plus-one row of each part, likewise column
    positive: float  # IoU from which an anchor is positive
