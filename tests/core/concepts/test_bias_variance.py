"""Bias and variance: closed forms, what bagging and boosting lower, known noise, scikit-learn, and the words said of them."""

import json
import math
import re
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest
from sklearn.ensemble import AdaBoostClassifier, GradientBoostingRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from core.concepts.ensembles import bias_variance as B
from core.concepts.ensembles import bias_variance_learners as learners
from core.concepts.ensembles import bias_variance_words as words
from core.concepts.ensembles.bias_variance import Settings
from core.concepts.ensembles.bias_variance_problem import problem
from core.data import tables

QUICK = {"members": 8, "rounds": 12, "epochs": 15, "width": 8, "resamples": 12}


def last(**change):
    for result in B.run(Settings(**{**QUICK, **change})):  # noqa: B007
        pass
    return result


@pytest.fixture(scope="module")
def result():
    return last(resamples=20)


@pytest.fixture(scope="module")
def classes():
    return last(data="moons", noise=0.3)


def test_bagging_lowers_the_variance_of_a_deep_tree_and_leaves_its_bias_about(result):
    variance, bias = (result.change("deep tree", "bagged deep", t, words.LEVEL) for t in ("variance", "bias"))
    assert variance.high < 0
    assert abs(bias.mean) < 0.05 * abs(variance.mean) or not bias.clear_of_zero
    assert "variance fell by bagging the deep tree" in B.findings(result)[0].casefold()
    assert B.QUESTIONS[0].grade(result)[0] == 1


def test_boosting_lowers_the_bias_of_stumps(result):
    assert result.change("shallow tree", "boosted shallow", "bias", words.LEVEL).high < 0
    assert "bias² fell by boosting the shallow tree" in B.findings(result)[0]


def test_boosting_at_full_rate_raises_the_variance_of_stumps():
    full = last(data="friedman", rate=1.0, rounds=20, noise=0.5)
    assert full.change("shallow tree", "boosted shallow", "variance", words.LEVEL).low > 0
    assert B.QUESTIONS[1].grade(full)[0] == 0


def test_along_the_rounds_bias_falls_and_variance_rises(result):
    way = result.staged["boosted shallow"]
    assert way["bias"][-1] < 0.3 * way["bias"][0]
    assert way["variance"][-1] > way["variance"][0]
    bagged = result.staged["bagged deep"]
    assert bagged["variance"][-1] < 0.7 * bagged["variance"][0]
    for name in learners.STAGED:  # the last stage is the whole ensemble
        for term, value in result.terms[name].values.items():
            assert result.staged[name][term][-1] == pytest.approx(value)


def test_a_deep_tree_without_limit_cannot_be_boosted_further(result):
    deep = result.change("deep tree", "boosted deep", "error")
    assert abs(deep.mean) < 0.01


def test_k_nearest_neighbours_at_fixed_x_have_the_variance_sigma_squared_over_k():
    for k in (4, 10):
        change = B.QUESTIONS[2].change | {"k": k}
        r = last(**change, resamples=50, members=1, rounds=1, epochs=5)
        interval = r.terms["k-NN"].interval("variance", 0.999)
        assert interval.low < 0.25 / k < interval.high < 2 * 0.25 / k
        assert B.QUESTIONS[2].grade(r)[0] == 2


def test_a_line_fitted_to_a_line_is_unbiased_with_variance_p_over_n():
    t = last(data="line", draws="noise", noise=0.5, n=50, resamples=60, members=1, rounds=1, epochs=5).terms["linear"]
    assert t.values["bias"] == pytest.approx(0, abs=0.002)
    x, _ = problem(Settings(data="line", draws="noise", noise=0.5, n=50)).draw(0)
    rows = np.column_stack([np.ones(50), x[:, 0]])
    q = problem(Settings(data="line")).test
    test = np.column_stack([np.ones(len(q)), q[:, 0]])
    expected = 0.25 * np.einsum("ij,jk,ik->i", test, np.linalg.inv(rows.T @ rows), test).mean()
    interval = t.interval("variance", 0.999)
    assert interval.low < expected < interval.high


def test_the_terms_add_up_to_the_error_measured_on_new_labels(result, classes):
    for r in (result, classes):
        for name in r.names:
            gap = r.measured[name] - r.terms[name].values["error"]
            assert abs(gap.mean()) < 4.5 * gap.std(ddof=1) / math.sqrt(r.R), name
        assert any("sum of the terms is met" in said for said in B.findings(r))


def test_noise_is_known_for_functions_and_points_and_counted_as_bias_for_tables(result, classes):
    assert all(t.values["noise"] == pytest.approx(0.16) for t in result.terms.values())
    bayes = classes.problem.noise.mean()
    assert all(0 < t.values["noise"] <= bayes for t in classes.terms.values())
    table = last(data="wine", resamples=6)
    assert all(t.values["noise"] == 0 for t in table.terms.values())
    assert any("noise is inside the bias" in said for said in B.findings(table))
    assert any("too small" in said for said in B.findings(table))
    assert table.measured["deep tree"].mean() == pytest.approx(table.terms["deep tree"].values["error"])


