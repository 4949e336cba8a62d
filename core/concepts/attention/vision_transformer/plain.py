"""A vision transformer beside a CNN with as many parameters, on few digits, on many, and on many with shuffled patches."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from core.data.arrays import mnist5k
from core.data.checks import split_indices
from core.engine.networks import ClassToken, First, Positions, Residual, SelfAttention
from core.engine.random import generator

MEAN, SPREAD = 0.1307, 0.3081  # of MNIST's pixels
MANY, BATCH, D, HIDDEN = 3000, 32, 32, 72
STARTS = {"wide": 1.0, "narrow": 0.02}


def patches(x):
    """Digits (n, 1, 28, 28) -> 16 patches of 7x7 pixels, row by row (n, 16, 49)."""
    return nn.functional.unfold(x, 7, stride=7).transpose(1, 2)


def pictures(p):
    return nn.functional.fold(p.transpose(1, 2), 28, 7, stride=7)


def vit(s):
    layers = [nn.Linear(49, D), ClassToken(D)]
    if s.positions in STARTS:
        layers.append(Positions(17, D, std=STARTS[s.positions]))
    for i in range(s.blocks):
        layers.append(Residual(nn.LayerNorm(D), SelfAttention(D, s.heads)))
        if i == s.blocks - 1:
            layers.append(First())  # from here on only the class token is read
        layers.append(Residual(nn.LayerNorm(D), nn.Linear(D, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, D)))
    return nn.Sequential(*layers, nn.LayerNorm(D), nn.Linear(D, 10))


def cnn(s):
    last = 24 * s.blocks
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, 2, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, last, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(9 * last, 10),
    )  # fmt: skip


def factor(step, total):
    """Of the learning rate: up in a straight line, then down along half a cosine."""
    warm = max(1, int(0.1 * total))
    return (step + 1) / warm if step < warm else 0.5 * (1 + math.cos(math.pi * (step - warm) / (total - warm)))


def train(s, seed, build, x, y):
    torch.manual_seed(seed)
    model = build(s)
    optimizer = torch.optim.Adam(model.parameters(), s.lr)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: factor(step, s.steps))
    numbers, order = generator(seed, "batches"), torch.empty(0, dtype=torch.long)
    for _ in range(s.steps):
        if len(order) < BATCH:
            order = torch.randperm(len(x), generator=numbers)[: len(x) // BATCH * BATCH]
        rows, order = order[:BATCH], order[BATCH:]
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def main(settings: SimpleNamespace) -> dict[tuple[str, str], list[float]]:
    """Train all networks and print the validation accuracy of each kind in each condition."""
    s = settings
    torch.set_num_threads(1)
    x, y = mnist5k()
    rows, held, _ = split_indices(y, 0)
    x, y = (torch.from_numpy(x).float() - MEAN) / SPREAD, torch.from_numpy(y)
    whole = patches(x)
    moved = whole[:, torch.randperm(16, generator=generator(s.seed, "patches"))]
    found = {}
    for name, build in (("ViT", vit), ("CNN", cnn)):
        for condition, n in (("few", s.few), ("many", MANY), ("shuffled", MANY)):
            data = moved if condition == "shuffled" else whole
            data = data if build is vit else pictures(data)
            right = []
            for seed in range(s.seed, s.seed + s.seeds):
                model = train(s, seed, build, data[rows[:n]], y[rows[:n]])
                with torch.no_grad():
                    right.append(float((model(data[held]).argmax(1) == y[held]).float().mean()))
            found[name, condition] = right
            print(f"{name}, {n} digits, {condition}: validation accuracy {np.mean(right):.4f}")
    return found
