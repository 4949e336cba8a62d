"""The networks: one for each variant and seed, all of one architecture."""

from __future__ import annotations

import math
from collections.abc import Generator

import torch
from torch import Tensor, nn

from core.concepts.generalization.regularization.settings import Settings, variants
from core.engine.random import initialise
from core.engine.stack import Stack, stack_steps


def build(width: int, shape: tuple[int, ...], classes: int) -> nn.Sequential:
    """Two hidden layers, with a batch norm and a dropout that a model may skip.

    The norm stands behind the activation: before it, the bias of the layer has a gradient of nothing but rounding errors,
    which Adam scales up to full steps, and no two programs would then agree.
    """
    features = math.prod(shape)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(features, width),
        nn.ReLU(),
        nn.BatchNorm1d(width),
        nn.Dropout(),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.BatchNorm1d(width),
        nn.Dropout(),
        nn.Linear(width, classes),
    )


def networks(
    s: Settings, shape: tuple[int, ...], where: torch.device
) -> Generator[None, None, tuple[Stack, dict[str, Tensor]]]:
    """Makes the stack of all networks at initialisation, variant by variant, yielding where it takes long; returns it, and
    of a variant with fewer neurons which of the stack's weights are its own (P,)."""
    rows = [v for v in variants(s) for _ in range(s.seeds)]
    seeds = [s.seed + i for _ in variants(s) for i in range(s.seeds)]
    models = yield from stack_steps(lambda: build(s.width, shape, s.classes), seeds, where)
    own: dict[str, Tensor] = {}
    for k, v in enumerate(rows):
        if v.width is not None:
            yield
            narrow = build(v.width, shape, s.classes)
            initialise(narrow, seeds[k])
            models.embed(k, narrow)
            # What pads its arrays is 0 and stays 0; its own weights start at random numbers.
            own[v.name] = models.weight_mask & (models.theta[k].detach() != 0)
    models.normalised = torch.tensor([k for k, v in enumerate(rows) if v.norm], device=where)
    return models, own
