"""What can be set on the page of activation functions."""

from __future__ import annotations

from core.data.pictures import PHOTOS
from core.questions import Preset
from core.settings import Problem, Values, choice, drawn, many, number, settings

FUNCTIONS = ("ReLU", "leaky ReLU", "GELU", "SiLU", "softplus", "tanh", "sigmoid", "hard sigmoid", "step")
DRAWING = "AA8ZXyl0OYRDik6MWIljgnJxl0GiOKwztzLGOtZK5l8BDxmlKbo5ykjSU9FdzGjDjZOcgqd7sXi8esaA1pDmpQ"  # two waves, one above the other
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
TRAIN, VALIDATION, TEST = 200, 400, 4000  # points
UNITS = 12  # hidden units of the network that fits a curve
KERNELS = ("vertical edges", "horizontal edges", "outline", "blur")


def _drawn(values: Values) -> bool:
    return bool(values["data"] == "drawn")


@settings
class Settings:
    activation: str = choice("ReLU", FUNCTIONS)
    control: str = choice("leaky ReLU", FUNCTIONS)
    optimizer: str = choice("Adam", ("Adam", "SGD", "Momentum"))
    depth: int = number(2, 1, 4, group="network")
    width: int = number(32, 4, 64, values=(4, 8, 16, 32, 64), group="network")
    data: str = choice("moons", ("moons", "circles", "spiral", "xor", "drawn"), group="data")
    strokes: str = drawn(DRAWING, ("first", "second"), group="data", when=_drawn)
    noise: float = number(0.2, 0, 0.5, step=0.05, group="data")
    curve: str = choice("sine", ("sine", "step", "chirp"), group="data")
    epochs: int = number(60, 2, 100, group="training")
    seeds: int = number(8, 2, 12, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    def check(self) -> Problem | None:
        return Problem("same") if self.activation == self.control else None


@settings
class ViewSettings:
    shown: tuple[str, ...] = many(("ReLU", "tanh", "sigmoid"), FUNCTIONS, least=1, group="curves")
    reach: float = number(5.0, 1, 10, step=0.5, group="curves")
    photo: str = choice("cat", tuple(PHOTOS), group="picture")
    kernel: str = choice("vertical edges", KERNELS, group="picture")
    gain: float = number(4.0, 0.5, 20, values=(0.5, 1.0, 2.0, 4.0, 8.0, 20.0), group="picture")


PRESETS = (
    Preset("gelu", {"activation": "GELU"}),
    Preset("sgd", {"optimizer": "SGD"}),
    Preset("sigmoid", {"activation": "sigmoid", "control": "tanh", "depth": 4}, works=False),
    Preset("deep", {"depth": 4}, works=False),
    Preset("step", {"activation": "step", "control": "sigmoid"}, works=False),
)
