"""Optimisers raced on a surface: each is torch's own, started at the same point, and what it remembers is drawn.

All of them treat each coordinate alone, so hundreds of starts are one tensor: beside the path on view, every run starts each
optimiser from a grid over the whole window too. One path is an anecdote; the grid says how often it ends so.

Sources: the papers named in SOURCES; torch.optim. Nothing is random here.
What to expect: on the ravine plain SGD zigzags or crawls; momentum overshoots; Adam and RMSprop divide by the size of past
gradients and take both directions alike; Rprop looks at signs only. Two cores: 0.2 s for three optimisers and 150 steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from core.concepts.optimization.optimizers_script import optimizers_script
from core.concepts.optimization.surfaces import SURFACES, Surface, gradient
from core.legacy import Question
from core.stats import counted, listed

GRID = 24  # starts along each side of the window
NEAR = 0.05  # a path has arrived when it is and stays this near a minimum
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.09, 0.1, 0.11, 0.2, 0.3, 1.0)
MOMENTA = tuple(round(0.01 * i, 2) for i in range(100))

Make = Callable[[list[Tensor], float, float, float], torch.optim.Optimizer]  # (parameters, lr, momentum, weight decay)
OPTIMIZERS: dict[str, Make] = {
    "SGD": lambda w, lr, m, d: torch.optim.SGD(w, lr=lr),
    "Momentum": lambda w, lr, m, d: torch.optim.SGD(w, lr=lr, momentum=m),
    "Nesterov": lambda w, lr, m, d: torch.optim.SGD(w, lr=lr, momentum=m, nesterov=m > 0),
    "RMSprop": lambda w, lr, m, d: torch.optim.RMSprop(w, lr=lr),
    "Adam": lambda w, lr, m, d: torch.optim.Adam(w, lr=lr),
    "AdamW": lambda w, lr, m, d: torch.optim.AdamW(w, lr=lr, weight_decay=d),
    "Rprop": lambda w, lr, m, d: torch.optim.Rprop(w, lr=lr),
}
# What each remembers: where torch keeps the direction it is going, and the scale of each coordinate.
DIRECTION = {"Momentum": "momentum_buffer", "Nesterov": "momentum_buffer", "Adam": "exp_avg", "AdamW": "exp_avg"}
SCALE = {"RMSprop": "square_avg", "Adam": "exp_avg_sq", "AdamW": "exp_avg_sq"}


@dataclass(frozen=True)
class Settings:
    surface: str = "ravine"  # a name in SURFACES
    optimizers: str = "SGD,Momentum,Adam"  # names in OPTIMIZERS
    across: int = 10  # start, in % of the window from left to right
    up: int = 88  # start, in % of the window from bottom to top
    steps: int = 150
    momentum: float = 0.9  # of Momentum and Nesterov
    decay: float = 0.1  # weight decay of AdamW
    lr_SGD: float = 0.02  # learning rates, one each; of Rprop its first step
    lr_Momentum: float = 0.02
    lr_Nesterov: float = 0.02
    lr_RMSprop: float = 0.05
    lr_Adam: float = 0.1
    lr_AdamW: float = 0.1
    lr_Rprop: float = 0.05

    def __post_init__(self) -> None:
        if self.surface not in SURFACES:
            raise ValueError(f"surface: must be one of {', '.join(SURFACES)}")
        if any(name not in OPTIMIZERS for name in self.chosen):
            raise ValueError(f"optimizers: must be among {', '.join(OPTIMIZERS)}")
        bounds: dict[str, tuple[float, float]] = {
            "across": (0, 100),
            "up": (0, 100),
            "steps": (10, 500),
            "momentum": (0, 0.99),
            "decay": (0, 1),
        }
        bounds |= {f"lr_{name}": (1e-4, 1) for name in OPTIMIZERS}
        for name, (low, high) in bounds.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")

    @property
    def chosen(self) -> tuple[str, ...]:
        return tuple(name for name in self.optimizers.split(",") if name)

    @property
    def start(self) -> tuple[float, float]:
        at = SURFACES[self.surface]
        return tuple(low + share / 100 * (high - low) for (low, high), share in ((at.x, self.across), (at.y, self.up)))  # type: ignore[return-value]


@dataclass(frozen=True)
class Path:
    """T steps: at (T+1, 2), value (T+1,), distance to the nearest minimum (T+1,); direction and scale (T+1, 2) are what the
    optimiser remembers, None if nothing. ends: (GRID, GRID) the minimum that each start on the grid is near at the end, by
    number, -1 for none; rows from bottom to top."""

    at: np.ndarray
    value: np.ndarray
    distance: np.ndarray
    direction: np.ndarray | None
    scale: np.ndarray | None
    ends: np.ndarray

    @property
    def lost(self) -> bool:
        """Whether it left for good: no number any more, or far outside every window."""
        return not (np.abs(self.at[-1]) < 1e3).all()

    @property
    def arrived(self) -> int | None:
        """The first step from which on it stays near a minimum."""
        away = np.flatnonzero(~(self.distance <= NEAR))
        first = int(away[-1]) + 1 if len(away) else 0
        return first if first < len(self.at) else None


@dataclass(frozen=True, eq=False)  # one is itself and no other, so that a figure of it can be remembered
class Result:
    """crossing: for the double well started on its shallow side, which of MOMENTA end on the deep one, (100,) bool."""

    settings: Settings
    surface: Surface
    paths: dict[str, Path]
    crossing: np.ndarray | None = None
    fraction: float = 1.0

    @property
    def frame(self) -> pd.DataFrame:
        """A row an optimiser and step."""
        parts = [
            pd.DataFrame({"optimizer": n, "step": range(len(p.at)), "x": p.at[:, 0], "y": p.at[:, 1], "f": p.value})
            for n, p in self.paths.items()
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def run(settings: Settings) -> Result:
    s = settings
    paths = {name: race(s, name) for name in s.chosen}
    shallow = s.surface == "double well" and s.start[0] > 0.0755  # right of the top of the barrier
    crossing = crossings(s.across, s.up, s.steps, s.lr_Momentum) if shallow and "Momentum" in s.chosen else None
    return Result(s, SURFACES[s.surface], paths, crossing)


def race(s: Settings, name: str) -> Path:
    """One optimiser from the start and from the grid: row 0 of w is the path on view."""
    surface = SURFACES[s.surface]
    grid = np.stack(np.meshgrid(*(np.linspace(*side, GRID) for side in (surface.x, surface.y))), -1).reshape(-1, 2)
    w = torch.tensor(np.vstack([s.start, grid]), requires_grad=True)  # (1 + GRID², 2) float64
    optimizer = OPTIMIZERS[name]([w], getattr(s, f"lr_{name}"), s.momentum, s.decay)
    at, value = [w.detach()[0].clone()], []
    kept: dict[str, list[Tensor]] = {slot: [torch.zeros(2)] for slot in (DIRECTION.get(name), SCALE.get(name)) if slot}
    for _ in range(s.steps):
        f, w.grad = gradient(s.surface, w)
        optimizer.step()
        at.append(w.detach()[0].clone())
        value.append(f[0])
        for slot, rows in kept.items():
            memory = optimizer.state[w].get(slot)  # none without momentum
            rows.append(torch.zeros(2) if memory is None else memory[0].clone())
    value.append(gradient(s.surface, w)[0][0])
    positions = _bounded(torch.stack(at))
    remembered = {slot: _bounded(torch.stack([r.double() for r in rows])) for slot, rows in kept.items()}
    return Path(
        positions,
        _bounded(torch.stack(value)),
        distances(surface, positions).min(1),
        remembered.get(DIRECTION.get(name, "")),
        remembered.get(SCALE.get(name, "")),
        nearest(surface, _bounded(w.detach()[1:])).reshape(GRID, GRID),
    )


def _bounded(values: Tensor) -> np.ndarray:
    """NaN for what a path that diverges leaves behind."""
    return np.where(values.abs() < 1e9, values.numpy(), np.nan)


def distances(surface: Surface, at: np.ndarray) -> np.ndarray:
    """From points (N, 2) to each minimum: (N, minima)."""
    return np.asarray(np.linalg.norm(at[:, None] - np.array(surface.minima), axis=2))


def nearest(surface: Surface, at: np.ndarray, near: float = 0.25) -> np.ndarray:
    """Number of the minimum within `near` of each point (N, 2), -1 for none."""
    apart = distances(surface, at)
    return np.where(np.nan_to_num(apart, nan=np.inf).min(1) <= near, np.nan_to_num(apart, nan=np.inf).argmin(1), -1)


@lru_cache(maxsize=64)
def crossings(across: int, up: int, steps: int, lr: float) -> np.ndarray:
    """Whether SGD with each of MOMENTA ends in the deeper valley of the double well: (100,) bool."""
    start = Settings("double well", across=across, up=up).start
    balls = [torch.tensor([start], dtype=torch.float64) for _ in MOMENTA]
    groups = [{"params": [ball], "momentum": m} for ball, m in zip(balls, MOMENTA, strict=True)]
    optimizer = torch.optim.SGD(groups, lr=lr, foreach=False)
    for _ in range(steps):
        slopes = gradient("double well", torch.cat(balls))[1]
        for ball, slope in zip(balls, slopes, strict=True):
            ball.grad = slope[None]
        optimizer.step()
    return np.asarray(nearest(SURFACES["double well"], _bounded(torch.cat(balls))) == 0)


def findings(result: Result) -> list[str]:
    s, surface = result.settings, result.surface
    if not result.paths:
        return ["No optimiser is chosen, so there is nothing to compare."]
    found = [f"From ({s.start[0]:.2f}, {s.start[1]:.2f}), each at its own η: {_order(result)}."]
    shares = {n: share(p, surface) for n, p in result.paths.items()}
    what = "a minimum" if surface.best == len(surface.minima) else "the global minimum"
    told = listed([f"{n} {100 * v:.0f} %" for n, v in shares.items()])
    found.append(f"From {GRID * GRID} starts all over the window, within 0.25 of {what} after {s.steps} steps: {told}.")
    if result.crossing is not None:
        found.append(_crossing(result.crossing, s))
    return found


def share(path: Path, surface: Surface) -> float:
    """Share of the grid's starts that ended near a global minimum."""
    return float(((path.ends >= 0) & (path.ends < surface.best)).mean())


