"""What can be set on the bias and variance page."""

from __future__ import annotations

from core.data.problems import DRAWS, NAMES, REGRESSION
from core.data.tables import TABLES
from core.questions import Preset
from core.settings import Problem, choice, number, settings

RATES = (0.01, 0.03, 0.1, 0.3, 1.0)


@settings
class Settings:
    data: str = choice("sine", NAMES)
    n: int = number(80, 20, 500, step=10)  # rows of a training set; of a table at most half of its training rows
    noise: float = number(0.4, 0, 0.5, step=0.05, when=lambda values: values["data"] not in TABLES)
    draws: str = choice("new", DRAWS, group="sets")  # what differs between training sets
    resamples: int = number(40, 5, 100, step=5, group="sets")  # training sets
    seed: int = number(0, 0, 9999, group="sets")
    shallow: int = number(1, 1, 4, group="trees")  # depth of the shallow trees; 1 is a stump
    deep: int = number(0, 0, 12, group="trees")  # depth of the deep trees; 0 is no limit
    members: int = number(25, 1, 100, group="trees")  # trees that are averaged
    rounds: int = number(50, 1, 200, group="trees")  # trees that are added one after the other
    rate: float = number(
        0.3, 0.01, 1, values=RATES, group="trees", when=lambda values: values["data"] in REGRESSION
    )  # of gradient boosting; AdaBoost, for classes, has none
    k: int = number(5, 1, 20, group="others")  # neighbours
    width: int = number(32, 4, 128, values=(4, 8, 16, 32, 64, 128), group="others")
    epochs: int = number(100, 5, 300, step=5, group="others")

    def check(self) -> Problem | None:
        return Problem("noise_of_table") if self.draws == "noise" and self.data in TABLES else None

    @property
    def regression(self) -> bool:
        return self.data in REGRESSION


PRESETS = (
    Preset("sine", {}),
    Preset("friedman", {"data": "friedman", "n": 200}),
    Preset("moons", {"data": "moons", "noise": 0.3}),
    Preset("noisy_boosting", {"rate": 1.0, "rounds": 200}, works=False),
)
