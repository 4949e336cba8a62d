"""Deep networks of every kind: their gradients at initialisation, then training without clipping and with it."""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from core.data.arrays import digits
from core.data.checks import split_indices
from core.engine.random import generator

BATCH = 32
ACTIVATIONS = {"sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "ReLU": nn.ReLU(), "GELU": nn.GELU()}
INITIALISATIONS = {
    "N(0, s)": lambda fan_in, fan_out, s: s,
    "Xavier": lambda fan_in, fan_out, s: math.sqrt(2 / (fan_in + fan_out)),
    "Kaiming": lambda fan_in, fan_out, s: math.sqrt(2 / fan_in),
}
STRUCTURES = ("plain", "batch norm", "residual", "residual / √L")
NETWORKS = list(itertools.product(ACTIVATIONS, INITIALISATIONS, STRUCTURES))
TRAINED = NETWORKS  # all take a few minutes; put [("ReLU", "Kaiming", "plain")] to train just one


class Layer(nn.Module):
    """A linear layer, with the weights as (inputs, outputs) and the product as a batched one: many networks that are
    trained together add in this order, and in a deep network every last digit can matter."""

    def __init__(self, weight, bias):
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(weight.shape[1])) if bias else None

    def forward(self, h):
        if self.bias is None:
            return torch.bmm(h[None], self.weight[None])[0]
        return torch.baddbmm(self.bias, h[None], self.weight[None])[0]


class Deep(nn.Module):
    """Hidden layers of one activation, initialisation and structure, and a last layer of ten classes."""

    def __init__(self, settings, network, seed):
        super().__init__()
        activation, initialisation, structure = network
        sizes, numbers = [64, *[settings.width] * settings.depth, 10], generator(seed, "start")
        layers = []
        for fan_in, fan_out in itertools.pairwise(sizes):
            std = INITIALISATIONS[initialisation](fan_in, fan_out, settings.scale)
            weight = torch.tensor(std) * torch.randn(fan_out, fan_in, generator=numbers).T.contiguous()
            layers.append(Layer(weight, bias=structure != "batch norm" or fan_out == 10))
        self.layers, norm = nn.ModuleList(layers), structure == "batch norm"
        width = settings.width
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) if norm else nn.Identity() for _ in layers[1:])
        self.activation, self.residual = ACTIVATIONS[activation], structure.startswith("residual")
        self.branch = settings.depth**-0.5 if structure == "residual / √L" else 1.0

    def forward(self, h):
        self.hidden = []
        for i, (layer, norm) in enumerate(zip(self.layers[:-1], self.norms, strict=True)):
            f = self.activation(norm(layer(h)))
            h = f * self.branch + h if self.residual and i else f
            self.hidden.append(h)
        return self.layers[-1](h)


def load():
    """Training and validation digits as rows about their mean, scaled to mean square 1, and their classes."""
    x, y = digits()
    x, y = torch.tensor(x).flatten(1), torch.tensor(y)
    train, validation, _ = split_indices(y.numpy(), 0)
    mean = x[train].mean(0)
    spread = (x[train] - mean).square().mean().sqrt()
    return (x[train] - mean) / spread, y[train], (x[validation] - mean) / spread, y[validation]


def powers_of_ten(settings, data, network, seed):
    """log10 of the gradient at the first hidden layer over that at the last, at initialisation."""
    x, y, _, _ = data
    model = Deep(settings, network, seed).double()
    loss = nn.functional.cross_entropy(model(x[:BATCH].double()), y[:BATCH])
    first, last = torch.autograd.grad(loss, [model.hidden[0], model.hidden[-1]])
    return math.log10(first.norm()) - math.log10(last.norm())


def optimizer_of(settings, parameters):
    if settings.optimizer == "Adam":
        return torch.optim.Adam(parameters, settings.lr)
    return torch.optim.SGD(parameters, settings.lr, momentum=0.9 if settings.optimizer == "Momentum" else 0)


def clip(model, limit):
    """Scale the gradient of all weights down to the norm `limit`, as nn.utils.clip_grad_norm_ does, and return its norm
    before. One norm of all numbers in this order agrees with the page to the last digit; a norm of norms does not."""
    linear = [*model.layers]
    norms = [norm for norm in model.norms if isinstance(norm, nn.BatchNorm1d)]
    shifts = [part.bias for part in [*norms, *linear] if part.bias is not None]
    parameters = [*(layer.weight for layer in linear), *shifts, *(norm.weight for norm in norms)]
    norm = torch.cat([p.grad.flatten() for p in parameters])[None].norm(dim=1)
    for p in parameters:
        p.grad.mul_((limit / (norm + 1e-6)).clamp(max=1))
    return norm


def train(settings, data, network, seed, limit):
    """Validation accuracy after training with the gradient clipped at `limit`."""
    x, y, held, truth = data
    model = Deep(settings, network, seed)
    optimizer = optimizer_of(settings, model.parameters())
    numbers, order = generator(seed, "batches"), torch.empty(0, dtype=torch.long)
    for _ in range(settings.steps):
        if not len(order):
            order = torch.randperm(len(x), generator=numbers)[: len(x) // BATCH * BATCH]
        rows, order = order[:BATCH], order[BATCH:]
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
        if not clip(model, limit).isfinite():
            break
        optimizer.step()
    model.eval()
    with torch.no_grad():
        return (model(held).argmax(1) == truth).float().mean().item()


def main(settings: SimpleNamespace) -> dict[str, dict[tuple[str, str, str], object]]:
    """Print the start of every network and the accuracy of those in TRAINED."""
    s = settings
    torch.set_num_threads(1)
    data, seeds = load(), range(s.seed, s.seed + s.seeds)
    decades = {one: [powers_of_ten(s, data, one, seed) for seed in seeds] for one in NETWORKS}
    for one, values in decades.items():
        print(f"{', '.join(one)}: gradient at the first layer = 10^{np.mean(values):.4f} times that at the last")
    scores = {}
    for one in TRAINED:
        limits = {"without clipping": math.inf, "with clipping": s.clip}
        scores[one] = {how: [train(s, data, one, seed, at) for seed in seeds] for how, at in limits.items()}
        told = ", ".join(f"{np.mean(values):.4f} {how}" for how, values in scores[one].items())
        print(f"{', '.join(one)}: validation accuracy {told}")
    return {"decades": decades, "accuracy": scores}
