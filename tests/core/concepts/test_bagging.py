"""Bagging: the share left out, the vote as majority, out-of-bag honesty, scikit-learn's forest, and the words said of them."""

import math
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import BaggingClassifier
from sklearn.tree import DecisionTreeClassifier

from core.concepts.ensembles import bagging, bagging_members
from core.concepts.ensembles.bagging import Settings
from core.legacy import Waiting
from core.stats import mean_interval


def last(**change):
    for result in bagging.run(Settings(**change)):  # noqa: B007
        pass
    return result


@pytest.fixture(scope="module")
def result():
    return last(trees=40, seeds=6)


def test_a_draw_leaves_out_the_share_that_it_should():
    rng = np.random.default_rng(0)
    shares = [(bagging.bootstrap(rng, 1000, 1000) == 0).mean() for _ in range(300)]
    truth = mean_interval(shares, 0.999)
    assert truth.low < (1 - 1 / 1000) ** 1000 < truth.high
    assert np.mean(shares) == pytest.approx(math.exp(-1), abs=0.005)


def test_a_draw_has_as_many_rows_as_asked(result):
    assert (result.draws.sum(1) == 200).all() and result.draws.shape == (40, 200)
    assert (last(trees=3, seeds=1, draw=0.1).draws.sum(1) == 20).all()
    assert bagging.expected_draws(Settings(), 200).sum() == pytest.approx(200)


def test_a_row_that_counts_twice_is_a_row_that_is_there_twice():
    table, _ = bagging.data(Settings())
    x, y = table.train
    counts = bagging.bootstrap(np.random.default_rng(3), len(y), len(y))
    weighted = bagging_members.grow(x, y, counts, Settings(depth=3), 0)
    repeated = DecisionTreeClassifier(max_depth=3, random_state=0).fit(x.repeat(counts, 0), y.repeat(counts))
    assert np.array_equal(weighted.predict(table.validation.x), repeated.predict(table.validation.x))
    assert np.array_equal(bagging_members.answer(weighted, x), weighted.predict(x))


def test_the_vote_is_the_majority_of_the_members(result):
    y = result.table.validation.y
    at, errors = result.curve("validation")
    for m in (1, 2, 7, 40):
        counted = [np.bincount(column, minlength=2).argmax() for column in result.ballots[:m].T]
        assert errors[0, list(at).index(m)] == pytest.approx((np.array(counted) != y).mean())
        share, right = bagging.right_share(result, m)
        assert np.array_equal(right, np.array(counted) == y)
        assert (right[share > 0.5]).all() and not right[share < 0.5].any()


def test_the_field_of_the_vote_is_the_mean_of_the_members(result):
    shares = bagging.shares(result, 40)
    assert shares.sum(-1) == pytest.approx(1)
    assert np.array_equal(shares[..., 1], result.regions.mean(0))
    alone = bagging.shares(result, 5, first=4)
    assert np.array_equal(alone.argmax(-1), result.regions[4])


def test_two_members_differ_as_often_as_counting_pairs_says(result):
    b = result.ballots
    pairs = [(b[i] != b[j]).mean() for i in range(len(b)) for j in range(i)]
    assert result.disagree[0] == pytest.approx(np.mean(pairs))
    assert bagging.disagreement(np.array([[1, 0]]), 1) == 0


def test_out_of_bag_is_close_to_held_out_error():
    result = last(trees=60, seeds=8, n=400)
    apart = mean_interval(result.final("out of bag") - result.final(), 0.99)
    assert apart.low < 0 < apart.high


def test_bagging_beats_one_deep_tree_and_the_vote_beats_its_members():
    result = last(trees=50, seeds=8, n=400)
    assert bagging.gain(result).low > 0
    assert (result.final() < result.member).all()
    assert any("better than the single tree" in said for said in bagging.findings(result))


def test_errors_are_near_those_of_scikit_learns_bagging():
    result = last(data="breast cancer", trees=50, seeds=4)
    theirs = []
    for seed in range(4):
        table, _ = bagging.data(result.settings, seed)
        model = BaggingClassifier(n_estimators=50, random_state=seed).fit(*table.train)
        theirs.append(1 - model.score(*table.validation))
    assert abs(np.mean(theirs) - result.final().mean()) < 0.02


def test_the_same_seed_gives_the_same_and_fewer_members_are_its_beginning(result):
    again, shorter = last(trees=40, seeds=6), last(trees=10, seeds=2)
    assert again.errors.equals(result.errors) and np.array_equal(again.regions, result.regions)
    assert np.array_equal(shorter.draws, result.draws[:10])
    assert np.array_equal(shorter.curve("validation")[1], result.curve("validation")[1][:2, :10])


