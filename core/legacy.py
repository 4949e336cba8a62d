"""What the concepts that have not moved into packages yet still use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True)
class Waiting:
    """note: what is being waited for, in a few words; fraction: how much of the whole run is done."""

    note: str
    fraction: float


@dataclass(frozen=True)
class Question(Generic[R]):
    """A question to answer before a run, graded from the run, with its words in it."""

    text: str
    choices: tuple[str, ...]
    change: Mapping[str, object]
    grade: Callable[[R], tuple[int, str]]
