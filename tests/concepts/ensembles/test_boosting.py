"""Boosting: weights and the bound as Freund and Schapire have them, residuals as Friedman; both as scikit-learn."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn.ensemble import AdaBoostClassifier, GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.metrics import log_loss
from sklearn.tree import DecisionTreeClassifier

from core.concepts.ensembles import boosting
from core.concepts.ensembles.boosting import Settings, figures, loops, plain
from core.concepts.ensembles.boosting.findings import label_noise_cost, stopping
from core.concepts.ensembles.boosting.one_seed import data
from core.concepts.ensembles.boosting.result import GRID
from core.concepts.ensembles.boosting.settings import RATES
from core.data import tables
from core.progress import finished


def last(**change):
    return finished(boosting.run(Settings(**change)))


@pytest.fixture(scope="module")
def result():
    return last(rounds=30, seeds=4, wrong=0.1)


@pytest.fixture(scope="module")
def rounds(result):
    """AdaBoost and gradient boosting of the first seed of `result`, run again: their trees."""
    x, y = result.table.train
    return list(loops.adaboost(x, y, 30, 1, 0)), list(loops.gradient(x, y, 30, 1, 0.3, 0))


def found(result):
    return {f.key: f for f in boosting.findings(result)}


def problem(name):
    table = tables.load(name, two=True)
    return *table.train, table.validation.x


# The loops.


@pytest.mark.parametrize(("name", "depth"), [("moons", 1), ("moons", 3), ("breast cancer", 1), ("wine", 2)])
def test_adaboost_is_scikit_learns(name, depth):
    x, y, held_out = problem(name)
    ours = list(loops.adaboost(x, y, 25, depth, seed=7))
    theirs = AdaBoostClassifier(DecisionTreeClassifier(max_depth=depth), n_estimators=25, random_state=7).fit(x, y)
    assert len(ours) == len(theirs.estimators_)
    assert [r.alpha for r in ours] == pytest.approx(theirs.estimator_weights_[: len(ours)])
    assert [r.error for r in ours] == pytest.approx(theirs.estimator_errors_[: len(ours)], abs=1e-12)
    total = loops.staged([r.score(held_out) for r in ours], 0.0, len(ours), len(held_out))
    for mine, predicted in zip(total, theirs.staged_predict(held_out), strict=True):
        sure = np.abs(mine) > 1e-9
        assert np.array_equal((mine > 0)[sure], predicted[sure] == 1)


@pytest.mark.parametrize(("name", "depth", "lr"), [("moons", 1, 0.3), ("moons", 3, 0.1), ("breast cancer", 1, 0.3)])
def test_gradient_boosting_is_scikit_learns_where_the_bound_on_a_step_does_not_bind(name, depth, lr):
    x, y, held_out = problem(name)
    ours = list(loops.gradient(x, y, 20, depth, lr, seed=5))
    assert max(np.abs(r.steps).max() for r in ours) < lr * loops.MAX_STEP
    theirs = GradientBoostingClassifier(n_estimators=20, max_depth=depth, learning_rate=lr, random_state=5).fit(x, y)
    total = loops.staged([r.score(held_out) for r in ours], loops.log_odds(y), 20, len(held_out))
    for mine, score in zip(total, theirs.staged_decision_function(held_out), strict=True):
        assert mine == pytest.approx(score.ravel(), abs=1e-6)


def test_a_high_rate_does_not_run_away():
    x, y, _ = problem("moons")
    ours = list(loops.gradient(x, y, 100, 3, 2.0, seed=0))  # without the bound one step is 1e20 here
    assert max(np.abs(r.steps).max() for r in ours) == 2 * loops.MAX_STEP
    assert np.abs(sum(r.score(x) for r in ours)).max() < 1000


def test_weights_sum_to_one_and_a_tree_is_weighted_by_its_formula(rounds):
    for one in rounds[0]:
        assert one.weights.sum() == pytest.approx(1) and (one.weights > 0).all()
        assert one.alpha == pytest.approx(math.log((1 - one.error) / one.error))
        assert 0 < one.error < 0.5


def test_on_the_new_weights_the_last_tree_is_no_better_than_chance(result, rounds):
    x, y = result.table.train
    for one, after in zip(rounds[0], rounds[0][1:], strict=False):
        assert after.weights[one.tree.predict(x) != y].sum() == pytest.approx(0.5)


def test_residuals_are_label_minus_probability(result, rounds):
    x, y = result.table.train
    total = np.full(len(y), loops.log_odds(y))
    for one in rounds[1]:
        assert one.residuals == pytest.approx(y - 1 / (1 + np.exp(-total)))
        total = total + one.score(x)


def test_losses_are_scikit_learns():
    total, y = np.array([[0.3, -2.0, 5.0, -0.1]]), np.array([1, 0, 0, 1])
    assert loops.log_loss(total, y)[0] == pytest.approx(log_loss(y, 1 / (1 + np.exp(-total[0]))))
    assert loops.error_rate(total, y)[0] == 0.5
    assert np.isfinite(loops.log_loss(np.array([[1e4, -1e4]]), np.array([0, 1]))).all()


def test_a_perfect_tree_ends_adaboost_and_so_does_one_that_is_no_better_than_chance():
    x = np.arange(20, dtype=np.float32)[:, None]
    perfect = list(loops.adaboost(x, (x[:, 0] > 7).astype(int), 50, 1, 0))
    assert len(perfect) == 1 and perfect[0].error == 0 and perfect[0].alpha == 1
    assert list(loops.adaboost(np.zeros((20, 1), np.float32), np.arange(20) % 2, 50, 1, 0)) == []


# The run.


def test_the_bound_on_the_training_error_is_the_mean_exponential_loss(result, rounds):
    error = result.error[:, 0, 0]
    assert (error <= result.bound + 1e-12).all() and (np.diff(result.bound) <= 0).all()
    x, y = result.table.train
    total = loops.staged([r.score(x) for r in rounds[0]], 0.0, 30, len(y))
    assert np.exp(-(2 * y - 1) * total / 2).mean(1) == pytest.approx(result.bound[0])


def test_the_kept_rounds_are_those_of_the_loops(result, rounds):
    ada, boosted = result.rounds
    assert ada.attention == pytest.approx(np.array([one.weights for one in rounds[0]]))
    assert boosted.attention == pytest.approx(np.abs([one.residuals for one in rounds[1]]))
    assert result.learner_weights == pytest.approx([one.alpha for one in rounds[0]])
    assert ada.relative(5).mean() == pytest.approx(1)
    corner = np.array([[result.axes[0][0], result.axes[1][0]]], np.float32)
    total = boosted.start + sum(one.score(corner)[0] for one in rounds[1])
    p = boosted.together(30)
    assert p.shape == (GRID, GRID, 2) and p.sum(-1) == pytest.approx(1)
    assert p[0, 0, 1] == pytest.approx(1 / (1 + math.exp(-total)))
    vote = sum(one.score(corner)[0] for one in rounds[0])
    assert ada.together(30)[0, 0, 1] == pytest.approx(1 / (1 + math.exp(-vote)))
    assert set(np.unique(ada.alone(3))) <= {0.0, 1.0}
    step = boosted.alone(3)
    assert step.min() == 0 or step.max() == 1  # the largest step reaches an end


def test_histograms_are_those_of_a_single_fit(result):
    for seed in (0, 3):
        table, y, _ = data(result.settings, seed)
        model = HistGradientBoostingClassifier(
            max_iter=30, learning_rate=0.3, max_depth=1, early_stopping=False, random_state=seed
        ).fit(table.train.x, y)
        errors = [(p != table.validation.y).mean() for p in model.staged_predict(table.validation.x)]
        assert result.validation(2)[seed] == pytest.approx(errors)


def test_errors_after_some_rounds_are_those_of_a_shorter_run():
    long, short = last(rounds=12, seeds=2), last(rounds=5, seeds=2)
    for m in range(3):
        assert np.array_equal(long.validation(m)[:, :5], short.validation(m))
    assert np.array_equal(long.rate_error[:, RATES.index(0.3)], long.validation(1))


def test_wrong_labels_draw_the_weight():
    result = last(rounds=60, seeds=4, wrong=0.1)
    share = result.attention[:, 0]
    assert share[:, 0] == pytest.approx(0.1)  # all rows weigh the same at first
    assert (share[:, -1] > 0.15).all()
    assert label_noise_cost(result)[:, 0].mean() > 0 and result.mislabelled.sum() == 20
    clean = last(rounds=60, seeds=2)
    assert result.clean_error[:2, 0] == pytest.approx(clean.final(0))
    assert result.clean_error[:2, 1] == pytest.approx(clean.final(1))
    sentence = found(result)["attention"]
    assert sentence["share"] == pytest.approx(0.1)
    assert sentence["ada"] == pytest.approx(share[:, -1].mean())


def test_stumps_cannot_learn_xor_and_depth_two_can():
    stumps, deeper = (last(data="xor", noise=0.1, rounds=40, seeds=3, depth=d) for d in (1, 2))
    assert stumps.final(0).mean() > 0.35 and deeper.final(0).mean() < 0.1


def test_steps_on_the_way():
    steps = list(boosting.run(Settings(rounds=3, seeds=3)))
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions) and fractions.count(1) == 1
    shown = [step.result() for step in steps if step.result]
    assert [len(r.error) for r in shown] == [1, 2, 3]
    assert all(boosting.findings(r) for r in shown)


@pytest.mark.parametrize(
    "change",
    [
        {"rounds": 1, "seeds": 1},
        {"n": 20, "noise": 0.0, "wrong": 0.4, "depth": 6, "lr": 2.0, "rounds": 40},
        {"n": 20, "noise": 0.0, "data": "blobs", "depth": 6},
        {"data": "wine", "wrong": 0.4, "lr": 0.01},
        {"data": "breast cancer", "depth": 6},
        {"data": "circles", "n": 2000, "noise": 0.5, "seed": 9999},
    ],
)
def test_settings_at_their_edges_run(change):
    result = last(**{"rounds": 6, "seeds": 2, **change})
    assert np.isfinite(result.loss).all() and np.isfinite(result.attention).all() and result.fraction == 1
    assert boosting.findings(result)


# What is said.


def by_hand(values, level):
    """Student's interval, written out: mean, low, high."""
    v = np.asarray(values)
    half = stats.t.ppf(1 - (1 - level) / 2, len(v) - 1) * v.std(ddof=1) / math.sqrt(len(v))
    return v.mean(), v.mean() - half, v.mean() + half


