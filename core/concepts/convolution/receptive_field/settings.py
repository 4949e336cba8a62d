"""What can be set on the page of the receptive field: layers, and what is trained on shifted digits."""

from __future__ import annotations

from core.concepts.convolution.receptive_field.geometry import KINDS, POOLS, Row, macs, trace
from core.questions import Preset
from core.settings import Problem, choice, many, number, settings, switch

POKED = 32  # pixels along a side of the picture that is poked
DIGIT, BORDER = 8, 3  # pixels of a digit, and of the black border around it: shifts up to 3 cut nothing off
CANVAS = DIGIT + 2 * BORDER
SHIFTS = tuple(range(BORDER + 1))
BATCH = 32
LONGEST = 120  # seconds on one core, estimated
SECOND = 6e-10  # of a multiply-add of a picture in a training step, as measured
NONE = "none"
# Variant -> whether pooling layers stay, and what turns the last map into a row of features.
VARIANTS = {
    "plain": (False, "flatten"),
    "pooled": (True, "flatten"),
    "average": (True, "average"),
    "pooled max": (True, "max"),
    "max": (False, "max"),
}


@settings
class Settings:
    layer1: str = choice("c5", KINDS)
    layer2: str = choice("max2", (NONE, *KINDS))
    layer3: str = choice("c3", (NONE, *KINDS))
    layer4: str = choice(NONE, (NONE, *KINDS), group="layers")
    layer5: str = choice(NONE, (NONE, *KINDS), group="layers")
    layer6: str = choice(NONE, (NONE, *KINDS), group="layers")
    padding: bool = switch(True, group="layers")
    unit: int = number(50, 0, 100, step=10, group="layers")
    variants: tuple[str, ...] = many(("plain", "pooled", "max"), tuple(VARIANTS), least=1, group="training")
    steps: int = number(120, 20, 300, step=20, group="training")
    channels: int = number(8, 4, 16, step=4, group="training")
    seeds: int = number(4, 2, 6, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers in their order, without those that are left out."""
        given = (self.layer1, self.layer2, self.layer3, self.layer4, self.layer5, self.layer6)
        return tuple(kind for kind in given if kind != NONE)

    def kept(self, variant: str) -> tuple[str, ...]:
        """The layers of a variant: with the pooling layers or without."""
        return tuple(kind for kind in self.layers if VARIANTS[variant][0] or kind not in POOLS)

    @property
    def rows(self) -> list[Row]:
        """What one unit of each layer sees of the picture that is poked."""
        return trace(self.layers, self.padding, POKED)

    @property
    def seconds(self) -> float:
        """How long training takes on one core, roughly."""
        each = sum(macs(self.kept(v), self.padding, CANVAS, self.channels) for v in self.variants)
        return SECOND * each * BATCH * self.steps * self.seeds

    def check(self) -> Problem | None:
        for kept in {self.layers, *map(self.kept, self.variants)}:
            if not any(kind not in POOLS for kind in kept):
                return Problem("no_convolution")
            if any(row.size < 1 for row in trace(kept, self.padding, CANVAS)):
                return Problem("too_small", {"side": CANVAS})
        return Problem("too_long", {"seconds": self.seconds, "most": LONGEST}) if self.seconds > LONGEST else None


PRESETS = (
    Preset("two_small", {"layer1": "c3", "layer2": "c3", "layer3": NONE}),
    Preset("dilated", {"layer1": "c3", "layer2": "c3d2", "layer3": "c3d4"}),
    Preset("deep", {"layer1": "c3", "layer2": "c3", "layer3": "max2", "layer4": "c3", "layer5": "c3"}),
    Preset("aliasing", {"variants": ("pooled max", "max")}, works=False),
    Preset("one_by_one", {"layer1": "c1", "layer2": "c1", "layer3": "c1", "variants": ("pooled",)}, works=False),
)
