"""The layers of a network with their costs, and plain, residual and dense networks of growing depth."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torchvision import models

from core.data.arrays import digits
from core.data.checks import split_indices
from core.engine.networks import Concatenated, Residual
from core.engine.random import generator

DEPTHS = (2, 4, 8, 16, 32)
BUILDERS = {
    "AlexNet": lambda: models.alexnet(),
    "VGG-16": lambda: models.vgg16(),
    "GoogLeNet": lambda: models.googlenet(aux_logits=False, init_weights=False),
    "ResNet-18": lambda: models.resnet18(),
    "DenseNet-121": lambda: models.densenet121(),
}


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip


def costs(network, size):
    """Parameters, FLOPs and milliseconds of every layer for one picture, printed; returns the sums of the first two."""
    model = lenet() if network == "LeNet-5" else BUILDERS[network]()
    model, began, flops = model.eval(), {}, {}
    for name, layer in model.named_modules():
        if any(layer.children()):
            continue

        def before(layer, inputs):
            began[layer] = time.perf_counter()

        def after(layer, inputs, output, name=name):
            milliseconds = 1000 * (time.perf_counter() - began[layer])
            counted = isinstance(layer, nn.Conv2d | nn.Linear)
            flops[name] = 2 * layer.weight[0].numel() * output.numel() if counted else 0
            parameters = sum(p.numel() for p in layer.parameters())
            print(
                f"{name:40} {tuple(output.shape[1:])!s:18} {parameters:>11,} {flops[name]:>13,} {milliseconds:8.2f} ms"
            )

        layer.register_forward_pre_hook(before)
        layer.register_forward_hook(after)
    channels, size = (1, 32) if network == "LeNet-5" else (3, size)
    with torch.no_grad():
        model(torch.rand(1, channels, size, size))
    return sum(p.numel() for p in model.parameters()), sum(flops.values())


def layer(inputs, outputs):
    return [nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, outputs, 3, 1, 1)]


def network(connection, depth):
    parts, channels = [nn.Conv2d(1, 8, 3, 2, 1)], 8
    for i in range(depth):
        if connection == "plain":
            parts += layer(8, 8)
        elif connection == "dense":
            parts.append(Concatenated(*layer(channels, 4)))
            channels += 4
        elif i % 2:
            parts.append(Residual(*layer(8, 8), *layer(8, 8)))
    return nn.Sequential(*parts, nn.BatchNorm2d(channels), nn.ReLU(), nn.Flatten(), nn.Linear(16 * channels, 10))


def train(connection, depth, settings, seed, x, y):
    torch.manual_seed(seed)
    model = network(connection, depth)
    optimizer = torch.optim.SGD(model.parameters(), settings.lr, momentum=0.9)
    numbers, order = generator(seed, "batches"), torch.empty(0, dtype=torch.long)
    losses = []
    for _ in range(settings.steps):
        if len(order) < 32:
            order = torch.randperm(len(x), generator=numbers)[: len(x) // 32 * 32]
        rows, order = order[:32], order[32:]
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model.eval(), np.mean(losses[-10:])


def main(settings: SimpleNamespace) -> dict[str, object]:
    """Print the costs of a network, then training loss and accuracy by connection and depth."""
    torch.set_num_threads(1)
    parameters, flops = costs(settings.network, settings.size)
    print(f"{settings.network}: {parameters:,} parameters, {flops:,} FLOPs")
    x, y = (torch.tensor(values) for values in digits())
    rows, held, _ = split_indices(y.numpy(), 0)
    scores = {}
    for connection in ("plain", "residual", "dense"):
        for depth in DEPTHS:
            deepest = (
                min(settings.deepest, max(4, settings.deepest // 2)) if connection == "dense" else settings.deepest
            )
            if depth > deepest:
                continue
            scores[connection, depth] = []
            for seed in range(settings.seed, settings.seed + settings.seeds):
                model, loss = train(connection, depth, settings, seed, x[rows], y[rows])
                with torch.no_grad():
                    right = (model(x[held]).argmax(1) == y[held]).float().mean().item()
                scores[connection, depth].append((loss, right))
            loss, right = np.mean(scores[connection, depth], 0)
            print(f"{connection}, {depth} layers: training loss {loss:.4f}, validation accuracy {right:.4f}")
    return {"parameters": parameters, "flops": flops, "scores": scores}
