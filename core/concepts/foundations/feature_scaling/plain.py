"""Gradient descent on two features of a table, raw and scaled, and a scaler that has seen the test rows."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, RobustScaler, StandardScaler
from torch import nn

LOADERS = {"diabetes": partial(load_diabetes, scaled=False), "wine": load_wine, "breast cancer": load_breast_cancer}
SCALERS = {"raw": FunctionTransformer, "min-max": MinMaxScaler, "z-score": StandardScaler, "robust": RobustScaler}


def hessian_of(x):
    """Second derivatives of the mean squared error of a linear model with a constant."""
    design = np.column_stack([x, np.ones(len(x))])
    return 2 / len(x) * design.T @ design


def left_after(x, y, steps):
    """The share of the excess loss that is left after some steps of gradient descent."""
    design = np.column_stack([x, np.ones(len(x))])
    least = np.linalg.lstsq(design, y)[0]
    floor = ((design @ least - y) ** 2).mean()
    x, y = torch.tensor(x), torch.tensor(y)
    model = nn.Linear(2, 1).double()
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    rate = 1 / np.linalg.eigvalsh(hessian_of(x.numpy()))[-1]
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    losses = []
    for _ in range(steps + 1):
        loss = ((model(x)[:, 0] - y) ** 2).mean()
        losses.append(loss.item() - floor)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses[-1] / losses[0]


def leak(x, y, scaling, rows, seed):
    """Test accuracy of the nearest neighbour, honest and with a scaler fitted on all rows, over a hundred splits."""
    scores = []
    for split in range(100):
        order = np.random.default_rng([seed, split, rows]).permutation(len(y))
        train, test = order[:rows], order[rows : rows + 60]
        for fitted in (x[train], x):
            scaler = SCALERS[scaling]().fit(fitted)
            model = KNeighborsClassifier(1).fit(scaler.transform(x[train]), y[train])
            scores.append(model.score(scaler.transform(x[test]), y[test]))
    return float(np.mean(scores[::2])), float(np.mean(scores[1::2]))


def main(settings: SimpleNamespace) -> dict[str, float]:
    """Print condition numbers, what is left of the loss, and what the leak adds."""
    s = settings
    torch.set_num_threads(1)
    x, y = (part.astype(float) for part in LOADERS[s.data](return_X_y=True))
    target, two = (y - y.mean()) / y.std(), x[:, [s.a - 1, s.b - 1]]
    found = {}
    for name in ("raw", s.scaling):
        scaled = SCALERS[name]().fit_transform(two)
        found[f"condition number, {name}"] = float(np.linalg.cond(hessian_of(scaled)))
        found[f"excess loss left, {name}"] = left_after(scaled, target, s.steps)
    classes = (y > np.median(y)).astype(int) if s.data == "diabetes" else y.astype(int)
    found["accuracy, honest"], found["accuracy, leaking"] = leak(x, classes, s.scaling, s.rows, s.seed)
    for name, value in found.items():
        print(f"{name}: {value:.6g}")
    return found
