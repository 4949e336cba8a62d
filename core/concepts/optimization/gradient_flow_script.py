"""The page's experiment as a plain PyTorch script."""

from __future__ import annotations

import inspect
from typing import Any

from core.data import split_indices

SCRIPT = '''\
"""Gradient flow: every network at its start, and one of them trained, without clipping and with.

{settings}
"""

import math
import zlib

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

DEPTH, WIDTH, S, BATCH = {depth}, {width}, {scale!r}, {batch}
SEEDS = range({seed}, {seed} + {seeds})
ACTIVATIONS = {{"sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "ReLU": nn.ReLU(), "GELU": nn.GELU()}}
INITIALISATIONS = {{
    "N(0, s)": lambda w, g: nn.init.normal_(w, 0, S, generator=g),
    "Xavier": lambda w, g: nn.init.xavier_normal_(w, generator=g),
    "Kaiming": lambda w, g: nn.init.kaiming_normal_(w, nonlinearity="relu", generator=g),
}}
STRUCTURES = ("plain", "batch norm", "residual", "residual / √L")
torch.set_num_threads(1)


{split}

def generator(seed, purpose):
    return torch.Generator().manual_seed(zlib.crc32(f"{{purpose}}:{{seed}}".encode()))


class Deep(nn.Module):
    def __init__(self, activation, structure, initialisation, seed):
        super().__init__()
        sizes = [64, *[WIDTH] * DEPTH, 10]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        norm = structure == "batch norm"
        self.norms = nn.ModuleList(nn.BatchNorm1d(WIDTH) if norm else nn.Identity() for _ in range(DEPTH))
        self.activation = ACTIVATIONS[activation]
        self.past = structure.startswith("residual")
        self.branch = DEPTH**-0.5 if structure == "residual / √L" else 1.0
        g = generator(seed, "start")
        for layer in self.layers:
            INITIALISATIONS[initialisation](layer.weight, g)
            nn.init.zeros_(layer.bias)
        if norm:  # its own shift does the bias's work
            for layer in self.layers[:-1]:
                layer.bias.requires_grad_(False)

    def forward(self, h):
        self.hidden = []
        for i, (layer, norm) in enumerate(zip(self.layers[:-1], self.norms)):
            f = self.activation(norm(layer(h)))
            h = h + self.branch * f if self.past and i else f
            self.hidden.append(h)
        return self.layers[-1](h)


x, y = load_digits(return_X_y=True)
x = (x / 16).astype(np.float32)
train, validation, test = split_indices(y, 0)
mean = x[train].mean(0)
spread = np.sqrt(((x[train] - mean) ** 2).mean())
x, y = torch.tensor((x - mean) / spread), torch.tensor(y)
loss = nn.CrossEntropyLoss()

for activation in ACTIVATIONS:
    for structure in STRUCTURES:
        for initialisation in INITIALISATIONS:
            decades = []
            for seed in SEEDS:
                model = Deep(activation, structure, initialisation, seed).double()
                value = loss(model(x[train][:BATCH].double()), y[train][:BATCH])
                first, last = torch.autograd.grad(value, [model.hidden[0], model.hidden[-1]])
                decades.append(math.log10(first.norm()) - math.log10(last.norm()))
            print(f"{{activation}}, {{initialisation}}, {{structure}}: {{np.mean(decades):.4f}} decades")


def fit(seed, limit):
    model = Deep({activation!r}, {structure!r}, {initialisation!r}, seed)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = {optimizer}
    batches, order = generator(seed, "batches"), torch.empty(0, dtype=torch.long)
    for step in range({steps}):
        if not len(order):
            order = torch.randperm(len(train), generator=batches)[: len(train) // BATCH * BATCH]
        rows, order = train[order[:BATCH].numpy()], order[BATCH:]
        optimizer.zero_grad()
        loss(model(x[rows]), y[rows]).backward()
        norm = nn.utils.clip_grad_norm_(parameters, limit)
        if not norm.isfinite():
            break
        optimizer.step()
    model.eval()
    with torch.no_grad():
        return (model(x[validation]).argmax(1) == y[validation]).float().mean().item()


for name, limit in (("without clipping", math.inf), ("with clipping", {clip!r})):
    scores = [fit(seed, limit) for seed in SEEDS]
    print(f"{activation}, {initialisation}, {structure}, {{name}}: validation accuracy {{np.mean(scores):.4f}}")
'''

OPTIMIZERS = {
    "SGD": "torch.optim.SGD(parameters, lr={lr!r})",
    "Momentum": "torch.optim.SGD(parameters, lr={lr!r}, momentum=0.9)",
    "Adam": "torch.optim.Adam(parameters, lr={lr!r})",
}


def flow_script(s: Any, look: Any, batch: int = 32) -> str:
    """s and look as in core.concepts.optimization.gradient_flow."""
    return SCRIPT.format(
        settings=", ".join(f"{k}={v!r}" for k, v in vars(s).items()),
        batch=batch,
        split=inspect.getsource(split_indices),
        activation=look.activation,
        structure=look.structure,
        initialisation=look.initialisation,
        optimizer=OPTIMIZERS[s.optimizer].format(lr=s.lr),
        **{k: v for k, v in vars(s).items() if k not in ("optimizer", "lr")},
    )
