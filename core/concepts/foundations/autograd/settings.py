"""What can be set on the page of automatic differentiation."""

from __future__ import annotations

from core.questions import Preset
from core.settings import Values, When, choice, drawn, number, settings, switch

EXAMPLES = ("perceptron", "product", "neuron", "twice", "detach", "in_place")
FUNCTIONS = ("exp", "sin", "square", "tanh", "add_one")
CHANGED = ("input", "output", "nothing")
POINTS = 100  # training points of the perceptron
DRAWING = "AA8ZXyl0OYRDik6MWIljgnJxl0GiOKwztzLGOtZK5l8BDxmlKbo5ykjSU9FdzGjDjZOcgqd7sXi8esaA1pDmpQ"  # two waves, one above the other
RATES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
SMALL_RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)


def _of(*names: str) -> When:
    def matters(values: Values) -> bool:
        return values["example"] in names

    return matters


def _drawn(values: Values) -> bool:
    return bool(values["example"] == "perceptron" and values["data"] == "drawn")


_small = _of("product", "neuron", "twice", "detach", "in_place")


@settings
class Settings:
    example: str = choice("perceptron", EXAMPLES)
    lr: float = number(5.0, 0.05, 10, values=RATES, when=_of("perceptron", "neuron"))
    rate: float = number(0.005, 0.001, 0.1, values=SMALL_RATES, when=_of("product", "twice", "detach", "in_place"))
    forget: bool = switch(False)
    cut: str = choice("detach", ("detach", "no_grad", "nothing"), when=_of("detach"))
    function: str = choice("exp", FUNCTIONS, when=_of("in_place"))
    changed: str = choice("output", CHANGED, when=_of("in_place"))
    steps: int = number(50, 2, 60)
    a: float = number(1.0, -3, 3, step=0.1, group="start", when=_small)
    b: float = number(-0.5, -3, 3, step=0.1, group="start", when=_of("product", "neuron", "twice"))
    c: float = number(0.5, -3, 3, step=0.1, group="start", when=_of("product", "neuron"))
    data: str = choice("circles", ("moons", "circles", "xor", "drawn"), group="network", when=_of("perceptron"))
    strokes: str = drawn(DRAWING, ("first", "second"), group="network", when=_drawn)
    width: int = number(4, 2, 4, group="network", when=_of("perceptron"))
    activation: str = choice("relu", ("tanh", "sigmoid", "relu"), group="network", when=_of("perceptron"))
    point: int = number(1, 1, POINTS, group="network", when=_of("perceptron"))
    seed: int = number(0, 0, 9999, group="network", when=_of("perceptron"))

    @property
    def step_size(self) -> float:
        """The learning rate of the example on show."""
        return self.lr if self.example in ("perceptron", "neuron") else self.rate


PRESETS = (
    Preset("circles", {"activation": "tanh", "steps": 60}),
    Preset("drawn", {"data": "drawn", "activation": "tanh", "steps": 60}),
    Preset("neuron", {"example": "neuron", "lr": 2.0}),
    Preset("twice", {"example": "twice"}),
    Preset("forget", {"forget": True}, works=False),
    Preset("detach", {"example": "detach"}, works=False),
    Preset("in_place", {"example": "in_place"}, works=False),
)
