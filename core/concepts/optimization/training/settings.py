"""What can be set on the training page."""

from __future__ import annotations

from core.data import names
from core.engine.names import ACTIVATIONS, OPTIMIZERS
from core.questions import Preset
from core.settings import Problem, Values, choice, hidden, number, settings

OWN = "own"  # the learner's CSV, given to run() beside the settings
MODELS = ("MLP", "CNN")
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
DECAYS = (0.0, 0.00001, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
POWERS_OF_TWO = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


def _points_are_made(values: Values) -> bool:
    return values["data"] in names.POINTS


def _has_momentum(values: Values) -> bool:
    return values["optimizer"] in ("Momentum", "Nesterov")


@settings
class Settings:
    lr: float = number(0.01, 1e-6, 100, values=RATES)
    batch: int = number(32, 1, 1024, values=POWERS_OF_TWO)
    weight_decay: float = number(0.0, 0, 10, values=DECAYS)
    epochs: int = number(60, 1, 500)
    data: str = choice("moons", (*names.NAMES, OWN), group="data")
    n: int = number(400, 40, 2000, step=20, group="data", when=lambda values: values["data"] != OWN)
    noise: float = number(0.2, 0, 0.5, step=0.05, group="data", when=_points_are_made)
    model: str = choice("MLP", MODELS, group="network")
    depth: int = number(2, 0, 6, group="network")
    width: int = number(16, 1, 256, values=POWERS_OF_TWO[:9], group="network")
    activation: str = choice("ReLU", ACTIVATIONS, group="network")
    dropout: float = number(0.0, 0, 0.9, step=0.1, group="network")
    optimizer: str = choice("Adam", OPTIMIZERS, group="training")
    momentum: float = number(0.9, 0, 0.99, step=0.01, group="training", when=_has_momentum)
    seeds: int = number(8, 1, 32, group="training")
    seed: int = number(0, 0, 9999, group="training")
    own: str = hidden()  # digest of the learner's own CSV

    def check(self) -> Problem | None:
        if self.data == OWN and not self.own:
            return Problem("choose_file")
        return Problem("cnn_needs_pictures") if self.model == "CNN" and not self.pictures else None

    @property
    def pictures(self) -> bool:
        return names.is_pictures(self.data)


PRESETS = (
    Preset("spiral", {"data": "spiral", "n": 1000, "width": 32, "depth": 3, "epochs": 100}),
    Preset("digits", {"data": "digits", "n": 1000, "width": 64, "epochs": 30}),
    Preset("rate_too_low", {"optimizer": "SGD", "lr": 0.001}, works=False),
    Preset("rate_too_high", {"optimizer": "SGD", "lr": 100.0, "width": 64}, works=False),
    Preset("straight_line", {"data": "circles", "depth": 0}, works=False),
)