def test_every_learner_sees_the_same_training_sets_and_the_draws_differ_as_asked():
    new, noise, boot = (problem(Settings(draws=d)) for d in ("new", "noise", "bootstrap"))
    assert not np.array_equal(new.draw(0)[0], new.draw(1)[0])
    assert np.array_equal(new.draw(3)[1], problem(Settings(draws="new")).draw(3)[1])
    assert np.array_equal(noise.draw(0)[0], noise.draw(1)[0]) and not np.array_equal(noise.draw(0)[1], noise.draw(1)[1])
    one, two = (set(boot.draw(r)[1]) for r in (0, 1))
    assert len(one) < 80 and one != two and len(one | two) <= 80


def test_a_tables_test_rows_are_not_touched():
    p, table = problem(Settings(data="wine", n=500)), tables.load("wine", seed=0)
    scale = table.train.x.std(0) + 1e-6
    assert p.n == len(table.train.y) // 2 and np.array_equal(p.best, table.validation.y)
    seen = {tuple(row) for r in range(20) for row in (p.draw(r)[0] * scale + table.train.x.mean(0)).round(2)}
    assert seen & {tuple(row) for row in table.test.x.round(2)} == set()


def test_a_tree_is_scikit_learns():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 2)).astype(np.float32), rng.normal(size=60)
    ours = learners.tree(x, y, 3, 0, np.random.default_rng(1))(x)
    state = int(np.random.default_rng(1).integers(2**31))
    assert np.array_equal(ours, DecisionTreeRegressor(max_depth=3, random_state=state).fit(x, y).predict(x))
    lacking = learners.tree(x, np.where(y > 0, 2, 0), 2, 4, rng)(x)  # no row of classes 1 and 3
    assert lacking.shape == (60, 4) and not lacking[:, [1, 3]].any()


def test_boosting_is_scikit_learns():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(80, 1)).astype(np.float32), rng.normal(size=80)
    ours = learners.boost(x, y, 2, 20, 0.3, rng)(x)[-1]
    model = GradientBoostingRegressor(n_estimators=20, learning_rate=0.3, max_depth=2)
    assert ours == pytest.approx(model.fit(x, y).predict(x), abs=1e-6)


def test_adaboost_is_scikit_learns():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(150, 2)).astype(np.float32)
    y = (x[:, 0] + x[:, 1] > 0).astype(int) + (x[:, 0] > 1)
    ours = learners.adaboost(x, y, 2, 12, 3, rng)(x)[-1].argmax(1)
    model = AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=12).fit(x, y)
    assert (ours == model.predict(x)).mean() > 0.98  # but for ties between equally good splits


def test_the_vote_of_a_bag_is_the_mean_of_its_trees():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(50, 1)).astype(np.float32), rng.normal(size=50)
    staged = learners.bag(x, y, 0, 4, 0, np.random.default_rng(5))(x)
    assert len(staged) == len(learners.stages(4)) == 4
    again = np.random.default_rng(5)
    draws = [again.integers(50, size=50) for _ in range(4)]
    trees = [learners.tree(x[d], y[d], 0, 0, again)(x) for d in draws]
    assert np.array_equal(staged[-1], np.mean(trees, 0)) and np.array_equal(staged[0], trees[0])


def test_stacking_a_learner_that_is_right_finds_it():
    rng = np.random.default_rng(6)
    x = rng.uniform(-1, 1, (200, 1)).astype(np.float32)
    y = 3 * x[:, 0].astype(float)
    said = learners.stacking(x, y, 0, 5, 0, rng)(x)
    assert said == pytest.approx(y, abs=1e-4)


def test_the_same_settings_give_the_same_and_what_is_yielded_stays_valid(result):
    again = last(resamples=20)
    assert again.frame().equals(result.frame())
    fractions, kept = [], None
    for r in B.run(Settings(**QUICK), every=0.0):
        fractions.append(r.fraction)
        if kept is None:
            kept, said = r, B.findings(r)
    assert fractions == sorted(fractions) and fractions[-1] == 1 and kept.R < 12
    assert B.findings(kept) == said


def test_more_training_sets_begin_with_the_same_ones(result):
    fewer = last(resamples=5)
    for name in result.names:
        if name != "network":  # whose starts are the same too, but float sums depend on the stack's size
            assert np.array_equal(fewer.answers[name], result.answers[name][:5])
    assert fewer.answers["network"] == pytest.approx(result.answers["network"][:5], abs=1e-3)


