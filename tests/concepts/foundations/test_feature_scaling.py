"""Scalers are scikit-learn's, steps by the formula are the steps that run, the bound holds, and what is said can be checked otherwise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from torch import nn

from core.concepts.foundations.feature_scaling import QUESTIONS, Settings, difference, figures, findings, plain, run
from core.concepts.foundations.feature_scaling.descent import all_pairs, arrival, descend, slope, stretched, whole
from core.concepts.foundations.feature_scaling.findings import big, growth, leaked
from core.concepts.foundations.feature_scaling.leaks import leaks
from core.concepts.foundations.feature_scaling.result import BOUND, TARGET, Result
from core.concepts.foundations.feature_scaling.settings import SCALINGS, TABLES
from core.concepts.foundations.feature_scaling.tables import fit_scaler, scaled, table
from core.settings import SettingsError


@pytest.fixture(scope="module")
def default() -> Result:
    return run(Settings())


def said(result: Result) -> dict[str, Any]:
    return {f.key: f for f in findings(result)}


# The scalers


@pytest.mark.parametrize("data", TABLES)
def test_scalers_are_those_of_scikit_learn(data: str) -> None:
    x, _, names = table(data)
    assert x.shape[1] == len(names) == len(set(names))
    for name, theirs in (("min-max", MinMaxScaler()), ("z-score", StandardScaler()), ("robust", RobustScaler())):
        assert scaled(x, name) == pytest.approx(theirs.fit_transform(x), abs=1e-9)
    unit, z = scaled(x, "min-max"), scaled(x, "z-score")
    assert unit.min(0) == pytest.approx(0) and unit.max(0) == pytest.approx(1)
    assert z.mean(0) == pytest.approx(0, abs=1e-9) and z.std(0) == pytest.approx(1)


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=30), st.floats(0.01, 100), st.floats(-1e4, 1e4))
@limits(max_examples=40, deadline=None)
def test_scaling_forgets_units(values: list[float], factor: float, offset: float) -> None:
    x = np.array(values)[:, None]
    if np.ptp(x) < 1:
        x = x + np.arange(len(x))[:, None]
    for name in SCALINGS[1:]:
        if fit_scaler(x, name)[1][0] > 1e-3 * np.ptp(x):
            assert scaled(factor * x + offset, name) == pytest.approx(scaled(x, name), abs=1e-5)


def test_a_column_without_spread_is_left_finite() -> None:
    for name in SCALINGS:
        assert np.isfinite(scaled(np.full((5, 2), 3.0), name)).all()


# The descent


def two(data: str, scaling: str, a: int = 2, b: int = 3) -> tuple[np.ndarray, np.ndarray]:
    x, y, _ = table(data)
    return scaled(x[:, [a, b]], scaling), y


@pytest.mark.parametrize("scaling", SCALINGS)
def test_gradient_descent_is_that_of_torch_and_of_the_formula(scaling: str) -> None:
    x, y = two("wine", scaling)
    problem, target = slope(x, y), torch.tensor((y - y.mean()) / y.std())
    path, left = descend(problem, 40)
    model = nn.Linear(2, 1).double()
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=1 / np.linalg.eigvalsh(problem.hessian)[-1])
    for _ in range(40):
        optimizer.zero_grad()
        ((model(torch.tensor(x))[:, 0] - target) ** 2).mean().backward()
        optimizer.step()
    weights = torch.cat([model.weight[0], model.bias]).detach().numpy()
    assert path[-1] == pytest.approx(weights, rel=1e-8, abs=1e-12)
    assert left == pytest.approx(problem.excess(np.arange(41)), rel=1e-6, abs=1e-9)
    assert problem.condition == pytest.approx(np.linalg.cond(problem.hessian), rel=1e-3)


@pytest.mark.parametrize("data", TABLES)
def test_the_formula_counts_the_steps_that_run(data: str) -> None:
    for scaling in SCALINGS[1:]:
        problem = slope(*two(data, scaling))
        _, left = descend(problem, int(problem.steps))
        assert left[-1] <= TARGET < left[-2]


def test_the_measured_recipe() -> None:
    p = all_pairs()
    assert len(p) == 540 and set(p.data) == set(TABLES)
    assert (p.steps / p.condition).max() <= BOUND == pytest.approx(math.log(1000) / 2)
    fit = stats.linregress(np.log(p.condition), np.log(p.steps))
    assert 0.95 < fit.slope < 1.08 and fit.rvalue > 0.98
    medians = [p[p.scaling == name].steps.median() for name in ("raw", "min-max", "robust", "z-score")]
    assert medians == sorted(medians, reverse=True) and medians[0] > 1e5 and medians[-1] < 10
    cancer = whole("breast cancer").set_index("scaling")
    assert (
        cancer.condition["z-score"] > 1e4 and cancer.condition["raw"] > 1e12
    )  # correlated: scaling removes units only


@given(st.floats(1.5, 1e6), st.floats(0.01, 1))
@limits(max_examples=40, deadline=None)
def test_no_quadratic_needs_more_steps_than_the_bound(condition: float, share: float) -> None:
    x, y = two("wine", "z-score")
    problem = slope(x, y, constant=False)
    terms, speeds = np.array([1 - share, share]), np.array([1.0, 1 / condition])
    other = type(problem)(condition, math.nan, problem.best, problem.hessian, terms, speeds)
    steps = arrival(other)
    assert steps <= math.ceil(BOUND * condition)
    assert other.excess(np.array([steps]))[0] <= TARGET < other.excess(np.array([max(0, steps - 1)]))[0]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_hundred_stretchings_follow_the_formula_and_grow_with_the_condition_number(seed: int) -> None:
    result = run(Settings(seed=seed))
    rows = result.stretched
    there = rows[rows.steps > 0]
    assert len(rows) == 100 and (there.steps == there.formula).all()
    assert (rows[rows.steps < 0].formula > result.most).all()
    power, n = growth(result)
    assert n >= 40 and 0.9 < power.mean < 1.15 and power.low < 1.08
    big_ones = rows[(rows.condition >= 10) & (rows.condition * BOUND <= result.most)]
    assert power.mean == pytest.approx(np.polyfit(np.log(big_ones.condition), np.log(big_ones.steps), 1)[0])


def test_a_stretching_runs_alone_as_in_the_stack() -> None:
    x, y = two("diabetes", "z-score")
    factors = 10 ** np.random.default_rng(0).uniform(-0.75, 0.75, (100, 2))
    steps = stretched("diabetes", 2, 3, 0).steps
    for k in (0, 17, 99):
        problem = slope(x * factors[k], y, constant=False)
        _, left = descend(problem, int(steps[k]))
        assert left[-1] <= TARGET < left[-2]


# What a penalty changes


@pytest.mark.parametrize("scaling", SCALINGS[1:])
@pytest.mark.parametrize("penalty", [0.01, 1.0])
def test_a_penalty_moves_predictions_as_scikit_learn_says_and_scaling_alone_does_not(
    scaling: str, penalty: float
) -> None:
    result = run(Settings(scaling=scaling, penalty=penalty))
    x, y, _ = table("diabetes")
    target, pair = (y - y.mean()) / y.std(), x[:, [2, 3]]
    plain_ = Ridge(0).fit(pair, target).predict(pair)
    for name, kind in (("penalty", "raw"), ("both", scaling)):
        z = scaled(pair, kind)
        moved = np.abs(Ridge(len(x) * penalty).fit(z, target).predict(z) - plain_).max()
        assert result.ridge[name].moved == pytest.approx(moved, rel=1e-5)
    assert result.ridge["scaling"].moved < 1e-9 and result.ridge["nothing"].moved == 0
    assert result.ridge["both"].condition < result.ridge["penalty"].condition


# The leak


def test_a_leak_is_measured_on_the_same_splits_and_fades_with_more_rows() -> None:
    few, many = run(Settings(data="wine", scaling="robust")), run(Settings(data="wine", scaling="robust", rows=80))
    gap = few.leak.leaking["robust"] - few.leak.honest["robust"]
    known = stats.ttest_1samp(gap, 0).confidence_interval(1 - 0.05 / 3)
    effect = leaked(few, "robust")
    assert (effect.low, effect.high) == pytest.approx((known.low, known.high))
    assert "leak_high" in said(few) and "leak_unclear" in said(many)
    assert abs(leaked(many, "robust").mean) < effect.mean / 3
    assert (few.leak.honest["raw"] == few.leak.leaking["raw"]).all()  # nothing is fitted
    assert leaks("wine", 6, 0).honest["z-score"].mean() > leaks("wine", 6, 0).honest["raw"].mean() + 0.05
    assert "leak_low" in said(run(Settings(scaling="min-max")))


# The photograph


@pytest.mark.parametrize("photo", ["coffee", "temple"])
def test_channels_have_mean_0_and_deviation_1(photo: str) -> None:
    p = run(Settings(photo=photo)).photo
    assert p.normalised.mean((0, 1)) == pytest.approx(0, abs=1e-4)
    assert p.normalised.std((0, 1)) == pytest.approx(1, abs=1e-4)
    back = p.normalised * p.deviation + p.mean
    assert np.abs(255 * back - p.pixels).max() < 0.01
    grey = figures.shown(run(Settings(photo=photo)))
    assert grey.dtype == np.uint8 and grey.shape == p.pixels.shape


# What is said


def test_the_verdict_is_the_number_of_steps(default: Result) -> None:
    first = findings(default)[0]
    assert first.key == "faster" and first["a"] == "body mass index" and first["b"] == "blood pressure"
    assert (
        first["raw"]["n"] == default.slopes["raw"].steps > 1e6 and first["now"]["n"] == default.slopes["z-score"].steps
    )
    after = said(default)["after"]
    assert after["raw"] == pytest.approx(default.slopes["raw"].excess(np.array([50]))[0]) and after["scaled"] < 1e-9
    assert default.slopes["raw"].excess(np.array([50]))[0] > 0.9


def test_a_scaling_that_does_not_help_is_not_praised(default: Result) -> None:
    turned = Result(**(vars(default) | {"slopes": default.slopes | {"z-score": default.slopes["raw"]}}))
    assert findings(turned)[0].key == "same_steps"
    swapped = default.slopes | {"z-score": default.slopes["raw"], "raw": default.slopes["z-score"]}
    assert findings(Result(**(vars(default) | {"slopes": swapped})))[0].key == "slower"


def test_problems_that_are_too_hard_give_no_slope() -> None:
    hard = run(Settings(data="breast cancer", a=1, b=3))
    assert (
        "stretched_few" in said(hard) and said(hard)["stretched_few"]["late"]["n"] == (hard.stretched.steps < 0).sum()
    )


def test_numbers_of_any_size_have_a_phrase() -> None:
    assert [big(v).key for v in (1.83, 4.0, 479_536.0, 5.1e11)] == ["small", "count", "count", "power"]
    assert big(5.1e11)["mantissa"] == pytest.approx(5.1) and big(5.1e11)["exponent"] == 11


def test_one_feature_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match="different"):
        Settings(a=4)


def test_runs_are_compared_by_their_steps(default: Result) -> None:
    other = run(Settings(scaling="min-max"))
    assert difference(other, default).key == "more_steps" and difference(default, other).key == "fewer_steps"
    assert difference(default, default).key == "no_change"
    ratio = other.slopes["min-max"].steps / default.slopes["z-score"].steps
    assert difference(other, default)["ratio"] == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("key", "right"), [("which", 1), ("hundredfold", 1), ("easy", 2), ("moves", 1), ("leak", 0), ("leak_many", 2)]
)
def test_questions_have_the_answers_of_the_textbook(key: str, right: int) -> None:
    question = next(q for q in QUESTIONS if q.key == key)
    assert question.grade(run(Settings(**question.change)))[0] == right


# The charts and the script


@pytest.mark.parametrize("part", ["raw", "scaled"])
def test_level_lines_lie_at_their_level(default: Result, part: str) -> None:
    problem = default.slopes["raw" if part == "raw" else "z-score"]
    rings = figures.valley(default, part)["series"][0]["data"]
    best, hessian = problem.best[:2], problem.hessian[:2, :2]
    start = best @ hessian @ best
    for level, ring in zip(figures.LEVELS, rings, strict=True):
        off = np.array(ring["coords"]) - best
        excess = np.einsum("ti,ij,tj->t", off, hessian, off) / start
        assert np.median(excess) == pytest.approx(level, rel=0.05)  # coordinates are rounded


@pytest.mark.parametrize("change", [{}, {"data": "wine", "scaling": "robust", "a": 1, "b": 5, "rows": 20, "steps": 20}])
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, Any]) -> None:
    s = Settings(**change)
    found, result = plain.main(s), run(s)
    for part, name in (("raw", "raw"), ("scaled", s.scaling)):
        assert found[f"condition number, {name}"] == pytest.approx(result.slopes[name].condition, rel=1e-3)
        assert found[f"excess loss left, {name}"] == pytest.approx(result.left[part][-1], rel=1e-4, abs=1e-9)
    assert found["accuracy, honest"] == pytest.approx(result.leak.honest[s.scaling].mean(), abs=0.002)
    assert found["accuracy, leaking"] == pytest.approx(result.leak.leaking[s.scaling].mean(), abs=0.002)
