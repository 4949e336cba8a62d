"""Regularisation: what each method does to the weights, who is compared with whom, and what the verdict rests on."""

from __future__ import annotations

import dataclasses
import time
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

from core.concepts.generalization import regularization as concept
from core.concepts.generalization.regularization import Result, Settings, figures, plain
from core.concepts.generalization.regularization.findings import stopping_epoch
from core.concepts.generalization.regularization.network import build
from core.concepts.generalization.regularization.points import made_points
from core.engine.networks import Dropout
from core.progress import finished
from core.settings import SettingsError

SMALL = Settings(n=40, width=16, epochs=30, seeds=3, l1=0.1, patience=3)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(concept.run(SMALL))


# The methods


def test_l1_gives_exact_zeros_and_l2_does_not(result: Result) -> None:
    assert (result.zeros["L1"] > 0.01).all()
    assert (result.zeros["L2"] == 0).all() and (result.zeros["none"] == 0).all()
    assert result.small["L2"].mean() > result.small["none"].mean()  # small all the same


def test_the_smaller_model_is_small_and_whole(result: Result) -> None:
    weights = sum(p.numel() for p in build(2, (2,), 2).parameters() if p.dim() > 1)
    narrow = weights - 2 * 2  # the two norms have vectors only; 2 x 2 weights in each of three layers
    assert result.counts["smaller model"].sum() == 3 * weights and narrow == 8
    assert result.counts["none"].sum() == 3 * 16 * (2 + 16 + 2)
    assert (result.zeros["smaller model"] == 0).all()


def test_variants_share_their_starts_and_a_method_of_no_strength_changes_nothing(result: Result) -> None:
    first = result.history[(result.history.epoch == 0) & (result.history.metric == "loss")]
    start = first.pivot_table(index=["seed", "split"], columns="variant", values="value", observed=True)
    for name in ("L1", "L2", "dropout", "early stopping", "more data"):
        assert np.allclose(start[name], start["none"], atol=1e-6)
    same = finished(concept.run(Settings(n=40, width=16, epochs=10, seeds=2, l2=0.0)))
    assert (same.right["L2"] == same.right["none"]).all() and same.change("L2").sign == 0


def test_early_stopping_keeps_the_weights_of_the_lowest_validation_loss() -> None:
    result = finished(concept.run(Settings(n=40, noise=0.5, width=32, epochs=60, seeds=3, patience=4)))
    history = result.history[(result.history.variant == "early stopping") & (result.history.split == "validation")]
    loss = history[history.metric == "loss"].pivot(index="epoch", columns="seed", values="value")
    accuracy = history[history.metric == "accuracy"].pivot(index="epoch", columns="seed", values="value")
    best = [accuracy[seed][loss[seed].iloc[1:].idxmin()] for seed in range(3)]  # epoch 0 is before training
    assert result.validation["early stopping"] == pytest.approx(best)
    ends = [loss[seed].last_valid_index() for seed in range(3)]
    assert ends == [loss[seed].iloc[1:].idxmin() + 4 for seed in range(3)]  # four epochs without a better one
    assert stopping_epoch(result) == pytest.approx(np.mean(ends)) and max(ends) < 60
    assert result.stopped["early stopping"] == 3 and result.stopped["none"] == 0


def test_dropout_drops_with_probability_p_keeps_the_mean_and_is_off_in_eval() -> None:
    x = torch.ones(1000, 100)
    for layer in (torch.nn.Dropout(0.8), Dropout(0.8, torch.Generator().manual_seed(0))):
        dropped = layer(x)
        assert (dropped == 0).float().mean().item() == pytest.approx(0.8, abs=0.01)
        assert dropped.mean().item() == pytest.approx(1, abs=0.03)
        assert torch.equal(layer.eval()(x), x)


# The examples


def test_more_data_holds_everybodys_examples_and_no_split_shares_one() -> None:
    train, validation, test = made_points(SMALL)
    assert (len(train.x), len(validation.x), len(test.x)) == (160, 400, 10_000)
    everything = np.concatenate([train.x, validation.x, test.x])
    assert len(np.unique(everything, axis=0)) == len(everything)
    larger, _, _ = made_points(dataclasses.replace(SMALL, more=8))
    assert np.array_equal(larger.x[:40], train.x[:40])


