"""What can be set on the page of modules, and the names of its networks and calls."""

from __future__ import annotations

from core.questions import Preset
from core.settings import choice, hidden, many, number, settings

NETWORKS = ("own", "cnn", "mlp", "list")
CALLS = (
    "forward", "backward", "step", "zero_grad", "eval", "train", "again", "float64", "save", "load",
)  # fmt: skip
FILES = ("saved", "missing", "shape", "dtype", "bomb", "upload")
UPLOAD = "upload"  # the learner's own file, given to run() beside the settings


@settings
class Settings:
    network: str = choice("own", NETWORKS)
    calls: tuple[str, ...] = many(
        ("forward", "backward", "step", "eval", "again", "float64", "load"), CALLS, ordered=True
    )
    lr: float = number(0.1, 0.001, 1, values=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0))
    file: str = choice("saved", FILES, group="file")
    width: int = number(16, 4, 32, step=4, group="network", when=lambda values: values["network"] in ("own", "list"))
    dropout: float = number(0.5, 0, 0.9, step=0.1, group="network", when=lambda values: values["network"] == "own")
    n: int = number(300, 50, 400, step=50, group="training")
    steps: int = number(100, 10, 120, step=10, group="training")
    seeds: int = number(6, 2, 8, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")
    upload: str = hidden()  # digest of the learner's own file


PRESETS = (
    Preset("round_trip", {"calls": ("forward", "backward", "step", "save", "train", "again", "load")}),
    Preset("no_backward", {"calls": ("forward", "step")}, works=False),
    Preset("list", {"network": "list", "calls": ("forward", "backward", "step", "float64", "again")}, works=False),
    Preset("shape", {"calls": ("forward", "load"), "file": "shape"}, works=False),
    Preset("bomb", {"calls": ("forward", "load"), "file": "bomb"}, works=False),
)
