"""Boosting: weights, voices and the bound as Freund and Schapire have them, residuals as Friedman; both as scikit-learn."""

import math
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import AdaBoostClassifier, GradientBoostingClassifier
from sklearn.metrics import log_loss
from sklearn.tree import DecisionTreeClassifier

from core.concepts.ensembles import boosting
from core.concepts.ensembles import boosting_views as views
from core.concepts.ensembles.boosting import Settings
from core.data import tables
from core.legacy import Waiting


def last(**change):
    for result in boosting.run(Settings(**change)):  # noqa: B007
        pass
    return result


@pytest.fixture(scope="module")
def result():
    return last(rounds=30, seeds=4, wrong=0.1)


def problem(name):
    table = tables.load(name, two=True)
    return *table.train, table.validation.x


@pytest.mark.parametrize(("name", "depth"), [("moons", 1), ("moons", 3), ("breast cancer", 1), ("wine", 2)])
def test_adaboost_is_scikit_learns(name, depth):
    x, y, held = problem(name)
    ours = list(boosting.adaboost(x, y, 25, depth, seed=7))
    theirs = AdaBoostClassifier(DecisionTreeClassifier(max_depth=depth), n_estimators=25, random_state=7).fit(x, y)
    assert len(ours) == len(theirs.estimators_)
    assert [r.alpha for r in ours] == pytest.approx(theirs.estimator_weights_[: len(ours)])
    assert [r.error for r in ours] == pytest.approx(theirs.estimator_errors_[: len(ours)], abs=1e-12)
    total = boosting.staged([r.score(held) for r in ours], 0.0, len(ours), len(held))
    for mine, answers in zip(total, theirs.staged_predict(held), strict=True):
        sure = np.abs(mine) > 1e-9
        assert np.array_equal((mine > 0)[sure], answers[sure] == 1)


@pytest.mark.parametrize(("name", "depth", "lr"), [("moons", 1, 0.3), ("moons", 3, 0.1), ("breast cancer", 1, 0.3)])
def test_gradient_boosting_is_scikit_learns(name, depth, lr):
    x, y, held = problem(name)
    ours = list(boosting.gradient(x, y, 20, depth, lr, seed=5))
    theirs = GradientBoostingClassifier(n_estimators=20, max_depth=depth, learning_rate=lr, random_state=5).fit(x, y)
    total = boosting.staged([r.score(held) for r in ours], boosting.log_odds(y), 20, len(held))
    for mine, score in zip(total, theirs.staged_decision_function(held), strict=True):
        assert mine == pytest.approx(score.ravel(), abs=1e-6)


def test_weights_sum_to_one_and_the_voice_is_its_formula(result):
    for one in result.ada:
        assert one.weights.sum() == pytest.approx(1) and (one.weights > 0).all()
        assert one.alpha == pytest.approx(math.log((1 - one.error) / one.error))
        assert 0 < one.error < 0.5


def test_on_the_new_weights_the_last_tree_is_no_better_than_a_coin(result):
    x, y = result.table.train
    for one, after in zip(result.ada, result.ada[1:], strict=False):
        assert after.weights[one.tree.predict(x) != y].sum() == pytest.approx(0.5)


def test_the_bound_on_the_training_error_holds_in_every_round(result):
    error, bound = result.over("error")[:, 0, 0], result.over("bound")
    assert (error <= bound + 1e-12).all() and (np.diff(bound) <= 0).all()
    x, y = result.table.train  # and it is the mean exponential loss of the sum, exactly
    total = boosting.staged([r.score(x) for r in result.ada], 0.0, 30, len(y))
    assert np.exp(-(2 * y - 1) * total / 2).mean(1) == pytest.approx(bound[0])


def test_residuals_are_label_minus_probability(result):
    x, y = result.table.train
    total = np.full(len(y), boosting.log_odds(y))
    for one in result.gradient:
        assert one.residuals == pytest.approx(y - 1 / (1 + np.exp(-total)))
        total = total + one.score(x)


