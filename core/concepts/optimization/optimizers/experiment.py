"""Racing the optimisers of torch.optim on a surface.

They treat each coordinate on its own, so hundreds of starts are one tensor: beside the path on show, every optimiser also
starts from a grid over the whole window. The gradients are closed formulas, which take a tenth of the time of autograd.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from core.concepts.optimization.optimizers.result import GRID, NEAR_MINIMUM, Path, Result
from core.concepts.optimization.optimizers.settings import Settings
from core.concepts.optimization.optimizers.surfaces import BARRIER, SURFACES

MOMENTA = np.arange(100) / 100
PATIENCE = 5000  # steps in which a ball on the double well must have settled

Make = Callable[[list[Tensor], Settings], torch.optim.Optimizer]
MENU: dict[str, Make] = {
    "SGD": lambda w, s: torch.optim.SGD(w, lr=s.lr_SGD),
    "Momentum": lambda w, s: torch.optim.SGD(w, lr=s.lr_Momentum, momentum=s.momentum),
    "Nesterov": lambda w, s: torch.optim.SGD(w, lr=s.lr_Nesterov, momentum=s.momentum, nesterov=s.momentum > 0),
    "RMSprop": lambda w, s: torch.optim.RMSprop(w, lr=s.lr_RMSprop),
    "Adam": lambda w, s: torch.optim.Adam(w, lr=s.lr_Adam),
    "AdamW": lambda w, s: torch.optim.AdamW(w, lr=s.lr_AdamW, weight_decay=s.decay),
    "Rprop": lambda w, s: torch.optim.Rprop(w, lr=s.lr_Rprop),
}
# Where torch keeps what each remembers: an average of gradients, and one of squared gradients.
DIRECTION = {"Momentum": "momentum_buffer", "Nesterov": "momentum_buffer", "Adam": "exp_avg", "AdamW": "exp_avg"}
SCALE = {"RMSprop": "square_avg", "Adam": "exp_avg_sq", "AdamW": "exp_avg_sq"}


@np.errstate(all="ignore")  # a path that diverges overflows
def run(settings: Settings) -> Result:
    """Race the chosen optimisers."""
    paths = {name: race(settings, name) for name in settings.optimizers}
    crossing = None
    shallow = settings.surface == "double well" and settings.start[0] > BARRIER
    if shallow and "Momentum" in settings.optimizers:
        crossing = crossings(settings.start, settings.lr_Momentum)
    return Result(settings, paths, crossing)


def race(settings: Settings, name: str) -> Path:
    """The path of one optimiser from the start, and where it leads from the grid."""
    surface = settings.map
    grid = np.stack(np.meshgrid(*(np.linspace(*side, GRID) for side in (surface.x, surface.y))), -1).reshape(-1, 2)
    w = torch.tensor(np.vstack([settings.start, grid]), requires_grad=True)  # (1 + GRID², 2) float64; row 0 is on show
    optimizer = MENU[name]([w], settings)
    w.grad = torch.empty_like(w)
    here, slope = w.detach().numpy(), w.grad.numpy()  # they share the memory of the tensors
    x, y = (np.empty((settings.steps + 1, len(here))) for _ in range(2))
    x[0], y[0] = here.T
    slots = {slot: np.zeros((settings.steps + 1, 2)) for slot in (DIRECTION.get(name), SCALE.get(name)) if slot}
    for step in range(1, settings.steps + 1):
        slope[:, 0], slope[:, 1] = surface.slope(x[step - 1], y[step - 1])
        optimizer.step()
        x[step], y[step] = here.T
        for slot, rows in slots.items():
            memory = optimizer.state[w].get(slot)
            if memory is not None:  # without momentum there is none
                rows[step] = memory[0].numpy()
    at = np.stack([x[:, 0], y[:, 0]], 1)
    distance = surface.distance(x, y)
    return Path(
        _bounded(at),
        _bounded(surface.f(x[:, 0], y[:, 0])),
        distance[:, 0],
        _bounded(slots[DIRECTION[name]]) if name in DIRECTION else None,
        _bounded(slots[SCALE[name]]) if name in SCALE else None,
        surface.nearest(x[-1, 1:], y[-1, 1:], NEAR_MINIMUM).reshape(GRID, GRID),
        _steps_taken(distance[:, 1:]).reshape(GRID, GRID),
    )


def _bounded(values: np.ndarray) -> np.ndarray:
    """NaN for what a path that diverges leaves behind."""
    return np.where(np.abs(values) < 1e9, values, np.nan)


def _steps_taken(distance: np.ndarray) -> np.ndarray:
    """The first step from which on each column of distances (T + 1, starts) stays near; -1 where the last one is not."""
    away = ~(distance <= NEAR_MINIMUM)
    last_away = len(away) - 1 - away[::-1].argmax(0)
    first = np.where(away.any(0), last_away + 1, 0)
    return np.where(first < len(away), first, -1)


@lru_cache(maxsize=64)
@np.errstate(all="ignore")
def crossings(start: tuple[float, float], lr: float) -> np.ndarray:
    """Number of the minimum at which SGD with each of MOMENTA settles on the double well, -1 for none within PATIENCE steps.

    A ball has settled in a valley when its energy lies below the barrier, so that it cannot leave any more: w moves by
    -lr v each step, which makes its kinetic energy lr v²/2.
    """
    surface = SURFACES["double well"]
    top = surface.f(BARRIER, 0.0)
    x, y = np.full(len(MOMENTA), start[0]), np.full(len(MOMENTA), start[1])
    vx, vy = np.zeros_like(x), np.zeros_like(y)
    valley = np.full(len(MOMENTA), -1)
    for step in range(PATIENCE):
        slope_x, slope_y = surface.slope(x, y)
        vx, vy = MOMENTA * vx + slope_x, MOMENTA * vy + slope_y
        x, y = x - lr * vx, y - lr * vy
        if step % 10 == 0:
            energy = surface.f(x, y) + lr * (vx**2 + vy**2) / 2
            settled = (valley < 0) & (energy < top - 0.1)
            valley[settled] = (x[settled] > BARRIER).astype(int)
            if (valley >= 0).all():
                break
    return valley
