"""Charts of pinned runs over the one on display."""

import json

import numpy as np

from core.figures import effects
from core.figures.curves import Curve, curves
from core.figures.look import color
from core.figures.pins import lay_over
from core.stats import Interval


def line(name, values, hue=0):
    v = np.array(values, float)
    return Curve(name, np.arange(len(v)), v, v - 1, v + 1, hue)


def test_lines_of_a_pinned_chart_keep_their_colours_under_one_name_and_in_dashes_of_its_own():
    now = curves("t", [line("a", [1, 2]), line("b", [2, 3], 1)], "x")
    old = curves("t", [line("a", [5, 6, 7]), line("b", [8, 9, 9], 1)], "x")
    before = json.dumps(now)
    both = lay_over(now, {"Pin A": old})
    added = both["series"][len(now["series"]) :]
    assert [s["name"] for s in added] == ["Pin A", "Pin A"]  # no bands
    assert [[y for _, y in s["data"]] for s in added] == [[5, 6, 7], [8, 9, 9]]
    assert [s["lineStyle"]["color"] for s in added] == [color(0), color(1)]
    two = lay_over(now, {"Pin A": old, "Pin B": old})
    dashes = {s["name"]: s["lineStyle"]["type"] for s in two["series"][len(now["series"]) :]}
    icons = [entry["icon"] for entry in two["legend"]["data"][2:]]
    assert dashes["Pin A"] != dashes["Pin B"] and len(set(icons)) == 2  # two pins can be told
    assert both["legend"]["data"][:2] == ["a", "b"] and both["legend"]["data"][2]["name"] == "Pin A"
    assert both["grid"]["bottom"] > now["grid"]["bottom"] and json.dumps(now) == before  # what was given stays
    ids = [s["id"] for s in both["series"]]
    assert len(set(ids)) == len(ids)
    json.dumps(both, allow_nan=False)


def test_only_the_lines_asked_for_are_taken():
    chart = curves("t", [line("a", [1, 2]), line("b", [2, 3])], "x")
    assert len(lay_over(chart, {"Pin A": chart}, ("b",))["series"]) == len(chart["series"]) + 1
    assert lay_over(chart, {"Pin A": chart}, ("c",)) == chart == lay_over(chart, {})


def test_dots_go_to_the_row_of_their_name_and_are_hollow():
    def dots(*names):
        rows = [(n, Interval(0.1 * i, -0.1, 0.9, 3), np.array([0.1, 0.2]), 0) for i, n in enumerate(names, 1)]
        return effects.dots("t", rows, "points")

    both = lay_over(dots("a", "b"), {"Pin A": dots("gone", "b", "a")})
    (added,) = both["series"][3:]
    assert [(d["name"], d["value"]) for d in added["data"]] == [("b", [20.0, 1]), ("a", [30.0, 0])]
    assert added["itemStyle"]["color"] == "rgba(0, 0, 0, 0)" and added["tooltip"]["formatter"].startswith("Pin A, {b}")
    assert [entry["name"] for entry in both["legend"]["data"]] == ["Pin A"]
    assert lay_over(dots("a"), {"Pin A": dots("gone")}) == dots("a")  # nothing of it fits