def test_losses_are_scikit_learns():
    total, y = np.array([[0.3, -2.0, 5.0, -0.1]]), np.array([1, 0, 0, 1])
    assert boosting.log_loss(total, y)[0] == pytest.approx(log_loss(y, 1 / (1 + np.exp(-total[0]))))
    assert boosting.error_rate(total, y)[0] == 0.5
    assert np.isfinite(boosting.log_loss(np.array([[1e4, -1e4]]), np.array([0, 1]))).all()


def test_a_perfect_tree_ends_adaboost():
    x = np.arange(20, dtype=np.float32)[:, None]
    rounds = list(boosting.adaboost(x, (x[:, 0] > 7).astype(int), 50, 1, 0))
    assert len(rounds) == 1 and rounds[0].error == 0 and rounds[0].alpha == 1
    assert list(boosting.adaboost(np.zeros((20, 1), np.float32), np.arange(20) % 2, 50, 1, 0)) == []


def test_the_field_is_the_probability_of_the_sum(result):
    p = boosting.field(result, 1, 30)
    assert p.shape == (boosting.GRID, boosting.GRID, 2) and p.sum(-1) == pytest.approx(1)
    corner = np.array([[result.axes[0][0], result.axes[1][0]]], np.float32)
    total = boosting.log_odds(result.table.train.y) + sum(r.score(corner)[0] for r in result.gradient)
    assert p[0, 0, 1] == pytest.approx(1 / (1 + math.exp(-total)))
    alone = boosting.field(result, 0, 3, only=True)
    assert set(np.unique(alone)) <= {0.0, 1.0}


def test_staged_errors_are_those_of_the_fit_with_so_many_rounds():
    long, short = last(rounds=12, seeds=2), last(rounds=5, seeds=2)
    for m in range(3):
        assert np.array_equal(long.validation(m)[:, :5], short.validation(m))


def test_wrong_labels_draw_the_weight():
    result = last(rounds=60, seeds=6, wrong=0.1)
    share = result.over("attention")[:, 0]
    assert share[:, 0] == pytest.approx(0.1)
    assert (share[:, -1] > 0.15).all()
    assert (boosting.harm(result)[:, 0].mean() > 0) and result.mislabelled.sum() == 20
    assert any("wrongly labelled rows are 10 %" in said for said in boosting.findings(result))


def test_stumps_cannot_do_xor_and_depth_two_can():
    stumps, deeper = (last(data="xor", noise=0.1, rounds=40, seeds=3, depth=d) for d in (1, 2))
    assert stumps.validation(0)[:, -1].mean() > 0.35 and deeper.validation(0)[:, -1].mean() < 0.1


def test_stopping_is_chosen_on_other_seeds():
    result = last(rounds=80, seeds=4, depth=3, lr=1.0)
    best, rise = boosting.stopping(result, 1)
    assert best < 20 and rise.low > 0
    assert any("Early stopping pays for gradient boosting" in said for said in boosting.findings(result))


def drawn(spec, name):
    return np.array(next(s for s in spec["series"] if s.get("name") == name)["data"])


def test_the_charts_draw_the_run(result):
    for method, name in enumerate(views.SHORT):
        race = drawn(views.race(result), name)
        assert np.allclose(race[:, 1], 100 * result.validation(method).mean(0), rtol=1e-4)
    for method, name in enumerate(("error", "loss")):
        split = views.split(result, method, 2)
        means = result.over(name)[:, method, 0].mean(0) * (100, 1)[method]
        assert np.allclose(drawn(split, "training")[:, 1], means, rtol=1e-4)
        marks = [m["xAxis"] for s in split["series"] for m in s.get("markLine", {"data": []})["data"]]
        assert marks == [2, boosting.stopping(result, method)[0]]
    assert np.allclose(
        drawn(views.rates(result), "rate 0.3")[:, 1], 100 * result.over("rates")[:, 2].mean(0), rtol=1e-4
    )
    assert np.allclose(
        drawn(views.focus(result), "AdaBoost's weights")[:, 1], 100 * result.over("attention")[:, 0].mean(0), rtol=1e-4
    )
    heights = [bar["value"] for bar in views.alphas(result)["series"][0]["data"]]
    assert np.allclose(heights, boosting.voices(result), atol=1e-4)


