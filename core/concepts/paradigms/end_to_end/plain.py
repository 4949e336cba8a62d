"""Linear classifiers on hand-made features, and a CNN on pixels, at three numbers of examples."""

from types import SimpleNamespace

import numpy as np
import torch
from skimage.feature import canny, hog
from skimage.filters import sobel
from sklearn.linear_model import RidgeClassifier
from torch import nn
from torch.nn import functional as F

from core.data.arrays import mnist5k
from core.data.checks import split_indices, stratified_rows
from core.engine.random import generator

SIZES = (50, 400, 3000)
PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0)


def load(settings):
    """MNIST digits, each moved by up to `shift` pixels, and the rows for training, validation and test."""
    x, y = mnist5k()
    ways = np.random.default_rng(0).integers(-settings.shift, settings.shift + 1, (len(x), 2))
    moved = np.zeros((len(x), 28 + 8, 28 + 8), np.float32)
    for i, (down, right) in enumerate(ways):
        moved[i, 4 + down : 32 + down, 4 + right : 32 + right] = x[i, 0]
    return moved[:, 4:32, 4:32], y, split_indices(y, 0, 0.1, 0.3)


def half(x):
    return x.reshape(-1, 14, 2, 14, 2).mean((2, 4))


def describe(x, s):
    cells = (s.cell, s.cell)
    edges = {
        "pixels, linear": x,
        "Sobel, linear": np.stack([sobel(p) for p in x]),
        "Canny, linear": np.stack([canny(p, s.sigma) for p in x]).astype(np.float32),
    }
    features = {name: half(values).reshape(len(x), -1) for name, values in edges.items()}
    return features | {"HOG, linear": np.stack([hog(p, s.orientations, cells, (2, 2)) for p in x])}


def linear(x, y, train, validation, test):
    """Test accuracy of ridge regression with the penalty that is best on validation digits."""
    variance = ((x[train] - x[train].mean(0)) ** 2).sum() / len(train)
    models = [RidgeClassifier(alpha=p * variance).fit(x[train], y[train]) for p in PENALTIES]
    return max(models, key=lambda m: m.score(x[validation], y[validation])).score(x[test], y[test])


def cnn(x, y, train, test, seed, s):
    """Test accuracy of a CNN trained end to end."""
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 24, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(96, 10),
    )  # fmt: skip
    steps = min(s.steps, 20 * (len(train) // 16))
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, s.lr, steps, cycle_momentum=False)
    batches, order = generator(seed, "batches"), torch.empty(0, dtype=torch.long)
    for _ in range(steps):
        if len(order) == 0:
            order = torch.randperm(len(train), generator=batches)[: len(train) // 16 * 16]
        rows, order = train[order[:16]], order[16:]
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        return (model(x[test]).argmax(1) == y[test]).float().mean().item()


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Print the mean test accuracy of each way at each number of examples."""
    torch.set_num_threads(1)
    x, y, (train, validation, test) = load(settings)
    features = describe(x, settings)
    pictures, classes = torch.from_numpy((half(x)[:, None] - 0.1) / 0.3).float(), torch.from_numpy(y)
    scores: dict[str, list[float]] = {}
    for n in SIZES:
        for seed in range(settings.seed, settings.seed + settings.seeds):
            rows = train[stratified_rows(y[train], n, seed)]
            for way, values in features.items():
                scores.setdefault(way, []).append(linear(values, y, rows, validation, test))
            own = torch.from_numpy(rows)
            scores.setdefault("CNN", []).append(cnn(pictures, classes, own, torch.from_numpy(test), seed, settings))
    for way, values in scores.items():
        for n, own in zip(SIZES, np.reshape(values, (len(SIZES), -1)), strict=True):
            print(f"{way}, {n} examples: accuracy {own.mean():.4f}")
    return scores
