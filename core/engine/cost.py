"""What a model costs: parameters, floating-point operations and numbers between its layers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.engine.networks import SelfAttention


@dataclass(frozen=True)
class Cost:
    """What one forward pass of one example takes.

    flops: floating-point operations of matrix products and convolutions; a multiply-add counts as two.
    values: numbers in the input and in the outputs of all layers.
    slow: how many of these values belong to feature maps (channels, height, width) or come from dropout. They take
    several times as long as the others.
    masks: for each dropout layer, in order, the shape of its output for one example.
    """

    flops: int
    values: int
    slow: int
    masks: tuple[tuple[int, ...], ...]


def parameters(module: nn.Module) -> int:
    """Number of parameters."""
    return sum(p.numel() for p in module.parameters())


def cost(module: nn.Module, shape: tuple[int, ...]) -> Cost:
    """The cost of one example of `shape`, counted while the module computes it. The module is left unchanged."""
    flops, values, slow, masks = 0, [0], [0], list[tuple[int, ...]]()

    def count(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal flops
        if isinstance(layer, nn.RNN | nn.LSTM):
            output = output[0]  # of every time; both matrices are used at each
            matrices = sum(p.numel() for p in layer.parameters() if p.dim() == 2)
            flops += 2 * matrices * output.shape[1]
            values.append(2 * (4 if isinstance(layer, nn.LSTM) else 1) * output.numel())
        if isinstance(layer, nn.Linear | nn.Conv2d):
            flops += 2 * layer.weight[0].numel() * output.numel()
        elif isinstance(layer, nn.ConvTranspose2d):  # each input value is spread over a kernel for each output channel
            flops += 2 * layer.weight[0].numel() * inputs[0].numel()
        elif isinstance(
            layer, SelfAttention
        ):  # besides its output layer: queries, keys and values; scores; what they mix
            projected, scores = 3 * output.numel(), output[..., 0].numel() * output.shape[1]
            flops += 2 * projected * layer.embed_dim + 4 * scores * layer.embed_dim
            values.append(projected + 2 * scores * layer.num_heads)
        values.append(output.numel())
        if isinstance(layer, nn.Dropout):
            masks.append(tuple(output.shape[1:]))
        if isinstance(layer, nn.Dropout) or output.dim() == 4:
            slow.append(output.numel())

    first = next(m for m in module.modules() if not any(m.children()))
    kind = torch.long if isinstance(first, nn.Embedding) else next((p.dtype for p in module.parameters()), None)
    x = torch.zeros(1, *shape, dtype=kind)
    values.append(x.numel())
    counted = [m for m in module.modules() if not any(m.children()) or isinstance(m, SelfAttention)]
    hooks = [layer.register_forward_hook(count) for layer in counted]
    training = module.training
    try:
        with torch.no_grad():
            module.eval()(x)
    finally:
        module.train(training)
        for hook in hooks:
            hook.remove()
    return Cost(flops, sum(values), sum(slow), tuple(masks))


def flops(module: nn.Module, shape: tuple[int, ...]) -> int:
    """Floating-point operations of one forward pass of one example of `shape`. A multiply-add counts as two, and only
    matrix products and convolutions count, as in torch.utils.flop_counter (whose first use takes a second of imports)."""
    return cost(module, shape).flops
