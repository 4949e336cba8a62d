"""Segmentation: scores and distances counted another way, what a skip does, and a classifier that learns from strokes."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.metrics import confusion_matrix, jaccard_score

from core.concepts.vision import segmentation as concept
from core.concepts.vision.segmentation import Result, Settings, ViewSettings, figures, plain
from core.concepts.vision.segmentation.experiment import at_distances, confusion, distance_groups
from core.concepts.vision.segmentation.findings import errors_at_edge, kernel_change
from core.concepts.vision.segmentation.network import network
from core.concepts.vision.segmentation.result import DISTANCES
from core.concepts.vision.segmentation.scribble import SIDE, marked, segment
from core.concepts.vision.segmentation.settings import PHOTOS, REST, SUBJECT, prepared
from core.data.shapes import CLASSES, pixels, scenes
from core.data.strokes import Stroke, encode
from core.engine.random import initialise
from core.progress import finished

SMALL = Settings(n=160, steps=100, seeds=3)
SHORT = Settings(kernels="learned", n=50, steps=20, seeds=2)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(concept.run(SMALL))


@pytest.fixture(scope="module")
def short() -> Result:
    return finished(concept.run(SHORT))


# The scenes.


def test_shapes_have_the_area_that_geometry_gives_them() -> None:
    for kind, area in {"circle": math.pi * 100, "square": 400, "triangle": 200}.items():
        assert len(pixels(kind, 16.2, 15.7, 10)[0]) == pytest.approx(area, rel=0.12)


def test_shapes_are_bright_on_dark_and_fewer_scenes_are_the_first_of_more() -> None:
    x, y = scenes(20, 0.0, 0.6, np.random.default_rng(3))
    assert (x[:, 0][y > 0] >= 0.6).all() and (x[:, 0][y == 0] <= 0.3).all() and set(np.unique(y)) == {0, 1, 2, 3}
    few = scenes(5, 0.2, 0.6, np.random.default_rng(3))
    more = scenes(20, 0.2, 0.6, np.random.default_rng(3))
    assert all(np.array_equal(a, b[:5]) for a, b in zip(few, more, strict=True))


# The networks.


@pytest.mark.parametrize("stride", [4, 8, 16])
def test_a_network_gives_scores_for_every_pixel_of_pictures_of_any_size(stride: int) -> None:
    for skip in (False, True):
        model = network(Settings(stride=stride), skip).eval()
        assert model(torch.zeros(2, 1, 32, 48)).shape == (2, len(CLASSES), 32, 48)


def test_both_networks_of_a_seed_start_with_the_same_kernels() -> None:
    def kernels(skip: bool) -> list[torch.Tensor]:
        model = initialise(network(Settings(), skip), 5)
        return [p for p in model.parameters() if p.dim() == 4 and p.shape[-1] == 3]

    pairs = list(zip(kernels(False), kernels(True), strict=True))
    assert len(pairs) == 4 and all(torch.equal(a, b) for a, b in pairs)


def test_fixed_kernels_stay_bilinear_and_learned_ones_move(result: Result, short: Result) -> None:
    assert result.kernels is not None and kernel_change(result) == 0 and kernel_change(short) > 0.01
    side = 1 - np.abs(np.arange(16) - 7.5) / 8
    assert np.allclose(result.kernels[0], np.outer(side, side), atol=1e-6)
    assert list(figures.kernels(result)) == ["fixed"] and list(figures.kernels(short)) == ["start", "end"]


# The scores.


def test_iou_and_accuracy_are_those_of_scikit_learn(result: Result) -> None:
    rng = np.random.default_rng(0)
    truth, guess = rng.integers(0, 4, (2, 3, 8, 8)), rng.integers(0, 4, (2, 3, 8, 8))
    counts = confusion(truth, guess)
    made = dataclasses.replace(result, confusion={"no skip": counts, "skip": counts})
    for i in range(2):
        flat = truth[i].ravel(), guess[i].ravel()
        assert np.array_equal(counts[i], confusion_matrix(*flat))
        assert np.allclose(made.iou("skip")[i], jaccard_score(*flat, average=None))
        assert made.accuracy("skip")[i] == pytest.approx((flat[0] == flat[1]).mean())


def test_distances_are_those_to_the_nearest_pixel_of_another_class() -> None:
    _, y = scenes(3, 0.1, 0.6, np.random.default_rng(1))
    group = distance_groups(y)
    for i, row, column in ((0, 0, 0), (1, 16, 16), (2, 10, 20), (2, 31, 5)):
        others = np.argwhere(y[i] != y[i, row, column])
        away = np.sqrt(((others - [row, column]) ** 2).sum(1)).min()
        low, high = DISTANCES[group[i, row, column]], [*DISTANCES[1:], np.inf][group[i, row, column]]
        assert low <= away < high
    assert at_distances(group, np.ones_like(group, bool)).sum() == y.size


def test_errors_at_all_distances_are_all_errors(result: Result) -> None:
    for way, errors in result.far_errors.items():
        counts = result.confusion[way]
        assert (errors.sum(1) == counts.sum((1, 2)) - np.trace(counts, axis1=1, axis2=2)).all()
    assert 0.5 < errors_at_edge(result, "no skip") < 1


# What the skip does.


def test_a_skip_sharpens_the_edges_where_kernels_are_fixed(result: Result) -> None:
    assert result.gain().mean > 0.02 and result.sharper().mean > 0.05
    assert result.accuracy("no skip").mean() > 0.8 > 0.75 > result.mean_iou("no skip").mean()
    test = stats.ttest_rel(result.mean_iou("skip"), result.mean_iou("no skip")).confidence_interval(0.95)
    assert (result.gain().low, result.gain().high) == pytest.approx((test.low, test.high))
    change = {name: interval for name, interval, _ in result.gains()}["triangle"]
    values = result.iou("skip")[:, 3], result.iou("no skip")[:, 3]
    wide = stats.ttest_rel(*values).confidence_interval(1 - 0.05 / 5)
    assert (change.low, change.high) == pytest.approx((max(-1, wide.low), min(1, wide.high)))


def test_the_findings_say_what_the_counts_say(result: Result) -> None:
    found = {f.key: f for f in concept.findings(result)}
    verdict = concept.findings(result)[0]
    assert verdict.key == {1: "helped", 0: "no_difference", -1: "hurt"}[result.gain().sign]
    assert verdict["with_skip"] - verdict["without"] == pytest.approx(verdict["gain"].mean)
    truth = result.confusion["skip"].sum((0, 2))
    assert found["accuracy"]["background"] == pytest.approx(truth[0] / truth.sum())
    assert "kernel_fixed" in found and found["hardest"]["iou"] == result.iou("skip").mean(0).min()


def test_equal_networks_show_no_difference_and_swapped_ones_the_opposite(result: Result) -> None:
    counts, errors = result.confusion["skip"], result.far_errors["skip"]
    same = dataclasses.replace(
        result,
        confusion=dict.fromkeys(("no skip", "skip"), counts),
        far_errors=dict.fromkeys(("no skip", "skip"), errors),
    )
    assert [f.key for f in concept.findings(same)][:2] == ["no_difference", "anywhere"]
    assert concept.QUESTIONS[0].grade(same)[0] == 2 and concept.QUESTIONS[2].grade(same)[0] == 2
    good = np.stack([np.diag([700, 100, 100, 100 + k]) + 5 for k in range(3)])
    bad = np.stack([np.diag([500, 10, 10 + k, 10]) + 40 for k in range(3)])
    worse = dataclasses.replace(result, confusion={"no skip": good, "skip": bad})
    assert concept.findings(worse)[0].key == "hurt" and concept.QUESTIONS[3].grade(worse)[0] == 1
    assert concept.findings(dataclasses.replace(worse, confusion={"no skip": bad, "skip": good}))[0].key == "helped"


def test_the_share_of_background_is_graded_by_its_nearest_choice(result: Result) -> None:
    right, numbers = concept.QUESTIONS[1].grade(result)
    assert abs((0.5, 0.65, 0.8, 0.95)[right] - numbers["value"]) < 0.1


def test_a_run_that_is_stopped_shows_pictures_and_no_verdict() -> None:
    for step in concept.run(SHORT):
        if step.result is not None:
            partial = step.result()
            break
    assert partial.step == 1 and not partial.complete and concept.findings(partial)[0].key == "unfinished"
    assert concept.difference(partial, partial).key == "not_comparable" and len(figures.scene_row(partial)) == 4


def test_the_script_gives_the_numbers_of_the_run(short: Result) -> None:
    found = plain.main(SHORT)
    for way, values in found.items():
        assert values == pytest.approx(short.mean_iou(way).tolist(), abs=0.01)


# Strokes.

HALVES = np.zeros((SIDE, SIDE, 3), np.uint8)
HALVES[:, : SIDE // 2] = (200, 40, 40)
HALVES[:, SIDE // 2 :] = (40, 40, 200)
LEFT, RIGHT = np.array([[30, 40], [60, 200]], np.uint8), np.array([[200, 40], [220, 200]], np.uint8)


def scribbled(*paths: tuple[int, np.ndarray], features: str = "colour") -> ViewSettings:
    return ViewSettings(strokes_from="drawn", features=features, strokes=encode(Stroke(*path) for path in paths))


def test_two_strokes_divide_a_picture_of_two_colours() -> None:
    shown = segment(scribbled((SUBJECT, LEFT), (REST, RIGHT)), HALVES)
    assert (shown.subject[:, : SIDE // 2] > 0.9).all() and (shown.subject[:, SIDE // 2 :] < 0.1).all()
    assert shown.folds == 0 and concept.describe(shown)[1].key == "too_few_strokes"
    assert shown.unsure == 0 and concept.describe(shown)[0]["share"] == 0.5


def test_left_out_strokes_are_predicted_right_only_where_the_others_show_the_same() -> None:
    paths = (SUBJECT, LEFT), (SUBJECT, LEFT + 3), (REST, RIGHT), (REST, RIGHT + 3)
    easy = segment(scribbled(*paths), HALVES)
    assert easy.folds == 2 and easy.held_out == (1.0, 1.0)
    new = HALVES.copy()
    new[: SIDE // 4, : SIDE // 2] = (40, 40, 200)  # a part of the subject that looks like the rest
    corner = np.array([[20, 20], [90, 20]], np.uint8)
    hard = segment(scribbled((SUBJECT, LEFT + 30), (SUBJECT, corner), *paths[2:]), new)
    assert hard.held_out[0] < 0.9


def test_a_place_tells_apart_what_a_colour_cannot() -> None:
    plain_grey = np.full_like(HALVES, 128)
    strokes = (SUBJECT, LEFT), (REST, RIGHT)
    colour = segment(scribbled(*strokes), plain_grey).subject
    assert np.ptp(colour) == 0
    place = segment(scribbled(*strokes, features="place"), plain_grey).subject
    assert (place[:, : SIDE // 4] > 0.5).mean() > 0.9 and (place[:, -SIDE // 4 :] < 0.5).mean() > 0.9


def test_a_dot_counts_and_the_later_of_two_strokes_lies_on_top() -> None:
    dot = np.array([[100, 100]], np.uint8)
    kinds, numbers = marked(encode([Stroke(SUBJECT, LEFT), Stroke(REST, LEFT), Stroke(SUBJECT, dot)]))
    assert (kinds == REST).sum() > 50 and (kinds == SUBJECT).sum() >= 1 and set(numbers[kinds == SUBJECT]) == {1}
    covered = segment(scribbled((SUBJECT, LEFT), (REST, LEFT)), HALVES)
    assert (covered.subject == 0).all() and concept.describe(covered)[0]["share"] == 0


@pytest.mark.parametrize("name", PHOTOS)
def test_more_strokes_come_with_every_photograph(name: str) -> None:
    few, more = (ViewSettings(picture=name, strokes_from=which) for which in ("few", "more"))
    assert few.scribbles == prepared(name, "few") and more.scribbles.startswith(few.scribbles[:20])
    shown = segment(more, concept.paper(name))
    assert shown.folds >= 2 and 0.05 < (shown.subject > 0.5).mean() < 0.8
    assert figures.strokes(shown).shape == figures.cut_out(shown).shape == figures.confidence(shown).shape