def test_a_field_is_the_mean_of_the_networks_of_its_variant(result: Result) -> None:
    assert result.axes is not None and result.grids["none"].shape == (60, 60, 2)
    for name in result.names:
        assert np.allclose(result.grids[name].sum(-1), 1, atol=1e-5)
    columns, rows = (np.abs(axis[:, None] - result.x[:, i]).argmin(0) for i, axis in enumerate(result.axes))
    answers = result.grids["none"].argmax(-1)[rows, columns]
    assert (answers == result.y).mean() > 0.8  # at the training points it is nearly what was learnt there


# The verdict


def with_scores(result: Result, rows: int = 5000, **gains: Any) -> Result:
    """The result with test accuracies of 80 % plus these gains of each seed, all on the same rows."""
    test = {name: np.full(3, 0.8) + gains.get(name.replace(" ", "_"), 0.0) for name in result.names}
    right = {name: (np.arange(rows) < round(rows * v.mean())).astype(float) for name, v in test.items()}
    return dataclasses.replace(result, test=test, right=right)


def test_a_change_is_clear_only_when_its_interval_leaves_zero_out(result: Result) -> None:
    up, luck = np.array([0.100, 0.101, 0.102]), np.array([0.1, -0.1, 0.0])
    made = with_scores(result, L2=up, dropout=-up, L1=luck, more_data=2 * up)
    found = {f.key: f for f in concept.findings(made)}
    verdict = concept.findings(made)[0]
    assert (verdict.key, verdict["name"]) == ("helped", "L2") and verdict["change"].mean == pytest.approx(0.101)
    assert [e["name"] for e in found["hurt"]["effects"]] == ["dropout"]
    assert "L1" in [n["name"] for n in found["unclear"]["names"]] and "also_helped" not in found
    assert found["more_data"]["change"].mean == pytest.approx(0.202)
    nothing = concept.findings(with_scores(result))
    assert nothing[0].key == "none_helped" and not {"also_helped", "hurt", "unclear"} & {f.key for f in nothing}


def test_an_interval_covers_seeds_and_test_rows_and_as_many_comparisons(result: Result) -> None:
    level = 1 - 0.05 / (len(result.names) - 1)
    change = result.test["L2"] - result.test["none"]
    t = stats.t.ppf((1 + level) / 2, 2) * max(change.std(ddof=1), 1 / 10_000) / 3**0.5
    rows = result.right["L2"] - result.right["none"]
    z = stats.norm.ppf((1 + level) / 2) * (rows.var() + 2 / 10_000) ** 0.5 / 10_000**0.5
    got = result.change("L2")
    assert got.mean == pytest.approx(change.mean()) and got.level == level
    assert got.high - got.mean == pytest.approx(np.hypot(t, z), rel=1e-6)


def test_many_variants_that_do_nothing_are_seldom_said_to_help_or_hurt(result: Result) -> None:
    """Rows differ in how hard they are, and all variants are equally good; few rows, so that their draw matters."""
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(200):
        hard = rng.beta(4, 1, 200)
        answers = {name: rng.random((8, 200)) < np.clip(hard + rng.normal(0, 0.3, 200), 0, 1) for name in result.names}
        test = {name: a.mean(1) for name, a in answers.items()}
        right = {name: a.mean(0) for name, a in answers.items()}
        made = dataclasses.replace(result, test=test, right=right)
        wrong += any(made.change(name).sign for name in made.names[1:])
    assert wrong / 200 < 0.1


def test_overfitting_is_said_only_where_the_gap_is_clear(result: Result) -> None:
    for gap, key in ((0.2, "overfits"), (0.01, "no_gap"), (-0.02, "no_gap")):
        made = dataclasses.replace(result, gap=result.gap | {"none": np.full(3, gap)})
        assert concept.findings(made)[1].key == key


def test_the_best_method_is_chosen_without_the_test(result: Result) -> None:
    validation = {name: np.zeros(3) for name in result.names} | {"dropout": np.ones(3), "more data": np.full(3, 2.0)}
    made = dataclasses.replace(with_scores(result, L1=0.1), validation=validation)
    assert concept.score(made)["name"] == "dropout"
    question = next(q for q in concept.QUESTIONS if q.key == "data")
    assert question.grade(made)[1]["name"] == "dropout"


