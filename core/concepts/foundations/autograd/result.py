"""What a play of automatic differentiation shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.concepts.foundations.autograd.settings import Settings

FIELD = 20  # cells along each side of a decision field


@dataclass(frozen=True)
class Node:
    """A node of a graph: a parameter, some data, or an operation."""

    name: str  # what it is called
    op: str  # "parameter", "data", or the operation
    inputs: tuple[int, ...]  # numbers of the nodes that it is computed from
    at: tuple[float, float]  # its place, in percent of the drawing, from the lower left
    formula: str = ""  # how it is computed
    local: tuple[str, ...] = ()  # its derivative with respect to each input, written out
    batch: bool = False  # whether it has a row for each training point


@dataclass(frozen=True)
class Race:
    """Losses with and without zero_grad."""

    clean: np.ndarray  # (seeds, T + 1) loss before the first update and after each, with zero_grad
    forgetful: np.ndarray  # (seeds, T + 1) the same without zero_grad; NaN where it is not finite any more


@dataclass(frozen=True, eq=False)  # equal only to itself, so that figures of it can be cached
class Result:
    """Everything that forward, backward and update computed, update by update. T: updates that were made."""

    settings: Settings
    nodes: tuple[Node, ...]  # the graph, every node after its inputs, the loss last
    values: tuple[np.ndarray, ...]  # of each node (T, k): its numbers, of a batch those of the chosen point
    gradients: tuple[
        np.ndarray | None, ...
    ]  # of each node (T, k): derivative of the loss by the chain rule; None: none
    torch: tuple[np.ndarray | None, ...]  # the same as PyTorch gives it; None: none
    sent: dict[tuple[int, int], np.ndarray]  # (node, input slot) -> (T, k): what the node sends back to this input
    local: dict[tuple[int, int], np.ndarray]  # (node, input slot) -> (T,): local derivative, where both are numbers
    stored: dict[int, np.ndarray]  # parameter -> (T, k): its .grad after each backward pass
    parameters: dict[int, np.ndarray]  # parameter -> (T + 1, k): its numbers before the first update and after each
    loss: np.ndarray  # (T + 1,) loss before the first update and after each
    gap: float  # largest difference between the chain rule's gradients and PyTorch's, relative to the largest gradient
    compared: int  # how many gradients were compared
    numeric: dict[int, np.ndarray]  # parameter -> (k,): derivative of the loss at the start by finite differences
    race: Race  # losses with and without zero_grad
    error: str = ""  # what backward() said, where it refused
    saved: str = ""  # what the changed function keeps for the backward pass: "input", "output", "nothing"; "" elsewhere
    refused: dict[tuple[str, str], bool] = field(
        default_factory=dict
    )  # (function, changed) -> whether backward() refuses
    x: np.ndarray | None = None  # (n, 2) points that a decision field is drawn with; None without a field
    y: np.ndarray | None = None  # (n,) their classes
    axes: tuple[np.ndarray, np.ndarray] | None = None  # places of the field's columns and rows, (FIELD,) each
    fields: np.ndarray | None = None  # (T + 1, FIELD, FIELD) uint8: predicted probability of class 1 in %
    fraction: float = 1.0  # share of the play that is computed

    @property
    def updates(self) -> int:
        return len(self.loss) - 1

    @property
    def operations(self) -> list[int]:
        """Numbers of the nodes that are computed, in their order."""
        return [i for i, node in enumerate(self.nodes) if node.inputs]

    @property
    def default_node(self) -> int:
        """Number of the node that is explained first."""
        first = {"perceptron": "W₁", "product": "p", "neuron": "z", "twice": "a", "detach": "a", "in_place": "v"}
        return [node.name for node in self.nodes].index(first[self.settings.example])

    @property
    def diverged(self) -> bool:
        return not self.error and self.updates < self.settings.steps

    def frame(self) -> pd.DataFrame:
        """A row a number of a node and update: update, node, element, value, gradient, torch."""
        rows = []
        for i, node in enumerate(self.nodes):
            values = self.values[i]
            T, k = values.shape
            none = np.full((T, k), np.nan)
            own, theirs = self.gradients[i], self.torch[i]
            rows.append(
                pd.DataFrame(
                    {
                        "update": np.repeat(np.arange(1, T + 1), k), "node": node.name, "element": np.tile(np.arange(k), T),
                        "value": values.ravel(), "gradient": (none if own is None else own).ravel(),
                        "torch": (none if theirs is None else theirs).ravel(),
                    }
                )
            )  # fmt: skip
        return pd.concat(rows, ignore_index=True)
