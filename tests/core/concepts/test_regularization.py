"""The regularisation page's facts, in small."""

import copy
import dataclasses
import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from core.concepts.generalization import regularization as R
from core.stats import mean_interval

SMALL = R.Settings(n=40, width=16, epochs=30, seeds=3, l1=0.1, patience=3)


def last(settings):
    *_, result = R.run(settings)
    return result


@pytest.fixture(scope="module")
def result():
    return last(SMALL)


def test_l1_gives_exact_zeros_and_l2_does_not(result):
    assert (result.zeros("L1") > 0.01).all()
    assert (result.zeros("L2") == 0).all()
    assert (result.zeros("none") == 0).all()


def test_the_smaller_model_is_small_and_whole(result):
    w = result.weights["smaller model"]
    assert w.shape == (3, 2 * 2 + 2 * 2 + 2 * 2)
    assert (w != 0).all()


def test_variants_share_their_starts(result):
    first = result.history[(result.history.epoch == 0) & (result.history.metric == "loss")]
    start = first.pivot(index=["seed", "split"], columns="variant", values="value")
    for name in ("L1", "L2", "dropout", "early stopping", "more data"):
        assert np.allclose(start[name], start["none"], atol=1e-6)


def test_batches_are_shared_too_so_a_variant_that_changes_nothing_is_none():
    same = last(R.Settings(n=40, width=16, epochs=10, seeds=2, l2=0.0))
    assert (same.test["L2"] == same.test["none"]).all()
    assert any(s.startswith("No difference beyond luck") and "L2" in s for s in R.findings(same))


def test_early_stopping_keeps_the_lowest_validation_loss(result):
    rows = result.history[(result.history.variant == "early stopping") & (result.history.metric == "loss")]
    validation = rows[rows.split == "validation"]
    assert validation.groupby("seed").epoch.max().min() < 30 or result.stopped["early stopping"] == 0
    none = result.history[(result.history.variant == "none") & (result.history.metric == "loss")]
    best = none[none.split == "validation"].groupby("seed").value.min()
    assert (validation.groupby("seed").value.min() >= best - 1e-6).all()


def test_more_data_holds_everybodys_examples_and_no_other_split():
    data = R.dataset(SMALL)
    x, _ = data.train.x[:40], data.train.x
    assert len(data.train.x) == 160
    everything = torch.cat([data.train.x, data.validation.x, data.test.x])
    assert len(torch.unique(everything, dim=0)) == len(everything)
    larger = R.dataset(R.Settings(n=40, more=8))
    assert torch.equal(larger.train.x[:40], x)


def test_dropout_is_off_when_measured(result):
    again = last(SMALL)
    assert (again.test["dropout"] == result.test["dropout"]).all()
    assert again.history.equals(result.history)


@pytest.mark.parametrize("seed", range(3))
def test_shift_moves_and_loses_only_what_leaves_the_picture(seed):
    x = torch.zeros(5, 1, 8, 8)
    x[:, 0, 4, 4] = 1
    moved = R.shift(x, torch.Generator().manual_seed(seed))
    assert moved.shape == x.shape
    assert torch.equal(moved.sum((1, 2, 3)), torch.ones(5))
    where = moved.flatten(1).argmax(1)
    assert ((where // 8 - 4).abs() <= 1).all()
    assert ((where % 8 - 4).abs() <= 1).all()
    assert len(set(where.tolist())) > 1


def test_findings_count_help_only_when_the_interval_leaves_zero_out(result):
    shifted = copy.copy(result.test)
    shifted["L2"] = shifted["none"] + np.array([0.1, 0.11, 0.12])
    shifted["L1"] = shifted["none"] + np.array([0.1, -0.1, 0.0])
    said = R.findings(dataclasses.replace(result, test=shifted))
    assert any(s.startswith("Helped") and "L2 by 11.0" in s for s in said)
    assert any(s.startswith("No difference beyond luck") and "L1" in s for s in said)


@pytest.mark.parametrize("name", R.LIMITS)
def test_a_setting_out_of_its_bounds_is_refused_by_name(name):
    low, high = R.LIMITS[name]
    for bad in (low - 1, high * 2 + 1, float("nan")):
        with pytest.raises(ValueError, match=name):
            R.Settings(**{name: bad})


def test_every_question_is_graded_from_the_run(result):
    for q in R.QUESTIONS:
        choice, said = q.grade(result)
        assert 0 <= choice < len(q.choices)
        assert re.search(r"\d", said)


@pytest.mark.parametrize(
    "change",
    [pytest.param({}, marks=pytest.mark.full), {"data": "digits", "n": 60, "mix_augment": True, "mix_norm": True}],
)
def test_the_script_gives_the_scores_on_screen(tmp_path, change):
    settings = R.Settings(**{"n": 40, "epochs": 10, "seeds": 2, "width": 16, "patience": 3, **change})
    (tmp_path / "script.py").write_text(R.script(settings))
    run = [sys.executable, "-W", "error", "script.py"]
    out = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120).stdout
    printed = dict(re.findall(r"^(.+): test accuracy (\S+)$", out, re.M))
    scores = last(settings).test
    assert set(printed) == set(scores)
    for name, values in scores.items():
        assert float(printed[name]) == pytest.approx(values.mean(), abs=0.003)


def test_intervals_are_wide_enough_to_hold_together(result):
    m = len(result.variants) - 1
    change = result.test["L2"] - result.test["none"]
    assert result.against_none("L2") == mean_interval(change, 1 - 0.05 / m)


def test_many_variants_that_do_nothing_are_seldom_said_to_help_or_hurt(result):
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(300):
        test = {v.name: rng.normal(0.8, 0.02, 8) for v in result.variants}
        said = " ".join(R.findings(dataclasses.replace(result, test=test)))
        wrong += "Helped" in said or "Hurt" in said
    assert wrong / 300 < 0.09


def test_the_best_trick_is_chosen_without_the_test(result):
    validation = {name: np.zeros(3) for name in result.test} | {"dropout": np.ones(3)}
    test = {name: np.zeros(3) for name in result.test} | {"L1": np.ones(3)}
    _, said = R.QUESTIONS[1].grade(dataclasses.replace(result, validation=validation, test=test))
    assert "by validation, dropout" in said
