"""One classifier, trained with every classification loss on partly wrong labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from core.concepts.losses.losses.settings import TEST_POINTS
from core.data.points import moons
from core.engine.optimizers import Coefficients, State, adam
from core.engine.stack import stack

Losses = Mapping[str, Callable[[Tensor], Tensor]]
RATE = 0.03  # learning rate of Adam


def noisy_moons(examples: int, flips: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two moons: x (n, 2), labels -1 or 1 (n,), a share `flips` of them wrong, and which ones, bool (n,)."""
    x, y = moons(examples, 0.2, seed)
    rng = np.random.default_rng([seed, 1])
    wrong = np.zeros(examples, bool)
    wrong[rng.permutation(examples)[: round(flips * examples)]] = True
    sign = (2.0 * y - 1).astype(np.float32)
    return x, np.where(wrong, -sign, sign).astype(np.float32), wrong


def network(width: int) -> nn.Sequential:
    """One hidden layer, or none where width is 0; one logit."""
    if width == 0:
        return nn.Sequential(nn.Linear(2, 1))
    return nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, 1))


def train_classifiers(
    losses: Losses, examples: int, flips: float, width: int, steps: int, seeds: int, seed: int
) -> pd.DataFrame:
    """The scores of a Result: a classifier trained with every loss, losses x seeds models in one stack.

    Models of one seed share initial weights, data and wrong labels, so their differences are paired.
    """
    drawn = [noisy_moons(examples, flips, seed + k) for k in range(seeds)]
    clean = [noisy_moons(TEST_POINTS, 0.0, seed + k + 50_000) for k in range(seeds)]  # points that no seed trains on
    x, y, wrong = (torch.tensor(np.stack(parts)) for parts in zip(*drawn, strict=True))  # (S, n, ...) each
    test, truth, _ = (torch.tensor(np.stack(parts)) for parts in zip(*clean, strict=True))
    models = stack(lambda: network(width), [seed + k for _ in losses for k in range(seeds)])  # loss by loss
    state = State()

    def for_each_loss(t: Tensor) -> Tensor:  # (S, ...) -> (L*S, ...)
        return t.repeat(len(losses), *[1] * (t.dim() - 1))

    inputs = for_each_loss(x)
    labels = for_each_loss(y)
    lr = torch.full((models.K, 1), RATE)
    for step in range(1, steps + 1):
        margins = (labels * models(inputs)[..., 0]).split(seeds)  # a piece (S, n) for each loss
        models.backward(torch.cat([loss(m) for loss, m in zip(losses.values(), margins, strict=True)]))
        with torch.no_grad():
            adam(models.theta, models.grad, state, Coefficients(lr, lr, None, step))  # Adam takes no momentum
    with torch.no_grad():
        right = (models(for_each_loss(test))[..., 0] * for_each_loss(truth) > 0).float().mean(1)  # (L*S,)
        repeats = (models(inputs)[..., 0] * labels > 0) & for_each_loss(wrong)
        memorised = repeats.sum(1) / for_each_loss(wrong).sum(1)  # NaN when no label is wrong
    names = np.repeat(list(losses), seeds)
    return pd.DataFrame({"name": names, "seed": list(models.seeds), "accuracy": right, "memorised": memorised})
