"""An ablation: a recipe, each component removed, and each component alone."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from core.data.arrays import digits, mnist5k
from core.data.checks import split_indices, stratified_rows
from core.data.points import POINTS
from core.data.shift import shifted
from core.engine.networks import Dropout
from core.engine.random import generator

JITTER = 0.1  # standard deviation by which augmentation moves points
PICTURES = {"digits": digits, "mnist5k": mnist5k}


def split(s, seed):
    """Training and test examples of a seed: x, y, x_test, y_test."""
    if s.data in POINTS:
        x, y = POINTS[s.data](s.n + 3000, s.noise, seed)
        order = np.random.default_rng(seed).permutation(len(y))
        x, y = torch.tensor(x)[order], torch.tensor(y)[order]
        return x[: s.n], y[: s.n], x[s.n + 1000 :], y[s.n + 1000 :]
    x, y = (torch.tensor(part) for part in PICTURES[s.data]())
    if x.shape[-1] == 28:
        x = F.avg_pool2d(x, 2)
    train, _, test = split_indices(y.numpy(), 0)
    train = train[stratified_rows(y.numpy()[train], s.n, seed)]
    return x[train], y[train], x[test], y[test]


class Net(nn.Module):
    def __init__(self, s, parts, features, classes, noise):
        super().__init__()

        def hidden(inputs):
            layers = [nn.Linear(inputs, s.width)]
            if "batch norm" in parts:
                layers.append(nn.BatchNorm1d(s.width))
            layers.append(nn.ReLU())
            if "dropout" in parts:
                layers.append(Dropout(s.dropout, noise))
            return nn.Sequential(*layers)

        self.first = hidden(features)
        self.residual = "residual" in parts
        self.blocks = nn.ModuleList(hidden(s.width) for _ in range(s.depth))
        self.last = nn.Linear(s.width, classes)

    def forward(self, x):
        x = self.first(x.flatten(1))
        for block in self.blocks:
            x = x + block(x) if self.residual else block(x)
        return self.last(x)


def fit(s, seed, parts):
    """Test accuracy of one variant and seed."""
    x, y, x_test, y_test = split(s, seed)
    classes = 10 if s.data in PICTURES else int(y.max()) + 1
    torch.manual_seed(seed)
    model = Net(s, parts, x[0].numel(), classes, generator(seed, "dropout"))
    momentum = s.momentum if "momentum" in parts else 0.0
    lr = s.lr / (1 - s.momentum) if s.fair and "momentum" not in parts else s.lr
    decay = s.decay if "weight decay" in parts else 0.0
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum, weight_decay=decay)
    batches, moves = generator(seed, "batches"), generator(seed, "augmentation")
    size = min(s.batch, len(x))
    steps = len(x) // size
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, s.epochs * steps) if "schedule" in parts else None
    for _ in range(s.epochs):
        order = torch.randperm(len(x), generator=batches)
        for i in range(steps):
            rows = order[i * size : (i + 1) * size]
            inputs = x[rows]
            if "augmentation" in parts and s.data in PICTURES:
                inputs = shifted(inputs, s.shift, moves)
            elif "augmentation" in parts:
                inputs = inputs + JITTER * torch.randn(inputs.shape, generator=moves)
            optimizer.zero_grad()
            F.cross_entropy(model(inputs), y[rows]).backward()
            optimizer.step()
            if schedule is not None:
                schedule.step()
    model.eval()
    with torch.no_grad():
        return (model(x_test).argmax(1) == y_test).float().mean().item()


def main(settings: Any) -> dict[str, list[float]]:
    """Print the test accuracy of every variant, and what each component is worth."""
    s = settings
    torch.set_num_threads(1)
    variants = {"full recipe": list(s.parts), "bare": []}
    variants |= {f"without {p}": [q for q in s.parts if q != p] for p in s.parts}
    variants |= {f"only {p}": [p] for p in s.parts}
    scores = {}
    for name, parts in variants.items():
        scores[name] = [fit(s, seed, parts) for seed in range(s.seed, s.seed + s.seeds)]
        print(f"{name}: test accuracy {np.mean(scores[name]):.4f}", flush=True)
    for part in s.parts:
        within = np.mean(scores["full recipe"]) - np.mean(scores[f"without {part}"])
        alone = np.mean(scores[f"only {part}"]) - np.mean(scores["bare"])
        print(f"{part} is worth {within:+.4f} within the full recipe, {alone:+.4f} alone")
    return scores
