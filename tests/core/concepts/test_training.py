"""The training page's facts: what is refused, what is repeatable, what stays as it was, and that no sentence is canned."""

import copy
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from core import data as datasets
from core.concepts.optimization import training
from core.concepts.optimization.training import LIMITS, QUESTIONS, Result, Settings, findings, run

SMALL = Settings(n=80, epochs=3, seeds=2)
DIGITS = replace(SMALL, data="digits", n=100)
NUMBER = re.compile(r"\d")


def whole(settings: Settings, own: bytes | None = None) -> Result:
    *_, result = run(settings, own, every=9)
    return result


@cache
def small(**change: Any) -> Result:
    return whole(replace(SMALL, **change))


def series(
    seeds: int, train: Sequence[Sequence[float]], validation: Sequence[Sequence[float]], metric: str
) -> pd.DataFrame:
    """A history from values[epoch][seed]."""
    rows = [
        (k, e, e, split, metric, values[e][k])
        for split, values in (("train", train), ("validation", validation))
        for e in range(len(values))
        for k in range(seeds)
    ]
    return pd.DataFrame(rows, columns=["model", "step", "epoch", "split", "metric", "value"])


def made(
    accuracy: tuple[Sequence[Sequence[float]], Sequence[Sequence[float]]],
    loss: tuple[Sequence[Sequence[float]], Sequence[Sequence[float]]],
    **change: Any,
) -> Result:
    """A Result whose history is (training, validation) values[epoch][seed]."""
    seeds = len(loss[0][0])
    history = pd.concat([series(seeds, *accuracy, "accuracy"), series(seeds, *loss, "loss")], ignore_index=True)
    result = small()
    return replace(result, settings=replace(result.settings, seeds=seeds), history=history, stopped={}, **change)


def said(result: Result) -> str:
    return " ".join(findings(result))


# What is the same


def test_same_settings_give_the_same_run() -> None:
    one, two = small(), whole(SMALL)
    pd.testing.assert_frame_equal(one.history, two.history, check_exact=True)
    np.testing.assert_array_equal(one.grid, two.grid)
    assert findings(one) == findings(two)


def test_another_seed_gives_another_run() -> None:
    assert not np.array_equal(small().history.value, small(seed=1).history.value)
    assert not torch.equal(small().dataset.train.x, small(seed=1).dataset.train.x)


def test_a_seed_does_not_depend_on_how_many_train_beside_it() -> None:
    few, many = small().history, small(seeds=4).history
    both = few.merge(many, on=["model", "epoch", "split", "metric"])
    assert len(both) == len(few)
    np.testing.assert_allclose(both.value_x, both.value_y, rtol=1e-4, atol=1e-6)


def test_how_often_it_is_looked_at_changes_nothing() -> None:
    *_, often = run(SMALL, every=0)
    pd.testing.assert_frame_equal(often.history, small().history, check_exact=True)


# What is refused

OUTSIDE = [
    (field, value)
    for field, (low, high) in LIMITS.items()
    for value in (low - 1e-9 if low else -1, high + 1, -math.inf, math.inf, math.nan)
]


def test_the_limits_cover_every_number_of_the_settings() -> None:
    numbers = {name for name, value in vars(SMALL).items() if not isinstance(value, str)}
    assert numbers == set(LIMITS)


@pytest.mark.parametrize(("field", "value"), OUTSIDE)
def test_a_number_outside_its_limits_is_refused_by_name_and_bound(field: str, value: float) -> None:
    low, high = LIMITS[field]
    with pytest.raises(ValueError, match=f"^{field}: must lie between {re.escape(f'{low:g} and {high:g}')}"):
        replace(SMALL, **{field: value})


@pytest.mark.parametrize(("field", "value"), [(f, v) for f, limits in LIMITS.items() for v in limits])
def test_the_limits_themselves_are_taken(field: str, value: float) -> None:
    assert getattr(replace(SMALL, **{field: value}), field) == value


