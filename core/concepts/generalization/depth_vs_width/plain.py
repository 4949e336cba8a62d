"""Networks of the same number of parameters on a regular and an irregular zigzag, and the folding network, one after the other."""

from collections.abc import Callable
from itertools import pairwise, product
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from core.engine.random import generator

DEPTHS = (1, 2, 4, 8)
RATES = (0.003, 0.01, 0.03)
SPREAD = 12**0.5  # makes a uniform number in [0, 1] one of variance 1
TRAINING, VALIDATION = 6, 7  # purposes of random rows


def parameters(widths):
    """Number of parameters of a network with hidden layers of these widths."""
    return sum((a + 1) * b for a, b in pairwise((1, *widths, 1)))


def widths_for(depth, budget):
    """Hidden layers as equal as can be with the number of parameters nearest to the budget."""
    w = 1
    while parameters((w + 1,) * depth) <= budget:
        w += 1
    return min(product((w, w + 1), repeat=depth), key=lambda some: (abs(parameters(some) - budget), some))


def knots(target, folds, seed):
    """The bends of a zigzag of 2^folds pieces over [0, 1], with mean 0 and variance 1."""
    pieces = 2**folds
    if target == "regular":
        x, y = np.linspace(0, 1, pieces + 1), (np.arange(pieces + 1) + 1) % 2.0
    else:
        rng = np.random.default_rng([seed, 5])
        lengths = 0.25 + 0.75 * pieces * rng.dirichlet(np.ones(pieces))
        x = np.concatenate([[0], np.cumsum(lengths) / lengths.sum()])
        y = np.where(np.arange(pieces + 1) % 2, rng.uniform(0, 0.4, pieces + 1), rng.uniform(0.6, 1, pieces + 1))
    fine = np.interp(np.linspace(0, 1, 20001), x, y)
    return x, (y - fine.mean()) / fine.std()


def tensors(x, y):
    return (torch.tensor(x).float()[:, None] - 0.5) * SPREAD, torch.tensor(y).float()[:, None]


def rows(s, target, seed, n, purpose):
    """n random rows of the target."""
    rng = np.random.default_rng([seed, purpose])
    x = rng.uniform(0, 1, n)
    return tensors(x, np.interp(x, *knots(target, s.folds, seed)) + s.noise * rng.standard_normal(n))


def random_start(widths, seed):
    torch.manual_seed(seed)
    layers = [part for a, b in pairwise((1, *widths)) for part in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 1))


def near_the_fold(widths, seed):
    """Two neurons a layer, relu(y - 1/2) and relu(1/2 - y), added with weight 2, each number about 10 % off."""
    model, noise = random_start(widths, seed), generator(seed, "beside the fold")
    side = torch.tensor([[1.0], [-1.0]])
    with torch.no_grad():
        for i, layer in enumerate(model[:-1:2]):
            layer.weight.copy_(2 * side.expand(2, 2) if i else side / SPREAD)
            layer.bias.copy_(torch.tensor([-0.5, 0.5]) if i else torch.zeros(2))
        model[-1].weight.fill_(2 * SPREAD)
        model[-1].bias.fill_(-SPREAD / 2)
        for p in model.parameters():
            p *= 1 + 0.1 * torch.randn(p.shape, generator=noise)
    return model


def fit(s, model, target, seed, lr):
    """Train; returns the validation and the test error."""
    x, y = rows(s, target, seed, s.n, TRAINING)
    optimizer, batches = torch.optim.Adam(model.parameters(), lr=lr), generator(seed, "batches")
    size = min(32, s.n)
    total, step = s.epochs * (s.n // size), 0
    for _ in range(s.epochs):
        order = torch.randperm(s.n, generator=batches)[: s.n // size * size]
        for batch in order.split(size):
            for group in optimizer.param_groups:
                group["lr"] = lr * 0.5 * (1 + np.cos(np.pi * step / total))
            loss = nn.functional.mse_loss(model(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    line = np.linspace(0, 1, 1001)
    errors = []
    with torch.no_grad():
        for x, y in (
            rows(s, target, seed, 200, VALIDATION),
            tensors(line, np.interp(line, *knots(target, s.folds, seed))),
        ):
            errors.append(((model(x) - y) ** 2).mean().item())
    return errors


def compare(s, name, widths, target, start: Callable):
    """The test errors at the rate that validation chooses, one a seed; prints their geometric mean."""
    seeds = range(s.seed, s.seed + s.seeds)
    errors = np.array([[fit(s, start(widths, seed), target, seed, lr) for seed in seeds] for lr in RATES])
    rate = np.log(errors[:, :, 0]).mean(1).argmin()
    mean = np.exp(np.log(errors[rate, :, 1]).mean())
    print(f"{name}, {target}: {parameters(widths)} parameters, rate {RATES[rate]}, test error {mean:.5g}", flush=True)
    return errors[rate, :, 1]


def main(settings: SimpleNamespace) -> dict[tuple[str, str], np.ndarray]:
    """Print the test error of every depth, and of the folding network."""
    s, found = settings, {}
    torch.set_num_threads(1)
    for target in ("regular", "irregular"):
        for depth in DEPTHS:
            name = f"{depth} hidden"
            found[name, target] = compare(s, name, widths_for(depth, s.budget), target, random_start)
    for name, start in (("fold, random start", random_start), ("fold, near the fold", near_the_fold)):
        found[name, "regular"] = compare(s, name, (2,) * s.folds, "regular", start)
    return found
