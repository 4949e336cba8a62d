"""Bagging: the share left out, the vote as majority, out-of-bag honesty, scikit-learn's forest, and what is said of them."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn.ensemble import BaggingClassifier
from sklearn.tree import DecisionTreeClassifier

from core.concepts.ensembles import bagging
from core.concepts.ensembles.bagging import Settings, figures, plain, trees
from core.concepts.ensembles.bagging.experiment import data, disagreement
from core.progress import finished
from core.stats import mean_interval


def last(**change):
    return finished(bagging.run(Settings(**change)))


@pytest.fixture(scope="module")
def result():
    return last(trees=40, seeds=6)


def found(result):
    return {f.key: f for f in bagging.findings(result)}


# Samples.


def test_a_sample_leaves_out_the_share_that_it_should():
    rng = np.random.default_rng(0)
    shares = [(trees.bootstrap(rng, 1000, 1000) == 0).mean() for _ in range(300)]
    truth = mean_interval(shares, 0.999)
    assert truth.low < (1 - 1 / 1000) ** 1000 < truth.high
    assert np.mean(shares) == pytest.approx(math.exp(-1), abs=0.005)


def test_a_sample_has_as_many_rows_as_asked(result):
    assert (result.draws.sum(1) == 200).all() and result.draws.shape == (40, 200)
    small = last(trees=3, seeds=1, draw=0.1)
    assert (small.draws.sum(1) == 20).all()
    assert small.expected_draws().sum() == pytest.approx(200)
    assert small.expected_draws()[0] == pytest.approx(200 * (1 - 1 / 200) ** 20)
    assert found(small)["left_out"]["chance"] == pytest.approx((1 - 1 / 200) ** 20)


def test_a_row_that_counts_twice_is_a_row_that_is_there_twice():
    table, _ = data(Settings(), 0)
    x, y = table.train
    counts = trees.bootstrap(np.random.default_rng(3), len(y), len(y))
    weighted = trees.grow(x, y, counts, Settings(depth=3), 0)
    repeated = DecisionTreeClassifier(max_depth=3, random_state=0).fit(x.repeat(counts, 0), y.repeat(counts))
    assert np.array_equal(weighted.predict(table.validation.x), repeated.predict(table.validation.x))
    assert np.array_equal(trees.predict(weighted, x), weighted.predict(x))


# Votes.


def test_the_vote_is_the_majority_of_the_members(result):
    y = result.table.validation.y
    for m in (1, 2, 7, 40):
        counted = np.array([np.bincount(column, minlength=2).argmax() for column in result.predictions[:m].T])
        assert result.vote_error[0, m - 1] == pytest.approx((counted != y).mean())
        assert np.array_equal(result.votes(m).argmax(1), counted)


def test_the_out_of_bag_vote_counts_only_members_that_never_drew_the_row():
    result = last(trees=7, seeds=1, n=40)
    x, y = result.table.train
    rng, votes = np.random.default_rng(0), np.zeros((40, 2))
    for counts in result.draws:
        assert np.array_equal(trees.bootstrap(rng, 40, 40), counts)
        tree = DecisionTreeClassifier(random_state=int(rng.integers(2**31)))
        predicted = tree.fit(x, y, sample_weight=counts.astype(float)).predict(x)
        for row in np.flatnonzero(counts == 0):
            votes[row, predicted[row]] += 1
    voted = votes.sum(1) > 0
    assert result.oob_error[0, -1] == pytest.approx((votes.argmax(1) != y)[voted].mean())


def test_the_field_of_the_vote_is_the_mean_of_the_members(result):
    shares = result.shares(40)
    assert shares.sum(-1) == pytest.approx(1)
    assert np.array_equal(shares[..., 1], result.regions.mean(0))
    assert np.array_equal(result.shares(5, first=4).argmax(-1), result.regions[4])


def test_two_members_disagree_as_often_as_counting_pairs_says(result):
    p = result.predictions
    pairs = [(p[i] != p[j]).mean() for i in range(len(p)) for j in range(i)]
    assert result.disagreement[0] == pytest.approx(np.mean(pairs))
    assert disagreement(np.array([[1, 0]]), 1) == 0


def test_errors_are_near_those_of_scikit_learns_bagging():
    result = last(data="breast cancer", trees=50, seeds=4)
    theirs = []
    for seed in range(4):
        table, _ = data(result.settings, seed)
        model = BaggingClassifier(n_estimators=50, random_state=seed).fit(*table.train)
        theirs.append(1 - model.score(*table.validation))
    assert abs(np.mean(theirs) - result.vote_error[:, -1].mean()) < 0.02


# The run.


def test_fewer_members_are_the_beginning_of_more(result):
    shorter = last(trees=10, seeds=2)
    assert np.array_equal(shorter.draws, result.draws[:10])
    assert np.array_equal(shorter.vote_error, result.vote_error[:2, :10])


def test_what_is_shown_on_the_way_is_sound():
    shown = [step.result() for step in bagging.run(Settings(trees=5, seeds=3)) if step.result]
    assert [r.members for r in shown] == [1, 2, 3, 4, 5, 5, 5]  # the first seed member by member, then whole seeds
    assert [len(r.single_error) for r in shown] == [1, 1, 1, 1, 1, 2, 3]
    fractions = [step.fraction for step in bagging.run(Settings(trees=5, seeds=3))]
    assert fractions == sorted(fractions) and [f for f in fractions if f == 1] == [1]
    assert all(bagging.findings(r) for r in shown)


@pytest.mark.parametrize(
    "change",
    [
        {"trees": 1, "seeds": 1},
        {"n": 20, "draw": 0.1, "noise": 0.0, "data": "blobs", "wrong": 0.4, "features": "one", "depth": 12},
        {"data": "wine", "features": "sqrt", "depth": 1, "wrong": 0.4},
        {"n": 2000, "noise": 0.5, "data": "xor", "seed": 9999, "seeds": 1},
    ],
)
def test_settings_at_their_edges_run(change):
    result = last(**{"trees": 4, "seeds": 2, **change})
    assert np.isfinite(result.vote_error).all() and result.fraction == 1
    assert bagging.findings(result)


# Networks.


@pytest.fixture(scope="module")
def networks():
    return last(learner="network", trees=4, seeds=1, n=60)


def test_networks_vote_like_trees(networks):
    assert networks.draws.shape == (4, 60) and (networks.draws.sum(1) == 60).all()
    assert networks.predictions.shape == (4, 1000) and networks.regions.shape[0] == 4
    assert (networks.single_error < 0.4).all() and (networks.member_error < 0.4).all()  # guessing gives 0.5
    assert len({row.tobytes() for row in networks.predictions}) == 4  # each is a network of its own
    assert bagging.findings(networks)[0]["learner"] == "network"


def test_the_script_trains_the_same_networks():
    settings = Settings(learner="network", trees=1, seeds=1, n=60, draw=0.5)
    result, printed = finished(bagging.run(settings)), plain.main(settings)
    # One row of a thousand may fall on the other side of a boundary when sums are rounded in another order.
    assert printed["vote"] == pytest.approx(result.vote_error[:, -1], abs=0.0021)
    assert printed["single"] == pytest.approx(result.single_error, abs=0.0021)


# What is said.


def by_hand(values, level):
    """Student's interval, written out: mean, low, high."""
    v = np.asarray(values)
    half = stats.t.ppf(1 - (1 - level) / 2, len(v) - 1) * v.std(ddof=1) / math.sqrt(len(v))
    return v.mean(), v.mean() - half, v.mean() + half


