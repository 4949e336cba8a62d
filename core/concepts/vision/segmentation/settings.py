"""What can be set on the segmentation page: the scenes, the two networks, and a picture to scribble on."""

from __future__ import annotations

import numpy as np

from core.data.strokes import Stroke, encode
from core.questions import Preset
from core.settings import Values, choice, drawn, number, settings

WAYS = ("no skip", "skip")
BATCH = 8
VALIDATION, TEST = 24, 60  # scenes of each seed
MEASURED = 12  # times that validation is measured in a run


@settings
class Settings:
    kernels: str = choice("fixed", ("fixed", "learned"), style="segment")
    stride: int = number(8, 4, 16, values=(4, 8, 16))
    size: float = number(0.6, 0.3, 0.8, step=0.1)
    n: int = number(400, 50, 800, step=50, group="data")
    noise: float = number(0.1, 0, 0.5, step=0.05, group="data")
    width: int = number(8, 4, 16, step=4, group="network")
    steps: int = number(200, 20, 600, step=10, group="training")
    lr: float = number(0.03, 0.001, 0.1, values=(0.001, 0.003, 0.01, 0.03, 0.1), group="training")
    seeds: int = number(4, 2, 8, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def range(self) -> range:
        """The seeds."""
        return range(self.seed, self.seed + self.seeds)


OWN, CAMERA = "own", "camera"
PHOTOS = ("coffee", "flower", "astronaut", "rocket")
FEATURES = ("colour", "surroundings", "place")  # each with those before it
SUBJECT, REST = 0, 1

# Strokes that come with each photograph, on a square of 0 to 255: a first one of each kind, and what corrects them.
Paths = tuple[tuple[int, tuple[tuple[int, int], ...]], ...]
FEW: dict[str, Paths] = {
    "coffee": ((SUBJECT, ((18, 90), (45, 165), (110, 222), (190, 222))), (REST, ((8, 8), (40, 34)))),
    "flower": ((SUBJECT, ((60, 112), (120, 78), (180, 120))), (REST, ((20, 30), (235, 30)))),
    "astronaut": ((SUBJECT, ((84, 158), (66, 226))), (REST, ((72, 14), (66, 92)))),
    "rocket": ((SUBJECT, ((128, 96), (128, 225))), (REST, ((20, 20), (235, 40)))),
}
MORE: dict[str, Paths] = {
    "coffee": (
        (SUBJECT, ((62, 40), (100, 20), (170, 35))), (SUBJECT, ((75, 78), (150, 96))),
        (REST, ((222, 24), (248, 110))), (REST, ((240, 215), (200, 250))), (REST, ((6, 215), (34, 250))),
    ),
    "flower": ((SUBJECT, ((100, 190), (150, 160))), (SUBJECT, ((125, 245), (185, 240))), (REST, ((20, 120), (30, 230), (95, 235)))),
    "astronaut": (
        (SUBJECT, ((105, 55), (130, 70))), (SUBJECT, ((170, 140), (160, 240))), (SUBJECT, ((85, 95), (130, 115), (140, 95))),
        (REST, ((10, 30), (22, 150))), (REST, ((205, 40), (215, 130))), (REST, ((160, 20), (170, 80))),
    ),
    "rocket": ((SUBJECT, ((124, 110), (131, 200))), (REST, ((40, 150), (90, 220))), (REST, ((170, 220), (235, 245)))),
}  # fmt: skip


# What a drawing of one's own begins with: a stroke in the middle and one along the upper edge suit most pictures.
START = encode(
    [
        Stroke(SUBJECT, np.array([[128, 110], [128, 190]], np.uint8)),
        Stroke(REST, np.array([[15, 10], [240, 10]], np.uint8)),
    ]
)


def prepared(picture: str, which: str) -> str:
    """The strokes that come with a photograph, as text."""
    paths = FEW[picture] + (MORE[picture] if which == "more" else ())
    return encode(Stroke(kind, np.array(path, np.uint8)) for kind, path in paths)


def _drawn(values: Values) -> bool:
    return values["picture"] in (OWN, CAMERA) or values["strokes_from"] == "drawn"


@settings
class ViewSettings:
    """What is scribbled on. Nothing here changes what the networks learn."""

    picture: str = choice("coffee", (*PHOTOS, OWN, CAMERA), group="scribble")
    strokes_from: str = choice(
        "few", ("few", "more", "drawn"), style="segment", group="scribble", when=lambda v: v["picture"] in PHOTOS
    )
    strokes: str = drawn(START, ("subject", "rest"), group="scribble", when=_drawn)
    features: str = choice("surroundings", FEATURES, style="segment", group="scribble")

    @property
    def scribbles(self) -> str:
        """The strokes that count."""
        return self.strokes if _drawn(vars(self)) else prepared(self.picture, self.strokes_from)


PRESETS = (
    Preset("coarse", {"stride": 16}),
    Preset("large", {"size": 0.8}),
    Preset("fine", {"stride": 4}, works=False),
    Preset("short", {"steps": 50}, works=False),
)
