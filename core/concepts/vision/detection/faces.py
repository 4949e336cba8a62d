"""Training a classifier on scikit-image's patches of faces, sliding it over photographs, and learning from its false alarms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd
import skimage.data
import torch
from skimage.color import rgb2gray
from skimage.feature import Cascade
from skimage.transform import resize
from torch import Tensor
from torch.nn import functional as F
from torchvision.ops import nms

from core.concepts.vision.detection.boxes import Found, iou
from core.concepts.vision.detection.network import face_classifier
from core.concepts.vision.detection.result import Faces, Result
from core.concepts.vision.detection.settings import GIVEN, Settings
from core.data.pictures import PHOTOS, photo
from core.engine.random import generator, initialise
from core.progress import Step

WINDOW, STRIDE = 25, 4  # pixels
SIDE = 256  # of a photograph, its longer one
ZOOM = 1.2  # from one size of the photograph to the next
LARGEST = 0.9  # of a window, as a share of the photograph's shorter side
OVERLAP = 0.3  # IoU over which the lower of two boxes is removed
HELD_OUT = 30  # patches of each class, of 100
POSITIVES, NEGATIVES = 16, 32  # patches in a batch
HARD = 60  # windows at most that a photograph adds in a round
NEAR = -1.0  # score over which a window of a photograph without a face is a hard negative
GOOD = 0.4  # IoU with the true face from which a box has found it
FACE = np.array([88.0, 30.0, 140.0, 82.0])  # of the astronaut, at this size of the photograph
MINED = ("cat", "temple", "brick", "gravel", "immunohistochemistry")  # photographs that hard negatives are taken from
MEASURED = ("coffee", "rocket", "flower", "clock", "page", "moon")  # photographs that false alarms are counted in
SAMPLES = 12  # hard negatives that are shown
EVERY = 25  # steps between two measurements


def run(s: Settings, own: np.ndarray | None = None) -> Iterator[Step[Result]]:
    """Train the classifiers of all seeds, then again with their false alarms as negatives, `rounds` times."""
    yield Step(0.0, doing="data")
    given = s.picture in GIVEN and own is not None
    picture = sized(own if given and own is not None else photo(s.picture))
    levels = pyramid(grey(picture))
    yield Step(0.0, doing="data")
    pyramids = {}
    for name in (*MINED, *MEASURED):
        pyramids[name] = photograph(name)
        yield Step(0.01, doing="data")
    cascade = cascaded(picture)
    yield Step(0.01, doing="data")
    alarms = []
    for name in MEASURED:
        alarms.append(len(cascaded(pyramids[name][0].numpy()[0, 0]).scores))
        yield Step(0.02, doing="data")
    learners = [Learner(s, seed) for seed in s.range]
    shape = s.seeds, 1 + s.rounds
    made = Faces(
        picture=picture,
        truth=None if given else FACE,
        found=[],
        cascade=cascade,
        mined=np.zeros((0, WINDOW, WINDOW)),
        counts=np.zeros((s.seeds, s.rounds), int),
        recall=np.full(shape, np.nan),
        rejected=np.full(shape, np.nan),
        alarms=np.full((*shape, len(MEASURED)), np.nan),
        hit=np.full(shape, np.nan),
        cascade_alarms=np.array(alarms),
        windows=round(float(np.mean([windows(pyramids[name]) for name in MEASURED]))),
    )
    lengths = [s.steps] + [s.steps // 2] * s.rounds
    records, done, first, total = list[tuple[Any, ...]](), 0, 0, sum(lengths) * s.seeds
    result = Result(s, 0.02, 0, history(records), faces=made)
    for round_, steps in enumerate(lengths):
        for k, learner in enumerate(learners):
            learner.begin(steps)
            for count in range(steps):
                learner.step()
                done += 1
                if (count + 1) % EVERY == 0 or count + 1 == steps:
                    right = learner.right()
                    at = sum(lengths[:round_]) + count + 1
                    records.append((f"round {round_}", learner.seed, at, "held-out", "accuracy", float(np.mean(right))))
                    made.recall[k, round_], made.rejected[k, round_] = right
                    if k == 0:
                        first = at
                        made = replace(made, found=[*made.found[:round_], slid(learner.model, levels)])
                    result = Result(s, 0.02 + 0.97 * done / total, first, history(records), faces=made)
                yield Step(0.02 + 0.97 * done / total, partial(copied, result))
            for i, name in enumerate(MEASURED):
                made.alarms[k, round_, i] = len(slid(learner.model, pyramids[name]).scores)
                yield Step(result.fraction, partial(copied, result))
            if not given:
                made.hit[k, round_] = found_it(slid(learner.model, levels))
            for name in MINED if round_ < s.rounds else ():
                made.counts[k, round_] += learner.mine(pyramids[name])
                yield Step(result.fraction, partial(copied, result))
            if k == 0 and round_ < s.rounds:
                made = replace(made, mined=learner.samples())
    result = Result(s, 1.0, sum(lengths), history(records), faces=made)
    yield Step(1.0, partial(copied, result))


def copied(result: Result) -> Result:
    """A result that does not change while the run goes on."""
    made = result.faces
    assert made is not None
    arrays = {name: getattr(made, name).copy() for name in ("recall", "rejected", "alarms", "hit", "counts")}
    return replace(result, faces=replace(made, **arrays))


def history(records: list[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(records, columns=["variant", "seed", "step", "split", "metric", "value"])


class Learner:
    """The classifier of one seed, and its patches: x (n, 1, 25, 25) and y (n,), 1 for a face."""

    def __init__(self, s: Settings, seed: int) -> None:
        self.s, self.seed = s, seed
        self.model = initialise(face_classifier(s.width // 2), seed)
        self.noise = generator(seed, "patches")
        patches = torch.from_numpy(skimage.data.lfw_subset().astype(np.float32))[:, None]  # 100 faces, then 100 others
        order = np.random.default_rng(seed).permutation(100)
        held, kept = order[:HELD_OUT], order[HELD_OUT:]
        self.held = patches[np.concatenate([held, 100 + held])]
        self.faces, self.others = patches[kept], patches[100 + kept]

    def begin(self, steps: int) -> None:
        """A new learning-rate schedule; the weights stay."""
        self.model.train()
        self.optimizer = torch.optim.Adam(self.model.parameters(), self.s.lr)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, self.s.lr, total_steps=steps, cycle_momentum=False
        )

    def step(self) -> None:
        drawn = [self.draw(self.faces, POSITIVES), self.draw(self.others, NEGATIVES)]
        y = torch.cat([torch.ones(POSITIVES), torch.zeros(NEGATIVES)])
        self.optimizer.zero_grad()
        scores = self.model(changed(torch.cat(drawn), self.noise)).flatten()
        F.binary_cross_entropy_with_logits(scores, y).backward()
        self.optimizer.step()
        self.schedule.step()

    def draw(self, patches: Tensor, n: int) -> Tensor:
        return patches[torch.randint(len(patches), (n,), generator=self.noise)]

    def right(self) -> tuple[float, float]:
        """Share of held-out faces that are recognised, and of other held-out patches that are rejected."""
        self.model.eval()
        with torch.no_grad():
            face = self.model(self.held).flatten() > 0
        self.model.train()
        return float(face[:HELD_OUT].float().mean()), float((~face[HELD_OUT:]).float().mean())

    def mine(self, levels: list[Tensor]) -> int:
        """Adds the highest-scored windows of a photograph without a face to the negatives; how many."""
        windows = slid(self.model, levels, NEAR, HARD)
        new = [cut(levels, box) for box in windows.boxes]
        self.others = torch.cat([self.others, *new])
        return len(new)

    def samples(self) -> np.ndarray:
        """Some of the negatives that were added."""
        added = self.others[100 - HELD_OUT :, 0].numpy()
        return np.array(added[np.linspace(0, len(added) - 1, min(SAMPLES, len(added))).astype(int)])


def changed(x: Tensor, noise: torch.Generator) -> Tensor:
    """Patches (n, 1, 25, 25), half of them mirrored, each with another contrast and brightness."""
    n = len(x)
    x = torch.where(torch.rand(n, 1, 1, 1, generator=noise) < 0.5, x.flip(3), x)
    contrast, shift = 0.5 + torch.rand(n, 1, 1, 1, generator=noise), 0.4 * torch.rand(n, 1, 1, 1, generator=noise) - 0.2
    mean = x.mean((1, 2, 3), keepdim=True)
    return (x - mean) * contrast + mean + shift


def sized(picture: np.ndarray) -> np.ndarray:
    """A photograph (H, W) or (H, W, 3) as uint8, its longer side SIDE."""
    share = SIDE / max(picture.shape[:2])
    high, wide = (max(WINDOW, round(side * share)) for side in picture.shape[:2])
    return np.asarray((255 * resize(picture, (high, wide), anti_aliasing=True)).round().astype(np.uint8))


def grey(picture: np.ndarray) -> np.ndarray:
    """A photograph in shades of grey, (H, W) in [0, 1]."""
    return np.asarray(rgb2gray(picture) if picture.ndim == 3 else picture / 255, np.float32)


def pyramid(plane: np.ndarray) -> list[Tensor]:
    """A photograph (H, W) in sizes from its own down to where a window holds most of it: (1, 1, h, w) each."""
    whole, levels, share = torch.from_numpy(plane)[None, None], list[Tensor](), 1.0
    while not levels or share * min(plane.shape) >= WINDOW / LARGEST:
        sizes = [round(share * side) for side in plane.shape]
        levels.append(whole if share == 1 else F.interpolate(whole, sizes, mode="bilinear", antialias=True))
        share /= ZOOM
    return levels


@lru_cache(maxsize=len(MINED) + len(MEASURED))
def photograph(name: str) -> list[Tensor]:
    """The sizes of a photograph that shows no face."""
    return pyramid(grey(sized(photo(name) if name in PHOTOS else getattr(skimage.data, name)())))


def windows(levels: list[Tensor]) -> int:
    """How many windows of a photograph are classified, in all sizes."""
    sides = [[(((side - 3) // 2 + 1 - 3) // 2 + 1) - 4 for side in level.shape[2:]] for level in levels]
    return sum(high * wide for high, wide in sides)


def slid(model: torch.nn.Module, levels: list[Tensor], least: float = 0.0, most: int = 200) -> Found:
    """The windows of a photograph with a score over `least`, the highest first, without those that overlap a higher one."""
    was, boxes, scores = model.training, [], []
    model.eval()
    for level in levels:
        with torch.no_grad():
            score = model(level)[0, 0]
        row, column = torch.nonzero(score > least, as_tuple=True)
        corner = torch.stack([column, row, column, row], 1) * STRIDE + torch.tensor([0, 0, WINDOW, WINDOW])
        boxes.append(corner * (levels[0].shape[3] / level.shape[3]))
        scores.append(score[row, column])
    model.train(was)
    box, score = torch.cat(boxes).float(), torch.cat(scores)
    kept = nms(box, score, OVERLAP)[:most]
    return Found(box[kept].numpy(), np.ones(len(kept), int), score[kept].sigmoid().numpy())


def cut(levels: list[Tensor], box: np.ndarray) -> Tensor:
    """The patch (1, 1, 25, 25) under a window that `slid` gave."""
    share = WINDOW / (box[2] - box[0])
    level = min(levels, key=lambda one: abs(one.shape[3] / levels[0].shape[3] - share))
    corner = (box[:2] * level.shape[3] / levels[0].shape[3]).round().astype(int)
    left, top = (min(int(v), side - WINDOW) for v, side in zip(corner, (level.shape[3], level.shape[2]), strict=True))
    return level[..., top : top + WINDOW, left : left + WINDOW]


def found_it(found: Found) -> bool:
    """Whether one of the boxes overlaps the astronaut's face well."""
    return bool(len(found.boxes)) and bool((iou(found.boxes, FACE[None]) >= GOOD).any())


def cascaded(picture: np.ndarray) -> Found:
    """What scikit-image's cascade of local binary patterns, trained by others on many faces, finds in a photograph."""
    plane = picture if picture.dtype == np.uint8 else (255 * picture).astype(np.uint8)
    most = int(LARGEST * min(plane.shape[:2]))
    cascade = Cascade(skimage.data.lbp_frontal_face_cascade_filename())
    boxes = cascade.detect_multi_scale(plane, ZOOM, 1, (WINDOW - 1, WINDOW - 1), (most, most))
    corners = [(b["c"], b["r"], b["c"] + b["width"], b["r"] + b["height"]) for b in boxes]
    return Found(np.array(corners, float).reshape(-1, 4), np.ones(len(boxes), int), np.ones(len(boxes)))
