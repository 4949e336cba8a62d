"""Contrastive encoders, one seed after the other: where digits lie on the sphere, and what a linear probe makes of them."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from core.data.arrays import mnist5k
from core.data.checks import split_indices, stratified_rows
from core.engine.augment import augment, draw
from core.engine.random import generator

PLANS = {
    "affine": [("rotate", 1, (25,)), ("scale", 1, (0.25,)), ("shift", 1, (0.12,))],
    "shift": [("shift", 1, (0.15,))],
    "noise": [("noise", 1, (0.3,))],
    "erase": [("erase", 1, (0.3,))],
    "none": [],
}


def views(x, kind, g):
    u, noise = draw(PLANS[kind], x.shape, g)
    return augment(x[None], torch.zeros(1, len(x), 1), PLANS[kind], u[None], [n[None] for n in noise])[0][0]


def on_sphere(z):
    return F.normalize(z - z.mean(0), dim=1)


def nt_xent(z, tau):
    """Views i and i + B show the same digit; every view has to find its partner among all others."""
    similar = (z @ z.T / tau).fill_diagonal_(-torch.inf)
    return F.cross_entropy(similar, torch.arange(len(z)).roll(len(z) // 2))


def build(width):
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, width),
    )  # fmt: skip


def train(s, seed, x, width):
    torch.manual_seed(seed)
    model = build(width)
    with torch.no_grad():  # as large as He et al. (2015) give them
        for p in model.parameters():
            p.mul_(6**0.5 if p.dim() > 1 else 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=s.lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, s.steps)
    g = generator(seed, "batches")
    for _ in range(s.steps):
        rows = torch.randint(len(x), (s.pairs,), generator=g)
        both = views(x[torch.cat([rows, rows])], s.views, g)
        optimizer.zero_grad()
        nt_xent(on_sphere(model(both)), s.tau).backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def purity(z, y):
    """How many of the ten nearest neighbours show the same digit."""
    nearest = torch.cdist(z, z).fill_diagonal_(torch.inf).topk(10, largest=False).indices
    return float((y[nearest] == y[:, None]).float().mean())


def probe(x, y, new):
    """Ridge regression on 1 and -1 a class."""
    mean, spread = x.mean(0), x.std(0) + 1e-3
    a, b, targets = (x.astype(float) - mean) / spread, (new.astype(float) - mean) / spread, 2 * np.eye(10)[y] - 1
    penalty = len(x) * (0.1 if len(x) <= 100 else 0.01) * np.eye(x.shape[1])
    return (b @ np.linalg.solve(a.T @ a + penalty, a.T @ (targets - targets.mean(0))) + targets.mean(0)).argmax(1)


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Train all encoders, and print what the page measures on test digits (of the probe: contrastive features only)."""
    s = settings
    torch.set_num_threads(1)
    x, y = (torch.from_numpy(part) for part in mnist5k())
    x = F.avg_pool2d(x, 2)
    digits = torch.tensor([int(c) for c in (s.digits if s.experiment == "circle" else "0123456789")])
    parts = [rows[torch.isin(y[rows], digits).numpy()] for rows in split_indices(y.numpy(), 0)]
    known, test = x[parts[0]], x[parts[2]]
    found = {}
    for seed in range(s.seed, s.seed + s.seeds):
        model = train(s, seed, known, 2 if s.experiment == "circle" else 32)
        with torch.no_grad():
            z = on_sphere(model(test))
            one, two = on_sphere(model(views(torch.cat([test, test]), s.views, generator(s.seed, "test views")))).chunk(
                2
            )
            features = [model[:7](part).numpy() for part in (known, test)]
        close = (-2 * torch.pdist(z).square()).exp().mean()
        numbers = {"purity": purity(z, y[parts[2]]), "uniformity": float(close.log())}
        numbers["alignment"] = float((one - two).square().sum(1).mean())
        for n in () if s.experiment == "circle" else (50, 200, 1000):
            rows = stratified_rows(y[parts[0]].numpy(), n, seed)
            guess = probe(features[0][rows], y[parts[0]].numpy()[rows], features[1])
            numbers[f"{n} labels"] = float((guess == y[parts[2]].numpy()).mean())
        for name, value in numbers.items():
            found.setdefault(name, []).append(value)
        print(f"seed {seed}: " + ", ".join(f"{name} {value:.4f}" for name, value in numbers.items()))
    return found
