"""What somebody draws: strokes of one or several kinds, as a text that is short enough for a link.

A stroke is its label (the number of its kind) and its path in a square of 0 to 255, x to the right and y downwards. The text is
URL-safe base64 of, for each stroke, one byte of label, one of length and two for each corner of its path.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

SIDE = 255  # the last place on a side of the square
MAX_TEXT = 1500  # characters: a link should not be longer
MAX_STROKES, MAX_CORNERS = 300, 2000  # that are looked at, of what a browser sends
TOLERANCE = 1.0  # places by which a path may be simplified


class StrokesError(ValueError):
    """A text that is no drawing."""


class Stroke(NamedTuple):
    label: int
    path: np.ndarray  # (corners, 2) of uint8


def encode(strokes: Iterable[Stroke]) -> str:
    """The text of the strokes."""
    raw = b"".join(bytes([s.label, len(s.path)]) + s.path.astype(np.uint8).tobytes() for s in strokes)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(text: str, labels: int) -> list[Stroke]:
    """The strokes of a text, which may come from anywhere; StrokesError when it is none of ours. labels: how many there are."""
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise StrokesError("no text, or too long")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise StrokesError("not base64") from error
    strokes, at = [], 0
    while at < len(raw):
        label, length = raw[at], raw[at + 1] if at + 1 < len(raw) else 0
        path = np.frombuffer(raw[at + 2 : at + 2 + 2 * length], np.uint8)
        if label >= labels or not length or len(path) < 2 * length:
            raise StrokesError("no stroke")
        strokes.append(Stroke(label, path.reshape(length, 2)))
        at += 2 + 2 * length
    if encode(strokes) != text:
        raise StrokesError("written in another way")  # one drawing has one text, so equal settings are equal
    return strokes


def simplified(path: np.ndarray) -> np.ndarray:
    """A path (n, 2) within the square with no more corners than it needs: (m, 2) uint8, m <= 255."""
    from skimage.measure import approximate_polygon  # here: only whoever draws needs it

    tolerance = TOLERANCE
    path = np.clip(path, 0, SIDE)
    if not np.isfinite(path).all():
        raise ValueError("not a number")
    corners = approximate_polygon(path, tolerance)
    while len(corners) > SIDE:
        tolerance *= 2
        corners = approximate_polygon(path, tolerance)
    if len(corners) > 1 and (np.ptp(corners, 0) < 1).all():
        corners = corners[:1]  # a dot
    return np.asarray(corners.round(), np.uint8)


def fitting(strokes: Iterable[Stroke]) -> list[Stroke]:
    """As many of the first strokes as fit into a text."""
    kept, room = [], MAX_TEXT * 3 // 4  # bytes
    for stroke in strokes:
        room -= 2 + 2 * len(stroke.path)
        if room < 0:
            break
        kept.append(stroke)
    return kept


def from_canvas(drawing: dict[str, Any], colors: Sequence[str], side: float) -> list[Stroke]:
    """The strokes of a Fabric.js drawing on a canvas of `side` pixels; colors: of the labels.

    A path is written where it was drawn; it may have been moved, turned and made larger since. What is no path is left out, and so
    is what makes no sense: a browser can send anything.
    """
    strokes = []
    for item in drawing["objects"][:MAX_STROKES]:
        try:
            label = colors.index(item["stroke"])
            path = np.array([step[-2:] for step in item["path"][:MAX_CORNERS]], float)  # (n, 2): where each curve ends
            if not np.isfinite(path).all():
                continue
            middle = (path.min(0) + path.max(0)) / 2
            turn = np.exp(1j * np.radians(float(item.get("angle", 0))))
            moved = (path - middle) * [float(item.get("scaleX", 1)), float(item.get("scaleY", 1))]
            turned = (moved[:, 0] + 1j * moved[:, 1]) * turn
            places = np.column_stack([turned.real + float(item["left"]), turned.imag + float(item["top"])])
            strokes.append(Stroke(label, simplified(places / side * SIDE)))
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return strokes


def to_canvas(strokes: Iterable[Stroke], colors: Sequence[str], side: float, width: int) -> dict[str, Any]:
    """The strokes as a Fabric.js drawing, which a canvas of `side` pixels opens with. width: of a line, in pixels."""
    objects = []
    for stroke in strokes:
        path = stroke.path / SIDE * side
        corners = path if len(path) > 1 else np.concatenate([path, path + 0.02])
        (left, top), (right, bottom) = corners.min(0), corners.max(0)
        objects.append(
            {
                "type": "Path", "originX": "center", "originY": "center", "left": (left + right) / 2,
                "top": (top + bottom) / 2, "width": right - left, "height": bottom - top, "fill": None,
                "stroke": colors[stroke.label], "strokeWidth": width, "strokeLineCap": "round", "strokeLineJoin": "round",
                "path": [["M", *corners[0].tolist()], *(["L", *corner.tolist()] for corner in corners[1:])],
            }
        )  # fmt: skip
    return {"objects": objects}