def test_questions_are_graded_from_the_numbers(result: Result) -> None:
    grade = {q.key: q.grade for q in concept.QUESTIONS}
    assert grade["penalty"](result)[0] == 0
    up = np.array([0.100, 0.101, 0.102])
    for gain, right in ((up, 0), (-up, 1), (0 * up, 2)):
        made = with_scores(result, L2=gain, early_stopping=gain, more_data=gain)
        assert [grade[key](made)[0] for key in ("too_strong", "another_draw", "data")][:2] == [right, right]


# The run


def test_a_stopped_run_shows_its_curves_and_no_verdict() -> None:
    steps = concept.run(SMALL)
    early = next(step for step in steps if step.fraction > 0.3 and step.result)
    partial = early.result()
    steps.close()
    assert not partial.complete and set(partial.grids) == set(partial.validation) == set(partial.names)
    assert [f.key for f in concept.findings(partial)] == ["unfinished"] and concept.score(partial).key == "unfinished"
    assert concept.difference(partial, partial).key == "not_comparable"
    assert figures.loss(partial, "L2")["series"]


def test_the_last_picture_while_training_is_the_first_of_the_finished_run() -> None:
    """With so few networks the fields are those of all seeds while training goes on, too."""
    *_, before, last = (step for step in concept.run(dataclasses.replace(SMALL, patience=100)) if step.result)
    complete = last.result()
    assert before.result().history.equals(complete.history)
    assert complete.fraction == 1


def test_a_run_that_would_take_too_long_is_refused() -> None:
    with pytest.raises(SettingsError, match="minutes"):
        Settings(data="mnist5k", width=256, seeds=16, n=400, epochs=400)
    assert Settings(width=256, seeds=16, n=400, epochs=100).seconds < 300


def test_neither_a_step_nor_a_picture_of_it_takes_long_at_the_costliest_settings() -> None:
    mixed = {"mix_l1": True, "mix_early": True, "mix_norm": True, "mix_augment": True}
    costly = {"width": 256, "seeds": 16, "n": 400, "more": 8, **mixed}
    for s, count in ((Settings(data="mnist5k", epochs=10, **costly), 50), (Settings(epochs=90, **costly), 100)):
        steps, longest = concept.run(s), 0.0
        begun = time.thread_time()
        for step in islice(steps, count):
            longest = max(longest, time.thread_time() - begun)
            if step.result is not None:
                begun = time.thread_time()
                step.result()
                longest = max(longest, time.thread_time() - begun)
            begun = time.thread_time()
        assert longest < 0.4  # 0.3, and room for a machine that does other things
        assert s.pictures or step.result is not None
        steps.close()


@pytest.mark.parametrize("change", [{}, {"data": "digits", "n": 60, "mix_augment": True, "mix_norm": True}])
def test_the_script_gives_the_scores_of_the_run(change: dict[str, Any]) -> None:
    settings = Settings(**{"n": 40, "epochs": 10, "seeds": 2, "width": 16, "patience": 3, **change})
    printed = plain.main(SimpleNamespace(**vars(settings)))
    scores = finished(concept.run(settings)).test
    assert set(printed) == set(scores)
    for name, values in scores.items():
        # A batch norm of little spread turns the last bit of a sum into more.
        assert printed[name] == pytest.approx(values, abs=0.03 if name in ("batch norm", "mix") else 0.003), name


# The charts


def test_the_charts_show_the_numbers(result: Result) -> None:
    means = figures.gains(result)["series"][2]["data"]
    assert [m["value"][0] for m in means] == sorted((m["value"][0] for m in means), reverse=True)
    drawn = {m["name"]: m["value"][0] for m in means}
    assert drawn == pytest.approx({n: 100 * result.change(n).mean for n in result.names[1:]}, rel=1e-3, abs=1e-3)
    shares = {s["name"]: sum(y for _, y in s["data"]) for s in figures.weights(result)["series"]}
    assert shares == pytest.approx(dict.fromkeys(("none", "L1", "L2"), 100), rel=0.01)
    assert list(figures.table(result)["method"]) == list(result.names)
