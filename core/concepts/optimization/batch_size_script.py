"""The batch size page's experiment as a plain PyTorch script: the noise, then every network, one after the other."""

from __future__ import annotations

import inspect
from typing import Any

from core.concepts.optimization.batch_size_noise import DRAWS, batch_noise
from core.concepts.optimization.batch_size_training import POINTS, measured_at
from core.data import stratified_rows
from core.export import data_source

SCRIPT = '''\
"""Batch size: gradient noise and training.

{settings}
"""

import math
import zlib

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional as F

{sources}

{stratified}

{noise}

{measured}

{data}
train, validation, test = split_indices(y, {split_seed})
if {n} < len(train):
    train = train[stratified_rows(y[train], {n}, {seed})]
x, y = torch.tensor(x).float(), torch.tensor(y)
torch.set_num_threads(1)
N, LR, REFERENCE, EPOCHS, LEAST, TARGET = {n}, {lr}, {reference}, {epochs}, {least}, {target}
SEEDS = range({seed}, {last})
RULES = {{"fixed": lambda r: 1.0, "square root": math.sqrt, "linear": lambda r: r}}


def build(seed):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(x[0].numel(), {width}),
        nn.ReLU(),
        nn.Linear({width}, {width}),
        nn.ReLU(),
        nn.Linear({width}, int(y.max()) + 1),
    )


def slope(seed):
    """Of log variance against log B, at the start, with replacement."""
    model = build(seed)
    weights = {{name: p.detach() for name, p in model.named_parameters()}}

    def loss(weights, one, label):
        return F.cross_entropy(functional_call(model, weights, (one[None],)), label[None])

    gradients = vmap(grad(loss), (None, 0, 0))(weights, x[train], y[train])
    each = torch.cat([g.flatten(1) for g in gradients.values()], 1)
    sizes = np.unique([*(2**i for i in range(11) if 2**i < N), N])
    squared, angle = batch_noise(each, sizes.tolist(), {draws}, np.random.default_rng([seed, True]), True)
    return np.polyfit(np.log(sizes), np.log(squared), 1)[0]


def accuracy(model):
    with torch.no_grad():
        return (model(x[validation]).argmax(1) == y[validation]).float().mean().item()


def fit(seed, B, lr):
    """Accuracy after the budget of epochs, and the first measured step at which the target is reached."""
    model = build(seed)
    optimizer = torch.optim.{optimizer}
    batches = torch.Generator().manual_seed(zlib.crc32(f"batches:{{seed}}".encode()))
    mark = EPOCHS * (N // B)
    total = max(mark, LEAST)
    at, first, rows = measured_at(total, mark), math.inf, []
    for step in range(total + 1):
        if step in at:
            right = accuracy(model)
            if step == mark:
                ends = right
            if right >= TARGET and first == math.inf:
                first = step
        if step == total:
            return ends, first
        if not rows:
            rows = list(torch.randperm(len(train), generator=batches)[: N // B * B].split(B))
        now = train[rows.pop(0).numpy()]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[now]), y[now])
        if loss.isfinite():
            loss.backward()
            optimizer.step()


def rprop(seed):
    model = build(seed)
    optimizer = torch.optim.Rprop(model.parameters())
    for _ in range(LEAST):
        optimizer.zero_grad()
        F.cross_entropy(model(x[train]), y[train]).backward()
        optimizer.step()
    return accuracy(model)


print(f"slope of log variance against log B: {{np.mean([slope(seed) for seed in SEEDS]):.4f}}")
print(f"Rprop: {{np.mean([rprop(seed) for seed in SEEDS]):.4f}}")
for B in {sizes}:
    for rule, scaled in RULES.items():
        ends, first = zip(*[fit(seed, B, LR * scaled(B / REFERENCE)) for seed in SEEDS])
        print(f"B = {{B}}, {{rule}}: {{np.mean(ends):.4f}}, target after {{np.sort(first)[len(first) // 2]}} steps")
'''

OPTIMIZERS = {
    "SGD": "SGD(model.parameters(), lr)",
    "Momentum": "SGD(model.parameters(), lr, momentum=0.9)",
    "Adam": "Adam(model.parameters(), lr)",
}


def batch_size_script(s: Any, points: int) -> str | None:
    """s: core.concepts.optimization.batch_size.Settings; points: how many are made in all."""
    source = data_source(s.data, points, s.noise, s.seed, ())
    if source is None:
        return None
    functions, data, split_seed = source
    noise = inspect.getsource(batch_noise).replace(": Sequence[int]", "").replace("each: Tensor", "each")
    return SCRIPT.format(
        settings=", ".join(f"{k}={v!r}" for k, v in vars(s).items()),
        sources=functions,
        stratified=inspect.getsource(stratified_rows),
        noise=noise,
        measured=f"POINTS = {POINTS}\n\n\n{inspect.getsource(measured_at)}",
        data=data,
        split_seed=split_seed,
        n=s.n,
        lr=s.lr,
        reference=s.reference,
        epochs=s.epochs,
        least=s.least,
        target=s.target / 100,
        seed=s.seed,
        last=s.seed + s.seeds,
        width=s.width,
        draws=DRAWS,
        optimizer=OPTIMIZERS[s.optimizer],
        sizes=s.sizes,
    )
