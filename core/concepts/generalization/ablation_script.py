"""The ablation page's experiment as a plain PyTorch script: every variant and seed, one after the other."""

from __future__ import annotations

import inspect
from typing import Any

from core.concepts.generalization import ablation_network as network
from core.data import split_indices, stratified_rows
from core.export import DROPOUT, data_source

SCRIPT = '''\
"""An ablation: a recipe, each part taken out, and each part alone.

{settings}
"""

import zlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
{imports}

torch.set_num_threads(1)

{sources}

{data}

def generator(seed, purpose):
    return torch.Generator().manual_seed(zlib.crc32(f"{{purpose}}:{{seed}}".encode()))


{dropout}class Net(nn.Module):
    def __init__(self, features, classes, norm, drop, residual, noise):
        super().__init__()
        def hidden(inputs):
            layers = [nn.Linear(inputs, {width}), *([nn.BatchNorm1d({width})] if norm else []), nn.ReLU()]
            return nn.Sequential(*layers, *([Dropout({dropout_rate}, noise)] if drop else []))

        self.first, self.residual = hidden(features), residual
        self.blocks = nn.ModuleList(hidden({width}) for _ in range({depth}))
        self.last = nn.Linear({width}, classes)

    def forward(self, x):
        x = self.first(x.flatten(1))
        for block in self.blocks:
            x = x + block(x) if self.residual else block(x)
        return self.last(x)


def fit(seed, parts):
    x, y, x_test, y_test, classes = split(seed)
    torch.manual_seed(seed)
    model = Net(x[0].numel(), classes, "batch norm" in parts, "dropout" in parts, "residual" in parts, generator(seed, "dropout"))
    momentum = {momentum} if "momentum" in parts else 0.0
    lr = {lr} if "momentum" in parts else {lr_alone}
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum, weight_decay={decay} if "weight decay" in parts else 0.0)
    batches, moves = generator(seed, "batches"), generator(seed, "augmentation")
    size = min({batch}, len(x))
    steps = len(x) // size
    if "schedule" in parts:
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, {epochs} * steps)
    for epoch in range({epochs}):
        order = torch.randperm(len(x), generator=batches)
        for i in range(steps):
            rows = order[i * size : (i + 1) * size]
            inputs = {augmented} if "augmentation" in parts else x[rows]
            optimizer.zero_grad()
            F.cross_entropy(model(inputs), y[rows]).backward()
            optimizer.step()
            if "schedule" in parts:
                schedule.step()
    model.eval()
    with torch.no_grad():
        return (model(x_test).argmax(1) == y_test).float().mean().item()


VARIANTS = {{
{variants}
}}
scores = {{}}
for name, parts in VARIANTS.items():
    scores[name] = np.array([fit(seed, parts) for seed in range({seed}, {last})])
    print(f"{{name}}: test accuracy {{scores[name].mean():.4f}}", flush=True)
for part in VARIANTS["full recipe"]:
    within = scores["full recipe"] - scores[f"without {{part}}"]
    alone = scores[f"only {{part}}"] - scores["bare"]
    print(f"{{part}} is worth {{within.mean():+.4f}} in the full recipe, {{alone.mean():+.4f}} alone")
'''

PICTURES = """\
{data}
x, y = torch.tensor(x).float(), torch.tensor(y)
{half}

def split(seed):
    train, _, test = split_indices(y.numpy(), 0)
    train = train[stratified_rows(y.numpy()[train], {n}, seed)]
    return x[train], y[train], x[test], y[test], 10

"""

POINTS = """\
def split(seed):
    x, y = {data}({total}, {noise!r}, seed)
    order = np.random.default_rng(seed).permutation(len(y))
    x, y = torch.tensor(x)[order], torch.tensor(y)[order]
    return x[:{n}], y[:{n}], x[{test}:], y[{test}:], int(y.max()) + 1

"""


def ablation_script(s: Any) -> str:
    """s: the settings of core.concepts.generalization.ablation."""
    source = data_source(s.data, 0, s.noise, s.seed, ())
    assert source is not None  # nothing on the menu has to be downloaded
    functions, data, _ = source
    if s.pictures:
        half = "x = F.avg_pool2d(x, 2)\n" if s.data == "mnist5k" else ""
        shift = inspect.getsource(network.shifted).replace(": Tensor", "").replace(": torch.Generator", "")
        parts = [inspect.getsource(split_indices), inspect.getsource(stratified_rows), shift.replace(" -> Tensor", "")]
        data = PICTURES.format(data=data, half=half, n=s.n)
        augmented, imports = (
            f"shifted(x[rows], {s.shift}, moves)",
            "from sklearn.model_selection import train_test_split",
        )
    else:
        parts = [functions.replace(inspect.getsource(split_indices), "")]
        data = POINTS.format(
            data=s.data,
            total=s.n + 3 * network.HELD_OUT,
            noise=s.noise,
            n=s.n,
            test=s.n + network.HELD_OUT,
        )
        augmented = f"x[rows] + {network.JITTER} * torch.randn(x[rows].shape, generator=moves)"
        imports = ""
    named = {v.name: [p for p in s.chosen if p in v.parts] for v in network.variants(s)}
    return SCRIPT.format(
        settings=", ".join(f"{k}={v!r}" for k, v in vars(s).items()),
        imports=imports,
        sources="\n\n".join(parts).strip(),
        data=data.strip() + "\n",
        dropout=DROPOUT,
        dropout_rate=s.dropout,
        lr_alone=s.lr / (1 - s.momentum) if s.fair else s.lr,
        augmented=augmented,
        variants="\n".join(f"    {name!r}: {parts!r}," for name, parts in named.items()),
        last=s.seed + s.seeds,
        **{k: getattr(s, k) for k in ("width", "depth", "momentum", "lr", "decay", "batch", "epochs", "seed")},
    )
