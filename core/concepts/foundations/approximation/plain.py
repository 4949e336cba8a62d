"""One curve, approximated by a network that is built and by networks that are trained."""

from types import SimpleNamespace

import numpy as np
import torch
from scipy.interpolate import PchipInterpolator
from torch import nn

from core.data.formula import evaluate, parse
from core.data.functions import chirp
from core.engine.random import generator


def curve(s, x):
    """The target at x, a NumPy array."""
    heights = [s.h0, s.h1, s.h2, s.h3, s.h4, s.h5, s.h6, s.h7, s.h8]
    targets = {
        "sine": lambda: np.sin(np.pi * x),
        "chirp": lambda: chirp(x[:, None]),
        "root": lambda: np.sqrt((x + 1) / 2),
        "runge": lambda: 1 / (1 + 25 * x**2),
        "jump": lambda: np.where(x < 0.1, -0.5, 0.5),
        "drawn": lambda: PchipInterpolator(np.linspace(-1, 1, 9), np.round(heights, 9))(x),
        "formula": lambda: np.nan_to_num(np.clip(evaluate(parse(s.formula), x) + 0 * x, -100, 100)),
    }
    return targets[s.target]()


def built(s, width):
    """A ReLU network that joins width + 1 points of the curve by straight lines."""
    knots = np.linspace(-1, 1, width + 1)
    values = curve(s, knots)
    changes = np.diff(np.diff(values) / np.diff(knots), prepend=0.0)
    model = nn.Sequential(nn.Linear(1, width), nn.ReLU(), nn.Linear(width, 1))
    with torch.no_grad():
        model[0].weight.fill_(1.0)
        model[0].bias.copy_(torch.tensor(-knots[:-1]))
        model[2].weight.copy_(torch.tensor(changes)[None])
        model[2].bias.fill_(values[0])
    return model


def random(s, width, seed):
    """A network with random weights."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(1, width), nn.ReLU(), nn.Linear(width, 1))
    if s.start == "spread":
        g = generator(seed, "kinks")
        with torch.no_grad():
            w = torch.sign(torch.rand(width, generator=g) - 0.5)
            model[0].weight.copy_(w[:, None])
            model[0].bias.copy_(-w * (2 * torch.rand(width, generator=g) - 1))
    return model


def train(s, model, lr):
    """Adam on 257 points at once, with a rate that falls to 0 along half a cosine."""
    x = torch.linspace(-1, 1, 257)[:, None]
    y = torch.tensor(curve(s, x[:, 0].double().numpy())).float()[:, None]
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, s.steps)
    for _ in range(s.steps):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
        schedule.step()
    return model


def error(s, model):
    """Mean distance from the curve."""
    x = np.linspace(-1, 1, 2001)
    with torch.no_grad():
        out = model(torch.tensor(x).float()[:, None])[:, 0].double().numpy()
    return float(np.abs(out - curve(s, x)).mean())


def main(settings: SimpleNamespace) -> dict[int, list[float]]:
    """Print the mean errors of every width: built, trained from there, and trained from random weights."""
    s = settings
    torch.set_num_threads(1)
    found = {}
    for width in (4, 8, 16, 32, 64):
        start = error(s, built(s, width))
        improved = error(s, train(s, built(s, width), 0.1 * s.lr))
        trained = [error(s, train(s, random(s, width, s.seed + k), s.lr)) for k in range(s.seeds)]
        found[width] = [start, improved, *trained]
        print(
            f"{width} neurons: built {start:.5f}, trained from there {improved:.5f}, from random {np.median(trained):.5f}"
        )
    return found
