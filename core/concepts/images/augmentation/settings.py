"""What can be set on the augmentation page."""

from __future__ import annotations

from core.questions import Preset
from core.settings import Problem, Values, When, choice, many, number, settings, switch

Plan = tuple[tuple[str, float, tuple[float, ...]], ...]  # (step, probability, amounts) in the order they are taken

# Step -> the settings that hold its probability and its amounts.
STEPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "flip": ("flip_p", ()),
    "flip upside down": ("upside_down_p", ()),
    "rotate": ("rotate_p", ("rotate",)),
    "shift": ("shift_p", ("shift",)),
    "scale": ("scale_p", ("scale",)),
    "crop": ("crop_p", ("crop",)),
    "colour": ("colour_p", ("brightness", "contrast", "saturation", "hue")),
    "blur": ("blur_p", ("blur",)),
    "noise": ("noise_p", ("noise",)),
    "erase": ("erase_p", ("erase",)),
    "mix-up": ("mix_p", ("mix",)),
}
DATA = ("mnist5k", "digits")
SIDES = {"mnist5k": 28, "digits": 8}  # pixels
MODELS = ("MLP", "CNN")
LEAST = 20  # training examples: two a class
DIGIT, MNIST, OWN, CAMERA = "digit", "mnist", "own", "camera"
GIVEN = (OWN, CAMERA)  # pictures that the learner has to give
PHOTOS = ("astronaut", "cat", "coffee", "rocket", "temple", "flower")
PICTURES = (*PHOTOS, MNIST, DIGIT, *GIVEN)


def _with(step: str) -> When:
    """Whether a step is in the pipeline."""

    def chosen(values: Values) -> bool:
        return step in values["steps"]

    return chosen


def _amount(step: str, default: float, low: float, high: float, stops: float) -> float:
    return number(default, low, high, step=stops, when=_with(step))  # type: ignore[no-any-return]


def _chance(step: str, default: float) -> float:
    return number(default, 0, 1, step=0.05, group="chances", when=_with(step))  # type: ignore[no-any-return]


@settings
class Settings:
    steps: tuple[str, ...] = many(("rotate", "shift", "scale", "colour"), tuple(STEPS), ordered=True)
    rotate: float = _amount("rotate", 10.0, 0, 180, 5)  # degrees, to either side
    shift: float = _amount("shift", 0.05, 0, 0.5, 0.01)  # share of the side, to all sides
    scale: float = _amount("scale", 0.1, 0, 0.9, 0.05)  # factor from 1 - scale to 1 + scale
    crop: float = _amount("crop", 0.5, 0.05, 1, 0.05)  # smallest share of the area that is kept
    brightness: float = _amount("colour", 0.3, 0, 1, 0.05)  # each a factor from 1 - b to 1 + b
    contrast: float = _amount("colour", 0.3, 0, 1, 0.05)
    saturation: float = _amount("colour", 0.3, 0, 1, 0.05)
    hue: float = _amount("colour", 0.0, 0, 0.5, 0.01)  # in turns of the colour wheel, to either side
    blur: float = _amount("blur", 0.02, 0, 0.1, 0.005)  # largest standard deviation, as a share of the side
    noise: float = _amount("noise", 0.1, 0, 0.5, 0.05)  # standard deviation, where white is 1
    erase: float = _amount("erase", 0.2, 0.02, 0.8, 0.01)  # largest share of the area
    mix: float = _amount("mix-up", 0.4, 0.05, 5, 0.05)  # alpha: the weight is drawn from Beta(alpha, alpha)
    flip_p: float = _chance("flip", 0.5)
    upside_down_p: float = _chance("flip upside down", 0.5)
    rotate_p: float = _chance("rotate", 1.0)
    shift_p: float = _chance("shift", 1.0)
    scale_p: float = _chance("scale", 1.0)
    crop_p: float = _chance("crop", 1.0)
    colour_p: float = _chance("colour", 1.0)
    blur_p: float = _chance("blur", 0.5)
    noise_p: float = _chance("noise", 0.5)
    erase_p: float = _chance("erase", 0.5)
    mix_p: float = _chance("mix-up", 1.0)
    data: str = choice("mnist5k", DATA, group="training")
    n: int = number(320, 40, 800, values=(40, 80, 160, 320, 640, 800), group="training")
    halvings: int = number(3, 0, 4, group="training")
    iterations: int = number(200, 20, 2000, step=20, group="training")
    model: str = choice("MLP", MODELS, group="network")
    width: int = number(32, 4, 128, values=(4, 8, 16, 32, 64, 128), group="network")
    lr: float = number(0.005, 0.0001, 0.1, values=(0.0003, 0.001, 0.002, 0.003, 0.005, 0.01, 0.03), group="network")
    seeds: int = number(8, 2, 16, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    def check(self) -> Problem | None:
        return Problem("too_small", {"least": LEAST}) if self.n >> self.halvings < LEAST else None

    @property
    def plan(self) -> Plan:
        """The steps in order. Mix-up mixes finished pictures of a batch, so it comes last wherever it is named."""
        names = sorted(self.steps, key=lambda name: name == "mix-up")
        return tuple((n, getattr(self, STEPS[n][0]), tuple(getattr(self, a) for a in STEPS[n][1])) for n in names)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Training sets from the largest down."""
        return tuple(self.n >> i for i in range(self.halvings + 1))

    @property
    def changes_nothing(self) -> bool:
        """Whether the pipeline leaves every training picture as it is."""
        amounts = {"rotate": self.rotate, "scale": self.scale, "noise": self.noise, "blur": self.blur}
        amounts["shift"] = round(self.shift * SIDES[self.data])  # by whole pixels
        amounts["colour"] = max(self.brightness, self.contrast)  # the pictures are grey
        return all(getattr(self, STEPS[name][0]) == 0 or amounts.get(name, 1) == 0 for name in self.steps)


@settings
class ViewSettings:
    """What the pipeline is shown on. Nothing here changes what the networks learn."""

    picture: str = choice("astronaut", PICTURES)
    digit: int = number(6, 0, 9, when=lambda values: values["picture"] in (DIGIT, MNIST))
    draws: int = number(11, 1, 24, group="draws")  # with the original, even rows of 2, 3, 4 or 6
    draw: int = number(0, 0, 9999, group="draws")  # seed of the first draw; the next has the next
    box: bool = switch(True, group="draws")  # around the subject, where it is known


PRESETS = (
    Preset("small_changes", {}),
    Preset("mirrored", {"steps": ("flip",)}, works=False),
    Preset("any_angle", {"steps": ("rotate",), "rotate": 180.0}, works=False),
    Preset("tiny_pictures", {"data": "digits"}, works=False),
)
