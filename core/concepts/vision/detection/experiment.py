"""Training detectors on scenes of made shapes, with everything as it should be and with one part left out."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.ops import batched_nms

from core.concepts.vision.detection import faces
from core.concepts.vision.detection.boxes import Found, anchors, average_precision, decode, encode, iou, match
from core.concepts.vision.detection.network import by_anchor, detector
from core.concepts.vision.detection.result import CHANGED, FULL, WAYS, Result, Shapes
from core.concepts.vision.detection.settings import (
    BATCH,
    FACES,
    LEAST_SCORE,
    MEASURED,
    NMS,
    RATIOS,
    SIZES,
    TEST,
    THRESHOLDS,
    VALIDATION,
    Settings,
)
from core.data.boxed import KINDS, Boxes, scenes
from core.engine.random import generator, initialise
from core.progress import Step

SHOWN = 4  # scenes
CHUNK = 100  # scenes that are made in one go
NEGATIVES = 3  # that each positive anchor is trained with, the hardest ones
BOX_WEIGHT = 0.25  # of the loss of the offsets
OFF = 1.0  # a threshold of NMS that removes nothing

Steps = Generator[Step[Result], None, None]
Records = list[tuple[Any, ...]]  # rows of the history


def run(settings: Settings, own: np.ndarray | None = None) -> Iterator[Step[Result]]:
    """A Step after every training step of a detector. own: the learner's picture (H, W, 3), uint8."""
    return faces.run(settings, own) if settings.task == FACES else shapes(settings)


