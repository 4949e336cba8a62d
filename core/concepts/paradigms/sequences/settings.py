"""What can be set on the page of sequences, and the methods that are compared."""

from __future__ import annotations

from core.data.series import MADE, REAL
from core.questions import Preset
from core.settings import Values, choice, many, number, settings, switch

AR, MLP, RNN, LSTM = "AR", "MLP", "RNN", "LSTM"
METHODS = (AR, MLP, RNN, LSTM)
NOW, MEAN = "now", "mean"  # the simple guesses: the last value again, and the mean of the training values

TEST = 2400  # values of a made series that are held out
TRAINED = 2 / 3  # of the values of a real series
FARTHEST = 100  # steps ahead
ORIGINS = 240  # places of the held-out values from which is predicted, at most
CONTEXT = 40  # last values that a recurrent network reads before it predicts
UNSCORED = 10  # first predictions of a recurrent network in training, made from too few values
LEAST_PARTS, PARTS = 4, 12  # of the held-out values, for an interval, and at most


def _is_made(values: Values) -> bool:
    return values["data"] in MADE


@settings
class Settings:
    data: str = choice("mackey_glass", (*MADE, *REAL))
    lags: int = number(16, 1, 40)
    noise: float = number(0.0, 0, 0.5, step=0.05, when=_is_made)
    changes: bool = switch(False, group="data")
    n: int = number(1500, 200, 3000, step=100, group="data", when=_is_made)
    methods: tuple[str, ...] = many(METHODS, METHODS, least=1, group="model")
    width: int = number(32, 8, 64, values=(8, 16, 32, 64), group="model")
    steps: int = number(300, 5, 1500, values=(50, 100, 200, 300, 600, 1500), group="training")
    lr: float = number(0.01, 0.001, 0.1, values=(0.001, 0.003, 0.01, 0.03, 0.1), group="training")
    seeds: int = number(4, 2, 8, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")

    @property
    def unit(self) -> str:
        """What a step of the series is, a key among the `units` of the texts."""
        return {"sunspots": "year", "elnino": "month", "co2": "month"}.get(self.data, "step")


PRESETS = (
    Preset("sines", {"data": "sines", "lags": 6}),
    Preset("sunspots", {"data": "sunspots", "lags": 9}),
    Preset("longer", {"methods": (MLP, LSTM), "steps": 1500}),
    Preset("walk", {"data": "walk"}, works=False),
    Preset("co2", {"data": "co2"}, works=False),
    Preset("co2_changes", {"data": "co2", "changes": True}),
)
