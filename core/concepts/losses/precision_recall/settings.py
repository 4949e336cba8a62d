"""What can be set on the precision and recall page."""

from __future__ import annotations

from core.measures import AVERAGES
from core.questions import Preset
from core.settings import Problem, choice, number, settings

DATA = ("digits", "breast cancer")
GUESS = "random guess"  # a score that knows nothing, uniform from 0 to 1
LEARNERS = ("logistic", "naive Bayes", "small tree", "15-NN", "forest", GUESS)
WAYS = ("weights", "rows")  # how a share of positives is made: rows weighted, or rows left out
SHARES = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
RAREST = 0.005


@settings
class Settings:
    threshold: float = number(0.5, 0, 1, step=0.01)
    learner: str = choice("logistic", LEARNERS)
    share: float = number(0.0, 0, 0.5, values=SHARES)
    data: str = choice("digits", DATA, group="data")
    digit: int = number(8, 0, 9, group="data", when=lambda values: values["data"] == "digits")
    how: str = choice("weights", WAYS, group="scoring", when=lambda values: values["share"] > 0)
    average: str = choice("area", AVERAGES, group="scoring")
    seeds: int = number(8, 2, 16, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    def check(self) -> Problem | None:
        return Problem("too_rare", {"least": RAREST}) if 0 < self.share < RAREST else None


PRESETS = (
    Preset("tumours", {"data": "breast cancer", "learner": "forest"}),
    Preset("find_most", {"threshold": 0.1}),
    Preset("rare", {"share": 0.01}, works=False),
    Preset("guess", {"learner": GUESS}, works=False),
    Preset("few_scores", {"learner": "small tree", "average": "11 points"}, works=False),
)