def _order(result: Result) -> str:
    """Who arrived when, and who did not."""
    arrived = sorted((p.arrived, n) for n, p in result.paths.items() if p.arrived is not None)
    parts = [f"{n} is within {NEAR:g} of a minimum from step {step} on" for step, n in arrived]
    parts += [f"{n} diverges" for n, p in result.paths.items() if p.lost]
    parts += [
        f"{n} ends {p.distance[-1]:.2g} away from the nearest minimum"
        for n, p in result.paths.items()
        if p.arrived is None and not p.lost
    ]
    return "; ".join(parts)


def _crossing(crossing: np.ndarray, s: Settings) -> str:
    if not crossing.any():
        return f"At η = {s.lr_Momentum:g} no momentum from 0 to 0.99 gets over the barrier to stay."
    first = int(crossing.argmax())
    beyond = crossing[first:]
    said = f"The smallest momentum that gets over the barrier at η = {s.lr_Momentum:g} is {MOMENTA[first]:.2f}"
    if beyond.all():
        return f"{said}; every larger one up to 0.99 does too."
    return (
        f"{said}; of the {len(beyond)} from there to 0.99, {int((~beyond).sum())} roll back or do not settle in time."
    )


def score(result: Result) -> str:
    return "; ".join(f"{n} {'diverged' if p.lost else f'{p.distance[-1]:.2g} off'}" for n, p in result.paths.items())


