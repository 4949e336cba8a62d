"""How far the gradient of a batch lies from the gradient of all examples, at fixed weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional as F

from core.stats import Interval, mean_interval

DRAWS = 32  # batches of each size


def each_gradient(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The gradient of the loss of every single example at the weights of `model`: (n, P)."""

    def loss(weights: dict[str, Tensor], one: Tensor, label: Tensor) -> Tensor:
        return F.cross_entropy(functional_call(model, weights, (one[None],)), label[None])

    weights = {name: p.detach() for name, p in model.named_parameters()}
    gradients = vmap(grad(loss), (None, 0, 0))(weights, x, y)
    return torch.cat([g.flatten(1) for g in gradients.values()], 1)


def batch_noise(
    each: Tensor, sizes: Sequence[int], draws: int, rng: np.random.Generator, replace: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Of `draws` batches of each size, drawn from the gradients of single examples (n, P): the mean squared distance of the
    batch's gradient from the full one, and the mean angle between the two in degrees."""
    n, full = len(each), each.mean(0)
    squared, angle = [], []
    for size in sizes:
        rows = [np.bincount(rng.choice(n, size, replace=replace), minlength=n) for _ in range(draws)]
        means = torch.tensor(np.array(rows) / size, dtype=each.dtype) @ each  # (draws, P)
        squared.append(((means - full) ** 2).sum(1).mean().item())
        cosine = F.cosine_similarity(means, full[None]).clamp(-1, 1)
        angle.append(np.degrees(np.arccos(cosine.numpy())).mean())
    return np.array(squared), np.array(angle)


@dataclass(frozen=True)
class Noise:
    """At the weights of S networks, for batches of `sizes` from n examples. total (S,): the variance of a single example's
    gradient, all coordinates together; norm2 (S,): the squared length of the full gradient. squared, angle: "with" or
    "without" replacement -> (S, sizes)."""

    n: int
    sizes: np.ndarray
    total: np.ndarray
    norm2: np.ndarray
    squared: dict[str, np.ndarray]
    angle: dict[str, np.ndarray]

    def left(self, how: str) -> np.ndarray:
        """What theory leaves of the variance, a factor for each size: 1/B, and (n - B)/(n - 1) of it without replacement."""
        B = self.sizes.astype(float)
        return 1 / B if how == "with" else (self.n - B) / (self.n - 1) / B

    def slope(self, how: str, level: float = 0.95) -> Interval:
        """Of the line through log variance against log B, over networks; -1 is 1/B. Without replacement the variance is
        first divided by (n - B)/(n - 1), and the full batch, which has none, is left out."""
        use = self.left(how) > 0
        B = self.sizes[use]
        y = np.log(self.squared[how][:, use] / (self.left(how)[use] * B))
        return mean_interval(np.polyfit(np.log(B), y.T, 1)[0], level)

    @property
    def scale(self) -> np.ndarray:
        """The batch size at which noise and gradient are equally long, (S,): McCandlish's simple noise scale."""
        return np.asarray(self.total / self.norm2)


def measure(models: Sequence[nn.Module], x: Tensor, y: Tensor, seeds: Sequence[int]) -> Iterator[Noise]:
    """The noise at the weights of each model; yields what there is after each."""
    n = len(x)
    sizes = np.unique([*(2**i for i in range(11) if 2**i < n), n])
    rows: list[tuple[float, float]] = []
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"with": [], "without": []}
    for model, seed in zip(models, seeds, strict=True):
        each = each_gradient(model, x, y)
        rows.append((each.var(0, unbiased=False).sum().item(), (each.mean(0) ** 2).sum().item()))
        for how, pairs in found.items():
            rng = np.random.default_rng([seed, how == "with"])
            pairs.append(batch_noise(each, sizes.tolist(), DRAWS, rng, how == "with"))
        squared, angle = ({how: np.array([pair[i] for pair in pairs]) for how, pairs in found.items()} for i in (0, 1))
        yield Noise(n, sizes, np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), squared, angle)