def test_no_tree_better_than_a_coin_leaves_a_chart_without_bars(result):
    assert views.alphas(replace(result, ada=()))["series"][0]["data"] == []


def test_the_same_seed_gives_the_same(result):
    again = last(rounds=30, seeds=4, wrong=0.1)
    assert again.frame.equals(result.frame)
    assert len(result.frame) == 4 * 3 * 2 * 30


def test_what_is_yielded_stays_valid():
    seen = list(boosting.run(Settings(rounds=3, seeds=3)))
    assert isinstance(seen[0], Waiting) and seen[0].note
    results = [r for r in seen if isinstance(r, boosting.Result)]
    assert [len(r.seeds) for r in dict.fromkeys(map(id, results)) and {id(r): r for r in results}.values()] == [1, 2, 3]
    assert results[-1].fraction == 1 and all(boosting.findings(r) for r in results)


@pytest.mark.parametrize(
    "change",
    [
        {"rounds": 1, "seeds": 1},
        {"n": 20, "noise": 0.0, "wrong": 0.4, "depth": 6, "lr": 2.0, "rounds": 40},
        {"n": 20, "noise": 0.0, "data": "blobs", "depth": 6},
        {"data": "wine", "wrong": 0.4, "lr": 0.01},
        {"data": "digits", "depth": 2},
        {"data": "breast cancer", "depth": 6},
        {"data": "circles", "n": 2000, "noise": 0.5, "seed": 9999},
    ],
)
def test_settings_at_their_edges_run_and_have_something_to_say(change):
    result = last(**{"rounds": 6, "seeds": 2, **change})
    text = " ".join(boosting.findings(result))
    assert "nan" not in text and "inf " not in text
    assert "%" in boosting.score(result) and result.fraction == 1
    assert np.isfinite(result.over("loss")).all() and np.isfinite(result.over("attention")).all()


def test_no_difference_is_called_none(result):
    assert boosting.difference(result, result).count("no difference beyond luck") == 2
    assert "not set against" in boosting.difference(result, last(rounds=2, seeds=2))


@pytest.mark.parametrize("name", boosting.LIMITS)
def test_a_setting_out_of_bounds_is_named_with_its_bound(name):
    low, high = boosting.LIMITS[name]
    for value in (low - 1, high + 1, math.nan):
        with pytest.raises(ValueError, match=rf"{name}: must lie between"):
            Settings(**{name: value})
    with pytest.raises(ValueError, match="data: must be one of"):
        Settings(data="iris")


@pytest.mark.parametrize("question", boosting.QUESTIONS, ids=lambda q: q.text[:20])
def test_a_question_is_graded_from_its_run(question):
    right, said = question.grade(last(**{**question.change, "seeds": 8, "rounds": 30}))
    assert 0 <= right < len(question.choices) and re.search(r"\d", said)
    assert right == {"XOR": 2, "Gra": 1}.get(question.text[:3], right)


@pytest.mark.parametrize("change", [{"wrong": 0.1}, {"data": "wine", "depth": 2}])
def test_the_script_prints_the_numbers_on_screen(change):
    settings = Settings(rounds=10, seeds=2, seed=3, **change)
    result = last(rounds=10, seeds=2, seed=3, **change)
    out = subprocess.run(
        [sys.executable, "-c", boosting.script(settings)], capture_output=True, text=True, check=True
    ).stdout
    a, g, h = (100 * result.validation(m)[:, -1].mean() for m in range(3))
    assert f"AdaBoost {a:.1f} %, gradient boosting {g:.1f} %, HistGradientBoosting {h:.1f} %" in out
