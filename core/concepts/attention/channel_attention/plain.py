"""Networks with and without gates, one after the other, on pictures that are drawn anew for each step."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from core.data.arrays import digits
from core.data.checks import split_indices
from core.data.squares import squares
from core.engine.networks import ChannelGate, SpatialGate
from core.engine.random import generator

BATCH, TEST = 32, 300


def pictures(s, x, y, numbers, n):
    """n pictures: an orange and a blue digit on top of each other, and the colour of the digit to read, as a lamp or a plane."""
    first, second = torch.randint(len(x), (2, n), generator=numbers)
    lamp = torch.randint(2, (n,), generator=numbers)
    if s.data in ("digits", "photos"):
        return x[first], y[first]
    pair, named = torch.cat([x[first], x[second]], 1), torch.where(lamp == 0, y[first], y[second])
    if s.data == "plane":
        return torch.cat([pair, lamp.float().view(-1, 1, 1, 1).expand(-1, 1, 8, 8)], 1), named
    wide = nn.functional.pad(pair, (0, 8))
    wide[torch.arange(n), lamp, :, 12:] = 1
    return wide, named


def network(s, kind):
    """Two blocks of a convolution, gates and pooling, and a linear layer."""
    sizes = {"lamp": (2, 8, 10), "plane": (3, 4, 10), "digits": (1, 4, 10), "photos": (3, 16, 6)}
    ins, features, classes = sizes[s.data]
    layers = []
    for inputs in (ins, s.channels):
        layers += [nn.Conv2d(inputs, s.channels, 3, padding=1, bias=False), nn.BatchNorm2d(s.channels), nn.ReLU()]
        if kind in ("se", "cbam"):
            layers.append(ChannelGate(s.channels, s.hidden, both=kind == "cbam"))
        if kind in ("spatial", "cbam"):
            layers.append(SpatialGate())
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(s.channels * features, classes))


def train(s, kind, seed, x, y, rows, test):
    """Train one network and return its accuracy on test pictures."""
    torch.manual_seed(seed)
    model, numbers = network(s, kind), generator(seed, "batches")
    optimizer = torch.optim.Adam(model.parameters(), s.lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, s.steps)
    for _ in range(s.steps):
        inputs, named = pictures(s, x[rows], y[rows], numbers, BATCH)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), named).backward()
        optimizer.step()
        schedule.step()
    inputs, named = pictures(s, x[test], y[test], generator(seed, "test"), TEST)
    with torch.no_grad():
        return float((model.eval()(inputs).argmax(1) == named).float().mean())


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Train all networks and print the share of pictures that each names right."""
    s = settings
    torch.set_num_threads(1)
    if s.data == "photos":
        x, y, part = (torch.tensor(values) for values in squares())
        rows, test = part == 0, part == 2
    else:
        x, y = (torch.tensor(values) for values in digits())
        rows, _, test = split_indices(y.numpy(), 0)
    found = {}
    for way, kind in (("with", s.attention), ("without", "none")):
        found[way] = [train(s, kind, seed, x, y, rows, test) for seed in range(s.seed, s.seed + s.seeds)]
        print(f"{way} gates: accuracy {np.mean(found[way]):.4f}")
    return found
