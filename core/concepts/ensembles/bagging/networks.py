"""Members that are neural networks, trained all at once as one stack."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.ensembles.bagging.settings import Settings
from core.concepts.ensembles.bagging.trees import Inputs, Member, Progress
from core.engine import device
from core.engine.fit import Recipe, fit_each, shared_steps
from core.engine.pieces import relay
from core.engine.stack import Stack, stack_steps

HIDDEN = 32  # neurons in each of the two hidden layers
STEPS = 600  # of Adam, at the least
BATCH, LR = 20, 0.01


def build(features: int, classes: int) -> nn.Sequential:
    """One network."""
    return nn.Sequential(
        nn.Linear(features, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, classes)
    )


def train_networks(s: Settings, x: np.ndarray, y: np.ndarray, seed: int, inputs: Inputs) -> Iterator[Progress]:
    """First the network on all rows, then s.trees members, member m with the random start 1000 * seed + m."""
    rng, n = np.random.default_rng(seed), len(y)
    where = device.pick()
    new = partial(build, x.shape[1], int(y.max()) + 1)
    drawn = np.sort(rng.integers(n, size=(s.trees, s.sample_size(n))), axis=1)  # the rows of each member
    mean, spread = x.mean(0), x.std(0) + 1e-6
    scaled = {name: torch.tensor((rows - mean) / spread, device=where) for name, rows in inputs.items()}
    own_x, own_y = torch.tensor((x - mean) / spread, device=where), torch.tensor(y, device=where)
    for first, rows, begin, end in ((0, np.arange(n)[None], 0.0, 0.05), (1, drawn, 0.05, 1.0)):
        seeds = [1000 * seed + first + m for m in range(len(rows))]
        models = yield from relay(stack_steps(new, seeds, where), (begin, None))
        steps_an_epoch = max(1, rows.shape[1] // BATCH)
        recipe = Recipe("Adam", lr=LR, batch=min(BATCH, rows.shape[1]), epochs=-(-STEPS // steps_an_epoch))
        for done in fit_each(models, own_x[rows], own_y[rows], recipe):
            yield begin + 0.9 * (end - begin) * done, None
        predictions = {}
        for name, part in scaled.items():
            predictions[name] = yield from relay(_predict(models, part), (begin + 0.9 * (end - begin), None))
        for m in range(len(rows)):
            member = Member(np.bincount(rows[m], minlength=n), {name: p[m] for name, p in predictions.items()})
            share = begin + (0.9 + 0.1 * (m + 1) / len(rows)) * (end - begin)
            yield (1.0 if m == s.trees - 1 and first else min(share, 0.999)), member


def _predict(models: Stack, x: Tensor) -> Generator[None, None, np.ndarray]:
    """Computes the class that each model predicts for each row, yielding where it takes long; returns (K, n) uint8."""
    classes = yield from shared_steps(models, x, lambda logits: logits.argmax(2).to(torch.uint8))
    return classes.cpu().numpy()
