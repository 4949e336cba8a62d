"""Real networks as candidates: on every data set each is trained on all rows, without each fold, and without each two.

These are enough to compute a hold-out (all rows), cross-validation (without one fold) and nested cross-validation. There the
choice for the outer fold i is made by the inner folds j, with networks that have seen neither: one network serves both (i, j)
and (j, i).
"""

from __future__ import annotations

from collections.abc import Generator
from itertools import combinations

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.generalization.validation.choosing import POOL, TEST, resampled
from core.concepts.generalization.validation.folds import assign, draw
from core.concepts.generalization.validation.result import Draw
from core.concepts.generalization.validation.settings import Settings
from core.engine import device
from core.engine.fit import Recipe, TrainStep, cross_entropy, shared_steps
from core.engine.pieces import Meter, relay
from core.engine.random import key
from core.engine.stack import Stack, stack_steps

SAME_RATE, SAME_DECAY = 0.03, 0.0  # learning rate and weight decay where the candidates differ only in their start

Sets = list[tuple[int, ...]]  # folds that a network does not see


def candidates(settings: Settings, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Learning rate and weight decay of each candidate of one data set, (M,) each."""
    s = settings
    rng = np.random.default_rng(key(seed, "candidates"))
    lr = 10 ** rng.uniform(-3, -1, s.networks)
    decay = 10 ** rng.uniform(-4, -0.5, s.networks)
    if s.search == "random search":
        return lr, decay
    return np.full(s.networks, SAME_RATE), np.full(s.networks, SAME_DECAY)


def left_out(outer: int) -> Sets:
    """Every set of folds that a network leaves out: none, one, or two."""
    return [(), *((i,) for i in range(outer)), *combinations(range(outer), 2)]


def build(width: int, classes: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, classes))


def nested_estimate(validated: np.ndarray, inner: np.ndarray, fold: np.ndarray) -> float:
    """The accuracy that nested cross-validation gives. validated (M, n): whether each candidate is right about each row when
    it has not seen its fold. inner (outer, M, n): the same when it has not seen fold i either."""
    right = []
    for i in range(len(inner)):
        rest = fold != i
        chosen = inner[i][:, rest].mean(1).argmax()
        right.append(validated[chosen, ~rest])
    return float(np.concatenate(right).mean())


def train(settings: Settings, number: int) -> Generator[float, None, Draw]:
    """Trains and judges the networks of one data set; yields the share that is done."""
    s = settings
    seed = s.seed + number
    where = device.pick()
    x, y = draw(s.data, s.rows + POOL + TEST, s.noise, s.flips, seed)
    inputs = torch.tensor(x, dtype=torch.float32, device=where)
    classes = torch.tensor(y, device=where)
    fold = assign(s.rows, s.outer, np.random.default_rng(key(seed, "outer folds")))
    sets = left_out(s.outer)
    seeds = [64 * seed + c for _ in sets for c in range(s.networks)]
    models = yield from relay(stack_steps(lambda: build(s.width, int(y.max()) + 1), seeds, where), 0.0)
    models.dropout = (0.0,) * models.K
    lr, decay = (np.tile(values, len(sets)).tolist() for values in candidates(s, seed))
    seen = torch.tensor(np.stack([~np.isin(fold, out) for out in sets]), dtype=torch.float32, device=where)
    # Each network's loss is the mean over the rows that it sees.
    weights = (seen * s.rows / seen.sum(1, keepdim=True)).repeat_interleave(s.networks, 0)
    step = TrainStep(models, Recipe("Adam", lr=lr, weight_decay=decay), cross_entropy, s.steps, weights)
    known = inputs[: s.rows].expand(models.K, s.rows, 2), classes[: s.rows].expand(models.K, s.rows)
    meter = Meter(where)
    for t in range(s.steps):
        meter.reset()
        batch = lambda some, rows: (known[0][some, rows], known[1][some, rows])  # noqa: E731
        yield from relay(step.pieces(batch, s.rows, (2,), t, meter), t / s.steps)
        yield (t + 1) / s.steps
    return (yield from relay(judge(s, models, inputs, classes, fold, seed), 1.0))


def judge(
    settings: Settings, models: Stack, x: Tensor, y: Tensor, fold: np.ndarray, seed: int
) -> Generator[None, None, Draw]:
    """Makes the Draw of one data set from its trained networks, yielding where it takes long."""
    s = settings
    sets, n, M = left_out(s.outer), s.rows, s.networks
    predicted = yield from shared_steps(models, x[:n], lambda logits: logits.argmax(2))
    known = (predicted == y[:n]).view(len(sets), M, n).cpu().numpy()
    right = np.zeros((M, POOL + TEST), bool)  # of those trained on all rows, on rows that nobody has seen
    for c in range(M):
        with torch.no_grad():
            right[c] = (models.unstack(c)(x[n:].cpu()).argmax(1) == y[n:].cpu()).numpy()
        yield
    number = {out: k for k, out in enumerate(sets)}
    validated = np.zeros((M, n), bool)
    inner = np.zeros((s.outer, M, n), bool)
    for j in range(s.outer):
        held_out = fold == j
        validated[:, held_out] = known[number[(j,)]][:, held_out]
        for i in range(s.outer):
            if i != j:
                inner[i][:, held_out] = known[number[(min(i, j), max(i, j))]][:, held_out]
    test = right[:, POOL:].mean(1)
    rng = np.random.default_rng(key(seed, "validation rows"))
    optimism, gain = resampled(right[:, :POOL], test, s.row_counts, s.sizes, rng)
    return Draw(optimism, gain, test, validated.mean(1), nested_estimate(validated, inner, fold))
