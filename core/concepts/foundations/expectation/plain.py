"""Thousands of samples, and how many of their intervals hold the expectation."""

from types import SimpleNamespace

import numpy as np
import torch
from scipy import stats
from torch import nn
from torch.nn import functional as F

from core.data.points import moons
from core.engine.random import generator

# How to draw values, and their expectation.
SOURCES = {
    "normal": (lambda rng, shape: rng.standard_normal(shape), 0.0),
    "uniform": (lambda rng, shape: rng.random(shape), 0.5),
    "die": (lambda rng, shape: rng.integers(1, 7, shape).astype(float), 3.5),
    "coin": (lambda rng, shape: (rng.random(shape) < 0.9).astype(float), 0.9),
    "exponential": (lambda rng, shape: rng.standard_exponential(shape), 1.0),
    "lognormal": (lambda rng, shape: np.exp(rng.standard_normal(shape)), np.exp(0.5)),
}


def accuracy(s, seed):
    """Accuracy of one small network on held-out points."""
    x, y = (torch.tensor(part) for part in moons(100, 0.2, s.seed))
    held, truth = (torch.tensor(part) for part in moons(500, 0.2, s.seed + 50_000))
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, s.width), nn.ReLU(), nn.Linear(s.width, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for rows in torch.randint(len(x), (s.steps, 16), generator=generator(seed, "batches")):
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
    with torch.no_grad():
        return (model(held).argmax(1) == truth).double().mean().item()


def main(settings: SimpleNamespace) -> dict[str, float]:
    """Print how many intervals hold the expectation, and what pairing gains."""
    s = settings
    torch.set_num_threads(1)
    if s.source == "networks":
        all_ = np.array([accuracy(s, seed) for seed in range(s.seed, s.seed + s.networks)])
        draw, expectation = lambda rng, shape: rng.choice(all_, shape), all_.mean()
    else:
        draw, expectation = SOURCES[s.source]
    x = draw(np.random.default_rng([s.seed, 1]), (10_000, s.n))
    t = stats.t.ppf((1 + s.level) / 2, s.n - 1)
    spread = x.std(1, ddof=1)
    holds = (np.abs(x.mean(1) - expectation) <= t * spread / np.sqrt(s.n)) & (spread > 1e-12)
    # Two variants with correlated results on the same seeds, and the second variant on other seeds.
    shared, a, b, other = np.random.default_rng([s.seed, 4]).standard_normal((4, 2000, s.n))
    a = np.sqrt(s.correlation) * shared + np.sqrt(1 - s.correlation) * a
    b = np.sqrt(s.correlation) * shared + np.sqrt(1 - s.correlation) * b + s.effect
    paired = t * (b - a).std(1, ddof=1) / np.sqrt(s.n)
    both = np.sqrt((a.var(1, ddof=1) + other.var(1, ddof=1)) / s.n)
    unpaired = stats.t.ppf((1 + s.level) / 2, 2 * s.n - 2) * both
    found = {
        "expectation": float(expectation),
        "coverage": float(holds.mean()),
        "scatter of the means": float(np.sqrt(((x.mean(1) - expectation) ** 2).mean())),
        "width paired / unpaired": float(paired.mean() / unpaired.mean()),
        "difference found, paired": float((np.abs((b - a).mean(1)) > paired).mean()),
    }
    for name, value in found.items():
        print(f"{name}: {value:.4f}")
    return found
