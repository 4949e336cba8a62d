"""Curves fitted to training sets: a bundle of them, and a few beside the rows."""

import numpy as np

from core.figures.fits import bundle, samples


def by_id(spec, name):
    return next(s for s in spec["series"] if s["id"] == name)


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
