"""What the two networks show, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.vision.segmentation.settings import WAYS, Settings
from core.data.shapes import CLASSES
from core.stats import Interval, mean_interval

ByWay = dict[str, np.ndarray]  # "no skip" and "skip"
DISTANCES = (1, 2, 3, 4, 6, 9)  # pixels: where each group of distances begins
AT_EDGE = 2  # groups of DISTANCES that count as at the edge: pixels less than 3 away


@dataclass(frozen=True)
class Result:
    """Both networks of every seed, as far as they are trained. What only a complete run has is empty until then."""

    settings: Settings
    fraction: float  # share of the run that is done
    step: int  # training steps that are done
    history: pd.DataFrame  # a row a measurement: variant, seed, step, split, metric, value
    pictures: np.ndarray  # validation scenes that are shown, of the first seed: (some, SIDE, SIDE) float32
    truth: np.ndarray  # their classes (some, SIDE, SIDE) uint8
    predicted: ByWay  # the classes that the first seed's networks predict, likewise
    confusion: ByWay = field(default_factory=dict)  # test pixels (seeds, true class, predicted class)
    far_pixels: np.ndarray | None = None  # test pixels at each distance from an edge (seeds, distances)
    far_errors: ByWay = field(default_factory=dict)  # misclassified pixels among them (seeds, distances)
    kernels: np.ndarray | None = (
        None  # (2, size, size) of the first seed without skip: circle to circle, at start and end
    )

    @property
    def complete(self) -> bool:
        return bool(self.confusion)

    def iou(self, way: str) -> np.ndarray:
        """Intersection over union of each class on test scenes: (seeds, classes)."""
        counts = self.confusion[way]
        both = np.diagonal(counts, axis1=1, axis2=2)
        return np.asarray(both / np.maximum(1, counts.sum(1) + counts.sum(2) - both))

    def mean_iou(self, way: str) -> np.ndarray:
        """Mean over the classes: (seeds,)."""
        return np.asarray(self.iou(way).mean(1))

    def accuracy(self, way: str) -> np.ndarray:
        """Share of test pixels that are classified right: (seeds,)."""
        counts = self.confusion[way]
        return np.asarray(np.trace(counts, axis1=1, axis2=2) / counts.sum((1, 2)))

    @property
    def background(self) -> float:
        """Share of test pixels that are background."""
        counts = self.confusion[WAYS[0]].sum(0)
        return float(counts[0].sum() / counts.sum())

    def gain(self) -> Interval:
        """Mean IoU with skip minus without, paired over seeds. Every seed has starts, training and test scenes of its own,
        so the interval covers all three."""
        return mean_interval(self.mean_iou("skip") - self.mean_iou("no skip"), bounds=(-1, 1))

    def gains(self) -> list[tuple[str, Interval, np.ndarray]]:
        """The same for each class, and for pixel accuracy: name, interval and values. The intervals are wide enough for all
        of them to be right at once 95 times in 100 (Bonferroni)."""
        rows = [(name, self.iou("skip")[:, c] - self.iou("no skip")[:, c]) for c, name in enumerate(CLASSES)]
        rows.append(("accuracy", self.accuracy("skip") - self.accuracy("no skip")))
        level = 1 - 0.05 / len(rows)
        return [(name, mean_interval(values, level, bounds=(-1, 1)), values) for name, values in rows]

    def error_rate(self, way: str, near: bool | None = None) -> np.ndarray:
        """Share of misclassified pixels at each distance (seeds, distances); near: of all at the edge, or all farther in (seeds,)."""
        assert self.far_pixels is not None
        errors, pixels = self.far_errors[way], self.far_pixels
        if near is not None:
            part = slice(AT_EDGE) if near else slice(AT_EDGE, None)
            errors, pixels = errors[:, part].sum(1), pixels[:, part].sum(1)
        return np.asarray(errors / np.maximum(1, pixels))

    def corrected(self, near: bool) -> np.ndarray:
        """Share of pixels, at the edge or farther in, that the skip classifies right on balance: (seeds,)."""
        return np.asarray(self.error_rate("no skip", near) - self.error_rate("skip", near))

    def sharper(self) -> Interval:
        """How much more of the pixels at the edge the skip corrects than of those farther in."""
        return mean_interval(self.corrected(True) - self.corrected(False), bounds=(-2, 2))

    def frame(self) -> pd.DataFrame:
        """Every measurement, a row each."""
        return self.history


@dataclass(frozen=True)
class Scribbled:
    """What a pixel classifier makes of a picture and strokes on it."""

    picture: np.ndarray  # (side, side, 3) uint8
    marks: np.ndarray  # (side, side) int: the kind of the stroke over a pixel, -1 for none
    subject: np.ndarray  # (side, side) probability that a pixel belongs to the subject
    pixels: tuple[int, int]  # how many pixels are marked as subject and as rest
    folds: int  # how many times strokes of both kinds were left out; 0 when there are too few
    held_out: tuple[float, float]  # share of the pixels of left-out strokes that are predicted right, of each kind
    features: int  # how many numbers describe a pixel

    @property
    def unsure(self) -> float:
        """Share of the pixels whose probability lies between 0.3 and 0.7."""
        return float((np.abs(self.subject - 0.5) < 0.2).mean())
