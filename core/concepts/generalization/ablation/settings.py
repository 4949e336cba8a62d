"""What can be set on the ablation page: the recipe, and the variants that are made from it."""

from __future__ import annotations

from dataclasses import dataclass

from core.data import names
from core.questions import Preset
from core.settings import Values, When, choice, many, number, settings, switch

PARTS = ("batch norm", "dropout", "augmentation", "residual", "momentum", "schedule", "weight decay")
FULL, BARE = "full recipe", "bare"
DATA = ("mnist5k", "digits", "moons", "circles", "spiral")


def _with(part: str) -> When:
    """Whether a component is in the recipe."""

    def chosen(values: Values) -> bool:
        return part in values["parts"]

    return chosen


@settings
class Settings:
    parts: tuple[str, ...] = many(PARTS, PARTS, least=1)  # the recipe
    lr: float = number(0.1, 0.001, 0.3, values=(0.001, 0.003, 0.01, 0.03, 0.05, 0.1, 0.2, 0.3))
    epochs: int = number(80, 5, 200, step=5)
    n: int = number(100, 20, 400, step=20, group="data")  # training examples
    data: str = choice("mnist5k", DATA, group="data")
    noise: float = number(0.4, 0, 0.5, step=0.05, group="data", when=lambda values: values["data"] in names.POINTS)
    dropout: float = number(0.2, 0.05, 0.9, step=0.05, group="strengths", when=_with("dropout"))
    shift: int = number(
        1, 1, 4, group="strengths", when=_with("augmentation")
    )  # pixels that a picture is moved by at most
    momentum: float = number(0.9, 0.1, 0.99, step=0.01, group="strengths", when=_with("momentum"))
    decay: float = number(
        0.01,
        0.0001,
        0.3,
        values=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
        group="strengths",
        when=_with("weight decay"),
    )
    fair: bool = switch(False, group="strengths")  # without momentum the rate is 1 / (1 - momentum) times as high
    depth: int = number(1, 1, 10, group="network")  # blocks after the first hidden layer
    width: int = number(32, 8, 64, values=(8, 16, 32, 64), group="network")
    batch: int = number(32, 8, 64, values=(8, 16, 32, 64), group="network")
    seeds: int = number(8, 3, 16, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

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
