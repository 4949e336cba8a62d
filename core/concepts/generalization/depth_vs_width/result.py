"""What a run shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.generalization.depth_vs_width.settings import Settings
from core.concepts.generalization.depth_vs_width.targets import DEPTHS, TARGETS, parameters
from core.stats import Interval, mean_interval

RATES = (0.003, 0.01, 0.03)  # learning rates of Adam; validation data chooses among them
STARTS = ("random start", "near the fold")  # of the folding network
LINE = 257  # points of a drawn function, evenly spaced over [0, 1]
SOLVED = 0.01  # test error below which a target counts as found: 1 % of its variance
LEAST = 1e-12  # errors below count as this
LEVEL = 1 - 0.05 / (
    (len(DEPTHS) - 1) * len(TARGETS)
)  # of one comparison with one hidden layer, since all are read at once


@dataclass(frozen=True)
class Networks:
    """Networks of one shape, for T targets (of the folding network: STARTS instead), R learning rates and S seeds."""

    widths: tuple[int, ...]  # neurons of each hidden layer
    validation: np.ndarray  # (records, T, R, S) mean squared error on validation rows, after each of Result.steps
    answers: np.ndarray  # (T, R, S, LINE) the networks' functions over [0, 1]
    test: np.ndarray | None = (
        None  # (T, R, S) mean squared error compared with the true function; when the run is complete
    )
    pieces: np.ndarray | None = None  # (T, S) straight pieces at the chosen rate; when the run is complete
    start: np.ndarray | None = None  # (S,) straight pieces before training; when the run is complete

    @property
    def rates(self) -> list[int]:
        """For each target, the number of the rate with the lowest validation error (geometric mean over the seeds)."""
        return [int(np.log(v).mean(1).argmin()) for v in np.maximum(self.validation[-1], LEAST)]

    def errors(self, target: int) -> np.ndarray:
        """Test error of every seed at the rate that validation chose; validation error before the run is complete."""
        values = self.validation[-1] if self.test is None else self.test
        return np.asarray(np.maximum(values[target, self.rates[target]], LEAST))

    def validated(self, target: int) -> float:
        """Geometric mean of the validation errors at the chosen rate."""
        return geometric_mean(np.maximum(self.validation[-1][target, self.rates[target]], LEAST))

    def solved(self, target: int) -> int:
        """How many seeds have an error below SOLVED."""
        return int((self.errors(target) < SOLVED).sum())


@dataclass(frozen=True)
class Result:
    """A run as far as it has come."""

    settings: Settings
    depths: dict[int, Networks]  # number of hidden layers -> networks of the same budget, on each of TARGETS
    fold: Networks  # the folding network from each of STARTS, always on the regular target
    steps: np.ndarray  # (records,) steps after which validation errors were measured
    fraction: float  # share of the steps that is done

    def ratio(self, depth: int, target: int) -> np.ndarray:
        """log10 of the error of each seed, minus that of one hidden layer."""
        return np.asarray(np.log10(self.depths[depth].errors(target) / self.depths[1].errors(target)))

    def compared(self, depth: int, target: int) -> Interval:
        """The mean of `ratio`, paired over the seeds."""
        return mean_interval(self.ratio(depth, target), LEVEL)

    def best(self, target: int) -> int:
        """The depth with the lowest validation error."""
        return min(self.depths, key=lambda depth: self.depths[depth].validated(target))

    def frame(self) -> pd.DataFrame:
        """A row a network."""
        found = []
        for depth, d in self.depths.items():
            for (t, r, k), error in np.ndenumerate(d.validation[-1]):
                test = np.nan if d.test is None else d.test[t, r, k]
                names = (TARGETS[t], depth, parameters(d.widths), RATES[r], self.settings.range[k])
                found.append((*names, error, test, d.rates[t] == r))
        columns = ["target", "hidden layers", "parameters", "rate", "seed", "validation", "test", "chosen"]
        return pd.DataFrame(found, columns=columns)


def geometric_mean(values: np.ndarray) -> float:
    return float(np.exp(np.log(values).mean()))


def factor(log10: Interval) -> Interval:
    """An interval of a log10 as that of the number itself."""
    return Interval(10**log10.mean, 10**log10.low, 10**log10.high, log10.n, log10.level)