def test_bagging_beats_one_deep_tree_and_the_vote_beats_its_members():
    result = last(trees=50, seeds=8, n=400)
    verdict = bagging.findings(result)[0]
    assert verdict.key == "vote_better"
    change = verdict["change"]
    assert (change.mean, change.low, change.high) == pytest.approx(
        by_hand(result.vote_error[:, -1] - result.single_error, 1 - 0.05 / 3)
    )
    assert change.high < 0 and (result.vote_error[:, -1] < result.member_error).all()
    assert found(result)["oob_same"]["change"].sign == 0


def test_no_difference_is_called_none_and_one_seed_gives_no_verdict(result):
    final = result.vote_error[:, -1]
    level = replace(result, single_error=final + np.array([0.01, -0.01] * 3))
    assert bagging.findings(level)[0].key == "vote_same"
    worse = replace(result, single_error=final - np.linspace(0.02, 0.03, 6))
    assert bagging.findings(worse)[0].key == "vote_worse"
    assert bagging.findings(last(trees=3, seeds=1))[0].key == "one_seed"
    # Differences that agree to the last row still leave the doubt of one row.
    alike = bagging.findings(replace(result, single_error=final + 0.001))[0]
    assert alike.key == "vote_same" and alike["change"].low < 0 < alike["change"].high


