"""What can be set on the page."""

from __future__ import annotations

from core.data.formula import MAX_LENGTH, FormulaError, parse
from core.questions import Preset
from core.settings import Problem, choice, number, settings, typed

TOWARDS = ("zero", "point", "infinity", "minus_infinity")
MAX_ORDER = 10
LABELS = {"function": "Function f(x)", "top": "Numerator", "bottom": "Denominator"}  # as the texts call them


@settings
class Settings:
    function: str = typed("x sin(x)", MAX_LENGTH)
    at: float = number(1.0, -10, 10, step=0.1)
    order: int = number(3, 0, MAX_ORDER)
    top: str = typed("1 - cos(x)", MAX_LENGTH, group="limit")
    bottom: str = typed("x^2", MAX_LENGTH, group="limit")
    towards: str = choice("zero", TOWARDS, group="limit")
    span: float = number(6.0, 0.5, 20, values=(0.5, 1, 2, 3, 6, 10, 20), group="window")

    def check(self) -> Problem | None:
        for name, label in LABELS.items():
            try:
                parse(getattr(self, name))
            except FormulaError as refused:
                return Problem(refused.key, {"what": label, **refused.numbers})
        return None


PRESETS = (
    Preset("exponential", {"function": "e^x", "at": 0.0, "order": 4, "span": 3.0}),
    Preset("power", {"function": "x^x", "at": 1.0, "order": 2, "span": 1.0}),
    Preset("growth", {"top": "log(x)", "bottom": "sqrt(x)", "towards": "infinity"}),
    Preset("bell", {"function": "exp(-x^2)", "at": 0.0, "order": 8, "span": 3.0}),
    Preset("corner", {"function": "abs(x - 1)", "at": 1.0, "order": 1}, works=False),
    Preset("circle", {"top": "sqrt(x^2 + 1)", "bottom": "x", "towards": "infinity"}, works=False),
    Preset("radius", {"function": "1/(1 + x^2)", "at": 0.0, "order": 10, "span": 2.0}, works=False),
)
