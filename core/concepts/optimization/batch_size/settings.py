"""What can be set on the batch size page, and how long a run of it will take."""

from __future__ import annotations

import math

from core.questions import Preset
from core.settings import Problem, Values, choice, many, number, settings

DATA = ("digits", "mnist5k", "spiral", "circles", "moons")
INPUTS = {"digits": 64, "mnist5k": 784, "spiral": 2, "circles": 2, "moons": 2}  # numbers in one example
PICTURES = ("digits", "mnist5k")
OPTIMIZERS = ("SGD", "Momentum", "Adam")
FULL = "full"
BATCHES = ("1", "2", "4", "8", "16", "32", "64", "128", "256", FULL)
RULES = ("fixed", "square root", "linear")  # how the learning rate goes with the batch size
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
RATES = (0.0003, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
LONGEST = 200  # estimated CPU seconds that a run may take

# Microseconds, measured on one core: of one parameter a step, of one example a step, and of each parameter for it.
UPDATE = {"SGD": 0.003, "Momentum": 0.005, "Adam": 0.010}
EXAMPLE, EXAMPLE_PARAMETER = 0.45, 0.000085
PAIR = 0.2  # of two examples, for the noise of one network
MEASUREMENTS = 60  # of validation at each batch size, about


def _points_are_made(values: Values) -> bool:
    return values["data"] not in PICTURES


@settings
class Settings:
    batches: tuple[str, ...] = many(("1", "4", "16", "32", "128", FULL), BATCHES)  # the reference runs in any case
    lr: float = number(0.1, 1e-4, 1, values=RATES)
    epochs: int = number(12, 1, 40)
    reference: int = number(32, 1, 256, values=SIZES, group="training")
    optimizer: str = choice("SGD", OPTIMIZERS, group="training")
    target: int = number(85, 50, 99, group="target")
    least: int = number(250, 20, 1000, step=10, group="target")
    data: str = choice("digits", DATA, group="data")
    n: int = number(512, 64, 1024, values=(64, 128, 256, 512, 1024), group="data")
    noise: float = number(0.2, 0, 0.5, step=0.05, group="data", when=_points_are_made)
    width: int = number(32, 8, 64, values=(8, 16, 32, 64), group="data")
    seeds: int = number(8, 2, 16, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    def check(self) -> Problem | None:
        if self.reference > self.n:
            return Problem("reference_too_large", {"reference": self.reference, "n": self.n})
        if self.seconds > LONGEST:
            return Problem("too_long", {"seconds": self.seconds, "most": LONGEST})
        return None

    @property
    def pictures(self) -> bool:
        return self.data in PICTURES

    @property
    def sizes(self) -> tuple[int, ...]:
        """Batch sizes in order, no larger than the training set."""
        chosen = {self.n if name == FULL else int(name) for name in self.batches}
        return tuple(sorted(size for size in {*chosen, self.reference} if size <= self.n))

    def budget(self, size: int) -> int:
        """Steps within the epochs that all batch sizes get."""
        return self.epochs * (self.n // size)

    def total(self, size: int) -> int:
        """Steps that a batch size takes in all."""
        return max(self.budget(size), self.least)

    def rate(self, size: int, rule: str) -> float:
        """The learning rate of a batch size under a rule."""
        ratio = size / self.reference
        return self.lr * {"fixed": 1.0, "square root": math.sqrt(ratio), "linear": ratio}[rule]

    def network_seconds(self, examples: int, update: float = 0.0) -> float:
        """Estimated CPU seconds of one network on so many examples, forwards and backwards; update: as in UPDATE."""
        parameters = (INPUTS[self.data] + 1) * self.width + (self.width + 1) * (self.width + 10)
        return 1e-6 * (update * parameters + examples * (EXAMPLE + EXAMPLE_PARAMETER * parameters))

    def size_seconds(self, size: int) -> float:
        """Estimated CPU seconds of training at a batch size under all rules, and of measuring that."""
        step = self.network_seconds(size, UPDATE[self.optimizer])
        measured = min(MEASUREMENTS, self.total(size)) * self.network_seconds(1000) / 3  # forwards only
        return self.total(size) * 0.0002 + len(RULES) * self.seeds * (self.total(size) * step + measured)

    @property
    def rprop_seconds(self) -> float:
        return self.least * (0.0002 + self.seeds * self.network_seconds(self.n, UPDATE["Adam"]))

    @property
    def seconds(self) -> float:
        """Estimated CPU seconds of the run."""
        noise = 2 * self.seeds * 1e-6 * PAIR * self.n**2
        return noise + sum(self.size_seconds(size) for size in self.sizes) + self.rprop_seconds


PRESETS = (
    Preset("linear", {"batches": ("16", "32", "64", "128"), "lr": 0.05, "epochs": 40}),
    Preset("full_batch", {"batches": ("32", FULL), "epochs": 40}, works=False),
    Preset("one", {"optimizer": "Momentum", "lr": 0.02, "batches": ("1", "4", "16")}, works=False),
    Preset("moons", {"data": "moons", "lr": 0.3, "target": 95}),
)
