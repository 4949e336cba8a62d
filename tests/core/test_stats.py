"""Intervals against scipy's and against their own promise, and the words made from them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_1samp

from core.stats import Interval, counted, mean_interval, over_differences, proportion_interval, share_interval

VALUES = st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 3)), min_size=2, max_size=40)


@settings(max_examples=60, deadline=None)
@given(VALUES.filter(lambda v: np.ptp(v) > 1e-3), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_the_interval_is_that_of_a_t_test(values: list[float], level: float) -> None:
    theirs = ttest_1samp(values, 0).confidence_interval(level)
    ours = mean_interval(values, level)
    size = max(abs(theirs.low), abs(theirs.high))
    assert ours.n == len(values)
    assert ours.mean == pytest.approx(np.mean(values), rel=1e-9, abs=1e-9 * size)
    assert ours.low == pytest.approx(theirs.low, rel=1e-7, abs=1e-9 * size)
    assert ours.high == pytest.approx(theirs.high, rel=1e-7, abs=1e-9 * size)


@pytest.mark.parametrize("n", [2, 3, 8])
def test_ninety_five_of_a_hundred_intervals_hold_the_truth(n: int) -> None:
    samples = np.random.default_rng(n).normal(3.0, 2.0, (4000, n))
    held = np.mean([i.low <= 3.0 <= i.high for i in map(mean_interval, samples)])
    assert abs(held - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 4000)  # four standard errors


def test_one_value_has_a_mean_and_no_bounds() -> None:
    alone = mean_interval([0.25])
    assert (alone.mean, alone.n) == (0.25, 1)
    assert math.isnan(alone.low) and math.isnan(alone.high)
    assert not alone.clear_of_zero  # one seed shows nothing


def test_no_value_has_not_even_a_mean() -> None:
    nothing = mean_interval([])
    assert nothing.n == 0 and math.isnan(nothing.mean) and not nothing.clear_of_zero


def test_equal_values_carry_a_mean_and_no_verdict() -> None:
    same = mean_interval([2.0, 2.0, 2.0])
    assert (same.mean, same.n, same.sign) == (2.0, 3, 0) and math.isnan(same.low)


@pytest.mark.parametrize(("low", "high", "clear"), [(1, 2, True), (-2, -1, True), (-1, 1, False), (0, 1, False)])
def test_an_interval_is_clear_of_zero_only_when_it_leaves_zero_out(low: float, high: float, clear: bool) -> None:
    assert Interval((low + high) / 2, low, high, 5).clear_of_zero is clear


def test_things_are_counted_in_the_singular_and_the_plural() -> None:
    assert [counted(n, "seed") for n in (0, 1, 2)] == ["0 seeds", "1 seed", "2 seeds"]
    assert [counted(n, "loss", "losses") for n in (1, 3)] == ["1 loss", "3 losses"]


def test_the_size_of_a_negative_change_has_its_bounds_turned_round() -> None:
    assert Interval(-2.0, -3.0, -1.0, 5, 0.9).size == Interval(2.0, 1.0, 3.0, 5, 0.9)
    assert Interval(2.0, 1.0, 3.0, 5).size == Interval(2.0, 1.0, 3.0, 5)


def test_values_without_spread_carry_no_interval():
    same = mean_interval([0.1, 0.1, 0.1])
    assert math.isnan(same.low) and same.sign == 0 and not same.clear_of_zero


def test_two_equal_differences_of_counts_are_no_effect():
    # Two seeds whose accuracies differ by one row of 36, and by the same by chance.
    assert mean_interval([1 / 36, 1 / 36], rows=36).sign == 0
    assert mean_interval([30 / 36, 30 / 36], rows=36).sign == 1  # a difference that no spread of a few rows explains


def test_the_floor_keeps_false_effects_at_their_rate():
    rng = np.random.default_rng(0)
    draws = rng.binomial(36, 0.9, (4000, 2, 2)) / 36  # two seeds of two equally good learners
    false = np.mean([mean_interval(d[:, 0] - d[:, 1], rows=36).sign != 0 for d in draws])
    bare = np.mean([abs(d.mean()) > 0 and d.std() == 0 for d in draws[:, :, 0] - draws[:, :, 1]])
    assert bare > 0.04 and false < 0.002


def test_an_interval_stays_within_its_bounds():
    i = mean_interval([0.99, 0.2, 0.9], bounds=(0, 1))
    assert i.high == 1.0 and i.low >= 0


def test_a_share_covers_another_draw_of_rows():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(600):  # eight seeds scored on one and the same draw of 100 rows, true accuracy 0.8
        rows = rng.random(100) < 0.8
        hits += share_interval([rows.mean()] * 8, 100).low <= 0.8 <= share_interval([rows.mean()] * 8, 100).high
    assert 0.93 <= hits / 600 <= 0.99
    assert share_interval([1.0] * 8, 20).low < 0.95  # all right of twenty does not mean always right


@pytest.mark.parametrize("rows", [30, 300])
def test_a_difference_widened_by_its_rows_covers_other_seeds_and_other_rows(rows: int) -> None:
    """Two classifiers of which the first is better by 10 points; a row is hard for both, and hard for one more than for
    the other. Each time other rows and other seeds."""
    rng, held = np.random.default_rng(rows), 0
    for _ in range(1500):
        hard, own = rng.uniform(0, 0.5, rows), rng.uniform(-0.2, 0.2, rows)
        one, two = (rng.random((4, rows)) < p for p in (0.45 + hard + own / 2 + 0.05, 0.45 + hard - own / 2 - 0.05))
        seeds = mean_interval((one * 1.0 - two).mean(1), rows=rows)
        interval = over_differences(seeds, (one * 1.0 - two).mean(0))
        assert interval.low < seeds.low and interval.high > seeds.high
        held += interval.low <= 0.1 <= interval.high
    assert held / 1500 > 0.94


def test_a_difference_widened_by_its_rows_stays_a_difference_of_shares_and_is_never_sure() -> None:
    same = over_differences(mean_interval([0.0, 0.0, 0.0], rows=50), np.zeros(50))
    assert same.low < -0.02 and same.high > 0.02
    all_of_it = over_differences(mean_interval([1.0, 1.0], rows=5), np.ones(5))
    assert (all_of_it.mean, all_of_it.high) == (1.0, 1.0) and all_of_it.low >= -1
    assert math.isnan(over_differences(mean_interval([0.5]), [0.5, 0.5]).low)  # one seed carries no interval


@pytest.mark.parametrize("level", [0.95, 0.99])
def test_the_interval_of_a_proportion_is_that_of_a_binomial_test(level: float) -> None:
    for n in (1, 5, 16):
        for hits in range(n + 1):
            theirs = binomtest(hits, n).proportion_ci(level, method="exact")
            ours = proportion_interval(hits, n, level)
            assert (ours.mean, ours.n) == (hits / n, n)
            assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
