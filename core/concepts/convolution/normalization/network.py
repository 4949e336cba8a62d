"""The convolutional network with one norm, as a stack: one model for each learning rate and seed."""

from __future__ import annotations

from collections.abc import Callable, Generator

import torch
from torch import Tensor, nn

from core.concepts.convolution.normalization.settings import CHANNELS, RATES, Settings
from core.concepts.convolution.normalization.start import CLASSES, FEATURES, draw
from core.engine.stack import Stack, stack_steps


def norm_of(name: str, groups: int) -> nn.Module:
    """The norm behind a convolution. Layer norm has a scale and a shift for each channel here, as the others have, so it is
    a group norm with one group."""
    made: dict[str, Callable[[], nn.Module]] = {
        "none": nn.Identity,
        "batch": lambda: nn.BatchNorm2d(CHANNELS),
        "layer": lambda: nn.GroupNorm(1, CHANNELS),
        "instance": lambda: nn.InstanceNorm2d(CHANNELS, affine=True),
        "group": lambda: nn.GroupNorm(groups, CHANNELS),
    }
    return made[name]()


def build(name: str, settings: Settings) -> nn.Sequential:
    """Convolutions, each with its norm and ReLU, the second with stride 2; then a linear layer."""
    layers: list[nn.Module] = []
    for i in range(settings.depth):
        inputs, stride = (CHANNELS if i else 1), (2 if i == 1 else 1)
        layers += [nn.Conv2d(inputs, CHANNELS, 3, stride, 1), norm_of(name, int(settings.groups)), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(FEATURES, CLASSES))


def networks(name: str, settings: Settings) -> Generator[None, None, Stack]:
    """Makes untrained networks in the order (rate, seed), the last fastest."""
    seeds = [*settings.range] * len(RATES)
    models = yield from stack_steps(lambda: build(name, settings), seeds)
    for i, seed in enumerate(settings.range):
        yield
        start = parameters(models.template, settings, seed)
        with torch.no_grad():
            models.theta[i :: settings.seeds] = start
    return models


def parameters(template: nn.Sequential, settings: Settings, seed: int) -> Tensor:
    """The initial parameters (P,) of one seed: those drawn, and scale 1 and shift 0 of the norms."""
    drawn, parts = iter(draw(settings, seed)), list[Tensor]()
    for layer in template:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            parts += [torch.from_numpy(values).flatten() for values in next(drawn)]
        else:
            parts += [torch.full((p.numel(),), float(name == "weight")) for name, p in layer.named_parameters()]
    return torch.cat(parts)
