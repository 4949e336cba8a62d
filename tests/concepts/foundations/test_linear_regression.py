"""Linear regression: three ways to one answer, the border of the learning rate, and what the penalties do."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import LinearRegression

from core.concepts.foundations import linear_regression as concept
from core.concepts.foundations.linear_regression import Result, Settings, figures, plain
from core.concepts.foundations.linear_regression.data import load
from core.concepts.foundations.linear_regression.descent import descend, descend_in_batches, gradient, try_rates
from core.concepts.foundations.linear_regression.findings import QUESTIONS, closer, first_within
from core.data.checks import DataError
from core.settings import SettingsError

ROUND: dict[str, Any] = {"data": "bmi", "scaling": "standardised", "batch": 34}


def run(**change: Any) -> Result:
    result: Result = concept.run(Settings(**change))
    return result


# The facts


def test_closed_form_descent_and_sgd_agree_to_a_ten_thousandth() -> None:
    result = run(**ROUND, lr=0.03, epochs=400)
    assert result.errors[-1] < 1e-4 and result.sgd_errors[1, :, -1].max() < 1e-4
    assert result.sgd_errors[0, :, -1].min() > 1e-4  # a constant rate does not get there
    assert concept.findings(result)[0].key == "all_agree"


@pytest.mark.parametrize("data", ["points", "bmi", "blood", "diabetes"])
@pytest.mark.parametrize("scaling", ["raw", "standardised"])
def test_descent_converges_below_the_limit_and_diverges_above_it(data: str, scaling: str) -> None:
    rows = load(Settings(data=data, scaling=scaling))
    A, y = rows.design, rows.y
    limit = run(data=data, scaling=scaling, epochs=1, batch=442).limit
    steep = np.linalg.eigh(A.T @ A)[1][:, -1]
    exact = np.linalg.lstsq(A, y, rcond=None)[0]
    below, above = (np.abs((descend(A, y, f * limit, 1000) - exact) @ steep) for f in (0.99, 1.01))
    assert below[-1] < 1e-7 * max(below[0], 1e-3) and above[-1] > 1e5 * above[0]


@pytest.mark.parametrize("data", ["points", "bmi", "blood", "diabetes"])
@pytest.mark.parametrize("scaling", ["raw", "centred", "standardised"])
def test_the_measured_border_encloses_the_computed_one(data: str, scaling: str) -> None:
    result = run(data=data, scaling=scaling, epochs=1)
    low, high = result.border
    assert low < result.limit < high < 1.06 * low
    assert (np.diff(result.grew.astype(int)) >= 0).all()  # one border, not several
    assert concept.findings(result)[2].key == "border"


def test_one_standardised_input_has_the_limit_one_and_is_solved_in_one_step() -> None:
    result = run(**ROUND, lr=0.5, epochs=5)
    assert result.limit == pytest.approx(1) and result.condition == pytest.approx(1)
    assert first_within(result) == 1
    assert run(data="bmi", batch=64, epochs=1).limit == pytest.approx(0.001396, rel=1e-3)
    assert run(data="diabetes", scaling="standardised", epochs=1).limit == pytest.approx(0.2485, rel=1e-3)


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 20), st.integers(1, 4))
def test_the_matrix_derivative_is_that_of_differences(seed: int, n: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    A, y, w = rng.normal(size=(n, d)), rng.normal(size=n), rng.normal(size=d)
    loss = lambda at: ((A @ at - y) ** 2).mean()  # noqa: E731
    differences = [(loss(w + h) - loss(w - h)) / 2e-4 for h in 1e-4 * np.eye(d)]
    assert gradient(A, y, w) == pytest.approx(differences, abs=1e-6)


def test_the_three_gradients_of_a_run_are_one() -> None:
    for change in ({}, {"data": "diabetes"}, {"outliers": 5}):
        result = run(**change, epochs=1)
        assert result.gradient[1:] == pytest.approx(np.stack([result.gradient[0]] * 2), rel=1e-6, abs=1e-9)


def test_descent_is_the_recursion_over_the_rows() -> None:
    rows = load(Settings(outliers=2))
    A, y = rows.design, rows.y
    w, seen = np.array([0.0, 1.0]), descend(A, y, 0.1, 20)
    for step in range(20):
        w = w - 0.1 * gradient(A, y, w)
        assert seen[step + 1] == pytest.approx(w)


def test_batches_of_all_rows_are_gradient_descent_and_both_schedules_begin_alike() -> None:
    rows = load(Settings())
    A, y = rows.design, rows.y
    exact = np.linalg.lstsq(A, y, rcond=None)[0]
    way, errors = descend_in_batches(A, y, exact, 0.1, 60, 30, range(3))
    own = np.abs(descend(A, y, 0.1, 30) - exact).max(1)
    assert errors[0] == pytest.approx(np.stack([own] * 3)) and errors.shape == (2, 3, 31)
    assert errors[1, :, 1] == pytest.approx(errors[0, :, 1]) and (errors[1, :, 2] != errors[0, :, 2]).all()
    assert way.shape == (2, 31, 2)


def test_the_noise_floor_of_a_constant_rate_is_higher_for_larger_rates_and_smaller_batches() -> None:
    cases = ((0.02, 34), (0.08, 34), (0.08, 13))
    floors = [run(**ROUND | {"batch": b}, lr=lr, epochs=150).sgd_errors[0, :, 75:].mean(1) for lr, b in cases]
    assert (floors[1] > 1.5 * floors[0]).all() and (floors[2] > 1.5 * floors[1]).all()


def test_a_seed_trains_alike_whoever_is_beside_it() -> None:
    two, eight = run(seeds=2), run(seeds=8)
    assert two.sgd_errors == pytest.approx(eight.sgd_errors[:, :2], rel=1e-9, abs=1e-12)


def test_lasso_sets_weights_to_zero_and_ridge_only_shrinks() -> None:
    result = run(strength=0.1, epochs=1)
    assert (result.lasso_at == 0).sum() == 4 and (result.ridge_at != 0).all()
    assert (result.lasso[-1] == 0).all()
    assert (np.diff((result.ridge**2).sum(1)) < 0).all()  # the norm falls along the path
    # The optimality conditions of lasso: the gradient of the error is the strength, or smaller where a weight is zero.
    from core.concepts.foundations.linear_regression.data import measurements

    x, y, _ = measurements()
    slope = gradient(x, y, result.lasso_at)
    assert np.abs(slope[result.lasso_at != 0]) == pytest.approx(0.1, abs=1e-4)
    assert (np.abs(slope) <= 0.1 + 1e-4).all()
    assert gradient(x, y, result.ridge_at) == pytest.approx(-0.2 * result.ridge_at, abs=1e-9)


# What is said


def test_the_verdict_is_that_of_the_run() -> None:
    assert concept.findings(run(lr=0.3))[0].key == "diverges"
    assert concept.findings(run())[0].key == "descent_agrees"
    slow = concept.findings(run(data="bmi", lr=0.001, batch=64, epochs=50))[0]
    assert slow.key == "slow" and slow["condition"] == pytest.approx(2.63e4, rel=0.01)
    assert slow["off"] == pytest.approx(run(data="bmi", lr=0.001, batch=64, epochs=50).errors[-1])
    assert run(lr=0.26).diverges and not run(lr=0.255).diverges


def test_schedules_are_compared_by_paired_seeds() -> None:
    result = run(**ROUND, lr=0.03)
    logs = np.log10(result.sgd_errors[..., -1])
    known = stats.ttest_1samp(logs[0] - logs[1], 0).confidence_interval()
    assert (closer(result).low, closer(result).high) == pytest.approx((known.low, known.high))
    found = concept.findings(result)[1]
    assert found.key == "falling_closer" and found["low"] == pytest.approx(10**known.low)
    alike = concept.findings(run(epochs=1))[1]  # in the first epoch both rates are the same
    assert alike.key == "schedules_alike"
    early = concept.findings(run(data="bmi", lr=0.001, batch=64))[1]
    assert early.key == "constant_closer" and early["high"] > early["low"] > 1
    assert concept.findings(run(lr=0.5))[1]["constant"] == 8


def test_outliers_are_added_where_the_learner_clicks_and_told() -> None:
    place = 137
    at = figures.scatter(run())["series"][-1]["data"][place]
    moved = run(**figures.outlier_at(run(), place))
    assert moved.odd.sum() == 1
    assert (moved.x[moved.odd, 0][0], moved.y[moved.odd][0]) == pytest.approx(at, abs=0.01)
    told = next(f for f in concept.findings(moved) if f.key == "outliers")
    clean = np.polyfit(moved.x[~moved.odd, 0], moved.y[~moved.odd], 1)[0]
    assert told["before"] == pytest.approx(clean)
    assert told["after"] == pytest.approx(np.polyfit(moved.x[:, 0], moved.y, 1)[0])
    assert "outliers" not in [f.key for f in concept.findings(run())]


@pytest.mark.parametrize(
    ("key", "right"), [("one_step", 0), ("above", 2), ("schedule", 1), ("outlier", 1), ("lasso", 2)]
)
def test_questions_have_the_answers_of_the_run(key: str, right: int) -> None:
    question = next(q for q in QUESTIONS if q.key == key)
    assert question.grade(run(**question.change))[0] == right


# The charts, the cost and the script


def test_the_charts_show_the_numbers() -> None:
    result = run()
    chart = figures.rates(result)
    assert [d["value"][0] for d in chart["series"][0]["data"]] == pytest.approx(result.rates, rel=1e-3)
    picked = figures.rate_at(result, 20)
    assert picked["lr"] == pytest.approx(result.rates[20], rel=1e-3) and run(**picked).diverges
    levels = np.array([p for p in figures.surface(result)["series"][0]["data"] if p[0] is not None])
    first = levels[:73] - result.exact  # the innermost ring: one loss all round
    H = result.eigenvectors * result.eigenvalues @ result.eigenvectors.T
    height = ((first @ H) * first).sum(1)
    assert np.ptp(height) < 0.01 * height.mean()
    wide = figures.surface(run(data="diabetes", scaling="standardised"))
    assert wide["series"][3]["data"][0] == pytest.approx(wide["series"][4]["data"][0])  # descent begins at the start
    assert figures.penalty(result, "lasso")["series"][9]["data"][-1][1] == 0


def test_the_costliest_run_is_drawn_while_a_slider_moves() -> None:
    with pytest.raises(SettingsError, match="larger batch"):
        Settings(data="bmi", batch=5, epochs=400)
    s = {"data": "diabetes", "scaling": "standardised", "batch": 34, "epochs": 400}
    run(**s)
    spent = []
    for lr in (0.1, 0.12, 0.14):
        begun = time.process_time()
        result = run(**s, lr=lr)
        for draw in (figures.surface, figures.errors, figures.rates):
            draw(result)
        spent.append(time.process_time() - begun)
    assert min(spent) < 0.25  # 0.15, and room for a machine that does other things


def test_rates_are_tried_by_a_stack_that_does_what_descent_does() -> None:
    rows = load(Settings())
    A, y = rows.design, rows.y
    exact = np.linalg.lstsq(A, y, rcond=None)[0]
    least = ((A @ exact - y) ** 2).mean()
    rates, growth, grew = try_rates(A, y, 0.2573, least)
    for k in (0, 10, 17):
        w = descend(A, y, rates[k], 100)[-1]
        excess = (((A @ w - y) ** 2).mean() - least) / (((A[:, -1] - y) ** 2).mean() - least)
        assert growth[k] == pytest.approx(excess, rel=1e-6, abs=1e-12)
    assert not grew[10] and grew[31]


@pytest.mark.parametrize("change", [{"outliers": 2}, {"data": "diabetes", "scaling": "standardised", "batch": 64}])
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, Any]) -> None:
    settings = Settings(**change, epochs=8, seeds=2, lr=0.1)
    result = concept.run(settings)
    printed = plain.main(settings)
    assert printed["exact"] == pytest.approx(result.exact, abs=1e-9) and printed["limit"][0] == pytest.approx(
        result.limit
    )
    assert printed["gradient descent"][0] == pytest.approx(result.errors[-1])
    for k, name in enumerate(("constant", "falling")):
        assert printed[name] == pytest.approx(result.sgd_errors[k, :, -1], rel=1e-6)
    assert printed["ridge"] == pytest.approx(result.ridge_at, abs=1e-9)
    assert printed["lasso"] == pytest.approx(result.lasso_at, abs=1e-5)


# A learner's own rows


def test_own_rows_are_fitted_and_their_limit_is_computed() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(50, 10, (40, 2))
    y = 3 * x[:, 0] - x[:, 1] + rng.normal(0, 1, 40)
    table = "\n".join(
        ["width,height,price", *(f"{float(a)!r},{float(b)!r},{float(c)!r}" for (a, b), c in zip(x, y, strict=True))]
    )
    own = Settings(data="own", own="digest", scaling="standardised", lr=0.2, batch=442)
    result = concept.run(own, table.encode())
    assert result.names == ("width", "height", "intercept") and not result.odd.any()
    scaled = np.column_stack([(x - x.mean(0)) / x.std(0), np.ones(40)])
    assert result.limit == pytest.approx(2 / np.linalg.eigvalsh(2 / 40 * scaled.T @ scaled)[-1])
    known = LinearRegression().fit(scaled[:, :2], (y - y.mean()) / y.std())
    assert result.exact == pytest.approx([*known.coef_, known.intercept_])
    assert not figures.has_line(result)


def test_one_input_of_ones_own_is_drawn_as_a_line_without_places_for_outliers() -> None:
    table = "\n".join(["x,y", *(f"{i},{2 * i + i % 3}" for i in range(30))]).encode()
    result = concept.run(Settings(data="own", own="digest", scaling="standardised", batch=442), table)
    assert figures.has_line(result) and figures.scatter(result)["series"][-1]["data"] == []
    assert result.slope(result.exact)[0] * table_deviation(table) == pytest.approx(2, abs=0.01)


def table_deviation(table: bytes) -> float:
    """Of the target of a CSV file of two columns."""
    return float(np.loadtxt(table.decode().splitlines(), delimiter=",", skiprows=1)[:, 1].std())


def test_a_file_is_asked_for() -> None:
    with pytest.raises(SettingsError, match="Choose a CSV file first"):
        Settings(data="own")
    with pytest.raises(DataError, match="Choose a CSV file first"):
        concept.run(Settings(data="own", own="digest"))
