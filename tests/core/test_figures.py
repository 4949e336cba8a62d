"""What is drawn is what was measured: bands, gaps, colours and hover texts."""

import html
import json
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.concepts.optimization.training.figures import confusion_matrix
from core.figures import bars, fields
from core.figures.curves import Curve, curves, over_seeds
from core.figures.intervals import forest
from core.figures.look import COLORS, color, faint, literal, rgb
from core.stats import Interval

AXES = (np.linspace(-2, 2, 100), np.linspace(-1, 3, 100))


def curve(low: Any, mean: Any, high: Any, **more: Any) -> Curve:
    low, mean, high = (np.asarray(v, float) for v in (low, mean, high))
    return Curve(more.pop("name", "line"), np.arange(len(mean)), mean, low, high, **{"color": 0, **more})


def lines(option: dict[str, Any]) -> dict[str, list[tuple[float, float | None]]]:
    return {s["id"]: s["data"] for s in option["series"]}


def ys(data: list[tuple[float, float | None]]) -> list[float | None]:
    return [y for _, y in data]


def test_each_band_stacks_from_low_to_high_on_its_own() -> None:
    option = curves("t", [curve([1, 2], [3, 3], [5, 7]), curve([-4, 0], [0, 0], [4, 8])], "epoch")
    drawn = lines(option)
    for i, (low, high) in enumerate([([1, 2], [5, 7]), ([-4, 0], [4, 8])]):
        assert ys(drawn[f"low{i}"]) == low
        assert [a + b for a, b in zip(ys(drawn[f"low{i}"]), ys(drawn[f"high{i}"]), strict=True)] == high
    stacks = {s["id"]: s.get("stack") for s in option["series"]}
    assert stacks["low0"] == stacks["high0"] != stacks["low1"] == stacks["high1"]
    assert stacks["mean0"] is None
    assert {s["stackStrategy"] for s in option["series"] if s.get("stack")} == {"all"}  # or negative lows would not add


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 700), st.integers(2, 60))
def test_no_line_has_more_values_than_asked_for_and_the_ends_are_kept(n: int, points: int) -> None:
    v = np.arange(float(n))
    for data in lines(curves("t", [curve(v, v, v)], "epoch", points=points)).values():
        assert len(data) == min(n, points)
        assert not n or (data[0][0], data[-1][0]) == (0, n - 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_what_is_not_finite_leaves_a_gap_and_the_option_stays_json(bad: float) -> None:
    option = curves("t", [curve([0, bad, 1], [1, bad, 2], [2, bad, 3])], "epoch", percent=True, x_max=5)
    json.dumps(option, allow_nan=False)
    for data in lines(option).values():
        assert [y is None for y in ys(data)] == [False, True, False]


def test_a_band_with_one_open_side_is_left_out_but_its_line_is_drawn() -> None:
    drawn = lines(curves("t", [curve([0, 0], [1, 1], [2, np.inf])], "epoch"))
    assert ys(drawn["high0"]) == [2, None] and ys(drawn["mean0"]) == [1, 1]


def test_shares_become_percent_and_held_out_data_is_dashed() -> None:
    series = [curve([0.1], [0.2], [0.3], name="train"), curve([0], [0.5], [1], name="validation", color=1, dashed=True)]
    option = curves("Accuracy", series, "epoch", percent=True)
    assert ys(lines(option)["mean0"]) == [20] and option["yAxis"]["max"] == 100
    mean = {s["name"]: s for s in option["series"] if "name" in s}
    assert option["legend"]["data"] == ["train", "validation"] == list(mean)
    assert [mean[n]["lineStyle"]["type"] for n in mean] == ["solid", "dashed"]
    assert [mean[n]["lineStyle"]["color"] for n in mean] == [color(0), color(1)]


def test_over_seeds_gives_the_mean_and_the_extremes_of_the_models() -> None:
    rows = [(m, e, s, "loss", 10 * m + e) for m in (0, 1, 2) for e in (0, 1) for s in ("train", "validation")]
    rows += [(0, 0, "train", "accuracy", 99)]
    frame = pd.DataFrame(rows, columns=["model", "epoch", "split", "metric", "value"])
    c = over_seeds(frame, "train", "loss", "loss", 2)
    assert (c.x.tolist(), c.low.tolist(), c.mean.tolist(), c.high.tolist()) == ([0, 1], [0, 1], [10, 11], [20, 21])


def test_a_sure_answer_has_more_colour_than_a_doubtful_one_and_a_tie_belongs_to_nobody() -> None:
    sure, leaning, tie = fields.blend(np.array([[1, 0], [0.7, 0.3], [0.5, 0.5]]))
    assert fields.blend(np.zeros((4, 5, 3)) + 1 / 3).shape == (4, 5, 3)
    assert sure.dtype == np.uint8
    white = [np.abs(255 - c.astype(int)).sum() for c in (sure, leaning, tie)]
    assert white[0] > white[1] > white[2] > 0
    assert np.argmin(sure) == np.argmin(rgb(0))  # towards the colour of its class


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 10), st.integers(0, 2**32 - 1))
def test_blended_colours_never_wrap_around(classes: int, seed: int) -> None:
    p = np.random.default_rng(seed).dirichlet(np.full(classes, 0.3), 50)
    light = fields.blend(p).astype(int)
    assert (light >= 255 - 0.53 * 255).all()  # an overflow would come out dark


