"""The regularisation page's experiment as a plain PyTorch script: every variant and seed, one after the other."""

from __future__ import annotations

import inspect
from typing import Any

from core.data import stratified_rows
from core.export import DROPOUT, data_source

SCRIPT = '''\
"""Regularisation, compared.

{settings}
"""

import math
import zlib

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn

{sources}

{shift}

{data}
train, validation, test = split_indices(y, {split_seed})
N, MOST, SEED = {n}, {most}, {seed}
first = stratified_rows(y[train], N, SEED)
rest = stratified_rows(y[train], min(len(train), MOST), SEED)
train = train[np.concatenate([first, rest[~np.isin(rest, first)]])]
x, y = torch.tensor(x).float(), torch.tensor(y)
torch.set_num_threads(1)


def generator(seed, purpose):
    return torch.Generator().manual_seed(zlib.crc32(f"{{purpose}}:{{seed}}".encode()))


{dropout_class}def build(seed, width={width}, dropout=0.0, norm=False):
    torch.manual_seed(seed)
    noise = generator(seed, "dropout")

    def after(linear):
        extra = [nn.BatchNorm1d(width)] if norm else []
        return [linear, nn.ReLU(), *extra, *([Dropout(dropout, noise)] if dropout else [])]

    return nn.Sequential(
        nn.Flatten(),
        *after(nn.Linear(x[0].numel(), width)),
        *after(nn.Linear(width, width)),
        nn.Linear(width, int(y.max()) + 1),
    )


def measure(model, rows):
    model.eval()
    with torch.no_grad():
        logits = model(x[rows])
    return nn.functional.cross_entropy(logits, y[rows]).item(), (logits.argmax(1) == y[rows]).float().mean().item()


def fit(seed, l1=0.0, l2=0.0, patience=math.inf, augment=False, examples=N, **network):
    model = build(seed, **network)
    optimizer = torch.optim.Adam(model.parameters(), lr={lr}, weight_decay=l2)
    batches, moves = generator(seed, "batches"), generator(seed, "augmentation")
    size = min(32, N)
    pool, order = train[: min(examples, len(train))], torch.empty(0, dtype=torch.long)
    best, waited, kept = math.inf, 0, None
    for epoch in range({epochs}):
        model.train()
        for _ in range(N // size):
            if not len(order):
                order = torch.randperm(len(pool), generator=batches)[: len(pool) // size * size]
            rows, order = pool[order[:size].numpy()], order[size:]
            inputs = shift(x[rows], moves) if augment else x[rows]
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs), y[rows]).backward()
            optimizer.step()
            if l1:  # the proximal step: towards zero by lr * l1, and stop there
                with torch.no_grad():
                    for w in model.parameters():
                        if w.dim() > 1:
                            w.copy_(w.sign() * (w.abs() - {lr} * l1).clamp(min=0))
        if patience < math.inf:
            loss = measure(model, validation)[0]
            if loss < best:
                best, waited = loss, 0
                kept = {{k: v.clone() for k, v in model.state_dict().items()}}
            else:
                waited += 1
                if waited >= patience:
                    break
    if kept:
        model.load_state_dict(kept)
    return measure(model, test)[1]


VARIANTS = {{
{variants}
}}
for name, changes in VARIANTS.items():
    scores = [fit(SEED + i, **changes) for i in range({seeds})]
    print(f"{{name}}: test accuracy {{np.mean(scores):.4f}}")
'''


def regularization_script(settings: Any, variants: Any, points: int, shift: Any) -> str | None:
    """settings and variants as in core.concepts.generalization.regularization; points: how many are made in all."""
    source = data_source(settings.data, points, settings.noise, settings.seed, ())
    if source is None:
        return None
    functions, data, split_seed = source
    rows = []
    for v in variants:
        changes = {
            k: getattr(v, k) for k in ("l1", "l2", "dropout", "norm", "augment", "width", "examples") if getattr(v, k)
        }
        if v.patience < float("inf"):
            changes["patience"] = v.patience
        rows.append(f"    {v.name!r}: dict({', '.join(f'{k}={value!r}' for k, value in changes.items())}),")
    pictures = any(v.augment for v in variants)
    return SCRIPT.format(
        settings=", ".join(f"{k}={v!r}" for k, v in vars(settings).items()),
        sources=f"{functions}\n\n{inspect.getsource(stratified_rows)}",
        shift=inspect.getsource(shift)
        .replace(": Tensor", "")
        .replace(": torch.Generator", "")
        .replace(" -> Tensor", "")
        if pictures
        else "",
        data=data,
        split_seed=split_seed,
        n=settings.n,
        most=settings.n * settings.more,
        seed=settings.seed,
        dropout_class=DROPOUT,
        width=settings.width,
        lr=settings.lr,
        epochs=settings.epochs,
        variants="\n".join(rows),
        seeds=settings.seeds,
    )
