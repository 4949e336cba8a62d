"""Every loss and seed trained one after the other."""

import math
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from core.data.handwriting import IMITATED, digits, judge
from core.data.mixtures import coverage, mixture
from core.engine.networks import MinibatchDiscrimination
from core.engine.random import generator

POINTS, DIGITS = (64, 8), (32, 16)  # examples of a step, and numbers of noise for each


def build_generator(width):
    layers = [nn.Linear(8, width), nn.ReLU()]
    for _ in range(2):
        layers += [nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, 2))


def build_discriminator(width, minibatch):
    layers = [nn.Linear(2, width), nn.LeakyReLU(0.2)]
    for _ in range(2):
        layers += [nn.Linear(width, width), nn.LeakyReLU(0.2)]
    if minibatch:
        layers.append(MinibatchDiscrimination(width, 4, 2, 64))
    return nn.Sequential(*layers, nn.Linear(width + 4 * minibatch, 1))


def build_digit_generator():
    layers = []
    for inputs in (16, 96):
        layers += [nn.Linear(inputs, 96), nn.BatchNorm1d(96), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(96, 196), nn.Sigmoid())


def build_digit_discriminator(minibatch):
    layers = []
    for inputs in (196, 96):
        layers += [nn.Linear(inputs, 96), nn.LeakyReLU(0.2)]
    if minibatch:
        layers.append(MinibatchDiscrimination(96, 4, 2, 32))
    return nn.Sequential(*layers, nn.Linear(96 + 4 * minibatch, 1))


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
    lr = s.picture_lr if s.data == "mnist5k" else s.lr
    both = {"lr": lr, "generator_lr": s.ratio * lr, "betas": (0.5, 0.999)}
    slow = {"lr": 0.5 * lr, "generator_lr": s.ratio * (0.5 * lr), "betas": (0.0, 0.9)}
    remedies = [n for n, on in (("Two rates", s.ttur), ("Minibatch", s.minibatch), ("Matching", s.matching)) if on]
    made = {
        "Original": {"loss": "original", **both},
        "Non-saturating": {"loss": "non-saturating", **both},
        "Least squares": {"loss": "least squares", **both},
        "WGAN": {"loss": "Wasserstein", **slow, "clip": s.clip},
        "WGAN-GP": {"loss": "Wasserstein", **both, "betas": (0.0, 0.9), "penalty": s.penalty},
        "Two rates": {"loss": "non-saturating", **both, "generator_lr": s.ratio * lr / 4},
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
    settings, draw, seed, loss, lr, generator_lr, betas, clip=math.inf, penalty=0.0, minibatch=False, matching=False
):
    """Train one pair and return the generator. draw(n, g): n real examples."""
    s, pictures = settings, settings.data == "mnist5k"
    batch, noise = DIGITS if pictures else POINTS
    torch.manual_seed(2 * seed)
    G = build_digit_generator() if pictures else start(build_generator(s.width))
    torch.manual_seed(2 * seed + 1)
    D = build_digit_discriminator(minibatch) if pictures else start(build_discriminator(s.width, minibatch))
    D_optimizer = torch.optim.Adam(D.parameters(), lr=lr, betas=betas)
    G_optimizer = torch.optim.Adam(G.parameters(), lr=generator_lr, betas=betas)
    g = generator(seed, "data")
    for _ in range(s.picture_steps if pictures else s.steps):
        real = draw(batch, g)
        z, mix = torch.randn(batch, noise, generator=g), torch.rand(batch, 1, generator=g)

        made = G(z)
        fake = made.detach()
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

        if matching:
            hidden = D[:-1]
            G_loss = ((hidden(made).mean(0) - hidden(real).mean(0).detach()) ** 2).sum()
        else:
            G_loss = generator_loss(loss, D(made))
        G_optimizer.zero_grad()
        G_loss.backward()
        G_optimizer.step()
    return G.eval()


def target(settings):
    """What draws real examples; what judges generated ones; how many of them it is shown; and how many modes there are."""
    s = settings
    if s.data == "mnist5k":
        x = torch.from_numpy(digits()[0][:IMITATED])
        return lambda n, g: x[torch.randint(len(x), (n,), generator=g)], judge().coverage, 500, 10
    centres, mode = mixture(s.data, s.modes, s.side, s.strokes)
    at = torch.from_numpy(centres)

    def draw(n, g):
        return at[torch.randint(len(at), (n,), generator=g)] + s.sigma * torch.randn(n, 2, generator=g)

    return draw, lambda x: coverage(x, centres, mode, s.sigma), 2000, mode.max() + 1


def main(settings: SimpleNamespace) -> dict[str, list[tuple[int, float]]]:
    """Train every row with every seed and print how many modes each run covers."""
    s = settings
    torch.set_num_threads(1)
    draw, judged, samples, modes = target(s)
    pictures = s.data == "mnist5k"
    seeds = s.picture_seeds if pictures else s.seeds
    scores = {}
    for name, row in rows(s).items():
        scores[name] = []
        for seed in range(s.seed, s.seed + seeds):
            G = fit(s, draw, seed, **row)
            noise = torch.randn(samples, (DIGITS if pictures else POINTS)[1], generator=generator(seed, "samples"))
            with torch.no_grad():
                covered, quality = judged(G(noise).numpy())
            scores[name].append((int(covered.sum()), quality))
        few = sum(2 * covered <= modes for covered, _ in scores[name])
        means = np.mean(scores[name], axis=0)
        print(f"{name}: {few} of {seeds} runs collapsed; {means[0]:.2f} modes covered, {means[1]:.3f} of high quality")
    return scores
