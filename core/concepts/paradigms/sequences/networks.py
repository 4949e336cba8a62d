"""The networks of the page, the examples they learn from, and how they go on from their own predictions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.paradigms.sequences.settings import CONTEXT, MLP, UNSCORED, Settings
from core.engine.networks import Recurrent

Examples = tuple[
    Tensor, Tensor
]  # what is given, and what is to be predicted: (n, lags) and (n, 1), or (n, CONTEXT, 1) and (n, CONTEXT)


def builder(name: str, s: Settings) -> Callable[[], nn.Sequential]:
    """A function that builds the network."""
    return partial(_mlp, s.lags, 2 * s.width) if name == MLP else partial(_recurrent, name, s.width)


def _mlp(lags: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(lags, width), nn.ReLU(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))


def _recurrent(kind: str, width: int) -> nn.Sequential:
    return nn.Sequential(Recurrent(kind, 1, width), nn.Linear(width, 1))


def examples(name: str, x: np.ndarray, s: Settings) -> Examples:
    """Every stretch of the training values x (n,) that a network can be given."""
    length = s.lags if name == MLP else CONTEXT
    stretches = torch.from_numpy(np.lib.stride_tricks.sliding_window_view(x.astype(np.float32), length + 1).copy())
    if name == MLP:
        return stretches[:, :-1], stretches[:, -1:]
    return stretches[:, :-1, None], stretches[:, 1:]


def squared_error(out: Tensor, y: Tensor) -> Tensor:
    """The loss of each example: out (K, B, 1) of an MLP, or (K, B, CONTEXT, 1) of a recurrent network; y without the last 1."""
    if out.dim() == 3:
        return (out - y).square().mean(-1)
    return (out[..., 0] - y)[..., UNSCORED:].square().mean(-1)


def run_free(model: nn.Sequential, known: np.ndarray, steps: int) -> np.ndarray:
    """Predict `steps` values after known (S, values), each from those predicted before: (S, steps)."""
    x = torch.from_numpy(known.astype(np.float32))
    made = []
    with torch.no_grad():
        if isinstance(model[0], Recurrent):
            cell, head = model[0].cell, model[1]
            out, state = cell(x[:, -CONTEXT:, None])
            for _ in range(steps):
                made.append(head(out[:, -1]))
                out, state = cell(made[-1][:, None], state)
        else:
            lags = cast(nn.Linear, model[0]).in_features
            for _ in range(steps):
                made.append(model(x[:, -lags:]))
                x = torch.cat([x, made[-1]], 1)
    predicted: np.ndarray = torch.cat(made, 1).double().numpy()
    return predicted
