"""How long each layer of a network takes, one after the other: the shortest of a few forward passes."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from core.concepts.convolution.architectures.anatomy import LOCK, traced
from core.concepts.convolution.architectures.settings import Settings

REPEATS = 5
LONG = 0.02  # seconds of a layer from which it is measured in steps of its own, and three times


def measured(settings: Settings) -> Iterator[np.ndarray]:
    """Yields the seconds of every layer measured so far, (layers,), NaN of the others: after each layer, and within one
    that takes long. Each layer is made for itself, so a network of half a gigabyte never stands in memory as a whole."""
    layers = traced(settings.network, settings.input[1])
    seconds = np.full(len(layers), np.nan)
    spent = 0.0
    for i, (layer, module) in enumerate(layers):
        begun = time.process_time()
        real = filled(module)
        if layer.parameters > 10**7:
            yield seconds
        x = torch.full((1, *layer.inputs), 0.5)
        once(real, x)  # the first call chooses the way to compute
        runs = [once(real, x)]
        spent += time.process_time() - begun
        while len(runs) < (3 if runs[0] > LONG else REPEATS):
            if spent > 0.05:
                yield seconds
                spent = 0.0
            runs.append(once(real, x))
            spent += runs[-1]
        seconds[i] = min(runs)
        if spent > 0.02:
            yield seconds
            spent = 0.0
    yield seconds


def filled(module: nn.Module) -> nn.Module:
    """A copy of a module from the meta device with memory, all its numbers 0.01 or 1: how long a layer takes does not
    depend on them."""
    with LOCK:
        real = copy.deepcopy(module)
    real = real.to_empty(device="cpu")
    with torch.no_grad():
        for parameter in real.parameters():
            parameter.fill_(0.01)
        for buffer in real.buffers():
            buffer.fill_(1)
    return real


def once(module: nn.Module, x: torch.Tensor) -> float:
    """CPU seconds of one forward pass, as hooks around the module see it; other programs on the machine do not count."""
    clock: list[float] = []
    hooks = [
        module.register_forward_pre_hook(lambda *_: clock.append(time.process_time())),
        module.register_forward_hook(lambda *_: clock.append(time.process_time())),
    ]
    with torch.no_grad():
        module(x)
    for hook in hooks:
        hook.remove()
    return clock[1] - clock[0]
