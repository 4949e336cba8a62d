"""Training: it follows torch, its findings follow its numbers, and its script gives them again."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from core import concept as concepts
from core.concepts.optimization import training
from core.concepts.optimization.training import Result, Settings, experiment, plain
from core.concepts.optimization.training.findings import accuracy, overfitting
from core.data.checks import DataError
from core.engine import names
from core.engine.optimizers import OPTIMIZERS
from core.progress import finished
from core.settings import SettingsError
from core.stats import mean_interval

SMALL = Settings(n=80, epochs=3, seeds=2)
DIGITS = replace(SMALL, data="digits", n=200)


def trained(settings: Settings = SMALL, own: bytes | None = None, **change: Any) -> Result:
    return finished(training.run(replace(settings, **change), own))


def csv(labels: tuple[str, ...] = ("red", "green", "blue"), offset: float = 0.0) -> bytes:
    rng = np.random.default_rng(3)
    rows = [f"{offset + 3 * (i % 3) + rng.normal():.4f},{rng.normal() - i % 3:.4f},{labels[i % 3]}" for i in range(90)]
    return "\n".join(["width,height,kind", *rows]).encode()


def series(values: dict[tuple[str, str], Sequence[Sequence[float]]]) -> pd.DataFrame:
    """A history of (split, metric) -> epochs x models."""
    rows = [
        (model, epoch, epoch, split, metric, value)
        for (split, metric), table in values.items()
        for epoch, row in enumerate(table)
        for model, value in enumerate(row)
    ]
    return pd.DataFrame(rows, columns=["model", "step", "epoch", "split", "metric", "value"])


def made(
    losses: Sequence[Sequence[float]], train: Sequence[float], validation: Sequence[float], **change: Any
) -> Result:
    """A run with these validation losses, epochs x models, and these final accuracies."""
    table = {
        ("validation", "loss"): losses,
        ("train", "loss"): [[3 - epoch] * len(train) for epoch in range(len(losses))],
        ("train", "accuracy"): [train],
        ("validation", "accuracy"): [validation],
    }
    whole = trained(seeds=len(train))
    return replace(whole, history=series(table), held_out=100_000, epoch=len(losses) - 1, **change)


def found(result: Result) -> dict[str, Any]:
    return {f.key: f for f in training.findings(result)}


def test_the_menus_are_those_of_the_engine() -> None:
    assert tuple(OPTIMIZERS) == names.OPTIMIZERS and tuple(experiment.ACTIVATIONS) == names.ACTIVATIONS


def test_a_seed_does_not_depend_on_how_many_train_beside_it() -> None:
    few, many = trained().history, trained(seeds=4).history
    both = few.merge(many, on=["model", "epoch", "split", "metric"])
    assert len(both) == len(few)
    np.testing.assert_allclose(both.value_x, both.value_y, rtol=1e-4, atol=1e-6)


def test_what_was_shown_on_the_way_is_never_changed() -> None:
    kept: list[tuple[Result, dict[str, Any]]] = []
    for step in training.run(replace(SMALL, batch=16)):
        if step.result is not None:
            result = step.result()
            kept.append((result, copy.deepcopy(vars(result))))
    assert len(kept) > 5
    for result, before in kept:
        pd.testing.assert_frame_equal(result.history, before["history"], check_exact=True)
        np.testing.assert_array_equal(result.grid, before["grid"])
        assert (result.fraction, result.epoch, result.stopped) == (
            before["fraction"],
            before["epoch"],
            before["stopped"],
        )
    assert not np.array_equal(kept[0][0].grid, kept[-1][0].grid)
    assert kept[0][0].test is None and not kept[0][0].weights


def test_made_points_are_scored_on_thousands_that_nothing_was_trained_on() -> None:
    data = experiment.dataset(SMALL)
    assert len(data.validation) == len(data.test) == 2000 and len(data.train) == 48
    every = torch.cat([data.train.x, data.validation.x, data.test.x])
    assert len(torch.unique(every, dim=0)) == len(every)


@pytest.mark.parametrize("settings", [SMALL, DIGITS], ids=["points", "pictures"])
def test_test_scores_are_those_of_the_weights_one_takes_home(settings: Settings) -> None:
    result, data = trained(settings), experiment.dataset(settings)
    net = experiment.build(settings, data.shape, len(data.classes))
    assert result.test is not None and result.test.shape == (2,)
    for score, state in zip(result.test, result.weights, strict=True):
        net.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
        assert score == pytest.approx((net(data.test.x).argmax(1) == data.test.y).float().mean().item(), abs=1e-6)


@pytest.mark.parametrize("change", [{}, {"model": "CNN", "width": 4}], ids=["MLP", "CNN"])
def test_confusion_and_wrong_pictures_are_what_the_networks_predict(change: dict[str, Any]) -> None:
    settings = replace(DIGITS, **change)
    result, held = trained(settings), experiment.dataset(settings).validation
    right = result.confusion.trace() / result.confusion.sum()
    assert right == pytest.approx(result.last("validation", "accuracy").mean(), abs=1e-6)
    np.testing.assert_array_equal(result.confusion.sum(1), settings.seeds * np.bincount(held.y.numpy(), minlength=10))
    net = experiment.build(settings, (1, 8, 8), 10)
    assert 0 < len(result.wrong) <= 24
    for picture, truth, prediction in result.wrong:
        predicted = []
        for state in result.weights:
            net.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
            predicted.append(net(torch.tensor(picture)[None]).argmax().item())
        assert any(p != truth for p in predicted) and prediction in predicted and prediction != truth


def test_the_field_is_the_mean_probability_of_the_networks() -> None:
    result = trained()
    net = experiment.build(SMALL, (2,), 2)
    a, b = result.axes
    spots = [(0, 0), (40, 70), (99, 99)]
    expected = np.zeros((3, 2))
    for state in result.weights:
        net.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
        with torch.no_grad():
            x = torch.tensor([[a[j], b[i]] for i, j in spots], dtype=torch.float32)
            expected += net(x).softmax(1).numpy() / len(result.weights)
    np.testing.assert_allclose([result.grid[i, j] for i, j in spots], expected, atol=1e-5)


def test_a_costly_look_taken_in_parts_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = trained(DIGITS)
    monkeypatch.setattr(experiment, "LOOK_SECONDS", 0.0)
    parts = trained(DIGITS)
    np.testing.assert_array_equal(whole.confusion, parts.confusion)
    assert [w[1:] for w in whole.wrong] == [w[1:] for w in parts.wrong]


# Findings.


def test_when_every_seed_diverges_that_is_the_verdict() -> None:
    result = trained(optimizer="SGD", lr=100.0, depth=6, width=64, epochs=8)
    assert len(result.diverged) == 2
    (verdict,) = training.findings(result)
    assert (verdict.key, verdict["gone"], verdict["seeds"]) == ("diverged", 2, 2)


def test_the_verdict_covers_starts_and_held_out_rows() -> None:
    result = trained(seeds=8)
    score = accuracy(result)
    seeds_alone = mean_interval(result.last("validation", "accuracy"))
    assert score.low < seeds_alone.low and score.high > seeds_alone.high
    p, draw = score.mean, score.high - score.mean
    assert draw > 1.9 * np.sqrt(p * (1 - p) / 2000)  # at least a binomial draw of the rows


def test_a_gap_that_every_seed_shows_is_a_gap_and_none_is_none() -> None:
    flat = [[0.5, 0.5, 0.5]] * 3
    gap = found(made(flat, [0.99, 0.98, 0.99], [0.8, 0.81, 0.8]))["gap"]["gap"]
    assert gap.mean == pytest.approx(0.1833, abs=1e-3)
    assert "no_gap" in found(made(flat, [0.9, 0.8, 0.85], [0.85, 0.9, 0.8]))
    assert "gap_reversed" in found(made(flat, [0.80, 0.81, 0.80], [0.95, 0.96, 0.95]))


def test_overfitting_is_where_the_validation_loss_turns() -> None:
    losses = [[1.0, 1.1, 0.9], [0.4, 0.5, 0.45], [0.7, 0.8, 0.74], [0.9, 1.05, 0.94]]
    result = made(losses, [1, 1, 1], [0.8, 0.8, 0.8])
    epoch, rise = overfitting(result)
    assert epoch == 1 and rise.mean == pytest.approx(np.mean([0.5, 0.55, 0.49]))
    assert found(result)["overfitting"]["epoch"] == 1
    rising = result.history.copy()
    train = (rising.split == "train") & (rising.metric == "loss")
    rising.loc[train, "value"] = rising.loc[train, "epoch"].to_numpy(float)
    assert "loss_rose" in found(replace(result, history=rising))


def test_a_rise_that_is_not_clear_is_no_overfitting() -> None:
    result = made([[1.0, 1.0, 1.0], [0.5, 0.5, 0.5], [0.4, 0.7, 0.55]], [1, 1, 1], [0.8, 0.8, 0.8])
    assert "loss_flat" in found(result) and "overfitting" not in found(result)
    falling = made([[1.0, 1.0], [0.5, 0.5], [0.4, 0.4]], [1, 1], [0.8, 0.8])
    assert overfitting(falling) is None


def test_one_seed_claims_nothing_beyond_itself() -> None:
    assert set(found(trained(seeds=1))) == {"accuracy"}


def scored(values: Sequence[float], **change: Any) -> Result:
    history = series({("validation", "accuracy"): [values]})
    return replace(trained(), history=history, held_out=100_000, settings=replace(SMALL, **change))


def test_the_difference_is_paired_over_seeds_and_has_a_direction() -> None:
    one, two = scored([0.91, 0.82, 0.73]), scored([0.90, 0.80, 0.70])
    worse = training.difference(two, one)
    assert training.difference(one, two).key == "better" or training.difference(one, two)["change"].low <= 0
    assert worse["change"].mean == pytest.approx(-0.02)
    clear = training.difference(scored([0.95, 0.85, 0.75]), two)
    assert clear.key == "better" and clear["change"].n == 3
    assert training.difference(one, one).key == "no_difference"


@pytest.mark.parametrize("change", [{"seed": 1}, {"n": 100}, {"noise": 0.3}, {"data": "xor"}])
def test_runs_on_other_data_or_seeds_are_not_compared(change: dict[str, Any]) -> None:
    assert training.difference(scored([0.9, 0.8]), scored([0.9, 0.8], **change)).key == "not_comparable"


def test_the_grade_follows_the_run() -> None:
    high, line, decay, overfits = training.QUESTIONS
    assert (
        high.grade(made([[1, 1]] * 3, [1, 1], [1, 1], stopped={0: "diverged", 1: "diverged"}, settings=SMALL))[0] == 2
    )
    assert [line.grade(made([[1, 1]], [v, v], [v, v]))[0] for v in (0.52, 0.75, 0.98)] == [0, 1, 2]
    shrinking = series({("train", "weight norm"): [[2.0, 2.1], [1.0, 1.0]], ("train", "loss"): [[1, 1], [0, 0]]})
    assert decay.grade(replace(trained(), history=shrinking))[0] == 1
    assert overfits.grade(made([[1.0, 1.0], [0.5, 0.5], [0.9, 0.91]], [1, 1], [1, 1]))[0] == 1


# Settings and networks.


def test_what_does_not_go_together_is_refused_in_a_sentence() -> None:
    for data in ("moons", "own"):
        with pytest.raises(SettingsError, match="pictures"):
            replace(SMALL, model="CNN", data=data, own="x")
    with pytest.raises(SettingsError, match="Choose a CSV file first"):
        replace(SMALL, data="own")
    with pytest.raises(DataError, match="CSV"):
        trained(replace(SMALL, data="own", own="x"))


@pytest.mark.parametrize("depth", [0, 1, 3, 6])
@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 32, 32)])
def test_a_cnn_of_any_depth_takes_any_picture(depth: int, shape: tuple[int, ...]) -> None:
    net = experiment.build(replace(DIGITS, model="CNN", depth=depth, width=3), shape, 10)
    assert net(torch.zeros(2, *shape)).shape == (2, 10)
    assert sum(isinstance(m, nn.Conv2d) for m in net) == max(1, depth)


# The script.

CASES: dict[str, tuple[Settings, bytes | None]] = {
    "moons": (SMALL, None),
    "xor, Nesterov": (
        replace(SMALL, data="xor", optimizer="Nesterov", weight_decay=0.01, momentum=0.8, lr=0.1, activation="tanh"),
        None,
    ),
    "blobs, RMSprop, one batch": (replace(SMALL, data="blobs", optimizer="RMSprop", depth=0, batch=1024, seed=7), None),
    "digits, dropout": (replace(DIGITS, dropout=0.3, optimizer="AdamW", weight_decay=0.1), None),
    "digits, CNN": (replace(DIGITS, epochs=8, model="CNN", width=4, activation="GELU", dropout=0.2), None),
    "own": (replace(SMALL, data="own", own="x", batch=8), csv()),
    "own, numbers": (replace(SMALL, data="own", own="x", batch=8), csv(("01", "2.0", "10"))),
    "own, gaps": (replace(SMALL, data="own", own="x", batch=8), csv(("NA", "null", "x"))),
    "own, code": (replace(SMALL, data="own", own="x", batch=8), csv(("'].index)+exit(9)#{x}", '""""""""', "\\"))),
    "own, offset": (replace(SMALL, data="own", own="x", batch=8), csv(offset=1e9)),
}


@pytest.mark.parametrize("case", CASES)
def test_the_script_gives_the_accuracies_of_the_run(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, own = CASES[case]
    monkeypatch.chdir(tmp_path)
    if own is not None:
        Path("points.csv").write_bytes(own)
    scores = trained(settings, own).last("validation", "accuracy")
    assert scores.nunique() > 1 or scores.iloc[0] > 0.5  # or any script would pass
    assert plain.main(settings)["accuracy"] == pytest.approx(scores.tolist(), abs=1e-6)


def test_the_script_runs_by_itself_with_warnings_as_errors(tmp_path: Path) -> None:
    source = concepts.script(training, SMALL)
    assert source is not None and "lr=0.01," in source
    (tmp_path / "script.py").write_text(source, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-P", "script.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr[-2000:]
    printed = re.findall(r"seed \d+: validation accuracy (\d\.\d{4})", done.stdout)
    assert printed == [f"{v:.4f}" for v in trained().last("validation", "accuracy")]
