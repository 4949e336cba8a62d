"""The receptive field of a stack of layers by arithmetic and by poking every pixel; then the same layers, with several heads,
trained on digits in the middle of a canvas and tested on shifted ones."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.data.arrays import digits
from core.data.checks import split_indices
from core.engine.random import generator

LAYERS = {"c1": (1, 1, 1), "c3": (3, 1, 1), "c5": (5, 1, 1), "c7s2": (7, 2, 1), "c3s2": (3, 2, 1), "c3d2": (3, 1, 2),
          "c3d4": (3, 1, 4), "max2": (2, 2, 1), "avg2": (2, 2, 1)}  # kernel, stride, dilation  # fmt: skip
POOLS = {"max2": nn.MaxPool2d, "avg2": nn.AvgPool2d}
VARIANTS = {"plain": (False, "flatten"), "pooled": (True, "flatten"), "average": (True, "average"),
            "pooled max": (True, "max"), "max": (False, "max")}  # whether pooling stays, and the head  # fmt: skip


def fields(kinds: list[str], padding: bool, size: int) -> list[tuple[int, int, int, float]]:
    """Size, field, jump and start after each layer."""
    field, jump, start, rows = 1, 1, 0.0, []
    for kind in kinds:
        kernel, stride, dilation = LAYERS[kind]
        reach = dilation * (kernel - 1)
        zeros = reach // 2 if padding and kind not in POOLS else 0
        size = (size + 2 * zeros - reach - 1) // stride + 1
        start += (reach / 2 - zeros) * jump
        field += reach * jump
        jump *= stride
        rows.append((size, field, jump, start))
    return rows


def stack(kinds: list[str], padding: bool, channels: int, norm: bool) -> tuple[list[nn.Module], int]:
    """The layers, with a ReLU after every convolution (without norm: but the last), and the channels of the last map."""
    modules: list[nn.Module] = []
    inputs = 1
    for kind in kinds:
        if kind in POOLS:
            modules.append(POOLS[kind](2))
            continue
        kernel, stride, dilation = LAYERS[kind]
        zeros = dilation * (kernel - 1) // 2 if padding else 0
        outputs = channels if inputs == 1 else 2 * channels
        modules.append(nn.Conv2d(inputs, outputs, kernel, stride, zeros, dilation, bias=False))
        modules += [nn.BatchNorm2d(outputs), nn.ReLU()] if norm else [nn.ReLU()]
        inputs = outputs
    if not norm:
        del modules[max(i for i, module in enumerate(modules) if isinstance(module, nn.ReLU))]
    return modules, inputs


def poke(s: SimpleNamespace, kinds: list[str]) -> np.ndarray:
    """How far one output moves when each pixel of a 32 x 32 picture is raised by 1, one at a time."""
    torch.manual_seed(s.seed)
    net = nn.Sequential(*stack(kinds, s.padding, 4, norm=False)[0]).double()
    picture = torch.rand(1, 1, 32, 32, generator=generator(s.seed, "picture"), dtype=torch.float64)
    unit = round(s.unit / 100 * (fields(kinds, s.padding, 32)[-1][0] - 1))
    change = np.zeros((32, 32))
    with torch.no_grad():
        before = net(picture)[0, 0, unit, unit]
        for y, x in np.ndindex(32, 32):
            poked = picture.clone()
            poked[0, 0, y, x] += 1
            change[y, x] = net(poked)[0, 0, unit, unit] - before
    return change


def train(s: SimpleNamespace, seed: int, variant: str, kinds: list[str]) -> list[float]:
    """Accuracy on digits that are shifted by 0, 1, 2 and 3 pixels, mean of right and down."""
    keep_pools, head = VARIANTS[variant]
    kinds = [kind for kind in kinds if keep_pools or kind not in POOLS]
    x, y = (torch.from_numpy(a) for a in digits())
    train_rows, held, _ = split_indices(y.numpy(), 0)
    x = nn.functional.pad(x, (3, 3, 3, 3))
    torch.manual_seed(seed)
    layers, features = stack(kinds, s.padding, s.channels, norm=True)
    if head == "flatten":
        features *= fields(kinds, s.padding, 14)[-1][0] ** 2
    else:
        layers.append(nn.AdaptiveMaxPool2d(1) if head == "max" else nn.AdaptiveAvgPool2d(1))
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 0.5 * (1 + math.cos(math.pi * t / s.steps)))
    batches = generator(seed, "batches")
    order = torch.empty(0, dtype=torch.long)
    for _ in range(s.steps):
        if len(order) == 0:
            order = torch.randperm(len(train_rows), generator=batches)[: len(train_rows) // 32 * 32]
        rows, order = train_rows[order[:32]], order[32:]
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
        optimizer.step()
        schedule.step()
    net.eval()
    x, y = x[held][:200], y[held][:200]

    def right(moved: Tensor) -> float:
        with torch.no_grad():
            return (net(moved).argmax(1) == y).float().mean().item()

    return [(right(torch.roll(x, k, 2)) + right(torch.roll(x, k, 3))) / 2 for k in range(4)]


def main(settings: SimpleNamespace) -> dict[str, Any]:
    """Print fields, pokes and accuracies."""
    s = settings
    kinds = [kind for kind in (s.layer1, s.layer2, s.layer3, s.layer4, s.layer5, s.layer6) if kind != "none"]
    rows = fields(kinds, s.padding, 32)
    for kind, (size, field, jump, start) in zip(kinds, rows, strict=True):
        print(f"{kind}: size {size}, field {field}, jump {jump}, start {start:g}")
    change = poke(s, kinds)
    print(f"{(change != 0).sum()} of {change.size} pixels moved the output, by up to {np.abs(change).max():.3g}")
    found: dict[str, Any] = {"rows": rows, "change": change}
    for variant in s.variants:
        found[variant] = [train(s, s.seed + k, variant, kinds) for k in range(s.seeds)]
        print(f"{variant}: accuracy at shifts 0 to 3: {np.round(np.mean(found[variant], 0), 3)}")
    return found
