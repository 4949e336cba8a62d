"""Generators: exact geometry without noise, the noise they promise, scale, seeds, and source that runs alone."""

import inspect
import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_moons
from sklearn.neighbors import KNeighborsClassifier

from core.data.checks import DataError
from core.data.loaders import points
from core.data.points import POINTS, blobs, circles, moons, spiral, xor

HEAD = "import numpy as np\nfrom sklearn.datasets import make_blobs, make_circles, make_moons\n"
NAMES = sorted(POINTS)


@pytest.mark.parametrize("name", NAMES)
def test_source_runs_alone_and_gives_the_same(name: str) -> None:
    names: dict[str, Any] = {}
    exec(HEAD + inspect.getsource(POINTS[name]), names)
    for ours, alone in zip(POINTS[name](101, 0.2, 5), names[name](101, 0.2, 5), strict=True):
        assert np.array_equal(ours, alone)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.integers(40, 5000), st.floats(0, 0.5), st.integers(0, 2**32 - 1))
def test_shapes_types_scale_and_balance(name: str, n: int, noise: float, seed: int) -> None:
    x, y = POINTS[name](n, noise, seed)
    assert x.shape == (n, 2) and x.dtype == np.float32 and y.shape == (n,) and y.dtype == np.int64
    assert np.isfinite(x).all()
    assert set(y) == set(range(3 if name == "blobs" else 2))
    assert np.ptp(np.bincount(y)) <= 2
    assert np.mean(np.abs(x) <= 1.5 + noise) > 0.9
    assert np.abs(x.mean(axis=0)).max() < 0.35 and 0.3 < x.std() < 1.0


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides(name: str) -> None:
    assert np.array_equal(POINTS[name](50, 0.2, 1)[0], POINTS[name](50, 0.2, 1)[0])
    assert not np.array_equal(POINTS[name](50, 0.2, 1)[0], POINTS[name](50, 0.2, 2)[0])


@pytest.mark.parametrize("name", NAMES)
def test_clean_points_are_inside_the_frame(name: str) -> None:
    assert np.abs(POINTS[name](2000, 0.0, 0)[0]).max() <= 1.5


@pytest.mark.parametrize("name", NAMES)
def test_more_noise_is_harder(name: str) -> None:
    def accuracy(noise: float) -> float:
        (x, y), (new_x, new_y) = POINTS[name](1000, noise, 0), POINTS[name](1000, noise, 1)
        return float(KNeighborsClassifier(10).fit(x, y).score(new_x, new_y))

    clean, usual, noisy = accuracy(0.0), accuracy(0.2), accuracy(0.5)
    assert clean > 0.98 and clean >= usual > 0.85 and usual > noisy + 0.03 and noisy > 0.6


def test_moons_are_scikit_learns_centred() -> None:
    raw, raw_y = make_moons(100, noise=0.2, random_state=4)
    x, y = moons(100, 0.2, 4)
    np.testing.assert_allclose(x * 1.25 + [0.5, 0.25], raw, atol=1e-6)
    assert np.array_equal(y, raw_y)


def test_circles_have_two_radii() -> None:
    x, y = circles(100, 0.0, 0)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), np.where(y == 0, 1.2, 0.48), rtol=1e-6)


def test_spiral_winds_evenly_for_about_one_and_a_half_turns() -> None:
    x, y = spiral(1000, 0.0, 0)
    radius = np.linalg.norm(x, axis=1)
    turns = 1.5 * radius / 1.3
    angle = 2 * np.pi * turns + np.pi * y  # an Archimedean spiral: the angle follows from the radius
    np.testing.assert_allclose(x, radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), atol=1e-5)
    assert 1.2 < np.ptp(turns) <= 1.5


def test_xor_is_the_sign_of_the_product() -> None:
    x, y = xor(400, 0.0, 0)
    assert np.array_equal(y == 1, x[:, 0] * x[:, 1] < 0)
    assert np.abs(x).min() >= 0.099


def test_blobs_have_the_promised_width() -> None:
    x, y = blobs(5000, 0.2, 0)
    for label in range(3):
        np.testing.assert_allclose(x[y == label].std(axis=0), 0.24, rtol=0.06)


@pytest.mark.parametrize("name", NAMES)
def test_points_splits_all_rows_of_the_generator(name: str) -> None:
    dataset = points(name, 200, 0.1, 3)
    assert dataset.kind == "points" and dataset.name == name and dataset.shape == (2,)
    assert dataset.classes == (("0", "1", "2") if name == "blobs" else ("0", "1"))
    parts = (dataset.train, dataset.validation, dataset.test)
    assert [len(part) for part in parts] == [120, 40, 40]
    x, y = POINTS[name](200, 0.1, 3)
    rows = {(*map(float, row), int(label)) for row, label in zip(x, y, strict=True)}
    got = [(*map(float, row), int(label)) for part in parts for row, label in zip(part.x, part.y, strict=True)]
    assert len(got) == 200 and set(got) == rows
    assert torch.equal(points(name, 200, 0.1, 3).test.x, dataset.test.x)
    assert not torch.equal(points(name, 200, 0.1, 4).test.x, dataset.test.x)


@pytest.mark.parametrize(
    ("settings_", "sentence"),
    [
        ({"name": "moon"}, "name must be one of moons, circles, spiral, xor, blobs; it is moon."),
        ({"n": 39}, "n must be a whole number from 40 to 5000; it is 39."),
        ({"n": 5001}, "n must be a whole number from 40 to 5000; it is 5001."),
        ({"n": 100.5}, "n must be a whole number from 40 to 5000; it is 100.5."),
        ({"n": float("nan")}, "n must be a whole number from 40 to 5000; it is nan."),
        ({"n": True}, "n must be a whole number from 40 to 5000; it is True."),
        ({"n": "x" * 999}, f"n must be a whole number from 40 to 5000; it is {'x' * 40}."),
        ({"noise": -0.01}, "noise must be a number from 0 to 0.5; it is -0.01."),
        ({"noise": 0.51}, "noise must be a number from 0 to 0.5; it is 0.51."),
        ({"noise": float("nan")}, "noise must be a number from 0 to 0.5; it is nan."),
        ({"noise": float("inf")}, "noise must be a number from 0 to 0.5; it is inf."),
        ({"noise": "0.1"}, "noise must be a number from 0 to 0.5; it is 0.1."),
        ({"seed": -1}, "seed must be a whole number from 0 to 4294967295; it is -1."),
        ({"seed": 2**32}, "seed must be a whole number from 0 to 4294967295; it is 4294967296."),
    ],
)
def test_points_refuses(settings_: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DataError, match=f"^{re.escape(sentence)}$"):
        points(**{"name": "moons", **settings_})