def test_what_is_yielded_stays_valid_and_the_last_is_whole():
    seen = list(bagging.run(Settings(trees=5, seeds=3), every=0))
    assert len(seen) == 15 and seen[-1].fraction == 1
    fractions = [r.fraction for r in seen]
    assert fractions == sorted(fractions)
    assert [r.members for r in seen[:5]] == [1, 2, 3, 4, 5] and len(seen[0].tree) == 1
    for r in seen:
        assert bagging.findings(r)


@pytest.mark.parametrize(
    "change",
    [
        {"trees": 1, "seeds": 1},
        {"n": 20, "draw": 0.1, "noise": 0.0, "data": "blobs", "wrong": 0.4, "features": "one", "depth": 12},
        {"data": "wine", "features": "sqrt", "depth": 1, "wrong": 0.4},
        {"data": "digits", "seeds": 2},
        {"n": 2000, "noise": 0.5, "data": "xor", "seed": 9999, "seeds": 1},
    ],
)
def test_settings_at_their_edges_run_and_have_something_to_say(change):
    result = last(**{"trees": 4, "seeds": 2, **change})
    text = " ".join(bagging.findings(result))
    assert "nan" not in text and "inf " not in text
    assert "%" in bagging.score(result)
    assert result.fraction == 1


def test_no_difference_is_called_none(result):
    level = replace(result, tree=result.final() + np.array([0.01, -0.01] * 3))
    assert any("no difference beyond luck" in said for said in bagging.findings(level))
    assert "No difference beyond luck" in bagging.difference(level, level)
    assert "not set against" in bagging.difference(level, replace(level, settings=Settings(n=100)))


@pytest.mark.parametrize("name", bagging.LIMITS)
def test_a_setting_out_of_bounds_is_named_with_its_bound(name):
    low, high = bagging.LIMITS[name]
    for value in (low - 1, high + 1, math.nan):
        with pytest.raises(ValueError, match=rf"{name}: must lie between"):
            Settings(**{name: value})


@pytest.mark.parametrize("name", ["data", "features"])
def test_a_name_off_the_menu_is_refused(name):
    with pytest.raises(ValueError, match=f"{name}: must be one of"):
        Settings(**{name: "nonsense"})


@pytest.mark.parametrize("question", bagging.QUESTIONS, ids=lambda q: q.text[:20])
def test_a_question_is_graded_from_its_run(question):
    small = {"trees": 30, "seeds": 4} if question.change.get("data") != "digits" else {"trees": 30, "seeds": 2}
    right, said = question.grade(last(**{**question.change, **small}))
    assert 0 <= right < len(question.choices) and re.search(r"\d", said)
    assert right == {"A thousand": 2, "Digits, an": 2}.get(question.text[:10], right)


@pytest.mark.parametrize(
    "change", [{"wrong": 0.1}, {"data": "wine", "features": "sqrt", "depth": 2}, {"data": "spiral"}]
)
def test_the_script_prints_the_numbers_on_screen(change):
    settings = Settings(trees=12, seeds=2, seed=3, **change)
    result = last(trees=12, seeds=2, seed=3, **change)
    out = subprocess.run(
        [sys.executable, "-c", bagging.script(settings)], capture_output=True, text=True, check=True
    ).stdout
    assert (
        f"vote {100 * result.final().mean():.1f} %, one tree {100 * result.tree.mean():.1f} %" in out.splitlines()[-1]
    )


@pytest.fixture(scope="module")
def networks():
    return last(learner="network", trees=6, seeds=2, n=60)


def test_networks_vote_like_trees(networks):
    assert networks.draws.shape == (6, 60) and (networks.draws.sum(1) == 60).all()
    assert networks.ballots.shape == (6, 1000) and networks.regions.shape[0] == 6
    assert (networks.tree < 0.4).all() and (networks.member < 0.4).all()  # they learned: guessing errs on half
    assert len({row.tobytes() for row in networks.ballots}) == 6  # each is a network of its own
    assert any("single network" in said for said in bagging.findings(networks))
    again = last(learner="network", trees=6, seeds=2, n=60)
    assert again.errors.equals(networks.errors)


def test_a_run_of_networks_says_what_it_waits_for():
    first = next(iter(bagging.run(Settings(learner="network", trees=2, seeds=1, n=40))))
    assert isinstance(first, Waiting) and 0 < first.fraction < 0.1 and first.note


@pytest.mark.full
def test_the_script_of_networks_prints_the_numbers_on_screen(networks):
    command = [sys.executable, "-c", bagging.script(networks.settings)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    vote, one = (float(v) for v in re.findall(r"(\d+\.\d) %", out))
    # One row of a thousand may fall on the other side of a boundary when sums are rounded in another order.
    assert vote == pytest.approx(100 * networks.final().mean(), abs=0.15)
    assert one == pytest.approx(100 * networks.tree.mean(), abs=0.15)
