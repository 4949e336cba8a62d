"""Real networks as candidates: on every data set each is trained on all rows, without each fold, and without each two.

With those, everything can be computed: a hold-out (all rows), cross-validation (without one fold) and nested
cross-validation. There the choice within the outer fold i is made by the inner folds j, with networks that have seen
neither: one network serves both (i, j) and (j, i).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.generalization.validation_choice import SIZES, ladder, resampled, row_counts
from core.concepts.generalization.validation_folds import deal, drawn
from core.engine import device
from core.engine.fit import Recipe, TrainStep, cross_entropy
from core.engine.random import key
from core.engine.stack import Stack, stack

if TYPE_CHECKING:
    from core.concepts.generalization.validation import Settings

POOL, TEST = 2000, 4000  # fresh rows to choose by, and to judge the chosen on
SAME = (0.03, 0.0)  # learning rate and weight decay when only the start differs


@dataclass(frozen=True)
class Draw:
    """One data set. optimism, gain: (rows, sizes) of choosing on fresh validation rows. test (M,): each network's accuracy.
    The best by cross-validation, `best`: what it scored there, what nested cross-validation says, and the truth."""

    optimism: np.ndarray
    gain: np.ndarray
    test: np.ndarray
    validated: np.ndarray  # (M,) cross-validated accuracy
    nested: float

    @property
    def best(self) -> int:
        return int(self.validated.argmax())

    @property
    def truth(self) -> float:
        return float(self.test[self.best])


def candidates(s: Settings, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Learning rate and weight decay of each of the M candidates of this data set."""
    rng = np.random.default_rng(key(seed, "candidates"))
    lr, decay = 10 ** rng.uniform(-3, -1, s.networks), 10 ** rng.uniform(-4, -0.5, s.networks)
    return (lr, decay) if s.search == "random search" else (np.full(s.networks, SAME[0]), np.full(s.networks, SAME[1]))


def left_out(outer: int) -> list[tuple[int, ...]]:
    """The folds a network does not see: none, one, or two."""
    return [(), *((i,) for i in range(outer)), *combinations(range(outer), 2)]


def build(width: int, classes: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, classes))


def judged(validated: np.ndarray, inner: np.ndarray, fold: np.ndarray) -> tuple[np.ndarray, float]:
    """Cross-validated accuracy (M,) and the nested estimate. validated (M, n): whether each candidate is right about each
    row when it has not seen its fold. inner (outer, M, n): the same when it has not seen fold i either."""
    right = []
    for i in range(len(inner)):
        rest = fold != i
        chosen = inner[i][:, rest].mean(1).argmax()
        right.append(validated[chosen, ~rest])
    return validated.mean(1), float(np.concatenate(right).mean())


def train(s: Settings, i: int) -> Iterator[Draw | None]:
    """Train on the i-th data set: None after every step, and the Draw at the end."""
    seed, where = s.seed + i, device.pick()
    x, y = drawn(s.data, s.rows + POOL + TEST, s.noise, s.flips, seed)
    xs, ys = torch.tensor(x, dtype=torch.float32, device=where), torch.tensor(y, device=where)
    fold = deal(s.rows, s.outer, np.random.default_rng(key(seed, "outer folds")))
    sets, M, n = left_out(s.outer), s.networks, s.rows
    models = stack(lambda: build(s.width, int(y.max()) + 1), [64 * seed + c for _ in sets for c in range(M)], where)
    models.dropout = (0.0,) * models.K
    seen = torch.tensor(np.stack([~np.isin(fold, out) for out in sets]), dtype=torch.float32, device=where)
    share = (seen * n / seen.sum(1, keepdim=True)).repeat_interleave(M, 0)  # each network's loss: the mean of its rows
    lr, decay = (np.tile(v, len(sets)).tolist() for v in candidates(s, seed))
    weighed = lambda logits, labels: cross_entropy(logits, labels) * share  # noqa: E731
    step = TrainStep(models, Recipe("Adam", lr=lr, weight_decay=decay), weighed, s.steps)
    inputs, labels = xs[:n].expand(models.K, n, 2), ys[:n].expand(models.K, n)
    for t in range(s.steps):
        step(inputs, labels, t)
        yield None
    yield measured(s, models, sets, xs, ys, fold, seed)


def measured(
    s: Settings, models: Stack, sets: list[tuple[int, ...]], x: Tensor, y: Tensor, fold: np.ndarray, seed: int
) -> Draw:
    n, M = s.rows, s.networks
    with torch.no_grad():
        known = (models.shared(x[:n]).argmax(2) == y[:n]).view(len(sets), M, n).cpu().numpy()
        # Those of all rows, on rows that nobody has seen.
        fresh = torch.stack([models.unstack(c)(x[n:].cpu()).argmax(1) for c in range(M)])
    right = (fresh == y[n:].cpu()).numpy()
    one = {out: k for k, out in enumerate(sets)}
    validated = np.zeros((M, n), bool)
    inner = np.zeros((s.outer, M, n), bool)
    for j in range(s.outer):
        mine = fold == j
        validated[:, mine] = known[one[(j,)]][:, mine]
        for i in range(s.outer):
            if i != j:
                inner[i][:, mine] = known[one[(min(i, j), max(i, j))]][:, mine]
    scores, nested = judged(validated, inner, fold)
    test = right[:, POOL:].mean(1)
    rng = np.random.default_rng(key(seed, "validation rows"))
    optimism, gain = resampled(right[:, :POOL], test, row_counts(s.n), ladder(SIZES, M), rng)
    return Draw(optimism, gain, test, scores, nested)
