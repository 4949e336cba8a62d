"""Shapes, sums and norms by PyTorch, and a regression whose loss broadcasts by mistake."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from core.concepts.foundations.tensors.result import Puzzle, Result, Trap
from core.concepts.foundations.tensors.settings import Settings
from core.data.functions import sine
from core.engine.optimizers import Coefficients, State, adam
from core.engine.stack import stack

OPERATIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "plus": torch.add,
    "minus": torch.sub,
    "times": torch.mul,
}
WIDTH, RATE = 16, 0.03  # of the networks

# The puzzles. Nothing that a learner types is ever executed: these six expressions are.
PUZZLES: dict[str, Callable[[], Tensor]] = {
    "sum_rows": lambda: torch.arange(20).reshape(5, 4).sum(0),
    "keepdim": lambda: torch.arange(20).reshape(5, 4).sum(1, keepdim=True),
    "row_minus_column": lambda: torch.zeros(6) - torch.zeros(6, 1),
    "mean_per_row": lambda: torch.zeros(4, 3) - torch.zeros(4, 3).mean(1),
    "cube": lambda: torch.zeros(2, 1, 4) + torch.zeros(3, 1),
    "distances": lambda: ((torch.zeros(7, 1, 2) - torch.zeros(1, 5, 2)) ** 2).sum(-1),
}


def run(settings: Settings) -> Result:
    """Everything at once; the networks are kept from one move of a slider to the next."""
    s = settings
    a = torch.arange(int(np.prod(s.shape_a))).reshape(s.shape_a)
    b = 10 * torch.arange(int(np.prod(s.shape_b))).reshape(s.shape_b)
    c, error = _tried(lambda: OPERATIONS[s.operation](a, b))
    total, axis_error = (None, "") if c is None else _tried(lambda: _summed(c, s.axis, s.keepdim))
    flat = a.double().flatten()
    norms = {
        name: float(torch.linalg.vector_norm(flat, p))
        for name, p in (("1", 1), ("2", 2), ("p", s.p), ("inf", torch.inf))
    }
    norms["fro"] = float(torch.linalg.norm(a.double()))
    puzzles = {}
    for key, puzzle in PUZZLES.items():
        given, _ = _tried(puzzle)
        short = given is not None and given.dim() == 1
        puzzles[key] = Puzzle(
            None if given is None else tuple(given.shape), str(given.tolist()) if short and given is not None else ""
        )
    trap = _trained(s.points, s.noise, s.steps, s.seeds, s.seed)
    return Result(s, a.numpy(), b.numpy(), _array(c), error, _array(total), axis_error, norms, trap, puzzles)


def _tried(compute: Callable[[], Tensor]) -> tuple[Tensor | None, str]:
    """What PyTorch gives, or what it says instead."""
    try:
        return compute(), ""
    except (RuntimeError, IndexError) as refused:
        return None, str(refused)


def _summed(c: Tensor, axis: str, keepdim: bool) -> Tensor:
    if axis == "all":
        return c.sum(tuple(range(c.dim())), keepdim=keepdim) if keepdim and c.dim() else c.sum()
    return c.sum(int(axis), keepdim=keepdim)


def _array(t: Tensor | None) -> np.ndarray | None:
    return None if t is None else np.array(t.numpy())


def network() -> nn.Sequential:
    """One input, one output: its predictions have the shape (n, 1)."""
    return nn.Sequential(nn.Linear(1, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 1))


def points(n: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noisy points on a sine: x (n,) and y (n,)."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, n).astype(np.float32)
    y = sine(x[:, None]) + noise * rng.normal(size=n)
    return x, y.astype(np.float32)


@lru_cache(maxsize=32)
def _trained(n: int, noise: float, steps: int, seeds: int, seed: int) -> Trap:
    """Networks trained with the right loss and with the silent one, twice `seeds` in one stack. The two of a seed start alike."""
    x, y = points(n, noise, seed)
    inputs, targets = 3 * torch.from_numpy(x)[:, None], torch.from_numpy(y)
    models = stack(network, [seed + k for k in range(seeds)] * 2)
    state, lr = State(), torch.full((models.K, 1), RATE)
    for step in range(1, steps + 1):
        predictions = models.shared(inputs)  # (K, n, 1)
        right = (predictions[:seeds, :, 0] - targets) ** 2  # (n,) - (n,) of each model
        silent = ((predictions[seeds:] - targets) ** 2).mean(2)  # (n, 1) - (n,) of each model: (n, n)
        models.backward(torch.cat([right, silent]))
        with torch.no_grad():
            adam(models.theta, models.grad, state, Coefficients(lr, lr, None, step))
    grid = np.linspace(-1, 1, 101)
    with torch.no_grad():
        drawn = models.shared(3 * torch.from_numpy(grid).float()[:, None])[..., 0].numpy()
    return Trap(x, y, grid, sine(grid[:, None]), drawn[:seeds], drawn[seeds:])
