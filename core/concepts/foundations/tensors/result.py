"""What shapes, sums and norms show, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.foundations.tensors.settings import Settings

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Trap:
    """A regression with the right loss and with the silent one. S: seeds, n: training points, g: places of a grid."""

    x: np.ndarray  # (n,) places of the training points
    y: np.ndarray  # (n,) their targets
    grid: np.ndarray  # (g,) places at which the networks are compared with the truth
    truth: np.ndarray  # (g,) the curve without noise
    right: np.ndarray  # (S, g) predictions of the networks trained with shapes (n,) and (n,)
    silent: np.ndarray  # (S, g) the same, trained with shapes (n, 1) and (n,)

    def error(self, predictions: np.ndarray) -> np.ndarray:
        """Root mean squared error of each seed, (S,)."""
        found: np.ndarray = np.sqrt(((predictions - self.truth) ** 2).mean(1))
        return found


@dataclass(frozen=True)
class Puzzle:
    """An expression that PyTorch has just executed."""

    shape: Shape | None  # of what it gives; None where PyTorch raises an error
    values: str  # what it gives, where that is short; else ""


@dataclass(frozen=True)
class Result:
    """Two tensors, what becomes of them, and two sets of networks."""

    settings: Settings
    a: np.ndarray  # the first tensor
    b: np.ndarray  # the second tensor
    c: np.ndarray | None  # what the operation gives; None where the shapes do not fit
    error: str  # what PyTorch says where they do not fit
    total: np.ndarray | None  # c summed over the axis; None where there is no such axis
    axis_error: str  # what PyTorch says where there is none
    norms: dict[
        str, float
    ]  # of the first tensor: "1", "2", "p" and "inf", all numbers taken as one vector; "fro" by torch
    trap: Trap  # the same shapes in a loss
    puzzles: dict[str, Puzzle]  # key of a puzzle -> what PyTorch gives
    fraction: float = 1.0  # share of the run that is done

    def stretched(self, which: str) -> np.ndarray:
        """The first ("a") or second ("b") tensor as it is stretched to the shape of the result."""
        tensor: np.ndarray = getattr(self, which)
        return tensor if self.c is None else np.broadcast_to(tensor, self.c.shape)

    def copied(self, which: str) -> np.ndarray:
        """Which numbers of the stretched tensor are copies, bool in its shape."""
        tensor: np.ndarray = getattr(self, which)
        stretched = self.stretched(which)
        shape = (1,) * (stretched.ndim - tensor.ndim) + tensor.shape
        copied = np.zeros(stretched.shape, bool)
        for axis, (old, new) in enumerate(zip(shape, stretched.shape, strict=True)):
            if old < new:
                later = np.arange(new).reshape([-1 if i == axis else 1 for i in range(stretched.ndim)]) > 0
                copied |= later
        return copied

    def frame(self) -> pd.DataFrame:
        """A row a place of the grid and seed: x, truth, and the predictions with the right loss and with the silent one."""
        t = self.trap
        seeds, g = t.right.shape
        return pd.DataFrame(
            {
                "seed": np.repeat(self.settings.seed + np.arange(seeds), g), "x": np.tile(t.grid, seeds),
                "truth": np.tile(t.truth, seeds), "right": t.right.ravel(), "silent": t.silent.ravel(),
            }
        )  # fmt: skip
