"""An activation and another one at every learning rate: test accuracy and dead units."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from core.data.drawn import drawn_points
from core.engine.random import generator

RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
FUNCTIONS = {
    "ReLU": torch.relu,
    "leaky ReLU": nn.functional.leaky_relu,
    "GELU": nn.functional.gelu,
    "SiLU": nn.functional.silu,
    "softplus": nn.functional.softplus,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "hard sigmoid": lambda x: torch.relu(x / 6 + 0.5) - torch.relu(x / 6 - 0.5),
    "step": lambda x: (x > 0).to(x.dtype),
}
OPTIMIZERS = {
    "SGD": lambda p, lr: torch.optim.SGD(p, lr=lr),
    "Momentum": lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9),
    "Adam": lambda p, lr: torch.optim.Adam(p, lr=lr),
}


class Network(nn.Module):
    """Linear layers with an activation between them; `before` keeps what went into each activation."""

    def __init__(self, function, width, depth):
        super().__init__()
        sizes = [2, *[width] * depth, 2]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.function, self.before = function, []

    def forward(self, x):
        self.before = []
        for layer in self.layers[:-1]:
            z = layer(x)
            self.before.append(z)
            x = self.function(z)
        return self.layers[-1](x)


def dead_share(model, x):
    """Share of the hidden units whose derivative is below 0.001 on every point."""
    with torch.no_grad():
        model(x)
    dead = []
    for z in model.before:
        z = z.detach().requires_grad_()
        value = model.function(z)
        steep = torch.autograd.grad(value.sum(), z)[0] if value.requires_grad else torch.zeros_like(z)
        dead.append((steep.abs() < 0.001).all(0).float())
    return torch.cat(dead).mean().item()


def train(settings, name, rate, seed):
    """Train one network; return its test accuracy and its share of dead units."""
    s = settings
    x, y = (torch.from_numpy(part) for part in drawn_points(s.data, s.strokes)(200, s.noise, s.seed))
    torch.manual_seed(seed)
    model = Network(FUNCTIONS[name], s.width, s.depth)
    optimizer = OPTIMIZERS[s.optimizer](model.parameters(), rate)
    batches = generator(seed, "batches")
    for _ in range(s.epochs):
        for rows in torch.randperm(200, generator=batches)[:192].split(32):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            if not loss.isfinite():  # diverged
                return 0.5, dead_share(model, x)
            loss.backward()
            optimizer.step()
    test_x, test_y = (
        torch.from_numpy(part) for part in drawn_points(s.data, s.strokes)(4000, s.noise, s.seed + 200_000)
    )
    with torch.no_grad():
        accuracy = (model(test_x).argmax(1) == test_y).float().mean().item()
    return accuracy, dead_share(model, x)


def main(settings: SimpleNamespace) -> dict[str, np.ndarray]:
    """Train every rate and seed; return accuracies and dead shares by activation, each (rates, seeds)."""
    s = settings
    found = {}
    for name in (s.activation, s.control):
        rows = [[train(s, name, rate, s.seed + k) for k in range(s.seeds)] for rate in RATES]
        found[name] = np.array(rows)  # (rates, seeds, 2)
        for rate, row in zip(RATES, found[name].mean(1), strict=True):
            print(f"{name}, learning rate {rate:g}: test accuracy {row[0]:.4f}, dead units {row[1]:.3f}")
    return found