@pytest.mark.parametrize(
    "change",
    [
        {"n": 20, "noise": 0.0, "resamples": 5, "members": 1, "rounds": 1, "k": 20},
        {"data": "friedman", "draws": "bootstrap", "shallow": 4, "deep": 12, "seed": 9999},
        {"data": "xor", "noise": 0.0, "draws": "noise", "n": 20},
        {"data": "circles", "noise": 0.5, "draws": "bootstrap", "deep": 1},
        {"data": "digits", "n": 20, "resamples": 5},
        {"data": "step", "noise": -0.0},
    ],
)
def test_settings_at_their_edges_run_and_have_something_to_say(change):
    r = last(**{"members": 3, "rounds": 3, "epochs": 5, "resamples": 6, **change})
    text = " ".join([*B.findings(r), B.score(r), B.difference(r, r)])
    assert "nan" not in text and "inf " not in text
    names = list(r.names)
    specs = [B.bars(r), B.plane(r, {"Pin A": r}), B.way(r, "boosted deep")]
    assert sum(s["id"].startswith("Pin A: ") for s in specs[1]["series"]) == 6
    if r.settings.regression:
        specs += [B.fits(r, names[0]), B.along(r, names, 0), B.along(r, names, 1), B.start(r.settings) or {}]
    else:
        specs += [B.ballots(r, names[-1])]
        assert r.problem.axes is None or B.field(r, names[0]).sum(-1) == pytest.approx(1)
    json.dumps(specs, allow_nan=False)


def test_no_effect_is_called_none(result):
    level = dict.fromkeys(result.terms, result.terms["deep tree"])
    flat = replace(result, terms=level)
    said = B.findings(flat)
    assert said[0] == "Neither bagging nor boosting changed bias or scatter of a tree beyond luck."
    assert any("not different, beyond luck" in s for s in said)
    assert B.QUESTIONS[0].grade(flat)[0] == 3 and B.QUESTIONS[1].grade(flat)[0] == 3
    assert "No learner's error changed" in B.difference(result, result)
    assert "not set against" in B.difference(result, replace(result, settings=Settings(n=100)))


def test_paired_differences_hold_together(result):
    pairs = len(words.PAIRS)
    assert pytest.approx(0.05) == (1 - words.LEVEL) * 3 * pairs
    one = result.terms["bagged deep"].interval("variance", words.LEVEL, result.terms["deep tree"])
    assert result.change("deep tree", "bagged deep", "variance", words.LEVEL) == one


@pytest.mark.parametrize("name", B.LIMITS)
def test_a_setting_out_of_bounds_is_named_with_its_bound(name):
    low, high = B.LIMITS[name]
    for value in (low - 1, high + 1, math.nan):
        with pytest.raises(ValueError, match=rf"{name}: must lie between"):
            Settings(**{name: value})


def test_names_off_the_menu_and_noise_of_a_table_are_refused():
    for name in ("data", "draws"):
        with pytest.raises(ValueError, match=f"{name}: must be one of"):
            Settings(**{name: "nonsense"})
    with pytest.raises(ValueError, match="draws: the noise of a table"):
        Settings(data="wine", draws="noise")
    assert set(B.LIMITS) | {"data", "draws"} == {f.name for f in fields(Settings)}
    assert math.copysign(1, Settings(noise=-0.0).noise) == 1


def test_questions_are_graded_from_the_run(classes):
    table = last(data="breast cancer", resamples=8)
    right, said = B.QUESTIONS[3].grade(table)
    gap = table.change("bagged deep", "boosted shallow", "disagreement")
    assert right == (2 if not gap.clear_of_zero else 0 if gap.mean > 0 else 1)
    for q in B.QUESTIONS[:2]:
        choice, said = q.grade(classes)
        assert 0 <= choice < len(q.choices) and re.search(r"\d", said)


SCRIPTS = (
    {},
    {"data": "friedman", "draws": "noise"},
    {"data": "moons"},
    {"data": "wine", "draws": "bootstrap"},
)


def test_the_script_prints_the_terms_on_screen(tmp_path):
    small = {"n": 40, "members": 3, "rounds": 4, "epochs": 5, "width": 8, "resamples": 5, "seed": 3}
    files = []
    for i, change in enumerate(SCRIPTS):
        files.append(tmp_path / f"{i}.py")
        files[-1].write_text(B.script(Settings(**{**small, **change})))
    # One after the other in one process: each alone would spend its time on importing torch.
    each = "import runpy, sys\nfor f in sys.argv[1:]:\n    runpy.run_path(f)\n    print('---')"
    command = [sys.executable, "-W", "error", "-c", each, *map(str, files)]
    out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    parts = out.split("---\n")[:-1]
    assert len(parts) == len(SCRIPTS)
    for change, text in zip(SCRIPTS, parts, strict=True):
        r = last(**{**small, **change})
        lines = dict(re.findall(r"^(.+?): (.+)$", text, re.M))
        assert set(lines) == set(r.names)
        for name, line in lines.items():
            numbers = [float(v) for v in re.findall(r"-?\d+\.\d+", line)]
            ours = [r.terms[name].values[t] for t in ("bias", "variance", "noise", "error")]
            # The network's float32 sums differ in their last digits, which may turn one of a thousand points.
            assert numbers == pytest.approx(ours, abs=0.003 if name == "network" else 0.0001), (change, name)
