"""Gradient noise at the start, then networks trained at every batch size and rule, one after the other."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from core.data.arrays import digits, mnist5k
from core.data.checks import split_indices, stratified_rows
from core.data.points import circles, moons, spiral
from core.engine.networks import Linear
from core.engine.random import generator

PICTURES = {"digits": digits, "mnist5k": mnist5k}
PLANE = {"spiral": spiral, "circles": circles, "moons": moons}
RULES = {"fixed": lambda ratio: 1.0, "square root": math.sqrt, "linear": lambda ratio: ratio}


def load(settings):
    """Training and validation examples as tensors: x_train, y_train, x_validation, y_validation."""
    s = settings
    if s.data in PICTURES:
        x, y = PICTURES[s.data]()
        train, validation, _ = split_indices(y, 0)
    else:
        x, y = PLANE[s.data](5000, s.noise, s.seed)
        train, validation, _ = split_indices(y, s.seed)
    if s.n < len(train):
        train = train[stratified_rows(y[train], s.n, s.seed)]
    x, y = torch.tensor(x), torch.tensor(y)
    return x[train], y[train], x[validation], y[validation]


def build(settings, data, seed):
    x, y, _, _ = data
    width = settings.width
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(),
        Linear(x[0].numel(), width),
        nn.ReLU(),
        Linear(width, width),
        nn.ReLU(),
        Linear(width, int(y.max()) + 1),
    )


def optimizer_of(settings, parameters, lr):
    if settings.optimizer == "Adam":
        return torch.optim.Adam(parameters, lr)
    return torch.optim.SGD(parameters, lr, momentum=0.9 if settings.optimizer == "Momentum" else 0)


def slope(settings, data, seed):
    """Slope of log variance against log B at the start, for 32 batches of each size drawn with replacement."""
    x, y, _, _ = data
    n, model, each = len(x), build(settings, data, seed), []
    for i in range(n):
        loss = F.cross_entropy(model(x[i : i + 1]), y[i : i + 1])
        each.append(torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(model.parameters()))]))
    each = torch.stack(each)  # (n, parameters)
    rng, distances = np.random.default_rng([seed, True]), []
    sizes = np.unique([*(2**i for i in range(11) if 2**i < n), n])
    for size in sizes:
        counts = [np.bincount(rng.choice(n, size), minlength=n) for _ in range(32)]
        means = torch.tensor(np.array(counts) / size, dtype=each.dtype) @ each
        distances.append(((means - each.mean(0)) ** 2).sum(1).mean().item())
    return np.polyfit(np.log(sizes), np.log(distances), 1)[0]


def accuracy(model, data):
    _, _, x, y = data
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


def train(settings, data, seed, size, lr):
    """Train one network; returns its accuracy after the budget of epochs, and the first step at the target."""
    s, (x, y, _, _) = settings, data
    n, model = len(x), build(s, data, seed)
    optimizer = optimizer_of(s, model.parameters(), lr)
    budget = s.epochs * (n // size)
    total = max(budget, s.least)
    recorded = {0, budget, *np.geomspace(1, total, 60).round().astype(int).tolist()}
    check, first, batches, end = 1, math.inf, [], 0.0
    numbers = generator(seed, "batches")
    for step in range(total + 1):
        if step in recorded or step == check:  # every step at first, later every 2 %
            score = accuracy(model, data)
            first = min(first, step) if score >= s.target / 100 else first
            end = score if step == budget else end
        check += max(1, check // 50) if step == check else 0
        if step < total:
            batches = batches or list(torch.randperm(n, generator=numbers)[: n // size * size].split(size))
            rows = batches.pop(0)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[rows]), y[rows])
            if loss.isfinite():
                loss.backward()
                optimizer.step()
    return end, first


def rprop(settings, data, seed):
    """Accuracy after Rprop on all examples."""
    x, y, _, _ = data
    model = build(settings, data, seed)
    optimizer = torch.optim.Rprop(model.parameters())
    for _ in range(settings.least):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    return accuracy(model, data)


def main(settings: SimpleNamespace) -> dict[str, object]:
    """Measure the noise, train every network and print what came out."""
    s = settings
    torch.set_num_threads(1)
    data = load(s)
    seeds = range(s.seed, s.seed + s.seeds)
    slopes = [slope(s, data, seed) for seed in seeds]
    print(f"slope of log variance against log B: {np.mean(slopes):.4f}")
    full = [rprop(s, data, seed) for seed in seeds]
    print(f"Rprop on all {len(data[0])} examples: {np.mean(full):.4f}")
    chosen = {len(data[0]) if name == "full" else int(name) for name in s.batches}
    scores, firsts = {}, {}
    for size in sorted(size for size in {*chosen, s.reference} if size <= len(data[0])):
        for rule, scaled in RULES.items():
            lr = s.lr * scaled(size / s.reference)
            ends, reached = zip(*[train(s, data, seed, size, lr) for seed in seeds], strict=True)
            scores[size, rule], firsts[size, rule] = list(ends), float(np.sort(reached)[len(reached) // 2])
            print(f"B = {size}, {rule}: accuracy {np.mean(ends):.4f}, target after {firsts[size, rule]:.0f} steps")
    return {"slopes": slopes, "rprop": full, "accuracy": scores, "steps": firsts}
