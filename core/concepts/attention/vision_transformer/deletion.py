"""Testing a map: patches are deleted in its order, and in others, and the network is asked again after each."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch
from torch import Tensor

from core.concepts.attention.vision_transformer.network import BLACK, attention_maps, rollout
from core.concepts.attention.vision_transformer.settings import DELETED, ORDERS, PATCHES
from core.engine.random import generator
from core.engine.stack import Stack


def scores_of(models: Stack, patches: Tensor, seeds: range) -> Generator[None, None, dict[str, Tensor]]:
    """How important each of the ORDERS says that each patch is: (S, n, 16) each, of digits' patches (n, 16, 49)."""
    maps, gradients = [], []
    for k in range(models.K):
        model = models.unstack(k).requires_grad_(False)
        maps.append(rollout(attention_maps(model, patches.cpu())))
        yield
        x = patches.cpu().clone().requires_grad_()
        # The gradient of the score of the class that the network answers.
        (gradient,) = torch.autograd.grad(model(x).max(1).values.sum(), x)
        gradients.append(gradient.norm(dim=2))
        yield
    ink = (patches.cpu() - BLACK).sum(2).expand(models.K, -1, -1)
    random = [torch.rand(len(patches), PATCHES, generator=generator(seed, "deletion")) for seed in seeds]
    return dict(zip(ORDERS, (torch.stack(maps), torch.stack(gradients), ink, torch.stack(random)), strict=True))


def deleted(patches: Tensor, ranks: Tensor, count: int) -> Tensor:
    """Patches (n, 16, 49) without the first `count` of each digit's ranks (S, n, 16): (S, n, 16, 49), black instead."""
    gone = torch.zeros(ranks.shape, dtype=torch.bool).scatter(2, ranks[:, :, :count], True)
    return patches.cpu().masked_fill(gone[..., None], BLACK)


def answered(models: Stack, patches: Tensor, ranks: dict[str, Tensor]) -> Generator[None, None, np.ndarray]:
    """The probability of each class with 0 to DELETED patches gone in each order: (orders, S, 1 + DELETED, n, 10)."""
    found = np.empty((len(ORDERS), models.K, 1 + DELETED, len(patches), 10), np.float16)
    for i, name in enumerate(ORDERS):
        for count in range(1 + DELETED):
            if i and not count:
                found[i, :, 0] = found[0, :, 0]
                continue
            x = deleted(patches, ranks[name], count).to(models.device)
            with torch.no_grad():
                found[i, :, count] = models(x).softmax(2).cpu().numpy()
            yield
    return found
