"""What the vision transformers and CNNs show, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.attention.vision_transformer.settings import CONDITIONS, GRID, NETWORKS, ORDERS, PATCHES, Settings
from core.stats import Interval, mean_interval, over_differences, share_interval

VIT, CNN = range(2)
FEW, MANY, SHUFFLED = range(3)
TRAININGS, MAPS = 1 - 0.05 / 5, 1 - 0.05 / 3  # levels of the five comparisons of trainings, and of the three of maps
# Pairs of patches that share a side, and the other pairs of different patches: (16, 16) bool each.
PLACES = np.array(np.unravel_index(np.arange(PATCHES), (GRID, GRID)))
DISTANCE = np.abs(PLACES[:, :, None] - PLACES[:, None]).sum(0)
NEAR, FAR = DISTANCE == 1, DISTANCE > 1


@dataclass(frozen=True)
class Maps:
    """Maps of the vision transformers that learned from many digits, and what they answer as patches are deleted."""

    scores: np.ndarray  # (orders, seeds, digits, 16) how important each order says that a patch is; rollout sums to 1
    ranks: np.ndarray  # (orders, seeds, digits, 16) numbers of the patches, in the order in which they are deleted
    probabilities: np.ndarray  # (orders, seeds, deleted, digits, 10) with 0 to DELETED patches gone

    def right(self, classes: np.ndarray) -> np.ndarray:
        """Whether each digit is classified correctly: (orders, seeds, deleted, digits)."""
        right: np.ndarray = self.probabilities.argmax(-1) == classes
        return right


@dataclass(frozen=True)
class Result:
    """Both networks of every seed in three conditions, as far as they are trained. What only a complete run has is None."""

    settings: Settings
    fraction: float  # share of the run that is done
    parameters: tuple[int, int]  # of a vision transformer, and of a CNN
    order: np.ndarray  # (16,) numbers of the patches in the shuffled order
    digits: np.ndarray  # (digits, 28, 28) uint8, validation digits whose patches are deleted
    classes: np.ndarray  # (digits,) what they are
    history: np.ndarray  # (steps, networks, conditions, seeds) accuracy on each step's batch
    right: np.ndarray | None = None  # (networks, conditions, seeds, rows) bool, validation digits classified correctly
    maps: Maps | None = None  # of the vision transformers that learned from many digits
    alike: np.ndarray | None = None  # (2, seeds, 16, 16) cosine of the patches' positions: at the start, and trained

    @property
    def complete(self) -> bool:
        return self.right is not None

    @property
    def accuracy(self) -> np.ndarray:
        """(networks, conditions, seeds) share of the validation digits classified correctly."""
        assert self.right is not None
        mean: np.ndarray = self.right.mean(3)
        return mean

    def score(self, network: int, condition: int) -> Interval:
        """Validation accuracy, over other seeds and other digits; one of six that hold at once."""
        values = self.accuracy[network, condition]
        assert self.right is not None
        return share_interval(values, self.right.shape[3], 1 - 0.05 / 6)

    def effect(self, weights: dict[tuple[int, int], int]) -> Interval:
        """A sum of accuracies with signs, (network, condition) -> sign, paired over seeds, for other seeds and other digits."""
        assert self.right is not None
        d = sum(sign * self.right[place].astype(float) for place, sign in weights.items())
        each, most = np.asarray(d), len(weights) / 2
        interval = mean_interval(each.mean(1), TRAININGS, each.shape[1], (-most, most))
        return over_differences(interval, each.mean(0), (-most, most))

    def gap(self, condition: int) -> Interval:
        """Accuracy of the CNN minus that of the vision transformer."""
        return self.effect({(CNN, condition): 1, (VIT, condition): -1})

    def from_more(self) -> Interval:
        """How much more accuracy the vision transformer gains by many examples, instead of few, than the CNN."""
        return self.effect({(CNN, FEW): 1, (VIT, FEW): -1, (CNN, MANY): -1, (VIT, MANY): 1})

    def shuffling(self, network: int) -> Interval:
        """What shuffled patches change in a network's accuracy."""
        return self.effect({(network, SHUFFLED): 1, (network, MANY): -1})

    def left(self, order: str) -> np.ndarray:
        """(seeds, digits) share of the deletions after which a digit is still classified correctly."""
        assert self.maps is not None
        mean: np.ndarray = self.maps.right(self.classes)[ORDERS.index(order), :, 1:].mean(1)
        return mean

    def compared(self, other: str) -> Interval:
        """What is left right in the order of rollout, minus another order; below zero, rollout finds what matters better."""
        d = self.left("rollout") - self.left(other)
        return over_differences(mean_interval(d.mean(1), MAPS, d.shape[1], (-1, 1)), d.mean(0))

    def common(self) -> Interval:
        """The correlation of a digit's rollout with the mean rollout of the other digits: mean over digits, over seeds."""
        assert self.maps is not None
        found = []
        for maps in self.maps.scores[0].astype(float):
            others = (maps.sum(0) - maps) / (len(maps) - 1)
            found.append(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(maps, others, strict=True)]))
        return mean_interval(found, bounds=(-1, 1))

    def nearness(self) -> Interval | None:
        """How much more alike the positions of patches that share a side are than others, over seeds."""
        if self.alike is None:
            return None
        return mean_interval([one[NEAR].mean() - one[FAR].mean() for one in self.alike[1]], bounds=(-2, 2))

    def kept(self) -> float | None:
        """How the similarities after training correlate with those at the start: mean over seeds."""
        if self.alike is None:
            return None
        pairs = NEAR | FAR
        return float(np.mean([np.corrcoef(a[pairs], b[pairs])[0, 1] for a, b in zip(*self.alike, strict=True)]))

    def frame(self) -> pd.DataFrame:
        """A row for each network, condition and seed: accuracy on the last batches, and on validation digits."""
        s, rows = self.settings, []
        for n, c, k in np.ndindex(len(NETWORKS), len(CONDITIONS), s.seeds):
            batches = self.history[-10:, n, c, k].mean() if len(self.history) else np.nan
            validation = self.accuracy[n, c, k] if self.complete else np.nan
            rows.append((NETWORKS[n], CONDITIONS[c], s.sizes[c], s.range[k], batches, validation))
        columns = ["network", "condition", "examples", "seed", "last batches", "validation accuracy"]
        return pd.DataFrame(rows, columns=columns)
