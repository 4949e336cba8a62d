"""What can be set on the page of adversarial networks, and the rows that are compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.data.names import MIXTURES, SHIPPED
from core.questions import Preset
from core.settings import Values, When, choice, drawn, many, number, settings, switch

ORIGINAL, NON_SATURATING, LEAST_SQUARES = "Original", "Non-saturating", "Least squares"
CLIPPED, PENALISED = "WGAN", "WGAN-GP"
LOSSES = (ORIGINAL, NON_SATURATING, LEAST_SQUARES, CLIPPED, PENALISED)
TWO_RATES, MINIBATCH, MATCHING = "Two rates", "Minibatch", "Matching"
REMEDIES = (TWO_RATES, MINIBATCH, MATCHING)

MNIST = SHIPPED[1]
ADAM, WASSERSTEIN_ADAM = (0.5, 0.999), (0.0, 0.9)  # beta1 and beta2
CLIPPED_LR = 0.5  # of the other losses' learning rate, with clipped weights
TWO = 4.0  # how many times as fast the discriminator learns, with two rates
DRAWING = "ABp_VoFOijygLb0r1zrlVeBzy5CuqpTChNZ_4X_hetZqwlCqM5AecxlVJzpBK14tdDx9Tn9W"  # the outline of a heart


def _of(name: str) -> When:
    def matters(values: Values) -> bool:
        return bool(values["data"] == name)

    return matters


def _plane(values: Values) -> bool:
    return bool(values["data"] != MNIST)


@settings
class Settings:
    data: str = choice("ring", (*MIXTURES, MNIST))
    ratio: float = number(1.0, 0.1, 10, values=(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0))
    losses: tuple[str, ...] = many(LOSSES, LOSSES, least=1)
    ttur: bool = switch(False, group="remedies")
    minibatch: bool = switch(False, group="remedies")
    matching: bool = switch(False, group="remedies")
    modes: int = number(8, 2, 12, group="data", when=_of("ring"))
    side: int = number(5, 2, 5, group="data", when=_of("grid"))
    strokes: str = drawn(DRAWING, ("stroke",), group="data", when=_of("drawn"))
    sigma: float = number(0.1, 0.05, 0.2, step=0.01, group="data", when=_plane)
    width: int = number(24, 8, 48, values=(8, 16, 24, 32, 48), group="network", when=_plane)
    steps: int = number(600, 5, 3000, step=5, group="training", when=_plane)
    picture_steps: int = number(300, 5, 1500, step=5, group="training", when=_of(MNIST))
    lr: float = number(
        0.01, 0.001, 0.03, values=(0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03), group="training", when=_plane
    )
    picture_lr: float = number(
        0.003, 0.0005, 0.01, values=(0.0005, 0.001, 0.002, 0.003, 0.005, 0.01), group="training", when=_of(MNIST)
    )
    clip: float = number(0.3, 0.01, 1, values=(0.01, 0.03, 0.1, 0.3, 1.0), group="training")
    penalty: float = number(1.0, 0.1, 10, values=(0.1, 0.3, 1.0, 3.0, 10.0), group="training")
    seeds: int = number(16, 2, 16, group="seeds", when=_plane)
    picture_seeds: int = number(6, 2, 8, group="seeds", when=_of(MNIST))
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def pictures(self) -> bool:
        """Whether pictures of digits are imitated, and not points in the plane."""
        return self.data == MNIST

    @property
    def starts(self) -> int:
        """How many random starts each row is trained from."""
        return self.picture_seeds if self.pictures else self.seeds

    @property
    def length(self) -> int:
        """How many steps each is trained for."""
        return self.picture_steps if self.pictures else self.steps

    @property
    def rate(self) -> float:
        """The discriminator's learning rate."""
        return self.picture_lr if self.pictures else self.lr


@dataclass(frozen=True)
class Row:
    """One way of training: its name, the loss (a name in core.engine.adversarial), and what it changes."""

    name: str
    loss: str
    lr: float  # of the discriminator
    generator_lr: float
    betas: tuple[float, float] = ADAM
    clip: float = math.inf
    penalty: float = 0.0
    matching: bool = False
    minibatch: bool = False


def rows(s: Settings) -> tuple[Row, ...]:
    """Every row of the comparison: the losses, and what is tried on top of the non-saturating one, which is then there, too."""
    remedies = [name for name, on in zip(REMEDIES, (s.ttur, s.minibatch, s.matching), strict=True) if on]
    lr, slow, g = s.rate, CLIPPED_LR * s.rate, s.ratio
    made = {
        ORIGINAL: Row(ORIGINAL, "original", lr, g * lr),
        NON_SATURATING: Row(NON_SATURATING, "non-saturating", lr, g * lr),
        LEAST_SQUARES: Row(LEAST_SQUARES, "least squares", lr, g * lr),
        CLIPPED: Row(CLIPPED, "Wasserstein", slow, g * slow, WASSERSTEIN_ADAM, clip=s.clip),
        PENALISED: Row(PENALISED, "Wasserstein", lr, g * lr, WASSERSTEIN_ADAM, penalty=s.penalty),
        TWO_RATES: Row(TWO_RATES, "non-saturating", lr, g * lr / TWO),
        MINIBATCH: Row(MINIBATCH, "non-saturating", lr, g * lr, minibatch=True),
        MATCHING: Row(MATCHING, "non-saturating", lr, g * lr, matching=True),
    }
    names = {*s.losses, *remedies, *([NON_SATURATING] if remedies else [])}
    return tuple(row for name, row in made.items() if name in names)


PRESETS = (
    Preset("drawn", {"data": "drawn"}),
    Preset("grid", {"data": "grid", "losses": (NON_SATURATING, PENALISED), "steps": 1500, "width": 32, "seeds": 8}),
    Preset("digits", {"data": MNIST}),
    Preset("remedies", {"losses": (NON_SATURATING,), "ttur": True, "minibatch": True, "matching": True}, works=False),
    Preset("slow_generator", {"ratio": 0.1, "losses": (NON_SATURATING, LEAST_SQUARES, PENALISED)}, works=False),
    Preset("fast_generator", {"ratio": 5.0, "losses": (NON_SATURATING, LEAST_SQUARES, PENALISED)}, works=False),
)
