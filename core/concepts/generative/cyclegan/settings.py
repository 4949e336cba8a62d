"""What can be set on the page of CycleGAN."""

from __future__ import annotations

from core.questions import Preset
from core.settings import Values, choice, number, settings

UPSAMPLE, TRANSPOSED = "upsample", "transposed"
ARMS = (UPSAMPLE, TRANSPOSED)  # how the generators make their maps larger
STYLES = ("thick", "blocks", "textures")
TEXTURES = "textures"
BATCH = 4  # pictures of each domain in a step
NAMES = ("real_A", "fake_B", "rec_A", "idt_A", "real_B", "fake_A", "rec_B", "idt_B")
LOSSES = ("G_A", "G_B", "cycle_A", "cycle_B", "idt_A", "idt_B", "D_A", "D_B")
LEVELS = (0, 1, 2, 4, 8, 16, 32)  # of the noise that is added to fake_B, in steps of a pixel's 256 values


def _digits(values: Values) -> bool:
    return bool(values["style"] != TEXTURES)


@settings
class Settings:
    style: str = choice("thick", STYLES)
    cycle: float = number(10.0, 0, 20, step=1)
    identity: float = number(5.0, 0, 20, step=1)
    paper: str = choice("dark", ("dark", "light"), style="segment", group="data", when=_digits)
    n: int = number(1500, 50, 1500, step=50, group="data")
    width: int = number(8, 4, 16, step=4, group="network")
    steps: int = number(100, 10, 600, step=10, group="training")
    lr: float = number(0.004, 0.0005, 0.016, values=(0.0005, 0.001, 0.002, 0.004, 0.008, 0.016), group="training")
    seeds: int = number(3, 2, 6, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def range(self) -> range:
        """The seeds."""
        return range(self.seed, self.seed + self.seeds)


PRESETS = (
    Preset("blocks", {"style": "blocks", "steps": 300}),
    Preset("light", {"paper": "light"}, works=False),
    Preset("no_cycle", {"cycle": 0.0}, works=False),
    Preset("textures", {"style": "textures"}, works=False),
)
