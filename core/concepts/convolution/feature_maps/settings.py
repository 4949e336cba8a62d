"""What can be set on the page of feature maps: the training of first layers, and the kernel that is looked at."""

from __future__ import annotations

import re

import numpy as np

from core.questions import Preset
from core.settings import Values, When, choice, drawn, number, settings, switch, typed

SEVEN = "AAM8PMg8bNg"  # strokes of a 7

PHOTOS = ("camera", "astronaut", "cat", "coins", "bricks")
DRAWN, OWN, TAKEN = "drawn", "own", "taken"
GIVEN = (OWN, TAKEN)  # pictures that the learner has to give
COLOURED = ("astronaut", "cat", *GIVEN)
MINE = "mine"
KERNELS: dict[str, tuple[tuple[float, ...], ...]] = {
    "identity": ((0, 0, 0), (0, 1, 0), (0, 0, 0)),
    "box": ((1 / 9,) * 3,) * 3,
    "gaussian": tuple(tuple(a * b / 256 for b in (1, 4, 6, 4, 1)) for a in (1, 4, 6, 4, 1)),
    "sobel_x": ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    "sobel_y": ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    "laplacian": ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
    "sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    "emboss": ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)),
}
NUMBERS = "1 0 -1; 2 0 -2; 1 0 -1"
MOST = 100.0  # the largest number of a kernel
ACTIVATIONS = ("none", "relu", "abs", "tanh")
POOLS = ("max", "avg")


@settings
class Settings:
    """The training of first layers."""

    kernels: int = number(16, 4, 16, values=(4, 8, 16))
    weight_decay: float = number(1.0, 0, 30, values=(0, 0.1, 0.3, 1, 3, 10, 30))
    epochs: int = number(2, 1, 6)
    size: int = number(7, 3, 9, step=2, group="training")
    seeds: int = number(8, 4, 12, step=2, group="training")
    seed: int = number(0, 0, 9999, group="training")


def _chosen(name: str, *options: str) -> When:
    return lambda values: values[name] in options


def _coloured(values: Values) -> bool:
    return values["picture"] in COLOURED


@settings
class ViewSettings:
    """The picture and the kernel. Nothing here changes what the networks learn."""

    picture: str = choice("camera", (*PHOTOS, DRAWN, *GIVEN))
    strokes: str = drawn(SEVEN, when=_chosen("picture", DRAWN))
    kernel: str = choice("sobel_x", (*KERNELS, MINE))
    numbers: str = typed(NUMBERS, 160, when=_chosen("kernel", MINE))
    red: float = number(0.3, -1, 1, step=0.1, group="channels", when=_coloured)
    green: float = number(0.6, -1, 1, step=0.1, group="channels", when=_coloured)
    blue: float = number(0.1, -1, 1, step=0.1, group="channels", when=_coloured)
    activation: str = choice("relu", ACTIVATIONS, group="pooling")
    pool: str = choice("max", POOLS, group="pooling")
    window: int = number(3, 2, 5, group="pooling")
    ceil_mode: bool = switch(True, group="pooling")
    random: bool = switch(False, group="upsampling")
    draw: int = number(0, 0, 99, group="upsampling", when=lambda values: values["random"])


class KernelError(ValueError):
    """A text that is no kernel: a key among the findings, which says why."""


ROW = re.compile(r"\s*(?:-?\d{1,3}(?:\.\d{1,4})?\s*){1,7}")


def parse_kernel(text: str) -> np.ndarray:
    """A square kernel of 3, 5 or 7 numbers a side: rows divided by semicolons, numbers by spaces. Raises KernelError."""
    rows = text.replace(",", " ").split(";")
    if len(rows) not in (3, 5, 7):
        raise KernelError("kernel_rows")
    numbers = [[float(n) for n in row.split()] if ROW.fullmatch(row) else [] for row in rows]
    if any(len(row) != len(rows) for row in numbers):
        raise KernelError("kernel_numbers")
    kernel = np.array(numbers)
    if np.abs(kernel).max() > MOST:
        raise KernelError("kernel_large")
    return kernel


def kernel_text(kernel: np.ndarray) -> str:
    """The text that parse_kernel reads as this kernel, to four decimals."""
    return "; ".join(" ".join(f"{n + 0.0:.4f}".rstrip("0").rstrip(".") for n in row) for row in kernel.round(4) + 0.0)


PRESETS = (
    Preset("strokes", {}),
    Preset("small", {"size": 3}),
    Preset("speckled", {"weight_decay": 0.0}, works=False),
    Preset("too_strong", {"weight_decay": 30.0}, works=False),
)