def ends(interval):
    return interval.mean, interval.low, interval.high


def test_the_verdict_compares_adaboost_with_its_first_tree():
    result = last(rounds=50, seeds=5)
    verdict = boosting.findings(result)[0]
    assert verdict.key == "boosting_better"
    first = []
    for seed in range(5):
        table, y, _ = data(result.settings, seed)
        stump = DecisionTreeClassifier(max_depth=1).fit(table.train.x, y)
        first.append((stump.predict(table.validation.x) != table.validation.y).mean())
    assert verdict["first"] == pytest.approx(np.mean(first)) and verdict["last"] == pytest.approx(
        result.final(0).mean()
    )
    assert ends(verdict["change"]) == pytest.approx(by_hand(result.final(0) - first, 0.99))
    compared = found(result)["errors"]["compared"]
    assert ends(compared["change"]) == pytest.approx(by_hand(result.final(1) - result.final(0), 0.99))


def test_nothing_is_said_of_rounds_that_never_came():
    early = last(n=20, noise=0.0, data="blobs", depth=6, rounds=30, seeds=2)
    assert early.ada_rounds.tolist() == [1, 1]
    assert boosting.findings(early)[0].key == "no_rounds"
    assert found(early)["ended_perfect"]["rounds"] == 1
    assert [f.key for f in boosting.findings(last(rounds=1, seeds=2))] == ["single_round"]
    assert boosting.findings(last(rounds=3, seeds=1))[0].key == "one_seed"


