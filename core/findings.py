"""What a run shows, as keys with numbers; the words stand in the texts of the concept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, init=False)
class Finding:
    """A sentence to be: a key among the `findings` of the texts, and what it names: numbers, Intervals, names, further
    Findings (phrases within the sentence), or lists of these."""

    key: str
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def __init__(self, key: str, **numbers: Any) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "numbers", numbers)

    def __getitem__(self, name: str) -> Any:
        return self.numbers[name]
