"""What the page of architectures shows, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.convolution.architectures.settings import CONNECTIONS, Settings
from core.stats import Interval, mean_interval, over_differences

MEASURES = ("parameters", "flops", "memory", "time")
LAST = 10  # steps at the end whose mean is the training loss


@dataclass(frozen=True)
class Layer:
    """One layer of a network."""

    name: str  # its path in the module
    block: str  # the part of the network it belongs to
    kind: str  # convolution, linear, normalisation, activation, pooling or dropout
    kernel: str  # such as 3×3; empty where there is none
    inputs: tuple[int, ...]  # shape of its input for one picture
    shape: tuple[int, ...]  # shape of its output
    parameters: int  # weights and biases
    flops: int  # of convolutions and linear layers; a multiply-add counts as two
    values: int  # numbers in its output


@dataclass(frozen=True)
class Costs:
    """Every layer of a network, and how long each takes."""

    network: str  # its name
    layers: tuple[Layer, ...]  # in the order in which they compute
    seconds: np.ndarray  # (layers,) measured time of each for one picture; NaN while it has not been measured

    @property
    def complete(self) -> bool:
        """Whether all layers have been measured."""
        return bool(np.isfinite(self.seconds).all())

    def shares(self, part: str) -> dict[str, np.ndarray]:
        """The shares of each block or kind of layer, in order, in the MEASURES; the time is NaN until all is measured."""
        values = [(layer.parameters, layer.flops, layer.values) for layer in self.layers]
        rows = np.column_stack([np.array(values, float), self.seconds])
        found: dict[str, np.ndarray] = {}
        for layer, row in zip(self.layers, rows / rows.sum(0), strict=True):
            key = getattr(layer, part)
            found[key] = found.get(key, 0) + row
        return found

    def table(self) -> pd.DataFrame:
        """A row a layer."""
        rows = [
            (layer.name, layer.kind, layer.kernel, "×".join(map(str, layer.inputs)), "×".join(map(str, layer.shape)),
             layer.parameters, layer.flops / 1e6, 4 * layer.values / 1e3, 1000 * time)
            for layer, time in zip(self.layers, self.seconds, strict=True)
        ]  # fmt: skip
        columns = ["layer", "kind", "kernel", "input", "output", "parameters", "MFLOPs", "output (kB)", "time (ms)"]
        return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True)
class Result:
    """A network layer by layer, and networks of growing depth in training."""

    settings: Settings
    fraction: float  # share of the run that is done
    costs: Costs  # of the network on show
    loss: np.ndarray  # (T, connection, depth, seed) training loss of each step's batch; NaN where none is trained
    right: np.ndarray | None = None  # (connection, depth, seed, row) bool: validation digits classified correctly
    parameters: np.ndarray | None = None  # (connection, depth) of the trained networks; 0 where none is trained

    @property
    def final(self) -> np.ndarray:
        """Training loss at the end, (connection, depth, seed): the mean of the last steps so far."""
        return np.asarray(self.loss[-LAST:].mean(0)) if len(self.loss) else np.full(self.loss.shape[1:], np.nan)

    def deepest(self, connection: str) -> int:
        """The place of the greatest depth that was trained."""
        s = self.settings
        return max(i for i, depth in enumerate(s.depths) if s.trains(connection, depth))

    def degradation(self, connection: str, level: float = 0.95) -> Interval:
        """Training loss of the deepest network minus that of the shallowest, paired over seeds."""
        mine = self.final[CONNECTIONS.index(connection)]
        return mean_interval(mine[self.deepest(connection)] - mine[0], level)

    def easier(self, connection: str, level: float = 0.95) -> Interval:
        """Training loss minus that of the plain network of the same depth, at the greatest depth of both, paired over seeds."""
        at = self.deepest(connection)
        return mean_interval(self.final[CONNECTIONS.index(connection), at] - self.final[0, at], level)

    def advantage(self, connection: str, level: float = 0.95) -> Interval:
        """Validation accuracy minus that of the plain network of the same depth, at the greatest depth of both."""
        assert self.right is not None
        at = self.deepest(connection)
        return paired(self.right[CONNECTIONS.index(connection), at], self.right[0, at], level)

    def frame(self) -> pd.DataFrame:
        """A row a trained network."""
        s, rows = self.settings, []
        for c, d, k in np.ndindex(self.final.shape):
            if s.trains(CONNECTIONS[c], s.depths[d]):
                accuracy = math.nan if self.right is None else self.right[c, d, k].mean()
                rows.append((CONNECTIONS[c], s.depths[d], s.range[k], self.final[c, d, k], accuracy))
        return pd.DataFrame(rows, columns=["connection", "layers", "seed", "training loss", "validation accuracy"])


def paired(a: np.ndarray, b: np.ndarray, level: float = 0.95) -> Interval:
    """Interval of the mean of a - b, both (seed, row) right or not, over other seeds and other rows."""
    d = np.asarray(a, float) - np.asarray(b, float)
    return over_differences(mean_interval(d.mean(1), level, d.shape[1], (-1, 1)), d.mean(0))
