"""A quick learner cross-validated on 200 data sets, coin-flippers, then the best of many networks, trained one after the other."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import torch
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from core.data.points import POINTS
from core.engine.random import key

SETS, FRESH = 200, 400  # data sets of the quick learner, and new rows for each
REPEATS, TOSSES = 400, 1000  # simulations of the coin-flippers, and tosses to judge the best on
POOL, TEST = 2000, 4000  # new rows to draw held-out rows from, and to judge networks on


def linear(x, y, new):
    return LinearRegression().fit(x, np.eye(y.max() + 1)[y]).predict(new).argmax(1)


LEARNERS = {
    "5 nearest neighbours": lambda x, y, new: KNeighborsClassifier(5).fit(x, y).predict(new),
    "1 nearest neighbour": lambda x, y, new: KNeighborsClassifier(1).fit(x, y).predict(new),
    "linear": linear,
    "majority class": lambda x, y, new: DummyClassifier(strategy="most_frequent").fit(x, y).predict(new),
}


def draw(s, count, seed):
    """Rows x (count, 2) with classes y (count,), of which a share `flips` is drawn at random."""
    rng = np.random.default_rng(seed)
    x, y = POINTS[s.data](count, s.noise, seed)
    order = rng.permutation(count)
    x, y = x[order].astype(float), y[order]
    return x, np.where(rng.random(count) < s.flips, rng.integers(0, y.max() + 1, count), y)


def assign(n, k, rng):
    """A random fold for each of n rows."""
    return rng.permutation(n) * k // n


def cross_validate(s, x, y, fold, held_out):
    """The share of the rows of the `held_out` folds that is predicted right from the rows of the other folds."""
    right = []
    for f in held_out:
        seen = fold != f
        right.append(LEARNERS[s.learner](x[seen], y[seen], x[~seen]) == y[~seen])
    return np.concatenate(right).mean()


def estimates(s):
    """Way of estimating -> the estimate on each data set."""
    x, y = draw(s, SETS * (s.rows + FRESH), s.seed)
    x = x[: SETS * s.rows].reshape(SETS, s.rows, 2)
    y = y[: SETS * s.rows].reshape(SETS, s.rows)
    ways = {f"hold-out 1/{s.k}": (s.k, [0])}
    for k in sorted({2, 5, 10, s.k, s.rows}):
        if k <= s.rows:
            ways["leave one out" if k == s.rows else f"{k} folds"] = k, range(k)
    found = {}
    for name, (k, held_out) in ways.items():
        rng = np.random.default_rng(key(s.seed, "deal"))
        found[name] = np.array([cross_validate(s, x[i], y[i], assign(s.rows, k, rng), held_out) for i in range(SETS)])
        print(f"{name}: mean {found[name].mean():.4f}, standard deviation {found[name].std(ddof=1):.4f}")
    return found


def coins(s):
    """By how much the best of M coin-flippers looks too good on n rows."""
    rng = np.random.default_rng(key(s.seed, f"coins {s.n}"))
    held_out = rng.binomial(s.n, 0.5, (REPEATS, s.M)) / s.n
    test = rng.binomial(TOSSES, 0.5, (REPEATS, s.M)) / TOSSES
    best = held_out.argmax(1)[:, None]
    optimism = np.take_along_axis(held_out - test, best, 1).mean()
    print(f"coin-flippers: {optimism:+.4f} above the truth")
    return optimism


def fit(s, x, y, start, lr, decay, classes):
    """A network trained on all rows at once."""
    torch.manual_seed(start)
    model = nn.Sequential(nn.Linear(2, s.width), nn.ReLU(), nn.Linear(s.width, classes))
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=decay)
    for _ in range(s.steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    return model


def is_right(model, x, y):
    with torch.no_grad():
        return (model(x).argmax(1) == y).numpy()


def best_network(s, seed):
    """Score minus true accuracy of the chosen network on one data set: hold-out, cross-validation, nested."""
    x, y = (torch.tensor(part) for part in draw(s, s.rows + POOL + TEST, seed))
    x, classes, fold = (
        x.float(),
        int(y.max()) + 1,
        assign(s.rows, s.outer, np.random.default_rng(key(seed, "outer folds"))),
    )
    rng = np.random.default_rng(key(seed, "candidates"))
    lr, decay = 10 ** rng.uniform(-3, -1, s.networks), 10 ** rng.uniform(-4, -0.5, s.networks)
    if s.search == "starts only":
        lr[:], decay[:] = 0.03, 0.0
    known, fresh = {}, []  # folds left out -> (networks, rows) whether right; those of all rows on new rows
    for out in [(), *((i,) for i in range(s.outer)), *combinations(range(s.outer), 2)]:
        seen = torch.tensor(~np.isin(fold, out))
        known[out] = []
        for c in range(s.networks):
            model = fit(s, x[: s.rows][seen], y[: s.rows][seen], 64 * seed + c, lr[c], decay[c], classes)
            known[out].append(is_right(model, x[: s.rows], y[: s.rows]))
            if not out:
                fresh.append(is_right(model, x[s.rows :], y[s.rows :]))
        known[out] = np.array(known[out])
    fresh = np.array(fresh)
    accuracy = fresh[:, POOL:].mean(1)
    rng, optimism = np.random.default_rng(key(seed, "validation rows")), []
    for _ in range(40):
        order, some = rng.permutation(s.networks), rng.permutation(POOL)
        scores = fresh[order, :POOL][:, some[: s.n]].mean(1)
        optimism.append(scores.max() - accuracy[order][scores.argmax()])
    validated = np.stack([known[(f,)][:, row] for row, f in enumerate(fold)], 1)
    nested = []
    for i in range(s.outer):  # fold i has no part in choosing the network that is scored on it
        inner = [known[tuple(sorted((i, f)))][:, row] for row, f in enumerate(fold) if f != i]
        nested.append(validated[np.mean(inner, 0).argmax()][fold == i])
    best = validated.mean(1).argmax()
    return np.mean(optimism), validated[best].mean() - accuracy[best], np.concatenate(nested).mean() - accuracy[best]


def main(settings: SimpleNamespace) -> dict[str, object]:
    """Print the estimates, and how far the score of a chosen network lies above its true accuracy."""
    s = settings
    torch.set_num_threads(1)
    found: dict[str, object] = {"estimates": estimates(s), "coins": coins(s)}
    errors = []
    for seed in range(s.seed, s.seed + s.sets):
        errors.append(best_network(s, seed))
        print(f"data set {len(errors)}: " + ", ".join(f"{e:+.4f}" for e in errors[-1]), flush=True)
    for name, mean in zip(("hold-out", "cross-validation", "nested"), np.mean(errors, 0), strict=True):
        print(f"{name}: {mean:+.4f} above the truth")
    return found | {"errors": np.array(errors)}
