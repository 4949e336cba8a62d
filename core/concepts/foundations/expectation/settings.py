"""What can be set on the page."""

from __future__ import annotations

from core.questions import Preset
from core.settings import Values, choice, number, settings

NETWORKS = "networks"
SOURCES = ("normal", "uniform", "die", "coin", "exponential", "lognormal", NETWORKS)
SIZES = (2, 3, 4, 5, 8, 12, 16, 32, 50, 100)
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)


def _trains(values: Values) -> bool:
    return bool(values["source"] == NETWORKS)


# The number of samples and the sizes are bounded so that all is drawn while a slider moves.
@settings
class Settings:
    source: str = choice("normal", SOURCES)
    n: int = number(8, 2, 100, values=SIZES)
    level: float = number(0.95, 0.5, 0.99, values=LEVELS)
    correlation: float = number(0.8, 0, 0.99, values=(0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99), group="pairs")
    effect: float = number(0.5, -2, 2, step=0.1, group="pairs")
    comparisons: int = number(7, 1, 20, group="several")
    networks: int = number(256, 32, 256, values=(32, 64, 128, 256), group="networks", when=_trains)
    width: int = number(8, 2, 16, values=(2, 3, 4, 8, 16), group="networks", when=_trains)
    steps: int = number(60, 5, 100, step=5, group="networks", when=_trains)
    seed: int = number(0, 0, 9999, group="seeds")


PRESETS = (
    Preset("lab", {"source": NETWORKS}),
    Preset("many", {"source": "lognormal", "n": 100}),
    Preset("skewed", {"source": "lognormal", "n": 5}, works=False),
    Preset("coin", {"source": "coin"}, works=False),
    Preset("dead", {"source": NETWORKS, "width": 3, "n": 50}, works=False),
)
