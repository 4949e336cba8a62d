"""What can be set on the page of supervision."""

from __future__ import annotations

from core.questions import Preset
from core.settings import Values, choice, drawn, number, settings, switch

# The group of each class, by data set. Answers are numbered: classes, then groups, then "do not know".
GROUPS = {"clouds": (0, 0, 0, 1, 1, 1, 2, 2, 2), "drawn": (0, 0, 1, 1), "iris": (0, 1, 1)}
NAMES = {
    "clouds": ("A1", "A2", "A3", "B1", "B2", "B3", "C1", "C2", "C3"),
    "drawn": ("A1", "A2", "B1", "B2"),
    "iris": ("setosa", "versicolor", "virginica"),
}
RULES = ("class", "cheapest", "node")  # what is answered: the likeliest class, the cheapest class, or the cheapest node
KINDS = (
    "class",
    "group",
    "root",
    "near",
    "far",
)  # right class, right group, do not know, right group but wrong class, wrong group
PRICES = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 17.0, 20.0)  # costs of a wrong group that are compared
BUDGETS = (4, 9, 27)  # labels
VALIDATION, TEST = 200, 1000  # points of made-up data
NUMBER_NOISE = 0.2  # standard deviation of the noise on made-up numbers
DRAWING = "AAMeRkYobkYBAyhuUFV4cwIDjJa5guGgAwOHyLS03NI"  # two pairs of arcs


def _made(values: Values) -> bool:
    return bool(values["data"] != "iris")


def _drawn(values: Values) -> bool:
    return bool(values["data"] == "drawn")


@settings
class Settings:
    far: float = number(10.0, 1, 20, step=0.5)
    data: str = choice("clouds", tuple(GROUPS))
    strokes: str = drawn(DRAWING, ("first", "second", "third", "fourth"), when=_drawn)
    noise: float = number(0.35, 0.05, 0.5, step=0.05, when=_made)
    near: float = number(1.0, 0, 3, step=0.1, group="costs")
    inner: float = number(0.3, 0, 3, step=0.1, group="costs")
    root: float = number(1.5, 0, 5, step=0.1, group="costs")
    clusters: int = number(3, 2, 10, group="unlabelled")
    labels: int = number(9, 4, 27, values=BUDGETS, group="unlabelled")
    n: int = number(180, 60, 360, step=60, group="network", when=_made)
    steps: int = number(60, 10, 200, values=(10, 20, 40, 60, 100, 200), group="network")
    calibrated: bool = switch(True, group="network")
    seeds: int = number(8, 2, 12, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")


PRESETS = (
    Preset("near_free", {"near": 0.3, "inner": 0.3}),
    Preset("iris", {"data": "iris"}),
    Preset("equal", {"far": 1.0, "near": 1.0, "inner": 1.0, "root": 1.0}, works=False),
    Preset("overconfident", {"n": 60, "steps": 200, "calibrated": False}, works=False),
)