class Learner:
    """One detector of one seed, and what it is trained on: pictures x (n, 1, SIDE, SIDE) and their true boxes."""

    def __init__(self, s: Settings, seed: int, way: str, x: Tensor, truth: list[Boxes]) -> None:
        left_out = s.compare if way == CHANGED else ""
        self.balanced, self.greedy = left_out != "negatives", left_out != "greedy"
        sizes, ratios = (1, 1) if left_out == "anchors" else (s.sizes, s.ratios)
        self.anchors = anchors(SIZES[:sizes], RATIOS[:ratios])
        self.s, self.x, self.truth = s, x, truth
        self.model = initialise(detector(s.width, sizes * ratios), seed).to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.model.parameters(), s.lr)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, s.lr, total_steps=s.steps, cycle_momentum=False
        )
        self.batches, self.order = generator(seed, "batches"), torch.empty(0, dtype=torch.long)
        # Of each training scene: the class and the offsets of every anchor, and the best IoU that each true box has with one.
        self.labels, self.offsets, self.best = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()

    def prepare(self, scenes: slice) -> None:
        """Matches the anchors with the true boxes of some scenes."""
        for boxes, kinds in self.truth[scenes]:
            labels, nearest, _ = match(self.anchors, (boxes, kinds), self.s.positive, self.greedy)
            self.labels.append(labels)
            self.offsets.append(encode(self.anchors, boxes[nearest]))
            self.best.append(iou(self.anchors, boxes).max(0))

    def ready(self) -> None:
        self.y = torch.from_numpy(np.stack(self.labels)).long()
        self.to = torch.from_numpy(np.stack(self.offsets)).float()

    def step(self) -> None:
        if len(self.order) == 0:
            self.order = torch.randperm(self.s.n, generator=self.batches)[: self.s.n // BATCH * BATCH]
        rows, self.order = self.order[:BATCH], self.order[BATCH:]
        self.model.train()
        self.optimizer.zero_grad()
        losses(by_anchor(self.model(self.x[rows])), self.y[rows], self.to[rows], self.balanced).mean().backward()
        self.optimizer.step()
        self.schedule.step()

    def predict(self, x: Tensor) -> list[Found]:
        """All boxes with a score of at least LEAST_SCORE in pictures (n, 1, SIDE, SIDE), before suppression."""
        self.model.eval()
        with torch.no_grad():
            out = by_anchor(self.model(x))
        chances, boxes = (
            out[..., : len(KINDS)].softmax(-1).numpy(),
            decode(self.anchors, out[..., len(KINDS) :].numpy()),
        )
        found = []
        for chance, box in zip(chances[..., 1:], boxes, strict=True):
            every = Found(box, 1 + chance.argmax(1), chance.max(1))
            high = np.flatnonzero(every.scores >= LEAST_SCORE)
            found.append(every.part(high[np.argsort(-every.scores[high], kind="stable")]))
        return found


Learners = dict[tuple[str, int], Learner]  # by way and seed


def losses(out: Tensor, y: Tensor, to: Tensor, balanced: bool = True) -> Tensor:
    """The loss of each scene (B,), for what the network says of each anchor (B, A, OUTPUTS), classes y (B, A) and offsets to
    (B, A, 4): cross-entropy of the positive anchors and of the hardest negatives (balanced) or all of them, and smooth L1 of the
    positives' offsets, both divided by the number of positives."""
    each = F.cross_entropy(out[..., : len(KINDS)].flatten(0, 1), y.clamp(min=0).flatten(), reduction="none").view(
        y.shape
    )
    positive = y > 0
    number = positive.sum(1, keepdim=True).clamp(min=1)
    kept = y >= 0
    if balanced:
        hardest = each.detach().masked_fill(y != 0, -1).sort(1, descending=True).values
        limit = hardest.gather(1, (NEGATIVES * number - 1).clamp(max=y.shape[1] - 1))
        kept = positive | ((y == 0) & (each.detach() >= limit))
    away = F.smooth_l1_loss(out[..., len(KINDS) :], to, reduction="none").sum(2)
    return ((each * kept + BOX_WEIGHT * away * positive).sum(1, keepdim=True) / number)[:, 0]


def suppressed(found: Found, threshold: float = NMS) -> Found:
    """What non-maximum suppression leaves, class by class."""
    if threshold >= OFF or not len(found.scores):
        return found
    boxes, scores = (torch.from_numpy(a).float() for a in (found.boxes, found.scores))
    return found.part(batched_nms(boxes, scores, torch.from_numpy(found.kinds), threshold).numpy())


def shapes(s: Settings) -> Steps:
    """Both detectors of every seed, side by side; those without NMS are the full ones."""
    yield Step(0.0, doing="data")
    ways = (FULL,) if s.compare == "nms" else (FULL, CHANGED)
    learners: Learners = {}
    for seed in s.range:
        x, truth = yield from made(s, seed)
        for way in ways:
            learner = learners[way, seed] = Learner(s, seed, way, x, truth)
            for start in range(0, s.n, CHUNK):
                learner.prepare(slice(start, min(start + CHUNK, s.n)))
                yield Step(0.02, doing="data")
            learner.ready()
    marks = {round(share) for share in np.linspace(1, s.steps, MEASURED)}
    records, result, held = Records(), None, slice(s.n, s.n + VALIDATION)
    for count in range(s.steps):
        here: Step[Result] = Step(0.03 + 0.87 * count / s.steps, None if result is None else partial(same, result))
        for learner in learners.values():
            learner.step()
            yield here
        if count + 1 not in marks:
            continue
        for (way, seed), learner in learners.items():
            raw = learner.predict(learner.x[held])
            for mine in ways_of(s, way):
                value = average_precision(by_way(s, raw, mine), learner.truth[held], 0.5).mean()
                records.append((mine, seed, count + 1, "validation", "AP", float(value)))
            yield here
        result = watched(s, learners, count + 1, records)
        yield Step(here.fraction, partial(same, result))
    assert result is not None
    yield from scored(s, learners, result)


def same(result: Result) -> Result:
    return result


def made(s: Settings, seed: int) -> Generator[Step[Result], None, tuple[Tensor, list[Boxes]]]:
    """The scenes of a seed, first those to train on, then to validate on, then to test on."""
    rng, todo, xs, truth = np.random.default_rng(seed), s.n + VALIDATION + TEST, list[np.ndarray](), list[Boxes]()
    while todo:
        x, boxes = scenes(min(CHUNK, todo), s.noise, s.overlap, rng)
        xs, truth, todo = [*xs, x], [*truth, *boxes], todo - len(x)
        yield Step(0.01, doing="data")
    return torch.from_numpy(np.concatenate(xs)).to(memory_format=torch.channels_last), truth


def by_way(s: Settings, raw: list[Found], way: str) -> list[Found]:
    """What is left of boxes in pictures: all of them where NMS is what is left out."""
    return [suppressed(found, OFF if way == CHANGED and s.compare == "nms" else NMS) for found in raw]


def watched(s: Settings, learners: Learners, step: int, records: Records) -> Result:
    """What the detectors of the first seed predict in a few validation scenes after so many steps."""
    full = learners[FULL, s.seed]
    held = slice(s.n, s.n + SHOWN)
    raw = {way: learners.get((way, s.seed), full).predict(full.x[held]) for way in WAYS}
    every = [learners[FULL, seed] for seed in s.range]
    labels = np.array([[int(chosen.sum()) for chosen in (y == 0, y < 0, y > 0)] for y in (one.y for one in every)])
    uncovered = np.array([(np.concatenate(one.best) < s.positive).mean() for one in every])
    found = {way: by_way(s, raw[way], way) for way in WAYS}
    shown = Shapes(full.x[held, 0].numpy().copy(), full.truth[held], found, raw[FULL], labels, uncovered)
    history = pd.DataFrame(records, columns=["variant", "seed", "step", "split", "metric", "value"])
    return Result(s, 0.03 + 0.87 * step / s.steps, step, history, shown)


def ways_of(s: Settings, way: str) -> tuple[str, ...]:
    """Which ways the boxes of a learner stand for: both where only the suppression differs."""
    return WAYS if s.compare == "nms" else (way,)


def scored(s: Settings, learners: Learners, result: Result) -> Steps:
    """The last step: the result with all that is counted on the test scenes."""
    ending: Step[Result] = Step(0.92, partial(same, result), doing="scores")
    held = slice(s.n + VALIDATION, None)
    precision, strict, count = ({way: list[Any]() for way in WAYS} for _ in range(3))
    by_threshold, objects = np.zeros((s.seeds, len(THRESHOLDS) + 1)), np.zeros(s.seeds)
    for (way, seed), learner in learners.items():
        raw, truth = learner.predict(learner.x[held]), learner.truth[held]
        yield ending
        for mine in ways_of(s, way):
            found = by_way(s, raw, mine)
            precision[mine].append(average_precision(found, truth, 0.5))
            strict[mine].append(average_precision(found, truth, 0.75))
            count[mine].append(np.mean([len(one.scores) for one in found]))
            yield ending
        if way == FULL:
            objects[seed - s.seed] = np.mean([len(kinds) for _, kinds in truth])
            for j, threshold in enumerate((*THRESHOLDS, OFF)):
                left = [suppressed(one, threshold) for one in raw]
                by_threshold[seed - s.seed, j] = average_precision(left, truth, 0.5).mean()
                yield ending
    assert result.shapes is not None
    scores = [{way: np.array(rows) for way, rows in table.items()} for table in (precision, strict, count)]
    made = replace(result.shapes, precision=scores[0], strict=scores[1], count=scores[2])
    complete = replace(result, fraction=1.0, shapes=replace(made, by_threshold=by_threshold, objects=objects))
    yield Step(1.0, partial(same, complete))
