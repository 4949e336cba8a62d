"""What can be set on the page of normalisation layers, and what it compares."""

from __future__ import annotations

from core.questions import Preset
from core.settings import choice, number, settings

NORMS = ("batch", "layer", "instance", "group")
ROWS = ("none", *NORMS)
NAMES = {"none": "no norm"} | {name: f"{name} norm" for name in NORMS}
RATES = (0.01, 0.03, 0.1, 0.3, 1.0)
INITIALISATIONS = ("He", "PyTorch")
MODES = ("train", "eval")
MAPS = ("8 × 8", "1 × 1")
CHANNELS = 8
GROUPS = ("1", "2", "4", "8")  # of channels, in group norm; 1 is layer norm, 8 is instance norm
SIZES = (1, 2, 4, 8, 16, 32)  # digits that are predicted together
PREDICTED = 160  # validation digits that are, which all sizes divide
LOOKED_AT = 100  # validation digits on which both modes are compared while training goes on


@settings
class Settings:
    initialisation: str = choice("He", INITIALISATIONS, style="segment")
    batch: int = number(32, 1, 64, values=(1, 2, 4, 8, 16, 32, 64))
    steps: int = number(60, 10, 200, step=10)
    depth: int = number(6, 2, 10, group="network")
    groups: str = choice("4", GROUPS, style="segment", group="network")
    seeds: int = number(4, 2, 8, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def range(self) -> tuple[int, ...]:
        """The seeds."""
        return tuple(range(self.seed, self.seed + self.seeds))


@settings
class ViewSettings:
    """Which norm and learning rate are looked at, and the numbers that are normalised before the eyes of the learner."""

    norm: str = choice("batch", NORMS, style="segment")
    lr: float = number(0.1, 0.01, 1, values=RATES)
    mode: str = choice("train", MODES, style="segment", group="numbers")
    pictures: int = number(4, 1, 6, group="numbers")
    maps: str = choice("8 × 8", MAPS, style="segment", group="numbers")
    channel: int = number(3, 1, CHANNELS, group="numbers")
    scale: float = number(1.0, -2, 2, step=0.1, group="numbers")
    shift: float = number(0.0, -2, 2, step=0.1, group="numbers")

    @property
    def rate(self) -> int:
        """The place of the learning rate among RATES, or of the nearest one."""
        return min(range(len(RATES)), key=lambda i: abs(RATES[i] - self.lr))


PRESETS = (
    Preset("no_start", {"initialisation": "PyTorch"}),
    Preset("deep", {"depth": 10, "steps": 100}),
    Preset("shallow", {"depth": 2}, works=False),
    Preset("one_picture", {"batch": 1, "steps": 200}, works=False),
)
