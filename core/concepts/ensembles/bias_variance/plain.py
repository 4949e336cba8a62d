"""Bias and variance by hand: every learner trained on many training sets, and its error taken apart."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from core.data.problems import problem
from core.engine.ensembles import LEARNERS, STAGED
from core.engine.random import generator


def finish(steps):
    """What a generator returns."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def network(x, y, settings, classes, seed, test):
    """Predictions of a network with two hidden layers: numbers (T,), or a score of each class (T, C)."""
    torch.manual_seed(seed)
    width, batch = settings.width, 20
    model = nn.Sequential(
        nn.Linear(x.shape[1], width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, classes or 1)
    )
    x, y = torch.tensor(x), torch.tensor(y, dtype=torch.long if classes else torch.float32)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    batches = generator(seed, "batches")
    for _ in range(settings.epochs):
        order = torch.randperm(len(x), generator=batches)[: len(x) // batch * batch]
        for rows in order.split(batch):
            out = model(x[rows])
            loss = nn.functional.cross_entropy(out, y[rows]) if classes else ((out.squeeze(1) - y[rows]) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        out = model(torch.tensor(test))
    return out.numpy() if classes else out.squeeze(1).double().numpy()


def squared_terms(predictions, truth, noise):
    """Bias², variance and noise of predictions (R, T)."""
    variance = predictions.var(0, ddof=1)
    bias = (predictions.mean(0) - truth) ** 2 - variance / len(predictions)  # the mean of R predictions is itself off
    return {"bias": bias.mean(), "variance": variance.mean(), "noise": noise**2}


def share_terms(predictions, truth, noise, classes):
    """Bias, variance and noise of predicted classes (R, T), after Domingos."""
    votes = (predictions[:, :, None] == np.arange(classes)).mean(0)
    main, right = votes.argmax(1), votes[np.arange(len(truth)), truth]
    biased = main != truth
    variance = np.where(biased, -right, 1 - votes.max(1))
    return {"bias": biased.mean(), "variance": variance.mean(), "noise": ((2 * right - 1) * noise).mean()}


def main(settings: SimpleNamespace) -> dict[str, dict[str, float]]:
    """Train every learner on every training set and print the terms of its error."""
    s = settings
    torch.set_num_threads(1)
    task = problem(s)
    classes = len(task.classes)
    predictions = {}
    for r in range(s.resamples):
        x, y = task.draw(r)
        for i, (name, learn) in enumerate(LEARNERS.items()):
            found = finish(learn(x, y, s, classes, np.random.default_rng([s.seed, 3, r, i]), task.test))
            predictions.setdefault(name, []).append(found[-1] if name in STAGED else found)  # the whole ensemble
        predictions.setdefault("network", []).append(network(x, y, s, classes, s.seed + r, task.test))
    terms = {}
    for name, found in predictions.items():
        found = np.array(found)
        if classes:
            parts = share_terms(found.argmax(2), task.best, task.noise, classes)
        else:
            parts = squared_terms(found, task.best, s.noise)
        terms[name] = parts | {"error": sum(parts.values())}
        print(f"{name}: " + ", ".join(f"{term} {value:.4f}" for term, value in terms[name].items()))
    return terms
