"""What can be set on the schedules page."""

from __future__ import annotations

from core.data import names
from core.questions import Preset
from core.settings import Problem, Values, When, choice, many, number, settings

DATA = ("digits", "mnist5k", "spiral", "circles", "moons")
OPTIMIZERS = ("SGD", "Momentum", "Adam")  # momentum is 0.9
CONSTANT, PLATEAU = "constant", "ReduceLROnPlateau"
NAMES = (
    CONSTANT,
    "StepLR",
    "ExponentialLR",
    "CosineAnnealing",
    "OneCycle",
    "warm-up",
    "warm-up + cosine",
    PLATEAU,
)
RATES = (0.0003, 0.001, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5)
SHARES = (0.0, 0.0001, 0.001, 0.01, 0.03, 0.1, 0.3, 0.5)
POWERS_OF_TWO = (8, 16, 32, 64, 128, 256)


LONGEST = 240.0  # s that a run may take
# Inputs, classes and available training examples.
SIZES = {
    "digits": (64, 10, 1078),
    "mnist5k": (784, 10, 3000),
    "spiral": (2, 2, 3000),
    "circles": (2, 2, 3000),
    "moons": (2, 2, 3000),
}


def _chosen(*schedules: str) -> When:
    """Whether at least one of `schedules` is compared."""
    return lambda values: any(name in values["schedules"] for name in schedules)


def _points_are_made(values: Values) -> bool:
    return values["data"] in names.POINTS


@settings
class Settings:
    schedules: tuple[str, ...] = many(NAMES, NAMES)
    lr: float = number(0.05, 1e-4, 1, values=RATES)
    spread: float = number(3.0, 1.5, 10, values=(1.5, 2.0, 3.0, 5.0, 10.0))
    step_parts: int = number(3, 2, 8, group="shapes", when=_chosen("StepLR"))
    step_gamma: float = number(
        0.1, 0.01, 0.9, values=(0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9), group="shapes", when=_chosen("StepLR")
    )
    exponential_last: float = number(
        0.01, 0.0001, 0.9, values=SHARES[1:], group="shapes", when=_chosen("ExponentialLR")
    )
    cosine_last: float = number(
        0.0, 0, 0.5, values=SHARES, group="shapes", when=_chosen("CosineAnnealing", "warm-up + cosine")
    )
    cycle_top: float = number(
        1.0, 0.5, 10, values=(0.5, 1.0, 2.0, 3.0, 5.0, 10.0), group="shapes", when=_chosen("OneCycle")
    )
    cycle_rise: int = number(30, 5, 90, step=5, group="shapes", when=_chosen("OneCycle"))
    warm_share: int = number(10, 1, 90, group="shapes", when=_chosen("warm-up", "warm-up + cosine"))
    plateau_patience: int = number(2, 0, 20, group="shapes", when=_chosen(PLATEAU))
    plateau_factor: float = number(
        0.3, 0.05, 0.9, values=(0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9), group="shapes", when=_chosen(PLATEAU)
    )
    data: str = choice("digits", DATA, group="task")
    n: int = number(1000, 100, 2000, step=100, group="task")
    noise: float = number(0.2, 0, 0.5, step=0.05, group="task", when=_points_are_made)
    width: int = number(32, 8, 64, values=(8, 16, 32, 64), group="task")
    optimizer: str = choice("Momentum", OPTIMIZERS, group="training")
    batch: int = number(32, 8, 256, values=POWERS_OF_TWO, group="training")
    epochs: int = number(20, 5, 60, step=5, group="training")
    seeds: int = number(12, 2, 16, group="training")
    seed: int = number(0, 0, 9999, group="training")

    def check(self) -> Problem | None:
        seconds = self.estimated_seconds
        return Problem("too_long", {"minutes": seconds / 60}) if seconds > LONGEST else None

    @property
    def estimated_seconds(self) -> float:
        """How long a run takes on one core that others use too, to within a third. The prices were measured."""
        inputs, classes, available = SIZES[self.data]
        examples = min(self.n, available)
        batch = min(self.batch, examples)
        models = 3 * len(self.compared) * self.seeds
        weights = inputs * self.width + self.width**2 + self.width * classes
        values = batch * (2 * self.width + classes)  # between the layers
        step = 0.002 + models * (6.4e-11 * batch * weights + 8e-9 * weights + 9e-9 * values)
        return self.epochs * (examples // batch) * step

    @property
    def compared(self) -> tuple[str, ...]:
        """The schedules that are trained: the constant rate first, which always is, as the others are compared with it."""
        return tuple(name for name in NAMES if name == CONSTANT or name in self.schedules)

    @property
    def rates(self) -> tuple[float, float, float]:
        """The three base learning rates, the lowest first."""
        return self.lr / self.spread, self.lr, self.lr * self.spread

    @property
    def pictures(self) -> bool:
        return names.is_pictures(self.data)


# Rates of which the largest is too high for points on two spirals.
TOO_HIGH = {"data": "spiral", "lr": 0.15, "spread": 2.0}

PRESETS = (
    Preset("too_high", TOO_HIGH),
    Preset(
        "warm_up",
        {"optimizer": "Adam", "lr": 0.01, "spread": 10.0, "schedules": (CONSTANT, "warm-up", "warm-up + cosine")},
    ),
    Preset("too_fast", {"schedules": (CONSTANT, "ExponentialLR"), "exponential_last": 0.0001}, works=False),
    Preset(
        "impatient",
        {"schedules": (CONSTANT, PLATEAU), "plateau_patience": 0, "plateau_factor": 0.05},
        works=False,
    ),
    Preset(
        "unfair",
        {"lr": 0.3, "spread": 2.0, "schedules": (CONSTANT, "StepLR", "CosineAnnealing", "OneCycle")},
        works=False,
    ),
)
