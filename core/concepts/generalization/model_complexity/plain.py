"""Bias, variance and error of model families from simple to complex, over many training sets of a known function."""

from types import SimpleNamespace

import numpy as np
import torch
from numpy.polynomial import legendre
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor
from torch import nn

from core.data.functions import FUNCTIONS
from core.engine.random import generator

DEPTHS = (1, 2, 3, 4, 5, 6, 8, 10)
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128)
ROWS = (15, 20, 30, 50, 80, 130, 200, 400)
RATIOS = (0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.1, 1.25, 1.6, 2.5, 5.0, 10.0)


def polynomial(x, degree):
    """Legendre polynomials up to `degree`: they span what 1, x, x^2 ... span."""
    return legendre.legvander(x[:, 0], degree) * np.sqrt(2 * np.arange(degree + 1) + 1)


def random_features(x, p, rng):
    """A hidden layer of p ReLU neurons with random weights that are not trained."""
    for_w, for_b = rng.spawn(2)
    w, b = for_w.normal(size=(p, x.shape[1])), for_b.uniform(-0.5, 0.5, p)
    return np.maximum(x @ (w / np.linalg.norm(w, axis=1, keepdims=True)).T + b, 0) * (5 / p) ** 0.5


def linear(make, penalty=0.0, intercept=False):
    """A fit that is linear in the features make(x, size, rng): the shortest least-squares weights, or ridge regression."""

    def fit(x, y, size, seed):
        features = make(x, size, np.random.default_rng(seed))
        if penalty == 0:
            w = np.linalg.lstsq(features, y, rcond=1e-10)[0]
            return lambda q: make(q, size, np.random.default_rng(seed)) @ w
        ridge = Ridge(alpha=len(y) * penalty, fit_intercept=intercept, solver="svd")
        ridge.fit(features[:, int(intercept) :], y)  # the intercept is not penalised
        return lambda q: ridge.predict(make(q, size, np.random.default_rng(seed))[:, int(intercept) :])

    return fit


def ridge_polynomial(penalty):
    """Polynomials with L2; of degree 0 only the mean is left."""
    fit = linear(lambda x, degree, rng: polynomial(x, degree), penalty, intercept=True)
    return lambda x, y, size, seed: fit(x, y, size, seed) if size else lambda q: np.full(len(q), y.mean())


def tree(x, y, depth, rng):
    return DecisionTreeRegressor(max_depth=depth, random_state=int(rng.integers(2**31))).fit(x, y)


def one_tree(x, y, depth, seed):
    return tree(x, y, depth, np.random.default_rng(seed)).predict


def bagged_trees(members):
    """The mean of trees on bootstrap samples."""

    def fit(x, y, depth, seed):
        rng = np.random.default_rng(seed)
        samples = [rng.integers(len(y), size=len(y)) for _ in range(members)]
        trees = [tree(x[rows], y[rows], depth, rng) for rows in samples]
        return lambda q: np.mean([member.predict(q) for member in trees], axis=0)

    return fit


def network(epochs, batch):
    """A network with one hidden layer, trained with Adam and a learning rate that falls like a cosine."""

    def fit(x, y, width, seed):
        torch.manual_seed(seed[0] + seed[2])
        model = nn.Sequential(nn.Linear(x.shape[1], width), nn.ReLU(), nn.Linear(width, 1))
        x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
        steps = len(x) // batch
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: 0.5 * (1 + np.cos(np.pi * step / (epochs * steps)))
        )
        batches = generator(seed[0] + seed[2], "batches")
        for _ in range(epochs):
            order = torch.randperm(len(x), generator=batches)[: steps * batch]
            for rows in order.split(batch):
                optimizer.zero_grad()
                ((model(x[rows]).squeeze(1) - y[rows]) ** 2).mean().backward()
                optimizer.step()
                schedule.step()
        return lambda q: model(torch.tensor(q, dtype=torch.float32)).squeeze(1).detach().double().numpy()

    return fit


def measure(fit, size, truth, test, n, sets, noise, seed):
    """Training error, bias^2, variance and expected error of one model size over `sets` training sets of n rows."""
    own, predictions = [], []
    for r in range(sets):
        for_x, for_y = np.random.default_rng([seed, 1, r]).spawn(2)
        x = for_x.uniform(-1, 1, (n, test.shape[1]))
        y = truth(x) + noise * for_y.standard_normal(n)
        predict = fit(x, y, size, [seed, 3, r])
        own.append(((predict(x) - y) ** 2).mean())
        predictions.append(predict(test))
    predictions = np.array(predictions)
    variance = predictions.var(0, ddof=1).mean()
    bias = (
        (predictions.mean(0) - truth(test)) ** 2
    ).mean() - variance / sets  # the mean of few fits is itself a little off
    return np.mean(own), bias, variance, bias + variance + noise**2


def main(settings: SimpleNamespace) -> dict[tuple[str, int], tuple[float, ...]]:
    """Fit every size of every family to every training set and print the terms of its error."""
    s = settings
    torch.set_num_threads(1)
    one = FUNCTIONS[s.data], ((2 * np.arange(200) + 1) / 200 - 1)[:, None], s.n
    ten = FUNCTIONS["friedman"], np.random.default_rng([s.seed, 2]).uniform(-1, 1, (500, 10)), s.rows
    plain = linear(lambda x, degree, rng: polynomial(x, degree))
    neighbours = sorted({min(k, s.n) for k in (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, s.n)}, reverse=True)
    features = dict.fromkeys(max(1, round(ratio * s.rows)) for ratio in RATIOS)
    families = [
        ("polynomial", one, range(16), plain),
        ("polynomial + L2", one, range(16), ridge_polynomial(s.l2)),
        ("k-NN", one, neighbours, lambda x, y, k, seed: KNeighborsRegressor(k).fit(x, y).predict),
        ("tree", one, DEPTHS, one_tree),
        ("bagged trees", one, DEPTHS, bagged_trees(s.members)),
        ("random features", ten, features, linear(random_features)),
        ("random features + L2", ten, features, linear(random_features, s.l2)),
        ("network", one, WIDTHS, network(s.epochs, 10)),
        ("network, ten inputs", ten, WIDTHS, network(s.epochs, 25)),
    ]
    measured = {}
    for name, (truth, test, n), sizes, fit in families:
        sets = s.networks if name.startswith("network") else s.resamples
        for size in sizes:
            measured[name, size] = measure(fit, size, truth, test, n, sets, s.noise, s.seed)
    for degree in (1, 3, 9):
        for n in ROWS:
            measured[f"degree {degree}", n] = measure(plain, degree, *one[:2], n, s.resamples, s.noise, s.seed)
    for (name, size), (train, bias, variance, error) in measured.items():
        print(f"{name} {size}: training {train:.5g}, bias {bias:.5g}, variance {variance:.5g}, error {error:.5g}")
    return measured
