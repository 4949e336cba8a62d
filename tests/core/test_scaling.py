"""Quantities against a size, drawn."""

import json

import numpy as np

from core.figures.scaling import Marks, against_size

X = np.array([1, 2, 4, 8])


def drawn(spec, name):
    return next(s for s in spec["series"] if s.get("name") == name)


def test_what_has_no_place_on_a_logarithmic_axis_is_left_out_and_the_axis_spans_whole_decades():
    spec = against_size("t", [Marks("a", X, np.array([0.02, 0.0, np.inf, 30.0]), 0)], "size", "value")
    assert drawn(spec, "a")["data"] == [[1.0, 0.02], [8.0, 30.0]]
    assert (spec["yAxis"]["min"], spec["yAxis"]["max"]) == (0.01, 100)
    assert spec["xAxis"] | {"type": "log", "logBase": 2, "min": 1, "max": 8, "name": "size"} == spec["xAxis"]


def test_a_linear_axis_keeps_zero_and_its_range():
    spec = against_size(
        "t", [Marks("a", X, np.array([0.0, 1, 2, 3]), 0)], "size", "value", log_y=False, y_range=(0, 90)
    )
    assert drawn(spec, "a")["data"][0] == [1.0, 0.0]
    assert (spec["yAxis"]["min"], spec["yAxis"]["max"]) == (0, 90)


def test_intervals_are_lines_between_their_ends_where_they_are_finite():
    y = np.array([1.0, 2, 3, 4])
    low = np.array([0.5, 1.5, np.nan, 3.5])
    spec = against_size("t", [Marks("a", X, y, 0, low=low, high=y + 1)], "size", "value", log_y=False)
    ends = next(s for s in spec["series"] if s["type"] == "lines")["data"]
    assert [e["coords"] for e in ends] == [[[1, 0.5], [1, 2]], [[2, 1.5], [2, 3]], [[8, 3.5], [8, 5]]]


def test_an_option_is_json_even_with_nothing_to_draw():
    for marks in ([], [Marks("a", X, np.full(4, np.nan), 1, "", hollow=True)]):
        json.dumps(against_size("t", marks, "size", "value"), allow_nan=False)


def test_sizes_still_to_come_have_their_place():
    spec = against_size("t", [Marks("a", X[1:2], X[1:2], 0)], "size", "value", x_range=(1, 64))
    assert (spec["xAxis"]["min"], spec["xAxis"]["max"]) == (1, 64)
