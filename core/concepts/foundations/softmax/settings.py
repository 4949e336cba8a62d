"""What can be set on the page."""

from __future__ import annotations

from core.questions import Preset
from core.settings import choice, number, settings

CLASSES = ("1", "2", "3")  # of the row of logits on the sliders
PRECISIONS = ("float16", "bfloat16", "float32")
METHODS = ("naive", "shifted")
TEMPERATURES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0)
RATES = (0.01, 0.03, 0.1, 0.3, 0.5, 1.0, 3.0, 10.0)


# The training is bounded so that it is done while a slider moves.
@settings
class Settings:
    z1: float = number(2.0, -20, 20, step=0.5)
    z2: float = number(1.0, -20, 20, step=0.5)
    z3: float = number(0.0, -20, 20, step=0.5)
    temperature: float = number(1.0, 0.05, 100, values=TEMPERATURES)
    label: str = choice("1", CLASSES, style="segment")
    precision: str = choice("float32", PRECISIONS, style="segment", group="numbers")
    method: str = choice("naive", METHODS, style="segment", group="numbers")
    shift: int = number(90, -120, 120, group="numbers")
    lr: float = number(0.5, 0.001, 10, values=RATES, group="training")
    steps: int = number(150, 1, 300, group="training")
    seeds: int = number(8, 2, 8, group="training")
    seed: int = number(0, 0, 9999, group="training")

    @property
    def logits(self) -> tuple[float, float, float]:
        return self.z1, self.z2, self.z3

    @property
    def truth(self) -> int:
        """The number of the true class, from 0."""
        return CLASSES.index(self.label)


PRESETS = (
    Preset("stable", {"method": "shifted", "shift": 120}),
    Preset("hot", {"temperature": 5.0}),
    Preset("float16", {"precision": "float16", "z1": 12.0}, works=False),
    Preset("cold", {"temperature": 0.05, "z1": 5.0}, works=False),
    Preset("lost", {"z1": -20.0, "z2": 20.0, "precision": "float16", "temperature": 2.0}, works=False),
    Preset("patient", {"lr": 3.0, "steps": 300}, works=False),
)
