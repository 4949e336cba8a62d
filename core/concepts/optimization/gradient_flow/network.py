"""Deep networks of every kind as a few stacks: structure x initialisation x seed, forwards and backwards at once.

A family holds the networks of one activation, with batch norm or without it. A network that lacks the way past its layer
has it times zero.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.concepts.optimization.gradient_flow.settings import (
    ACTIVATIONS,
    INITIALISATIONS,
    STRUCTURES,
    Settings,
    standard_deviation,
)
from core.engine.random import generator

INPUTS, CLASSES = 64, 10
FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "ReLU": torch.relu,
    "GELU": F.gelu,
}
# What goes past a layer, and by what the layer's own output is multiplied, for a network of L layers.
PATHS: dict[str, Callable[[int], tuple[float, float]]] = {
    "plain": lambda L: (0.0, 1.0),
    "batch norm": lambda L: (0.0, 1.0),
    "residual": lambda L: (1.0, 1.0),
    "residual / √L": lambda L: (1.0, L**-0.5),
}


def drawn(seed: int, depth: int, width: int) -> list[Tensor]:
    """Standard normal weights of one seed, layer by layer, (out, in): every initialisation scales these."""
    g = generator(seed, "start")
    sizes = [INPUTS, *[width] * depth, CLASSES]
    return [torch.randn(b, a, generator=g) for a, b in itertools.pairwise(sizes)]


@dataclass(frozen=True)
class Shape:
    """What a family is made of. Its models are (structure, initialisation, variant, seed), the last fastest."""

    settings: Settings
    activation: str
    norm: bool
    variants: int = 1  # copies of each model, for what is to be done differently with them

    @property
    def structures(self) -> tuple[str, ...]:
        return tuple(name for name in STRUCTURES if (name == "batch norm") == self.norm)

    @property
    def lengths(self) -> tuple[int, ...]:
        return len(self.structures), len(INITIALISATIONS), self.variants, self.settings.seeds

    @property
    def K(self) -> int:
        return math.prod(self.lengths)


def shapes(settings: Settings, variants: int = 1) -> list[Shape]:
    """The families that together hold every network."""
    return [Shape(settings, name, norm, variants) for name in ACTIVATIONS for norm in (False, True)]


class Family:
    """theta, grad (K, P): parameters and gradients of all models. weights[l] (K, in, out), shifts[l] (K, 1, out) and, with
    batch norm, scales[l] (K, 1, out) are views of theta."""

    def __init__(self, shape: Shape, dtype: torch.dtype = torch.float32):
        self.shape, s = shape, shape.settings
        sizes = [INPUTS, *[s.width] * s.depth, CLASSES]
        layers = list(itertools.pairwise(sizes))
        columns = [(a, b) for a, b in layers] + [(1, b) for _, b in layers]
        columns += [(1, s.width)] * (s.depth if shape.norm else 0)
        K, L = shape.K, s.depth
        self.theta = torch.zeros(K, sum(a * b for a, b in columns), dtype=dtype)
        self.grad = torch.zeros_like(self.theta)
        parameters, self.gradients, start = list[Tensor](), list[Tensor](), 0
        for a, b in columns:
            parameters.append(self.theta[:, start : start + a * b].view(K, a, b))
            self.gradients.append(self.grad[:, start : start + a * b].view(K, a, b))
            start += a * b
        self.weights, self.shifts = parameters[: L + 1], parameters[L + 1 : 2 * L + 2]
        self.scales = parameters[2 * L + 2 :]
        self._start(layers)
        for scale in self.scales:
            scale.fill_(1)
        self.parameters = [p.requires_grad_() for p in parameters]
        self.mean = torch.zeros(L, K * s.width, dtype=dtype)  # running statistics of batch norm
        self.var = torch.ones(L, K * s.width, dtype=dtype)
        paths = torch.tensor([PATHS[name](L) for name in shape.structures], dtype=dtype)  # (structures, 2)
        repeated = paths.repeat_interleave(math.prod(shape.lengths[1:]), 0)[:, :, None, None]  # (K, 2, 1, 1)
        self.past, self.branch = repeated[:, 0], repeated[:, 1]

    def _start(self, layers: Sequence[tuple[int, int]]) -> None:
        s = self.shape.settings
        draws = [drawn(seed, s.depth, s.width) for seed in s.range]
        for layer, (a, b) in enumerate(layers):
            stds = [standard_deviation(name, a, b, s.scale) for name in INITIALISATIONS]
            normal = torch.stack([d[layer].T for d in draws])  # (S, in, out)
            scaled = torch.tensor(stds).view(-1, 1, 1, 1, 1) * normal
            self.weights[layer].view(*self.shape.lengths, a, b).copy_(scaled)

    def forward(self, x: Tensor, training: bool = True) -> tuple[list[Tensor], Tensor]:
        """x (K, B, 64) -> what every hidden layer gives, each (K, B, width), and the logits (K, B, 10)."""
        hidden, h, function = list[Tensor](), x, FUNCTIONS[self.shape.activation]
        for layer, weight in enumerate(self.weights[:-1]):
            if self.shape.norm:
                f = function(self._normalised(torch.bmm(h, weight), layer, training))
            else:
                f = function(torch.baddbmm(self.shifts[layer], h, weight))
            # The first layer has another width before it than behind it, so there is no way past it.
            h = f if self.shape.norm or layer == 0 else torch.addcmul(f * self.branch, h, self.past)
            hidden.append(h)
        return hidden, torch.baddbmm(self.shifts[-1], h, self.weights[-1])

    def _normalised(self, z: Tensor, layer: int, training: bool) -> Tensor:
        """Batch norm before the activation, as in Ioffe and Szegedy; it has a shift of its own, so the layer needs none."""
        flat = z.transpose(0, 1).flatten(1)  # (B, K * width)
        scale, shift = self.scales[layer].flatten(), self.shifts[layer].flatten()
        y = F.batch_norm(flat, self.mean[layer], self.var[layer], scale, shift, training)
        normed: Tensor = y.view(len(flat), self.shape.K, -1).transpose(0, 1)
        return normed

    def backward(self, losses: Tensor) -> None:
        """Fill grad with the gradient of each model's mean loss; losses (K, B)."""
        share = torch.full_like(losses, 1 / losses.shape[1])
        gradients = torch.autograd.grad(losses, self.parameters, share, allow_unused=True)
        for into, gradient in zip(self.gradients, gradients, strict=True):
            if gradient is not None:  # a shift before batch norm takes no part
                into.copy_(gradient)

    def by_layer(self) -> Tensor:
        """Norm of the gradient of the weights of every hidden layer, (K, L)."""
        return torch.stack([g.flatten(1).norm(dim=1) for g in self.gradients[: self.shape.settings.depth]], 1)