def difference(a: Result, b: Result) -> str:
    both = [n for n in a.paths if n in b.paths]
    if a.settings.surface != b.settings.surface or not both:
        return "The two have no optimiser on the same surface in common."
    parts = []
    for n in both:
        now, then = a.paths[n].distance[-1], b.paths[n].distance[-1]
        parts.append(f"{n} ends {now:.2g} from the nearest minimum (was {then:.2g})")
    return f"{'; '.join(parts)}."


def script(settings: Settings) -> str:
    """Plain PyTorch that takes the same paths."""
    return optimizers_script(settings)


def _zigzag(result: Result) -> tuple[int, str]:
    path = result.paths["SGD"]
    turns = int((np.diff(np.sign(path.at[:, 1])) != 0).sum())
    said = f"SGD crossed the valley floor {counted(turns, 'time')} in {result.settings.steps} steps and ended {path.distance[-1]:.2g} from the minimum."
    return (2 if path.lost or path.distance[-1] > path.distance[0] else 1 if turns > 5 else 0), said


def _crosses(result: Result) -> tuple[int, str]:
    over = {n: bool(result.paths[n].at[-1, 0] < 0) for n in ("SGD", "Momentum")}
    x = {n: result.paths[n].at[-1, 0] for n in over}
    said = f"SGD ends at x = {x['SGD']:.2f}, momentum at x = {x['Momentum']:.2f}; the deeper valley is at -1.04."
    if result.crossing is not None:
        said += " " + _crossing(result.crossing, result.settings)
    return (0 if over["Momentum"] and not over["SGD"] else 1 if all(over.values()) else 2), said


