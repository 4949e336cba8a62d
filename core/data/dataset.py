"""What every data set is here: three disjoint splits of tensors, and the one way rows are dealt to them.

The test split is drawn first and never chosen on; validation is what a learner may look at while deciding.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from core.data.checks import MAX_SEED, check_train_size, check_whole, split_indices, stratified_rows

Kind = Literal["points", "images"]


# eq=False: comparing tensors gives tensors, not a truth value; identity also makes both usable as cache keys.
@dataclass(frozen=True, eq=False)
class Split:
    """Examples x, float32 (n, ...), and their class numbers y, int64 (n,). Raises ValueError when they do not fit."""

    x: Tensor
    y: Tensor

    def __post_init__(self) -> None:
        if self.x.dtype != torch.float32 or self.y.dtype != torch.int64:
            raise ValueError(f"x must be float32 and y int64; they are {self.x.dtype} and {self.y.dtype}.")
        if self.y.ndim != 1 or len(self.x) != len(self.y):
            raise ValueError(f"x and y must hold the same rows; they are {tuple(self.x.shape)}, {tuple(self.y.shape)}.")

    def __len__(self) -> int:
        return len(self.y)

    def to(self, device: torch.device | str) -> "Split":
        """The same rows on `device`."""
        return Split(self.x.to(device), self.y.to(device))


@dataclass(frozen=True, eq=False)
class Dataset:
    """Train, validation and test rows of one problem. Shared between visitors, so never written to.

    points: x is (n, 2). images: x is (n, channels, height, width) in [0, 1]. y counts through `classes`.
    """

    name: str
    kind: Kind
    classes: tuple[str, ...]
    train: Split
    validation: Split
    test: Split

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example: (2,) for points, (channels, height, width) for images."""
        return tuple(self.train.x.shape[1:])

    def to(self, device: torch.device | str) -> "Dataset":
        """The same data with every split on `device`."""
        return replace(
            self, train=self.train.to(device), validation=self.validation.to(device), test=self.test.to(device)
        )


def from_arrays(name: str, kind: Kind, classes: tuple[str, ...], x: np.ndarray, y: np.ndarray, *, seed: int) -> Dataset:
    """A Dataset of x (n, ...) and y (n,), dealt by `split_indices` with `seed`."""
    x, y = np.ascontiguousarray(x, dtype=np.float32), np.ascontiguousarray(y, dtype=np.int64)
    train, validation, test = (
        Split(torch.from_numpy(x[rows]), torch.from_numpy(y[rows])) for rows in split_indices(y, seed)
    )
    return Dataset(name, kind, classes, train, validation, test)


def with_train_size(dataset: Dataset, n: int, seed: int) -> Dataset:
    """`dataset` with a stratified n of its training rows, drawn with `seed`; n = 0, or as many as there are: all."""
    check_train_size(n, dataset.classes)
    check_whole("seed", seed, 0, MAX_SEED)
    if n == 0 or n >= len(dataset.train):
        return dataset
    rows = torch.from_numpy(stratified_rows(dataset.train.y.numpy(), n, seed))
    return replace(dataset, train=Split(dataset.train.x[rows], dataset.train.y[rows]))