def test_the_stop_of_a_seed_is_chosen_on_the_other_seeds():
    result = last(rounds=80, seeds=4, depth=3, lr=1.0)
    best, rise = stopping(result, 1)
    loss = result.loss[:, 1, 1]
    assert best == loss.mean(0).argmin() + 1 < 20
    rises = [loss[k, -1] - loss[k, np.delete(loss, k, 0).mean(0).argmin()] for k in range(4)]
    assert ends(rise) == pytest.approx(by_hand(rises, 0.99)) and rise.low > 0
    assert found(result)["stopping"]["gradient"].key == "stop_loss"
    assert boosting.QUESTIONS[2].grade(result)[0] == 1
    falling = result.loss.copy()
    falling[:, 1, 1] = np.linspace(1, 0.5, 80)
    assert found(replace(result, loss=falling))["stopping"]["gradient"].key == "last_loss"


def test_the_cost_of_wrong_labels_is_paired_over_seeds(result):
    cost = found(result)["cost"]
    level = 1 - 0.05 / 8
    for name, m in (("ada", 0), ("gradient", 1)):
        assert ends(cost[name]) == pytest.approx(by_hand(result.final(m) - result.clean_error[:, m], level))
    worse = result.clean_error - np.array([[0.2, 0.0]]) - np.linspace(0, 0.01, 4)[:, None] * [[1, 0]]
    assert found(replace(result, clean_error=worse))["cost"]["compared"].key == "cost_ada"


