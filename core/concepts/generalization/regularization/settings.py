"""What can be set on the regularisation page, and the methods that are compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.data import names
from core.questions import Preset
from core.settings import Problem, Values, choice, number, settings, switch

DATA = ("moons", "circles", "spiral", "xor", "digits", "mnist5k")
FEATURES = {"digits": 64, "mnist5k": 784}  # numbers in a picture; a point has two
STRENGTHS = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
BATCH = 32
HELD_OUT = {"digits": 360, "mnist5k": 1000}  # pictures to validate on, and as many to test on
VALIDATION_POINTS = 400
TEST_POINTS = 10_000  # made points cost nothing, and the scores of the methods lie close together

LONGEST = 300  # seconds on one core, estimated
# Seconds a unit, by what was measured on one core.
UPDATE = 12e-9  # of a weight in a training step
NEURON = 600e-9  # of a hidden neuron in a training step, beside its weights
FORWARD = 0.05e-9  # of a weight on an example that is only measured
FORWARD_NEURON = 2e-9  # of a hidden neuron on such an example

NONE = "none"
L1 = "L1"
L2 = "L2"
DROPOUT = "dropout"
EARLY = "early stopping"
NORM = "batch norm"
AUGMENTATION = "augmentation"
SMALLER = "smaller model"
MORE_DATA = "more data"
MIX = "mix"


def _points_are_made(values: Values) -> bool:
    return values["data"] in names.POINTS


def _has_pictures(values: Values) -> bool:
    return names.is_pictures(values["data"])


@settings
class Settings:
    n: int = number(40, 20, 400, step=10)
    dropout: float = number(0.5, 0.05, 0.9, values=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9))
    l2: float = number(0.03, 0, 1, values=(*STRENGTHS, 0.3, 1.0))
    data: str = choice("circles", DATA, group="data")
    noise: float = number(0.4, 0, 0.5, step=0.05, group="data", when=_points_are_made)
    l1: float = number(0.03, 0, 0.1, values=STRENGTHS, group="methods")
    patience: int = number(10, 1, 100, group="methods")
    fewer: int = number(8, 2, 16, group="methods")
    more: int = number(4, 2, 8, group="methods")
    mix_l1: bool = switch(False, group="mix")
    mix_l2: bool = switch(True, group="mix")
    mix_dropout: bool = switch(True, group="mix")
    mix_early: bool = switch(False, group="mix")
    mix_norm: bool = switch(False, group="mix")
    mix_augment: bool = switch(False, group="mix", when=_has_pictures)
    width: int = number(64, 8, 256, values=(8, 16, 32, 64, 128, 256), group="network")
    epochs: int = number(150, 10, 400, step=10, group="network")
    lr: float = number(0.01, 1e-4, 0.1, values=(0.0003, 0.001, 0.003, 0.01, 0.03), group="network")
    seeds: int = number(8, 2, 16, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    def check(self) -> Problem | None:
        minutes = self.seconds / 60
        return Problem("too_long", {"minutes": minutes, "most": LONGEST / 60}) if self.seconds > LONGEST else None

    @property
    def pictures(self) -> bool:
        return names.is_pictures(self.data)

    @property
    def classes(self) -> int:
        return 10 if self.pictures else 2

    @property
    def training_steps(self) -> int:
        """Training steps of one network."""
        return self.epochs * (self.n // min(BATCH, self.n))

    @property
    def weights(self) -> int:
        """Weights of one network, without biases."""
        return self.width * (FEATURES.get(self.data, 2) + self.width + self.classes)

    def measuring_seconds(self, examples: int) -> float:
        """How long one network takes on so many examples without training on them, on one core, roughly."""
        return examples * (self.weights * FORWARD + 2 * self.width * FORWARD_NEURON)

    @property
    def seconds(self) -> float:
        """How long the run takes on one core, roughly."""
        training = self.training_steps * (self.weights * UPDATE + 2 * self.width * NEURON)
        validation = HELD_OUT.get(self.data, VALIDATION_POINTS)
        test = HELD_OUT.get(self.data, TEST_POINTS)
        measuring = self.measuring_seconds(self.epochs * (self.n + validation) + test)
        return len(variants(self)) * self.seeds * (training + measuring)


@dataclass(frozen=True)
class Variant:
    """One way of training: a name, and what it changes."""

    name: str
    l1: float = 0.0  # weight of the L1 penalty
    l2: float = 0.0  # weight decay
    dropout: float = 0.0  # probability that a hidden activation is set to zero
    patience: float = math.inf  # epochs without a better validation loss before training stops
    norm: bool = False  # batch norm after each hidden layer
    augment: bool = False  # pictures are moved at random
    width: int | None = None  # neurons of a hidden layer, where not as many as the others have
    examples: int | None = None  # training examples, where not as many as the others have


def variants(s: Settings) -> tuple[Variant, ...]:
    """Every row of the comparison, the one without regularisation first."""
    rows = [
        Variant(NONE),
        Variant(L1, l1=s.l1),
        Variant(L2, l2=s.l2),
        Variant(DROPOUT, dropout=s.dropout),
        Variant(EARLY, patience=s.patience),
        Variant(NORM, norm=True),
        Variant(SMALLER, width=max(1, s.width // s.fewer)),
        Variant(MORE_DATA, examples=s.n * s.more),
    ]
    if s.pictures:
        rows.insert(6, Variant(AUGMENTATION, augment=True))
    if any((s.mix_l1, s.mix_l2, s.mix_dropout, s.mix_early, s.mix_norm, s.mix_augment)):
        mix = Variant(
            MIX,
            l1=s.l1 * s.mix_l1,
            l2=s.l2 * s.mix_l2,
            dropout=s.dropout * s.mix_dropout,
            patience=s.patience if s.mix_early else math.inf,
            norm=s.mix_norm,
            augment=s.mix_augment and s.pictures,
        )
        rows.append(mix)
    return tuple(rows)


PRESETS = (
    Preset("noisy", {"n": 60, "noise": 0.5}),
    Preset("only_data", {"data": "mnist5k", "n": 100, "epochs": 60}, works=False),
    Preset("too_strong", {"l2": 1.0}, works=False),
    Preset("enough_data", {"n": 400, "epochs": 60}, works=False),
)
