"""What a layer gives and costs, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from core.concepts.convolution.arithmetic.settings import Settings

Shape = tuple[int, ...]
BYTES = 4  # of a number in float32


@dataclass(frozen=True)
class Kind:
    """A kind of layer on the same input."""

    name: str  # key of its name among the texts
    shape: Shape  # of its output, a batch of one
    parameters: int  # weights and biases
    multiply_adds: int  # for one input


@dataclass(frozen=True)
class Row:
    """A layer of the stack."""

    layer: str  # as PyTorch writes it
    shape: Shape | None  # of its output, a batch of one; None where PyTorch refuses it
    parameters: int  # weights and biases
    multiply_adds: int  # for one input
    error: str = ""  # what PyTorch says where it refuses


@dataclass(frozen=True)
class Result:
    """A layer, the same input through other kinds of layers, and a stack."""

    settings: Settings
    line: str  # the layer as PyTorch writes it
    shape: Shape | None  # of the output, a batch of one; None where PyTorch refuses it
    error: str  # what PyTorch says where it refuses
    parameters: int  # weights and biases; 0 where it cannot run
    multiply_adds: int  # for one input, without the additions of the bias; 0 where it cannot run
    kinds: tuple[Kind, ...]  # the standard convolution first; empty where these settings give none
    stack: tuple[Row, ...]  # up to the first layer that PyTorch refuses
    fraction: float = 1.0  # share of the run that is done

    @property
    def flops(self) -> int:
        """Multiplications and additions counted apart."""
        return 2 * self.multiply_adds

    def bytes_of(self, what: str) -> int:
        """Memory in float32 of the "input", the "output" or the "parameters", for one input."""
        shapes = {"input": self.settings.input_shape, "output": self.shape or (0,), "parameters": (self.parameters,)}
        return BYTES * math.prod(shapes[what])

    def frame(self) -> pd.DataFrame:
        """A row a kind and a layer of the stack: name, shape, parameters, multiply-adds."""
        rows: list[tuple[str, str, Shape | None, int, int]] = [
            ("kind", k.name, k.shape, k.parameters, k.multiply_adds) for k in self.kinds
        ]
        rows += [("stack", r.layer, r.shape, r.parameters, r.multiply_adds) for r in self.stack]
        rows.insert(0, ("layer", self.line, self.shape, self.parameters, self.multiply_adds))
        return pd.DataFrame(rows, columns=["part", "layer", "shape", "parameters", "multiply_adds"])
