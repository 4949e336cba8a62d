"""Deep networks, one of every kind, as one stack: activation x structure x initialisation x seed, forwards and backwards at once.

Those without batch norm are one family of networks and those with it another; within a family the models are ordered by activation,
so each activation is taken of one block. A model that lacks the way past its layer has it times zero.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.engine.random import generator

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "ReLU": torch.relu,
    "GELU": F.gelu,
}
# Standard deviation of the weights of a layer, from its inputs, its outputs and s.
INITIALISATIONS: dict[str, Callable[[int, int, float], float]] = {
    "N(0, s)": lambda fan_in, fan_out, s: s,
    "Xavier": lambda fan_in, fan_out, s: math.sqrt(2 / (fan_in + fan_out)),
    "Kaiming": lambda fan_in, fan_out, s: math.sqrt(2 / fan_in),
}
STRUCTURES = ("plain", "batch norm", "residual", "residual / √L")
INPUTS, CLASSES = 64, 10


def drawn(seed: int, depth: int, width: int) -> list[Tensor]:
    """Standard normal weights of one seed, layer by layer, (out, in): every initialisation scales these."""
    g = generator(seed, "start")
    sizes = [INPUTS, *[width] * depth, CLASSES]
    return [torch.randn(b, a, generator=g) for a, b in itertools.pairwise(sizes)]


@dataclass(frozen=True)
class Shape:
    """What a family is made of. Its models are (activation, structure, initialisation, variant, seed), the last fastest."""

    depth: int
    width: int
    scale: float
    seeds: tuple[int, ...]
    norm: bool
    variants: int = 1  # copies of each model, for what is to be done differently with them

    @property
    def structures(self) -> tuple[str, ...]:
        return STRUCTURES[1:2] if self.norm else (STRUCTURES[0], *STRUCTURES[2:])

    @property
    def lengths(self) -> tuple[int, ...]:
        return len(ACTIVATIONS), len(self.structures), len(INITIALISATIONS), self.variants, len(self.seeds)

    @property
    def K(self) -> int:
        return math.prod(self.lengths)


class Family:
    """theta, grad (K, P): parameters and gradients of all models. weights[l] (K, in, out), shifts[l] (K, 1, out) and, with
    batch norm, scales[l] (K, 1, out) are views of theta."""

    def __init__(self, shape: Shape, dtype: torch.dtype = torch.float32):
        self.shape = shape
        sizes = [INPUTS, *[shape.width] * shape.depth, CLASSES]
        layers = list(itertools.pairwise(sizes))
        columns = [(a, b) for a, b in layers] + [(1, b) for _, b in layers]
        columns += [(1, shape.width)] * (shape.depth if shape.norm else 0)
        K, L = shape.K, shape.depth
        self.theta = torch.zeros(K, sum(a * b for a, b in columns), dtype=dtype)
        self.grad = torch.zeros_like(self.theta)
        parameters, self.gradients, start = [], list[Tensor](), 0
        for a, b in columns:
            parameters.append(self.theta[:, start : start + a * b].view(K, a, b))
            self.gradients.append(self.grad[:, start : start + a * b].view(K, a, b))
            start += a * b
        self.weights, self.shifts, self.scales = parameters[: L + 1], parameters[L + 1 : 2 * L + 2], parameters[2 * L + 2 :]  # fmt: skip
        self._start(layers)
        for scale in self.scales:
            scale.fill_(1)
        self.parameters = [p.requires_grad_() for p in parameters]
        self.mean = torch.zeros(L, K * shape.width, dtype=dtype)  # running statistics of batch norm
        self.var = torch.ones(L, K * shape.width, dtype=dtype)
        past = {"plain": (0.0, 1.0), "residual": (1.0, 1.0), "residual / √L": (1.0, L**-0.5)}
        kinds = torch.tensor([past.get(name, (0.0, 1.0)) for name in shape.structures], dtype=dtype)  # (structures, 2)
        self.past, self.branch = (
            kinds[:, i].view(1, -1, 1).expand(len(ACTIVATIONS), -1, math.prod(shape.lengths[2:])).reshape(K, 1, 1)
            for i in (0, 1)
        )

    def _start(self, layers: Sequence[tuple[int, int]]) -> None:
        s = self.shape
        draws = [drawn(seed, s.depth, s.width) for seed in s.seeds]
        for layer, (a, b) in enumerate(layers):
            std = torch.tensor([f(a, b, s.scale) for f in INITIALISATIONS.values()]).view(-1, 1, 1, 1, 1)
            normal = torch.stack([d[layer].T for d in draws])  # (S, in, out)
            self.weights[layer].view(*s.lengths, a, b).copy_(std * normal)

    def forward(self, x: Tensor, training: bool = True) -> tuple[list[Tensor], Tensor]:
        """x (K, B, 64) -> what every hidden layer gives, each (K, B, width), and the logits (K, B, 10)."""
        hidden, h = list[Tensor](), x
        for l in range(self.shape.depth):  # noqa: E741
            if self.shape.norm:
                z = self._normalised(torch.bmm(h, self.weights[l]), l, training)
            else:
                z = torch.baddbmm(self.shifts[l], h, self.weights[l])
            blocks = z.chunk(len(ACTIVATIONS))
            f = torch.cat([act(block) for act, block in zip(ACTIVATIONS.values(), blocks, strict=True)])
            # The first layer has another width before it than behind it, so there is no way past it.
            h = f if self.shape.norm or l == 0 else torch.addcmul(f * self.branch, h, self.past)
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
        return torch.stack([g.flatten(1).norm(dim=1) for g in self.gradients[: self.shape.depth]], 1)


def together(parts: Sequence[tuple[Shape, np.ndarray]]) -> np.ndarray:
    """Values of all models of the two families, (K, ...) each, as (activation, structure, initialisation, variant, seed, ...)."""
    (_, plain), (_, norm) = ((s, v.reshape(*s.lengths, *v.shape[1:])) for s, v in parts)
    return np.concatenate([plain[:, :1], norm, plain[:, 1:]], 1)


def loss(logits: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of each example: logits (K, B, 10), y (K, B) -> (K, B)."""
    return F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="none").view(y.shape)


def at_start(
    depth: int, width: int, scale: float, seeds: Sequence[int], x: Tensor, y: Tensor
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One batch x (B, 64), y (B,) through fresh networks in double precision, as gradients here span more than single holds.

    Returns, each (activation, structure, initialisation, seed, layer): the root mean square of what the layer gives, the norm of the
    loss's gradient with respect to it, and that with respect to the layer's weights."""
    parts: list[tuple[Shape, list[np.ndarray]]] = []
    for norm in (False, True):
        family = Family(Shape(depth, width, scale, tuple(seeds), norm), torch.float64)
        K = family.shape.K
        hidden, logits = family.forward(x.double().expand(K, -1, -1))
        losses = loss(logits, y.expand(K, -1)).mean(1)
        wanted = [*hidden, *family.weights[:depth]]
        gradients = torch.autograd.grad(losses, wanted, torch.ones_like(losses))
        norms = torch.stack([g.flatten(1).norm(dim=1) for g in gradients], 1).numpy()
        size = torch.stack([h.detach().flatten(1).norm(dim=1) / math.sqrt(h[0].numel()) for h in hidden], 1).numpy()
        parts.append((family.shape, [size, norms[:, :depth], norms[:, depth:]]))
    a, b, c = (together([(s, v[i]) for s, v in parts])[:, :, :, 0] for i in range(3))
    return a, b, c
