"""Terms of an error: they add up, they are those of mlxtend and of the definition, and their intervals cover."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlxtend.evaluate import bias_variance_decomp

from core.decomposition import resampled, squared, squared_at, zero_one

sizes = st.tuples(st.integers(2, 9), st.integers(1, 12), st.integers(0, 10**6))


class Recorded:
    """An estimator whose answers, fit after fit, are the rows of a matrix."""

    def __init__(self, answers):
        self.answers = iter(answers)

    def fit(self, x, y):
        return self

    def predict(self, x):
        return next(self.answers)


def theirs(answers, truth, loss):
    x = np.zeros((len(truth), 1))
    return bias_variance_decomp(Recorded(answers), x, truth, x, truth, loss, num_rounds=len(answers))


@given(sizes, st.floats(0, 3))
@settings(max_examples=30, deadline=None)
def test_bias_variance_and_noise_add_up_to_the_mean_squared_error(size, noise):
    R, T, seed = size
    rng = np.random.default_rng(seed)
    answers, truth = rng.normal(size=(R, T)), rng.normal(size=T)
    t = squared(answers, truth, noise)
    assert t.values["error"] == pytest.approx(((answers - truth) ** 2).mean() + noise)
    assert t.values["bias"] + t.values["variance"] + t.values["noise"] == pytest.approx(t.values["error"])
    bias, variance = squared_at(answers, truth)
    assert (bias.mean(), variance.mean()) == pytest.approx((t.values["bias"], t.values["variance"]))


@given(sizes)
@settings(max_examples=20, deadline=None)
def test_squared_terms_are_those_of_mlxtend_but_for_its_small_sample_error(size):
    R, T, seed = size
    rng = np.random.default_rng(seed)
    answers, truth = rng.normal(size=(R, T)), rng.normal(size=T)
    error, bias, variance = theirs(answers, truth, "mse")
    t = squared(answers, truth, 0.0).values
    assert t["error"] == pytest.approx(error)
    assert t["variance"] == pytest.approx(variance * R / (R - 1))
    assert t["bias"] == pytest.approx(bias - t["variance"] / R)


def test_squared_bias_and_variance_are_right_on_average_whatever_the_number_of_resamples():
    rng = np.random.default_rng(0)
    truth, spread = np.array([0.0, 1.0, -2.0]), np.array([1.0, 2.0, 0.5])
    seen = [squared(truth + 0.3 + spread * rng.normal(size=(4, 3)), truth, 0.0).values for _ in range(3000)]
    assert np.mean([t["bias"] for t in seen]) == pytest.approx(0.09, abs=0.03)
    assert np.mean([t["variance"] for t in seen]) == pytest.approx((spread**2).mean(), rel=0.04)


@given(sizes, st.integers(2, 4))
@settings(max_examples=30, deadline=None)
def test_zero_one_terms_add_up_and_are_those_of_mlxtend(size, classes):
    R, T, seed = size
    rng = np.random.default_rng(seed)
    answers, best = rng.integers(classes, size=(R, T)), rng.integers(classes, size=T)
    t = zero_one(answers, best, np.zeros(T), classes, draws=3).values
    error, bias, variance = theirs(answers, best, "0-1_loss")
    assert t["error"] == pytest.approx(error) == pytest.approx((answers != best).mean())
    assert t["bias"] == pytest.approx(bias)
    main = np.array([np.bincount(column).argmax() for column in answers.T])
    assert variance == pytest.approx((answers != main).mean())
    if classes == 2:  # Domingos's variance is the sum of both parts
        assert t["unbiased"] + t["biased"] == pytest.approx(variance)
    assert t["bias"] + t["unbiased"] - t["biased"] + t["noise"] == pytest.approx(t["error"])


@given(sizes)
@settings(max_examples=20, deadline=None)
def test_with_two_classes_the_noise_closes_the_sum_too(size):
    R, T, seed = size
    rng = np.random.default_rng(seed)
    answers, p = rng.integers(2, size=(R, T)), rng.random(T)
    best, noise = (p > 0.5).astype(int), np.minimum(p, 1 - p)
    expected = np.where(answers == 1, 1 - p, p).mean()  # over labels drawn with probability p
    assert zero_one(answers, best, noise, 2, draws=0).values["error"] == pytest.approx(expected)


def test_disagreement_is_that_of_all_pairs():
    answers = np.random.default_rng(1).integers(3, size=(6, 40))
    pairs = [(answers[i] != answers[j]).mean() for i in range(6) for j in range(i)]
    got = zero_one(answers, answers[0], np.zeros(40), 3, draws=0).values["disagreement"]
    assert got == pytest.approx(np.mean(pairs))


@pytest.mark.parametrize("R", [5, 25])
def test_intervals_of_squared_error_cover_as_often_as_they_say(R):
    rng = np.random.default_rng(2)
    mix, off = rng.normal(size=(20, 20)) / 20**0.5, 0.5 * rng.normal(size=20)
    truth = {"bias": (off**2).mean(), "variance": (mix**2).sum(1).mean()}
    truth["error"] = sum(truth.values())
    hits = dict.fromkeys([*truth, "difference"], 0)
    for _ in range(300):
        scatter = rng.normal(size=(R, 20)) @ mix.T
        one, half = squared(off + scatter, np.zeros(20), 0.0), squared(off + 0.5 * scatter, np.zeros(20), 0.0)
        for name, value in truth.items():
            interval = one.interval(name)
            hits[name] += interval.low <= value <= interval.high
        interval = half.interval("variance", other=one)
        hits["difference"] += interval.low <= -0.75 * truth["variance"] <= interval.high
    assert all(0.91 < hit / 300 < 0.99 for hit in hits.values()), hits


@given(sizes)
@settings(max_examples=20, deadline=None)
def test_pseudo_values_are_those_of_leaving_each_resample_out(size):
    R, T, seed = size[0] + 1, size[1], size[2]
    rng = np.random.default_rng(seed)
    answers, truth = rng.normal(size=(R, T)), rng.normal(size=T)
    classes, best, noise = rng.integers(3, size=(R, T)), rng.integers(3, size=T), np.zeros(T)
    whole, votes = squared(answers, truth, 0.1), zero_one(classes, best, noise, 3, draws=0)
    for r in range(R):
        rest, others = np.delete(answers, r, 0), np.delete(classes, r, 0)
        left = squared(rest, truth, 0.1).values
        for term in ("bias", "variance", "error"):
            expected = R * whole.values[term] - (R - 1) * left[term]
            assert whole.parts[term][r] == pytest.approx(expected)
        left = zero_one(others, best, noise, 3, draws=0).values
        for term in ("error", "disagreement"):
            expected = R * votes.values[term] - (R - 1) * left[term]
            assert votes.parts[term][r] == pytest.approx(expected)


def test_intervals_of_zero_one_loss_leave_room_for_a_main_prediction_in_doubt():
    rng = np.random.default_rng(3)
    p = np.clip(rng.normal(0.6, 0.2, 60), 0.02, 0.98)  # of the best answer: near a tie at many points
    truth = {"bias": (p < 0.5).mean(), "disagreement": (2 * p * (1 - p)).mean(), "error": (1 - p).mean()}
    truth["variance"] = truth["error"] - truth["bias"]
    hits = dict.fromkeys(truth, 0)
    for i in range(100):
        t = zero_one((rng.random((15, 60)) > p).astype(int), np.zeros(60, int), np.zeros(60), 2, i)
        assert t.unsure > 0
        for name, value in truth.items():
            interval = t.interval(name)
            hits[name] += interval.low <= value <= interval.high
    assert all(hit / 100 > 0.86 for hit in hits.values()), hits


def test_a_difference_is_paired_and_a_learner_does_not_differ_from_itself():
    rng = np.random.default_rng(4)
    common = 3 * rng.normal(size=(20, 1)) * np.ones(8)
    a, b = (squared(common + 0.1 * rng.normal(size=(20, 8)), np.zeros(8), 0.0) for _ in range(2))
    apart = b.interval("error", other=a)
    alone = a.interval("error")
    assert apart.high - apart.low < 0.3 * (alone.high - alone.low)
    assert a.interval("error", other=a).mean == 0 and not a.interval("error", other=a).clear_of_zero


def test_an_interval_stays_where_the_term_can_be():
    rng = np.random.default_rng(6)
    answers = rng.normal(size=(5, 3))
    unbiased = squared(answers, answers.mean(0), 0.0)
    assert unbiased.values["bias"] < 0 and unbiased.interval("bias").mean == 0 == unbiased.interval("bias").low
    assert unbiased.interval("variance").low > 0 and unbiased.interval("error").low > 0
    votes = zero_one(np.array([[0, 1], [0, 0], [0, 0]]), np.zeros(2, int), np.zeros(2), 2)
    for term in ("bias", "error", "disagreement"):
        interval = votes.interval(term, 0.999)
        assert 0 <= interval.low <= interval.mean <= interval.high <= 1


def test_two_resamples_or_no_spread_give_no_interval():
    two = squared(np.random.default_rng(7).normal(size=(2, 3)), np.zeros(3), 0.0)
    assert all(np.isnan(two.interval(term).low) for term in ("bias", "variance", "error"))
    same = squared(np.ones((5, 3)), np.zeros(3), 0.0)
    assert np.isnan(same.interval("bias").low) and same.values["bias"] == 1
    # Shares were counted on so few points that agreement by chance is possible.
    agreed = zero_one(np.zeros((5, 10), int), np.zeros(10, int), np.zeros(10), 2)
    assert agreed.interval("error").high > 0.01


def test_the_bootstrap_draws_that_everyone_shares_cannot_be_changed():
    counts = resampled(7, 0)
    assert (counts.sum(1) == 7).all() and (counts[0] == 1).all()
    with pytest.raises(ValueError, match="read-only"):
        counts[0] = 0
