"""What can be set on the attention page: the task, the network, and what one of the two networks lacks."""

from __future__ import annotations

from typing import NamedTuple

from core.questions import Preset
from core.settings import Problem, choice, number, settings, switch, typed

SYMBOLS = 10  # the digits
TASKS = ("reverse", "shift", "neighbours", "copy", "sort")
WITHOUT = ("positions", "future", "heads", "scale")
WAYS = ("with", "without")
BATCH = 64
VALIDATION, TEST = 50, 300  # sequences of each seed
MEASURED = 12  # times that validation is measured in a run


class Form(NamedTuple):
    """What a network is made of."""

    positions: str  # learned, sinusoidal or none
    causal: bool  # whether a place sees only itself and those before it
    heads: int
    scaled: bool  # whether scores are divided by the root of the head's width
    block: bool  # whether a transformer's encoder block is around the attention


@settings
class Settings:
    task: str = choice("reverse", TASKS)
    without: str = choice("positions", WITHOUT)
    heads: int = number(1, 1, 4, values=(1, 2, 4))
    length: int = number(10, 4, 14, group="data")
    positions: str = choice("learned", ("learned", "sinusoidal"), style="segment", group="network")
    width: int = number(16, 8, 64, values=(8, 16, 32, 64), group="network")
    block: bool = switch(False, group="network")
    steps: int = number(100, 10, 300, step=10, group="training")
    lr: float = number(0.02, 0.001, 0.1, values=(0.001, 0.003, 0.01, 0.02, 0.03, 0.1), group="training")
    seeds: int = number(8, 2, 12, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    def check(self) -> Problem | None:
        return Problem("one_head") if self.without == "heads" and self.heads == 1 else None

    @property
    def range(self) -> range:
        """The seeds."""
        return range(self.seed, self.seed + self.seeds)

    @property
    def answers(self) -> int:
        """How many digits each place has to answer."""
        return 2 if self.task == "neighbours" else 1

    def form(self, way: str) -> Form:
        """The network as it is set, or without what one of the two lacks."""
        full = Form(self.positions, False, self.heads, True, self.block)
        if way == "with":
            return full
        return {
            "positions": full._replace(positions="none"),
            "future": full._replace(causal=True),
            "heads": full._replace(heads=1),
            "scale": full._replace(scaled=False),
        }[self.without]


@settings
class ViewSettings:
    """The sequence that is shown, and through which network. Nothing here changes what the networks learn."""

    way: str = choice("with", WAYS, style="segment", group="shown")
    sequence: str = typed("3805172946", 20, group="shown")
    network: int = number(1, 1, 12, group="shown")  # which seed, from 1
    head: int = number(1, 1, 4, group="shown")

    def digits(self, length: int) -> list[int]:
        """The typed digits, cut or repeated to a length."""
        typed = [int(c) for c in self.sequence if c in "0123456789"] or [0]
        return [typed[i % len(typed)] for i in range(length)]


# Where training shows what the division by the root of d is good for: wide heads.
ROOT = {"task": "sort", "without": "scale", "width": 64, "lr": 0.01, "steps": 80}

PRESETS = (
    Preset("two_heads", {"task": "neighbours", "without": "heads", "heads": 2, "steps": 150}),
    Preset("future", {"without": "future"}),
    Preset("sort", {"task": "sort", "steps": 300, "width": 32}),
    Preset("root", ROOT),
    Preset("narrow", {"without": "scale"}, works=False),
    Preset("short", {"steps": 10}, works=False),
)
