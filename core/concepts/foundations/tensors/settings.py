"""What can be set on the page of tensors."""

from __future__ import annotations

from core.questions import Preset
from core.settings import Values, When, choice, number, settings, switch


def _rank(name: str, least: int) -> When:
    def matters(values: Values) -> bool:
        return bool(values[name] >= least)

    return matters


@settings
class Settings:
    rank_a: int = number(2, 0, 3)
    a3: int = number(2, 1, 3, when=_rank("rank_a", 3))
    a2: int = number(5, 1, 6, when=_rank("rank_a", 2))
    a1: int = number(1, 1, 6, when=_rank("rank_a", 1))
    rank_b: int = number(1, 0, 3)
    b3: int = number(2, 1, 3, when=_rank("rank_b", 3))
    b2: int = number(4, 1, 6, when=_rank("rank_b", 2))
    b1: int = number(5, 1, 6, when=_rank("rank_b", 1))
    operation: str = choice("minus", ("plus", "minus", "times"))
    axis: str = choice("0", ("0", "1", "2", "all"), group="sum")
    keepdim: bool = switch(False, group="sum")
    p: float = number(4.0, 0.5, 10, step=0.5, group="norms")
    points: int = number(64, 16, 128, step=16, group="training")
    noise: float = number(0.3, 0, 1, step=0.1, group="training")
    steps: int = number(200, 20, 300, step=20, group="training")
    seeds: int = number(8, 2, 16, group="training")
    seed: int = number(0, 0, 9999, group="training")

    @property
    def shape_a(self) -> tuple[int, ...]:
        return (self.a3, self.a2, self.a1)[3 - self.rank_a :]

    @property
    def shape_b(self) -> tuple[int, ...]:
        return (self.b3, self.b2, self.b1)[3 - self.rank_b :]


PRESETS = (
    Preset("row", {"a2": 4, "a1": 3, "b1": 3, "operation": "plus"}),
    Preset("outer", {"a2": 4, "rank_b": 2, "b2": 1, "b1": 6, "operation": "times"}),
    Preset("cube", {"rank_a": 3, "a2": 1, "a1": 4, "rank_b": 2, "b2": 3, "b1": 1, "operation": "plus", "axis": "1"}),
    Preset("silent", {}, works=False),
    Preset("misfit", {"a2": 4, "a1": 3, "b1": 4, "operation": "plus"}, works=False),
)
