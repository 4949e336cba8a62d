"""Bagging by hand: members trained on bootstrap samples, and the majority of their votes."""

from types import SimpleNamespace

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier
from torch import nn

from core.data.checks import split_indices
from core.data.points import POINTS
from core.data.tables import mislabel
from core.engine.random import generator

TABLES = {"breast cancer": load_breast_cancer, "wine": load_wine, "digits": load_digits}
FEATURES = {"all": None, "sqrt": "sqrt", "one": 1}


def split(settings, seed):
    """Training and validation rows: x, y, x_validation, y_validation."""
    s = settings
    if s.data in POINTS:
        x, y = POINTS[s.data](s.n + 2000, s.noise, seed)
        share = 999.5 / len(y)  # 1,000 rows to validate on, and as many to test on
        train, validation, _ = split_indices(y, seed, share, share)
    else:
        x, y = TABLES[s.data](return_X_y=True)
        x = x.astype(np.float32)
        _, _, test = split_indices(y, 0)
        rest = np.setdiff1d(np.arange(len(y)), test)
        train, validation = train_test_split(rest, test_size=len(test), stratify=y[rest], random_state=seed)
    labels, _ = mislabel(y[train], s.wrong, int(y.max()) + 1, np.random.default_rng([seed, 1]))
    return x[train], labels, x[validation], y[validation]


def tree(settings, x, y, features, state, drawn=None):
    """A decision tree; drawn: how many times each row was drawn."""
    grown = DecisionTreeClassifier(max_depth=settings.depth or None, max_features=features, random_state=state)
    return grown.fit(x, y, sample_weight=drawn)


def network(x, y, classes, seed):
    """A network trained for at least 600 steps of Adam."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(x.shape[1], 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, classes))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    batches, batch = generator(seed, "batches"), min(20, len(x))
    steps = max(1, len(x) // 20)
    for _ in range(-(-600 // steps)):
        for rows in torch.randperm(len(x), generator=batches)[: len(x) // batch * batch].split(batch):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
    return model


def tree_predictions(settings, x, y, x_validation, seed):
    """What a single tree predicts, then what each member predicts."""
    s, n, rng = settings, len(y), np.random.default_rng(seed)
    yield tree(s, x, y, None, seed).predict(x_validation)
    for _ in range(s.trees):
        drawn = np.bincount(rng.integers(n, size=max(1, round(s.draw * n))), minlength=n)
        member = tree(s, x, y, FEATURES[s.features], int(rng.integers(2**31)), drawn.astype(float))
        yield member.predict(x_validation)


def network_predictions(settings, x, y, x_validation, seed):
    """What a single network predicts, then what each member predicts."""
    s, n, rng = settings, len(y), np.random.default_rng(seed)
    mean, spread, classes = x.mean(0), x.std(0) + 1e-6, int(y.max()) + 1
    x, x_validation = torch.tensor((x - mean) / spread), torch.tensor((x_validation - mean) / spread)
    y = torch.tensor(y)
    samples = np.sort(rng.integers(n, size=(s.trees, max(1, round(s.draw * n)))), axis=1)
    for m, rows in enumerate([np.arange(n), *samples]):
        member = network(x[rows], y[rows], classes, 1000 * seed + m)
        with torch.no_grad():
            yield member(x_validation).argmax(1).numpy()


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Train the members of every seed and print the validation error of their vote."""
    s = settings
    torch.set_num_threads(1)
    predictions = {"tree": tree_predictions, "network": network_predictions}[s.learner]
    vote_errors, single_errors = [], []
    for seed in range(s.seed, s.seed + s.seeds):
        x, y, x_validation, y_validation = split(s, seed)
        single, *members = predictions(s, x, y, x_validation, seed)
        votes = np.zeros((len(y_validation), int(y.max()) + 1), int)
        for predicted in members:
            votes[np.arange(len(votes)), predicted] += 1
        vote_errors.append((votes.argmax(1) != y_validation).mean())
        single_errors.append((single != y_validation).mean())
        print(f"seed {seed}: vote {100 * vote_errors[-1]:.1f} %, single {s.learner} {100 * single_errors[-1]:.1f} %")
    vote, single = 100 * np.mean(vote_errors), 100 * np.mean(single_errors)
    print(f"mean validation error: vote {vote:.1f} %, single {s.learner} {single:.1f} %")
    return {"vote": vote_errors, "single": single_errors}
