"""Both networks of every seed, trained one after the other on scenes of made shapes."""

import math
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from core.data.shapes import CLASSES, scenes
from core.engine.networks import Summed, Upsampling
from core.engine.random import generator

BATCH, VALIDATION, TEST = 8, 24, 60


def block(channels, out, stride):
    return nn.Sequential(nn.Conv2d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU())


def network(s, skip):
    """A fully convolutional network: (B, 1, H, W) -> scores (B, classes, H, W)."""
    depth, learned, classes = int(math.log2(s.stride)), s.kernels == "learned", len(CLASSES)
    channels = [1, *(s.width * min(2**i, 4) for i in range(depth))]

    def below(i):
        if i == depth:
            return nn.Sequential(block(channels[i], channels[i], 1), nn.Conv2d(channels[i], classes, 1))
        down = block(channels[i], channels[i + 1], 2)
        if not skip:
            return nn.Sequential(down, below(i + 1))
        deeper = below(i + 1)
        if i + 1 < depth:  # the scores from below, and those of the finer maps themselves
            deeper = Summed([deeper, nn.Conv2d(channels[i + 1], classes, 1)])
        return nn.Sequential(down, deeper, Upsampling(classes, 2, learned))

    return below(0) if skip else nn.Sequential(below(0), Upsampling(classes, s.stride, learned))


def train(s, seed, x, y, skip):
    torch.manual_seed(seed)
    model = network(s, skip)
    optimizer = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=s.lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, s.lr, total_steps=s.steps, cycle_momentum=False)
    batches, order = generator(seed, "batches"), torch.empty(0, dtype=torch.long)
    for _ in range(s.steps):
        if len(order) == 0:
            order = torch.randperm(s.n, generator=batches)[: s.n // BATCH * BATCH]
        rows, order = order[:BATCH], order[BATCH:]
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def mean_iou(predicted, truth):
    """Intersection over union of each class, counted over all pixels; then the mean over the classes."""
    pairs = [(predicted == c, truth == c) for c in range(len(CLASSES))]
    return float(np.mean([float((a & b).sum() / max(1, int((a | b).sum()))) for a, b in pairs]))


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Train all networks and print the mean IoU of each on test scenes."""
    s = settings
    torch.set_num_threads(1)
    found = {"no skip": [], "skip": []}
    for seed in range(s.seed, s.seed + s.seeds):
        made = scenes(s.n + VALIDATION + TEST, s.noise, s.size, np.random.default_rng(seed))
        x, y = torch.from_numpy(made[0]), torch.from_numpy(made[1]).long()
        for name, skip in (("no skip", False), ("skip", True)):
            model = train(s, seed, x, y, skip)
            with torch.no_grad():
                predicted = model(x[-TEST:]).argmax(1)
            found[name].append(mean_iou(predicted, y[-TEST:]))
            print(f"seed {seed}, {name}: mean IoU {found[name][-1]:.4f}")
    return found
