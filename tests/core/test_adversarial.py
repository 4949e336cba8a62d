"""Generators and discriminators in a stack against the same in plain torch, one after the other."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from core.engine.adversarial import Adversaries, Rules
from core.engine.networks import MinibatchDiscrimination
from core.engine.random import generator
from core.engine.stack import stack

B = 16
RULES = [
    Rules("original", 0.01, 0.01),
    Rules("non-saturating", 0.01, 0.002),
    Rules("least squares", 0.01, 0.01),
    Rules("non-saturating", 0.01, 0.01, matching=True),
    Rules("Wasserstein", 0.005, 0.005, (0.0, 0.9), clip=0.3),
    Rules("Wasserstein", 0.01, 0.01, (0.0, 0.9), penalty=1.5),
]


def generators() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2)).double()


def discriminators() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1)).double()


def twins() -> nn.Sequential:
    layers = [nn.Linear(2, 6), nn.LeakyReLU(0.2), MinibatchDiscrimination(6, 3, 2, B), nn.Linear(9, 1)]
    return nn.Sequential(*layers).double()


def batches(steps: int) -> list[tuple[torch.Tensor, ...]]:
    g = generator(0, "data")
    draw = [(torch.randn(B, 2, generator=g), torch.randn(B, 3, generator=g), torch.rand(B, 1, generator=g)) for _ in range(steps)]  # fmt: skip
    return [tuple(part.double() for part in parts) for parts in draw]


def alone(G: nn.Sequential, D: nn.Sequential, rules: Rules, steps: int) -> None:
    """The plain loop, with torch's own losses and optimisers."""
    left = torch.optim.Adam(D.parameters(), lr=rules.discriminator_lr, betas=rules.betas)
    right = torch.optim.Adam(G.parameters(), lr=rules.generator_lr, betas=rules.betas)
    bce, one, zero = F.binary_cross_entropy_with_logits, torch.ones(B, 1).double(), torch.zeros(B, 1).double()
    for real, z, mix in batches(steps):
        fake = G(z).detach()
        a, b = D(real), D(fake)
        if rules.loss == "Wasserstein":
            loss = b.mean() - a.mean()
        elif rules.loss == "least squares":
            loss = (F.mse_loss(a, one) + F.mse_loss(b, zero)) / 2
        else:
            loss = bce(a, one) + bce(b, zero)
        if rules.penalty:
            between = (mix * real + (1 - mix) * fake).requires_grad_()
            (slope,) = torch.autograd.grad(D(between).sum(), between, create_graph=True)
            loss = loss + rules.penalty * ((slope.norm(dim=1) - 1) ** 2).mean()
        left.zero_grad()
        loss.backward()
        left.step()
        for p in D.parameters():
            p.data.clamp_(-rules.clip, rules.clip)
        fake = G(z)
        b = D(fake)
        if rules.matching:
            loss = ((D[:-1](fake).mean(0) - D[:-1](real).mean(0).detach()) ** 2).sum()
        elif rules.loss == "Wasserstein":
            loss = -b.mean()
        elif rules.loss == "least squares":
            loss = F.mse_loss(b, one) / 2
        else:
            loss = bce(b, one) if rules.loss == "non-saturating" else -bce(b, zero)
        right.zero_grad()
        loss.backward()
        right.step()


def vector(module: nn.Module) -> torch.Tensor:
    return nn.utils.parameters_to_vector(module.parameters())


@pytest.mark.parametrize("build", [discriminators, twins])
def test_every_pair_goes_where_plain_torch_would_take_it(build: Any) -> None:
    rules = [
        r for r in RULES if build is discriminators or not r.penalty
    ]  # L1 distances have no second derivative in torch
    G, D = (stack(make, range(len(rules))) for make in (generators, build))
    plain = [(G.unstack(k).train(), D.unstack(k).train()) for k in range(len(rules))]
    before = copy.deepcopy(G.theta)
    pairs = Adversaries(G, D, rules)
    for parts in batches(30):
        pairs.step(*(part.expand(len(rules), *part.shape) for part in parts))
    for k, (one, other) in enumerate(plain):
        alone(one, other, rules[k], 30)
        assert torch.allclose(G.theta[k], vector(one), atol=1e-9), rules[k]
        assert torch.allclose(D.theta[k], vector(other), atol=1e-9), rules[k]
    assert ((G.theta - before).abs().max(1).values > 0.01).all()


def test_similarity_is_summed_over_the_others_of_a_batch() -> None:
    layer = MinibatchDiscrimination(5, 3, 2, 4).double()
    x = torch.randn(8, 5, generator=torch.Generator().manual_seed(0)).double()
    layer.requires_grad_(False)
    out = layer(x)
    for batch in (range(4), range(4, 8)):
        for i in batch:
            for kernel in range(3):
                rows = layer.projection.weight[2 * kernel : 2 * kernel + 2]
                own = sum(torch.exp(-(rows @ (x[i] - x[j])).abs().sum()) for j in batch if j != i)
                assert out[i, 5 + kernel].item() == pytest.approx(float(own))
    assert torch.equal(out[:, :5], x)
    among = layer.among(layer.projection(x[:4]), layer.projection(x))  # of four others, among which is the first itself
    assert torch.allclose(among[:4], out[:4, 5:] + 1)


def test_the_layer_in_a_stack_is_the_layer_alone() -> None:
    models = stack(twins, [0, 1])
    x = torch.randn(2, 2 * B, 2, generator=torch.Generator().manual_seed(0)).double()
    for k in range(2):
        assert torch.allclose(models(x)[k], models.unstack(k)(x[k]))
        assert torch.allclose(models.hidden(x)[k], models.unstack(k)[:-1](x[k]))
