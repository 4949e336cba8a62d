"""The schedules page's experiment as a plain PyTorch script: every network, one after the other."""

from __future__ import annotations

import inspect
from typing import Any

from core.data import stratified_rows
from core.export import data_source

SCRIPT = '''\
"""Learning-rate schedules, compared.

{settings}
"""

import math
import warnings
import zlib

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.optim import lr_scheduler

{sources}

{stratified}

{data}
train, validation, test = split_indices(y, {split_seed})
if {n} < len(train):
    train = train[stratified_rows(y[train], {n}, {seed})]
x, y = torch.tensor(x).float(), torch.tensor(y)
torch.set_num_threads(1)
warnings.filterwarnings("ignore", module="torch.optim.lr_scheduler")
SIZE = min({batch}, len(train))
EPOCHS = {epochs}
TOTAL = EPOCHS * (len(train) // SIZE)  # steps
WARM = max(1, int({warm} * TOTAL))


def warm_up(o):
    return lr_scheduler.LinearLR(o, 1 / WARM, total_iters=max(1, WARM - 1))


def warm_cosine(o, lr):
    down = lr_scheduler.CosineAnnealingLR(o, TOTAL - WARM, {cosine} * lr)
    return lr_scheduler.SequentialLR(o, [warm_up(o), down], [WARM])


SCHEDULES = {{
    "constant": lambda o, lr: lr_scheduler.ConstantLR(o, 1.0),
    "StepLR": lambda o, lr: lr_scheduler.StepLR(o, math.ceil(TOTAL / {parts}), {gamma}),
    "ExponentialLR": lambda o, lr: lr_scheduler.ExponentialLR(o, {exponential} ** (1 / TOTAL)),
    "CosineAnnealing": lambda o, lr: lr_scheduler.CosineAnnealingLR(o, TOTAL, {cosine} * lr),
    "OneCycle": lambda o, lr: lr_scheduler.OneCycleLR(
        o, {top} * lr, total_steps=TOTAL, pct_start={rise}, cycle_momentum=False
    ),
    "warm-up": lambda o, lr: warm_up(o),
    "warm-up + cosine": warm_cosine,
    "ReduceLROnPlateau": lambda o, lr: lr_scheduler.ReduceLROnPlateau(o, factor={factor}, patience={patience}),
}}


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


def measure(model, rows):
    with torch.no_grad():
        logits = model(x[rows])
    return nn.functional.cross_entropy(logits, y[rows]).item(), (logits.argmax(1) == y[rows]).float().mean().item()


def fit(name, lr, seed):
    model = build(seed)
    optimizer = torch.optim.{optimizer}
    scheduler = SCHEDULES[name](optimizer, lr)
    batches = torch.Generator().manual_seed(zlib.crc32(f"batches:{{seed}}".encode()))
    for epoch in range(EPOCHS):
        order = torch.randperm(len(train), generator=batches)
        for start in range(0, len(order) - SIZE + 1, SIZE):
            rows = train[order[start : start + SIZE].numpy()]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            if not loss.isfinite():  # diverged: it stops here
                return measure(model, validation)[1], measure(model, test)[1]
            loss.backward()
            optimizer.step()
            if name != "ReduceLROnPlateau":
                scheduler.step()
        if name == "ReduceLROnPlateau":
            scheduler.step(measure(model, validation)[0])
    return measure(model, validation)[1], measure(model, test)[1]


for name in {chosen}:
    for lr in {rates}:
        scores = np.mean([fit(name, lr, seed) for seed in range({seed}, {last})], 0)
        print(f"{{name}} from {{lr:.4g}}: validation {{scores[0]:.4f}}, test {{scores[1]:.4f}}")
'''

OPTIMIZERS = {
    "SGD": "SGD(model.parameters(), lr)",
    "Momentum": "SGD(model.parameters(), lr, momentum=0.9)",
    "Adam": "Adam(model.parameters(), lr)",
}


def schedules_script(s: Any, points: int) -> str | None:
    """s: core.concepts.optimization.schedules.Settings; points: how many are made in all."""
    source = data_source(s.data, points, s.noise, s.seed, ())
    if source is None:
        return None
    functions, data, split_seed = source
    return SCRIPT.format(
        settings=", ".join(f"{k}={v!r}" for k, v in vars(s).items()),
        sources=functions,
        stratified=inspect.getsource(stratified_rows),
        data=data,
        split_seed=split_seed,
        n=s.n,
        seed=s.seed,
        last=s.seed + s.seeds,
        batch=s.batch,
        epochs=s.epochs,
        warm=s.warm_share / 100,
        cosine=s.cosine_last,
        parts=s.step_parts,
        gamma=s.step_gamma,
        exponential=s.exponential_last,
        top=s.cycle_top,
        rise=s.cycle_rise / 100,
        factor=s.plateau_factor,
        patience=s.plateau_patience,
        width=s.width,
        optimizer=OPTIMIZERS[s.optimizer],
        chosen=s.chosen,
        rates=s.rates,
    )
