"""What can be set on the validation page."""

from __future__ import annotations

from core.data import names
from core.questions import Preset
from core.settings import Problem, choice, number, settings

LEARNERS = ("5 nearest neighbours", "1 nearest neighbour", "linear", "majority class")
SEARCHES = ("random search", "starts only")
ROWS = (20, 30, 40, 60, 80, 100, 120)
FOLDS = (2, 3, 4, 5, 6, 8, 10, 15, *ROWS)
CANDIDATES = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
POWERS_OF_TWO = (2, 4, 8, 16, 32, 64)
CHOSEN_FROM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # candidates, as the charts show them
HELD_OUT = (10, 20, 50, 100, 200, 500)  # rows, as the charts show them
MOST_WORK = 10_000_000_000  # neuron evaluations of a run, which then takes two minutes at most


def ladder(values: tuple[int, ...], most: int) -> tuple[int, ...]:
    """Those of `values` below `most`, and `most`."""
    return (*(v for v in values if v < most), most)


def way_of(k: int, rows: int) -> str:
    """The name of cross-validation in k folds."""
    return "leave one out" if k == rows else f"{k} folds"


@settings
class Settings:
    rows: int = number(60, 20, 120, values=ROWS)
    k: int = number(5, 2, 120, values=FOLDS)
    networks: int = number(16, 2, 64, values=POWERS_OF_TWO)
    n: int = number(50, 10, 500, step=10)
    data: str = choice("moons", names.POINTS, group="data")
    noise: float = number(0.4, 0, 0.5, step=0.05, group="data")
    flips: float = number(0.0, 0, 1, step=0.1, group="data")
    learner: str = choice("5 nearest neighbours", LEARNERS, group="data")
    search: str = choice("random search", SEARCHES, group="choosing")
    outer: int = number(5, 3, 8, group="choosing")
    M: int = number(100, 2, 1000, values=CANDIDATES, group="choosing")
    width: int = number(16, 2, 64, values=POWERS_OF_TWO, group="network")
    steps: int = number(100, 10, 300, step=10, group="network")
    sets: int = number(24, 4, 40, step=4, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    def check(self) -> Problem | None:
        if self.k > self.rows:
            return Problem("too_many_folds", {"k": self.k, "rows": self.rows})
        if self.work > MOST_WORK:
            return Problem("too_much_work", {"times": self.work / MOST_WORK})
        return None

    @property
    def models(self) -> int:
        """Networks trained on one data set: each candidate on all rows, without each fold, and without each two folds."""
        return self.networks * (1 + self.outer + self.outer * (self.outer - 1) // 2)

    @property
    def work(self) -> int:
        """How often a hidden neuron is evaluated in the whole run."""
        return self.models * self.rows * self.width * self.steps * self.sets

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of networks that the best is chosen from."""
        return ladder(CHOSEN_FROM, self.networks)

    @property
    def row_counts(self) -> tuple[int, ...]:
        """Numbers of held-out rows that the best is chosen on, n among them."""
        return tuple(sorted({*HELD_OUT, self.n}))


PRESETS = (
    Preset("many_rows", {"n": 500}),
    Preset("leave_one_out", {"k": 60}),
    Preset("few_rows", {"n": 10}, works=False),
    Preset("random_labels", {"flips": 1.0}, works=False),
    Preset("one_hold_out", {"rows": 20, "k": 2}, works=False),
)
