"""Sequences: what each method can and cannot predict, the simple guesses, and what the verdict rests on."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.tsa.ar_model import AutoReg

from core.concepts.paradigms import sequences as concept
from core.concepts.paradigms.sequences import Result, Settings, figures, linear, networks, plain
from core.concepts.paradigms.sequences.experiment import prepare
from core.concepts.paradigms.sequences.findings import exponent, growth
from core.data import series
from core.engine.random import initialise
from core.progress import finished

LITTLE = Settings(steps=5, seeds=2, width=8)


@pytest.fixture(scope="module")
def little() -> Result:
    return finished(concept.run(LITTLE))


@pytest.fixture(scope="module")
def sines() -> Result:
    return only_linear(data="sines", lags=12)


def only_linear(**change: Any) -> Result:
    return finished(concept.run(Settings(methods=("AR",), **change)))


def keys(result: Result) -> list[str]:
    return [f.key for f in concept.findings(result)]


# The series


def test_the_computed_series_follow_their_laws() -> None:
    rng = np.random.default_rng(0)
    x = series.logistic(300, rng)
    assert x[1:] == pytest.approx(series.R * x[:-1] * (1 - x[:-1]))
    x = series.sines(3000, rng)
    power = np.abs(np.fft.rfft(x * np.hanning(3000)))
    assert min(abs(3000 / np.argsort(power)[-12:].max() - 7.3), 9) < 0.1  # the shortest period
    x = series.autoregressive(20_000, rng)
    noise = x[2:] - 1.6 * x[1:-1] + 0.8 * x[:-2]
    assert noise.std() == pytest.approx(1, abs=0.03) and abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 0.03
    x = series.mackey_glass(1000, rng)
    assert 0.2 < x.min() < 0.5 and 1.2 < x.max() < 1.5  # the attractor for a delay of 17
    assert np.diff(series.walk(5000, rng)).std() == pytest.approx(1, abs=0.05)


def test_the_real_series_are_those_that_statsmodels_ships() -> None:
    assert len(series.sunspots()) == 309 and series.sunspots().max() == 190.2  # 1957
    sea = series.elnino()
    assert len(sea) == 12 * 61 and sea[:3] == pytest.approx([23.11, 24.20, 25.37])
    air = series.co2()
    assert len(air) == 526 and np.isfinite(air).all() and 310 < air.min() < 320 < 365 < air.max() < 375


@given(st.integers(0, 50), st.sampled_from(list(series.MADE)), st.sampled_from([0.0, 0.3]))
@settings(max_examples=10, deadline=None)
def test_noise_has_the_size_that_was_asked_for(seed: int, name: str, noise: float) -> None:
    clean, noisy = series.load(name, 1500, 0, seed), series.load(name, 1500, noise, seed)
    assert (noisy - clean).std() == pytest.approx(noise * clean.std(), rel=0.1)


# The methods


def test_linear_autoregression_equals_statsmodels() -> None:
    x = series.load("autoregressive", 500, 0.1, 3)
    model = AutoReg(x, 7, trend="c").fit()
    ours = linear.coefficients(x, 7)
    assert ours == pytest.approx(np.r_[model.params[:0:-1], model.params[0]], abs=1e-8)
    assert linear.run_free(ours, x[None, -40:], 30)[0] == pytest.approx(model.forecast(30), abs=1e-8)


def test_three_sines_need_six_lags(sines: Result) -> None:
    assert (sines.error("AR") < 1e-3).all()
    assert only_linear(data="sines", lags=4).error("AR")[99] > 0.5


@pytest.mark.parametrize("name", ["MLP", "RNN", "LSTM"])
def test_a_free_run_feeds_each_prediction_back(name: str) -> None:
    """Against reading everything anew before each prediction."""
    model = initialise(networks.builder(name, LITTLE)(), 0)
    known = np.random.default_rng(0).standard_normal((3, 40))
    x = torch.tensor(known, dtype=torch.float32)
    with torch.no_grad():
        for _ in range(5):
            out = model(x[:, -LITTLE.lags :]) if name == "MLP" else model(x[..., None])[:, -1]
            x = torch.cat([x, out], 1)
    assert networks.run_free(model, known, 5) == pytest.approx(x[:, 40:].numpy(), abs=1e-5)


def test_examples_and_loss_leave_out_what_a_recurrent_network_cannot_know() -> None:
    x = np.arange(100.0)
    given_, asked = networks.examples("MLP", x, LITTLE)
    assert given_.shape == (84, 16) and (asked[:, 0] == given_[:, -1] + 1).all()
    given_, asked = networks.examples("LSTM", x, LITTLE)
    assert given_.shape == (60, 40, 1) and (asked == given_[..., 0] + 1).all()
    out = torch.zeros(1, 60, 40, 1)
    out[:, :, :10] = 99
    assert (networks.squared_error(out, torch.zeros(1, 60, 40)) == 0).all()


def test_chaos_the_recurrent_network_sees_one_step_of_the_logistic_map_and_not_ten() -> None:
    s = Settings(data="logistic", methods=("AR", "RNN"), seeds=2, steps=600)
    result = finished(concept.run(s))
    assert result.error("AR")[0] > 0.8 and result.error("RNN")[0] < 0.05 and result.error("RNN")[9] > 0.8
    assert exponent(result) == pytest.approx(0.495, abs=0.01)
    assert 0.4 < growth(result, "RNN").mean < 0.65
    assert keys(result)[-1] == "chaos"


# Where is predicted from, and the simple guesses


@pytest.mark.parametrize(
    "change", [{}, {"data": "sunspots"}, {"data": "co2", "changes": True}, {"data": "walk", "n": 200}]
)
def test_no_value_to_be_predicted_has_been_learned_or_shown(change: dict[str, Any]) -> None:
    p = prepare(Settings(**change))
    assert p.origins[0] == p.trained and p.origins[-1] + p.horizon == len(p.level)
    assert p.level[: p.trained].mean() == pytest.approx(0) and p.level[: p.trained].std() == pytest.approx(1)
    for row, origin in zip(p.known, p.origins, strict=True):
        shown = row * p.scale + p.shift
        before = np.diff(p.level[:origin]) if p.changes else p.level[:origin]
        assert shown == pytest.approx(before[-40:])
    assert len(p.training) == p.trained - p.changes


def test_predicted_changes_add_up_to_levels() -> None:
    p = prepare(Settings(data="co2", changes=True))
    truth = p.given[(p.origins - 1)[:, None] + np.arange(p.horizon)]
    assert p.predicted(truth) == pytest.approx(p.level[p.origins[:, None] + np.arange(p.horizon)], abs=1e-5)


def test_the_simple_guesses_are_the_last_value_and_the_mean(sines: Result) -> None:
    x, at = sines.level, sines.origins
    for h in (1, 10, 100):
        assert sines.error("now")[h - 1] == pytest.approx(((x[at + h - 1] - x[at - 1]) ** 2).mean() ** 0.5)
        assert sines.error("mean")[h - 1] == pytest.approx((x[at + h - 1] ** 2).mean() ** 0.5)


# The verdict


def test_a_method_that_is_exact_reaches_the_end(sines: Result) -> None:
    verdict = concept.findings(sines)[0]
    assert verdict.key == "furthest_all" and verdict["span"]["n"] == 100 == sines.horizon
    assert sines.reach("AR", "mean") == 100


def test_nothing_beats_same_as_now_on_a_random_walk() -> None:
    result = only_linear(data="walk", n=3000)
    assert keys(result)[0] == "none_beats"
    assert 0.95 < (result.error("AR") / result.error("now"))[0] < 1.05


def with_forecasts(result: Result, **forecasts: np.ndarray) -> Result:
    return dataclasses.replace(
        result, forecasts=forecasts, settings=dataclasses.replace(LITTLE, methods=tuple(forecasts))
    )


def test_an_interval_is_that_of_the_parts_and_of_the_seeds(sines: Result) -> None:
    rng = np.random.default_rng(0)
    made = with_forecasts(
        sines, AR=sines.truth[None], LSTM=sines.truth + 0.3 * rng.standard_normal((4, *sines.truth.shape))
    )
    got = made.gain("LSTM", "AR", 10)
    d = -np.square(made.forecasts["LSTM"] - made.truth)[:, :, 9]
    parts = np.array_split(d.mean(0), 12)
    assert set(np.bincount(made.parts(10))) == {20}
    t = [
        stats.t.ppf(1 - 0.05 / 2 / 2, n - 1) * np.std(v, ddof=1) / n**0.5
        for v, n in (([p.mean() for p in parts], 12), (d.mean(1), 4))
    ]
    assert got.mean == pytest.approx(d.mean()) and got.high - got.mean == pytest.approx(np.hypot(*t))
    assert got.level == 0.975 and got.sign == -1


def test_parts_are_never_shorter_than_the_horizon_and_too_few_give_no_interval() -> None:
    result = only_linear(data="sunspots", lags=9)
    for h in (1, 5, 12, 20):
        parts = result.parts(h)
        assert all(np.diff(parts) >= 0) and len(np.unique(parts)) <= 12
        assert len(np.unique(parts)) * h <= result.origins[-1] - result.origins[0] + 1
    forecasts = {"AR": result.forecasts["AR"][:, :40]}
    few = dataclasses.replace(result, origins=result.origins[:40], forecasts=forecasts)
    assert np.isnan(few.gain("AR", "now", 20).low) and few.gain("AR", "now", 20).sign == 0


def test_equal_methods_are_seldom_said_to_differ(sines: Result) -> None:
    """Errors of neighbouring places are alike, as those of forecasts over the same steps are."""
    rng, wrong = np.random.default_rng(1), 0
    kernel = np.ones(30) / 30**0.5
    for _ in range(150):
        noise = rng.standard_normal((2, len(sines.level) + 40))
        a, b = (np.convolve(each, kernel, "same")[sines.origins][:, None] + 0 * sines.truth for each in noise)
        made = with_forecasts(sines, AR=(sines.truth + a)[None], MLP=(sines.truth + b)[None])
        wrong += made.gain("AR", "MLP", 50, 1).sign != 0
    assert wrong / 150 < 0.11


def test_horizons_are_tested_in_their_order(sines: Result) -> None:
    forecast = sines.truth.copy()
    forecast[:, 6] += 9
    made = with_forecasts(sines, AR=sines.truth[None], MLP=forecast[None])
    assert made.reach("AR") == 100 and made.reach("MLP") == 6
    verdict = concept.findings(made)[0]
    assert verdict.key == "furthest" and [n["name"] for n in verdict["names"]] == ["AR"]
    assert verdict["others"][0].key == "up_to" and verdict["others"][0]["span"]["n"] == 6


def test_the_recurrent_network_is_compared_with_all_others(sines: Result) -> None:
    rng = np.random.default_rng(0)
    off = sines.truth + 0.5 * rng.standard_normal(sines.truth.shape)
    made = with_forecasts(sines, AR=sines.truth[None], MLP=off[None], LSTM=off[None])
    rows = next(f for f in concept.findings(made) if f.key == "recurrent")["rows"]
    assert [(r.key, r["other"]) for r in rows] == [("higher", "AR"), ("alike", "MLP")]
    assert rows[0]["more"].mean == pytest.approx(0.25, abs=0.05)  # positive: the recurrent network errs more
    assert "recurrent" not in keys(with_forecasts(sines, AR=sines.truth[None]))


def test_near_and_far_are_told_apart_only_where_both_differences_are_clear(sines: Result) -> None:
    noise = 0.5 * np.random.default_rng(0).standard_normal(sines.truth.shape)
    late, early = sines.truth.copy(), sines.truth.copy()
    late[:, 50:] += noise[:, 50:]
    early[:, :50] += noise[:, :50]
    found = {f.key: f for f in concept.findings(with_forecasts(sines, AR=late[None], MLP=early[None]))}
    assert (found["near_and_far"]["first"], found["near_and_far"]["last"]) == ("AR", "MLP")
    assert found["near_and_far"]["then"] == pytest.approx(0.5, abs=0.1)
    barely = sines.truth + 1e-9
    assert "near_and_far" not in keys(with_forecasts(sines, AR=late[None], MLP=barely[None]))


def test_questions_are_graded_from_the_numbers(sines: Result) -> None:
    off = sines.truth + 0.5 * np.random.default_rng(0).standard_normal(sines.truth.shape)
    grade = {q.key: q.grade for q in concept.QUESTIONS}
    good = with_forecasts(sines, AR=off[None], MLP=off[None], LSTM=sines.truth[None])
    bad = with_forecasts(sines, AR=sines.truth[None], MLP=sines.truth[None], LSTM=off[None])
    for key in ("recurrent", "sines", "noise"):
        assert (grade[key](good)[0], grade[key](bad)[0]) == (0, 1)
    assert grade["walk"](good)[0] == 0 and grade["walk"](only_linear(data="walk"))[0] == 1


# The run


def test_a_stopped_run_shows_what_is_there_and_no_verdict() -> None:
    steps = concept.run(LITTLE)
    early = next(step for step in steps if step.fraction > 0.3 and step.result)
    partial = early.result()
    steps.close()
    assert partial.methods[:2] == ("AR", "MLP") and keys(partial) == ["unfinished"]
    assert concept.difference(partial, partial).key == "not_comparable"
    assert figures.errors(partial)["series"] and figures.free(partial, 1)["series"]


def test_the_first_picture_is_there_before_anything_is_trained() -> None:
    first = next(step for step in concept.run(LITTLE) if step.result)
    assert first.result().methods == ("AR",)


@pytest.mark.parametrize("change", [{}, {"data": "elnino", "changes": True, "methods": ("LSTM", "AR")}])
def test_the_script_gives_the_errors_of_the_run(change: dict[str, Any]) -> None:
    s = dataclasses.replace(LITTLE, **change)
    result = finished(concept.run(s))
    printed = plain.main(SimpleNamespace(**vars(s)))
    assert list(printed) == ["same as now", "mean", *s.methods]
    for name in ("now", "mean", *s.methods):
        theirs = printed[{"now": "same as now"}.get(name, name)]
        assert theirs == pytest.approx(result.error(name), rel=1e-3), name


# The charts


def test_the_charts_show_the_numbers(little: Result) -> None:
    lines = {s["name"]: s for s in figures.errors(little)["series"] if s.get("name")}
    for name, words in (("AR", "AR"), ("LSTM", "LSTM"), ("now", "same as now"), ("mean", "mean")):
        assert [y for _, y in lines[words]["data"]] == pytest.approx(little.error(name), rel=1e-3)
    dots = {d["name"]: d["value"][0] for d in figures.errors(little)["series"][-1]["data"]}
    assert dots == {name: little.reach(name) for name in little.methods if little.reach(name)}
    path = next(s for s in figures.free(little, 12)["series"] if s.get("name") == "what came")
    assert path["data"][-1][1] == pytest.approx(little.truth[-1, -1], rel=1e-3)
    assert list(figures.table(little)["beats same as now"][:4]) == [little.reach(n) for n in little.methods]
