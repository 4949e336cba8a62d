"""What can be set on the page of model complexity."""

from __future__ import annotations

from core.questions import Preset
from core.settings import choice, number, settings

DATA = ("sine", "step", "line", "chirp")  # functions of one input
PENALTIES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


@settings
class Settings:
    data: str = choice("sine", DATA)
    n: int = number(30, 20, 200, step=5)
    noise: float = number(0.4, 0, 0.8, step=0.05)
    l2: float = number(0.01, 0.0001, 1, values=PENALTIES, group="families")
    members: int = number(15, 2, 40, group="families")
    rows: int = number(100, 50, 200, step=10, group="families")
    epochs: int = number(200, 20, 600, step=20, group="families")
    resamples: int = number(30, 10, 60, step=5, group="sets")
    networks: int = number(12, 4, 30, group="sets")
    seed: int = number(0, 0, 9999, group="sets")


PRESETS = (
    Preset("line", {"data": "line"}),
    Preset("much_data", {"n": 200}),
    Preset("noisy", {"n": 20, "noise": 0.8}, works=False),
    Preset("penalty_too_strong", {"l2": 1.0}, works=False),
)
