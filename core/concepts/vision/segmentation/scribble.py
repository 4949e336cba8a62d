"""A pixel classifier: strokes on a picture are the training examples, and every other pixel is predicted."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from skimage.color import rgb2lab
from skimage.filters import gaussian, sobel
from sklearn.ensemble import ExtraTreesClassifier

from core.concepts.vision.segmentation.result import Scribbled
from core.concepts.vision.segmentation.settings import FEATURES, REST, SUBJECT, ViewSettings
from core.data.pictures import photo
from core.data.strokes import SIDE as PLACES
from core.data.strokes import decode

SIDE = 128  # pixels
LINE = 3  # pixels
TREES, DEPTH = 15, 10
FOLDS = 5  # at most, so that an answer takes a tenth of a second
SMOOTH = (2, 5)  # standard deviations, in pixels


def paper(view: str, own: np.ndarray | None = None) -> np.ndarray:
    """The square that is scribbled on: the middle of the photograph called `view`, or of the learner's own."""
    return square(photo(view) if own is None else own)


def square(image: np.ndarray) -> np.ndarray:
    """The middle square of a picture (H, W, 3) uint8, (SIDE, SIDE, 3)."""
    h, w, _ = image.shape
    side = min(h, w)
    middle = image[(h - side) // 2 :, (w - side) // 2 :][:side, :side]
    return np.asarray(Image.fromarray(middle).resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def described(picture: np.ndarray, level: str) -> np.ndarray:
    """Numbers that describe each pixel (SIDE * SIDE, features): its colour (Lab); the colours and edges around it; its place."""
    lab = rgb2lab(picture)
    parts = [lab]
    if FEATURES.index(level) > 0:
        parts += [gaussian(lab, sigma, channel_axis=-1) for sigma in SMOOTH]
        parts += [sobel(gaussian(lab[..., 0], sigma))[..., None] for sigma in (1, 2)]
    if FEATURES.index(level) > 1:
        parts.append(np.moveaxis(np.mgrid[:SIDE, :SIDE], 0, -1) / SIDE)
    return np.concatenate(parts, -1).reshape(SIDE * SIDE, -1).astype(np.float32)


def marked(text: str) -> tuple[np.ndarray, np.ndarray]:
    """The kind of stroke over each pixel (SIDE, SIDE), -1 for none, and the stroke's number among its kind. Of strokes that
    cross, the later one counts."""
    kinds, numbers = np.full((SIDE, SIDE), -1), np.full((SIDE, SIDE), -1)
    drawn = [0, 0]
    for stroke in decode(text, labels=2):
        image = Image.new("1", (SIDE, SIDE))
        corners = [tuple(corner) for corner in (stroke.path / PLACES * (SIDE - 1)).tolist()]
        ImageDraw.Draw(image).line(corners * (2 if len(corners) == 1 else 1), fill=1, width=LINE)
        if len(corners) == 1:
            image.putpixel((round(corners[0][0]), round(corners[0][1])), 1)
        here = np.asarray(image)
        kinds[here], numbers[here] = stroke.label, drawn[stroke.label]
        drawn[stroke.label] += 1
    return kinds, numbers


def classifier() -> ExtraTreesClassifier:
    """Trees that vote, both kinds with equal weight however many pixels they have."""
    return ExtraTreesClassifier(TREES, max_depth=DEPTH, class_weight="balanced", random_state=0)


def probability(x: np.ndarray, kinds: np.ndarray, some: np.ndarray) -> np.ndarray:
    """How likely each pixel is subject, by a classifier trained on some marked pixels; 0 or 1 where these are of one kind."""
    if len(set(kinds[some])) == 1:
        return np.full(len(x), float(kinds[some][0] == SUBJECT))
    return np.asarray(classifier().fit(x[some], kinds[some]).predict_proba(x)[:, SUBJECT])


def segment(view: ViewSettings, picture: np.ndarray) -> Scribbled:
    """Trains a classifier on the strokes on a square picture and predicts every pixel; also without some strokes, to check it
    on these."""
    marks, numbers = marked(view.scribbles)
    kinds, number = marks.ravel(), numbers.ravel()
    x = described(picture, view.features)
    seen = kinds >= 0
    subject = probability(x, kinds, seen)
    folds = min(FOLDS, *(len(set(number[kinds == kind])) for kind in (SUBJECT, REST)))
    right = np.full(len(x), np.nan)
    for fold in range(folds) if folds > 1 else ():
        out = seen & (number % folds == fold)
        guess = probability(x, kinds, seen & ~out) > 0.5
        right[out] = guess[out] == (kinds[out] == SUBJECT)
    counts = [int((kinds == kind).sum()) for kind in (SUBJECT, REST)]
    shares = [float(right[kinds == kind].mean()) if folds > 1 and counts[kind] else 0.0 for kind in (SUBJECT, REST)]
    return Scribbled(
        picture,
        marks,
        subject.reshape(SIDE, SIDE),
        (counts[0], counts[1]),
        folds if folds > 1 else 0,
        (shares[0], shares[1]),
        x.shape[1],
    )
