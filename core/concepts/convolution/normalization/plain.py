"""A convolutional network with every norm at every learning rate, one after the other."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from core.data.arrays import digits
from core.data.checks import split_indices
from core.engine.random import generator

RATES = (0.01, 0.03, 0.1, 0.3, 1.0)
NORMS = ("none", "batch", "layer", "instance", "group")


def norm(name, groups):
    if name == "none":
        return nn.Identity()
    if name == "batch":
        return nn.BatchNorm2d(8)
    if name == "instance":
        return nn.InstanceNorm2d(8, affine=True)
    return nn.GroupNorm(groups if name == "group" else 1, 8)  # one group: layer norm, with a scale for each channel


def network(settings, name, seed):
    """Convolutions of 8 channels, each with its norm and ReLU, and a linear layer, with initial weights of this seed."""
    layers = []
    for i in range(settings.depth):
        layers += [nn.Conv2d(8 if i else 1, 8, 3, stride=2 if i == 1 else 1, padding=1)]
        layers += [norm(name, int(settings.groups)), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(128, 10))
    weighted = [layer for layer in model if isinstance(layer, nn.Conv2d | nn.Linear)]
    for i, layer in enumerate(weighted):
        rng, shape = np.random.default_rng((seed, i)), tuple(layer.weight.shape)
        inputs = layer.weight[0].numel()
        if settings.initialisation == "He":
            weight, bias = rng.normal(0, (2 / inputs) ** 0.5, shape), np.zeros(shape[0])
        else:
            weight, bias = (rng.uniform(-(inputs**-0.5), inputs**-0.5, size) for size in (shape, shape[0]))
        layer.weight.data = torch.tensor(weight, dtype=torch.float32)
        layer.bias.data = torch.tensor(bias, dtype=torch.float32)
    return model


def train(model, x, y, settings, lr, seed):
    optimizer = torch.optim.SGD(model.parameters(), lr)
    numbers, order = generator(seed, "batches"), torch.empty(0, dtype=torch.long)
    for _ in range(settings.steps):
        if not len(order):
            order = torch.randperm(len(x), generator=numbers)[: len(x) // settings.batch * settings.batch]
        rows, order = order[: settings.batch], order[settings.batch :]
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        if not loss.isfinite():
            return
        loss.backward()
        optimizer.step()


def accuracy(model, x, y):
    with torch.no_grad():
        return (model.eval()(x).argmax(1) == y).float().mean().item()


def main(settings: SimpleNamespace) -> dict[tuple[str, float], list[float]]:
    """Print the validation accuracy of every norm at every learning rate."""
    torch.set_num_threads(1)
    x, y = (torch.tensor(values) for values in digits())
    rows, held, _ = split_indices(y.numpy(), 0)
    scores = {}
    for name in NORMS:
        for lr in RATES:
            scores[name, lr] = []
            for seed in range(settings.seed, settings.seed + settings.seeds):
                model = network(settings, name, seed)
                train(model, x[rows], y[rows], settings, lr, seed)
                scores[name, lr].append(accuracy(model, x[held], y[held]))
            print(f"{name}, learning rate {lr:g}: validation accuracy {np.mean(scores[name, lr]):.4f}")
    return scores
