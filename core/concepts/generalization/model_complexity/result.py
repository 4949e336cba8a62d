"""What a run over model sizes shows, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.generalization.model_complexity.settings import Settings
from core.decomposition import Terms

TERMS = ("bias", "variance", "noise", "error")


@dataclass(frozen=True)
class Sweep:
    """A family of models taken through its sizes. Each tuple has an entry for each size."""

    sizes: tuple[int, ...] = ()  # degree, k, depth, width or number of features; of a learning curve: training rows
    train: tuple[np.ndarray, ...] = ()  # (R,) mean squared error on each training set
    terms: tuple[Terms, ...] = ()  # the expected squared error on new data, taken apart
    measured: tuple[np.ndarray, ...] = ()  # (R,) squared error on newly drawn labels, of the model of each training set
    drawn: tuple[np.ndarray, ...] = ()  # (R, LINE) the fitted curves; (R, 0) with ten inputs

    def __add__(self, other: Sweep) -> Sweep:
        """The sizes of `other` after those of this sweep."""
        names = ("sizes", "train", "terms", "measured", "drawn")
        return Sweep(*(getattr(self, name) + getattr(other, name) for name in names))

    def only(self, size: int) -> Sweep:
        """The sweep with a single one of its sizes."""
        i = self.sizes.index(size)
        return Sweep(self.sizes[i : i + 1], self.train[i : i + 1], self.terms[i : i + 1], self.measured[i : i + 1], self.drawn[i : i + 1])  # fmt: skip

    def values(self, term: str) -> np.ndarray:
        """One term of the error at each size."""
        return np.array([t.values[term] for t in self.terms])

    def train_error(self) -> np.ndarray:
        """Mean training error at each size."""
        return np.array([errors.mean() for errors in self.train])

    def errors(self, i: int) -> np.ndarray:
        """Expected squared error on new data of the i-th size after each training set, (R,)."""
        return self.terms[i].parts["error"]

    @property
    def best(self) -> int:
        """The number of the size with the lowest expected error."""
        return int(self.values("error").argmin())


@dataclass(frozen=True)
class Result:
    """A run as far as it has come."""

    settings: Settings
    families: Mapping[str, Sweep] = field(default_factory=dict)  # by name of the family
    learning: Mapping[str, Sweep] = field(default_factory=dict)  # learning curves, by name of the polynomial
    fraction: float = 0.0  # share of the run that is done

    def frame(self) -> pd.DataFrame:
        """A row a family and size."""
        rows = [
            (name, kind, size, float(train.mean()), *(terms.values[term] for term in TERMS))
            for kind, group in (("size", self.families), ("rows", self.learning))
            for name, sweep in group.items()
            for size, train, terms in zip(sweep.sizes, sweep.train, sweep.terms, strict=True)
        ]
        return pd.DataFrame(rows, columns=["family", "over", "value", "train", *TERMS])