def test_the_picture_has_the_field_the_right_way_up() -> None:
    right = (AXES[0] > 0).astype(float)  # class 1 to the right
    grid = np.stack([1 - np.tile(right, (100, 1)), np.tile(right, (100, 1))], -1)
    image = fields.picture(grid, AXES, [], size=50)
    assert image.shape == (50, 50, 3) and image.dtype == np.uint8
    assert (image[:, 0] == fields.blend(np.array([1.0, 0]))).all()
    assert (image[:, -1] == fields.blend(np.array([0, 1.0]))).all()
    up = np.swapaxes(grid, 0, 1)  # class 1 above
    image = fields.picture(up, AXES, [], size=50)
    assert (image[0] == fields.blend(np.array([0, 1.0]))).all()
    assert (image[-1] == fields.blend(np.array([1.0, 0]))).all()


def test_points_are_drawn_in_the_colour_of_their_class_discs_for_training_rings_for_the_rest() -> None:
    train = (np.array([[-2.0, 3.0], [0.0, 1.0]]), np.array([0, 1]), "training")
    held = (np.array([[1.0, 2.0]]), np.array([2]), "validation")
    image = fields.picture(None, AXES, [train, held], size=201)
    assert image.shape == (201, 201, 3)
    assert tuple(image[0, 0]) == rgb(0)  # the corner, cut by the edge
    assert tuple(image[100, 100]) == rgb(1)
    assert tuple(image[50, 150]) == (255, 255, 255) and tuple(image[50, 153]) == rgb(2)  # a ring is hollow
    assert tuple(image[100, 120]) == (245, 245, 245)


def test_points_outside_the_axes_are_left_out_of_the_picture() -> None:
    far = (np.array([[50.0, 50.0], [-50.0, 0.0]]), np.array([0, 1]), "training")
    assert (fields.picture(None, AXES, [far], size=60) == 245).all()


def field(classes: int) -> tuple[go.Figure, np.ndarray]:
    grid = np.random.default_rng(0).dirichlet(np.ones(classes), (100, 100))
    names = ("no", "yes", "perhaps")[:classes]
    groups = [(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1]), name) for name in ("training", "validation")]
    return fields.chart(grid, AXES, groups, names, "Field"), grid


def test_two_classes_are_charted_as_whole_percent_of_the_second() -> None:
    figure, grid = field(2)
    heat = figure.data[0]
    assert heat.type == "heatmap" and np.asarray(heat.z).dtype == np.uint8
    np.testing.assert_allclose(np.asarray(heat.z, float), 100 * grid[..., 1], atol=0.5 + 1e-9)
    assert heat.hovertemplate.startswith("P(yes) = %{z} %")
    np.testing.assert_array_equal(heat.x, AXES[0])
    np.testing.assert_array_equal(heat.y, AXES[1])
    assert [(t.contours.start, t.contours.end) for t in figure.data if t.type == "contour"] == [(50, 50)]


def test_more_classes_are_charted_as_the_winner_with_its_name() -> None:
    figure, grid = field(3)
    heat = figure.data[0]
    assert np.asarray(heat.z).dtype == np.uint8
    np.testing.assert_array_equal(heat.z, grid.argmax(-1))
    assert "%{text}" in heat.hovertemplate
    np.testing.assert_array_equal(heat.text, np.array(["no", "yes", "perhaps"])[grid.argmax(-1)])


def test_the_chart_shows_every_group_of_points_by_class() -> None:
    figure, _ = field(2)
    shown = {t.name: (t.marker.color, t.marker.symbol, len(t.x)) for t in figure.data if t.type == "scatter"}
    assert list(shown) == [f"{g}: {c}" for g in ("training", "validation") for c in ("no", "yes")]
    assert shown["training: yes"] == (color(1), "circle", 1)
    assert shown["validation: no"][1] != "circle"


