"""Style transfer: the losses and their gradients in closed form, what is measured without networks, and the verdict."""

from __future__ import annotations

import dataclasses
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import stats

from core.concepts.vision import style_transfer as concept
from core.concepts.vision.style_transfer import Result, Settings, experiment, figures, plain
from core.concepts.vision.style_transfer.experiment import bundled, likeness, patch_distance, prepared
from core.concepts.vision.style_transfer.losses import Transfer, content_loss, gram, style_loss, variation
from core.concepts.vision.style_transfer.network import features, filters, imagenet_features, scaled
from core.engine.imagenet import pretrained
from core.progress import finished
from core.settings import SettingsError

SMALL = Settings(side=64, steps=10, seeds=2)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(concept.run(SMALL))


def maps(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# The three losses, and their gradients, in closed form.


def test_the_content_loss_and_its_gradient() -> None:
    x, wanted = maps(0, 1, 3, 4, 5).requires_grad_(), maps(1, 1, 3, 4, 5)
    variance = wanted.numpy().var(ddof=1) + 1e-6
    loss = content_loss(x, wanted)
    assert loss.item() == pytest.approx(((x - wanted) ** 2).sum().item() / 60 / variance)
    (got,) = torch.autograd.grad(loss, x)
    assert torch.allclose(got, 2 * (x - wanted) / 60 / variance)
    assert content_loss(wanted, wanted).item() == 0


def test_the_style_loss_and_its_gradient() -> None:
    x, wanted = maps(0, 1, 3, 4, 5).requires_grad_(), gram(maps(1, 1, 3, 6, 6))
    f = x.detach().numpy()[0].reshape(3, 20)
    g = np.array([[sum(f[i, p] * f[j, p] for p in range(20)) / 20 for j in range(3)] for i in range(3)])
    target = wanted.numpy()
    loss = style_loss([x], [wanted])
    assert loss.item() == pytest.approx(((g - target) ** 2).mean() / (target**2).mean())
    (got,) = torch.autograd.grad(loss, x)
    closed = 4 / (9 * 20 * (target**2).mean()) * (g - target) @ f  # of mean((G - A)^2) with G = F F^T / N, symmetric
    assert got.numpy()[0].reshape(3, 20) == pytest.approx(closed)
    assert style_loss([x, x], [wanted, gram(x.detach())]).item() == pytest.approx(loss.item() / 2)  # a mean over layers


def test_total_variation_and_its_gradient() -> None:
    x = torch.tensor([[[[0.0, 1.0], [3.0, 7.0]]]], requires_grad=True)
    loss = variation(x)
    assert loss.item() == pytest.approx(
        (3 + 6) / 2 + (1 + 4) / 2, abs=4 * 0.02
    )  # the sum of |d|, up to what makes it smooth
    assert loss.item() == pytest.approx(sum((d * d + 4e-4) ** 0.5 - 0.02 for d in (3, 6, 1, 4)) / 2)
    (got,) = torch.autograd.grad(loss, x)
    a, b, c, d = (v / (v * v + 4e-4) ** 0.5 / 2 for v in (3, 6, 1, 4))  # down twice, across twice
    assert got[0, 0].flatten().tolist() == pytest.approx([-a - c, c - b, a - d, b + d], abs=1e-6)
    assert variation(torch.full((1, 3, 5, 5), 0.4)).item() == 0


def test_a_gram_matrix_does_not_know_where_a_feature_lies() -> None:
    x = maps(0, 1, 3, 6, 6)
    shuffled = x.flatten(2)[..., torch.randperm(36)].reshape(x.shape)
    assert torch.allclose(gram(x), gram(shuffled)) and content_loss(shuffled, x).item() > 0.1


def test_the_recorded_norms_are_those_of_autograd_and_of_the_weighted_sum() -> None:
    content, style = (prepared(bundled(name), 64) for name in ("cat", "grass"))
    made = Transfer(SMALL, content, style, partial(features, scaled(filters(0), style), style))
    assert made.losses()[0].item() == 0  # it starts as the content picture
    made.step()
    x, weights = made.x, (SMALL.content_weight, SMALL.style_weight, SMALL.tv_weight)
    parts = [
        torch.autograd.grad(w * part, x)[0]
        for w, part in zip(weights, [made.losses()[i] for i in range(3)], strict=True)
    ]
    assert made.gradients() == pytest.approx([p.norm().item() for p in parts], rel=1e-4)
    whole = torch.autograd.grad(sum(w * part for w, part in zip(weights, made.losses(), strict=True)), x)[0]
    assert torch.allclose(sum(parts), whole, rtol=1e-3, atol=1e-5 * whole.abs().max().item())


def test_filters_have_he_variance_and_are_scaled_on_the_style_picture() -> None:
    weights = filters(3)
    assert weights[-1].var().item() == pytest.approx(2 / (9 * 32), rel=0.05)
    style = prepared(bundled("brick"), 64)
    layers = scaled(weights, style)
    found = features(layers, style, style)
    assert [m.shape[-1] for m in found] == [64, 64, 64, 32, 32, 16, 16]
    for i, (weight, bias) in enumerate(layers[:2]):
        before = found[i] if i else style
        y = torch.nn.functional.conv2d(torch.nn.functional.pad(before, (1, 1, 1, 1), "reflect"), weight, bias)
        assert y.mean((0, 2, 3)).abs().max() < 1e-3 and y.std((0, 2, 3)) == pytest.approx(torch.ones(8), abs=2e-2)


# What is measured without a network.


def test_the_patch_distance_is_a_distance_of_patches_wherever_they_lie() -> None:
    grass, cat = (prepared(bundled(name), 64) for name in ("grass", "cat"))
    assert patch_distance(grass, grass) == 0
    assert patch_distance(grass, cat) == pytest.approx(patch_distance(cat, grass)) and patch_distance(cat, grass) > 0
    assert patch_distance(grass, grass.flip(-1)) < 0.2 * patch_distance(grass, cat)
    flat = [torch.full((1, 3, 20, 20), v) for v in (0.2, 0.5)]
    directions = np.random.default_rng(0).normal(size=(75, 32))
    sums = (directions / np.linalg.norm(directions, axis=0)).sum(0)
    assert patch_distance(*flat) == pytest.approx((3 * 0.09 * (sums**2).mean()) ** 0.5, rel=1e-4)
    assert likeness(np.array([1.0, 2.0, 4.0]), np.array([2.0, 4.0, 8.0])) == pytest.approx(1)
    assert likeness(np.ones(3), np.arange(3.0)) == 0


# The run.


@pytest.mark.parametrize(("content", "style"), [("astronaut", "immunohistochemistry"), ("cat", "gravel")])
def test_the_style_loss_falls_and_the_content_loss_starts_at_zero(content: str, style: str) -> None:
    run = finished(concept.run(dataclasses.replace(SMALL, content=content, style=style, steps=20)))
    rows = run.history[run.history.arm == "random"].set_index(["seed", "step"])
    for seed in (0, 1):
        assert rows.content[seed, 0] == 0 and rows.content[seed, 20] > 0
        assert rows["style"][seed, 0] > 4 * rows["style"][seed, 20]


def test_more_weight_on_total_variation_gives_a_smoother_picture() -> None:
    rough, even = (
        finished(concept.run(dataclasses.replace(SMALL, style_weight=0.0, tv_weight=w))).pictures for w in (0.0, 30.0)
    )
    for arm in ("random", "none"):
        assert np.abs(np.diff(even[arm], axis=1)).mean() < 0.7 * np.abs(np.diff(rough[arm], axis=1)).mean()


def test_without_any_weight_the_picture_stays_and_no_gradient_is_said() -> None:
    still = finished(concept.run(dataclasses.replace(SMALL, style_weight=0.0, tv_weight=0.0, content_weight=0.0)))
    assert np.array_equal(still.pictures["random"][1], still.content)
    assert still.distance["random"] == pytest.approx([1, 1]) and still.kept["none"] == pytest.approx([1])
    assert "no_gradient" in [f.key for f in concept.findings(still)] and concept.findings(still)[0].key == "unclear"


def test_an_own_picture_is_used_and_asked_for() -> None:
    with pytest.raises(SettingsError, match="picture of your own"):
        Settings(content="own")
    with pytest.raises(SettingsError, match="same picture"):
        Settings(content="cat", style="cat")
    flat = np.full((80, 100, 3), 128, np.uint8)
    run = finished(concept.run(dataclasses.replace(SMALL, content="own", own="x"), own=flat))
    assert run.content == pytest.approx(128 / 255, abs=1e-3) and np.isfinite(run.pictures["random"]).all()


def test_a_run_that_has_not_ended_has_pictures_and_no_verdict() -> None:
    *_, early = (s for s, _ in zip((s for s in concept.run(SMALL) if s.result), range(4), strict=False))
    partial = early.result()
    assert not partial.complete and partial.pictures["random"].shape == (2, 64, 64, 3)
    assert [f.key for f in concept.findings(partial)] == ["unfinished"] and concept.score(partial).key == "unfinished"
    assert concept.difference(partial, partial).key == "not_comparable" and figures.gradients(partial)["series"]


# ImageNet's features.


def test_the_imagenet_network_adds_one_picture_and_its_first_map_is_the_picture() -> None:
    run = finished(concept.run(dataclasses.replace(SMALL, imagenet=True, layers=3)))
    assert run.pictures["imagenet"].shape == (1, 64, 64, 3) and list(run.distance) == ["random", "imagenet", "none"]
    assert (run.pictures["imagenet"][0] != run.content).mean() > 0.9 and run.edge("imagenet", "random").level == 0.975
    assert [f.key for f in concept.findings(run)][1].startswith("imagenet_")
    style, weights = prepared(bundled("brick"), 64), pretrained()
    assert weights is not None
    maps = imagenet_features(weights, 3, style, style)
    assert [tuple(m.shape[1:]) for m in maps] == [(3, 64, 64), (32, 64, 64), (32, 64, 64), (96, 32, 32)]
    assert torch.equal(maps[0], features([], style, style)[0])


def test_without_the_weights_the_other_pictures_are_made_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "pretrained", lambda: None)
    run = finished(concept.run(dataclasses.replace(SMALL, imagenet=True)))
    assert list(run.pictures) == ["random", "none"] and run.edge("random", "none").level == 0.95
    assert [f.key for f in concept.findings(run)][1] == "no_weights"


