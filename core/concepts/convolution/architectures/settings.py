"""What can be set on the page of architectures, and what it compares."""

from __future__ import annotations

from core.questions import Preset
from core.settings import Values, choice, number, settings

NETWORKS = ("LeNet-5", "AlexNet", "VGG-16", "GoogLeNet", "ResNet-18", "DenseNet-121")
SIZES = (64, 96, 128, 160, 192, 224, 256, 288, 320)
LENET_SIZE = 32  # its linear layers fit no other
CONNECTIONS = ("plain", "residual", "dense")
CHANNELS, GROWTH = 8, 4  # of the trained networks, and what each layer of a dense one adds
DEPTHS = (2, 4, 8, 16, 32)
RATES = (0.003, 0.01, 0.03, 0.1)


def _any_size(values: Values) -> bool:
    return bool(values["network"] != "LeNet-5")


@settings
class Settings:
    network: str = choice("ResNet-18", NETWORKS)
    size: int = number(224, 64, 320, values=SIZES, when=_any_size)
    deepest: int = number(16, 4, 32, values=DEPTHS[1:])
    steps: int = number(40, 10, 200, step=10, group="training")
    lr: float = number(0.03, 0.001, 0.1, values=RATES, group="training")
    seeds: int = number(4, 2, 8, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def range(self) -> tuple[int, ...]:
        """The seeds."""
        return tuple(range(self.seed, self.seed + self.seeds))

    @property
    def input(self) -> tuple[int, int, int]:
        """Channels, height and width of the input of the network on show."""
        return (1, LENET_SIZE, LENET_SIZE) if self.network == "LeNet-5" else (3, self.size, self.size)

    @property
    def depths(self) -> tuple[int, ...]:
        """How many layers the trained networks have."""
        return tuple(depth for depth in DEPTHS if depth <= self.deepest)

    def trains(self, connection: str, depth: int) -> bool:
        """Whether networks of this depth are trained. The cost of a dense one grows with the square of its depth, so those
        go half as deep where that is more than four layers."""
        return depth <= self.deepest and (connection != "dense" or 2 * depth <= max(8, self.deepest))


PRESETS = (
    Preset("very_deep", {"deepest": 32, "seeds": 2}),
    Preset("bottleneck", {"network": "GoogLeNet"}),
    Preset("longer", {"steps": 200}, works=False),
    Preset("shallow", {"deepest": 4}, works=False),
)
