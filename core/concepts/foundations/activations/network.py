"""The networks, and which of their hidden units are dead."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.engine.stack import Stack

DEAD = 1e-3  # a unit is dead when its derivative is smaller than that on every training point


def hard_sigmoid(x: Tensor) -> Tensor:
    """A sigmoid made of two ReLUs."""
    return torch.relu(x / 6 + 0.5) - torch.relu(x / 6 - 0.5)


def step(x: Tensor) -> Tensor:
    return (x > 0).to(x.dtype)


class Elementwise(nn.Identity):
    """A function of each number, as a layer that a stack takes."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, input: Tensor) -> Tensor:
        return self.function(input)


LAYERS: dict[str, Callable[[], nn.Module]] = {
    "ReLU": nn.ReLU,
    "leaky ReLU": nn.LeakyReLU,
    "GELU": nn.GELU,
    "SiLU": nn.SiLU,
    "softplus": lambda: Elementwise(F.softplus),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "hard sigmoid": lambda: Elementwise(hard_sigmoid),
    "step": lambda: Elementwise(step),
    "none": nn.Identity,
}


def build(activation: str, inputs: int, width: int, depth: int, outputs: int) -> nn.Sequential:
    """A network with `depth` hidden layers; with none it is a single linear layer."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(inputs, width), LAYERS[activation]()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def weights(models: Stack) -> list[tuple[Tensor, Tensor]]:
    """Weight (K, out, in) and bias (K, out) of each linear layer of all models."""
    theta, found, at = models.theta.detach(), [], 0
    for layer in models.template:
        if isinstance(layer, nn.Linear):
            out, size = layer.weight.shape[0], layer.weight.numel()
            w = theta[:, at : at + size].view(len(theta), *layer.weight.shape)
            found.append((w, theta[:, at + size : at + size + out]))
            at += size + out
    return found


def dead_share(models: Stack, activation: str, x: Tensor) -> Tensor:
    """Share of the hidden units of each model whose derivative is next to zero on every point of x (n, 2). Returns (K,)."""
    function = LAYERS[activation]()
    h = x.expand(models.K, *x.shape)
    dead = []
    for w, b in weights(models)[:-1]:
        z = torch.baddbmm(b[:, None], h, w.transpose(1, 2)).requires_grad_()
        h = function(z)
        steep = torch.autograd.grad(h.sum(), z)[0] if h.requires_grad else torch.zeros_like(z)
        dead.append((steep.abs() < DEAD).all(1).float())
        h = h.detach()
    return torch.cat(dead, 1).mean(1)


def multiplied_out(models: Stack) -> tuple[Tensor, Tensor]:
    """The one weight (K, out, in) and bias (K, out) that linear layers without an activation are equal to."""
    (w, b), *rest = weights(models)
    for v, c in rest:
        b = torch.baddbmm(c[..., None], v, b[..., None])[..., 0]
        w = torch.bmm(v, w)
    return w, b
