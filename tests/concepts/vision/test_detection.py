"""Detection: boxes as torchvision computes them, scores counted another way, what each part is good for, and false alarms."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from torch.nn import functional as F
from torchvision import ops

from core.concepts.vision import detection as concept
from core.concepts.vision.detection import Result, Settings, ViewSettings, boxes, faces, figures, hand, plain
from core.concepts.vision.detection.boxes import Found
from core.concepts.vision.detection.experiment import losses, suppressed
from core.concepts.vision.detection.network import by_anchor, detector, face_classifier
from core.concepts.vision.detection.settings import RATIOS, SIZES, START, TRUE_BOX
from core.data.boxed import SIDE, scenes
from core.progress import finished

SMALL = Settings(n=100, steps=70, seeds=3)
SHORT = Settings(compare="anchors", n=50, steps=20, width=8, seeds=2)
FACES = Settings(task="faces", steps=60, rounds=1, seeds=3)


@pytest.fixture(scope="module")
def result() -> Result:
    return finished(concept.run(SMALL))


@pytest.fixture(scope="module")
def short() -> Result:
    return finished(concept.run(SHORT))


@pytest.fixture(scope="module")
def seen() -> Result:
    return finished(concept.run(FACES))


def random_boxes(n: int, seed: int, side: float = 40) -> np.ndarray:
    corner = np.random.default_rng(seed).uniform(0, side, (n, 4))
    return np.concatenate([np.minimum(corner[:, :2], corner[:, 2:]), np.maximum(corner[:, :2], corner[:, 2:]) + 1], 1)


def random_found(n: int, seed: int) -> Found:
    rng = np.random.default_rng(seed)
    scores = np.sort(rng.random(n))[::-1].copy()
    return Found(random_boxes(n, seed).round(2), rng.integers(1, 4, n), scores)


# Boxes, as torchvision has them.


@tries(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_iou_is_that_of_torchvision(seed: int) -> None:
    a, b = random_boxes(6, seed), random_boxes(4, seed + 1)
    assert np.allclose(boxes.iou(a, b), ops.box_iou(torch.from_numpy(a), torch.from_numpy(b)).numpy())


@tries(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), threshold=st.sampled_from([0.1, 0.3, 0.5, 0.8]))
def test_nms_step_by_step_is_that_of_torchvision(seed: int, threshold: float) -> None:
    found = random_found(25, seed)
    tensors = [torch.from_numpy(a) for a in (found.boxes, found.scores, found.kinds)]
    steps = boxes.nms_steps(found, threshold)
    assert [i for i, _ in steps] == ops.batched_nms(*tensors, threshold).tolist()
    removed = np.concatenate([gone for _, gone in steps])
    assert len(steps) + len(removed) == 25 and len(set(removed)) == len(removed)
    assert len(suppressed(found, threshold).scores) == len(steps) and suppressed(found, 1.0) is found


@tries(max_examples=30, deadline=None)
@given(
    plane=arrays(np.float64, (20, 24), elements=st.floats(-5, 5)), seed=st.integers(0, 10**6), bins=st.integers(1, 8)
)
def test_roi_pooling_is_that_of_torchvision(plane: np.ndarray, seed: int, bins: int) -> None:
    box = random_boxes(1, seed, 22)[0]
    pooled, parts = boxes.roi_pool(plane, box, bins)
    rois = torch.from_numpy(np.concatenate([[0], box])[None])
    theirs = ops.roi_pool(torch.from_numpy(plane)[None, None], rois, bins)[0, 0]
    assert np.allclose(pooled, theirs.numpy()) and len(parts) == bins**2


@tries(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_decoding_what_was_encoded_gives_the_box_back(seed: int) -> None:
    anchor, box = random_boxes(5, seed), random_boxes(5, seed + 7)
    assert np.allclose(boxes.decode(anchor, boxes.encode(anchor, box)), box)
    assert np.allclose(boxes.encode(anchor, anchor), 0)


# Matching.


def test_anchors_lie_in_the_middle_of_each_cell_in_their_size_and_ratio() -> None:
    anchor = boxes.anchors(SIZES, RATIOS)
    assert anchor.shape == (9 * 36, 4) and np.allclose(anchor[0], [4 - 7, 4 - 7, 4 + 7, 4 + 7])
    wide, high = (anchor[:, 2:] - anchor[:, :2]).T
    assert np.allclose(sorted(set((wide / high).round(6))), [0.5, 1, 2])
    assert np.allclose(sorted(set(np.sqrt(wide * high).round(6))), sorted(SIZES))


def test_every_true_box_takes_an_anchor_and_the_others_go_by_their_iou() -> None:
    anchor = boxes.anchors(SIZES, RATIOS)
    _, truth = scenes(20, 0.1, 0.0, np.random.default_rng(0))
    alone = 0
    for box, kind in truth:
        labels, nearest, first = boxes.match(anchor, (box, kind), 0.5)
        without, _, none = boxes.match(anchor, (box, kind), 0.5, greedy=False)
        overlap = boxes.iou(anchor, box)
        assert sorted(nearest[first]) == list(range(len(box))) and not none.any()
        most = overlap.max(1)
        assert (without[most >= 0.5] > 0).all() and (without[most < 0.4] == 0).all()
        assert (without[(most >= 0.4) & (most < 0.5)] == -1).all()
        assert (labels[~first] == without[~first]).all() and (labels[first] == kind[nearest[first]]).all()
        alone += int((overlap.max(0) < 0.5).sum())
    assert alone > 0  # boxes that only the greedy step matches


def test_fewer_anchors_cover_fewer_boxes() -> None:
    _, truth = scenes(60, 0.1, 0.0, np.random.default_rng(1))
    every = np.concatenate([box for box, _ in truth])
    chosen = [(SIZES, RATIOS), (SIZES, (1.0,)), (SIZES[:1], (1.0,))]
    shares = [(boxes.iou(boxes.anchors(*some), every).max(0) >= 0.5).mean() for some in chosen]
    assert shares[0] > shares[1] > shares[2] > 0


def test_scenes_hold_what_their_boxes_say() -> None:
    x, truth = scenes(30, 0.0, 0.0, np.random.default_rng(3))
    assert all(
        np.array_equal(a, b) for a, b in zip(scenes(5, 0.1, 0.0, np.random.default_rng(3))[1][4], truth[4], strict=True)
    )
    for plane, (box, kind) in zip(x[:, 0], truth, strict=True):
        assert 1 <= len(box) <= 4 and set(kind) <= {1, 2, 3} and (boxes.iou(box, box) <= np.eye(len(box))).all()
        covered = np.zeros((SIDE, SIDE), bool)
        for left, top, right, bottom in box:
            rows, columns = slice(int(top), int(np.ceil(bottom))), slice(int(left), int(np.ceil(right)))
            assert plane[rows, columns].max() >= 0.6  # a shape
            covered[rows, columns] = True
        assert (plane[~covered] <= 0.3).all()
    crowd = scenes(60, 0.0, 0.5, np.random.default_rng(3))[1]
    most = max(np.triu(boxes.iou(b, b), 1).max() for b, _ in crowd)
    assert 0.1 < most <= 0.5


# Training.


def test_the_maps_come_in_the_order_of_the_anchors() -> None:
    model = detector(8, 9)
    maps = model(torch.rand(2, 1, SIDE, SIDE))
    out = by_anchor(maps)
    assert maps.shape == (2, 72, 6, 6) and out.shape == (2, 324, 8)
    assert torch.equal(out[1, 5 * 36 + 2 * 6 + 4], maps[1, 5 * 8 : 6 * 8, 2, 4])


def test_the_loss_is_that_of_a_loop_over_the_scenes() -> None:
    g = torch.Generator().manual_seed(0)
    out, to = torch.randn(3, 40, 8, generator=g), torch.randn(3, 40, 4, generator=g)
    y = torch.randint(-1, 4, (3, 40), generator=g) * (torch.rand(3, 40, generator=g) < 0.3)
    for balanced in (True, False):
        for i in range(3):
            each = F.cross_entropy(out[i, :, :4], y[i].clamp(min=0), reduction="none")
            positive, negative = y[i] > 0, each[y[i] == 0].sort(descending=True).values
            n = int(positive.sum())
            total = each[positive].sum() + negative[: 3 * n if balanced else None].sum()
            total = total + 0.25 * F.smooth_l1_loss(out[i, positive, 4:], to[i, positive], reduction="sum")
            assert float(losses(out, y, to, balanced)[i]) == pytest.approx(float(total / n), rel=1e-5)


def slow_ap(found: list[Found], truth: list[tuple[np.ndarray, np.ndarray]], kind: int, least: float) -> float:
    """AP from its definition: precision and recall of the boxes over every score, one after the other."""
    there = sum(int((labels == kind).sum()) for _, labels in truth)
    points = []
    for limit in sorted({float(s) for one in found for s in one.scores[one.kinds == kind]}, reverse=True):
        right = taken = 0
        for one, (box, labels) in zip(found, truth, strict=True):
            mine = one.boxes[(one.kinds == kind) & (one.scores >= limit)]
            taken += len(mine)
            hit = set()
            for b in mine:
                overlaps = [
                    float(ops.box_iou(torch.from_numpy(b)[None], torch.from_numpy(t)[None]))
                    for t in box[labels == kind]
                ]
                if overlaps and max(overlaps) >= least:
                    hit.add(int(np.argmax(overlaps)))
            right += len(hit)
        points.append((right / there, right / taken))
    recalls = sorted({0.0, *(r for r, _ in points)})
    return sum((b - a) * max(p for r, p in points if r >= b) for a, b in pairwise(recalls))


def test_average_precision_is_that_of_its_definition() -> None:
    _, truth = scenes(12, 0.1, 0.0, np.random.default_rng(5))
    rng, found = np.random.default_rng(6), []
    for box, kind in truth:
        near = np.repeat(box, 3, 0) + rng.normal(0, 1.5, (3 * len(box), 4))
        kinds = np.where(rng.random(len(near)) < 0.8, np.repeat(kind, 3), 1)
        scores = rng.random(len(near))
        order = np.argsort(-scores)
        found.append(Found(near[order], kinds[order], scores[order]))
    for least in (0.5, 0.75):
        mine = boxes.average_precision(found, truth, least)
        assert mine == pytest.approx([slow_ap(found, truth, k, least) for k in (1, 2, 3)])
        assert (mine < 1).all() and mine.max() > 0
    perfect = [Found(box, kind, np.ones(len(box))) for box, kind in truth]
    assert boxes.average_precision(perfect, truth, 0.5).tolist() == [1, 1, 1]
    nothing = [Found(np.zeros((0, 4)), np.zeros(0, int), np.zeros(0))] * len(truth)
    assert boxes.average_precision(nothing, truth, 0.5).tolist() == [0, 0, 0]


def test_nms_is_what_the_full_detector_needs(result: Result) -> None:
    made = result.shapes
    assert made is not None and made.by_threshold is not None
    assert result.gain().low > 0.03 and result.ap("full").mean() > 0.45
    assert made.count["changed"].mean() > 2 * made.count["full"].mean()
    assert np.allclose(made.by_threshold[:, -1], result.ap("changed")) and np.allclose(
        made.by_threshold[:, 2], result.ap("full")
    )
    test = stats.ttest_rel(result.ap("full"), result.ap("changed")).confidence_interval(0.95)
    assert (result.gain().low, result.gain().high) == pytest.approx((test.low, test.high))
    change = result.gains()[0][1]
    wide = stats.ttest_rel(made.precision["full"][:, 0], made.precision["changed"][:, 0]).confidence_interval(
        1 - 0.05 / 4
    )
    assert (change.low, change.high) == pytest.approx((max(-1, wide.low), min(1, wide.high)))


def test_the_findings_say_what_was_counted(result: Result) -> None:
    found = {f.key: f for f in concept.findings(result)}
    verdict = concept.findings(result)[0]
    assert verdict.key == "helped" and verdict["full"] - verdict["changed"] == pytest.approx(verdict["gain"].mean)
    labels = result.shapes.labels.sum(0)  # type: ignore[union-attr]
    assert labels.sum() == SMALL.n * 324 * 3 and 0.01 < found["positives"]["share"] < 0.03
    assert found["positives"]["share"] == labels[2] / labels.sum() and 0.1 < found["positives"]["uncovered"] < 0.4
    assert found["count"]["before"] > found["count"]["after"] and found["strict"]["strict"] < found["strict"]["loose"]
    assert concept.QUESTIONS[0].grade(result)[0] == 0


def test_equal_detectors_show_no_difference_and_swapped_ones_the_opposite(result: Result) -> None:
    made = result.shapes
    assert made is not None
    same = dict.fromkeys(("full", "changed"), made.precision["full"])
    equal = dataclasses.replace(result, shapes=dataclasses.replace(made, precision=same))
    assert concept.findings(equal)[0].key == "no_difference" and concept.QUESTIONS[1].grade(equal)[0] == 2
    swapped = {"full": made.precision["changed"], "changed": made.precision["full"]}
    worse = dataclasses.replace(result, shapes=dataclasses.replace(made, precision=swapped))
    assert concept.findings(worse)[0].key == "hurt" and concept.QUESTIONS[1].grade(worse)[0] == 1


def test_a_run_that_is_stopped_shows_pictures_and_no_verdict(short: Result) -> None:
    for step in concept.run(SHORT):
        if step.result is not None:
            partial = step.result()
            break
    assert partial.step == 1 and concept.findings(partial)[0].key == "unfinished"
    assert concept.difference(partial, short).key == "not_comparable" and list(figures.charts(partial)) == ["learning"]
    assert [name for name, *_ in figures.picture_row(partial)] == ["truth", "full", "changed"]


def test_the_script_gives_the_numbers_of_the_run(short: Result) -> None:
    for way, values in plain.main(SHORT).items():
        assert values == pytest.approx(short.ap(way).tolist(), abs=0.02)


# Faces.


def test_hard_negatives_remove_false_alarms(seen: Result) -> None:
    made = seen.faces
    assert made is not None and not np.isnan(made.alarms).any()
    before, after = made.alarms.mean((0, 2))
    assert before > 8 and after < 0.6 * before and made.counts.min() > 20
    right = (made.recall[:, 0] + made.rejected[:, 0]) / 2
    assert right.mean() > 0.85
    verdict = concept.findings(seen)[0]
    test = stats.ttest_rel(*made.alarms.mean(2).T[:2]).confidence_interval(0.95)
    assert (verdict["fewer"].low, verdict["fewer"].high) == pytest.approx((test.low, test.high))
    assert verdict.key == ("fewer_alarms" if test.low > 0 else "alarms_same")
    assert figures.mined(seen).ndim == 3 and list(figures.charts(seen)) == ["alarms", "recall"]


def test_no_hard_negatives_help_where_the_alarms_stay(seen: Result) -> None:
    made = seen.faces
    assert made is not None
    still = np.repeat(made.alarms[:, :1], made.alarms.shape[1], 1)
    kept = dataclasses.replace(made, alarms=still, recall=np.ones_like(made.recall))
    keys = [f.key for f in concept.findings(dataclasses.replace(seen, faces=kept))]
    assert keys[0] == "alarms_same" and "faces_same" in keys
    turned = dataclasses.replace(made, alarms=made.alarms[:, ::-1] + np.arange(3)[:, None, None] * 0.01)
    assert concept.findings(dataclasses.replace(seen, faces=turned))[0].key in ("more_alarms", "alarms_same")


def test_the_cascade_finds_the_astronaut_and_nothing_in_pictures_without_a_face(seen: Result) -> None:
    made = seen.faces
    assert made is not None and made.cascade_alarms.sum() == 0
    assert faces.found_it(made.cascade) and 1 <= len(made.cascade.scores) <= 4


def test_sliding_scores_each_window_as_if_it_were_alone() -> None:
    torch.manual_seed(0)
    model = face_classifier(8).eval()
    level = torch.rand(1, 1, 61, 49)
    found = faces.slid(model, [level], least=-1e9, most=10**6)
    with torch.no_grad():
        scores = model(level)[0, 0]
        alone = [float(model(level[..., 4 * i : 4 * i + 25, 4 * j : 4 * j + 25])) for i in range(10) for j in range(7)]
    assert (
        scores.shape == (10, 7)
        and faces.windows([level]) == 70
        and scores.flatten().tolist() == pytest.approx(alone, abs=1e-5)
    )
    best = int(np.argmax(alone))
    assert found.boxes[0].tolist() == [4 * (best % 7), 4 * (best // 7), 4 * (best % 7) + 25, 4 * (best // 7) + 25]
    top, left = int(found.boxes[0][1]), int(found.boxes[0][0])
    assert torch.equal(faces.cut([level], found.boxes[0]), level[..., top : top + 25, left : left + 25])


def test_a_picture_of_ones_own_has_no_true_face_and_any_shape(seen: Result) -> None:
    s = Settings(task="faces", picture="own", own="digest", steps=20, rounds=1, seeds=2)
    own = finished(concept.run(s, own=np.random.default_rng(0).integers(0, 255, (40, 300, 3), np.uint8)))
    assert own.faces.truth is None and "hit" not in [f.key for f in concept.findings(own)]
    assert own.faces.picture.shape == (34, 256, 3)
    assert len(list(figures.picture_row(own))) == 3 and concept.difference(own, seen).key == "alarms_differ"
    with pytest.raises(ValueError, match="picture"):
        Settings(task="faces", picture="own")


def test_the_script_finds_the_same_false_alarms() -> None:
    s = Settings(task="faces", steps=20, rounds=1, seeds=2)
    made = finished(concept.run(s)).faces
    assert np.allclose(list(plain.main(s).values()), made.alarms.mean(2), atol=1)


# Two boxes.


def test_two_boxes_by_hand() -> None:
    shown = hand.compare(Settings(), ViewSettings())
    theirs = ops.box_iou(torch.tensor([TRUE_BOX]), torch.tensor([[16.0, 9.0, 38.0, 30.0]]))
    assert shown.iou == pytest.approx(float(theirs)) and shown.predicted.tolist() == [16, 9, 38, 30]
    assert np.allclose(boxes.decode(shown.predicted[None], shown.offsets[None])[0], shown.truth)
    found = {f.key: f for f in concept.describe(shown)}
    assert found["overlap"]["shared"] == pytest.approx(16 * 18) and found["overlap"]["union"] == pytest.approx(
        22 * 24 + 22 * 21 - 288
    )
    assert "as_ignored" in found and found["anchors"]["number"] == 324 and shown.pooled.shape == (4, 4)
    equal = hand.compare(Settings(), ViewSettings(left=10, top=12, wide=22, high=24))
    assert equal.iou == 1 and concept.describe(equal)[1].key == "as_positive" and np.allclose(equal.offsets, 0)
    apart = hand.compare(Settings(sizes=1, ratios=1), ViewSettings(left=44, top=44, wide=48, high=48, grid=8))
    assert (
        apart.iou == 0
        and concept.describe(apart)[1].key == "as_negative"
        and apart.predicted.tolist() == [44, 44, 48, 48]
    )
    for shown in (equal, apart):
        assert all(
            getattr(figures, name)(shown).shape[:2] == (384, 384) for name in ("overlap", "matched", "region", "pooled")
        )


def test_drawn_boxes_are_those_around_the_strokes() -> None:
    shown = hand.compare(Settings(), ViewSettings(boxes_from="drawn", boxes=START))
    assert np.allclose(shown.truth, TRUE_BOX, atol=0.1) and np.allclose(shown.predicted, [16, 9, 38, 30], atol=0.1)
