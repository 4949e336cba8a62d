"""The networks without weights, on torch's meta device, and every layer of them for an input of any size."""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torchvision import models

from core.concepts.convolution.architectures.result import Costs, Layer

BUILDERS = {
    "AlexNet": lambda: models.alexnet(),
    "VGG-16": lambda: models.vgg16(),
    "GoogLeNet": lambda: models.googlenet(aux_logits=False, init_weights=False),
    "ResNet-18": lambda: models.resnet18(),
    "DenseNet-121": lambda: models.densenet121(),
}
LOCK = threading.Lock()  # a built network is shared between threads, so only one at a time may have hooks in it
# Layers whose path begins so belong to one block; any other convolution or linear layer begins a block of its own.
BLOCK = re.compile(r"layer\d\.\d|features\.(?:denseblock|transition)\d|inception\d\w|conv\d(?=\.)")
KINDS = (
    (nn.Conv2d, "convolution"), (nn.Linear, "linear"), (nn.BatchNorm2d, "normalisation"),
    ((nn.ReLU, nn.Tanh), "activation"), ((nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d), "pooling"),
    (nn.Dropout, "dropout"),
)  # fmt: skip


def lenet() -> nn.Sequential:
    """LeNet-5 as it is written today: the last layers see all maps, and the output is a linear layer."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip


@lru_cache(maxsize=len(BUILDERS) + 1)
def build(network: str) -> nn.Module:
    """The network without memory for its weights, in evaluation mode."""
    with torch.device("meta"):
        return (lenet() if network == "LeNet-5" else BUILDERS[network]()).eval()


def traced(network: str, size: int) -> list[tuple[Layer, nn.Module]]:
    """Every layer that computes for one picture of this size, in order, with its module."""
    found: list[tuple[Layer, nn.Module]] = []
    model, block = build(network), ""
    names = {module: name for name, module in model.named_modules()}

    def note(module: nn.Module, inputs: Any, output: Tensor) -> None:
        nonlocal block
        kind = next((kind for types, kind in KINDS if isinstance(module, types)), "")
        name, weight = names[module], getattr(module, "weight", None)
        within = BLOCK.match(name)
        if within or kind in ("convolution", "linear"):
            block = within.group() if within else name
        if not kind:  # a flattening, which computes nothing
            return
        counted = kind in ("convolution", "linear") and weight is not None
        each = weight[0].numel() if counted and weight is not None else 0
        window = getattr(module, "kernel_size", "")
        window = (window, window) if isinstance(window, int) else window
        layer = Layer(
            name=name,
            block=block,
            kind=kind,
            kernel="×".join(map(str, window)),
            inputs=tuple(inputs[0].shape[1:]),
            shape=tuple(output.shape[1:]),
            parameters=sum(p.numel() for p in module.parameters()),
            flops=2 * each * output[0].numel(),
            values=output[0].numel(),
        )
        found.append((layer, module))

    with LOCK:
        hooks = [m.register_forward_hook(note) for m in model.modules() if not any(m.children())]
        channels = 1 if network == "LeNet-5" else 3
        try:
            with torch.no_grad():
                model(torch.empty(1, channels, size, size, device="meta"))
        finally:
            for hook in hooks:
                hook.remove()
    return found


def costs_of(network: str, size: int) -> Costs:
    """The layers of a network for one picture of this size, not measured."""
    layers = tuple(layer for layer, _ in traced(network, size))
    return Costs(network, layers, np.full(len(layers), np.nan))
