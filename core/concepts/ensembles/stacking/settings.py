"""What can be set on the stacking page."""

from __future__ import annotations

from core.data import tables
from core.data.points import POINTS
from core.questions import Preset
from core.settings import choice, many, number, settings

BASES = ("logistic", "naive Bayes", "deep tree", "small tree", "1-NN", "15-NN", "SVM", "forest", "boosting")
METAS = ("logistic", "average")
STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


@settings
class Settings:
    bases: tuple[str, ...] = many(("logistic", "naive Bayes", "deep tree", "15-NN", "forest"), BASES, least=2)
    meta: str = choice("logistic", METAS)
    folds: int = number(5, 2, 10)
    strength: float = number(
        1.0, 0.01, 100, values=STRENGTHS, group="meta", when=lambda values: values["meta"] == "logistic"
    )
    data: str = choice("moons", tables.NAMES, group="data")
    # At least 40, so that 15 neighbours are left when every other row is held out.
    n: int = number(200, 40, tables.MAX_POINTS, step=20, group="data", when=lambda values: values["data"] in POINTS)
    noise: float = number(0.3, 0, 0.5, step=0.05, group="data", when=lambda values: values["data"] in POINTS)
    seeds: int = number(10, 1, 16, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")


WEAK_MAJORITY = ("logistic", "naive Bayes", "small tree", "1-NN")

PRESETS = (
    Preset("weak_majority", {"data": "spiral", "noise": 0.2, "bases": WEAK_MAJORITY}),
    Preset("good_learners", {"data": "breast cancer"}, works=False),
    Preset("few_rows", {"n": 40, "bases": BASES}, works=False),
)
