"""What a model costs: parameters and floating-point operations."""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def flops(module: nn.Module, shape: tuple[int, ...]) -> int:
    """Floating-point operations of one forward pass of one example of `shape`, a multiply-add counted as two; matrix
    products and convolutions only, as torch.utils.flop_counter counts them."""
    was = module.training
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module.eval()(torch.zeros(1, *shape))
    module.train(was)
    return int(counter.get_total_flops())
