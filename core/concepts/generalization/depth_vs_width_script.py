"""The page's experiment as a plain PyTorch script."""

from __future__ import annotations

import inspect
from typing import Any

from core.concepts.generalization import depth_vs_width_networks as networks

SCRIPT = '''\
"""Depth or width: networks of equally many parameters on a regular and an irregular zigzag, and the folding network.

{settings}
"""

import zlib

import numpy as np
import torch
from torch import nn

REGULAR, IRREGULAR = "regular", "irregular"
FOLDS, N, NOISE, SEEDS, RATES = {folds}, {n}, {noise!r}, range({seed}, {seed} + {seeds}), {rates}
WIDTHS = {widths}
SPREAD = 12**0.5
torch.set_num_threads(1)


{functions}

def generator(seed, purpose):
    return torch.Generator().manual_seed(zlib.crc32(f"{{purpose}}:{{seed}}".encode()))


def tensors(x, y):
    return (torch.tensor(x).float()[:, None] - 0.5) * SPREAD, torch.tensor(y).float()[:, None]


def random_start(widths, seed):
    torch.manual_seed(seed)
    layers = [part for a, b in zip((1, *widths), widths) for part in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 1))


def beside_the_fold(widths, seed):
    """Two neurons a layer, relu(y - 1/2) and relu(1/2 - y), added with weight 2, each number 10 % off."""
    model, g = random_start(widths, seed), generator(seed, "beside the fold")
    side = torch.tensor([[1.0], [-1.0]])
    with torch.no_grad():
        for i, layer in enumerate(model[:-1:2]):
            layer.weight.copy_(2 * side.expand(2, 2) if i else side / SPREAD)
            layer.bias.copy_(torch.tensor([-0.5, 0.5]) if i else torch.zeros(2))
        model[-1].weight.fill_(2 * SPREAD)
        model[-1].bias.fill_(-SPREAD / 2)
        for p in model.parameters():
            p *= 1 + {near} * torch.randn(p.shape, generator=g)
    return model


def fit(model, target, seed, lr):
    """Validation and test error."""
    x, y = tensors(*draw(target, FOLDS, seed, N, NOISE))
    optimizer, batches = torch.optim.Adam(model.parameters(), lr=lr), generator(seed, "batches")
    size = min({batch}, N)
    total, step = {epochs} * (N // size), 0
    for _ in range({epochs}):
        order = torch.randperm(N, generator=batches)[: N // size * size]
        for rows in order.split(size):
            for group in optimizer.param_groups:
                group["lr"] = lr * 0.5 * (1 + np.cos(np.pi * step / total))
            loss = nn.functional.mse_loss(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    line = np.linspace(0, 1, {points})
    with torch.no_grad():
        x, y = tensors(*draw(target, FOLDS, seed, {held}, NOISE, 7))
        validation = ((model(x) - y) ** 2).mean().item()
        x, y = tensors(line, np.interp(line, *knots(target, FOLDS, seed)))
        return validation, ((model(x) - y) ** 2).mean().item()


def show(name, widths, target, start):
    """The rate that validation chooses, and the test error there; geometric means over seeds."""
    results = np.array([[fit(start(widths, seed), target, seed, lr) for seed in SEEDS] for lr in RATES])
    rate = np.log(results[:, :, 0]).mean(1).argmin()
    count = sum(p.numel() for p in start(widths, 0).parameters())
    print(f"{{name}} {{target}}: {{count}} parameters, rate {{RATES[rate]}}, test error {{np.exp(np.log(results[rate, :, 1]).mean()):.5g}}")


for target in (REGULAR, IRREGULAR):
    for depth, widths in WIDTHS.items():
        show(f"{{depth}} hidden", widths, target, random_start)
show("fold, random start,", (2,) * FOLDS, REGULAR, random_start)
show("fold, beside the fold,", (2,) * FOLDS, REGULAR, beside_the_fold)
'''


def depth_script(s: Any) -> str:
    """s as in core.concepts.generalization.depth_vs_width."""
    from core.concepts.generalization import depth_vs_width as m

    source = "\n\n".join(inspect.getsource(f) for f in (networks.knots, networks.draw))
    return SCRIPT.format(
        settings=", ".join(f"{k}={v!r}" for k, v in vars(s).items()),
        functions=source,
        widths={d: networks.widths(d, s.budget) for d in networks.DEPTHS},
        rates=m.RATES,
        batch=m.BATCH,
        held=m.HELD,
        points=m.POINTS,
        near=m.NEAR,
        **vars(s),
    )