def test_members_after_the_tenth_are_judged_by_what_they_add(result):
    late = found(result)["late_same"]["change"]
    assert (late.mean, late.low, late.high) == pytest.approx(
        by_hand(result.vote_error[:, -1] - result.vote_error[:, 9], 1 - 0.05 / 3)
    )
    falling = result.vote_error - np.linspace(0, 0.1, 40)[None]
    assert "late_lower" in found(replace(result, vote_error=falling))


def test_the_out_of_bag_error_is_called_what_it_is(result):
    vote = result.vote_error
    spread = np.linspace(0.001, 0.002, 6)[:, None]
    for gap, key in ((0.05, "oob_higher"), (-0.05, "oob_lower"), (0.0, "oob_same")):
        bag = np.broadcast_to(vote[:, -1:] + gap + (spread - spread.mean()), vote.shape)
        assert key in found(replace(result, oob_error=bag))
    noisy = replace(result, oob_error=vote + 0.05 + spread, settings=replace(result.settings, wrong=0.1))
    assert "oob_wrong_labels" in found(noisy)
    assert "oob_none" in found(replace(result, oob_error=vote * np.nan))


def test_intervals_on_a_table_are_widened_for_the_rows_that_seeds_share():
    result = last(data="wine", trees=5, seeds=4)
    change = bagging.findings(result)[0]["change"]
    mean, low, high = by_hand(result.vote_error[:, -1] - result.single_error, 1 - 0.05 / 3)
    stretch = math.sqrt(1 + 4 * len(result.table.validation.y) / len(result.table.train.y))
    assert change.mean == pytest.approx(mean)
    assert change.high - change.low == pytest.approx(stretch * (high - low))
    top = found(result)["importance"]
    assert top["share"].mean == pytest.approx(result.importances.mean(0).max()) and top["share"].high <= 1
    assert result.importances.sum(1) == pytest.approx(1)


def test_runs_are_compared_on_the_same_seeds_only(result):
    fewer = last(trees=10, seeds=3)
    change = bagging.difference(result, fewer)["change"]
    assert change.mean == pytest.approx((result.vote_error[:3, -1] - fewer.vote_error[:, -1]).mean())
    assert bagging.difference(result, replace(result, settings=Settings(n=100))).key == "not_comparable"


def test_questions_have_the_answers_of_the_theory():
    left_out, stumps, _, forest = bagging.QUESTIONS
    assert left_out.grade(last(**left_out.change, trees=20, seeds=2))[0] == 2
    assert stumps.grade(last(**stumps.change, trees=30))[0] == 2
    assert forest.grade(last(**{**forest.change, "trees": 30, "seeds": 2}))[0] == 2


@pytest.mark.parametrize(
    "change", [{"wrong": 0.1}, {"data": "wine", "features": "sqrt", "depth": 2}, {"data": "spiral", "draw": 0.5}]
)
def test_the_script_gives_the_numbers_of_the_run(change):
    settings = Settings(trees=12, seeds=2, seed=3, **change)
    result, printed = finished(bagging.run(settings)), plain.main(settings)
    assert printed["vote"] == result.vote_error[:, -1].tolist()
    assert printed["single"] == result.single_error.tolist()


# Charts.


def test_the_charts_draw_the_run(result):
    error = {s["name"]: s for s in figures.error(result, 7)["series"] if "name" in s}
    assert np.allclose([y for _, y in error["vote"]["data"]], 100 * result.vote_error.mean(0), rtol=1e-4)
    assert np.allclose([y for _, y in error["single tree"]["data"]], 100 * result.single_error.mean(), rtol=1e-4)
    marks = [m["xAxis"] for s in figures.error(result, 7)["series"] for m in s.get("markLine", {"data": []})["data"]]
    assert marks == [7]
    drawn = figures.draws(result, 3)["series"]
    assert [d["value"] for d in drawn[0]["data"]][:2] == [(result.draws[2] == k).sum() for k in (0, 1)]
    assert sum(d["value"] for d in drawn[0]["data"]) == 200 and sum(drawn[1]["data"]) == pytest.approx(200, abs=0.5)
    ballots = figures.ballots(result, 40)["series"]
    wrong = sum(d["value"] for d in ballots[1]["data"])
    assert wrong == round(result.vote_error[0, -1] * 1000)


def test_the_pictures_draw_the_member_and_its_sample(result):
    alone, together = figures.member_field(result, 1), figures.vote_field(result, 1)
    assert alone.shape == together.shape == (400, 400, 3)
    assert (alone != together).any()  # points of the sample's sizes
