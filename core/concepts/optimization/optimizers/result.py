"""What a race of optimisers shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.optimization.optimizers.settings import Settings
from core.concepts.optimization.optimizers.surfaces import Surface

GRID = 24  # starts along each side of the window
NEAR = 0.05  # a path has arrived when it is, and stays, this near a minimum
NEAR_MINIMUM = 0.25  # likewise for the starts of the grid, which are judged more coarsely


@dataclass(frozen=True, eq=False)
class Path:
    """The path of one optimiser over T steps, and where it leads from a grid of other starts."""

    at: np.ndarray  # (T + 1, 2) positions; NaN from where it has left for good
    value: np.ndarray  # (T + 1,) height of the surface there
    distance: np.ndarray  # (T + 1,) to the nearest minimum
    direction: np.ndarray | None  # (T + 1, 2) the remembered average of gradients; None where none is remembered
    scale: np.ndarray | None  # (T + 1, 2) the remembered average of squared gradients; None where none is remembered
    ends: np.ndarray  # (G, G) number of the minimum at which each start of the grid ends, -1 for none; rows from below
    taken: np.ndarray  # (G, G) the first step from which on each start stays near a minimum; -1 where it does not

    @property
    def lost(self) -> bool:
        """Whether it left for good: not a number any more, or far outside every window."""
        return not bool((np.abs(self.at[-1]) < 1e3).all())

    @property
    def arrived(self) -> int | None:
        """The first step from which on it stays near a minimum; None when there is none."""
        away = np.flatnonzero(~(self.distance <= NEAR))
        first = int(away[-1]) + 1 if len(away) else 0
        return first if first < len(self.at) else None


@dataclass(frozen=True, eq=False)  # equal only to itself, so that figures of it can be cached
class Result:
    """A race."""

    settings: Settings
    paths: dict[str, Path]  # by name of the optimiser, in the order of the menu
    crossing: np.ndarray | None  # (100,) where momentum 0.00, 0.01, ... 0.99 leads from this start on the shallow side
    # of the double well: 0 the deep valley, 1 the shallow one, -1 not settled; None for any other start or surface
    fraction: float = 1.0  # share of the race that is run

    @property
    def surface(self) -> Surface:
        return self.settings.map

    def minimum(self, name: str) -> int:
        """Number of the minimum at which an optimiser has arrived; -1 for none."""
        path = self.paths[name]
        x, y = path.at[-1]
        return -1 if path.arrived is None else int(self.surface.nearest(x, y, NEAR))

    def found(self, name: str) -> np.ndarray:
        """Which starts of the grid end at a global minimum, (G, G) bool."""
        ends = self.paths[name].ends
        return (ends >= 0) & (ends < self.surface.best)

    def frame(self) -> pd.DataFrame:
        """A row an optimiser and step: optimizer, step, x, y, f."""
        parts = [
            pd.DataFrame({"optimizer": n, "step": range(len(p.at)), "x": p.at[:, 0], "y": p.at[:, 1], "f": p.value})
            for n, p in self.paths.items()
        ]
        return pd.concat(parts, ignore_index=True)
