"""Detectors of shapes or of faces, trained one after the other in plain PyTorch, with the box operations of torchvision."""

from types import SimpleNamespace

import numpy as np
import skimage.data
import torch
from skimage.color import rgb2gray
from skimage.transform import resize
from sklearn.datasets import load_sample_image
from torch import nn
from torch.nn import functional as F
from torchvision.ops import batched_nms, box_iou, nms

from core.data.boxed import SIDE, scenes
from core.engine.random import generator

BATCH, VALIDATION, TEST = 16, 24, 80


def block(channels, out, stride, padding=1):
    return nn.Sequential(nn.Conv2d(channels, out, 3, stride, padding, bias=False), nn.BatchNorm2d(out), nn.ReLU())


def trainer(model, s, steps):
    optimizer = torch.optim.Adam(model.parameters(), s.lr)
    return optimizer, torch.optim.lr_scheduler.OneCycleLR(optimizer, s.lr, total_steps=steps, cycle_momentum=False)


def step(optimizer, schedule, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()


# Shapes: a detector with anchors.


def make_anchors(sizes, ratios):
    at = (torch.arange(SIDE // 8, dtype=torch.float64) + 0.5) * 8
    y, x = torch.meshgrid(at, at, indexing="ij")
    made = []
    for size in sizes:
        for ratio in ratios:
            half = torch.tensor([size * ratio**0.5, size / ratio**0.5], dtype=torch.float64) / 2
            made.append(
                torch.cat([torch.stack([x, y], -1).reshape(-1, 2) - half] * 2, 1) + torch.cat([0 * half, 2 * half])
            )
    return torch.cat(made)


def match(anchors, boxes, kinds, positive, greedy):
    """The class of each anchor (0: negative, -1: ignored) and its offsets."""
    iou = box_iou(anchors, boxes)
    most, nearest = iou.max(1)
    labels = torch.where(most >= positive, kinds[nearest], torch.where(most < positive - 0.1, 0, -1))
    for _ in range(len(boxes) if greedy else 0):
        i, j = divmod(int(iou.argmax()), len(boxes))
        labels[i], nearest[i] = kinds[j], j
        iou[i], iou[:, j] = -1, -1
    size, wanted = anchors[:, 2:] - anchors[:, :2], (boxes[:, 2:] - boxes[:, :2])[nearest]
    shift = (boxes[nearest].view(-1, 2, 2).mean(1) - anchors.view(-1, 2, 2).mean(1)) / size
    return labels, torch.cat([shift / 0.1, (wanted / size).log() / 0.2], 1).float()


def detection_loss(out, y, offsets, balanced):
    each = F.cross_entropy(out[..., :4].transpose(1, 2), y.clamp(min=0), reduction="none")
    positive = y > 0
    number = positive.sum(1, keepdim=True).clamp(min=1)
    kept = y >= 0
    if balanced:  # the three negatives of the highest loss for each positive
        hardest = each.detach().masked_fill(y != 0, -1).sort(1, descending=True).values
        limit = hardest.gather(1, (3 * number - 1).clamp(max=y.shape[1] - 1))
        kept = positive | ((y == 0) & (each.detach() >= limit))
    away = F.smooth_l1_loss(out[..., 4:], offsets, reduction="none").sum(2)
    return ((each * kept + 0.25 * away * positive).sum(1, keepdim=True) / number).mean()


def average_precision(found, truth):
    """Mean over the classes, at IoU 0.5. found: boxes, classes and scores of each picture, the highest score first."""
    areas = []
    for kind in (1, 2, 3):
        rows, there = [], 0
        for (boxes, kinds, scores), (true, labels) in zip(found, truth, strict=True):
            true, taken = true[labels == kind], set()
            there += len(true)
            overlaps = box_iou(boxes[kinds == kind], true).tolist()
            for overlap, score in zip(overlaps, scores[kinds == kind].tolist(), strict=True):
                best = max(overlap, default=0)
                rows.append((score, best >= 0.5 and overlap.index(best) not in taken))
                taken |= {overlap.index(best)} if best >= 0.5 else set()
        right = np.array([hit for _, hit in sorted(rows, key=lambda row: -row[0])], bool)
        precision = right.cumsum() / np.arange(1, len(right) + 1)
        areas.append(sum(precision[i:].max() for i in np.flatnonzero(right)) / max(1, there))
    return float(np.mean(areas))


def detect_shapes(s, seed, left_out):
    made, boxes = scenes(s.n + VALIDATION + TEST, s.noise, s.overlap, np.random.default_rng(seed))
    x = torch.from_numpy(made).to(memory_format=torch.channels_last)
    truth = [(torch.from_numpy(b), torch.from_numpy(k)) for b, k in boxes]
    sizes, ratios = (14.0, 9.0, 21.0)[: s.sizes], (1.0, 2.0, 0.5)[: s.ratios]
    if left_out == "anchors":
        sizes, ratios = sizes[:1], ratios[:1]
    anchors, w, cell = make_anchors(sizes, ratios), s.width, len(sizes) * len(ratios)
    matched = [match(anchors, *one, s.positive, left_out != "greedy") for one in truth[: s.n]]
    y, offsets = (torch.stack(part) for part in zip(*matched, strict=True))
    torch.manual_seed(seed)
    blocks = [block(1, w, 2), block(w, 2 * w, 2), block(2 * w, 4 * w, 2), block(4 * w, 4 * w, 1)]
    model = nn.Sequential(*blocks, nn.Conv2d(4 * w, cell * 8, 1)).to(memory_format=torch.channels_last)

    def by_anchor(pictures):
        return model(pictures).unflatten(1, (cell, 8)).flatten(3).transpose(2, 3).flatten(1, 2)

    training, batches, order = trainer(model, s, s.steps), generator(seed, "batches"), torch.empty(0, dtype=torch.long)
    for _ in range(s.steps):
        if len(order) == 0:
            order = torch.randperm(s.n, generator=batches)[: s.n // BATCH * BATCH]
        rows, order = order[:BATCH], order[BATCH:]
        step(*training, detection_loss(by_anchor(x[rows]), y[rows], offsets[rows], left_out != "negatives"))
    model.eval()
    with torch.no_grad():
        out = by_anchor(x[-TEST:])
    chances, found = out[..., :4].softmax(2)[..., 1:], []
    size, middle = anchors[:, 2:] - anchors[:, :2], anchors.view(-1, 2, 2).mean(1)
    for chance, t in zip(chances, out[..., 4:], strict=True):
        centre, half = middle + 0.1 * t[:, :2] * size, size * (0.2 * t[:, 2:].clamp(-20, 20)).exp() / 2
        score, kind = chance.max(1)
        order = score.argsort(descending=True, stable=True)
        order = order[score[order] >= 0.05]
        box, kind, score = torch.cat([centre - half, centre + half], 1)[order], kind[order] + 1, score[order]
        kept = torch.arange(len(box)) if left_out == "nms" else batched_nms(box.float(), score, kind, 0.45)
        found.append((box[kept], kind[kept], score[kept]))
    return average_precision(found, truth[-TEST:])


# Faces: a classifier of patches that slides over photographs.


def pyramid(picture):
    """A photograph as grey pictures (1, 1, h, w), each 1.2 times smaller than the one before."""
    share = 256 / max(picture.shape[:2])
    sides = [max(25, round(side * share)) for side in picture.shape[:2]]
    whole = (255 * resize(picture, sides, anti_aliasing=True)).round().astype(np.uint8)
    plane = np.asarray(rgb2gray(whole) if whole.ndim == 3 else whole / 255, np.float32)
    whole, levels, share = torch.from_numpy(plane)[None, None], [], 1.0
    while not levels or share * min(plane.shape) >= 25 / 0.9:
        sides = [round(share * side) for side in plane.shape]
        levels.append(whole if share == 1 else F.interpolate(whole, sides, mode="bilinear", antialias=True))
        share /= 1.2
    return levels


def slide(model, levels, least=0.0, most=200):
    """Level and corner of each window with a score over `least`, without those that overlap a higher one."""
    model.eval()
    boxes, scores, places = [], [], []
    for number, level in enumerate(levels):
        with torch.no_grad():
            score = model(level)[0, 0]
        row, column = torch.nonzero(score > least, as_tuple=True)
        corner = torch.stack([column, row, column, row], 1) * 4 + torch.tensor([0, 0, 25, 25])
        boxes.append(corner * (levels[0].shape[3] / level.shape[3]))
        scores.append(score[row, column])
        places += [(number, 4 * int(r), 4 * int(c)) for r, c in zip(row, column, strict=True)]
    model.train()
    return [places[i] for i in nms(torch.cat(boxes).float(), torch.cat(scores), 0.3)[:most]]


def cut(levels, place):
    number, top, left = place
    high, wide = levels[number].shape[2:]
    top, left = min(top, high - 25), min(left, wide - 25)
    return levels[number][..., top : top + 25, left : left + 25]


def changed(x, noise):
    """Half of the patches mirrored, each with another contrast and brightness."""
    n = len(x)
    x = torch.where(torch.rand(n, 1, 1, 1, generator=noise) < 0.5, x.flip(3), x)
    contrast, shift = 0.5 + torch.rand(n, 1, 1, 1, generator=noise), 0.4 * torch.rand(n, 1, 1, 1, generator=noise) - 0.2
    mean = x.mean((1, 2, 3), keepdim=True)
    return (x - mean) * contrast + mean + shift


def detect_faces(s, seed, mined, measured):
    """False boxes a photograph without a face: before the hard negatives, and after each round of them."""
    patches = torch.from_numpy(skimage.data.lfw_subset().astype(np.float32))[:, None]
    kept = np.random.default_rng(seed).permutation(100)[30:]
    faces, others, noise, w = patches[kept], patches[100 + kept], generator(seed, "patches"), s.width // 2
    torch.manual_seed(seed)
    blocks = [block(1, w, 2, 0), block(w, 2 * w, 2, 0), block(2 * w, 2 * w, 1, 0)]
    model, alarms = nn.Sequential(*blocks, nn.Conv2d(2 * w, 1, 3)), []
    y = torch.cat([torch.ones(16), torch.zeros(32)])
    for round_ in range(1 + s.rounds):
        steps = s.steps if round_ == 0 else s.steps // 2
        training = trainer(model, s, steps)
        for _ in range(steps):
            drawn = [part[torch.randint(len(part), (n,), generator=noise)] for part, n in ((faces, 16), (others, 32))]
            scores = model(changed(torch.cat(drawn), noise)).flatten()
            step(*training, F.binary_cross_entropy_with_logits(scores, y))
        alarms.append(float(np.mean([len(slide(model, levels)) for levels in measured])))
        if round_ < s.rounds:
            new = [cut(levels, place) for levels in mined for place in slide(model, levels, -1.0, 60)]
            others = torch.cat([others, *new])
    return alarms


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Train all detectors and print the AP of each on test scenes, or the false boxes a photograph after each round."""
    s = settings
    torch.set_num_threads(1)
    seeds = range(s.seed, s.seed + s.seeds)
    if s.task == "shapes":
        found = {"full": [], "changed": []}
        for seed in seeds:
            for way in found:
                found[way].append(detect_shapes(s, seed, s.compare if way == "changed" else ""))
                print(f"seed {seed}, {way}: AP {found[way][-1]:.4f}")
        return found
    data = skimage.data
    mined = [data.chelsea(), load_sample_image("china.jpg"), data.brick(), data.gravel(), data.immunohistochemistry()]
    measured = [data.coffee(), data.rocket(), load_sample_image("flower.jpg"), data.clock(), data.page(), data.moon()]
    mined, measured = ([pyramid(picture) for picture in pictures] for pictures in (mined, measured))
    found = {}
    for seed in seeds:
        found[str(seed)] = detect_faces(s, seed, mined, measured)
        print(f"seed {seed}: {', '.join(f'{n:.1f}' for n in found[str(seed)])} false boxes a photograph")
    return found
