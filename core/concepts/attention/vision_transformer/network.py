"""The vision transformer and the CNN, digits cut into patches, and attention rollout."""

from __future__ import annotations

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.concepts.attention.vision_transformer.settings import (
    CHANNELS,
    GRID,
    HIDDEN,
    PATCHES,
    SIDE,
    STARTS,
    WIDTH,
    Settings,
)  # fmt: skip
from core.engine.networks import ClassToken, First, Positions, Residual, SelfAttention
from core.engine.random import generator

MEAN, SPREAD = 0.1307, 0.3081  # of MNIST's pixels
BLACK = (0 - MEAN) / SPREAD  # what a pixel without ink is to the networks


def vit(s: Settings) -> nn.Sequential:
    """Patches (B, 16, 49) -> scores (B, 10). After the last attention only the class token is read, so the rest of the last
    block computes it alone."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(patches=nn.Linear(SIDE**2, WIDTH), token=ClassToken(WIDTH))
    std = STARTS[s.positions]
    if std is not None:
        layers["positions"] = Positions(1 + PATCHES, WIDTH, std=std)
    for i in range(1, s.blocks + 1):
        layers[f"attention{i}"] = Residual(nn.LayerNorm(WIDTH), SelfAttention(WIDTH, s.heads))
        if i == s.blocks:
            layers["first"] = First()
        up, down = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)
        layers[f"mlp{i}"] = Residual(nn.LayerNorm(WIDTH), up, nn.GELU(), down)
    layers["norm"], layers["answer"] = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 10)
    return nn.Sequential(layers)


def cnn(s: Settings) -> nn.Sequential:
    """Digits (B, 1, 28, 28) -> scores (B, 10), with as many parameters as the vision transformer, up to a hundredth (without
    positions: a twentieth)."""
    last = CHANNELS * s.blocks
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, 2, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, last, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(9 * last, 10),
    )  # fmt: skip


def cut(x: Tensor) -> Tensor:
    """Digits (n, 1, 28, 28) -> their patches, row by row (n, 16, 49)."""
    return x.reshape(-1, GRID, SIDE, GRID, SIDE).transpose(2, 3).reshape(-1, PATCHES, SIDE**2)


def joined(patches: Tensor) -> Tensor:
    """Patches (n, 16, 49) -> the digits (n, 1, 28, 28) that they make."""
    return patches.reshape(-1, GRID, GRID, SIDE, SIDE).transpose(2, 3).reshape(-1, 1, GRID * SIDE, GRID * SIDE)


def order(seed: int) -> Tensor:
    """The order of shuffled patches (16,): the same for every digit and every network of a run."""
    return torch.randperm(PATCHES, generator=generator(seed, "patches"))


def attention_maps(model: nn.Sequential, x: Tensor) -> Tensor:
    """The attention of every block, mean over heads: (blocks, B, 17, 17)."""
    maps: list[Tensor] = []

    def keep(layer: SelfAttention, inputs: tuple[Tensor, ...]) -> None:
        q, k, _ = F.linear(inputs[0], layer.in_proj_weight, layer.in_proj_bias).chunk(3, -1)
        q, k = (t.unflatten(-1, (layer.num_heads, -1)).transpose(1, 2) for t in (q, k))
        maps.append((q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1).mean(1))

    hooks = [m.register_forward_pre_hook(keep) for m in model.modules() if isinstance(m, SelfAttention)]
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return torch.stack(maps)


def rollout(maps: Tensor) -> Tensor:
    """Attention rollout (Abnar and Zuidema, 2020) from maps (blocks, B, 17, 17): how much of each patch reaches the class token,
    (B, 16), each row summing to 1. Each block mixes the tokens half by its map and, past the attention, half by keeping them."""
    here = torch.eye(maps.shape[-1], dtype=maps.dtype).expand(maps.shape[1:])
    mixed = here
    for each in maps:
        mixed = (0.5 * each + 0.5 * here) @ mixed
    reaches = mixed[:, 0, 1:]
    return reaches / reaches.sum(1, keepdim=True)
