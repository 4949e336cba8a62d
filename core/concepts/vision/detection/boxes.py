"""Arithmetic of boxes (left, top, right, bottom), without torch: IoU, offsets, matching, NMS, RoI pooling, average precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.concepts.vision.detection.settings import BETWEEN, STRIDE
from core.data.boxed import KINDS, SIDE, Boxes

OFFSET_SCALES = 0.1, 0.2  # that offsets are divided by, so that those of a usual anchor are about 1
LARGEST_OFFSET = 20.0  # of a size: e^4 times as large


@dataclass(frozen=True)
class Found:
    """Boxes that are predicted in one picture, the highest score first."""

    boxes: np.ndarray  # left, top, right, bottom (n, 4), in pixels
    kinds: np.ndarray  # the class of each (n,)
    scores: np.ndarray  # its predicted probability (n,)

    def part(self, chosen: np.ndarray) -> Found:
        return Found(self.boxes[chosen], self.kinds[chosen], self.scores[chosen])


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of every box of a (n, 4) with every box of b (m, 4): (n, m)."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (a, b)]
    return np.asarray(shared / np.maximum(1e-12, areas[0][:, None] + areas[1] - shared))


def anchors(sizes: Sequence[float], ratios: Sequence[float]) -> np.ndarray:
    """An anchor of each size and ratio in the middle of each cell: (sizes * ratios * cells, 4)."""
    middle = (np.arange(SIDE // STRIDE) + 0.5) * STRIDE
    y, x = np.meshgrid(middle, middle, indexing="ij")
    centre = np.stack([x, y], -1).reshape(-1, 2)
    halves = [np.array([size * ratio**0.5, size / ratio**0.5]) / 2 for size in sizes for ratio in ratios]
    return np.concatenate([np.concatenate([centre - half, centre + half], 1) for half in halves])


def encode(anchor: np.ndarray, box: np.ndarray) -> np.ndarray:
    """What leads from each anchor (n, 4) to its box (n, 4): shift by its width and height, and logarithm of the sizes' ratio."""
    size, wanted = (b[:, 2:] - b[:, :2] for b in (anchor, box))
    shift = (box[:, :2] + box[:, 2:] - anchor[:, :2] - anchor[:, 2:]) / 2
    return np.concatenate([shift / size / OFFSET_SCALES[0], np.log(wanted / size) / OFFSET_SCALES[1]], 1)


def decode(anchor: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """The boxes to which offsets (..., n, 4) lead from the anchors (n, 4)."""
    size, middle = anchor[:, 2:] - anchor[:, :2], (anchor[:, :2] + anchor[:, 2:]) / 2
    middle = middle + OFFSET_SCALES[0] * size * offsets[..., :2]
    half = size * np.exp(OFFSET_SCALES[1] * np.clip(offsets[..., 2:], -LARGEST_OFFSET, LARGEST_OFFSET)) / 2
    return np.concatenate([middle - half, middle + half], -1)


def match(
    anchor: np.ndarray, truth: Boxes, positive: float, greedy: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The class of each anchor (0: negative, -1: ignored), the number of its true box, and whether it was matched greedily."""
    boxes, kinds = truth
    overlap = iou(anchor, boxes)
    nearest, most = overlap.argmax(1), overlap.max(1)
    labels = np.where(most >= positive, kinds[nearest], np.where(most < positive - BETWEEN, 0, -1))
    first = np.zeros(len(anchor), bool)
    for _ in range(
        len(boxes) if greedy else 0
    ):  # every true box takes the best anchor that is free, the best pair first
        i, j = np.unravel_index(overlap.argmax(), overlap.shape)
        labels[i], nearest[i], first[i] = kinds[j], j, True
        overlap[i], overlap[:, j] = -1, -1
    return labels, nearest, first


def nms_steps(found: Found, threshold: float) -> list[tuple[int, np.ndarray]]:
    """Non-maximum suppression, a step a box that is kept: its number, and those of the boxes of its class that it removes."""
    left, steps = np.ones(len(found.scores), bool), []
    for i in np.argsort(-found.scores, kind="stable"):
        if left[i]:
            left[i] = False
            close = left & (found.kinds == found.kinds[i]) & (iou(found.boxes[i : i + 1], found.boxes)[0] > threshold)
            left &= ~close
            steps.append((int(i), np.flatnonzero(close)))
    return steps


def roi_pool(plane: np.ndarray, box: np.ndarray, bins: int) -> tuple[np.ndarray, list[tuple[int, int, int, int]]]:
    """The highest value in each of bins x bins parts of a box in a map (H, W), as torchvision.ops.roi_pool rounds them; and the
    parts: first and last-plus-one row, likewise column."""
    left, top, right, bottom = (int(np.floor(v + 0.5)) for v in box)
    high, wide = max(1, bottom - top + 1), max(1, right - left + 1)

    def ends(start: int, size: int, i: int, most: int) -> tuple[int, int]:
        low, top = np.floor(i * size / bins), np.ceil((i + 1) * size / bins)
        return tuple(int(np.clip(start + v, 0, most)) for v in (low, top))  # type: ignore[return-value]

    pooled, parts = np.zeros((bins, bins)), []
    for i in range(bins):
        for j in range(bins):
            rows, columns = ends(top, high, i, plane.shape[0]), ends(left, wide, j, plane.shape[1])
            part = plane[slice(*rows), slice(*columns)]
            pooled[i, j] = part.max() if part.size else 0
            parts.append((*rows, *columns))
    return pooled, parts


def average_precision(found: Sequence[Found], truth: Sequence[Boxes], least: float) -> np.ndarray:
    """Average precision of each class over pictures: boxes in the order of their scores, each right where its best true box of
    that class has an IoU of at least `least` and is not found yet; area under precision, made falling, over recall."""
    scores, right, kinds = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    for mine, (boxes, labels) in zip(found, truth, strict=True):
        hit = np.zeros(len(mine.scores), bool)
        if len(mine.scores):
            overlap = np.where(mine.kinds[:, None] == labels, iou(mine.boxes, boxes), 0)
            best, most, taken = overlap.argmax(1), overlap.max(1), set[int]()
            for i in np.argsort(-mine.scores, kind="stable"):
                if most[i] >= least and best[i] not in taken:
                    hit[i] = True
                    taken.add(best[i])
        scores, right, kinds = [*scores, mine.scores], [*right, hit], [*kinds, mine.kinds]
    score, hits, kind = (np.concatenate(parts) for parts in (scores, right, kinds))
    there = np.concatenate([labels for _, labels in truth])
    return np.array([area(score[kind == k], hits[kind == k], int((there == k).sum())) for k in range(1, len(KINDS))])


def area(scores: np.ndarray, right: np.ndarray, there: int) -> float:
    """Area under the precision-recall curve of boxes that are right or not, where `there` should be found."""
    hits = right[np.argsort(-scores, kind="stable")].cumsum()
    precision = hits / np.arange(1, len(hits) + 1)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(hits, prepend=0) * falling).sum() / max(1, there))
