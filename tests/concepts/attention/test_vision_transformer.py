"""Vision transformer: its layers and its rollout against torch's, shuffled patches, and the test of the map by deletion."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn
from torch.nn import functional as F

from core.concepts.attention import vision_transformer as concept
from core.concepts.attention.vision_transformer import Result, Settings, ViewSettings, figures, plain
from core.concepts.attention.vision_transformer.deletion import deleted
from core.concepts.attention.vision_transformer.network import (
    BLACK,
    MEAN,
    SPREAD,
    attention_maps,
    cnn,
    cut,
    joined,
    order,
    rollout,
    vit,
)  # fmt: skip
from core.concepts.attention.vision_transformer.result import CNN, FAR, FEW, MANY, NEAR, SHUFFLED, TRAININGS, VIT, Maps
from core.concepts.attention.vision_transformer.settings import DELETED, ORDERS, SHOWN, TESTED
from core.engine.cost import parameters
from core.engine.networks import encoder_block
from core.engine.random import initialise
from core.progress import finished

SMALL = Settings(seeds=2, steps=60)


@pytest.fixture(scope="module")
def result() -> Result:
    """The default experiment with fewer seeds and steps."""
    return finished(concept.run(SMALL))


def started(s: Settings) -> nn.Sequential:
    """A vision transformer with random weights, also where training starts from zero."""
    model = initialise(vit(s), 3).double()
    g = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for p in model.parameters():
            p += 0.2 * torch.randn(p.shape, generator=g, dtype=torch.float64)
    return model


# The networks.


def test_patches_are_those_of_a_convolution_and_make_the_digit_again() -> None:
    x = torch.randn(3, 1, 28, 28)
    assert torch.equal(cut(x), F.unfold(x, 7, stride=7).transpose(1, 2)) and torch.equal(joined(cut(x)), x)
    conv, linear = nn.Conv2d(1, 32, 7, stride=7), vit(Settings()).patches
    conv.weight.data = linear.weight.data.view_as(conv.weight)
    conv.bias.data = linear.bias.data
    assert torch.allclose(conv(x).flatten(2).mT, linear(cut(x)), atol=1e-5)


@pytest.mark.parametrize("blocks", [1, 3])
def test_it_is_a_transformer_encoder_read_at_its_class_token(blocks: int) -> None:
    s, x = Settings(blocks=blocks), torch.randn(2, 16, 49, dtype=torch.float64)
    model = started(s)
    tokens = model.positions(model.token(model.patches(x)))
    for i in range(1, blocks + 1):
        block = encoder_block(32, s.heads, 72).double()
        block[0].load_state_dict(model.get_submodule(f"attention{i}").state_dict())
        block[1].load_state_dict(model.get_submodule(f"mlp{i}").state_dict())
        tokens = block(tokens)
    assert torch.allclose(model.answer(model.norm(tokens[:, 0])), model(x))


@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_both_networks_have_as_many_parameters(blocks: int) -> None:
    for positions, most in (("wide", 0.01), ("none", 0.06)):
        s = Settings(blocks=blocks, positions=positions)
        one, two = parameters(vit(s)), parameters(cnn(s))
        assert abs(one - two) / two < most


def test_a_shuffled_order_only_renames_the_places() -> None:
    x, way = torch.randn(4, 16, 49, dtype=torch.float64), order(0)
    model = started(Settings())
    expected = model(x)
    assert not torch.allclose(model(x[:, way]), expected, atol=1e-3)
    places = model.positions.weight.data
    places[1:] = places[1:][way].clone()
    assert torch.allclose(model(x[:, way]), expected)
    bag = started(Settings(positions="none"))
    assert torch.allclose(bag(x[:, way]), bag(x))
    assert sorted(way.tolist()) == list(range(16)) and not torch.equal(way, order(1))


# Rollout.


def test_maps_are_those_of_torchs_attention() -> None:
    s, x = Settings(), torch.randn(3, 16, 49, dtype=torch.float64)
    model, maps = started(s), []
    tokens = model.positions(model.token(model.patches(x)))
    for i in (1, 2):
        norm, attend = model.get_submodule(f"attention{i}")
        torchs = nn.MultiheadAttention(32, s.heads, batch_first=True).double()
        torchs.load_state_dict(attend.state_dict())
        h = norm(tokens)
        maps.append(torchs(h, h, h)[1])
        tokens = model.get_submodule(f"attention{i}")(tokens)
        if i == 1:
            tokens = model.mlp1(tokens)
    assert torch.allclose(attention_maps(model, x), torch.stack(maps))


def test_rollout_is_the_product_of_the_maps_with_themselves_half_kept() -> None:
    maps = torch.rand(2, 1, 17, 17, dtype=torch.float64).softmax(-1)
    one, two = (0.5 * m[0].numpy() + 0.5 * np.eye(17) for m in maps)
    expected = (two @ one)[0, 1:]
    assert np.allclose(rollout(maps)[0], expected / expected.sum())
    itself = torch.eye(17, dtype=torch.float64).repeat(1, 1, 1, 1)
    itself[0, 0, 0] = F.one_hot(torch.tensor(5), 17)
    assert rollout(itself)[0].tolist() == F.one_hot(torch.tensor(4), 16).tolist()


def test_the_first_patches_of_an_order_are_deleted() -> None:
    patches, ranks = torch.randn(2, 16, 49), torch.stack([torch.randperm(16) for _ in range(6)]).view(3, 2, 16)
    left = deleted(patches, ranks, 5)
    for k, n in np.ndindex(3, 2):
        gone = set(ranks[k, n, :5].tolist())
        for i in range(16):
            expected = torch.full((49,), BLACK) if i in gone else patches[n, i]
            assert torch.equal(left[k, n, i], expected)
    assert torch.equal(deleted(patches, ranks, 0), patches.expand(3, -1, -1, -1))


def test_orders_follow_their_scores_and_ink_counts_pixels(result: Result) -> None:
    assert result.maps is not None
    scores, ranks = result.maps.scores, result.maps.ranks
    assert scores.shape == ranks.shape == (len(ORDERS), 2, TESTED, 16)
    assert (np.diff(np.take_along_axis(scores, ranks.astype(int), 3), axis=3) <= 0).all()
    assert np.allclose(scores[0].sum(2), 1, atol=1e-5) and (scores[:3] >= -1e-4).all()
    ink = result.digits.reshape(TESTED, 4, 7, 4, 7).sum((2, 4)).reshape(TESTED, 16) / 255 / SPREAD
    assert np.allclose(scores[ORDERS.index("ink"), 0], ink, atol=0.01)
    assert np.array_equal(figures.digit_of(result, ViewSettings(digit=3)), cut(torch.tensor(result.digits[2:3])).view(16, 7, 7))  # fmt: skip


def test_answers_with_nothing_deleted_are_those_on_validation_digits(result: Result) -> None:
    assert result.maps is not None and result.right is not None
    right = result.maps.right(result.classes)
    for i in range(len(ORDERS)):
        assert (right[i, :, 0] == result.right[VIT, MANY, :, :TESTED]).mean() > 0.995
    assert right.shape == (len(ORDERS), 2, 1 + DELETED, TESTED)
    said = concept.shown(result, 0, 0, "random", 0)
    assert said["truth"] == result.classes[0] and (said.key == "answer_right") == bool(right[3, 0, 0, 0])
    assert said["p"] == pytest.approx(float(result.maps.probabilities[0, 0, 0, 0].max()))


def test_a_map_that_is_the_same_for_every_digit_is_called_common(result: Result) -> None:
    assert result.maps is not None
    one = result.maps.scores[0, 1].astype(float)
    expected = np.mean([np.corrcoef(one[i], np.delete(one, i, 0).mean(0))[0, 1] for i in range(TESTED)])
    common = result.common()
    other = 2 * common.mean - expected  # of the first seed
    assert common.low <= min(expected, other) and 0.2 < common.mean < 0.99
    scores = np.broadcast_to(result.maps.scores[:, :, :1], result.maps.scores.shape)
    same = dataclasses.replace(result, maps=dataclasses.replace(result.maps, scores=scores))
    assert same.common().mean == pytest.approx(1)


# What a run shows.


def test_the_cnn_is_better_and_shuffled_patches_cost_it_accuracy(result: Result) -> None:
    vit, cnn = result.accuracy.mean(2)
    assert cnn[FEW] - vit[FEW] > 0.1 and cnn[MANY] - vit[MANY] > 0.05
    assert cnn[SHUFFLED] < cnn[MANY] - 0.025 and abs(vit[SHUFFLED] - vit[MANY]) < 0.12
    left = {name: result.left(name).mean() for name in ORDERS}
    assert left["rollout"] < left["random"] - 0.08 and left["ink"] < left["random"] - 0.15


def test_intervals_are_students_widened_by_the_rows(result: Result) -> None:
    assert result.right is not None
    d = (result.right[CNN, FEW].astype(float) - result.right[VIT, FEW]).mean(1)
    low, high = stats.t.interval(TRAININGS, 1, d.mean(), stats.sem(d))
    gap = result.gap(FEW)
    assert gap.mean == pytest.approx(d.mean()) and gap.level == pytest.approx(0.99)
    assert gap.low <= max(-1, low) and gap.high >= min(1, high)
    assert result.from_more().mean == pytest.approx(gap.mean - result.gap(MANY).mean)
    moved = result.accuracy[CNN, SHUFFLED] - result.accuracy[CNN, MANY]
    assert result.shuffling(CNN).mean == pytest.approx(moved.mean())


def made(result: Result, right: np.ndarray, left: np.ndarray) -> Result:
    """The result with other answers: right as in Result; left (orders,) the share of the digits right after any deletion."""
    assert result.maps is not None
    p = np.zeros_like(result.maps.probabilities)
    wrong = (result.classes + 1) % 10
    for i, share in enumerate(left):
        answers = np.where(np.arange(TESTED) < share * TESTED, result.classes, wrong)
        p[i, :, :, np.arange(TESTED), answers] = 1
    maps = Maps(result.maps.scores, result.maps.ranks, p)
    return dataclasses.replace(result, right=right, maps=maps)


def answers(result: Result, shares: list[list[float]]) -> np.ndarray:
    assert result.right is not None
    rows = np.arange(result.right.shape[3])
    one = np.array([[rows < share * len(rows) for share in row] for row in shares])
    return np.repeat(one[:, :, None], 2, 2)


EQUAL = [0.5, 0.5, 0.5, 0.5]


def keys(result: Result) -> list[str]:
    return [f.key for f in concept.findings(result)]


def test_equal_networks_and_orders_show_no_difference(result: Result) -> None:
    same = made(result, answers(result, [[0.7] * 3] * 2), np.array(EQUAL))
    assert keys(same)[:6] == ["no_difference", "more_alike", "shuffled_neither", *["finds_alike"] * 3]
    assert [q.grade(same)[0] for q in concept.QUESTIONS] == [2, 2, 2, 2]
    assert concept.difference(same, same)["vit"] == pytest.approx(0.7)


def test_clear_differences_are_said_in_their_direction(result: Result) -> None:
    cnn_ahead = made(result, answers(result, [[0.3, 0.7, 0.7], [0.8, 0.9, 0.7]]), np.array([0.2, 0.2, 0.1, 0.9]))
    assert keys(cnn_ahead)[:4] == ["cnn_better", "more_vit", "shuffled_cnn", "finds_more"]
    vit_ahead = made(result, answers(result, [[0.9, 0.9, 0.5], [0.5, 0.8, 0.4]]), np.array([0.9, 0.1, 0.1, 0.1]))
    assert keys(vit_ahead)[:4] == ["vit_better", "more_cnn", "shuffled_both", "finds_less"]
    mixed = made(result, answers(result, [[0.7, 0.9, 0.95], [0.9, 0.9, 0.95]]), np.array(EQUAL))
    assert keys(mixed)[:3] == ["depends", "more_vit", "shuffled_other"]
    assert [q.grade(cnn_ahead)[0] for q in concept.QUESTIONS] == [0, 2, 2, 0]
    assert [q.grade(vit_ahead)[0] for q in concept.QUESTIONS] == [1, 1, 0, 1]


def test_positions_are_compared_with_their_start(result: Result) -> None:
    assert result.alike is not None and NEAR.sum() == 2 * 24 and FAR.sum() == 16 * 15 - 48
    kept, near = result.kept(), result.nearness()
    assert kept is not None and kept > 0.9 and near is not None
    places = np.array([divmod(i, 4) for i in range(16)])
    apart = np.abs(places[:, None] - places[None]).sum(2)
    grid = np.repeat((1 - apart / 6)[None, None], 2, 1).repeat(2, 0)
    grid[1, 1] += 1e-3 * NEAR
    learned = dataclasses.replace(result, alike=grid)
    assert "near_alike" in keys(learned) and "near_unlike" in keys(dataclasses.replace(learned, alike=-grid))
    assert figures.similarity(learned).shape == figures.similarity(result).shape


def test_without_positions_shuffling_changes_nothing_at_all() -> None:
    bag = finished(concept.run(Settings(positions="none", steps=20, seeds=2, few=50)))
    assert np.allclose(bag.accuracy[VIT, SHUFFLED], bag.accuracy[VIT, MANY], atol=0.01)
    assert bag.alike is None and "kept" not in keys(bag)


def test_a_run_that_is_stopped_shows_its_curves_and_no_verdict() -> None:
    parts = (step.result() for step in concept.run(Settings(seeds=2)) if step.result is not None)
    for first, second in pairwise(parts):
        if len(second.history) > len(first.history) > 0:
            break
    assert not second.complete and keys(second) == ["unfinished"]
    assert concept.difference(second, second).key == "not_comparable"
    assert concept.score(second)["step"] == len(second.history)
    assert figures.learning(second, "", ["a", "b", "c", "d"])["series"]
    assert figures.shuffled(second, ViewSettings()).shape == figures.patches(second, ViewSettings()).shape


def test_the_map_and_the_deleted_patches_are_drawn_where_they_are(result: Result) -> None:
    assert result.maps is not None
    side, view = figures.SIDE * figures.TIMES, ViewSettings(digit=SHOWN, network=8)
    share, ranks = result.maps.scores[0, 1, SHOWN - 1], result.maps.ranks[0, 1, SHOWN - 1]
    corner = figures.rollout(result, view)[4::side, 4::side].astype(float)  # a pixel near the corner of each patch
    before = figures.patches(result, view)[4::side, 4::side]
    mixed = (corner - before)[..., 0].ravel()
    black = before[..., 0].ravel() == 0
    assert np.corrcoef(mixed[black], share[black])[0, 1] > 0.99
    without = figures.without(result, view, "rollout", 16 // 2)
    tiles = without.reshape(4, side, 4, side, 3).swapaxes(1, 2).reshape(16, side, side, 3)[:, 90:130, 90:130]
    assert all(tiles[i].max() == 0 for i in ranks[:8]) and any(tiles[i].max() > 0 for i in ranks[8:])
    assert len(figures.deletion(result, "", list(ORDERS))["series"]) == 12
    assert len(figures.accuracy(result, "", list("abcdef"))["yAxis"]["data"]) == 6


def test_the_script_gives_the_numbers_of_the_run() -> None:
    s = Settings(seeds=2, steps=20, few=50, blocks=1, positions="narrow")
    run = finished(concept.run(s))
    found = plain.main(s)
    for (network, condition), values in found.items():
        place = ("ViT", "CNN").index(network), ("few", "many", "shuffled").index(condition)
        assert values == pytest.approx(run.accuracy[place].tolist(), abs=0.01)
    assert MEAN == plain.MEAN
