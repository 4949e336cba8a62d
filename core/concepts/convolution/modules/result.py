"""What the calls did to a network, and what a plain list costs, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.convolution.modules.settings import Settings
from core.stats import Interval, mean_interval, over_differences

VARIANTS = ("ModuleList", "hidden layers in a list", "all layers in a list")
TENSORS = ("list", "parameter", "buffer")  # kinds of rows that are tensors of the network


@dataclass(frozen=True)
class Row:
    """Something that a call may change."""

    name: str  # as state_dict() calls it; of what is in a list, as Python does
    kind: str  # "parameter", "buffer", "list" (a tensor in a plain list), "grad", "flag" or "output"
    shape: tuple[int, ...] = ()  # of the tensor
    dtype: str = ""  # of the tensor before the first call; empty where it is not one tensor


@dataclass(frozen=True)
class Node:
    """A module, a parameter or a buffer in the tree of the network."""

    path: str  # as named_modules(), named_parameters() and named_buffers() call it
    label: str  # what the picture calls it
    kind: str  # "module", "parameter", "buffer" or "list" (a layer in a plain list)
    depth: int  # 0 for the network itself
    inside: tuple[Node, ...] = ()  # what it holds

    def walk(self) -> list[Node]:
        """This node and all below it."""
        return [self, *(below for node in self.inside for below in node.walk())]


@dataclass(frozen=True)
class Race:
    """Networks of three layers whose layers are kept in a ModuleList and in plain lists, from the same starts."""

    loss: dict[str, np.ndarray]  # variant -> (seeds, measurements) training loss
    at: np.ndarray  # (measurements,) the steps after which it was measured
    accuracy: dict[str, np.ndarray]  # variant -> (seeds,) share of the held-out digits that are right
    right: dict[str, np.ndarray]  # variant -> (rows,) share of the seeds that are right about a held-out digit
    parameters: dict[str, int]  # variant -> numbers in net.parameters()
    refused: str  # what torch.optim says to a network without parameters

    def change(self, variant: str) -> Interval:
        """Accuracy of a variant minus that of ModuleList, paired over seeds, for other starts and other held-out digits; wide
        enough for both comparisons to be right at once 95 times in 100 (Bonferroni)."""
        level = 1 - 0.05 / (len(VARIANTS) - 1)
        rows = self.right[variant] - self.right[VARIANTS[0]]
        seeds = mean_interval(self.accuracy[variant] - self.accuracy[VARIANTS[0]], level, len(rows), (-1, 1))
        return over_differences(seeds, rows)


@dataclass(frozen=True)
class Result:
    """A network before the first call and after each."""

    settings: Settings
    rows: tuple[Row, ...]  # what may change
    values: tuple[tuple[np.ndarray, ...], ...]  # of each row, its numbers (k,) before the first call and after each
    notes: tuple[tuple[str, ...], ...]  # of each row and moment: dtype of the tensor; of the flag "train" or "eval"
    said: tuple[str, ...]  # of each call, what PyTorch said where it refused; else empty
    printed: str  # print(net)
    tree: Node  # the network as a tree
    counts: dict[str, int]  # children, modules, parameters (tensors), numbers, buffers
    state: dict[str, np.ndarray]  # state_dict() after the last call
    refused: str  # why the chosen file is not loaded; empty where it is sound
    torch_said: str  # what torch.load(weights_only=True) said to the pickle bomb; empty for other files
    race: Race  # layers in a plain list against layers in a ModuleList
    fraction: float = 1.0  # share of the run that is done

    @property
    def tensors(self) -> list[int]:
        """Numbers of the rows that are tensors of the network."""
        return [i for i, row in enumerate(self.rows) if row.kind in TENSORS]

    def change(self, row: int, call: int) -> float:
        """The largest change of a number in this row by this call; NaN where the numbers before and after do not pair up."""
        before, after = self.values[row][call : call + 2]
        if before.shape != after.shape:
            return float("nan")
        return float(np.abs(after - before).max(initial=0.0))

    def moved(self, row: int, call: int) -> bool:
        """Whether this call changed the numbers, the dtype or the mode of this row."""
        return self.notes[row][call] != self.notes[row][call + 1] or self.change(row, call) != 0

    def frame(self) -> pd.DataFrame:
        """A row a call and tensor: call, row, kind, moved, largest_change, dtype."""
        return pd.DataFrame(
            [
                {"call": call, "row": row.name, "kind": row.kind, "moved": self.moved(i, c),
                 "largest_change": self.change(i, c), "after": self.notes[i][c + 1]}
                for c, call in enumerate(self.settings.calls)
                for i, row in enumerate(self.rows)
            ],
            columns=["call", "row", "kind", "moved", "largest_change", "after"],
        )  # fmt: skip
