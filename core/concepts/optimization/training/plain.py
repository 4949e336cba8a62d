"""A network trained from several random starts, one after the other."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import torch
from torch import nn

from core.data.arrays import digits, mnist5k
from core.data.checks import split_indices, stratified_rows
from core.data.points import POINTS
from core.engine.networks import Dropout
from core.engine.random import generator

ACTIVATIONS = {"ReLU": nn.ReLU, "tanh": nn.Tanh, "GELU": nn.GELU, "sigmoid": nn.Sigmoid}
PICTURES = {"digits": digits, "mnist5k": mnist5k}


def load(settings):
    """Training and validation examples as tensors: x_train, y_train, x_validation, y_validation."""
    s = settings
    if s.data in POINTS:
        x, y = POINTS[s.data](s.n, s.noise, s.seed)
        train, _, _ = split_indices(y, s.seed)
        x_validation, y_validation = POINTS[s.data](2000, s.noise, s.seed + 100_000)
        parts = x[train], y[train], x_validation, y_validation
    elif s.data == "own":
        # Your file: two columns of numbers, then the label.
        table = pd.read_csv("points.csv", converters={2: str.strip}, keep_default_na=False)
        labels = table.iloc[:, 2]
        numeric = pd.to_numeric(labels, errors="coerce").notna().all()
        classes = sorted(set(labels), key=float if numeric else None)
        x, y = table.iloc[:, :2].to_numpy(float), labels.map(classes.index).to_numpy()
        train, validation, _ = split_indices(y, s.seed)
        x = (x - x[train].mean(0)) / x[train].std(0)
        parts = x[train], y[train], x[validation], y[validation]
    else:
        x, y = PICTURES[s.data]()
        train, validation, _ = split_indices(y, 0)
        if s.n < len(train):
            train = train[stratified_rows(y[train], s.n, s.seed)]
        parts = x[train], y[train], x[validation], y[validation]
    x_train, y_train, x_validation, y_validation = (torch.tensor(part) for part in parts)
    return x_train.float(), y_train.long(), x_validation.float(), y_validation.long()


def build(settings, shape, classes, noise):
    """The network for one example of `shape`; noise: the generator that dropout draws from."""
    s, layers = settings, []
    if s.model == "CNN":
        channels, side = shape[0], shape[-1]
        for _ in range(max(1, s.depth)):
            layers += [nn.Conv2d(channels, s.width, 3, padding=1), ACTIVATIONS[s.activation]()]
            channels = s.width
            if side >= 6:
                layers.append(nn.MaxPool2d(2))
                side //= 2
        features = channels * side * side
        layers += [nn.Flatten(), Dropout(s.dropout, noise), nn.Linear(features, classes)]
        return nn.Sequential(*layers)
    features = int(np.prod(shape))
    layers.append(nn.Flatten())
    for _ in range(s.depth):
        layers += [nn.Linear(features, s.width), ACTIVATIONS[s.activation](), Dropout(s.dropout, noise)]
        features = s.width
    return nn.Sequential(*layers, nn.Linear(features, classes))


def optimizer_of(settings, parameters):
    s = settings
    common = {"lr": s.lr, "weight_decay": s.weight_decay}
    menu = {
        "SGD": lambda: torch.optim.SGD(parameters, **common),
        "Momentum": lambda: torch.optim.SGD(parameters, momentum=s.momentum, **common),
        "Nesterov": lambda: torch.optim.SGD(parameters, momentum=s.momentum, nesterov=True, **common),
        "RMSprop": lambda: torch.optim.RMSprop(parameters, **common),
        "Adam": lambda: torch.optim.Adam(parameters, **common),
        "AdamW": lambda: torch.optim.AdamW(parameters, **common),
    }
    return menu[s.optimizer]()


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Train every seed and print its validation accuracy."""
    s = settings
    torch.set_num_threads(1)
    x_train, y_train, x_validation, y_validation = load(s)
    size, scores = min(s.batch, len(x_train)), []
    for seed in range(s.seed, s.seed + s.seeds):
        torch.manual_seed(seed)
        model = build(s, x_train.shape[1:], int(y_train.max()) + 1, generator(seed, "dropout"))
        optimizer = optimizer_of(s, model.parameters())
        batches = generator(seed, "batches")
        for _ in range(s.epochs):
            model.train()
            order = torch.randperm(len(x_train), generator=batches)
            for start in range(0, len(order) - size + 1, size):
                rows = order[start : start + size]
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(x_train[rows]), y_train[rows])
                loss.backward()
                optimizer.step()
        scores.append(accuracy(model, x_validation, y_validation))
        print(f"seed {seed}: validation accuracy {scores[-1]:.4f}")
    print(f"mean over {len(scores)} seeds: {np.mean(scores):.4f}")
    return {"accuracy": scores}
