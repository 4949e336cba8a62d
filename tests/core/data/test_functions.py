"""Known truths: mean 0 and spread 1, and class probabilities that the points bear out."""

import numpy as np
import pytest

from core.data.functions import FUNCTIONS, KNOWN, inputs, posterior, source
from core.data.points import POINTS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_mean_0_and_spread_1(name):
    x = np.random.default_rng(0).uniform(-1, 1, (400_000, inputs(name)))
    y = FUNCTIONS[name](x)
    assert y.shape == (400_000,)
    assert (y.mean(), y.std()) == pytest.approx((0, 1), abs=0.01)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_its_source_stands_alone(name):
    space = {"np": np}
    exec(source(name), space)
    x = np.random.default_rng(1).uniform(-1, 1, (50, inputs(name)))
    assert np.array_equal(space[name](x), FUNCTIONS[name](x))


def test_friedman_leaves_half_of_its_inputs_out():
    x = np.random.default_rng(2).uniform(-1, 1, (20, 10))
    moved = x.copy()
    moved[:, 5:] = 0
    assert np.array_equal(FUNCTIONS["friedman"](x), FUNCTIONS["friedman"](moved))


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("noise", [0.1, 0.3, 0.5])
def test_class_probabilities_are_borne_out_by_the_points(name, noise):
    x, y = POINTS[name](6000, noise, 3)
    p = posterior(name, x, noise)
    assert ((p >= 0) & (p <= 1)).all()
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        mine = (p >= low) & (p <= low + 0.2)
        if mine.sum() > 100:
            error = 4 * np.sqrt(p[mine].mean() * (1 - p[mine].mean()) / mine.sum()) + 0.002
            assert y[mine].mean() == pytest.approx(p[mine].mean(), abs=error), low


@pytest.mark.parametrize("name", KNOWN)
def test_without_noise_the_label_is_certain(name):
    x, y = POINTS[name](500, 0.0, 0)
    assert np.array_equal(posterior(name, x, 0.0) > 0.5, y == 1)
