"""What can be set on the bagging page."""

from __future__ import annotations

from core.data import tables
from core.data.points import MAX_NOISE, POINTS
from core.questions import Preset
from core.settings import Values, choice, number, settings

LEARNERS = ("tree", "network")
FEATURES = ("all", "sqrt", "one")  # features that a split may look at: all of them, their square root, a single one


def _members_are_trees(values: Values) -> bool:
    return bool(values["learner"] == "tree")


def _points_are_made(values: Values) -> bool:
    return values["data"] in POINTS


@settings
class Settings:
    trees: int = number(100, 1, 300)
    learner: str = choice("tree", LEARNERS, style="segment")
    depth: int = number(0, 0, 12, when=_members_are_trees)  # 0: no limit
    features: str = choice("all", FEATURES, group="randomness", when=_members_are_trees)
    draw: float = number(1.0, 0.1, 1, step=0.1, group="randomness")
    data: str = choice("moons", tables.NAMES, group="data")
    n: int = number(200, tables.MIN_POINTS, tables.MAX_POINTS, step=20, group="data", when=_points_are_made)
    noise: float = number(0.3, 0, MAX_NOISE, step=0.05, group="data", when=_points_are_made)
    wrong: float = number(0.0, 0, 0.4, step=0.05, group="data")
    seeds: int = number(8, 1, 16, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    def sample_size(self, n: int) -> int:
        """How many rows a bootstrap sample from n rows has."""
        return max(1, round(self.draw * n))


PRESETS = (
    Preset("forest", {"data": "digits", "features": "sqrt", "seeds": 4}),
    Preset("noisy_labels", {"n": 400, "wrong": 0.2}),
    Preset("stumps", {"depth": 1}, works=False),
    Preset("networks", {"learner": "network", "trees": 30, "n": 60}, works=False),
    Preset("few_members", {"trees": 2}, works=False),
)