@pytest.mark.parametrize("field", ["data", "model", "activation", "optimizer"])
@pytest.mark.parametrize("value", ["", "relu", "../etc", "ADAM", "MOONS"])
def test_an_unknown_name_is_refused_by_field(field: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: must be one of "):
        replace(SMALL, **{field: value})


@pytest.mark.parametrize("data", [*datasets.POINTS, training.OWN])
def test_a_cnn_on_points_is_refused(data: str) -> None:
    with pytest.raises(ValueError, match=r"^model: .*pictures"):
        replace(SMALL, model="CNN", data=data)


def test_ones_own_data_is_asked_for_in_a_sentence() -> None:
    with pytest.raises(datasets.DataError, match="CSV"):
        whole(replace(SMALL, data="own"))
    assert training.script(replace(SMALL, data="own")) is None


# What a run yields


def test_a_run_yields_after_every_step() -> None:
    steps = len(small().dataset.train) // SMALL.batch * SMALL.epochs
    results = list(run(SMALL, every=0))
    assert len(results) == steps + 1  # and once before the first
    fractions = [r.fraction for r in results]
    assert fractions == sorted(fractions) and (fractions[0], fractions[-1]) == (0, 1)
    assert [r.stack is not None for r in results] == [False] * steps + [True]


def test_between_looks_the_same_result_comes_again() -> None:
    results = list(run(replace(SMALL, epochs=20), every=1000))
    assert len({id(r) for r in results}) == 2  # before the first step, and the whole


def test_what_was_yielded_is_never_changed() -> None:
    kept: list[tuple[Result, dict[str, Any]]] = []
    for result in run(replace(SMALL, batch=16), every=0):
        kept.append((result, copy.deepcopy({n: v for n, v in vars(result).items() if n not in ("stack", "dataset")})))
    assert len(kept) > 5
    for result, before in kept:
        pd.testing.assert_frame_equal(result.history, before["history"], check_exact=True)
        np.testing.assert_array_equal(result.grid, before["grid"])
        for name in ("fraction", "epoch", "stopped", "settings", "ms_per_step"):
            assert getattr(result, name) == before[name]
    first, last = kept[0][0], kept[-1][0]
    assert not np.array_equal(first.grid, last.grid)  # or there would have been nothing to see


@pytest.mark.parametrize("settings", [SMALL, DIGITS], ids=["points", "pictures"])
@pytest.mark.parametrize("after", [1, 2, 4])
def test_a_run_stopped_early_leaves_a_result_that_can_be_read(settings: Settings, after: int) -> None:
    steps = run(replace(settings, batch=16, epochs=50), every=0)
    result = [next(steps) for _ in range(after)][-1]
    steps.close()
    assert 0 <= result.fraction < 1 and result.stack is None
    assert "Validation accuracy at epoch" in said(result)
    assert NUMBER.search(training.score(result))
    with pytest.raises(AssertionError):
        training.test_scores(result)


def test_only_a_finished_run_has_test_scores_one_a_seed() -> None:
    scores = training.test_scores(small())
    assert scores.shape == (2,) and ((scores >= 0) & (scores <= 1)).all()
    stack, test = small().stack, small().dataset.test
    for k, score in enumerate(scores):
        right = stack.unstack(k)(test.x).argmax(1) == test.y
        assert score == pytest.approx(right.float().mean().item(), abs=1e-6)


@pytest.mark.parametrize("change", [{}, {"model": "CNN", "width": 4}], ids=["MLP", "CNN"])
def test_confusion_and_wrong_pictures_tell_what_the_networks_answer(change: dict[str, Any]) -> None:
    result = whole(replace(DIGITS, **change))
    held = result.dataset.validation
    assert result.confusion.sum() == len(held) * DIGITS.seeds
    right = result.confusion.trace() / result.confusion.sum()
    assert right == pytest.approx(result.final("validation", "accuracy").mean(), abs=1e-6)
    np.testing.assert_array_equal(result.confusion.sum(1), DIGITS.seeds * np.bincount(held.y.numpy(), minlength=10))
    models = [result.stack.unstack(k) for k in range(DIGITS.seeds)]
    assert 0 < len(result.wrong) <= 24
    for picture, truth, answer in result.wrong:
        x = torch.tensor(picture)[None]
        assert any((held.x[i] == x).all() and int(held.y[i]) == truth for i in range(len(held)))
        answers = {int(m(x).argmax()) for m in models}
        assert answer != truth and answer in answers


def test_the_grid_holds_mean_probabilities_of_the_points_it_says() -> None:
    result = whole(replace(SMALL, data="blobs"))
    a, b = result.axes
    assert result.grid.shape == (100, 100, 3)
    np.testing.assert_allclose(result.grid.sum(-1), 1, atol=1e-5)
    i, j = 70, 20
    point = torch.tensor([[a[j], b[i]]], dtype=torch.float32)
    mean = torch.stack([result.stack.unstack(k)(point).softmax(1)[0] for k in range(2)]).mean(0)
    np.testing.assert_allclose(result.grid[i, j], mean.detach().numpy(), atol=1e-5)
    x = torch.cat([result.dataset.train.x, result.dataset.test.x]).numpy()
    assert a[0] < x[:, 0].min() and x[:, 0].max() < a[-1] and b[0] < x[:, 1].min() and x[:, 1].max() < b[-1]


# What diverges

WILD = replace(SMALL, optimizer="SGD", lr=100.0, weight_decay=10.0, depth=0, epochs=60)


def test_when_every_seed_diverges_the_run_ends_and_says_so() -> None:
    result = whole(WILD)
    assert result.diverged == [0, 1] and result.fraction == 1
    assert findings(result)[0].startswith("Diverged: in 2 of 2 seeds") and len(findings(result)) == 1
    assert len(result.final("validation", "accuracy")) == 0
    assert len(training.test_scores(result)) == 0
    assert "No" in training.difference(result, result) or "not" in training.difference(result, result)
    for question in QUESTIONS:
        index, sentence = question.grade(replace(result, settings=replace(SMALL, **question.change)))
        assert 0 <= index < len(question.choices) and sentence


def test_when_every_seed_diverges_on_pictures_there_is_still_a_result() -> None:
    result = whole(replace(WILD, data="digits", n=100))
    assert result.diverged == [0, 1] and result.wrong == () and result.confusion is None
    assert findings(result)[0].startswith("Diverged: in 2 of 2 seeds")


def test_the_seeds_that_diverged_are_named_and_left_out() -> None:
    result = replace(small(seeds=4), stopped={1: "diverged", 3: "diverged"})
    assert result.diverged == [1, 3]
    assert findings(result)[0].startswith("Diverged: in 2 of 4 seeds")
    assert "over 2 seeds" in findings(result)[1]
    assert result.final("validation", "accuracy").index.tolist() == [0, 2]
    assert training.test_scores(result).shape == (2,)


def test_a_loss_that_is_not_finite_at_the_last_step_counts_as_diverged() -> None:
    # The step after would notice; here there is none.
    result = whole(replace(SMALL, optimizer="SGD", lr=100.0, width=256, depth=6, seeds=8, batch=16, epochs=1))
    last = result.history[(result.history.metric == "loss") & (result.history.epoch == 1)]
    lost = set(last[~np.isfinite(last.value)].model)
    assert lost, "these settings no longer diverge in the last step"
    assert set(result.diverged) == lost
    assert result.grid is None or np.isfinite(result.grid).all()


# What is said

FLAT = ([[0.7, 0.7, 0.7]], [[0.69, 0.7, 0.71]])
FALLING = ([[1.0, 1.0, 1.0], [0.6, 0.61, 0.62], [0.3, 0.31, 0.32]],) * 2


def test_no_effect_is_said_to_be_none() -> None:
    text = said(made(FLAT, FALLING))
    assert "No generalisation gap beyond luck" in text and "Overfitting" not in text
    assert "Validation accuracy at epoch 3: 70.0 %" in text and "over 3 seeds" in text


def test_a_gap_that_every_seed_shows_is_said_with_its_interval() -> None:
    text = said(made(([[0.9, 0.91, 0.92]], [[0.7, 0.7, 0.71]]), FALLING))
    assert re.search(r"Generalisation gap: training accuracy is 20\.7 points \(95 % interval [\d.]+ to [\d.]+\)", text)
    assert "No generalisation gap" not in text


def test_a_validation_accuracy_above_training_is_no_gap() -> None:
    assert "Generalisation gap:" not in said(made(([[0.6, 0.61, 0.62]], [[0.8, 0.8, 0.81]]), FALLING))


def test_overfitting_is_reported_where_the_validation_loss_turns() -> None:
    train = [[1.0] * 3, [0.5, 0.5, 0.51], [0.2, 0.21, 0.2], [0.1, 0.1, 0.11]]
    held = [[1.0] * 3, [0.6, 0.61, 0.6], [0.8, 0.82, 0.8], [1.2, 1.21, 1.22]]
    result = made(FLAT, (train, held))
    epoch, rise = training.overfitting(result)
    assert epoch == 1 and rise.n == 3
    assert rise.mean == pytest.approx(np.mean([1.2 - 0.6, 1.21 - 0.61, 1.22 - 0.6]))
    assert "Overfitting: mean validation loss was lowest at epoch 1" in said(result)
    assert "went on falling" in said(result)
    assert QUESTIONS[3].grade(result)[0] == 1


def test_a_rising_training_loss_is_not_called_overfitting() -> None:
    both = [[0.5] * 3, [0.4, 0.41, 0.4], [2.0, 2.1, 2.05]]
    text = said(made(FLAT, (both, both)))
    assert "Overfitting" not in text and "rose too" in text


def test_a_climb_within_luck_is_no_sign_of_overfitting() -> None:
    held = [[1.0] * 3, [0.5, 0.9, 0.4], [0.9, 0.4, 0.6]]
    result = made(FLAT, ([[1.0] * 3, [0.5] * 3, [0.4] * 3], held))
    assert "no sign of overfitting" in said(result)
    assert QUESTIONS[3].grade(result)[0] == 2


def test_a_loss_that_falls_to_the_end_is_not_spoken_of() -> None:
    assert training.overfitting(made(FLAT, FALLING)) is None
    assert "overfitting" not in said(made(FLAT, FALLING)).lower()


def test_one_seed_claims_nothing_beyond_itself() -> None:
    text = said(small(seeds=1))
    assert "over 1 seed." in text
    assert "interval" not in text and "luck" not in text.lower() and "verfitting" not in text


# What two runs say of each other


def scored(values: Sequence[float], **change: Any) -> Result:
    result = made(([values], [values]), FALLING)
    return replace(result, settings=replace(result.settings, seeds=len(values), **change))


def test_the_difference_is_paired_over_seeds_and_has_a_direction() -> None:
    low, high = scored([0.5, 0.7, 0.9]), scored([0.6, 0.8, 0.99], lr=0.1)  # paired: clear; unpaired it would not be
    assert re.match(
        r"Better by 9\.7 points \(95 % interval 8\.2 to 11\.1\), paired over 3 seeds",
        f"{training.difference(high, low)}",
    )
    assert re.match(r"Worse by -?9\.7 points", training.difference(low, high))


def test_equal_runs_do_not_differ_beyond_luck() -> None:
    assert training.difference(small(), whole(SMALL)).startswith("No difference beyond luck (2 seeds, paired)")
    assert training.difference(scored([0.5, 0.6, 0.7]), scored([0.6, 0.5, 0.7], lr=0.1)).startswith("No difference")


@pytest.mark.parametrize("change", [{"seed": 1}, {"n": 100}, {"noise": 0.3}, {"data": "xor"}])
def test_runs_on_other_data_or_seeds_are_not_set_against_each_other(change: dict[str, Any]) -> None:
    sentence = training.difference(scored([0.5, 0.6, 0.7]), scored([0.9, 0.9, 0.91], **change))
    assert "not" in sentence and not NUMBER.search(sentence)


# What is asked


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.text[:30])
def test_a_question_is_graded_from_its_run_with_a_number(question: Any) -> None:
    result = whole(replace(Settings(), **question.change))
    index, sentence = question.grade(result)
    assert 0 <= index < len(question.choices)
    assert NUMBER.search(sentence) and "nan" not in sentence and sentence.endswith(".")


