"""What can be set on the boosting page."""

from __future__ import annotations

from core.data import tables
from core.data.points import MAX_NOISE, POINTS
from core.questions import Preset
from core.settings import Values, choice, number, settings

METHODS = ("AdaBoost", "gradient boosting", "HistGradientBoosting")
RATES = (0.03, 0.1, 0.3, 1.0)  # learning rates of gradient boosting that every run compares


def _points_are_made(values: Values) -> bool:
    return values["data"] in POINTS


@settings
class Settings:
    rounds: int = number(100, 1, 300)
    depth: int = number(1, 1, 6)
    lr: float = number(0.3, 0.01, 2, values=(0.01, 0.03, 0.1, 0.3, 0.5, 1.0, 2.0))
    data: str = choice("moons", tables.NAMES, group="data")
    n: int = number(200, tables.MIN_POINTS, tables.MAX_POINTS, step=20, group="data", when=_points_are_made)
    noise: float = number(0.3, 0, MAX_NOISE, step=0.05, group="data", when=_points_are_made)
    wrong: float = number(0.0, 0, 0.4, step=0.05, group="data")
    seeds: int = number(8, 1, 16, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")


PRESETS = (
    Preset("xor_depth_two", {"data": "xor", "noise": 0.1, "depth": 2}),
    Preset("digits", {"data": "digits", "depth": 3, "rounds": 50}),
    Preset("xor_stumps", {"data": "xor", "noise": 0.1}, works=False),
    Preset("wrong_labels", {"wrong": 0.2, "depth": 3, "lr": 0.1}, works=False),
    Preset("rate_too_high", {"lr": 2.0, "depth": 3}, works=False),
)