def test_the_confusion_matrix_is_coloured_by_share_of_the_row_and_labelled_with_counts() -> None:
    counts = np.array([[8, 2, 0], [0, 0, 0], [1, 0, 1]])
    heat = confusion_matrix(counts, ("a", "b", "c"), "Confusion").data[0]
    np.testing.assert_allclose(heat.z, [[0.8, 0.2, 0], [0, 0, 0], [0.5, 0, 0.5]])  # an empty row is not divided by
    assert [[int(t or 0) for t in row] for row in heat.text] == counts.tolist()  # a zero may stay blank
    assert heat.texttemplate == "%{text}" and "truth %{y}, predicted %{x}" in heat.hovertemplate
    np.testing.assert_allclose(heat.customdata, 100 * np.asarray(heat.z))


def test_the_first_seven_series_have_colours_of_their_own() -> None:
    assert len(set(COLORS)) == len(COLORS) == 7
    assert color(7) == color(0)
    assert all(f"#{r:02X}{g:02X}{b:02X}" == color(i) for i in range(7) for r, g, b in [rgb(i)])
    assert faint(0, 0.18) == "rgba(0, 114, 178, 0.18)"


def test_points_are_as_large_as_their_weight_and_those_without_any_are_crosses() -> None:
    x, y = np.array([[0.0, 0.0], [0.5, 0.0]]), np.array([0, 1])
    axes = (np.linspace(-1, 1, 5), np.linspace(-1, 1, 5))
    blue, orange = np.array(rgb(0)), np.array(rgb(1))

    def area(weight: list[float], paint: np.ndarray) -> int:
        image = fields.weighted(None, axes, x, y, np.array(weight), size=400)
        return int((np.abs(image.astype(int) - paint).max(-1) < 12).sum())

    one, four = area([1.0, 1.0], blue), area([4.0, 1.0], blue)
    assert 3 < four / one < 6  # the white rim takes more of a small disc
    assert area([1.0, 1.0], orange) == one or abs(area([1.0, 1.0], orange) - one) < 0.1 * one
    assert area([0.0, 1.0], blue) == 0
    bare = fields.weighted(None, axes, x, y, np.array([0.0, 1.0]), size=400)
    ringed = fields.weighted(None, axes, x, y, np.array([1.0, 1.0]), np.array([True, False]), size=400)
    assert bare[200, 200].max() < 200  # the cross
    assert (ringed[:, :230] < 60).all(-1).sum() > 20 > (bare[:, 230:] < 60).all(-1).sum()


def test_the_weighted_field_lies_as_the_points_do() -> None:
    axes = (np.linspace(0, 1, 4), np.linspace(0, 1, 4))
    grid = np.zeros((4, 4, 2))
    grid[2:, :, 1] = 1  # class 1 above
    grid[:2, :, 0] = 1
    image = fields.weighted(grid, axes, np.array([[0.1, 0.9]]), np.array([1]), size=100)
    assert (image[40, 50] == fields.blend(np.array([0, 1.0]))).all() and (
        image[60, 50] == fields.blend(np.array([1.0, 0]))
    ).all()
    assert (image[10, 10] == rgb(1)).all()


def test_bars_count_votes() -> None:
    votes = bars.ballots(np.array([0.0, 0.05, 0.5, 1.0]), np.array([False, False, True, True]), "Votes")
    right, wrong = ([d["value"] for d in s["data"]] for s in votes["series"])
    assert sum(right) == sum(wrong) == 2 and wrong[0] == 2 and right[5] == right[9] == 1


@pytest.mark.parametrize("text", ["<b>x</b>", "<a href='javascript:alert(1)'>x</a>", "$x$", "%{x}", "&lt;", "<br>"])
def test_class_names_cannot_be_taken_for_markup(text: str) -> None:
    for others in (["other"], ["one", "two"]):
        grid = np.full((5, 5, 1 + len(others)), 1 / (1 + len(others)))
        x, y = np.zeros((6, 2)), np.arange(6) % (1 + len(others))
        figure = fields.chart(grid, AXES, [(x, y, "training")], [*others, text], "Title")
        assert text not in json.loads(figure.to_json(engine="json")).__repr__()
        assert literal(text) in [str(t.name).removeprefix("training: ") for t in figure.data]
    assert not set("<>$%") & set(literal(text)) and html.unescape(literal(text)) == text


def test_pinned_rows_lie_on_the_rows_of_the_same_name() -> None:
    now = [("L1", Interval(0.01, -0.01, 0.03, 8)), ("L2", Interval(0.05, 0.04, 0.06, 8))]
    old = {"Pin A": [("L2", Interval(0.02, 0.01, 0.04, 8)), ("gone", Interval(0.9, 0.8, 1.0, 8))]}
    figure = forest(now, "t", "points", scale=100, pinned=old)
    (_, pin) = figure.data
    assert pin.name == "Pin A" and list(pin.y) == ["L2"] and pin.x == pytest.approx([2])
    assert pin.error_x.array == pytest.approx([2]) and pin.error_x.arrayminus == pytest.approx([1])
    assert len(forest(now, "t", "points").data) == 1
