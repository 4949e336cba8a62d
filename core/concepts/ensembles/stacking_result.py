"""What a run of stacking is asked, and what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.ensembles.stacking_bases import BASES, BEST, HARD, LEAKY, OUT, SOFT, STACK
from core.data import tables
from core.data.tables import Table
from core.stats import Interval

METAS = ("logistic", "average")
LIMITS: dict[str, tuple[float, float]] = {
    "n": (40, tables.MAX_POINTS),  # so that 15 neighbours are left when every other row is held out
    "noise": (0, 0.5),
    "strength": (0.01, 100),
    "folds": (2, 10),
    "seeds": (1, 16),
    "seed": (0, 9999),
}
GRID = 60  # points along each side of a drawn field


@dataclass(frozen=True)
class Settings:
    data: str = "moons"  # a name in core.data.tables.NAMES
    n: int = 200  # training points (tables have their own number)
    noise: float = 0.3  # standard deviation of the points' noise, in units of the plot
    bases: str = "logistic,naive Bayes,deep tree,15-NN,forest"  # names in BASES, two or more
    meta: str = "logistic"  # logistic regression, or an average with weights of zero or more
    strength: float = 1.0  # C of the logistic meta learner: the larger, the freer its weights
    folds: int = 5
    seeds: int = 10  # repeats, each with its own data split and folds
    seed: int = 0  # the first of them

    def __post_init__(self) -> None:
        for name, menu in (("data", tables.NAMES), ("meta", METAS)):
            if getattr(self, name) not in menu:
                raise ValueError(f"{name}: must be one of {', '.join(menu)}")
        if len(set(self.names)) < 2 or len(set(self.names)) < len(self.names) or not set(self.names) <= set(BASES):
            raise ValueError(f"bases: must be two or more of {', '.join(BASES)}")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")
        object.__setattr__(self, "noise", self.noise + 0.0)  # -0.0 is the same run as 0.0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.bases.split(","))


@dataclass(frozen=True)
class Result:
    """What has been computed so far. B base learners, C classes, n training rows, R whole seeds; pictures are of the first seed.

    fold: (n,) the fold of each training row. taught: out of fold and in sample -> (n, B, C) probabilities, NaN where none has
    been given yet. errors: a row a seed, player and split (out of fold, validation). weights: a row a seed, taught, base and class (one
    for two classes). all_wrong: (R,) share of validation rows that every base gets wrong. shared: (R, B, B) of the rows that base i gets
    wrong, the share that j does too. sealed: player -> test error (R,). Points only: fold_fields: (folds, B, GRID, GRID, C)
    what the base learners that never saw a fold answer at the points of `axes`; fields: player -> (GRID, GRID, C).
    """

    settings: Settings
    table: Table
    fold: np.ndarray
    taught: Mapping[str, np.ndarray]
    errors: pd.DataFrame
    weights: pd.DataFrame
    all_wrong: np.ndarray
    shared: np.ndarray
    sealed: Mapping[str, np.ndarray]
    fraction: float
    axes: tuple[np.ndarray, np.ndarray] | None = None
    fold_fields: np.ndarray | None = None
    fields: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def players(self) -> tuple[str, ...]:
        return (*self.settings.names, HARD, SOFT, STACK, LEAKY)

    def error(self, player: str, split: str = "validation") -> np.ndarray:
        """(R,). The best base is chosen anew in each seed by its out-of-fold error, so it is another one in some seeds."""
        if player == BEST:
            by_base = np.array([self.error(b, split) for b in self.settings.names])
            return by_base[self.best, np.arange(by_base.shape[1])]  # type: ignore[no-any-return]
        rows = self.errors[(self.errors.player == player) & (self.errors.split == split)]
        return rows.error.to_numpy(float)

    @property
    def best(self) -> np.ndarray:
        """(R,) which base has the lowest out-of-fold error, the first of those that tie."""
        return np.array([self.error(b, OUT) for b in self.settings.names]).argmin(0)  # type: ignore[no-any-return]

    def saved(self, player: str) -> Interval:
        """Error of a player minus that of the stack, paired over seeds. As the stack is set against every other player, each
        interval is as much wider as makes all of them right together 95 times in 100 (Bonferroni)."""
        return tables.interval(self.error(player) - self.error(STACK), self.table, 1 - 0.05 / len(self.players))

    def percent(self, player: str) -> Interval:
        """Validation error in percent."""
        i = tables.rate(self.error(player), self.table)
        return Interval(100 * i.mean, 100 * i.low, 100 * i.high, i.n, i.level)

    def weight(self, base: str, taught: str) -> np.ndarray:
        """(R,) weight of a base's answer, mean over classes."""
        rows = self.weights[(self.weights.base == base) & (self.weights.taught == taught)]
        return rows.groupby("seed").weight.mean().to_numpy()

    def class_weights(self, taught: str) -> np.ndarray:
        """(B, C) mean over seeds of the weight of a base's P(class) for that class."""
        rows = self.weights[self.weights.taught == taught]
        return (
            rows.pivot_table(index="base", columns="class", values="weight").loc[list(self.settings.names)].to_numpy()
        )
