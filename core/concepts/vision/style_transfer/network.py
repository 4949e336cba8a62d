"""A small VGG: its filters, random or trained on textures, and its features, scaled on the style picture."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from core.engine import imagenet
from core.engine.random import generator

WIDTHS = (8, 8, 16, 16, 32, 32)  # filters of each convolution; a max pooling after every second one
PATCH, BATCH, UPDATES = 16, 32, 40  # of the training: side of a patch, patches a step, steps

Layer = tuple[Tensor, Tensor]  # filters (out, in, 3, 3) and biases (out,)


def filters(seed: int) -> list[Tensor]:
    """He's initialisation: normal with variance 2 / fan-in."""
    g, made, channels = generator(seed, "filters"), [], 3
    for width in WIDTHS:
        made.append(torch.randn(width, channels, 3, 3, generator=g) * (2 / (9 * channels)) ** 0.5)
        channels = width
    return made


def convolution(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    return F.conv2d(F.pad(x, (1, 1, 1, 1), "reflect"), weight, bias)


def scaled(weights: Sequence[Tensor], style: Tensor) -> list[Layer]:
    """The filters scaled so that each has mean 0 and standard deviation 1 on the style picture, before ReLU."""
    layers, x = [], style
    for i, weight in enumerate(weights):
        if i and i % 2 == 0:
            x = F.max_pool2d(x, 2)
        y = convolution(x, weight)
        mean, std = y.mean((0, 2, 3)), y.std((0, 2, 3)) + 1e-5
        layers.append((weight / std[:, None, None, None], -mean / std))
        x = F.relu(convolution(x, *layers[-1]))
    return layers


def features(layers: Sequence[Layer], style: Tensor, x: Tensor) -> list[Tensor]:
    """The picture itself, standardised by the style picture, then the map after each ReLU."""
    maps = [(x - style.mean((0, 2, 3), keepdim=True)) / (style.std() + 1e-5)]
    for i, (weight, bias) in enumerate(layers):
        if i and i % 2 == 0:
            x = F.max_pool2d(x, 2)
        x = F.relu(convolution(x, weight, bias))
        maps.append(x)
    return maps


def imagenet_features(weights: imagenet.Weights, layers: int, style: Tensor, x: Tensor) -> list[Tensor]:
    """The picture itself, standardised by the style picture, then the first maps of EfficientNet-Lite0. It is shown the
    picture at twice its size, as its first convolution keeps only every second pixel."""
    large = F.interpolate(x, scale_factor=2.0, mode="bilinear")
    standardised = (x - style.mean((0, 2, 3), keepdim=True)) / (style.std() + 1e-5)
    return [standardised, *imagenet.feature_maps(large, weights, layers - 1)[0]]


def train(weights: Sequence[Tensor], pictures: Tensor, seed: int) -> Generator[None, None, list[Tensor]]:
    """The filters after training to tell from which picture (of N, 3, n, n) a patch was cut; stops after each step."""
    g, n = generator(seed, "patches"), pictures.shape[-1] - PATCH
    own = [w.clone().requires_grad_() for w in weights]
    head = torch.zeros(WIDTHS[-1], len(pictures), requires_grad=True)
    optimizer = torch.optim.Adam([*own, head], lr=0.005)
    for _ in range(UPDATES):
        y = torch.randint(len(pictures), (BATCH,), generator=g)
        corners = torch.randint(n, (BATCH, 2), generator=g).tolist()
        x = torch.stack(
            [pictures[k, :, a : a + PATCH, b : b + PATCH] for k, (a, b) in zip(y.tolist(), corners, strict=True)]
        )
        # Colours are swapped and brightened at random, so that they do not give the picture away.
        x = x[:, torch.randperm(3, generator=g)] * (0.5 + torch.rand(BATCH, 3, 1, 1, generator=g))
        for i, weight in enumerate(own):
            if i and i % 2 == 0:
                x = F.max_pool2d(x, 2)
            x = F.relu(F.batch_norm(convolution(x, weight), None, None, training=True))
        optimizer.zero_grad()
        F.cross_entropy(x.mean((2, 3)) @ head, y).backward()
        optimizer.step()
        yield
    return [w.detach() for w in own]
