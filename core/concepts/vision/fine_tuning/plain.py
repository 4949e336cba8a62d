"""Every way, label count and seed trained one after the other."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from core.data.arrays import mnist5k
from core.data.checks import split_indices, stratified_rows
from core.engine.random import generator


def load(settings):
    """Training digits 0 to 4 (three noisy copies of each), labelled and test digits 5 to 9, these called 0 to 4."""
    x, y = (torch.from_numpy(part) for part in mnist5k())
    x = F.avg_pool2d(x, 2)
    train, validation, test = split_indices(y.numpy(), 0)
    noise = generator(settings.seed, "noise")
    parts = []
    for rows, times in ((train, 3), (np.concatenate([validation, test]), 1)):
        for own, copies, first in ((y[rows] < 5, times, 0), (y[rows] >= 5, 1, 5)):
            clean = x[rows][own].repeat(copies, 1, 1, 1)
            noisy = clean + settings.noise * torch.randn(clean.shape, generator=noise)
            parts.append((noisy, (y[rows][own] - first).repeat(copies)))
    source, labelled, _, target_test = parts
    return source, labelled, target_test


def build(seed):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 5),
    )  # fmt: skip


def fit(model, groups, x, y, seed, batch, steps):
    """Train with Adam; groups: parameters with their learning rates."""
    optimizer = torch.optim.Adam(groups)
    batches = generator(seed, "batches")
    order = torch.empty(0, dtype=torch.long)
    for _ in range(steps):
        if len(order) == 0:
            order = torch.randperm(len(x), generator=batches)[: len(x) // batch * batch]
        rows, order = order[:batch], order[batch:]
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()


def adapt(settings, way, source, x, y, seed, batch):
    """A network for the target task: from scratch, or with the first layers of `source`, frozen or fine-tuned."""
    s = settings
    model = build(seed)
    layers = [layer for layer in model if list(layer.parameters())]
    if way == "scratch":
        groups = [{"params": model.parameters(), "lr": s.lr}]
    else:
        learnt = [layer for layer in source if list(layer.parameters())]
        for layer, old in zip(layers[: s.copied], learnt, strict=False):
            layer.load_state_dict(old.state_dict())
            layer.requires_grad_(way == "fine-tuned")
        groups = [{"params": nn.ModuleList(layers[s.copied :]).parameters(), "lr": s.lr}]
        if way == "fine-tuned":
            groups.append({"params": nn.ModuleList(layers[: s.copied]).parameters(), "lr": s.body * s.lr})
    fit(model, groups, x, y, seed, batch, s.steps)
    return model


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Train everything and print the mean accuracy of each way at each number of labels."""
    s = settings
    torch.set_num_threads(1)
    (source_x, source_y), (x, y), (test_x, test_y) = load(s)
    sizes = (s.labels // 10, s.labels // 4, s.labels // 2, s.labels)
    ways = ("scratch", "frozen", "fine-tuned")
    scores = {way: np.zeros((len(sizes), s.seeds)) for way in ways}
    for i in range(s.seeds):
        seed = s.seed + i
        source = build(seed)
        fit(source, [{"params": source.parameters(), "lr": 0.003}], source_x, source_y, seed, 32, s.source_steps)
        for j, n in enumerate(sizes):
            rows = stratified_rows(y.numpy(), 5 * n, seed)
            for way in ways:
                model = adapt(s, way, source, x[rows], y[rows], seed, min(10, 5 * sizes[0]))
                with torch.no_grad():
                    scores[way][j, i] = (model(test_x).argmax(1) == test_y).float().mean()
    for way in ways:
        for j, n in enumerate(sizes):
            print(f"{way}, {n} labels a class: accuracy {scores[way][j].mean():.4f}")
    return {way: scores[way].ravel().tolist() for way in ways}
