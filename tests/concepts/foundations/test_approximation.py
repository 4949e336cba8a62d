"""Universal approximation: the laws of what is built, and what training makes of the same number of neurons."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from core.concepts.foundations import approximation as concept
from core.concepts.foundations.approximation import Result, Settings, ViewSettings, figures, plain
from core.concepts.foundations.approximation.building import (
    GRID,
    SIZES,
    bernstein,
    built,
    errors,
    fejer,
    pieces,
    ramp,
    relu,
    slope,
)
from core.concepts.foundations.approximation.experiment import starts
from core.concepts.foundations.approximation.findings import QUESTIONS, built_slope, distance, doublings, trained_slope
from core.concepts.foundations.approximation.settings import KINDS, PRESETS, TARGETS, WIDTHS
from core.concepts.foundations.approximation.targets import curve
from core.progress import finished
from core.settings import SettingsError

SMALL = Settings(steps=30, seeds=3)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(concept.run(SMALL))


def sine(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.sin(np.pi * x))


# What is built


def test_two_relus_are_a_hard_sigmoid() -> None:
    x = torch.linspace(-3, 4, 701)
    assert torch.equal(nn.functional.relu(x) - nn.functional.relu(x - 1), x.clamp(0, 1)) or torch.allclose(
        nn.functional.relu(x) - nn.functional.relu(x - 1), x.clamp(0, 1), atol=1e-6
    )
    exact = np.arange(-24, 33) / 8  # numbers that float64 holds exactly
    assert (ramp(exact) == np.clip(exact, 0, 1)).all()


@pytest.mark.parametrize(("kind", "power", "tolerance"), [("steps", -1, 0.05), ("hard", -2, 0.05), ("relu", -2, 0.05)])
def test_the_mean_error_of_a_smooth_curve_falls_like_a_power(kind: str, power: float, tolerance: float) -> None:
    off = np.array([errors(built(kind, sine, n), sine(GRID))[0] for n in SIZES])
    assert slope(np.array(SIZES[3:]), off[3:]) == pytest.approx(power, abs=tolerance)


@pytest.mark.parametrize("n", [2, 4, 16, 64, 256])
def test_straight_lines_keep_to_their_bound(n: int) -> None:
    largest = errors(built("relu", sine, n), sine(GRID))[1]
    assert 0.6 * (2 / n) ** 2 / 8 * np.pi**2 < largest <= (2 / n) ** 2 / 8 * np.pi**2 * 1.0001


@hypothesis_settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=9, max_size=9), st.sampled_from([2, 4, 8, 32]))
def test_relu_kinks_pass_through_their_points_and_steps_stay_between_the_values(heights: list[float], n: int) -> None:
    s = Settings(target="drawn", **{f"h{i}": h for i, h in enumerate(heights)})
    f = partial(curve, s)
    knots = np.linspace(-1, 1, n + 1)
    assert built("relu", f, n, knots) == pytest.approx(f(knots), abs=1e-9)
    assert built("hard", f, n, np.linspace(-1, 1, n // 2 + 1)) == pytest.approx(
        f(np.linspace(-1, 1, n // 2 + 1)), abs=1e-9
    )
    stairs = built("steps", f, n)
    assert min(heights) - 2e-9 <= stairs.min() and stairs.max() <= max(heights) + 2e-9
    assert len(np.unique(stairs.round(9))) <= n + 1


def test_the_number_of_neurons_is_what_is_counted() -> None:
    x = np.linspace(-1, 1, 5)
    assert {kind: len(pieces(kind, sine, 16, x)[1]) for kind in KINDS} == {
        "relu": 16,
        "hard": 8,
        "steps": 16,
        "sigmoid": 16,
    }
    with torch.no_grad():
        model = plain.built(SMALL, 16)
        out = model(torch.tensor(GRID).float()[:, None])[:, 0].numpy()
    assert out == pytest.approx(built("relu", sine, 16), abs=1e-5)


def test_a_root_and_a_jump_are_not_smooth() -> None:
    for target, mean, largest in (("root", -1.5, -0.5), ("jump", -1.0, 0.0)):
        f = partial(curve, Settings(target=target))
        both = np.array([errors(built("relu", f, n), f(GRID)) for n in SIZES]).T
        assert slope(np.array(SIZES[2:]), both[0, 2:]) == pytest.approx(mean, abs=0.1)
        assert slope(np.array(SIZES[2:]), both[1, 2:]) == pytest.approx(largest, abs=0.05)


def test_polynomials_converge_uniformly() -> None:
    for target in ("sine", "root", "runge", "drawn"):
        f = partial(curve, Settings(target=target))
        for make in (bernstein, fejer):
            off = [errors(make(f, n), f(GRID))[1] for n in (4, 16, 64, 256)]
            assert (np.diff(off) < 0).all() and off[-1] < 0.25 * off[0], (target, make)
    square = lambda x: x**2  # noqa: E731
    assert bernstein(square, 10) == pytest.approx(GRID**2 + (1 - GRID**2) / 10)  # known in closed form
    cosine = lambda x: 2 * x**2 - 1  # noqa: E731  (cos 2t)
    assert fejer(cosine, 7) == pytest.approx((1 - 2 / 8) * cosine(GRID), abs=1e-9)


# What is trained


def test_networks_start_as_torchs_own_and_narrow_ones_stay_narrow() -> None:
    models = starts(SMALL)
    x = torch.linspace(-1, 1, 50)[:, None]
    with torch.no_grad():
        out = models.shared(x)[..., 0]
    for i, width in enumerate(WIDTHS):
        for k in range(3):
            torch.manual_seed(k)
            own = nn.Sequential(nn.Linear(1, width), nn.ReLU(), nn.Linear(width, 1))
            assert torch.allclose(out[i * 3 + k], own(x)[:, 0], atol=1e-6)
        assert out[15 + i].numpy() == pytest.approx(built("relu", sine, width, x[:, 0].double().numpy()), abs=1e-5)
    spread = starts(dataclasses.replace(SMALL, start="spread")).theta
    kinks = -(spread[:, 64:128] / spread[:, :64])[:15]
    assert (kinks[~kinks.isnan()].abs() <= 1).all()


def test_the_run_is_that_of_single_networks_in_plain_torch(result: Result) -> None:
    printed = plain.main(SMALL)
    for i, width in enumerate(WIDTHS):
        assert printed[width][0] == pytest.approx(result.built_at(width), rel=1e-3)
        assert printed[width][1] == pytest.approx(result.improved[0, i], rel=0.02)
        assert printed[width][2:] == pytest.approx(result.trained[0, i], rel=0.02)


@pytest.mark.parametrize("change", [{"target": "drawn", "start": "spread"}, {"target": "formula"}, {"target": "chirp"}])
def test_the_script_knows_every_curve(change: dict[str, Any]) -> None:
    s = Settings(steps=10, seeds=2, **change)
    own = finished(concept.run(s))
    assert plain.main(s)[16][2:] == pytest.approx(own.trained[0, 2], rel=0.02)


def test_good_weights_exist_and_training_does_not_find_them() -> None:
    """The fact of the page, with 300 steps and five seeds for time; more steps change the factor, not the sign."""
    own = finished(concept.run(Settings(steps=300, seeds=5)))
    assert (own.trained[0, -1] > 2 * own.built_at(64)).all()
    assert (own.improved[0] < own.built_at(4)).all() and own.improved[0, -1] < 0.7 * own.built_at(64)
    assert concept.findings(own)[0].key == "built_closer"
    assert built_slope(own) == pytest.approx(-2, abs=0.05) and trained_slope(own).high < -0.3
    assert trained_slope(own).low > built_slope(own)


# What is said


def test_intervals_are_over_the_seeds(result: Result) -> None:
    logs = np.log10(result.trained[0, -1]) - np.log10(result.built_at(64))
    known = stats.ttest_1samp(logs, 0).confidence_interval()
    assert (distance(result).low, distance(result).high) == pytest.approx((known.low, known.high))
    local = doublings(result)
    assert local == pytest.approx(np.log2(result.built["relu"][0, 3:] / result.built["relu"][0, 2:-1]))
    own = [np.polyfit(np.log(WIDTHS[1:]), np.log(result.trained[0, 1:, k]), 1)[0] for k in range(3)]
    assert trained_slope(result).mean == pytest.approx(np.mean(own))


def test_the_verdict_follows_the_numbers(result: Result) -> None:
    base = result.built_at(64)
    for values, key in (
        ([5, 6, 7], "built_closer"),
        ([0.1, 0.2, 0.15], "trained_closer"),
        ([0.1, 10, 1], "no_difference"),
        ([1, 1, 1], "no_difference"),
    ):
        trained = result.trained.copy()
        trained[0, -1] = base * np.array(values)
        made = dataclasses.replace(result, trained=trained)
        assert concept.findings(made)[0].key == key
    worse = dataclasses.replace(result, improved=result.improved * 100)
    assert concept.findings(worse)[2].key == "spoils"
    keys = [f.key for f in concept.findings(finished(concept.run(dataclasses.replace(SMALL, target="jump"))))]
    assert "not_uniform" in keys and "uniform" in [f.key for f in concept.findings(result)]


def test_a_run_that_diverges_can_be_said(result: Result) -> None:
    trained = result.trained.copy()
    trained[:] = np.inf
    made = dataclasses.replace(result, trained=trained)
    assert concept.findings(made)[0].key in ("no_difference", "built_closer") and figures.law(made)["series"]
    assert concept.difference(result, result).key == "as_before"
    other = finished(concept.run(dataclasses.replace(SMALL, seed=5)))
    assert concept.difference(result, other).key == "not_comparable"


def test_a_stopped_run_shows_its_curves_and_no_verdict() -> None:
    steps = concept.run(SMALL)
    partial_ = next(step for step in steps if step.result and step.fraction < 1).result()
    steps.close()
    assert [f.key for f in concept.findings(partial_)] == ["unfinished"] and figures.law(partial_)["series"]


@pytest.mark.parametrize(("key", "right"), [("power", 2), ("jump", 2), ("root", 0)])
def test_questions_have_the_answers_of_the_book(key: str, right: int) -> None:
    question = next(q for q in QUESTIONS if q.key == key)
    own = finished(concept.run(Settings(**{**question.change, "steps": 10, "seeds": 2})))
    assert question.grade(own)[0] == right


# Curves, charts


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_curve_is_drawn_of_every_kind_of_piece(target: str, kind: str) -> None:
    s, view = Settings(target=target), ViewSettings(kind=kind, neurons=8)
    option = figures.fit(s, view, None)
    by_name = {line["name"]: line for line in option["series"]}
    x, y = np.array(by_name["curve"]["data"]).T
    assert y == pytest.approx(curve(s, x), abs=1e-3)
    assert len([p for p in by_name["single pieces"]["data"] if p[0] is None]) == len(
        pieces(kind, partial(curve, s), 8, x)[1]
    )


def test_a_click_draws_the_curve_there() -> None:
    places = figures.drawing(Settings(target="drawn"))["series"][-1]["data"]
    assert len(places) == 9 * 21
    for place in (0, 100, 188):
        s = Settings(target="drawn", **figures.height_at(place))
        x, y = places[place]
        assert curve(s, np.array([x])) == pytest.approx([y])


def test_hostile_formulas_and_formulas_without_values_are_dealt_with() -> None:
    with pytest.raises(SettingsError, match="Formula"):
        Settings(target="formula", formula="__import__('os')")
    s = Settings(target="formula", formula="1/x + log(x)")
    assert np.isfinite(curve(s, GRID)).all() and np.abs(curve(s, GRID)).max() <= 100
    for preset in PRESETS:
        assert np.isfinite(curve(Settings(**preset.change), GRID)).all()


def test_the_charts_show_the_numbers(result: Result) -> None:
    law = {s["name"]: s for s in figures.law(result)["series"]}
    assert [y for _, y in law["ReLU kinks"]["data"]] == pytest.approx(result.built["relu"][0], rel=1e-3)
    assert [y for _, y in law["trained from the kinks"]["data"]] == pytest.approx(result.improved[0], rel=1e-3)
    assert relu(np.array([-1.0, 2.0])).tolist() == [0, 2]
    shown = figures.polynomials(result)["series"][0]["data"]
    assert [y for _, y in shown] == pytest.approx(result.built["bernstein"][1], rel=1e-3)
