"""A question to answer before a run, graded from the run. Its words stand in the texts under `questions.<key>`: text,
choices, and answer, a sentence that takes the numbers of the grade."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.stats import Interval

Grade = tuple[int, Mapping[str, Any]]  # the number of the choice that came true, and the numbers of the answer


@dataclass(frozen=True)
class Question:
    """change: the settings, beside the defaults, that try it. grade(result) -> Grade."""

    key: str
    change: Mapping[str, Any]
    grade: Callable[[Any], Grade]

    @staticmethod
    def sign(key: str, change: Mapping[str, Any], effect: Callable[[Any], Interval]) -> Question:
        """Whether an effect is positive, negative or not clear: choices in this order; the answer names {effect}."""

        def grade(result: Any) -> Grade:
            interval = effect(result)
            return {1: 0, -1: 1, 0: 2}[interval.sign], {"effect": interval}

        return Question(key, change, grade)

    @staticmethod
    def nearest(
        key: str, change: Mapping[str, Any], value: Callable[[Any], float], choices: Sequence[float]
    ) -> Question:
        """Which of a few numbers the measured one is nearest to; the answer names {value}."""

        def grade(result: Any) -> Grade:
            measured = float(value(result))
            return int(np.argmin([abs(measured - c) for c in choices])), {"value": measured}

        return Question(key, change, grade)


@dataclass(frozen=True)
class Preset:
    """Settings worth opening, beside the defaults. works: known to work, or known to fail. Its words stand under
    `presets.<key>`: label, and why it works or fails."""

    key: str
    change: Mapping[str, Any]
    works: bool = True
