"""The two networks, and one step of a whole CycleGAN for every seed."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from core.concepts.generative.cyclegan.settings import BATCH, LOSSES, NAMES, UPSAMPLE, Settings
from core.engine.networks import Residual
from core.engine.optimizers import Coefficients, State, adam
from core.engine.stack import Stack, stack

BETAS = (0.5, 0.999)


def convolution(channels: int, out: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels, out, 3, stride, 1, bias=False)


def enlarging(channels: int, out: int, arm: str) -> nn.Module:
    """Maps of twice the side."""
    if arm == UPSAMPLE:
        return nn.Sequential(nn.Upsample(scale_factor=2), convolution(channels, out))
    return nn.ConvTranspose2d(channels, out, 3, 2, 1, output_padding=1, bias=False)


def build_generator(w: int, arm: str) -> nn.Sequential:
    """Pictures -> pictures of the other domain: down to half the side, one residual block, and up again."""
    return nn.Sequential(
        convolution(3, w), nn.InstanceNorm2d(w), nn.ReLU(),
        convolution(w, 2 * w, 2), nn.InstanceNorm2d(2 * w), nn.ReLU(),
        Residual(
            convolution(2 * w, 2 * w), nn.InstanceNorm2d(2 * w), nn.ReLU(),
            convolution(2 * w, 2 * w), nn.InstanceNorm2d(2 * w),
        ),
        enlarging(2 * w, w, arm), nn.InstanceNorm2d(w), nn.ReLU(),
        nn.Conv2d(w, 3, 3, padding=1), nn.Tanh(),
    )  # fmt: skip


def build_discriminator(w: int) -> nn.Sequential:
    """Pictures -> a map of answers, each about one patch: 1 for real, 0 for fake."""
    return nn.Sequential(
        nn.Conv2d(3, w, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(w, 2 * w, 4, 2, 1, bias=False), nn.InstanceNorm2d(2 * w), nn.LeakyReLU(0.2),
        nn.Conv2d(2 * w, 1, 3, padding=1),
    )  # fmt: skip


def started(models: Stack) -> Stack:
    """The models with the start of He et al. (2015): torch's own, which is uniform, times the root of 6; biases are 0."""
    factors = [torch.full((p.numel(),), 6**0.5 if p.dim() > 1 else 0.0) for p in models.template.parameters()]
    with torch.no_grad():
        models.theta.mul_(torch.cat(factors))
    return models


def apart(found: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute difference of each picture: (..., 3, H, W) -> (...)."""
    return (found - wanted).abs().flatten(-3).mean(-1)


class CycleGANs:
    """A CycleGAN for every seed. The first half of each stack is netG_A and netD_A, the other half netG_B and netD_B: netG_A makes
    B of A, and netD_A judges what it makes."""

    def __init__(self, s: Settings, arm: str) -> None:
        first, second = [4 * seed for seed in s.range], [4 * seed + 1 for seed in s.range]
        self.s, self.S = s, s.seeds
        self.generators = started(stack(partial(build_generator, s.width, arm), [*first, *second]))
        self.discriminators = started(
            stack(partial(build_discriminator, s.width), [seed + 2 for seed in (*first, *second)])
        )
        self._states: tuple[State, State] = ({}, {})
        self.count = 0

    def step(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """One update of all networks on pictures a and b (seeds, BATCH, 3, H, W). Returns the losses (LOSSES, seeds), as they were
        before it, and what was made: fake_B, then fake_A (2 seeds, BATCH, 3, H, W)."""
        G, D, s = self.generators, self.discriminators, self.s
        self.count += 1
        real, other = torch.cat([a, b]), torch.cat([b, a])
        fake, same = G(torch.cat([real, other], 1)).split(BATCH, 1)
        cycle, identity = apart(G(self._swap(fake)), other), apart(same, other)
        fooled = ((D(fake) - 1) ** 2).flatten(2).mean(2)
        G.backward(fooled + s.cycle * self._swap(cycle) + s.identity * identity)
        self._update(0)
        fake = fake.detach()
        true, false = D(torch.cat([other, fake], 1)).flatten(2).split(BATCH, 1)
        told = 0.5 * ((true - 1) ** 2).mean(2) + 0.5 * (false**2).mean(2)
        D.backward(told)
        self._update(1)
        losses = torch.stack([v.detach().mean(1).view(2, -1) for v in (fooled, self._swap(cycle), identity, told)])
        return losses.view(len(LOSSES), -1), fake

    def _swap(self, x: Tensor) -> Tensor:
        """What belongs to the first direction in the place of the other, and the other way round."""
        return torch.cat([x[self.S :], x[: self.S]])

    def _update(self, player: int) -> None:
        models = (self.generators, self.discriminators)[player]
        lr = torch.tensor([[self.s.lr]])
        with torch.no_grad():
            rates = Coefficients(lr, lr, None, self.count)
            adam(models.theta, models.grad, self._states[player], rates, *BETAS)

    @torch.no_grad()
    def pictures(self, a: Tensor, b: Tensor) -> dict[str, Tensor]:
        """The eight kinds of picture, by NAMES, that come of the same a and b (n, 3, H, W) for all: (seeds, n, 3, H, W)."""
        S = self.S
        real = torch.cat([a.expand(S, *a.shape), b.expand(S, *b.shape)])
        fake, same = self.generators(real), self.generators(self._swap(real))
        again = self._swap(self.generators(self._swap(fake)))
        parts = (real[:S], fake[:S], again[:S], same[:S], real[S:], fake[S:], again[S:], same[S:])
        return dict(zip(NAMES, parts, strict=True))

    @torch.no_grad()
    def back(self, fake: Tensor) -> Tensor:
        """netG_B of pictures (seeds, n, 3, H, W)."""
        return self.generators.part(slice(self.S, None))(fake)


def checkerboard(x: Tensor) -> Tensor:
    """Share of the power of pictures (models, n, 3, H, W) in stripes of one pixel, over rows, columns or both: (models,). A board
    of alternating squares has nothing else; its mean brightness does not count."""
    power = torch.fft.fft2(x - x.mean((-1, -2), keepdim=True)).abs() ** 2
    half = x.shape[-1] // 2
    fine = power[..., half, :].sum(-1) + power[..., half].sum(-1) - power[..., half, half]
    share: Tensor = fine.flatten(1).sum(1) / power.flatten(1).sum(1).clamp(min=1e-12)
    return share
