"""Pictures of errors taken apart: pieces follow one another, whiskers stand at their ends, axes start where they should."""

import json

import numpy as np

from core.figures.terms import Piece, bundle, plane, samples, stacked
from core.stats import Interval


def around(mean, half=0.1):
    return Interval(mean, mean - half, mean + half, 9)


def by_id(spec, name):
    return next(s for s in spec["series"] if s["id"] == name)


def test_whiskers_stand_at_the_end_of_their_piece_and_what_pays_goes_left():
    pieces = [Piece("a", 0, [around(1.0)]), Piece("b", 1, [around(2.0)]), Piece("c", 2, [around(-0.5)])]
    spec = stacked("t", ["row"], pieces, [2.5], "x", scale=10)
    assert by_id(spec, "a interval")["data"][0]["coords"] == [[9, "row"], [11, "row"]]
    assert by_id(spec, "b interval")["data"][0]["coords"] == [[29, "row"], [31, "row"]]
    assert by_id(spec, "c interval")["data"][0]["coords"] == [[-6, "row"], [-4, "row"]]
    assert by_id(spec, "total")["data"] == [[25, "row"]]
    assert "min" not in spec["xAxis"]
    assert stacked("t", ["row"], pieces[:2], [3.0], "x")["xAxis"]["min"] == 0
    json.dumps(spec, allow_nan=False)


def test_a_value_without_interval_has_no_whisker():
    alone = Interval(1.0, float("nan"), float("nan"), 1)
    spec = stacked("t", ["row"], [Piece("a", -1, [alone])], [1.0], "x")
    assert [s["id"] for s in spec["series"]] == ["a", "total"]
    json.dumps(plane("t", [("a", "right", 0, alone, alone)], [], "x", "y"), allow_nan=False)


def test_arrows_lead_from_place_to_place_but_not_to_where_they_are():
    places = [("a", "right", 0, around(1.0), around(2.0)), ("b", "top", 1, around(3.0), around(1.0))]
    spec = plane("t", [*places, ("c", "top", 2, around(1.0), around(2.0))], [("a", "b", 1), ("a", "c", 2)], "x", "y")
    assert by_id(spec, "a to b")["data"][0]["coords"] == [[1, 2], [3, 1]]
    assert "a to c" not in [s["id"] for s in spec["series"]]
    labels = {name: by_id(spec, name)["label"] for name in "abc"}
    assert [labels[name]["formatter"] for name in "ab"] == ["a\nc", "b"] and not labels["c"]["show"]  # c lies on a


def test_pinned_places_are_hollow_without_a_label_and_within_the_axes():
    at = ("a", "right", 0, around(1.0), around(2.0))
    spec = plane("t", [at], [], "x", "y", pinned=[("Pin A: a", 0, around(-5.0), around(1.0))])
    pin = by_id(spec, "Pin A: a")
    assert pin["data"] == [[-5, 1]] and pin["itemStyle"]["color"] == "transparent" and "label" not in pin
    assert "min" not in spec["xAxis"] and "min" in plane("t", [at], [], "x", "y")["xAxis"]


def test_a_bundle_draws_at_most_so_many_curves_apart_and_their_mean():
    x, fits = np.linspace(-1, 1, 5), np.arange(40)[:, None] * np.ones(5)
    spec = bundle("t", x, fits, np.zeros(5), 0, "x", (-1, 1), most=3)
    each = by_id(spec, "each")["data"]
    assert len(each) == 3 * 6 and each.count([None, None]) == 3
    assert by_id(spec, "mean")["data"][0] == [-1, 19.5]  # of all of them


def test_samples_show_the_sets_and_what_is_fitted_to_them():
    x, y = np.linspace(-1, 1, 5), np.zeros(5)
    spec = samples("t", x, y, [(x, y)], "x", [("degree 1", 1, 100 * x)])
    assert [s["name"] for s in spec["series"]] == ["truth", "degree 1", "training set"]
    assert spec["yAxis"]["max"] < 100  # a fit that leaves the picture does not stretch it
