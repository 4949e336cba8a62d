"""What can be set on the gradient flow page, and the networks it compares."""

from __future__ import annotations

from core.questions import Preset
from core.settings import choice, number, settings

ACTIVATIONS = ("sigmoid", "tanh", "ReLU", "GELU")
INITIALISATIONS = ("N(0, s)", "Xavier", "Kaiming")
STRUCTURES = ("plain", "batch norm", "residual", "residual / √L")
CLIPPED = ("without clipping", "with clipping")
MEASURES = ("gradient", "activations", "gradient of the weights")
OPTIMIZERS = ("SGD", "Momentum", "Adam")
PER_STRUCTURE = len(ACTIVATIONS) * len(INITIALISATIONS)  # networks of each structure
NETWORKS = PER_STRUCTURE * len(STRUCTURES)

SCALES = (0.01, 0.03, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.7, 1.0)
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)


@settings
class Settings:
    depth: int = number(16, 2, 30)
    scale: float = number(0.1, 0.01, 1, values=SCALES)
    lr: float = number(0.03, 1e-4, 1, values=RATES)
    width: int = number(16, 8, 32, values=(8, 12, 16, 24, 32), group="training")
    optimizer: str = choice("Momentum", OPTIMIZERS, group="training")
    clip: float = number(1.0, 0.01, 100, values=(0.1, 0.3, 1.0, 3.0, 10.0), group="training")
    steps: int = number(150, 50, 400, step=50, group="training")
    seeds: int = number(5, 2, 6, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def range(self) -> tuple[int, ...]:
        """The seeds."""
        return tuple(range(self.seed, self.seed + self.seeds))


@settings
class ViewSettings:
    """Which network is looked at closely, and what the map of the start shows."""

    measure: str = choice("gradient", MEASURES)
    activation: str = choice("ReLU", ACTIVATIONS)
    initialisation: str = choice("Kaiming", INITIALISATIONS)
    structure: str = choice("plain", STRUCTURES)

    @property
    def index(self) -> tuple[int, int, int]:
        """The place of the network in arrays over (activation, structure, initialisation)."""
        return (
            ACTIVATIONS.index(self.activation),
            STRUCTURES.index(self.structure),
            INITIALISATIONS.index(self.initialisation),
        )


def standard_deviation(initialisation: str, fan_in: int, fan_out: int, scale: float) -> float:
    """Standard deviation of the initial weights of a layer with so many inputs and outputs."""
    if initialisation == "Xavier":
        return float((2 / (fan_in + fan_out)) ** 0.5)
    return float((2 / fan_in) ** 0.5) if initialisation == "Kaiming" else scale


PRESETS = (
    Preset("deep", {"depth": 30, "scale": 0.35}),
    Preset("shallow", {"depth": 4, "scale": 0.35}),
    Preset("rate_too_high", {"lr": 0.3}, works=False),
    Preset("tiny_weights", {"scale": 0.01}, works=False),
)
