"""What can be set on the page of image processing, and the names of the operators."""

from __future__ import annotations

from core.questions import Preset
from core.settings import Problem, Values, When, choice, hidden, many, number, settings

SOURCES = {  # picture -> its name in skimage.data
    "camera": "camera", "coins": "coins", "page": "page", "moon": "moon", "cat": "chelsea", "astronaut": "astronaut",
    "bricks": "brick",
}  # fmt: skip
OWN, TAKEN = "own", "taken"
GIVEN = (OWN, TAKEN)  # pictures that the learner has to give
DAMAGES: dict[str, tuple[str, ...]] = {  # damage -> what is done, in this order
    "all": ("blur", "light", "salt"), "salt": ("salt",), "noise": ("noise",), "light": ("light",), "blur": ("blur",), "none": (),
}  # fmt: skip
# Short pipelines with the controls at their defaults; the par of a damaged picture is what the best of them reaches.
PARS: tuple[tuple[str, ...], ...] = (
    ("gaussian",), ("median",), ("bilateral",), ("even",), ("stretch",), ("equalise",), ("unsharp",), ("median", "equalise"),
)  # fmt: skip
SMOOTHERS = ("box", "gaussian", "median", "bilateral")
MORPHOLOGY = ("erosion", "dilation", "opening", "closing", "gradient", "tophat")
FEATURES = ("sobel", "canny", "gradient", "tophat")  # what these give is no repaired picture
OPERATORS = (*SMOOTHERS, "laplacian", "unsharp", "sobel", "canny", *MORPHOLOGY, "even", "stretch", "equalise")
ELEMENTS = ("disk", "square", "cross", "line")
MOST = 5  # operators


def _with(*operators: str) -> When:
    return lambda values: any(name in values["pipeline"] for name in operators)


def _damaged(kind: str) -> When:
    return lambda values: kind in DAMAGES[values["damage"]]


def _any_damage(values: Values) -> bool:
    return bool(set(DAMAGES[values["damage"]]) & {"salt", "noise"})


@settings
class Settings:
    pipeline: tuple[str, ...] = many(("gaussian",), OPERATORS, ordered=True)
    damage: str = choice("all", tuple(DAMAGES))
    picture: str = choice("camera", (*SOURCES, *GIVEN))
    box: int = number(3, 3, 15, step=2, when=_with("box"))  # side of the window
    gaussian: float = number(1.0, 0.2, 5, step=0.2, when=_with("gaussian"))  # standard deviation
    median: int = number(1, 1, 3, when=_with("median"))  # radius of the disk
    bilateral: float = number(0.2, 0.02, 1, step=0.02, when=_with("bilateral"))  # of the brightness
    laplacian: float = number(0.5, 0, 3, step=0.1, when=_with("laplacian"))  # strength
    unsharp: float = number(1.0, 0, 5, step=0.2, when=_with("unsharp"))  # strength
    unsharp_radius: float = number(1.5, 0.5, 10, step=0.5, when=_with("unsharp"))
    canny: float = number(1.0, 0, 5, step=0.2, when=_with("canny"))  # standard deviation of its own smoothing
    element: str = choice("disk", ELEMENTS, when=_with(*MORPHOLOGY))
    radius: int = number(2, 1, 6, when=_with(*MORPHOLOGY))  # of the structuring element
    even: float = number(30.0, 5, 60, step=5, when=_with("even"))  # standard deviation
    salt: float = number(0.1, 0, 0.5, step=0.01, group="damage", when=_damaged("salt"))  # share of the pixels
    noise: float = number(0.1, 0, 0.5, step=0.01, group="damage", when=_damaged("noise"))  # standard deviation
    light: float = number(
        0.65, 0, 0.95, step=0.05, group="damage", when=_damaged("light")
    )  # what is lost in the corner
    blur: float = number(1.0, 0, 5, step=0.2, group="damage", when=_damaged("blur"))  # standard deviation
    seed: int = number(0, 0, 9999, group="damage", when=_any_damage)
    own: str = hidden()  # digest of the learner's own picture

    def check(self) -> Problem | None:
        if len(self.pipeline) > MOST:
            return Problem("too_many_operators", {"most": MOST})
        return Problem("give_picture") if self.picture in GIVEN and not self.own else None


PRESETS = (
    Preset("median", {"pipeline": ("median",), "damage": "salt"}),
    Preset("par", {"pipeline": ("median", "equalise")}),
    Preset("page", {"pipeline": ("equalise",), "damage": "light", "picture": "page"}),
    Preset("coins", {"pipeline": ("opening", "closing"), "damage": "salt", "picture": "coins", "radius": 1}),
    Preset("outline", {"pipeline": ("gradient",), "damage": "none", "picture": "coins"}),
    Preset("gaussian", {"pipeline": ("gaussian",), "damage": "salt"}, works=False),
    Preset("sharpened_noise", {"pipeline": ("unsharp",), "damage": "noise"}, works=False),
    Preset("noisy_edges", {"pipeline": ("canny",), "damage": "noise", "canny": 0.0}, works=False),
)
