"""What can be set on the page."""

from __future__ import annotations

from core.questions import Preset
from core.settings import Problem, choice, number, settings, switch

TABLES = ("diabetes", "wine", "breast cancer")
SCALINGS = ("raw", "min-max", "z-score", "robust")
PHOTOS = ("astronaut", "cat", "coffee", "rocket", "temple", "flower")
PENALTIES = (0.0, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
ROWS = (6, 10, 20, 40, 80)
FEATURES = 10  # of each table, the first ones


@settings
class Settings:
    data: str = choice("diabetes", TABLES)
    scaling: str = choice("z-score", SCALINGS[1:], style="segment")
    a: int = number(3, 1, FEATURES)
    b: int = number(4, 1, FEATURES)
    steps: int = number(50, 1, 1000, values=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000))
    penalty: float = number(0.1, 0, 100, values=PENALTIES, group="ridge")
    leak: bool = switch(False, group="leak")
    rows: int = number(6, 6, 80, values=ROWS, group="leak")
    photo: str = choice("coffee", PHOTOS, group="photo")
    seed: int = number(0, 0, 9999, group="seeds")

    def check(self) -> Problem | None:
        return Problem("same_feature") if self.a == self.b else None


PRESETS = (
    Preset("proline", {"data": "wine", "a": 1, "b": 5}),
    Preset("leaking", {"data": "wine", "scaling": "robust", "leak": True}, works=False),
    Preset("correlated", {"data": "breast cancer", "a": 1, "b": 3}, works=False),
    Preset("min_max", {"scaling": "min-max", "a": 8, "b": 9}, works=False),
)
