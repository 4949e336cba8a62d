"""What can be set on the channel attention page: the pictures, the gates, the training, and what is looked at."""

from __future__ import annotations

import re

import numpy as np

from core.data.pictures import PHOTOS
from core.questions import Preset
from core.settings import choice, number, settings, typed

KINDS = ("se", "spatial", "cbam")
DATA = ("lamp", "plane", "digits", "photos")
GATES = ("own", "other", "mean")
WAYS = ("with", "without")
BATCH = 32
VALIDATION, TEST = 100, 300  # pictures of each seed
REMOVED = 60  # of the test pictures, those on which single channels are removed
MEASURED = 10  # times that validation is measured in a run


@settings
class Settings:
    attention: str = choice("se", KINDS)
    data: str = choice("lamp", DATA)
    steps: int = number(140, 20, 300, step=20)
    channels: int = number(32, 8, 32, values=(8, 16, 24, 32), group="network")
    hidden: int = number(8, 2, 32, values=(2, 4, 8, 16, 32), group="network")
    lr: float = number(0.02, 0.001, 0.04, values=(0.001, 0.003, 0.01, 0.02, 0.04), group="training")
    seeds: int = number(4, 2, 8, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def range(self) -> range:
        """The seeds."""
        return range(self.seed, self.seed + self.seeds)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of one picture: channels, height, width."""
        return {"lamp": (2, 8, 16), "plane": (3, 8, 8), "digits": (1, 8, 8), "photos": (3, 16, 16)}[self.data]

    @property
    def classes(self) -> int:
        """How many names there are for a picture."""
        return len(PHOTOS) if self.data == "photos" else 10

    @property
    def lit(self) -> bool:
        """Whether a picture is of two digits and has a cue which of them to read."""
        return self.data in ("lamp", "plane")


@settings
class ViewSettings:
    """The picture and the network that are looked at, and its gates. Nothing here changes what is learned."""

    picture: int = number(4, 1, 30, group="shown")  # which test picture, from 1
    network: int = number(1, 1, 8, group="shown")  # which seed, from 1
    gates: str = typed("", 300, group="shown")  # those that are set by hand, such as "3=0, 17=100", in percent

    def by_hand(self, channels: int) -> tuple[dict[int, float], list[str]]:
        """The gates that are set by hand: channel, from 0, and gate in [0, 1]; and the parts of the text that are none."""
        found, unread = dict[int, float](), []
        for part in filter(None, map(str.strip, self.gates.split(","))):
            pair = re.fullmatch(r"(\d{1,3})\s*=\s*(\d{1,3})", part, re.ASCII)
            channel, gate = map(int, pair.groups()) if pair else (0, 0)
            if 1 <= channel <= channels and gate <= 100:
                found[channel - 1] = gate / 100
            else:
                unread.append(part)
        return found, unread


def gates_text(percent: np.ndarray, before: np.ndarray) -> str:
    """The text of the gates (channels,) in whole percent that differ from those before."""
    return ", ".join(f"{c + 1}={percent[c]}" for c in np.flatnonzero(percent != before))


PRESETS = (
    Preset("cbam", {"attention": "cbam", "steps": 300, "lr": 0.003}),
    Preset("longer", {"steps": 300}),
    Preset("digits", {"data": "digits"}, works=False),
    Preset("photos", {"data": "photos", "steps": 80}, works=False),
    Preset("plane", {"data": "plane"}, works=False),
    Preset("spatial", {"attention": "spatial"}, works=False),
)
