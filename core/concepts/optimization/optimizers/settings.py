"""What can be set on the optimisers page."""

from __future__ import annotations

from collections.abc import Collection

from core.concepts.optimization.optimizers.surfaces import SURFACES, Surface
from core.questions import Preset
from core.settings import Values, When, choice, many, number, settings

OPTIMIZERS = ("SGD", "Momentum", "Nesterov", "RMSprop", "Adam", "AdamW", "Rprop")
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.09, 0.1, 0.11, 0.2, 0.3, 1.0)


def _chosen(*names: str) -> When:
    """Whether at least one of `names` takes part."""

    def matters(values: Values) -> bool:
        chosen: Collection[str] = values["optimizers"]
        return any(name in chosen for name in names)

    return matters


@settings
class Settings:
    surface: str = choice("ravine", tuple(SURFACES))
    optimizers: tuple[str, ...] = many(("SGD", "Momentum", "Adam"), OPTIMIZERS, least=1)
    lr_SGD: float = number(0.02, 1e-4, 1, values=RATES, when=_chosen("SGD"))
    lr_Momentum: float = number(0.02, 1e-4, 1, values=RATES, when=_chosen("Momentum"))
    lr_Nesterov: float = number(0.02, 1e-4, 1, values=RATES, when=_chosen("Nesterov"))
    lr_RMSprop: float = number(0.05, 1e-4, 1, values=RATES, when=_chosen("RMSprop"))
    lr_Adam: float = number(0.1, 1e-4, 1, values=RATES, when=_chosen("Adam"))
    lr_AdamW: float = number(0.1, 1e-4, 1, values=RATES, when=_chosen("AdamW"))
    lr_Rprop: float = number(0.05, 1e-4, 1, values=RATES, when=_chosen("Rprop"))
    momentum: float = number(0.9, 0, 0.99, step=0.01, when=_chosen("Momentum", "Nesterov"))
    decay: float = number(0.1, 0, 1, step=0.05, when=_chosen("AdamW"))
    steps: int = number(150, 10, 500, step=10)
    across: int = number(10, 0, 100, group="start")
    up: int = number(88, 0, 100, group="start")

    @property
    def map(self) -> Surface:
        """The surface that is raced on."""
        return SURFACES[self.surface]

    @property
    def start(self) -> tuple[float, float]:
        """Where the paths start, (x, y)."""
        (left, right), (bottom, top) = self.map.x, self.map.y
        return left + self.across / 100 * (right - left), bottom + self.up / 100 * (top - bottom)

    def rate(self, name: str) -> float:
        """The learning rate of an optimiser."""
        return float(getattr(self, f"lr_{name}"))


PRESETS = (
    Preset(
        "escape",
        {"surface": "double well", "optimizers": ("SGD", "Momentum"), "across": 95, "up": 83, "steps": 200},
    ),
    Preset("four_minima", {"surface": "Himmelblau", "lr_SGD": 0.01, "lr_Momentum": 0.003, "across": 50, "up": 50}),
    Preset("rate_too_high", {"optimizers": ("SGD",), "lr_SGD": 0.11}, works=False),
    Preset("ridge", {"surface": "saddle", "up": 50}, works=False),
    Preset(
        "decay",
        {"surface": "Beale", "optimizers": ("Adam", "AdamW"), "decay": 1.0, "across": 80, "up": 60},
        works=False,
    ),
)
