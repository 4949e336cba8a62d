"""What can be set on the ablation page: the recipe, and the variants that are made from it."""

from __future__ import annotations

from dataclasses import dataclass

from core.data import names
from core.questions import Preset
from core.settings import Problem, Values, When, choice, many, number, settings, switch

PARTS = ("batch norm", "dropout", "augmentation", "residual", "momentum", "schedule", "weight decay")
FULL, BARE = "full recipe", "bare"
DATA = ("mnist5k", "digits", "moons", "circles", "spiral")
FEATURES = {"mnist5k": 196, "digits": 64}  # numbers in a picture; a point has two

TENTHS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
MOMENTA = (0.5, 0.8, 0.9, 0.95, 0.99)
DECAYS = (0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)

LONGEST = 300  # seconds of a run on one core, estimated
# Seconds a unit in a training step, by what was measured on one core.
MODEL = 30e-6  # a network, whatever its size
UPDATE = 12e-9  # a weight
FLOP = 1 / 50e9  # a floating-point operation
VALUE, DROPPED_VALUE, ADDED_VALUE = 9e-9, 12e-9, 5e-9  # a hidden activation; more of it with dropout and with residuals


def _with(part: str) -> When:
    """Whether a component is in the recipe."""

    def chosen(values: Values) -> bool:
        return part in values["parts"]

    return chosen


def _moves_pictures(values: Values) -> bool:
    return "augmentation" in values["parts"] and names.is_pictures(values["data"])


@settings
class Settings:
    parts: tuple[str, ...] = many(PARTS, PARTS, least=1)  # the recipe
    lr: float = number(0.1, 0.001, 0.3, values=(0.003, 0.01, 0.03, 0.1, 0.3))
    epochs: int = number(80, 5, 200, step=5)
    n: int = number(100, 20, 400, step=20, group="data")  # training examples
    data: str = choice("mnist5k", DATA, group="data")
    noise: float = number(0.4, 0, 0.5, step=0.05, group="data", when=lambda values: values["data"] in names.POINTS)
    dropout: float = number(0.2, 0.05, 0.9, values=TENTHS, group="strengths", when=_with("dropout"))
    shift: int = number(1, 1, 4, group="strengths", when=_moves_pictures)  # pixels that a picture moves by at most
    momentum: float = number(0.9, 0.1, 0.99, values=MOMENTA, group="strengths", when=_with("momentum"))
    decay: float = number(0.01, 0.0001, 0.3, values=DECAYS, group="strengths", when=_with("weight decay"))
    fair: bool = switch(
        False, group="strengths", when=_with("momentum")
    )  # without momentum the rate is 1 / (1 - momentum) times as high
    depth: int = number(1, 1, 10, group="network")  # blocks after the first hidden layer
    width: int = number(32, 8, 64, values=(8, 16, 32, 64), group="network")
    batch: int = number(32, 8, 64, values=(8, 16, 32, 64), group="network")
    seeds: int = number(8, 3, 16, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    def check(self) -> Problem | None:
        minutes = self.seconds / 60
        return Problem("too_long", {"minutes": minutes, "most": LONGEST / 60}) if self.seconds > LONGEST else None

    @property
    def step_seconds(self) -> float:
        """How long a training step of one network takes on one core, roughly."""
        classes = 10 if self.pictures else 2
        weights = self.width * (FEATURES.get(self.data, 2) + self.depth * self.width + classes)
        each = VALUE + DROPPED_VALUE * ("dropout" in self.parts) + ADDED_VALUE * ("residual" in self.parts)
        batch = min(self.batch, self.n)
        return MODEL + weights * (UPDATE + 6 * batch * FLOP) + batch * self.width * (self.depth + 1) * each

    @property
    def seconds(self) -> float:
        """How long the run takes on one core, roughly."""
        steps = self.epochs * (self.n // min(self.batch, self.n))
        return len(variants(self)) * self.seeds * steps * self.step_seconds

    @property
    def pictures(self) -> bool:
        return names.is_pictures(self.data)

    @property
    def all_seeds(self) -> tuple[int, ...]:
        return tuple(range(self.seed, self.seed + self.seeds))


@dataclass(frozen=True)
class Variant:
    """A name, and the components it has."""

    name: str
    parts: frozenset[str]


def without(part: str) -> str:
    """The name of the full recipe without a component."""
    return f"without {part}"


def only(part: str) -> str:
    """The name of the bare network with one component."""
    return f"only {part}"


def variants(s: Settings) -> tuple[Variant, ...]:
    """The full recipe, the bare one, each component taken out of the first, each added to the second."""
    whole = frozenset(s.parts)
    return (
        Variant(FULL, whole),
        Variant(BARE, frozenset()),
        *(Variant(without(p), whole - {p}) for p in s.parts),
        *(Variant(only(p), frozenset({p})) for p in s.parts),
    )


PRESETS = (
    Preset("seven", {}),
    Preset("deep", {"depth": 6, "epochs": 40}),
    Preset("fair", {"fair": True, "lr": 0.03}),
    Preset("points", {"data": "moons", "n": 40}, works=False),
)
