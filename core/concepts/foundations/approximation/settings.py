"""What can be set on the page."""

from __future__ import annotations

from core.data.formula import MAX_LENGTH, FormulaError, parse
from core.questions import Preset
from core.settings import Problem, Values, choice, number, settings, typed

TARGETS = ("sine", "chirp", "root", "runge", "jump", "drawn", "formula")
KINDS = ("relu", "hard", "steps", "sigmoid")
WIDTHS = (4, 8, 16, 32, 64)  # of the networks that are trained
KNOTS = 9  # of a drawn curve


def _drawn(values: Values) -> bool:
    return bool(values["target"] == "drawn")


def _height(default: float) -> float:
    height: float = number(default, -1, 1, step=0.1, group="drawn", when=_drawn)
    return height


@settings
class Settings:
    target: str = choice("sine", TARGETS)
    formula: str = typed("exp(-3x^2) - x/2", MAX_LENGTH, when=lambda values: values["target"] == "formula")
    h0: float = _height(-0.6)
    h1: float = _height(0.4)
    h2: float = _height(0.7)
    h3: float = _height(0.1)
    h4: float = _height(-0.5)
    h5: float = _height(-0.3)
    h6: float = _height(0.5)
    h7: float = _height(0.9)
    h8: float = _height(0.2)
    start: str = choice("default", ("default", "spread"), style="segment")
    steps: int = number(1000, 10, 2000, step=10, group="training")
    lr: float = number(
        0.01, 0.0001, 1, values=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1), group="training"
    )
    seeds: int = number(8, 2, 8, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def heights(self) -> tuple[float, ...]:
        """Of the drawn curve, from left to right."""
        return tuple(getattr(self, f"h{i}") for i in range(KNOTS))

    def check(self) -> Problem | None:
        try:
            parse(self.formula)
        except FormulaError as refused:
            return Problem(refused.key, {"what": "Formula", **refused.numbers})
        return None


@settings
class ViewSettings:
    kind: str = choice("relu", KINDS)
    neurons: int = number(8, 2, 64, values=(2, 4, 8, 16, 32, 64))


PRESETS = (
    Preset("spread", {"start": "spread"}),
    Preset("drawn", {"target": "drawn"}),
    Preset("formula", {"target": "formula"}),
    Preset("chirp", {"target": "chirp"}, works=False),
    Preset("jump", {"target": "jump"}, works=False),
    Preset("too_fast", {"lr": 1.0}, works=False),
)
