"""What a comparison of methods that predict a series shows, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, takewhile

import numpy as np
import pandas as pd

from core.concepts.paradigms.sequences.settings import CONTEXT, LEAST_PARTS, MEAN, NOW, PARTS, Settings
from core.stats import Interval, mean_interval

ByMethod = dict[str, np.ndarray]


@dataclass(frozen=True)
class Result:
    """Predictions from many origins of the held-out values, as far as the methods have come."""

    settings: Settings
    fraction: float  # share of the planned steps that is done
    level: np.ndarray  # (N,) the series in standard deviations of its training values, from their mean
    trained: int  # how many of them, the first, are trained on
    origins: np.ndarray  # (S,) numbers of the first value to be predicted
    forecasts: (
        ByMethod  # method -> (seeds, S, H) predictions, in the units of `level`; one "seed" where nothing is drawn
    )

    @property
    def complete(self) -> bool:
        return self.fraction == 1

    @property
    def horizon(self) -> int:
        """How many steps are predicted."""
        return int(next(iter(self.forecasts.values())).shape[2])

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that have predicted, in their order."""
        return tuple(name for name in self.settings.methods if name in self.forecasts)

    @cached_property
    def truth(self) -> np.ndarray:
        """What came: (S, H)."""
        return self.level[self.origins[:, None] + np.arange(self.horizon)]

    def known(self, origin: int) -> np.ndarray:
        """The last values before an origin, which is counted from 0."""
        end = int(self.origins[origin])
        return self.level[max(0, end - CONTEXT) : end]

    def squares(self, name: str) -> np.ndarray:
        """Squared errors (seeds, S, H) of a method or a simple guess."""
        if name == NOW:
            guess = self.level[self.origins - 1][None, :, None]
        else:
            guess = np.zeros((1, 1, 1)) if name == MEAN else self.forecasts[name]
        squares: np.ndarray = (guess - self.truth) ** 2
        return squares

    def errors(self, name: str) -> np.ndarray:
        """Root mean squared error of each seed at each horizon (seeds, H), in standard deviations of the series."""
        errors: np.ndarray = self.squares(name).mean(1) ** 0.5
        return errors

    def error(self, name: str) -> np.ndarray:
        """Root mean squared error (H,) over all seeds."""
        error: np.ndarray = self.squares(name).mean((0, 1)) ** 0.5
        return error

    def parts(self, h: int) -> np.ndarray:
        """Which part of the held-out values each origin belongs to (S,): of at most twelve parts, none shorter than h steps."""
        at = self.origins - self.origins[0]
        span = int(at[-1]) + 1
        count = int(np.clip(span // max(h, span / PARTS), 1, PARTS))
        parts: np.ndarray = at * count // span
        return parts

    def gains(self, name: str, than: str = NOW, comparisons: int | None = None) -> Iterator[Interval]:
        """Mean squared error of `than` minus that of `name` at each number of steps, in variances of the series.

        It covers other held-out values, by Student's t over parts of them (the test of Diebold and Mariano, 1995, by batch means),
        and other random starts. It is corrected for so many comparisons; None: for the number of methods. Fewer than four parts
        give no interval.
        """
        a, b = self.squares(than), self.squares(name)
        return self._intervals(a.mean(0) - b.mean(0), a.mean(1) - b.mean(1), comparisons or len(self.methods))

    def mean_squares(self, name: str) -> Iterator[Interval]:
        """Mean squared error at each number of steps; the interval covers what those of `gains` cover."""
        squares = self.squares(name)
        return self._intervals(squares.mean(0), squares.mean(1), 1)

    def _intervals(self, by_origin: np.ndarray, by_seed: np.ndarray, comparisons: int) -> Iterator[Interval]:
        """The mean of by_origin (S, H), which is that of by_seed (seeds, H), with its interval, at each h."""
        level = 1 - 0.05 / comparisons
        for h in range(self.horizon):
            parts = self.parts(h + 1)
            sums = np.bincount(parts, by_origin[:, h]) / np.bincount(parts)
            interval = replace(mean_interval(sums, level), mean=float(by_origin[:, h].mean()))
            half = (interval.high - interval.low) / 2 if len(sums) >= LEAST_PARTS else np.nan
            seeds = mean_interval(by_seed[:, h], level)
            if np.isfinite(seeds.low):  # methods that draw nothing have no seeds to cover
                half = float(np.hypot(half, (seeds.high - seeds.low) / 2))
            yield replace(interval, low=interval.mean - half, high=interval.mean + half)

    def gain(self, name: str, than: str, h: int, comparisons: int | None = None) -> Interval:
        """`gains` at h steps."""
        return next(islice(self.gains(name, than, comparisons), h - 1, None))

    def reach(self, name: str, than: str = NOW) -> int:
        """Up to how many steps ahead a method clearly beats a simple guess, at each step before, too.

        The horizons are tested in their order, up to the first that fails, so only the methods have to be corrected for.
        """
        beaten = takewhile(lambda gain: gain.sign > 0, self.gains(name, than))
        return sum(1 for _ in beaten)

    def frame(self) -> pd.DataFrame:
        """A row a method, seed and horizon: the root mean squared error."""
        rows = []
        for name in (NOW, MEAN, *self.methods):
            for seed, errors in enumerate(self.errors(name)):
                h = np.arange(1, self.horizon + 1)
                rows.append(
                    pd.DataFrame({"method": name, "seed": self.settings.seed + seed, "steps": h, "error": errors})
                )
        return pd.concat(rows, ignore_index=True)