# The verdict.


def test_the_verdict_is_an_interval_over_random_networks(result: Result) -> None:
    def told(*values: float, **more: np.ndarray) -> Result:
        return dataclasses.replace(result, distance={"random": np.array(values), "none": np.array([0.5]), **more})

    for values, key, choice in (((0.30, 0.31), "closer", 0), ((0.70, 0.71), "further", 1), ((0.2, 0.7), "unclear", 2)):
        made = told(*values)
        assert concept.findings(made)[0].key == key and concept.QUESTIONS[0].grade(made)[0] == choice
    got = told(0.3, 0.34).edge("random", "none")
    half = stats.t.ppf(0.975, 1) * np.std([0.3, 0.34], ddof=1) / 2**0.5
    assert (got.mean, got.high) == pytest.approx((0.18, 0.18 + half))
    both = dataclasses.replace(
        told(0.3, 0.34, trained=np.array([0.1, 0.141])), settings=dataclasses.replace(SMALL, trained=True)
    )
    assert both.edge("trained", "random").level == 0.975 and both.edge("trained", "random").mean == pytest.approx(
        0.1995
    )
    assert concept.findings(both)[1].key == "trained_closer" and concept.QUESTIONS[3].grade(both)[0] == 0


def test_questions_about_weights_are_graded_by_what_was_measured(result: Result) -> None:
    grade = {q.key: q.grade for q in concept.QUESTIONS}
    assert grade["no_style"](dataclasses.replace(result, distance={"random": np.array([0.9, 1.0])}))[0] == 2
    last = result.history.step == result.settings.steps
    before = result.history[(result.history.step == 0)].variation.iloc[0]
    for times, choice in ((0.1, 0), (0.45, 1), (1.4, 2)):
        history = result.history.assign(variation=result.history.variation.mask(last, times * before))
        number, numbers = grade["variation"](dataclasses.replace(result, history=history))
        assert number == choice and numbers["value"] == pytest.approx(times)


def test_the_charts_show_the_numbers(result: Result) -> None:
    means = {m["name"]: m["value"][0] for m in figures.distances(result)["series"][2]["data"]}
    assert means["random network"] == pytest.approx(100 * result.distance["random"].mean(), rel=1e-3)
    rows = result.history[(result.history.arm == "random") & (result.history.seed == 0)].dropna()
    drawn = figures.gradients(result)["series"][1]["data"]
    assert (
        drawn == [[s, float(f"{v:.4g}")] for s, v in zip(rows.step, rows.from_style, strict=True)] and len(drawn) == 3
    )


def test_the_script_gives_the_distances_of_the_run() -> None:
    settings = Settings(side=64, steps=10, seeds=2, trained=True, imagenet=True, content="rocket", style="coffee")
    printed, run = plain.main(SimpleNamespace(**vars(settings))), finished(concept.run(settings))
    assert set(printed) == set(run.distance)
    for arm, values in run.distance.items():
        # L-BFGS lets rounding grow fastest with ReLU6.
        assert printed[arm] == pytest.approx(values, rel=0.03 if arm == "imagenet" else 1e-4), arm
