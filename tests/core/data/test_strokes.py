"""Drawings: the text that stands for one, what hostile texts give, and what a canvas sends."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.drawn import picture, scatter
from core.data.strokes import (
    MAX_TEXT,
    SIDE,
    Stroke,
    StrokesError,
    decode,
    encode,
    fitting,
    from_canvas,
    simplified,
    to_canvas,
)

COLORS = ("#0072B2", "#D55E00")
places = st.integers(0, SIDE)
paths = st.lists(st.tuples(places, places), min_size=1, max_size=40)
drawings = st.lists(st.tuples(st.integers(0, 1), paths), max_size=6)


def strokes(drawing: list[tuple[int, list[tuple[int, int]]]]) -> list[Stroke]:
    return [Stroke(label, np.array(path)) for label, path in drawing]


def same(one: list[Stroke], two: list[Stroke]) -> bool:
    return len(one) == len(two) and all(
        a.label == b.label and np.array_equal(a.path, b.path) for a, b in zip(one, two, strict=True)
    )


@settings(max_examples=50)
@given(drawings)
def test_a_text_gives_its_strokes_back(drawing: list[tuple[int, list[tuple[int, int]]]]) -> None:
    drawn = strokes(drawing)
    assert same(decode(encode(drawn), labels=2), drawn)


@settings(max_examples=100)
@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_-]{0,60}", fullmatch=True))
def test_any_text_is_a_drawing_or_refused(text: str) -> None:
    try:
        drawn = decode(text, labels=2)
    except StrokesError:
        return
    assert encode(drawn) == text


@pytest.mark.parametrize("text", ["?", "AA", "AAAA", "AgEAAA", "AAEAAA==", "A" * (MAX_TEXT + 4)])
def test_what_is_no_drawing_is_refused(text: str) -> None:
    with pytest.raises(StrokesError):
        decode(text, labels=2)


def test_a_path_keeps_its_shape_with_few_corners() -> None:
    angle = np.linspace(0, 2 * math.pi, 400)
    circle = 127 + 100 * np.stack([np.cos(angle), np.sin(angle)], 1)
    corners = simplified(circle)
    assert 10 < len(corners) < 60
    legs = np.stack([corners[:-1], corners[1:]], 1).astype(float)
    along = legs[:, 1] - legs[:, 0]
    way = ((circle[:, None] - legs[:, 0]) * along).sum(-1) / (along**2).sum(-1)
    nearest = legs[:, 0] + way.clip(0, 1)[..., None] * along
    assert np.linalg.norm(circle[:, None] - nearest, axis=-1).min(1).max() < 2
    assert len(simplified(np.array([[10.0, 10.0], [10.2, 10.0]]))) == 1


def test_what_does_not_fit_into_a_link_is_left_out() -> None:
    many = [Stroke(0, np.zeros((100, 2), int))] * 10
    kept = fitting(many)
    assert 0 < len(kept) < 10 and len(encode(kept)) <= MAX_TEXT < len(encode([*kept, many[0]]))


def test_a_canvas_gives_back_what_it_was_given() -> None:
    drawn = [Stroke(0, np.array([[0, 0], [255, 128], [60, 200]])), Stroke(1, np.array([[40, 50]]))]
    assert same(from_canvas(to_canvas(drawn, COLORS, 240, 6), COLORS, 240), drawn)


def test_a_stroke_that_was_moved_turned_and_scaled() -> None:
    item: dict[str, Any] = to_canvas([Stroke(0, np.array([[0, 0], [100, 0]]))], COLORS, 255, 6)["objects"][0]
    item |= {"left": 100, "top": 50, "angle": 90, "scaleX": 0.5}
    (moved,) = from_canvas({"objects": [item]}, COLORS, 255)
    assert moved.path.tolist() == [[100, 25], [100, 75]]


@pytest.mark.parametrize(
    "item",
    [
        3, None, {}, {"stroke": "#0072B2"}, {"stroke": "#0072B2", "path": 3, "left": 0, "top": 0},
        {"stroke": "#0072B2", "path": [["M", "a", "b"]], "left": 0, "top": 0},
        {"stroke": "#0072B2", "path": [["M", 1e999, 0]], "left": 0, "top": 0},
        {"stroke": "#0072B2", "path": [], "left": 0, "top": 0},
        {"stroke": "#000000", "path": [["M", 1, 1]], "left": 0, "top": 0},
    ],
)  # fmt: skip
def test_what_a_browser_sends_that_makes_no_sense_is_left_out(item: Any) -> None:
    assert from_canvas({"objects": [item]}, COLORS, 240) == []


def test_points_lie_on_the_strokes_of_their_class() -> None:
    text = encode([Stroke(0, np.array([[0, 255], [255, 255]])), Stroke(1, np.array([[0, 0], [255, 0]]))])
    x, y = scatter(text, 1001, 0.0, 3)
    assert x.shape == (1001, 2) and x.dtype == np.float32 and np.bincount(y).tolist() == [501, 500]
    assert np.allclose(x[:, 1], np.where(y == 0, -1.5, 1.5))  # downwards on a canvas, upwards in a chart
    assert abs(x[:, 0].mean()) < 0.1 and np.ptp(x[:, 0]) > 2.9  # anywhere along a stroke
    noisy, _ = scatter(text, 4000, 0.5, 3)
    assert noisy[::2, 1].std() == pytest.approx(0.2, rel=0.1)


def test_a_picture_of_a_stroke() -> None:
    image = picture(encode([Stroke(0, np.array([[128, 20], [128, 235]]))]), 28, 0.1)
    assert image.shape == (28, 28) and image.dtype == np.float32
    assert image[14, 14] == 1 and image[14, :9].max() == 0 and image[:, 14].sum() > 20
