"""What a run shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from core.concepts.foundations.derivatives.settings import Settings


class Stationary(NamedTuple):
    """x and f(x) of a point where f' is 0, or jumps over 0 at a corner; kind: maximum, minimum, flat, or corner_maximum
    and corner_minimum where f' does not exist."""

    x: float
    y: float
    kind: str


class Rung(NamedTuple):
    """One quotient of L'Hopital's ladder. latex: the quotient; form: zero, infinite or determinate; left, right: (n,) its
    values in float64 at the distances."""

    latex: str
    form: str
    left: np.ndarray
    right: np.ndarray


@dataclass(frozen=True)
class Ladder:
    """A limit of a quotient by L'Hopital's rule."""

    rungs: tuple[Rung, ...]  # the quotient as typed, then those of the derivatives
    distances: np.ndarray  # (n,) from the point on either side; for infinity the places themselves
    limits: tuple[float, ...]  # of the quotient itself, from the left and from the right, or at infinity; NaN for none
    end: str  # why the ladder ends: determinate, plain (no rule needed), differs (a rung that has another limit), long, large, sides
    latex: str  # the limit, "" where there is none

    @property
    def limit(self) -> float:
        """The limit from all sides from which there are values; NaN when there is none, or the sides differ."""
        seen = [v for v in self.limits if not np.isnan(v)]
        return seen[0] if seen and np.allclose(seen, seen[0], 1e-9, 1e-9) else np.nan


@dataclass(frozen=True)
class Result:
    """A function with its derivatives, and a limit."""

    settings: Settings
    x: np.ndarray  # (n,) places in the window
    values: np.ndarray  # (3, n) f, f' and f'' there; NaN where they have no value
    here: np.ndarray  # (3,) f, f' and f'' at the point
    latex: tuple[str, str, str]  # f, f' and f''
    stationary: tuple[Stationary, ...]  # within the window, from left to right
    gap: float  # largest difference between f' and central differences of the typed formula, as a share of its size
    coefficients: np.ndarray  # (11,) of the Taylor series around the point; NaN where there is none
    by_sympy: int  # how many of them are SymPy's derivatives; the others would be too long, and are numerical
    taylor_gap: float  # largest difference between SymPy's coefficients and numerical ones, as a share; NaN for none
    reach: np.ndarray  # (11,) largest error of the polynomial of each order within 1 of the point
    ladder: Ladder  # the limit
    fraction: float = 1.0  # share of the run that is done

    def polynomial(self, order: int) -> np.ndarray:
        """The values of a Taylor polynomial over the window, (n,)."""
        values: np.ndarray = np.polyval(self.coefficients[order::-1], self.x - self.settings.at)
        return values

    def frame(self) -> pd.DataFrame:
        """f, its derivatives and its Taylor polynomial over the window, to download."""
        columns = {"x": self.x, "f": self.values[0], "f'": self.values[1], "f''": self.values[2]}
        return pd.DataFrame(columns | {f"Taylor {self.settings.order}": self.polynomial(self.settings.order)})
