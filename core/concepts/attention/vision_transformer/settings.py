"""What can be set on the vision transformer's page: how few examples, the network and its training."""

from __future__ import annotations

from core.questions import Preset
from core.settings import choice, number, settings

NETWORKS = ("ViT", "CNN")
CONDITIONS = ("few", "many", "shuffled")  # few examples; many; many with the patches of every digit in another order
MANY = 3000  # training digits
SIDE, GRID = 7, 4  # pixels along the side of a patch, and patches along the side of a digit
PATCHES = GRID**2
WIDTH, HIDDEN = 32, 72  # of the vision transformer; at each number of blocks there is a CNN with as many parameters
CHANNELS = 24  # of the CNN's last layer, for each block of the vision transformer
BATCH = 32
ORDERS = ("rollout", "gradient", "ink", "random")  # in which patches are deleted
DELETED = 8  # patches at the most
TESTED = 100  # validation digits whose patches are deleted
SHOWN = 24  # of these, those that can be looked at
STARTS = {"wide": 1.0, "narrow": 0.02, "none": None}  # standard deviation of the position embeddings at initialisation
RATES = (0.001, 0.002, 0.005, 0.01, 0.02)


@settings
class Settings:
    few: int = number(100, 50, 1000, values=(50, 100, 200, 500, 1000))
    steps: int = number(90, 20, 600, step=10)
    positions: str = choice("wide", tuple(STARTS))
    blocks: int = number(2, 1, 3, group="network")
    heads: int = number(4, 1, 4, values=(1, 2, 4), group="network")
    lr: float = number(0.005, 0.001, 0.02, values=RATES, group="training")
    seeds: int = number(4, 2, 8, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def range(self) -> range:
        """The seeds."""
        return range(self.seed, self.seed + self.seeds)

    @property
    def sizes(self) -> tuple[int, int, int]:
        """The training examples of each of the CONDITIONS."""
        return self.few, MANY, MANY


@settings
class ViewSettings:
    """The digit that is shown, and through which network. Nothing here changes what the networks learn."""

    digit: int = number(4, 1, SHOWN, group="shown")
    network: int = number(1, 1, 8, group="shown")  # which seed, from 1


PRESETS = (
    Preset("longer", {"steps": 400}),
    Preset("more", {"few": 1000}),
    Preset("narrow", {"positions": "narrow"}, works=False),
    Preset("bag", {"positions": "none"}, works=False),
)
