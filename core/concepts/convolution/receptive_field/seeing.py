"""What one output sees: by poking every pixel, and by gradients."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.convolution.receptive_field.geometry import trace, widths
from core.concepts.convolution.receptive_field.network import bare, pictures_at_once, spread, without_head
from core.concepts.convolution.receptive_field.settings import CANVAS, POKED, Settings
from core.engine.random import generator, initialise
from core.engine.stack import Stack, stack

CHANNELS = 4  # of the stack that is poked
DEPTHS = (1, 2, 4, 8, 16)  # numbers of 3 x 3 convolutions
STARTS = 12  # random starts of each depth
GROUP = 4  # of them at a time
INPUTS = 4  # random pictures for each


def poke(s: Settings, unit: int) -> Iterator[tuple[float, np.ndarray]]:
    """Raises each pixel of a random picture by 1, one at a time, and yields the output before and the changes (32, 32)
    so far. In float64: fast float32 convolutions, such as Winograd's, may round neighbours into a sum."""
    at_once = pictures_at_once(s.layers, s.padding, POKED, CHANNELS)
    net = nn.Sequential(*bare(s.layers, s.padding, CHANNELS))
    initialise(net, s.seed)
    net.double()
    picture = torch.rand(1, 1, POKED, POKED, generator=generator(s.seed, "picture"), dtype=torch.float64)
    change = np.full(POKED * POKED, np.nan)
    with torch.no_grad():
        before = net(picture)[0, 0, unit, unit]
        for first in range(0, len(change), at_once):
            pixels = torch.arange(first, min(first + at_once, len(change)))
            poked = picture.repeat(len(pixels), 1, 1, 1)
            poked.view(len(pixels), -1)[torch.arange(len(pixels)), pixels] += 1
            change[first : first + at_once] = (net(poked)[:, 0, unit, unit] - before).numpy()
            yield float(before), change.reshape(POKED, POKED).copy()


def growing(seed: int) -> Iterator[tuple[int, list[float]]]:
    """Standard deviations in pixels of the squared gradient of the middle output, for depth after depth: (depth, those of
    some more seeds). The input is as large as the receptive field, so that no border is in the way."""
    for depth in DEPTHS:
        side = 2 * depth + 1
        for first in range(seed, seed + STARTS, GROUP):
            models = stack(lambda depth=depth: _plain(depth), range(first, first + GROUP))  # type: ignore[misc]
            noise = [generator(k, f"inputs of depth {depth}") for k in models.seeds]
            x = torch.stack([torch.randn(INPUTS, 1, side, side, generator=g) for g in noise]).requires_grad_()
            mix = torch.stack([torch.randn(8, generator=g) for g in noise])
            y = (models(x).flatten(2) * mix[:, None]).sum()
            squares = torch.autograd.grad(y, x)[0].square().mean(1)[:, 0]
            yield depth, [spread(part, depth) for part in squares]


def _plain(depth: int) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(1, 8, 3, bias=False)]
    for _ in range(depth - 1):
        layers += [nn.ReLU(), nn.Conv2d(8, 8, 3, bias=False)]
    return nn.Sequential(*layers)


def gradients(
    s: Settings, variant: str, models: Stack, pictures: Tensor
) -> Generator[None, None, tuple[np.ndarray, np.ndarray]]:
    """Computes the squared gradient of the middle output of the last layer, mean over pictures and networks (side, side),
    and its standard deviation in pixels in each network, yielding where that takes long."""
    kinds = s.kept(variant)
    row = trace(kinds, s.padding, CANVAS)[-1]
    unit = (row.size - 1) // 2
    at_once = pictures_at_once(kinds, s.padding, CANVAS, s.channels) // 3 + 1
    maps = []
    for k in range(models.K):
        net = without_head(models.unstack(k), s, variant)
        squares = torch.zeros(CANVAS, CANVAS)
        mix = torch.randn(widths(kinds, s.channels)[-1], generator=generator(models.seeds[k], "mix"))
        for part in pictures.split(at_once):
            yield
            x = part.clone().requires_grad_()
            y = net(x)[:, :, unit, unit] @ mix
            squares += torch.autograd.grad(y.sum(), x)[0].square().sum((0, 1))
        maps.append(squares)
    centre = row.start + unit * row.jump
    stds = [spread(part, centre) if part.any() else np.nan for part in maps]
    return torch.stack(maps).mean(0).numpy(), np.array(stds)
