"""Every CycleGAN trained one after the other."""

from types import SimpleNamespace

import torch
from torch import nn
from torch.nn import functional as F

from core.data.domains import domains
from core.engine.networks import Residual
from core.engine.random import generator

BATCH = 4


def convolution(channels, out, stride=1):
    return nn.Conv2d(channels, out, 3, stride, 1, bias=False)


def enlarging(channels, out, arm):
    """Maps of twice the side."""
    if arm == "upsample":
        return nn.Sequential(nn.Upsample(scale_factor=2), convolution(channels, out))
    return nn.ConvTranspose2d(channels, out, 3, 2, 1, output_padding=1, bias=False)


def build_generator(w, arm):
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


def build_discriminator(w):
    return nn.Sequential(
        nn.Conv2d(3, w, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(w, 2 * w, 4, 2, 1, bias=False), nn.InstanceNorm2d(2 * w), nn.LeakyReLU(0.2),
        nn.Conv2d(2 * w, 1, 3, padding=1),
    )  # fmt: skip


def start(build, seed):
    """A network with the start of He et al. (2015)."""
    torch.manual_seed(seed)
    network = build()
    with torch.no_grad():
        for p in network.parameters():
            p *= 6**0.5 if p.dim() > 1 else 0.0
    return network


def gan(answers, target):
    return ((answers - target) ** 2).mean()


def train(s, a, b, arm, seed):
    """netG_A, which makes B of A, and netG_B."""
    netG_A = start(lambda: build_generator(s.width, arm), 4 * seed)
    netG_B = start(lambda: build_generator(s.width, arm), 4 * seed + 1)
    netD_A = start(lambda: build_discriminator(s.width), 4 * seed + 2)
    netD_B = start(lambda: build_discriminator(s.width), 4 * seed + 3)
    G_optimizer = torch.optim.Adam([*netG_A.parameters(), *netG_B.parameters()], lr=s.lr, betas=(0.5, 0.999))
    D_optimizer = torch.optim.Adam([*netD_A.parameters(), *netD_B.parameters()], lr=s.lr, betas=(0.5, 0.999))
    g = generator(seed, "batches")
    for _ in range(s.steps):
        rows = torch.randint(s.n, (2, BATCH), generator=g)
        real_A, real_B = a[rows[0]], b[rows[1]]
        fake_B, fake_A = netG_A(real_A), netG_B(real_B)
        rec_A, rec_B = netG_B(fake_B), netG_A(fake_A)
        idt_A, idt_B = netG_A(real_B), netG_B(real_A)

        loss = gan(netD_A(fake_B), 1) + gan(netD_B(fake_A), 1)
        loss = loss + s.cycle * (F.l1_loss(rec_A, real_A) + F.l1_loss(rec_B, real_B))
        loss = loss + s.identity * (F.l1_loss(idt_A, real_B) + F.l1_loss(idt_B, real_A))
        G_optimizer.zero_grad()
        loss.backward()
        G_optimizer.step()

        loss = gan(netD_A(real_B), 1) + gan(netD_A(fake_B.detach()), 0)
        loss = loss + gan(netD_B(real_A), 1) + gan(netD_B(fake_A.detach()), 0)
        D_optimizer.zero_grad()
        (0.5 * loss).backward()
        D_optimizer.step()
    return netG_A, netG_B


def main(settings: SimpleNamespace) -> dict[str, list[dict[str, float]]]:
    """Print how far fake_B is from real_A and from its true partner, and rec_A from real_A, as shares of the range of values."""
    s = settings
    torch.set_num_threads(1)
    d = domains(s.style, s.paper, s.n)
    found = {}
    for arm in ("upsample", "transposed"):
        found[arm] = []
        for seed in range(s.seed, s.seed + s.seeds):
            netG_A, netG_B = train(s, d.a, d.b, arm, seed)
            with torch.no_grad():
                fake_B = netG_A(d.test_a)
                rec_A = netG_B(fake_B)
            pairs = {"moved": (fake_B, d.test_a), "cycle": (rec_A, d.test_a)}
            if d.paired:
                pairs["error"] = fake_B, d.test_b
            found[arm].append({name: float((x - y).abs().mean()) / 2 for name, (x, y) in pairs.items()})
            print(f"{arm}, seed {seed}: " + ", ".join(f"{name} {v:.4f}" for name, v in found[arm][-1].items()))
    return found
