"""A question to answer before a run, graded from the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R")


@dataclass(frozen=True)
class Question(Generic[R]):
    """change: the settings, beside the defaults, that try it. grade(result) -> (index of the choice that came true in
    this run, a sentence with its numbers)."""

    text: str
    choices: tuple[str, ...]
    change: Mapping[str, object]
    grade: Callable[[R], tuple[int, str]]
