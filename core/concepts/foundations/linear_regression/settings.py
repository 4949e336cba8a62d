"""What can be set on the page."""

from __future__ import annotations

import math

from core.data.own import MAX_NUMBERS
from core.questions import Preset
from core.settings import Problem, Values, choice, hidden, number, settings

OWN = "own"  # the learner's CSV, given to run() beside the settings
DATA = ("points", "bmi", "blood", "diabetes", OWN)
SCALINGS = ("raw", "centred", "standardised")
ROWS = {"points": 60, "bmi": 442, "blood": 442, "diabetes": 442, OWN: MAX_NUMBERS}  # at most
RATES = (
    *(0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1),
    *(0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 0.9, 1.0, 1.05, 1.2, 1.5, 2.0),
)
BATCHES = (1, 2, 5, 10, 13, 20, 26, 34, 64, 128, 221, 442)
STRENGTHS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)  # of the penalties
MAX_STEPS = 5200  # of SGD: what is computed while a slider moves


def one_input(values: Values) -> bool:
    """Whether the rows can be drawn as points around a line."""
    return values["data"] in ("points", "bmi")


@settings
class Settings:
    data: str = choice("points", DATA)
    scaling: str = choice("raw", SCALINGS, style="segment")
    lr: float = number(0.2, 1e-6, 4, values=RATES)
    epochs: int = number(200, 1, 400, group="descent")
    batch: int = number(20, 1, 442, values=BATCHES, group="descent")
    outliers: int = number(0, 0, 10, group="outliers", when=one_input)
    across: float = number(90.0, 0, 100, step=5, group="outliers", when=one_input)
    height: float = number(-4.0, -5, 5, step=0.5, group="outliers", when=one_input)
    strength: float = number(0.1, 1e-3, 2, values=STRENGTHS, group="penalty")
    seeds: int = number(8, 2, 8, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")
    own: str = hidden()  # digest of the learner's own CSV

    @property
    def rows(self) -> int:
        return ROWS[self.data] + (self.outliers if one_input(vars(self)) else 0)

    def check(self) -> Problem | None:
        if self.data == OWN and not self.own:
            return Problem("choose_file")
        steps = self.epochs * math.ceil(self.rows / self.batch)
        return Problem("too_many_steps", {"steps": steps, "most": MAX_STEPS}) if steps > MAX_STEPS else None


PRESETS = (
    Preset("one_step", {"data": "bmi", "scaling": "standardised", "lr": 0.5, "batch": 34, "epochs": 100}),
    Preset("agree", {"data": "bmi", "scaling": "standardised", "lr": 0.03, "batch": 34, "epochs": 400}),
    Preset("outlier", {"outliers": 3}),
    Preset("too_fast", {"data": "bmi", "scaling": "standardised", "lr": 1.05, "batch": 34}, works=False),
    Preset("raw", {"data": "bmi", "scaling": "raw", "lr": 0.001, "batch": 34}, works=False),
    Preset("correlated", {"data": "diabetes", "scaling": "standardised", "lr": 0.2, "batch": 34}, works=False),
)