def test_the_grade_follows_the_run_and_is_not_fixed() -> None:
    lost = whole(WILD)
    calm = small(optimizer="SGD", lr=0.3, epochs=60, seeds=2)
    wild = made(FLAT, ([[0.7] * 3, [9.0] * 3], [[0.7] * 3, [9.0] * 3]))
    assert [QUESTIONS[0].grade(r)[0] for r in (calm, wild, lost)] == [0, 1, 2]
    lines = [scored([a, a, a + 0.01]) for a in (0.5, 0.75, 0.98)]
    assert [QUESTIONS[1].grade(r)[0] for r in lines] == [0, 1, 2]
    decayed = small(optimizer="SGD", lr=0.3, weight_decay=0.3, epochs=60, seeds=3)
    grown = small(lr=0.03, epochs=30, seeds=3)
    assert QUESTIONS[2].grade(decayed)[0] == 1 and QUESTIONS[2].grade(grown)[0] == 0
    assert QUESTIONS[3].grade(made(FLAT, FALLING))[0] == 0


# The network that was asked for


def test_the_network_has_the_layers_the_settings_name() -> None:
    plain = training.build(Settings(depth=0), (2,), 2)
    assert [type(m).__name__ for m in plain] == ["Linear"]
    deep = training.build(Settings(depth=2, width=5, dropout=0.3, activation="tanh"), (1, 8, 8), 10)
    assert [type(m).__name__ for m in deep] == ["Flatten", *["Linear", "Tanh", "Dropout"] * 2, "Linear"]
    assert [m.out_features for m in deep if isinstance(m, torch.nn.Linear)] == [5, 5, 10]


@pytest.mark.parametrize("depth", [0, 1, 3, 6])
@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 32, 32)])
def test_a_cnn_of_any_depth_takes_any_picture(depth: int, shape: tuple[int, ...]) -> None:
    net = training.build(Settings(data="digits", model="CNN", depth=depth, width=3), shape, 10)
    assert net(torch.zeros(2, *shape)).shape == (2, 10)
