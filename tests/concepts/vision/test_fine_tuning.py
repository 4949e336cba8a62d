"""Fine-tuning: what is frozen stays, the facts of the catalogue at the defaults, and squares against independent computations."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import stats
from skimage.util import view_as_blocks
from sklearn.linear_model import RidgeClassifier

from core.concepts.vision import fine_tuning as concept
from core.concepts.vision.fine_tuning import Result, Settings, ViewSettings, figures, plain
from core.concepts.vision.fine_tuning.network import build, layers, parameters, tasks
from core.concepts.vision.fine_tuning.result import Look
from core.concepts.vision.fine_tuning.settings import FROZEN, SCRATCH, TUNED
from core.concepts.vision.fine_tuning.squares import PENALTY, cut, features, look_at, predict
from core.engine import imagenet
from core.progress import finished

SMALL = Settings(labels=10, source_steps=50, steps=20, seeds=2)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(concept.run(Settings()))


@pytest.fixture(scope="module")
def little() -> Result:
    return finished(concept.run(SMALL))


# The facts


def test_copied_layers_beat_scratch_with_few_labels(result: Result) -> None:
    for arm in (FROZEN, TUNED):
        assert result.gain(arm).low > 0 and result.gain(arm).mean > 0.05
    assert concept.findings(result)[0].key == "helped"
    assert result.source.mean() > 0.8


def test_a_small_rate_on_the_body_or_none_makes_hardly_a_difference(result: Result) -> None:
    assert abs(result.gain(TUNED, FROZEN).mean) < 0.02


def test_a_frozen_layer_stays_bit_by_bit_and_fine_tuning_moves_it(result: Result) -> None:
    assert (result.moved[FROZEN] == 0).all() and (result.moved[TUNED] > 0.01).all()
    assert np.array_equal(result.kernels["frozen"], result.kernels["original"])
    assert not np.array_equal(result.kernels["fine-tuned"], result.kernels["original"])
    assert not np.allclose(result.kernels["scratch"], result.kernels["original"], atol=0.05)


def test_random_frozen_layers_are_worse_than_learnt_ones(result: Result) -> None:
    untrained = finished(concept.run(Settings(source_steps=0, seeds=2)))
    assert np.array_equal(untrained.bodies["trained"], untrained.bodies["untrained"])
    assert untrained.accuracy[FROZEN].mean() < result.accuracy[FROZEN][:, :2].mean() - 0.05


def test_a_body_rate_of_one_copies_and_trains_all_and_of_zero_freezes() -> None:
    frozen = finished(concept.run(dataclasses.replace(SMALL, body=0.0)))
    assert np.array_equal(frozen.accuracy[TUNED], frozen.accuracy[FROZEN])
    assert frozen.trained(TUNED) == frozen.trained(FROZEN) < frozen.trained(SCRATCH)


# The tasks and the network


def test_no_digit_is_in_both_tasks_and_none_in_training_and_test() -> None:
    train, held, labelled, test = tasks(Settings(noise=0.0))
    assert [len(v) for v in (train, held, labelled, test)] == [4500, 1000, 1500, 1000]
    flat = [set(map(bytes, split.x.numpy().reshape(len(split), -1))) for split in (train, held, labelled, test)]
    for i in range(4):
        for other in flat[i + 1 :]:
            assert not flat[i] & other


def test_layers_are_counted_from_the_input() -> None:
    assert [count for _, count in layers()] == [80, 1168, 4160, 325]
    assert parameters(4) == sum(p.numel() for p in build().parameters())


# The numbers


def test_gains_are_paired_and_corrected(little: Result) -> None:
    seeds = (little.accuracy[TUNED] - little.accuracy[SCRATCH]).mean(0)
    rows = (little.right[TUNED] - little.right[SCRATCH]).mean(0)
    level = 1 - 0.05 / 3
    t = stats.t.ppf((1 + level) / 2, 1) * max(seeds.std(ddof=1), 1 / 1000) / 2**0.5
    z = stats.norm.ppf((1 + level) / 2) * ((rows.var() * 1000 + 2) / 1000) ** 0.5 / 1000**0.5
    got = little.gain(TUNED)
    assert got.mean == pytest.approx(seeds.mean()) and got.high == pytest.approx(min(1, got.mean + np.hypot(t, z)))
    assert little.gain_at(0, TUNED).level == 1 - 0.05 / 8


def made(result: Result, frozen: float, tuned: float) -> Result:
    """The result with these gains in every seed and row, nearly."""
    jitter = np.linspace(-0.001, 0.001, result.settings.seeds)
    base = np.full((4, result.settings.seeds), 0.5)
    accuracy = {SCRATCH: base, FROZEN: base + frozen + jitter, TUNED: base + tuned - jitter}
    right = {arm: np.repeat(v.mean(1, keepdims=True), 1000, 1) for arm, v in accuracy.items()}
    return dataclasses.replace(result, accuracy=accuracy, right=right)


@pytest.mark.parametrize(
    ("frozen", "tuned", "key", "between"),
    [(0.2, 0.2, "helped", "same"), (-0.2, -0.1, "hurt", "tuned_better"), (0, 0, "unclear", "same"), (-0.1, 0.1, "mixed", "tuned_better"), (0.2, 0.1, "helped", "frozen_better")],
)  # fmt: skip
def test_the_verdict_follows_the_numbers(result: Result, frozen: float, tuned: float, key: str, between: str) -> None:
    found = concept.findings(made(result, frozen, tuned))
    assert [f.key for f in found[:2]] == [key, between]
    assert ("largest" in [f.key for f in found]) == (tuned > 0)
    grade = {q.key: q.grade for q in concept.QUESTIONS}
    assert grade["untrained"](made(result, frozen, tuned))[0] == (0 if frozen > 0 else 1 if frozen < 0 else 2)


def test_a_stopped_run_has_no_verdict_and_what_is_there_is_drawn() -> None:
    steps = concept.run(SMALL)
    seen = [step.result() for step in steps if step.result and step.fraction < 1]
    assert all([f.key for f in concept.findings(r)] == ["unfinished"] for r in seen[:: len(seen) // 5])
    assert len(seen[0].source) == 0 and figures.digits(seen[0])[0].shape == (70, 350)
    assert figures.learning(seen[-1])["series"] and figures.accuracy(seen[-1])["series"]
    assert concept.difference(seen[-1], seen[-1]).key == "not_comparable"


def test_the_script_gives_the_scores_of_the_run(little: Result) -> None:
    printed = plain.main(SimpleNamespace(**vars(SMALL)))
    for arm, values in little.accuracy.items():
        assert printed[arm] == pytest.approx(values.ravel(), abs=0.003), arm


# Squares


def test_squares_are_the_blocks_of_the_picture_and_features_the_mean_of_its_maps() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (224, 260)).astype(np.uint8)
    blocks = view_as_blocks(picture[:, 18:242] / 255, (28, 28)).reshape(64, 28, 28)
    assert np.allclose(cut(picture), blocks, atol=1e-6)
    net = torch.nn.Sequential(*build()[:5])
    body = torch.nn.utils.parameters_to_vector(net.parameters()).detach().numpy()
    with torch.no_grad():
        maps = net(torch.tensor(blocks[:, None], dtype=torch.float32))
    assert np.allclose(features(body, cut(picture)[None]), maps.mean((2, 3)).numpy(), atol=1e-5)


@pytest.mark.parametrize(("n", "d"), [(6, 40), (60, 16)])
def test_the_linear_classifier_is_scikit_learns_ridge(n: int, d: int) -> None:
    rng = np.random.default_rng(1)
    y = np.arange(n) % 3
    x, new = rng.normal(size=(n, d)) + y[:, None], rng.normal(size=(200, d)) + 1
    centred = x - x.mean(0)
    peer = RidgeClassifier(alpha=PENALTY * (centred**2).sum() / n).fit(x, y)
    assert (predict(x, y, new) == peer.predict(new)).mean() > 0.99


def test_squares_are_told_apart_better_with_more_of_them_and_features_are_what_they_are(result: Result) -> None:
    view = ViewSettings()
    look = look_at(result, view)
    assert look.accuracy["trained"][-1].mean() > look.accuracy["trained"][0].mean() + 0.1
    assert look.gain("trained", "pixels").sign == 1  # on textures a mean of maps is what is needed
    assert look.gain("trained", "untrained").sign <= 0  # digits teach nothing about gravel
    found = concept.describe(look, view)
    assert found[0].key in ("enough", "not_enough") and [f.key for f in found][-2:] == ["features_better", "imagenet"]
    enough = [look.score("untrained", i).low >= view.goal for i in range(len(look.sizes))]
    assert found[1]["untrained"]["n"] == look.sizes[enough.index(True)] and found[1]["pixels"].key == "never"
    hard = concept.describe(look, ViewSettings(goal=0.95))
    assert hard[0].key == "not_enough" and hard[0]["n"] == look.sizes[-1]


def test_imagenet_features_need_fewer_squares_and_are_told_when_absent(
    result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = look_at(result, ViewSettings())
    assert look.accuracy["imagenet"][0].mean() > 0.9 and look.gain("imagenet", "trained").sign == 1
    assert look.gain("imagenet", "trained").level == pytest.approx(1 - 0.05 / 3)
    assert len(figures.need(look, 0.8)["series"]) > len(
        figures.need(without := absent(result, monkeypatch), 0.8)["series"]
    )
    assert list(without.accuracy) == ["trained", "untrained", "pixels"]
    assert concept.describe(without, ViewSettings())[-1].key == "no_weights"


def absent(result: Result, monkeypatch: pytest.MonkeyPatch) -> Look:
    """The squares as they are told apart where no weights are installed."""
    monkeypatch.setattr(imagenet, "pretrained", lambda: None)
    return look_at(result, ViewSettings())


def test_squares_of_one_picture_given_twice_are_not_told_apart(little: Result) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (300, 300, 3)).astype(np.uint8)
    other = np.random.default_rng(5).integers(0, 256, (300, 300, 3)).astype(np.uint8)
    view = ViewSettings(first="own", second="camera", third="none")
    look = look_at(little, view, (picture, other))
    assert look.squares.shape == (2, 64, 28, 28) and view.names == ("own", "camera")
    for i in range(len(look.sizes)):  # both are noise, so the interval holds chance
        assert look.score("trained", i).low < 0.5 < look.score("trained", i).high
    assert ViewSettings(first="cat", second="cat", third="none").names == ("cat",)


def test_the_charts_show_the_numbers(result: Result) -> None:
    lines = {s["name"]: [y for _, y in s["data"]] for s in figures.accuracy(result)["series"] if "name" in s}
    for arm, values in result.accuracy.items():
        assert lines[arm] == pytest.approx(100 * values.mean(1), abs=0.01)
    table = figures.table(result)
    assert list(table["frozen"]) == ["copied, frozen", "copied, frozen", "new, rate 0.003", "new, rate 0.003"]
    assert list(table["fine-tuned"])[:2] == ["copied, rate 0.0003"] * 2
