"""Contrastive learning: the loss and the measures against their definitions, and what training and views are worth."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.neighbors import NearestNeighbors
from torch import Tensor
from torch.nn import functional as F

from core.concepts.attention import contrastive as concept
from core.concepts.attention.contrastive import Result, Settings, ViewSettings, figures, plain
from core.concepts.attention.contrastive.experiment import built, predict
from core.concepts.attention.contrastive.network import (
    apart,
    digits,
    network,
    nt_xent,
    on_sphere,
    purity,
    uniformity,
    views,
)
from core.concepts.attention.contrastive.result import uniform
from core.concepts.attention.contrastive.settings import LABELS, PLANS, PROBE, WAYS
from core.engine.pieces import finish
from core.engine.random import generator
from core.progress import finished

SHORT = Settings(seeds=4, steps=120)
LABELLED = Settings(experiment=PROBE, seeds=2, steps=60)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(concept.run(SHORT))


@pytest.fixture(scope="module")
def probe() -> Result:
    return finished(concept.run(LABELLED))


def sphere(K: int, n: int, d: int, seed: int = 0) -> Tensor:
    g = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(K, n, d, generator=g, dtype=torch.float64), dim=2)


# The loss and the measures.


@given(st.integers(1, 6), st.integers(2, 5), st.sampled_from([0.05, 0.5, 2.0]), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_nt_xent_equals_a_double_loop(B: int, d: int, tau: float, seed: int) -> None:
    z = sphere(2, 2 * B, d, seed)
    losses = nt_xent(z, tau)
    for k in range(2):
        for i in range(2 * B):
            j = i + B if i < B else i - B
            others = sum(math.exp(float(z[k, i] @ z[k, m]) / tau) for m in range(2 * B) if m != i)
            assert float(losses[k, i]) == pytest.approx(math.log(others) - float(z[k, i] @ z[k, j]) / tau, abs=1e-10)


def test_alignment_and_uniformity_are_those_of_wang_and_isola() -> None:
    z = sphere(3, 20, 4)
    gap, even = apart(z), uniformity(z)
    for k in range(3):
        expected = (z[k, :10] - z[k, 10:]).norm(dim=1).pow(2)  # align_loss with alpha = 2
        assert torch.allclose(gap[k], expected)
        assert float(even[k]) == pytest.approx(float(torch.pdist(z[k]).pow(2).mul(-2).exp().mean().log()), abs=1e-10)


@pytest.mark.parametrize("d", [2, 3, 32])
def test_the_best_uniformity_is_that_of_even_points(d: int) -> None:
    z = sphere(1, 1000, d)
    assert uniform(d) == pytest.approx(float(uniformity(z)[0]), abs=0.03)
    if d == 2:
        angles = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
        assert uniform(2) == pytest.approx(math.log(np.exp(4 * np.cos(angles) - 4).mean()), abs=1e-9)


def test_purity_is_that_of_sklearns_neighbours() -> None:
    z, y = sphere(1, 60, 3), torch.arange(60) % 3
    nearest = NearestNeighbors(n_neighbors=10).fit(z[0].numpy()).kneighbors(return_distance=False)
    assert np.allclose(purity(z, y)[0], (y.numpy()[nearest] == y.numpy()[:, None]).mean(1))


def test_on_the_sphere_all_have_length_one() -> None:
    z = torch.randn(2, 30, 5)
    assert torch.allclose(on_sphere(z).norm(dim=2), torch.ones(2, 30))
    assert torch.allclose(on_sphere(z), on_sphere(z + 7), atol=1e-5)


@pytest.mark.parametrize("kind", PLANS)
def test_each_batch_has_views_of_its_own(kind: str) -> None:
    x = digits((0, 1))[0][0][:8].expand(2, -1, -1, -1, -1)
    made = views(x, kind, [generator(0, "a"), generator(1, "a")])
    alone = views(x[1:], kind, [generator(1, "a")])
    assert torch.equal(made[1], alone[0])
    assert torch.equal(made, x) == (kind == "none") == torch.equal(made[0], made[1])
    assert made.min() >= 0 and made.max() <= 1 + 1e-6


def test_encoders_start_as_he_et_al_say() -> None:
    models = finish(built(2, [3]))
    weight = models.unstack(0)[2].weight.detach()
    assert float(weight.abs().max()) == pytest.approx(math.sqrt(6 / weight[0].numel()), rel=0.02)


def test_the_probe_is_ridge_regression() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(300) % 10
    x = rng.normal(size=(300, 20)) + np.eye(10)[y] @ rng.normal(size=(10, 20))
    mean, spread = x[:200].mean(0), x[:200].std(0) + 1e-3
    a, b = (x[:200] - mean) / spread, (x[200:] - mean) / spread
    expected = Ridge(alpha=2.0).fit(a, 2 * np.eye(10)[y[:200]] - 1).predict(b).argmax(1)
    assert np.array_equal(predict(x[:200], y[:200], x[200:]), expected)


# What training shows.


def test_digits_gather_on_the_circle(result: Result) -> None:
    change = result.change("purity")
    assert change.mean > 0.15 and result.scores["purity"]["trained"].mean() > 0.6
    assert result.scores["alignment"]["trained"].mean() < result.scores["alignment"]["untrained"].mean() - 0.5
    assert result.neighbours["pixels"].mean() > 0.9
    paired = result.scores["alignment"]["trained"] - result.scores["alignment"]["untrained"]
    expected = stats.t.interval(1 - 0.05 / 3, 3, paired.mean(), stats.sem(paired))
    assert (result.change("alignment").low, result.change("alignment").high) == pytest.approx(expected)
    assert np.allclose(np.linalg.norm(result.points["trained"], axis=2), 1, atol=1e-5)
    found = concept.findings(result)
    assert found[0]["after"] == pytest.approx(result.scores["purity"]["trained"].mean())
    assert found[1].key == "closer" and "pixels" in [f.key for f in found]


def test_without_views_digits_spread_evenly_and_gather_less(result: Result) -> None:
    equal = finished(concept.run(dataclasses.replace(SHORT, views="none")))
    even = equal.scores["uniformity"]["trained"]
    assert even.max() < uniform(2) + 0.1 and even.mean() < result.scores["uniformity"]["trained"].mean()
    assert equal.scores["purity"]["trained"].mean() < result.scores["purity"]["trained"].mean()
    assert np.all(equal.apart["trained"] < 1e-6) and concept.findings(equal)[1].key == "equal_views"
    assert concept.QUESTIONS[0].grade(equal)[0] == 1
    assert concept.difference(result, equal).key == "circles"


def test_no_change_gives_no_verdict(result: Result) -> None:
    scores = {metric: dict.fromkeys(values, values["trained"]) for metric, values in result.scores.items()}
    alike = dict.fromkeys(result.neighbours, result.neighbours["trained"])
    made = dataclasses.replace(result, scores=scores, neighbours=alike)
    assert [f.key for f in concept.findings(made)][:3] == ["no_difference", "as_close", "as_even"]
    turned = {m: {"untrained": v["trained"], "trained": v["untrained"]} for m, v in result.scores.items()}
    rows = result.neighbours | {
        "untrained": result.neighbours["trained"],
        "trained": result.neighbours["untrained"],
    }
    worse = dataclasses.replace(result, scores=turned, neighbours=rows)
    few = scores | {"purity": {state: v / 3 for state, v in result.scores["purity"].items()}}
    little = concept.findings(dataclasses.replace(result, scores=few))[0]
    assert little.key in ("gathered_little", "no_difference") and little["after"] < 0.5
    assert worse.change("purity").mean == pytest.approx(-result.change("purity").mean)
    assert concept.findings(worse)[1].key == "farther"


def test_the_probe_beats_pixels_and_supervised_networks_beat_it_at_few_labels(probe: Result) -> None:
    mean = {way: probe.accuracy[way].mean(1) for way in WAYS}
    assert mean["contrastive"].mean() > mean["untrained"].mean() + 0.02
    assert mean["contrastive"][1] > mean["pixels"][1] and mean["contrastive"][0] < mean["supervised"][0]
    assert all((np.diff(mean[way]) > 0).all() for way in WAYS)
    for way in WAYS:
        assert np.allclose(probe.accuracy[way].mean(1), probe.right[way].mean(1))
    assert probe.gain("pixels").level == pytest.approx(1 - 0.05 / 3)
    assert probe.gain_at(0, "pixels").level == pytest.approx(1 - 0.05 / 9)


@pytest.mark.parametrize(
    ("signs", "key"),
    [
        ((1, 1, 1), "probe_best"),
        ((1, 1, 0), "probe_level"),
        ((1, 1, -1), "probe_between"),
        ((0, 1, -1), "probe_mixed"),
        ((-1, -1, -1), "probe_last"),
    ],
)
def test_the_verdict_of_the_probe_follows_the_three_signs(probe: Result, signs: tuple[int, ...], key: str) -> None:
    base = probe.accuracy["contrastive"] * 0 + [[0.5], [0.5], [0.5]] + [[0.0, 0.001]]
    right = dict.fromkeys(WAYS, np.full_like(probe.right["pixels"], 0.5))
    accuracy = {"contrastive": base} | {
        way: base - 0.4 * sign for way, sign in zip(("pixels", "untrained", "supervised"), signs, strict=True)
    }
    made = dataclasses.replace(probe, accuracy=accuracy, right=right)
    assert concept.findings(made)[0].key == key
    assert concept.QUESTIONS[3].grade(made)[0] == {1: 0, -1: 1, 0: 2}[signs[2]]


# What is drawn.


def test_the_density_on_the_circle_is_one_in_all(result: Result) -> None:
    around = figures.density(np.array([[0.0, 1.0], [0.0, 1.0], [-1.0, 0.0]]))
    assert np.trapezoid(around, figures.ANGLES) == pytest.approx(1)
    assert figures.ANGLES[around.argmax()] == pytest.approx(np.pi / 2, abs=0.06)
    series = figures.circle(result, ViewSettings(network=12), "")["series"]
    dots = [s for s in series if s["id"].startswith("dots")]
    assert sum(len(s["data"]) for s in dots) == len(result.y) and len(dots) == 3
    reach = max(abs(v) for s in series for point in s["data"] for v in point)
    assert reach < figures.REACH
    assert len({s["id"] for s in figures.circles(result, "")["series"]}) == 4 * (1 + 3 + 1)


def test_the_picture_of_pairs_paints_cosines(result: Result) -> None:
    cosines = np.zeros((4, 6, 6)) + np.eye(6)
    made = dataclasses.replace(result, cosines={"trained": cosines})
    picture, step = figures.pairs(made, ViewSettings()), figures.CELL + figures.GAP
    middle = step + figures.CELL // 2
    for i, j in itertools.product(range(6), repeat=2):
        wanted = [0xD5 / 255, 0x5E / 255, 0] if i == j else [1, 1, 1]
        assert picture[middle + i * step, middle + j * step] == pytest.approx(wanted)


def test_a_run_that_is_stopped_shows_the_circle_and_no_verdict() -> None:
    first = next(s.result() for s in concept.run(Settings(seeds=2, steps=20)) if s.result is not None)
    assert concept.findings(first)[0].key == "unfinished" and concept.difference(first, first).key == "not_comparable"
    assert np.array_equal(first.points["trained"], first.points["untrained"])
    assert figures.circle(first, ViewSettings(), "")["series"]


# The script.


@pytest.mark.parametrize("experiment", ["circle", PROBE])
def test_the_script_gives_the_numbers_of_the_run(experiment: str) -> None:
    s = Settings(experiment=experiment, seeds=2, steps=20, pairs=16, lr=0.001)
    run, found = finished(concept.run(s)), plain.main(s)
    for metric, values in run.scores.items():
        assert found[metric] == pytest.approx(values["trained"].tolist(), abs=0.02), metric
    for i, n in enumerate(LABELS if experiment == PROBE else ()):
        assert found[f"{n} labels"] == pytest.approx(run.accuracy["contrastive"][i].tolist(), abs=0.01)


def test_a_stack_is_torchs_network() -> None:
    models = finish(built(2, [0, 1]))
    x = torch.rand(5, 1, 14, 14)
    assert torch.allclose(models.shared(x)[1], models.unstack(1)(x), atol=1e-5)
    assert sum(p.numel() for p in network(2).parameters()) == 14274
