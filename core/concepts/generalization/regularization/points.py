"""The examples: few to train on, more to validate and test on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.concepts.generalization.regularization.settings import TEST_POINTS, Settings
from core.data.checks import split_indices, stratified_rows
from core.data.points import POINTS


@dataclass(frozen=True)
class Examples:
    """Inputs and classes of one split."""

    x: np.ndarray  # (n, 2) points or (n, C, H, W) pictures, float32
    y: np.ndarray  # (n,) class numbers


def training_rows(y: np.ndarray, s: Settings) -> np.ndarray:
    """Which of the rows with classes y are trained on: the first n by everybody, all of them by "more data"."""
    first = stratified_rows(y, s.n, s.seed)
    rest = stratified_rows(y, min(len(y), s.n * s.more), s.seed)  # holds the rows of `first`
    return np.concatenate([first, rest[~np.isin(rest, first)]])


def made_points(s: Settings) -> tuple[Examples, Examples, Examples]:
    """Points to train on, to validate on, and to test on."""
    in_all = min(5000, max(2000, 5 * s.n * s.more // 2))  # 60 % of them are enough for "more data"
    x, y = POINTS[s.data](in_all, s.noise, s.seed)
    train, validation, _ = split_indices(y, s.seed)
    train = train[training_rows(y[train], s)]
    return (
        Examples(x[train], y[train]),
        Examples(x[validation], y[validation]),
        Examples(*POINTS[s.data](TEST_POINTS, s.noise, s.seed + 200_000)),
    )
