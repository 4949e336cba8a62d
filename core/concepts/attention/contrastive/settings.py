"""What can be set on the page of contrastive learning."""

from __future__ import annotations

from core.questions import Preset
from core.settings import choice, number, settings

CIRCLE, PROBE = "circle", "probe"
LABELS = (50, 200, 1000)  # labelled digits that a probe is fitted on
NEIGHBOURS = 10  # that the purity is counted on
WAYS = ("contrastive", "supervised", "untrained", "pixels")

# What changes a digit into a view: (step, probability, amounts), as core.engine.augment takes them.
PLANS: dict[str, tuple[tuple[str, float, tuple[float, ...]], ...]] = {
    "affine": (("rotate", 1, (25,)), ("scale", 1, (0.25,)), ("shift", 1, (0.12,))),
    "shift": (("shift", 1, (0.15,)),),
    "noise": (("noise", 1, (0.3,)),),
    "erase": (("erase", 1, (0.3,)),),
    "none": (),
}


@settings
class Settings:
    experiment: str = choice(CIRCLE, (CIRCLE, PROBE), style="segment")
    tau: float = number(0.2, 0.05, 2, values=(0.05, 0.1, 0.2, 0.5, 1, 2))
    views: str = choice("affine", tuple(PLANS))
    digits: str = choice(
        "014", ("014", "0147", "358", "0123456789"), group="data", when=lambda v: v["experiment"] == CIRCLE
    )
    steps: int = number(200, 20, 400, step=20, group="training")
    pairs: int = number(32, 8, 128, values=(8, 16, 32, 64, 128), group="training")
    lr: float = number(0.005, 0.0005, 0.05, values=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05), group="training")
    seeds: int = number(8, 2, 12, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def range(self) -> range:
        """The seeds."""
        return range(self.seed, self.seed + self.seeds)

    @property
    def classes(self) -> tuple[int, ...]:
        """The digits that the encoder learns from."""
        return tuple(map(int, self.digits if self.experiment == CIRCLE else "0123456789"))

    @property
    def outputs(self) -> int:
        """How many numbers the loss compares."""
        return 2 if self.experiment == CIRCLE else 32


@settings
class ViewSettings:
    """Which network is shown. Nothing here changes what the networks learn."""

    network: int = number(2, 1, 12, group="shown")  # which seed, from 1


PRESETS = (
    Preset("probe", {"experiment": PROBE}),
    Preset("four", {"digits": "0147"}),
    Preset("same", {"views": "none"}, works=False),
    Preset("ten", {"digits": "0123456789"}, works=False),
    Preset("useless", {"experiment": PROBE, "views": "none"}, works=False),
)
