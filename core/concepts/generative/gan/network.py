"""The two networks, and how a discriminator sees the plane."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from core.engine.networks import MinibatchDiscrimination
from core.engine.stack import Stack, stack

DEPTH = 3  # hidden layers; with two, even the original loss rarely collapses on a ring
KERNELS, DIMENSION = 4, 2  # of minibatch discrimination
POINT_NOISE, POINT_BATCH = 8, 64  # numbers that a generator is given for each point; points of a step
DIGIT_NOISE, DIGIT_BATCH, DIGIT_WIDTH = 16, 32, 96  # the same for pictures of digits, and neurons of a hidden layer
PIXELS = 14 * 14


def build_generator(width: int) -> nn.Sequential:
    """Noise -> points (..., 2)."""
    layers: list[nn.Module] = [nn.Linear(POINT_NOISE, width), nn.ReLU()]
    for _ in range(DEPTH - 1):
        layers += [nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, 2))


def build_discriminator(width: int, minibatch: bool) -> nn.Sequential:
    """Points -> a logit, or the score of a critic (..., 1)."""
    layers: list[nn.Module] = [nn.Linear(2, width), nn.LeakyReLU(0.2)]
    for _ in range(DEPTH - 1):
        layers += [nn.Linear(width, width), nn.LeakyReLU(0.2)]
    if minibatch:
        layers.append(MinibatchDiscrimination(width, KERNELS, DIMENSION, POINT_BATCH))
    return nn.Sequential(*layers, nn.Linear(width + KERNELS * minibatch, 1))


def build_digit_generator() -> nn.Sequential:
    """Noise -> pictures (..., 196) in [0, 1]. Batch norm lets these few steps arrive at digits."""
    layers: list[nn.Module] = []
    for inputs in (DIGIT_NOISE, DIGIT_WIDTH):
        layers += [nn.Linear(inputs, DIGIT_WIDTH), nn.BatchNorm1d(DIGIT_WIDTH), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(DIGIT_WIDTH, PIXELS), nn.Sigmoid())


def build_digit_discriminator(minibatch: bool) -> nn.Sequential:
    """Pictures -> a logit, or the score of a critic (..., 1)."""
    layers: list[nn.Module] = []
    for inputs in (PIXELS, DIGIT_WIDTH):
        layers += [nn.Linear(inputs, DIGIT_WIDTH), nn.LeakyReLU(0.2)]
    if minibatch:
        layers.append(MinibatchDiscrimination(DIGIT_WIDTH, KERNELS, DIMENSION, DIGIT_BATCH))
    return nn.Sequential(*layers, nn.Linear(DIGIT_WIDTH + KERNELS * minibatch, 1))


def make_digits(minibatch: bool, seeds: Sequence[int]) -> tuple[Stack, Stack]:
    """The networks that make and tell pictures of digits, a pair for each of `seeds`, with torch's own start."""
    G = stack(build_digit_generator, [2 * seed for seed in seeds])
    return G, stack(partial(build_digit_discriminator, minibatch), [2 * seed + 1 for seed in seeds])


def make(width: int, minibatch: bool, seeds: Sequence[int]) -> tuple[Stack, Stack]:
    """Generators and discriminators, a pair for each of `seeds`, with the start of He et al. (2015)."""
    G = stack(partial(build_generator, width), [2 * seed for seed in seeds])
    D = stack(partial(build_discriminator, width, minibatch), [2 * seed + 1 for seed in seeds])
    for models in (G, D):
        factors = torch.cat([torch.full((p.numel(),), f) for p, f in start(models.template)])
        with torch.no_grad():
            models.theta.mul_(factors)
    return G, D


def start(module: nn.Sequential) -> list[tuple[nn.Parameter, float]]:
    """Each parameter, and what to multiply torch's own start by, which is uniform with the variance 1/(3 inputs), so that weights
    have the variance 2/inputs, those of the last layer 1/inputs, and those that compare a batch little, and biases are 0."""
    found = []
    for name, p in module.named_parameters():
        last = p is module[-1].weight
        factor = 0.0 if p.dim() == 1 else 3**0.5 if last else 0.35 if "projection" in name else 6**0.5
        found.append((p, factor))
    return found


def answers(D: Stack, points: Tensor, companions: Tensor) -> Tensor:
    """What each discriminator answers to points (n, 2): (K, n). One that looks at whole batches sees each point among the companions
    (K, m, 2) of its own generator."""
    if not isinstance(D.template[-2], MinibatchDiscrimination):
        return D.shared(points)[..., 0]
    found = []
    for k in range(D.K):
        model = D.unstack(k)
        layer = model[-2]
        assert isinstance(layer, MinibatchDiscrimination)
        hidden, others = model[:-2](points), model[:-2](companions[k, : POINT_BATCH - 1])
        similar = layer.among(layer.projection(others), layer.projection(hidden))
        found.append(model[-1](torch.cat([hidden, similar], 1))[:, 0])
    return torch.stack(found)
