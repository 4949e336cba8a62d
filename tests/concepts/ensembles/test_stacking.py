"""Stacking: out-of-fold predictions, equality with scikit-learn's stack and votes, the leak, and what is found of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from core.concepts.ensembles import stacking
from core.concepts.ensembles.stacking import Result, Settings, experiment, figures, plain
from core.concepts.ensembles.stacking.result import BEST, GRID, HARD, IN, LEAKY, OUT, SOFT, STACK
from core.concepts.ensembles.stacking.settings import BASES
from core.data import tables
from core.engine.classifiers import CLASSIFIERS
from core.progress import finished

QUICK = ("logistic", "naive Bayes", "deep tree", "15-NN")


def last(**change: object) -> Result:
    return finished(stacking.run(Settings(**{"bases": QUICK, **change})))


@pytest.fixture(scope="module")
def result() -> Result:
    return last(seeds=6)


@pytest.mark.parametrize("data", ["moons", "wine"])
def test_stacks_and_votes_are_those_of_scikit_learn(data: str) -> None:
    mine = last(data=data, seeds=2, seed=3, folds=4, n=100)
    for r, seed in enumerate((3, 4)):
        table = tables.load(data, n=100, noise=0.3, seed=seed)
        (x, y), (x_new, y_new) = table.train, table.validation
        bases = [(name, CLASSIFIERS[name](seed)) for name in QUICK]
        folds = StratifiedKFold(4, shuffle=True, random_state=seed)
        meta = LogisticRegression(C=1.0, max_iter=2000)
        stack = StackingClassifier(bases, meta, cv=folds, stack_method="predict_proba").fit(x, y)
        kept = list(stack.named_estimators_.items())
        leaky = StackingClassifier(kept, meta, cv="prefit", stack_method="predict_proba").fit(x, y)
        theirs = {STACK: stack, LEAKY: leaky}
        theirs |= {n: VotingClassifier(bases, voting=v).fit(x, y) for n, v in ((HARD, "hard"), (SOFT, "soft"))}
        for name, model in theirs.items():
            assert mine.error(name)[r] == pytest.approx((model.predict(x_new) != y_new).mean(), abs=1e-12)
            assert mine.sealed[name][r] == pytest.approx(
                (model.predict(table.test.x) != table.test.y).mean(), abs=1e-12
            )
        if r == 0:  # and the table it was taught with, to the last digit
            for b, (_, base) in enumerate(bases):
                p = cross_val_predict(base, x, y, cv=folds, method="predict_proba")
                np.testing.assert_allclose(mine.predictions[OUT][:, b], p, atol=1e-12)
                np.testing.assert_allclose(mine.predictions[IN][:, b], kept[b][1].predict_proba(x), atol=1e-12)
        for kind, model in ((OUT, stack), (IN, leaky)):
            C, coef = len(table.classes), model.final_estimator_.coef_
            for b, name in enumerate(QUICK):
                own = coef[0, b] if C == 2 else np.mean([coef[c, b * C + c] for c in range(C)])
                assert mine.weight(name, kind)[r] == pytest.approx(own, abs=1e-6)


def test_no_row_is_predicted_by_a_learner_trained_on_it(result: Result) -> None:
    """A nearest neighbour knows the labels of its own rows, so its out-of-fold answers tell whether it saw them."""
    s = Settings(data="xor", bases=("1-NN", "deep tree"), seeds=1, noise=0.0)
    table = tables.load("xor", n=s.n, noise=0.0, seed=0)
    fold = experiment.assign_folds(table.train.y, s.folds, 0)
    for k in range(s.folds):
        away = np.where(fold == k, 1 - table.train.y, table.train.y)  # other labels for fold k alone ...
        model = CLASSIFIERS["1-NN"](0).fit(table.train.x[fold != k], away[fold != k])
        truth = CLASSIFIERS["1-NN"](0).fit(table.train.x[fold != k], table.train.y[fold != k])
        held = table.train.x[fold == k]
        assert np.array_equal(model.predict_proba(held), truth.predict_proba(held))  # ... change nothing of its answers
    mine = last(data="xor", bases=("1-NN", "deep tree"), seeds=1, noise=0.0)
    assert np.array_equal(mine.fold, fold)
    assert (mine.predictions[IN].argmax(-1) == mine.table.train.y[:, None]).all()
    assert (mine.predictions[OUT].argmax(-1) != mine.table.train.y[:, None]).any()


def test_folds_hold_every_row_once_and_every_class_evenly(result: Result) -> None:
    y = result.table.train.y
    assert np.bincount(result.fold).tolist() == [40] * 5
    for c in (0, 1):
        sizes = np.bincount(result.fold[y == c])
        assert sizes.max() - sizes.min() <= 1
    assert np.isfinite(result.predictions[OUT]).all()


def test_in_sample_predictions_give_the_weight_to_the_tree_that_memorised(result: Result) -> None:
    inside = {b: result.weight(b, IN).mean() for b in result.settings.bases}
    fair = {b: result.weight(b, OUT).mean() for b in result.settings.bases}
    assert max(inside, key=inside.__getitem__) == "deep tree" and max(fair, key=fair.__getitem__) == "15-NN"
    assert (result.predictions[IN][:, 2].argmax(-1) == result.table.train.y).all()
    assert result.saved(LEAKY).low > 0
    found = {f.key: f for f in stacking.findings(result)}
    assert found["leak_weights"]["name"] == "deep tree" and found["leak_weights"]["right"] == 1
    assert found["leak_costs"]["cost"].low > 0


def test_a_stack_finds_the_one_good_learner_where_a_vote_is_outvoted() -> None:
    result = last(data="spiral", noise=0.1, bases=("logistic", "naive Bayes", "small tree", "1-NN"), seeds=3)
    assert (result.error(STACK) < 0.05).all() and (result.error(HARD) > 0.1).all()
    assert (result.best == 3).all()


@pytest.mark.parametrize("data", ["moons", "wine"])
def test_the_average_has_weights_of_least_squares_that_sum_to_one(data: str) -> None:
    result = last(data=data, meta="average", seeds=1)
    weights = np.array([result.weight(b, OUT)[0] for b in result.settings.bases])
    assert (weights >= 0).all() and weights.sum() == pytest.approx(1)
    p, y = result.predictions[OUT], result.table.train.y
    C = len(result.table.classes)
    rows = p.transpose(0, 2, 1).reshape(-1, p.shape[1])
    theirs = LinearRegression(positive=True, fit_intercept=False).fit(rows, np.eye(C)[y].ravel()).coef_
    np.testing.assert_allclose(weights, theirs / theirs.sum(), atol=1e-6)


def test_who_is_always_right_gets_the_whole_average() -> None:
    y = np.array([0, 1] * 20)
    p = np.stack([np.eye(2)[y], np.full((40, 2), 0.5)], 1)
    say, weights = experiment.train_meta(p, y, Settings(meta="average"))
    assert weights[:, 0] == pytest.approx([1, 0]) and np.array_equal(say(p).argmax(1), y)


def test_the_best_base_is_chosen_by_out_of_fold_error_alone(result: Result) -> None:
    names = result.settings.bases
    for r in range(6):
        errors = [result.error(b, OUT)[r] for b in names]
        assert result.best[r] == int(np.argmin(errors))
        assert result.error(BEST)[r] == result.error(names[result.best[r]])[r]
    p, y = result.predictions[OUT], result.table.train.y
    assert result.error("15-NN", OUT)[0] == pytest.approx((p[:, 3].argmax(1) != y).mean())


def test_errors_in_common_are_shares(result: Result) -> None:
    assert np.allclose(np.diagonal(result.shared, axis1=1, axis2=2), 1)
    assert ((result.shared >= 0) & (result.shared <= 1)).all()
    for r in range(6):
        errors = np.array([result.error(b)[r] for b in result.settings.bases])
        assert result.all_wrong[r] <= errors.min()
        both = result.shared[r] * errors[:, None]  # share of rows that both get wrong: the same seen from either
        assert np.allclose(both, both.T)


def test_the_intervals_are_as_wide_as_so_many_comparisons_ask(result: Result) -> None:
    assert result.saved(SOFT).level == pytest.approx(1 - 0.05 / len(result.models))
    single = tables.interval(result.error(SOFT) - result.error(STACK), result.table)
    joint = result.saved(SOFT)
    assert joint.mean == single.mean and joint.high - joint.low > single.high - single.low


def test_fields_are_votes_and_stacks_of_the_bases(result: Result) -> None:
    whole = np.stack([result.fields[b] for b in result.settings.bases], 2).reshape(-1, 4, 2)
    assert result.fields[SOFT].reshape(-1, 2) == pytest.approx(whole.mean(1))
    assert np.array_equal(result.fields[HARD].reshape(-1, 2)[:, 1], (whole.argmax(-1) == 1).mean(1))
    say, _ = experiment.train_meta(result.predictions[OUT], result.table.train.y, result.settings)
    assert result.fields[STACK].reshape(-1, 2) == pytest.approx(say(whole))
    assert result.fold_fields.shape == (5, 4, GRID, GRID, 2)


def test_the_same_seed_gives_the_same_and_fewer_seeds_are_its_beginning(result: Result) -> None:
    again, shorter = last(seeds=6), last(seeds=2)
    assert again.errors.equals(result.errors) and again.weights.equals(result.weights)
    assert shorter.errors.equals(result.errors[result.errors.seed < 2].reset_index(drop=True))


def test_a_result_on_the_way_does_not_change_any_more() -> None:
    seen = [step.result() for step in stacking.run(Settings(bases=("logistic", "naive Bayes"), seeds=2, folds=3))]
    filled = [np.isfinite(r.predictions[OUT]).mean() for r in seen]
    assert filled == sorted(filled) and 0 < filled[0] < 1 and filled[-1] == 1
    assert [len(r.all_wrong) for r in seen][-1] == 2 and seen[-1].fraction == 1


def test_boosting_trained_in_parts_is_boosting() -> None:
    x, y = tables.load("wine", seed=0).train
    *parts, model = experiment.fit("boosting", 3, x, y)
    assert parts == [None] * 4
    assert np.array_equal(model.predict_proba(x), CLASSIFIERS["boosting"](3).fit(x, y).predict_proba(x))


@pytest.mark.parametrize(
    "change",
    [
        {"seeds": 1, "folds": 2, "n": 40, "bases": BASES, "noise": -0.0},
        {"data": "blobs", "n": 40, "folds": 10, "noise": 0.5, "strength": 0.01, "seeds": 2},
        {"data": "wine", "meta": "average", "folds": 10, "bases": ("1-NN", "small tree"), "strength": 100},
        {"data": "digits", "seeds": 1, "folds": 2, "bases": ("naive Bayes", "small tree")},
        {"data": "breast cancer", "seeds": 2, "folds": 2, "bases": ("SVM", "boosting")},
    ],
)
def test_settings_at_their_edges_run_and_have_something_to_say(change: dict[str, object]) -> None:
    result = last(**{"seeds": 2, **change})
    assert result.fraction == 1 and stacking.findings(result)
    names, classes = result.settings.bases, result.table.classes
    for leak, chosen in ((True, None), (False, 0)):
        p = result.predictions[IN if leak else OUT]
        spec, height = figures.table(result.fold, p, result.table.train.y, names, classes, "", leak, chosen)
        columns = min(figures.MAX_COLUMNS, len(result.fold))
        cells = sum(len(s["data"]) for s in spec["series"] if s["type"] == "heatmap")
        block = 1 if len(classes) == 2 else len(classes)
        assert cells == columns * block * (1 + len(names)) and height > 100
        bars = np.array([s["data"] for s in spec["series"] if s["type"] == "bar"])
        assert bars.shape == (3, 1 if leak else result.settings.folds) and (bars.sum(0) == columns).all()
        assert bars[1].sum() == columns


def test_the_drawn_table_holds_the_predictions(result: Result) -> None:
    y, p = result.table.train.y, result.predictions[OUT]
    spec, _ = figures.table(result.fold, p, y, result.settings.bases, result.table.classes, "", chosen=2)
    rows = [int(n) - 1 for n in spec["xAxis"][1]["data"]]
    assert sorted(rows) == list(range(200)) and (np.diff(result.fold[rows]) >= 0).all()
    tree = next(s for s in spec["series"] if s.get("name") == "deep tree")
    assert [v for _, _, v in tree["data"]] == np.round(100 * p[rows, 2, 1]).tolist()
    before, own, after = (s["data"] for s in spec["series"] if s["type"] == "bar")
    for k in range(5):
        assert np.flatnonzero(result.fold[rows] == k).tolist() == list(range(before[k], before[k] + own[k]))
        assert before[k] + own[k] + after[k] == 200
    upper, lower = (s["markArea"]["data"][0] for s in spec["series"] if s["type"] == "scatter")
    assert [e["xAxis"] for e in upper] == [before[2], before[2] + own[2]]
    assert [e["xAxis"] for e in lower] == [before[2], before[2] + own[2] - 1]


def test_no_difference_is_called_none(result: Result) -> None:
    errors = result.errors.copy()
    for model in (*result.settings.bases, HARD, SOFT, LEAKY):
        mine = (errors.model == model) & (errors.split == "validation")
        errors.loc[mine, "error"] = result.error(STACK) + np.array([0.01, -0.01] * 3)
    level = replace(result, errors=errors)
    keys = [f.key for f in stacking.findings(level)]
    assert keys[:3] == ["no_difference_to_best", "no_difference_to_vote", "no_difference_to_vote"]
    assert "leak_no_difference" in keys
    assert [q.grade(level)[0] for q in stacking.QUESTIONS[1:]] == [2, 2, 2, 2]
    assert stacking.difference(result, level).key == "same_errors"
    assert stacking.difference(result, replace(result, settings=Settings(n=100))).key == "not_comparable"


@pytest.mark.parametrize(("by", "key", "choice"), [(0.05, "better_than_best", 0), (-0.05, "worse_than_best", 1)])
def test_a_clear_difference_is_called_by_its_name(result: Result, by: float, key: str, choice: int) -> None:
    errors = result.errors.copy()
    stack = (errors.model == STACK) & (errors.split == "validation")
    errors.loc[stack, "error"] = np.minimum(result.error(BEST), result.error(SOFT)) - by if by > 0 else 0.5
    clear = replace(result, errors=errors)
    verdict = stacking.findings(clear)[0]
    assert verdict.key == key
    assert verdict["change"].mean == pytest.approx((clear.error(STACK) - clear.error(BEST)).mean())
    assert stacking.QUESTIONS[1].grade(clear)[0] == choice
    assert stacking.difference(result, clear).key == ("more_errors" if by > 0 else "fewer_errors")


def test_answers_known_beforehand_are_graded_so(result: Result) -> None:
    assert stacking.QUESTIONS[0].grade(result)[0] == 0  # the deep tree gets the weight
    spiral = last(**{**stacking.QUESTIONS[2].change, "seeds": 8})
    assert stacking.QUESTIONS[2].grade(spiral)[0] == 0  # the vote is beaten


@pytest.mark.parametrize("change", [{"data": "circles", "n": 60, "strength": 0.1}, {"data": "wine", "meta": "average"}])
def test_the_script_gives_the_numbers_of_the_run(change: dict[str, object]) -> None:
    result = last(**change, seeds=2, seed=3, folds=3)
    errors = plain.main(result.settings)
    for model in (*result.models, BEST):
        assert errors[model] == pytest.approx(result.error(model).tolist(), abs=1e-12)
