"""Intervals are Student's, their coverage is what theory says, and what is said of them can be checked otherwise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from scipy import stats

from core.concepts.foundations.expectation import QUESTIONS, Settings, difference, figures, findings, plain, run
from core.concepts.foundations.expectation.experiment import intervals
from core.concepts.foundations.expectation.findings import coverage, slope
from core.concepts.foundations.expectation.result import Result
from core.concepts.foundations.expectation.settings import SIZES, SOURCES
from core.concepts.foundations.expectation.sources import KNOWN
from core.figures.pins import lay_over
from core.stats import mean_interval

SEVERAL = (0, 1, 2)  # seeds


def said(result: Result) -> dict[str, Any]:
    return {f.key: f for f in findings(result)}


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20), st.sampled_from([0.5, 0.95, 0.99]))
@limits(max_examples=40, deadline=None)
def test_an_interval_is_that_of_the_other_pages_and_of_scipy(values: list[float], level: float) -> None:
    means, halves = intervals(np.array([values]), level)
    known = mean_interval(values, level)
    assert means[0] == pytest.approx(known.mean)
    assert np.isnan(halves[0]) == np.isnan(known.low)
    if np.std(values) > 1e-6:
        theirs = stats.ttest_1samp(values, 0).confidence_interval(level)
        assert (means[0] - halves[0], means[0] + halves[0]) == pytest.approx((theirs.low, theirs.high), rel=1e-6)


DISTRIBUTIONS = {
    "normal": stats.norm(),
    "uniform": stats.uniform(),
    "die": stats.randint(1, 7),
    "coin": stats.bernoulli(0.9),
    "exponential": stats.expon(),
    "lognormal": stats.lognorm(1),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_what_is_known_of_a_source_is_what_scipy_knows_and_what_its_draws_show(name: str) -> None:
    known, theirs = KNOWN[name], DISTRIBUTIONS[name]
    mean, variance, skewness = (float(v) for v in theirs.stats("mvs"))
    assert (known.mean, known.deviation, known.skewness) == pytest.approx((mean, math.sqrt(variance), skewness))
    x = known.draw(np.random.default_rng(0), (400_000,))
    assert x.mean() == pytest.approx(mean, abs=5 * known.deviation / math.sqrt(len(x)))
    assert x.std() == pytest.approx(known.deviation, rel=0.03)


@pytest.mark.parametrize("seed", SEVERAL)
@pytest.mark.parametrize("n", [2, 8, 32])
def test_coverage_of_normal_values_lies_between_94_and_96_percent(n: int, seed: int) -> None:
    result = run(Settings(n=n, seed=seed))
    assert len(result.holds) == 10_000 and 0.94 < result.holds.mean() < 0.96
    assert 0.78 < run(Settings(n=n, seed=seed, level=0.8)).holds.mean() < 0.82


@pytest.mark.parametrize("seed", SEVERAL)
def test_coverage_of_skewed_values_is_visibly_lower(seed: int) -> None:
    skewed = run(Settings(source="lognormal", n=5, seed=seed))
    assert 0.80 < skewed.holds.mean() < 0.85
    assert findings(skewed)[0].key == "covers_less" and said(skewed)["skewed"]["below"] > 0.6
    by_n = skewed.sizes.set_index("n").coverage
    assert by_n[100] > by_n[16] > 0.85
    assert findings(run(Settings(seed=seed)))[0].key == "covers"


@pytest.mark.parametrize("source", SOURCES)
def test_the_standard_error_falls_with_the_root_of_n(source: str) -> None:
    result = run(Settings(source=source))
    assert slope(result) == pytest.approx(-0.5, abs=0.02)
    assert result.sizes.error.to_numpy() == pytest.approx(result.deviation / np.sqrt(SIZES), rel=0.08)
    assert result.running[:, -1] == pytest.approx(result.mean, abs=5 * result.deviation / 100)  # of 10,000 values


def test_means_become_normal() -> None:
    few, many = (said(run(Settings(source="exponential", n=n)))["shape"] for n in (2, 100))
    assert few["expected"] == pytest.approx(math.sqrt(2)) and many["expected"] == pytest.approx(0.2)
    assert few["means"] == pytest.approx(few["expected"], abs=0.15)
    assert many["means"] == pytest.approx(many["expected"], abs=0.08)


@pytest.mark.parametrize("correlation", [0.0, 0.6, 0.9, 0.99])
def test_pairing_narrows_the_interval_by_the_root_of_one_minus_the_correlation(correlation: float) -> None:
    pairs = run(Settings(n=100, correlation=correlation)).pairs
    assert pairs.ratio == pytest.approx(math.sqrt(1 - correlation), rel=0.02)
    few = run(Settings(n=8, correlation=correlation)).pairs
    t = [stats.t.ppf(0.975, df) for df in (7, 14)]  # pairing halves the degrees of freedom
    assert few.ratio == pytest.approx(math.sqrt(1 - correlation) * t[0] / t[1], rel=0.03)
    assert all(0.93 < share < 0.97 for share in (*pairs.holds, *few.holds))
    d = few.first
    known = stats.ttest_1samp(d, 0).confidence_interval()
    assert (few.paired.low, few.paired.high) == pytest.approx((known.low, known.high)) and len(d) == 8


def test_a_difference_is_found_as_often_as_the_power_of_the_t_test_says() -> None:
    pairs = run(Settings()).pairs
    shift = 0.5 / math.sqrt(2 * (1 - 0.8) / 8)
    power = 1 - stats.nct.cdf(stats.t.ppf(0.975, 7), 7, shift)
    assert pairs.found[0] == pytest.approx(power, abs=0.035)
    assert pairs.found[1] < pairs.found[0] - 0.2
    none = run(Settings(effect=0.0))
    assert max(none.pairs.found) < 0.07 and "pairs_none" in said(none)


def test_false_alarms_with_and_without_bonferroni() -> None:
    result = run(Settings())
    plain_, corrected = result.alarms
    assert result.experiments == 4000 and plain_[0] == corrected[0] == pytest.approx(0.05, abs=0.012)
    assert (np.diff(plain_) >= 0).all() and plain_[9] > 0.25
    assert (corrected < 0.05 + 0.012).all()
    assert (plain_ <= 1 - 0.95 ** np.arange(1, 21) + 0.015).all()  # one reference for all: fewer than if independent
    # The same by scipy, experiment by experiment.
    x = np.random.default_rng([0, 5]).standard_normal((4000, 21, 8))
    p = stats.ttest_rel(x[:, 1:], x[:, :1], axis=2).pvalue
    assert plain_[6] == pytest.approx((p[:, :7] < 0.05).any(1).mean())
    assert corrected[6] == pytest.approx((p[:, :7] < 0.05 / 7).any(1).mean())


def test_samples_without_spread_have_no_interval_and_count_as_misses() -> None:
    result = run(Settings(source="coin"))
    share = float(np.isnan(result.halves).mean())
    assert share == pytest.approx(0.9**8 + 0.1**8, abs=0.02)
    assert not result.holds[np.isnan(result.halves)].any()
    assert findings(result)[0].key == "covers_less" and said(result)["no_spread"]["share"] == share


# The networks


def test_the_networks_are_the_population_and_rare_failures_break_the_intervals() -> None:
    result = run(Settings(source="networks"))
    assert len(result.values) == 256 and result.mean == pytest.approx(result.values.mean())
    assert set(result.sample) <= set(result.values) and 0.9 < result.holds.mean() < 0.96
    assert result.deviation == pytest.approx(result.values.std())
    rare = run(Settings(source="networks", width=3, n=100))
    assert rare.skewness == pytest.approx(float(stats.skew(rare.values))) and rare.skewness < -5
    assert rare.holds.mean() < 0.8 < run(Settings(source="networks", width=3)).holds.mean()
    assert run(Settings(source="networks", n=3)).values is result.values  # trained once


@pytest.mark.parametrize(
    "change", [{}, {"source": "lognormal", "n": 5}, {"source": "networks", "networks": 32, "steps": 20}]
)
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, Any]) -> None:
    s = Settings(**change)
    found, result = plain.main(s), run(s)
    near = 1e-9 if s.source != "networks" else 2e-3  # sums of a stack are rounded in another order
    assert found["expectation"] == pytest.approx(result.mean, abs=near)
    assert found["coverage"] == pytest.approx(result.holds.mean(), abs=1e-9 if near < 1e-3 else 0.02)
    assert found["scatter of the means"] == pytest.approx(np.sqrt(((result.means - result.mean) ** 2).mean()), abs=near)
    assert found["width paired / unpaired"] == pytest.approx(result.pairs.ratio)
    assert found["difference found, paired"] == pytest.approx(result.pairs.found[0])


# What is said


def test_the_verdict_follows_from_the_count_and_its_own_uncertainty() -> None:
    result = run(Settings())
    share = coverage(result)
    known = stats.binomtest(int(result.holds.sum()), 10_000).proportion_ci(0.99, "wilson")
    assert (share.low, share.high) == pytest.approx((known.low, known.high), abs=5e-4)
    careful = run(Settings(source="uniform", n=2, level=0.5))
    exact = careful.holds.mean()
    assert findings(careful)[0].key == (
        "covers_more" if exact > 0.513 else "covers_less" if exact < 0.487 else "covers"
    )
    assert difference(result, run(Settings(seed=1))).key == "not_changed"
    assert difference(result, run(Settings(source="lognormal", n=5))).key == "changed"


def test_the_first_sample_is_judged_by_its_interval() -> None:
    for seed in range(40):
        result = run(Settings(seed=seed, n=2))
        inside = stats.ttest_1samp(result.sample, result.mean).pvalue >= 0.05
        assert ("first_holds" in said(result)) == inside
        if not inside:
            break
    else:
        pytest.fail("of forty intervals none misses")


@pytest.mark.parametrize(
    ("key", "right"), [("values", 2), ("quarter", 1), ("skewed", 1), ("pairs", 1), ("alarms", 2), ("rare", 2)]
)
def test_questions_have_the_answers_of_the_textbook(key: str, right: int) -> None:
    question = next(q for q in QUESTIONS if q.key == key)
    assert question.grade(run(Settings(**question.change)))[0] == right


def test_the_share_of_single_values_inside_agrees_with_the_distribution() -> None:
    result = run(Settings(n=100))
    low, high = result.means[:100] - result.halves[:100], result.means[:100] + result.halves[:100]
    assert result.within == pytest.approx((stats.norm.cdf(high) - stats.norm.cdf(low)).mean(), abs=0.02)


# The charts


@pytest.mark.parametrize("source", SOURCES)
def test_the_intervals_drawn_are_those_of_the_result(source: str) -> None:
    result = run(Settings(source=source, n=3))
    bars, _, missed, _ = figures.intervals(result)["series"]
    drawn = len(bars["data"]) + len(missed["data"])
    assert drawn == int(np.isfinite(result.halves[:100]).sum())
    (x0, i), (x1, _) = bars["data"][0]["coords"]
    assert (x1 - x0) / 2 == pytest.approx(result.halves[i], rel=1e-2)
    for option in (figures.population(result), figures.means(result)):
        xy = np.array(option["series"][0]["data"])
        area = float(np.trapezoid(xy[:, 1], xy[:, 0]))
        assert area == pytest.approx(1, abs=0.03)


def test_a_pinned_coverage_lies_over_this_one() -> None:
    old, now = run(Settings(source="lognormal")), run(Settings())
    drawn = lay_over(figures.coverage(now), {"Pin A": figures.coverage(old)}, only=("counted",))["series"]
    (pin,) = [s for s in drawn if s["name"] == "Pin A"]
    assert [y for _, y in pin["data"]] == pytest.approx(100 * old.sizes.coverage.to_numpy(), abs=0.1)