def test_intervals_on_a_table_are_widened_for_the_rows_that_seeds_share():
    result = last(data="wine", rounds=5, seeds=4)
    change = found(result)["errors"]["compared"]["change"]
    mean, low, high = by_hand(result.final(1) - result.final(0), 0.99)
    stretch = math.sqrt(1 + 4 * len(result.table.validation.y) / len(result.table.train.y))
    rows = len(result.table.validation.y)
    floor = stats.t.ppf(0.995, 3) / rows / 2  # at least one row of spread
    assert change.mean == pytest.approx(mean)
    assert change.high - change.low == pytest.approx(stretch * max(high - low, 2 * floor))
    assert result.reduced and result.table.classes == ("other", "grower 2")


def test_no_difference_is_called_none(result):
    same = boosting.difference(result, result)
    assert same["ada"].key == same["gradient"].key == "no_difference"
    assert boosting.difference(result, replace(result, settings=Settings(n=100))).key == "not_comparable"


def test_questions_have_the_answers_of_the_theory():
    xor, _, _, slow = boosting.QUESTIONS
    assert xor.grade(last(**{**xor.change, "rounds": 30}))[0] == 2
    assert slow.grade(last(**slow.change))[0] == 0


@pytest.mark.parametrize(
    "change", [{"wrong": 0.1}, {"data": "wine", "depth": 2}, {"lr": 2.0, "depth": 3, "rounds": 100}]
)
def test_the_script_gives_the_numbers_of_the_run(change):
    settings = Settings(**{"rounds": 10, "seeds": 2, "seed": 3, **change})
    result, printed = finished(boosting.run(settings)), plain.main(settings)
    for m, name in enumerate(boosting.METHODS):
        assert printed[name] == result.final(m).tolist()


# Charts.


def drawn(spec, name):
    return np.array(next(s for s in spec["series"] if s.get("name") == name)["data"])


def test_the_charts_draw_the_run(result):
    for method, name in enumerate(figures.SHORT):
        race = drawn(figures.race(result), name)
        assert np.allclose(race[:, 1], 100 * result.validation(method).mean(0), rtol=1e-4)
    for method, values in enumerate((100 * result.error, result.loss)):
        spec = figures.learning(result, method, 2)
        assert np.allclose(drawn(spec, "training")[:, 1], values[:, method, 0].mean(0), rtol=1e-4)
        marks = [m["xAxis"] for s in spec["series"] for m in s.get("markLine", {"data": []})["data"]]
        assert marks == [2, stopping(result, method)[0]]
    assert np.allclose(drawn(figures.rates(result), "η = 0.3")[:, 1], 100 * result.rate_error[:, 2].mean(0), rtol=1e-4)
    weights = drawn(figures.attention(result), "weights (AdaBoost)")[:, 1]
    assert np.allclose(weights, 100 * result.attention[:, 0].mean(0), rtol=1e-4)
    bars = figures.learner_weights(result)["series"][0]["data"]
    assert np.allclose([bar["value"] for bar in bars], result.learner_weights, atol=1e-4)


def test_the_heaviest_rows_come_first_and_wrong_labels_are_hatched(result):
    spec = figures.heaviest_rows(result, 0, 30, most=10)
    heavy = result.rounds[0].relative(30)
    top = np.argsort(-heavy, kind="stable")[:10]
    assert spec["xAxis"]["data"] == [f"row {i + 1}" for i in top]
    for i, row in enumerate(top):
        label = int(result.table.train.y[row])
        entry = spec["series"][label]["data"][i]
        assert entry["value"] == pytest.approx(heavy[row], abs=1e-4) and spec["series"][1 - label]["data"][i] == "-"
        assert ("decal" in entry["itemStyle"]) == bool(result.mislabelled[row])


def test_no_tree_better_than_chance_leaves_a_chart_without_bars(result):
    assert figures.learner_weights(replace(result, learner_weights=np.zeros(0)))["series"][0]["data"] == []