def _ridge(result: Result) -> tuple[int, str]:
    y = {n: abs(p.at[-1, 1]) for n, p in result.paths.items()}
    left = [n for n, v in y.items() if v > 0.5]
    said = "On the ridge the slope towards the valleys is exactly 0: " + ", ".join(
        f"{n} ends at |y| = {v:.2g}" for n, v in y.items()
    )
    return (0 if len(left) == len(y) else 1 if left else 2), said + "."


def _valley(result: Result) -> tuple[int, str]:
    off = {n: (np.inf if p.lost else float(p.distance[-1])) for n, p in result.paths.items()}
    names = ("SGD", "Momentum", "Adam")
    said = f"After {result.settings.steps} steps: " + ", ".join(f"{n} {off[n]:.2g} off" for n in names)
    return int(np.argmin([off[n] for n in names])), said + "."


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "The ravine, and plain SGD at η = 0.11, just over its limit of 0.1. What does its path do?",
        ("It goes straight to the minimum", "It zigzags and arrives", "It zigzags further and further out"),
        {"lr_SGD": 0.11, "optimizers": "SGD"},
        _zigzag,
    ),
    Question(
        "The double well, started high on the shallow side, both at η = 0.02. Who crosses the barrier to the deeper valley?",
        ("Only momentum", "Both", "Neither"),
        {"surface": "double well", "optimizers": "SGD,Momentum", "across": 95, "up": 83, "steps": 200},
        _crosses,
    ),
    Question(
        "Exactly on the ridge of the saddle, y = 0. Who gets off it within 150 steps?",
        ("All of them", "Only the ones that rescale", "Nobody"),
        {"surface": "saddle", "up": 50},
        _ridge,
    ),
    Question(
        "Rosenbrock's valley, η = 0.001 for SGD and momentum, 0.1 for Adam. Who is nearest the minimum after 500 steps?",
        ("SGD", "Momentum", "Adam"),
        {"surface": "Rosenbrock", "lr_SGD": 0.001, "lr_Momentum": 0.001, "lr_Adam": 0.1, "steps": 500},
        _valley,
    ),
)

SOURCES = (
    "Polyak, *Some Methods of Speeding Up the Convergence of Iteration Methods* (1964), for momentum",
    "Sutskever, Martens, Dahl and Hinton, *On the Importance of Initialization and Momentum in Deep Learning* (2013), for Nesterov's",
    "Riedmiller and Braun, *A Direct Adaptive Method for Faster Backpropagation Learning: The RPROP Algorithm* (1993)",
    "Hinton, *Neural Networks for Machine Learning*, lecture 6 (2012), for RMSprop",
    "Kingma and Ba, *Adam: A Method for Stochastic Optimization* (2015); Loshchilov and Hutter, *Decoupled Weight Decay Regularization* (2019)",
    "PyTorch documentation, *torch.optim*",
)
