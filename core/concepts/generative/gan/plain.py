"""Every loss and seed trained one after the other."""

import math
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from core.data.mixtures import coverage, mixture
from core.engine.networks import MinibatchDiscrimination
from core.engine.random import generator

BATCH, NOISE = 64, 8


def build_generator(width):
    layers = [nn.Linear(NOISE, width), nn.ReLU()]
    for _ in range(2):
        layers += [nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, 2))


def build_discriminator(width, minibatch):
    layers = [nn.Linear(2, width), nn.LeakyReLU(0.2)]
    for _ in range(2):
        layers += [nn.Linear(width, width), nn.LeakyReLU(0.2)]
    if minibatch:
        layers.append(MinibatchDiscrimination(width, 4, 2, BATCH))
    return nn.Sequential(*layers, nn.Linear(width + 4 * minibatch, 1))


def start(module):
    """Weights of the variance 2/inputs, those of the last layer 1/inputs, and biases of zero."""
    with torch.no_grad():
        for name, p in module.named_parameters():
            last = p is module[-1].weight
            p *= 0.0 if p.dim() == 1 else 3**0.5 if last else 0.35 if "projection" in name else 6**0.5
    return module


def rows(settings):
    """What each row changes: loss, learning rates of discriminator and generator, Adam's betas, and more."""
    s = settings
    both = {"lr": s.lr, "generator_lr": s.ratio * s.lr, "betas": (0.5, 0.999)}
    slow = {"lr": 0.5 * s.lr, "generator_lr": s.ratio * (0.5 * s.lr), "betas": (0.0, 0.9)}
    remedies = [n for n, on in (("Two rates", s.ttur), ("Minibatch", s.minibatch), ("Matching", s.matching)) if on]
    made = {
        "Original": {"loss": "original", **both},
        "Non-saturating": {"loss": "non-saturating", **both},
        "Least squares": {"loss": "least squares", **both},
        "WGAN": {"loss": "Wasserstein", **slow, "clip": s.clip},
        "WGAN-GP": {"loss": "Wasserstein", **both, "betas": (0.0, 0.9), "penalty": s.penalty},
        "Two rates": {"loss": "non-saturating", **both, "generator_lr": s.ratio * s.lr / 4},
        "Minibatch": {"loss": "non-saturating", **both, "minibatch": True},
        "Matching": {"loss": "non-saturating", **both, "matching": True},
    }
    names = {*s.losses, *remedies, *(["Non-saturating"] if remedies else [])}
    return {name: row for name, row in made.items() if name in names}


def discriminator_loss(loss, real, fake):
    if loss == "Wasserstein":
        return fake.mean() - real.mean()
    if loss == "least squares":
        return ((real - 1) ** 2).mean() / 2 + (fake**2).mean() / 2
    return F.softplus(-real).mean() + F.softplus(fake).mean()  # binary cross-entropy: real is 1, fake is 0


def generator_loss(loss, fake):
    if loss == "Wasserstein":
        return -fake.mean()
    if loss == "least squares":
        return ((fake - 1) ** 2).mean() / 2
    if loss == "original":
        return -F.softplus(fake).mean()  # log(1 - D), which is flat where the discriminator is sure
    return F.softplus(-fake).mean()  # -log D


def fit(
    settings, centres, seed, loss, lr, generator_lr, betas, clip=math.inf, penalty=0.0, minibatch=False, matching=False
):
    """Train one pair and return 2,000 points of the generator."""
    s = settings
    torch.manual_seed(2 * seed)
    G = start(build_generator(s.width))
    torch.manual_seed(2 * seed + 1)
    D = start(build_discriminator(s.width, minibatch))
    D_optimizer = torch.optim.Adam(D.parameters(), lr=lr, betas=betas)
    G_optimizer = torch.optim.Adam(G.parameters(), lr=generator_lr, betas=betas)
    g = generator(seed, "data")
    for _ in range(s.steps):
        at = centres[torch.randint(len(centres), (BATCH,), generator=g)]
        real = at + s.sigma * torch.randn(BATCH, 2, generator=g)
        z, mix = torch.randn(BATCH, NOISE, generator=g), torch.rand(BATCH, 1, generator=g)

        fake = G(z).detach()
        D_loss = discriminator_loss(loss, D(real), D(fake))
        if penalty:
            between = (mix * real + (1 - mix) * fake).requires_grad_()
            (slope,) = torch.autograd.grad(D(between).sum(), between, create_graph=True)
            D_loss = D_loss + penalty * ((slope.norm(dim=1) - 1) ** 2).mean()
        D_optimizer.zero_grad()
        D_loss.backward()
        D_optimizer.step()
        if clip < math.inf:
            for p in D.parameters():
                p.data.clamp_(-clip, clip)

        fake = G(z)
        if matching:
            hidden = D[:-1]
            G_loss = ((hidden(fake).mean(0) - hidden(real).mean(0).detach()) ** 2).sum()
        else:
            G_loss = generator_loss(loss, D(fake))
        G_optimizer.zero_grad()
        G_loss.backward()
        G_optimizer.step()
    with torch.no_grad():
        return G(torch.randn(2000, NOISE, generator=generator(seed, "samples"))).numpy()


def main(settings: SimpleNamespace) -> dict[str, list[tuple[int, float]]]:
    """Train every row with every seed and print how many modes each run covers."""
    s = settings
    torch.set_num_threads(1)
    centres, mode = mixture(s.data, s.modes, s.side, s.strokes)
    scores = {}
    for name, row in rows(s).items():
        scores[name] = []
        for seed in range(s.seed, s.seed + s.seeds):
            points = fit(s, torch.from_numpy(centres), seed, **row)
            covered, quality = coverage(points, centres, mode, s.sigma)
            scores[name].append((int(covered.sum()), quality))
        few = sum(2 * covered <= mode.max() + 1 for covered, _ in scores[name])
        modes, quality = np.mean(scores[name], axis=0)
        print(f"{name}: {few} of {s.seeds} runs collapsed; {modes:.2f} modes covered, {quality:.3f} of high quality")
    return scores
