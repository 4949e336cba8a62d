"""Activation functions: values and derivatives against PyTorch, dead units counted by hand, and layers multiplied out."""

from __future__ import annotations

import dataclasses
import json
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn
from torch.nn import functional as F

from core import text
from core.concepts.foundations import activations
from core.concepts.foundations.activations import Result, Settings, ViewSettings, figures, plain
from core.concepts.foundations.activations.experiment import splits
from core.concepts.foundations.activations.findings import LEVEL, TOP, cost, deep_or_single, without_activation
from core.concepts.foundations.activations.functions import CURVES
from core.concepts.foundations.activations.network import LAYERS, build, dead_share, multiplied_out
from core.concepts.foundations.activations.settings import FUNCTIONS, PRESETS, RATES, TEST, UNITS
from core.engine.stack import stack
from core.progress import finished
from core.settings import SettingsError

WORDS = text.of("foundations/activations")
SMALL = Settings(width=8, seeds=3, epochs=8)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(activations.run(SMALL))


def keys(result: Result) -> list[str]:
    return [f.key for f in activations.findings(result)]


# The functions.


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_and_its_derivative_are_those_of_torch(name: str) -> None:
    theirs = {
        "ReLU": F.relu, "leaky ReLU": F.leaky_relu, "GELU": F.gelu, "SiLU": F.silu, "softplus": F.softplus, "tanh": torch.tanh,
        "sigmoid": torch.sigmoid, "hard sigmoid": F.hardsigmoid, "step": lambda x: torch.heaviside(x, torch.zeros_like(x)),
    }  # fmt: skip
    x = torch.linspace(-8, 8, 401, dtype=torch.float64, requires_grad=True)
    y = theirs[name](x)
    value, derivative = CURVES[name]
    at = x.detach().numpy()
    np.testing.assert_allclose(value(at), y.detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(LAYERS[name]()(x).detach().numpy(), y.detach().numpy(), atol=1e-12)
    slope = torch.autograd.grad(y.sum(), x)[0].numpy() if name != "step" else np.zeros_like(at)
    np.testing.assert_allclose(derivative(at), slope, atol=1e-12)


def test_the_sigmoid_is_at_most_a_quarter_steep_and_saturates() -> None:
    x = np.linspace(-20, 20, 4001)
    slope = CURVES["sigmoid"][1](x)
    assert slope.max() == 0.25 and x[slope.argmax()] == pytest.approx(0, abs=1e-9) and slope[0] < 1e-8


def test_two_relus_make_a_hard_sigmoid_exactly() -> None:
    x = np.linspace(-6, 6, 97)
    relu = CURVES["ReLU"][0]
    assert np.array_equal(CURVES["hard sigmoid"][0](x), relu(x / 6 + 0.5) - relu(x / 6 - 0.5))
    assert CURVES["hard sigmoid"][0](np.array([-9.0, -3.0, 0.0, 3.0, 9.0])).tolist() == [0, 0, 0.5, 1, 1]


def test_relu_in_place_gives_the_same_numbers() -> None:
    x = torch.tensor([1, -0.5, -1, 3])
    for in_place in (False, True):
        assert nn.ReLU(inplace=in_place)(x.clone()).tolist() == CURVES["ReLU"][0](x.numpy()).tolist() == [1, 0, 0, 3]


# Dead units.


def test_dead_units_are_counted_where_no_point_passes_a_gradient() -> None:
    models = stack(lambda: build("ReLU", 2, 4, 2, 2), [0, 1])
    x = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for k, gone in enumerate(([0, 2], [3])):
            bias = models.theta[k, 8:12]  # of the first layer
            bias[gone] = -100
    for k in (0, 1):
        module = models.unstack(k)
        first = module[1](module[0](x))
        second = module[3](module[2](first))
        dead = [(layer == 0).all(0) for layer in (first, second)]
        assert dead_share(models, "ReLU", x)[k].item() == pytest.approx(torch.cat(dead).float().mean().item())
        loss = module(x).square().sum()
        loss.backward()
        grads = module[0].weight.grad
        assert grads is not None and (grads[dead[0]] == 0).all()  # they learn no more
    assert dead_share(models, "ReLU", x)[0] >= 2 / 8


def test_no_unit_of_leaky_relu_dies_and_all_of_a_step_are_dead() -> None:
    made = finished(activations.run(dataclasses.replace(SMALL, activation="step", epochs=2)))
    assert (made.dead[1] == 0).all() and (made.dead[0] == 1).all() and keys(made)[0] == "always_dead"


def test_dead_shares_are_of_every_epoch_and_variants_share_their_starts(result: Result) -> None:
    assert result.dead.shape == (2, len(RATES), 3, 9) and np.isfinite(result.dead).all()
    assert (result.dead[0, :, :, 0] == result.dead[0, 0, :, 0]).all()  # the same start at every rate
    assert len(set(result.dead[0, TOP, :, -1])) > 1
    units = result.dead * 16  # two layers of eight
    np.testing.assert_allclose(units, units.round(), atol=1e-5)


# Layers without an activation.


def test_linear_layers_multiply_out_to_one(result: Result) -> None:
    models = stack(lambda: build("none", 2, 16, 4, 2), [0, 1, 2])
    w, b = multiplied_out(models)
    x = torch.randn(20, 2, generator=torch.Generator().manual_seed(1))
    for k in range(3):
        expected = models.unstack(k)(x)
        torch.testing.assert_close(x @ w[k].T + b[k], expected, atol=1e-6, rtol=1e-5)
    assert result.collapse is not None and result.collapse.gap < 1e-6


def test_the_border_without_an_activation_is_straight(result: Result) -> None:
    c = result.collapse
    assert c is not None
    a, b = c.axes
    at = np.stack(np.meshgrid(a, b), -1)
    answers = at @ c.matrix.T + c.bias
    expected = np.exp(answers) / np.exp(answers).sum(-1, keepdims=True)
    np.testing.assert_allclose(c.fields[0], expected, atol=1e-4)
    assert np.abs(c.fields[1] - c.fields[0]).max() > 0.05


def test_layers_without_an_activation_are_as_good_as_one_and_worse_than_with_it() -> None:
    made = finished(activations.run(Settings(width=16, seeds=4, epochs=40)))
    assert without_activation(made).high < -0.05 and keys(made).count("linear_worse") == 1
    assert abs(deep_or_single(made).mean) < 0.01
    assert made.collapse is not None and made.collapse.single.mean() == pytest.approx(0.87, abs=0.02)


# The curve.


def test_the_units_add_up_to_the_fitted_curve(result: Result) -> None:
    fit = result.fit
    assert fit is not None and fit.parts.shape == (UNITS, 201)
    total = fit.parts.sum(0) + fit.bias
    truth = 2**0.5 * np.sin(np.pi * fit.grid)
    assert np.sqrt(((total - truth) ** 2).mean()) == pytest.approx(fit.error[0], rel=1e-3)
    assert (np.diff(fit.parts.std(1)) <= 1e-9).all()
    bends = np.abs(np.diff(fit.parts, 2)) > 1e-5  # a ReLU is two straight lines
    assert (bends.sum(1) <= 2).all()


# What is said.


def made(result: Result, gain: Any, dead: Any = None, rows: int = TEST) -> Result:
    """The result with test accuracies that differ by `gain` for each seed, and other shares of dead units at the end."""
    test = np.full((2, len(RATES), 3), 0.8)
    test[0] += np.broadcast_to(gain, (len(RATES), 3))
    right = np.repeat(test.mean(2)[..., None], rows, 2)
    shares = result.dead.copy()
    if dead is not None:
        shares[0, :, :, -1] = dead
    return dataclasses.replace(result, test=test, right=right, dead=shares)


def test_the_verdict_follows_the_numbers(result: Result) -> None:
    up = np.array([0.1, 0.101, 0.102])
    died = result.dead[0, :, :, :1].mean((1, 2))[:, None] + np.array([0.4, 0.41, 0.42])
    assert keys(made(result, -up, died))[0] == "dies_and_costs"
    assert keys(made(result, up, died))[0] == "dies_and_gains"
    assert keys(made(result, np.array([0.1, -0.1, 0.0]), died))[0] == "dies_for_free"
    assert keys(made(result, -up, result.dead[0, :, :, 0]))[0] == "none_die"
    assert "costs" in keys(made(result, -up)) and "no_costs" in keys(made(result, 0 * up))


def test_an_interval_covers_seeds_test_points_and_seven_rates(result: Result) -> None:
    assert result.test is not None and result.right is not None
    change = result.test[0, 2] - result.test[1, 2]
    t = stats.t.ppf((1 + LEVEL) / 2, 2) * max(change.std(ddof=1), 1 / TEST) / 3**0.5
    rows = result.right[0, 2] - result.right[1, 2]
    z = stats.norm.ppf((1 + LEVEL) / 2) * ((rows.var() * TEST + 2) / TEST) ** 0.5 / TEST**0.5
    got = cost(result, 2)
    assert got.mean == pytest.approx(change.mean(), abs=1e-6) and pytest.approx(1 - 0.05 / 7) == LEVEL
    assert got.high - got.mean == pytest.approx(np.hypot(t, z), rel=1e-4)


def test_equal_activations_are_seldom_said_to_differ(result: Result) -> None:
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(200):
        hard = rng.beta(4, 1, 400)
        answers = rng.random((2, len(RATES), 8, 400)) < np.clip(hard + rng.normal(0, 0.2, 400), 0, 1)
        drawn = dataclasses.replace(result, test=answers.mean(3), right=answers.mean(2))
        wrong += any(cost(drawn, r).sign for r in range(len(RATES)))
    assert wrong / 200 < 0.1


def test_the_rate_is_chosen_without_the_test(result: Result) -> None:
    validation = np.zeros((2, len(RATES), 3))
    validation[0, 4] = 1
    chosen = dataclasses.replace(result, validation=validation)
    assert chosen.best == 4
    said = next(f for f in activations.findings(chosen) if f.key == "best")
    assert said["rate"] == RATES[4] and result.test is not None
    assert said["accuracy"].mean == pytest.approx(result.test[0, 4].mean())


def test_questions_are_graded_from_the_numbers(result: Result) -> None:
    grade = {q.key: q.grade for q in activations.QUESTIONS}
    up = np.array([0.1, 0.101, 0.102])
    assert [grade["worth"](made(result, gain))[0] for gain in (-up, up, 0 * up)] == [0, 1, 2]
    assert [grade["dead"](made(result, 0, share))[0] for share in (0.12, 0.38, 0.72)] == [0, 1, 2]
    assert [grade["step"](made(result, 0, share))[0] for share in (0.0, 1.0)] == [0, 2]


def test_runs_are_compared_where_they_can_be(result: Result) -> None:
    other = finished(activations.run(dataclasses.replace(SMALL, activation="GELU")))
    change = activations.difference(other, result)
    assert change.key == "difference" and other.test is not None and result.test is not None
    assert change["accuracy"].mean == pytest.approx(
        (other.test[0, other.best] - result.test[0, result.best]).mean(), abs=1e-6
    )
    elsewhere = finished(activations.run(dataclasses.replace(SMALL, seed=9, epochs=2)))
    assert activations.difference(elsewhere, result).key == "not_paired"


def test_a_stopped_run_has_no_verdict() -> None:
    steps = activations.run(SMALL)
    early = next(step for step in steps if step.fraction > 0.2 and step.result)
    partial = early.result()
    steps.close()
    assert keys(partial) == ["unfinished"] and activations.difference(partial, partial).key == "not_comparable"
    assert np.isnan(partial.dead).any() and np.isfinite(partial.dead[0, :, :, 0]).all()
    assert figures.dead(partial)["series"] and len(partial.frame())


def test_one_function_twice_is_refused_in_a_sentence() -> None:
    with pytest.raises(SettingsError, match="two different functions"):
        Settings(activation="tanh", control="tanh")


def test_presets_are_sound() -> None:
    for preset in PRESETS:
        first = next(step for step in islice(activations.run(Settings(**preset.change)), 50) if step.result)
        assert first.result().settings.activation == preset.change.get("activation", "ReLU")


# What is drawn.


def test_the_charts_show_the_numbers(result: Result) -> None:
    drawn = {s["name"]: s["data"] for s in figures.dead(result)["series"] if s.get("name")}
    assert len(drawn) == len(RATES)
    assert [y for _, y in drawn["η = 1"]] == pytest.approx(100 * result.dead[0, 5].mean(0), rel=1e-3)
    means = figures.costs(result)["series"][2]["data"]
    assert [m["value"][0] for m in means] == pytest.approx(
        [100 * cost(result, r).mean for r in range(7)], rel=1e-3, abs=1e-3
    )
    total = figures.units(result, 5)["series"][-1]["data"]
    assert result.fit is not None
    expected = result.fit.parts[:5].sum(0) + result.fit.bias
    assert [y for _, y in total] == pytest.approx(expected, rel=1e-3, abs=1e-4)
    view = ViewSettings(shown=FUNCTIONS)
    for option in (figures.values(view), figures.derivatives(view), figures.rates(result), figures.costs(result)):
        assert len(json.dumps(option, allow_nan=False)) < 300_000


def test_a_feature_map_is_a_convolution_and_relu_keeps_its_positive_half() -> None:
    view = ViewSettings(gain=1.0)
    grey, mapped = figures.grey(view), figures.feature_map(view)
    kernel = torch.tensor(figures.KERNELS[view.kernel])[None, None]
    expected = F.conv2d(torch.from_numpy(grey)[None, None], kernel)[0, 0].numpy()
    np.testing.assert_allclose(mapped[1:-1, 1:-1], expected, atol=1e-12)
    assert np.array_equal(figures.activated(view, "ReLU"), np.maximum(mapped, 0))
    painted = figures.painted(np.array([[2.0, 0.0], [-2.0, 1.0]]))
    assert painted.shape == (2, 2, 3) and painted[0, 1].tolist() == [255, 255, 255]
    assert painted[0, 0].tolist() == [0, 114, 178] and painted[1, 0].tolist() == [213, 94, 0]


# The script.


@pytest.mark.parametrize("change", [{}, {"activation": "softplus", "optimizer": "SGD", "data": "xor", "depth": 1}])
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, Any]) -> None:
    settings = Settings(**{"width": 8, "seeds": 2, "epochs": 3, **change})
    printed = plain.main(SimpleNamespace(**vars(settings)))
    done = finished(activations.run(settings))
    assert done.test is not None
    for i, name in enumerate((settings.activation, settings.control)):
        low = slice(0, 4)  # high rates are chaotic
        np.testing.assert_allclose(printed[name][low, :, 0], done.test[i, low], atol=0.01)
        np.testing.assert_allclose(printed[name][low, :, 1], done.dead[i, low, :, -1], atol=0.07)


def test_no_split_shares_a_point() -> None:
    parts = [split.x.numpy() for split in splits(Settings())]
    everything = np.concatenate(parts)
    assert [len(part) for part in parts] == [200, 400, TEST] and len(np.unique(everything, axis=0)) == len(everything)
