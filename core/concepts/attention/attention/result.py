"""What the two networks show, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.polynomial import Polynomial

from core.concepts.attention.attention.settings import SYMBOLS, TEST, Settings
from core.stats import Interval, mean_interval

WIDTHS = (4, 16, 64, 256, 1024)  # of random queries and keys
KEYS = 16  # random keys that a query is compared with
LENGTHS = (64, 128, 256, 512, 1024)  # places of a sequence whose attention is timed

ByWay = dict[str, np.ndarray]  # "with" and "without"


@dataclass(frozen=True)
class Result:
    """Both networks of every seed, as far as they are trained. What only a complete run has is empty until then."""

    settings: Settings
    fraction: float  # share of the run that is done
    step: int  # training steps that are done
    history: pd.DataFrame  # a row a measurement on validation sequences: variant, seed, step, metric, value
    parameters: dict[str, dict[str, np.ndarray]]  # way -> name -> the numbers of all seeds (seeds, ...)
    accuracy: ByWay = field(default_factory=dict)  # share of digits answered right on test sequences (seeds,)
    attention: ByWay = field(default_factory=dict)  # attention on where each answer stands (seeds, heads, answers)
    on_answers: ByWay = field(default_factory=dict)  # attention, mean over heads, on where any answer stands (seeds,)
    random: np.ndarray | None = None  # random vectors (unscaled and scaled, WIDTHS, 3): spread, largest weight, slope
    seconds: np.ndarray | None = None  # of one map of LENGTHS places (explicit and fused, lengths)

    @property
    def complete(self) -> bool:
        return bool(self.accuracy)

    def of(self, way: str, k: int) -> dict[str, np.ndarray]:
        """The parameters of one network."""
        return {name: values[k] for name, values in self.parameters[way].items()}

    def gain(self) -> Interval:
        """Accuracy with minus without, paired over seeds. Each seed has training and test sequences of its own, so the
        interval covers them and the random start."""
        rows = TEST * self.settings.length * self.settings.answers
        return mean_interval(self.accuracy["with"] - self.accuracy["without"], rows=rows, bounds=(-1, 1))

    def gain_on_answers(self) -> Interval:
        """The same of the attention that lies on an answer."""
        return mean_interval(self.on_answers["with"] - self.on_answers["without"], bounds=(-1, 1))

    def frame(self) -> pd.DataFrame:
        """Every measurement, a row each."""
        return self.history


def visible(s: Settings) -> float | None:
    """Share of answers that stand at a place or before it, so that a causal mask leaves them; None where that depends on
    the digits."""
    L = s.length
    i = np.arange(L)
    where = {"reverse": [L - 1 - i], "shift": [(i - 1) % L], "neighbours": [(i - 1) % L, (i + 1) % L], "copy": [i]}
    if s.task not in where:
        return None
    return float(np.mean([w <= i for w in where[s.task]]))


def best_masked(s: Settings) -> float | None:
    """The accuracy that a causal mask allows, on average: what is visible, and a guess among the digits for the rest."""
    share = visible(s)
    return None if share is None else share + (1 - share) / SYMBOLS


def best_of_a_set(s: Settings) -> float | None:
    """The accuracy that is possible, on average, without positions: each place names the most frequent digit of the other
    places. None where the answer is not always at another place that nothing tells apart."""
    if s.task in ("copy", "sort") or (s.task == "reverse" and s.length % 2):
        return None
    n = s.length - 1
    # P(no digit more than m times) is n! / SYMBOLS^n times a coefficient of (1 + x + ... + x^m / m!)^SYMBOLS.
    series = Polynomial([1 / math.factorial(j) for j in range(n + 1)])
    most = [(Polynomial(series.coef[: m + 1]) ** SYMBOLS).coef for m in range(n + 1)]
    at_most = [math.factorial(n) / SYMBOLS**n * c[n] if len(c) > n else 0.0 for c in most]
    return float(sum(1 - p for p in at_most[:-1])) / n
