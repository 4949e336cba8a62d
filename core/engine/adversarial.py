"""Two stacks trained in turn: generators, and the discriminators that tell their examples from real ones.

Losses: Goodfellow et al. (2014), original and non-saturating; Mao et al., "Least Squares GAN" (2017); Arjovsky et al.,
"Wasserstein GAN" (2017), with clipped weights; Gulrajani et al. (2017), with a gradient penalty; and feature matching by Salimans
et al. (2016). Every model follows the trajectory that it would have alone in plain torch.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from core.engine.optimizers import Coefficients, State, adam
from core.engine.stack import Stack

T = TypeVar("T")

# Of logits, or of a critic's scores, element by element: the discriminator's loss on real and fake ones, the generator's on fake ones.
LOSSES: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "original": (lambda real, fake: F.softplus(-real) + F.softplus(fake), lambda fake: -F.softplus(fake)),
    "non-saturating": (lambda real, fake: F.softplus(-real) + F.softplus(fake), lambda fake: F.softplus(-fake)),
    "least squares": (lambda real, fake: 0.5 * (real - 1) ** 2 + 0.5 * fake**2, lambda fake: 0.5 * (fake - 1) ** 2),
    "Wasserstein": (lambda real, fake: fake - real, lambda fake: -fake),
}


@dataclass(frozen=True)
class Rules:
    """How one generator and its discriminator play."""

    loss: str  # a name in LOSSES
    discriminator_lr: float  # Adam's learning rate of the discriminator
    generator_lr: float  # and of the generator
    betas: tuple[float, float] = (0.5, 0.999)  # Adam's, of both
    clip: float = math.inf  # the largest size of a weight of the discriminator
    penalty: float = 0.0  # weight of (|gradient| - 1)^2 between real and fake examples
    matching: bool = (
        False  # the generator matches the mean of the last hidden layer, and not the discriminator's answer
    )


class Adversaries:
    """K pairs of a generator and a discriminator. Neighbours with equal rules are computed together."""

    def __init__(self, generators: Stack, discriminators: Stack, rules: Sequence[Rules]) -> None:
        self.generators, self.discriminators = generators, discriminators
        self.rules = _runs(rules)
        self._betas = [m for _, m in _runs([r.betas for r in rules])]
        self._states: list[tuple[State, State]] = [({}, {}) for _ in self._betas]
        self._all = tuple(rules)
        self.count = 0

    def step(self, real: Tensor, z: Tensor, mix: Tensor) -> None:
        """One update of every discriminator and then of every generator on the same fake examples.

        real: (K, B, ...). z: (K, B, features), what the generators turn into examples. mix: (K, B, 1) in [0, 1], where
        between a real and a fake example the gradient penalty looks.
        """
        self.count += 1
        fake = self.generators(z)
        self._discriminate(real, fake.detach(), mix)
        self._generate(real, fake)

    def _discriminate(self, real: Tensor, fake: Tensor, mix: Tensor) -> None:
        D = self.discriminators
        a, b = D(torch.cat([real, fake], 1))[..., 0].chunk(2, 1)
        D.backward(torch.cat([LOSSES[r.loss][0](a[m], b[m]) for r, m in self.rules]))
        for r, m in self.rules:
            if r.penalty:
                between = (mix[m] * real[m] + (1 - mix[m]) * fake[m]).requires_grad_()
                part = D.part(m)
                (slope,) = torch.autograd.grad(part(between).sum(), between, create_graph=True)
                part.backward(r.penalty * (slope.flatten(2).norm(dim=2) - 1) ** 2, add=True)
        self._update(D, 0)
        with torch.no_grad():
            for r, m in self.rules:
                if math.isfinite(r.clip):
                    D.theta[m].clamp_(-r.clip, r.clip)

    def _generate(self, real: Tensor, fake: Tensor) -> None:
        D = self.discriminators
        answers = D(fake)[..., 0]
        losses = []
        for r, m in self.rules:
            if r.matching:
                part = D.part(m)
                with torch.no_grad():
                    aim = part.hidden(real[m]).mean(1)
                distance = ((part.hidden(fake[m]).mean(1) - aim) ** 2).sum(1, keepdim=True)
                losses.append(distance.expand(-1, answers.shape[1]))
            else:
                losses.append(LOSSES[r.loss][1](answers[m]))
        self.generators.backward(torch.cat(losses))
        self._update(self.generators, 1)

    def _update(self, stack: Stack, player: int) -> None:
        lr = [r.generator_lr if player else r.discriminator_lr for r in self._all]
        column = torch.tensor(lr, dtype=stack.theta.dtype, device=stack.device)[:, None]
        with torch.no_grad():
            for m, states in zip(self._betas, self._states, strict=True):
                rates = Coefficients(column[m], column[m], None, self.count)
                adam(stack.theta[m], stack.grad[m], states[player], rates, *self._all[m.start].betas)


def _runs(values: Sequence[T]) -> list[tuple[T, slice]]:
    """Each value with the places of its run of equal neighbours."""
    runs, start = [], 0
    for value, group in itertools.groupby(values):
        end = start + sum(1 for _ in group)
        runs.append((value, slice(start, end)))
        start = end
    return runs