def together(parts: Sequence[tuple[Shape, np.ndarray]]) -> np.ndarray:
    """Values of all models of all families, (K, ...) each, as (activation, structure, initialisation, variant, seed, ...)."""
    found: dict[tuple[str, str], np.ndarray] = {}
    for shape, values in parts:
        rows = values.reshape(*shape.lengths, *values.shape[1:])
        found |= {(shape.activation, name): rows[i] for i, name in enumerate(shape.structures)}
    return np.stack([np.stack([found[a, b] for b in STRUCTURES]) for a in ACTIVATIONS])


def loss(logits: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of each example: logits (K, B, 10), y (K, B) -> (K, B)."""
    return F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="none").view(y.shape)


def at_start(
    settings: Settings, x: Tensor, y: Tensor
) -> Generator[None, None, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Puts one batch x (B, 64), y (B,) through fresh networks in double precision, as gradients here span more than single
    holds, yielding after each family.

    Returns, each (activation, structure, initialisation, seed, layer): the root mean square of what the layer gives, the
    norm of the loss's gradient with respect to it, and that with respect to the layer's weights."""
    parts: list[tuple[Shape, list[np.ndarray]]] = []
    for shape in shapes(settings):
        family = Family(shape, torch.float64)
        hidden, logits = family.forward(x.double().expand(shape.K, -1, -1))
        losses = loss(logits, y.expand(shape.K, -1)).mean(1)
        wanted = [*hidden, *family.weights[: settings.depth]]
        gradients = torch.autograd.grad(losses, wanted, torch.ones_like(losses))
        norms = torch.stack([g.flatten(1).norm(dim=1) for g in gradients], 1).numpy()
        sizes = torch.stack([h.detach().flatten(1).norm(dim=1) / math.sqrt(h[0].numel()) for h in hidden], 1).numpy()
        parts.append((shape, [sizes, norms[:, : settings.depth], norms[:, settings.depth :]]))
        yield
    sizes, gradient, weights = (together([(shape, v[i]) for shape, v in parts])[:, :, :, 0] for i in range(3))
    return sizes, gradient, weights
