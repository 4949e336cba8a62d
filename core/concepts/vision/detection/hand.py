"""Two boxes that the learner sets: their overlap, what leads from one to the other, the anchors they match, and RoI pooling."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from skimage.color import rgb2gray
from skimage.transform import resize

from core.concepts.vision.detection.boxes import anchors, encode, iou, match, roi_pool
from core.concepts.vision.detection.result import ByHand
from core.concepts.vision.detection.settings import RATIOS, SIZES, TRUE_BOX, Settings, ViewSettings
from core.data.boxed import SIDE
from core.data.pictures import photo
from core.data.strokes import SIDE as PLACES
from core.data.strokes import decode

LEAST = 1.0  # pixels of a drawn box


def compare(settings: Settings, view: ViewSettings) -> ByHand:
    """All that is said about the two boxes, with the anchors of the settings."""
    truth, predicted = boxes_of(view)
    anchor = anchors(SIZES[: settings.sizes], RATIOS[: settings.ratios])
    labels, _, first = match(anchor, (truth[None], np.ones(1, int)), settings.positive)
    pooled, parts = roi_pool(plane(), predicted, view.grid)
    overlap = float(iou(truth[None], predicted[None])[0, 0])
    offsets = encode(predicted[None], truth[None])[0]
    best = float(iou(anchor, truth[None]).max())
    return ByHand(
        truth, predicted, overlap, offsets, anchor, labels, first, best, plane(), pooled, parts, settings.positive
    )


def boxes_of(view: ViewSettings) -> tuple[np.ndarray, np.ndarray]:
    """The true and the predicted box, within the picture. A drawn box is the smallest one around its last stroke."""
    if view.boxes_from == "sliders":
        right, bottom = min(SIDE, view.left + view.wide), min(SIDE, view.top + view.high)
        return np.array(TRUE_BOX), np.array([view.left, view.top, right, bottom], float)
    drawn = [np.zeros(4)] * 2
    for stroke in decode(view.boxes, 2):
        path = stroke.path / PLACES * SIDE
        low = np.minimum(path.min(0), SIDE - LEAST)
        drawn[stroke.label] = np.concatenate([low, np.maximum(path.max(0), low + LEAST)])
    return drawn[0], drawn[1]


@lru_cache(maxsize=1)
def plane() -> np.ndarray:
    """A small picture that stands for a feature map: (SIDE, SIDE) in [0, 1]."""
    return np.asarray(resize(rgb2gray(photo("astronaut")[:300, 75:375]), (SIDE, SIDE), anti_aliasing=True))
