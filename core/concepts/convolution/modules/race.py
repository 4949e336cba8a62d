"""The same networks with their layers in a ModuleList and in plain lists, trained side by side as one stack."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.convolution.modules.result import VARIANTS, Race
from core.data.dataset import Split
from core.data.images import digits
from core.engine.fit import Sampler
from core.engine.measure import cross_entropy
from core.engine.optimizers import Coefficients, adam
from core.engine.random import generator
from core.engine.stack import stack

BATCH, WIDTH, RATE = 32, 16, 0.01
EVERY, WATCHED = 10, 100  # steps between two measurements of the training loss, and examples it is measured on
LAYERS = (3, 1, 0)  # of each variant, how many layers, counted from the last, are in net.parameters()


def build() -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 10)
    )


@lru_cache(maxsize=16)
def trained(n: int, steps: int, seeds: int, seed: int) -> Race:
    """Train every variant from the same starts and on the same batches. Adam moves what is in net.parameters() and nothing
    else, which for a stack is a gradient that is 0 elsewhere."""
    data = digits()
    train = Split(data.train.x[:n], data.train.y[:n])
    numbers = list(range(seed, seed + seeds))
    watched = Split(train.x[:WATCHED], train.y[:WATCHED])
    models = stack(build, numbers * len(VARIANTS))
    sizes = [p.numel() for p in build().parameters()]  # weight and bias of each layer in turn
    own = [sum(sizes[len(sizes) - 2 * layers :]) if layers else 0 for layers in LAYERS]
    registered = torch.zeros_like(models.theta)
    for v, count in enumerate(own):
        registered[v * seeds : (v + 1) * seeds, sum(sizes) - count :] = 1
    sampler = Sampler([generator(k, "batches") for k in numbers], [len(train.x)] * seeds, BATCH)
    rates = torch.full((models.K, 1), RATE)
    state: dict[str, Tensor] = {}
    losses, at = [], []
    waiting: list[Tensor] = []
    for step in range(steps + 1):
        if step % EVERY == 0:
            with torch.no_grad():
                losses.append(cross_entropy(models.shared(watched.x), watched.y.expand(models.K, -1)).mean(1).numpy())
            at.append(step)
        if step == steps:
            break
        waiting = waiting or list(sampler.epoch())
        own_rows = waiting.pop(0).repeat(len(VARIANTS), 1)
        models.backward(cross_entropy(models(train.x[own_rows]), train.y[own_rows]))
        models.grad.mul_(registered)
        with torch.no_grad():
            adam(models.theta, models.grad, state, Coefficients(rates, rates, None, step + 1))
    held = data.validation
    with torch.no_grad():
        right = (models.shared(held.x).argmax(2) == held.y).numpy()
    part = {name: slice(v * seeds, (v + 1) * seeds) for v, name in enumerate(VARIANTS)}
    table = np.stack(losses, 1)
    return Race(
        {name: table[rows] for name, rows in part.items()},
        np.array(at),
        {name: right[rows].mean(1) for name, rows in part.items()},
        {name: right[rows].mean(0) for name, rows in part.items()},
        dict(zip(VARIANTS, own, strict=True)),
        refusal(),
    )


def refusal() -> str:
    """What an optimiser says to a network all of whose layers are in a plain list."""
    net = nn.Module()
    net.layers = [nn.Linear(1, 1)]  # type: ignore[assignment]
    try:
        torch.optim.Adam(net.parameters())
    except ValueError as error:
        return str(error)
    return ""
