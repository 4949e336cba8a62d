"""The network: digits in, attention, digits out. Its tasks, and the attention that would solve them."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from core.concepts.attention.attention.settings import SYMBOLS, Form
from core.engine.networks import Positions, Residual, SelfAttention


def network(form: Form, length: int, width: int, answers: int) -> nn.Sequential:
    """Digits (B, length) -> scores of the answers (B, length, answers * SYMBOLS)."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(embedding=nn.Embedding(SYMBOLS, width))
    if form.positions != "none":
        layers["positions"] = Positions(length, width, form.positions == "learned")
    attend = SelfAttention(width, form.heads, form.causal, form.scaled)
    inner = OrderedDict(norm=nn.LayerNorm(width), attend=attend)
    if form.block:
        layers["attention"] = Residual(inner)
        up, down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        layers["mlp"] = Residual(OrderedDict(norm=nn.LayerNorm(width), up=up, gelu=nn.GELU(), down=down))
        layers["norm"] = nn.LayerNorm(width)
    else:
        layers["attention"] = nn.Sequential(inner)
    layers["answer"] = nn.Linear(width, answers * SYMBOLS)
    return nn.Sequential(layers)


def targets(task: str, x: Tensor) -> Tensor:
    """What each place of the sequences x (..., L) has to answer: (..., L, answers)."""
    if task == "neighbours":
        return torch.stack([x.roll(1, -1), x.roll(-1, -1)], -1)
    answer = {
        "reverse": lambda: x.flip(-1),
        "shift": lambda: x.roll(1, -1),
        "copy": lambda: x,
        "sort": lambda: x.sort(-1).values,
    }[task]()
    return answer[..., None]
