"""What can be set on the page of depth and width."""

from __future__ import annotations

from core.questions import Preset
from core.settings import number, settings

BUDGETS = (300, 600, 1200)
WEIGHTS = (0.5, 0.8, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.1, 2.2, 2.5)
NEURONS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)


@settings
class Settings:
    folds: int = number(3, 1, 5)
    budget: int = number(600, 300, 1200, values=BUDGETS)
    epochs: int = number(150, 50, 300, step=10)
    n: int = number(256, 64, 512, step=32, group="data")
    noise: float = number(0.0, 0, 0.5, step=0.05, group="data")
    seeds: int = number(8, 2, 16, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def range(self) -> range:
        """The seeds."""
        return range(self.seed, self.seed + self.seeds)


@settings
class ViewSettings:
    """The folding network on show, and the one hidden layer that is compared with it."""

    layers: int = number(3, 1, 8)
    weight: float = number(2.0, 0.5, 2.5, values=WEIGHTS)
    neurons: int = number(6, 1, 256, values=NEURONS)


PRESETS = (
    Preset("two_pieces", {"folds": 1}),
    Preset("long_training", {"epochs": 300, "n": 512}),
    Preset("many_pieces", {"folds": 5}, works=False),
    Preset("few_noisy_rows", {"n": 64, "noise": 0.5}, works=False),
)
