"""What is asked and what comes out: the settings, and the result of the experiment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.images.augmentation_pipeline import LIMITS as STEP_LIMITS
from core.concepts.images.augmentation_pipeline import STEPS, Plan, planned
from core.stats import Interval, mean_interval

DATA = {"mnist5k": "MNIST, 28 × 28", "digits": "digits, 8 × 8"}
MODELS = ("MLP", "CNN")
PLAIN, AUGMENTED = "as they are", "augmented"
LEAST = 20  # examples: two a class

CHANCE = "Probability that this step is taken"
# Step, or group of controls -> its sliders: field, label, lowest, highest, step, help.
KNOBS: dict[str, tuple[tuple[str, str, float, float, float, str], ...]] = {
    "flip": (("flip_p", "Flip: chance", 0.0, 1.0, 0.05, "Probability; left becomes right"),),
    "flip upside down": (("upside_down_p", "Upside down: chance", 0.0, 1.0, 0.05, "Probability; top becomes bottom"),),
    "rotate": (
        ("rotate", "Rotate: up to (°)", 0.0, 180.0, 5.0, "To either side, any angle as likely as another"),
        ("rotate_p", "Rotate: chance", 0.0, 1.0, 0.05, CHANCE),
    ),
    "shift": (
        ("shift", "Shift: up to", 0.0, 0.5, 0.01, "To each side, as a share of the picture's"),
        ("shift_p", "Shift: chance", 0.0, 1.0, 0.05, CHANCE),
    ),
    "scale": (
        ("scale", "Scale: 1 ±", 0.0, 0.9, 0.05, "Factor by which it grows or shrinks about its middle"),
        ("scale_p", "Scale: chance", 0.0, 1.0, 0.05, CHANCE),
    ),
    "crop": (
        ("crop", "Crop: at least", 0.05, 1.0, 0.05, "Share of the area that is kept, then stretched to full size"),
        ("crop_p", "Crop: chance", 0.0, 1.0, 0.05, CHANCE),
    ),
    "colour": (
        ("brightness", "Brightness: 1 ±", 0.0, 1.0, 0.05, "Factor of every pixel"),
        ("contrast", "Contrast: 1 ±", 0.0, 1.0, 0.05, "Factor of the distance from the mean grey"),
        ("saturation", "Saturation: 1 ±", 0.0, 1.0, 0.05, "Factor of the distance from grey; nothing on grey pictures"),
        ("hue", "Hue: ± turns", 0.0, 0.5, 0.01, "Along the colour wheel; nothing on grey pictures"),
        ("colour_p", "Colour: chance", 0.0, 1.0, 0.05, CHANCE),
    ),
    "blur": (
        ("blur", "Blur: σ up to", 0.0, 0.1, 0.005, "Standard deviation, as a share of the picture's side"),
        ("blur_p", "Blur: chance", 0.0, 1.0, 0.05, CHANCE),
    ),
    "noise": (
        ("noise", "Noise: σ", 0.0, 0.5, 0.05, "Standard deviation added to every pixel, where white is 1"),
        ("noise_p", "Noise: chance", 0.0, 1.0, 0.05, CHANCE),
    ),
    "erase": (
        ("erase", "Erase: area up to", 0.05, 0.8, 0.05, "A black box, as a share of the picture"),
        ("erase_p", "Erase: chance", 0.0, 1.0, 0.05, CHANCE),
    ),
    "mix-up": (
        ("mix", "Mix-up: alpha", 0.05, 5.0, 0.05, "Small: one of the two pictures shows. Large: both, half and half"),
        ("mix_p", "Mix-up: chance", 0.0, 1.0, 0.05, CHANCE),
    ),
}

KNOBS["training"] = (
    ("halvings", "Times halved", 0, 4, 1, "How often the training set shrinks"),
    ("iterations", "Steps of training", 20, 2000, 20, "The same for every size, with augmentation and without"),
)
KNOBS["seeds"] = (
    ("seeds", "Seeds", 2, 16, 1, "Repeats, each with training examples of its own"),
    ("seed", "First seed", 0, 9999, 1, "The others follow it"),
)
KNOBS["draws"] = (
    ("draws", "Draws", 1, 24, 1, "How many pictures are drawn"),
    ("draw", "First draw", 0, 9999, 1, "Seed of the first; the next draw has the next"),
)

LIMITS: dict[str, tuple[float, float]] = {
    **STEP_LIMITS,
    "n": (40, 800),
    "halvings": (0, 4),
    "iterations": (20, 2000),
    "width": (4, 128),
    "lr": (1e-4, 0.1),
    "seeds": (2, 16),
    "seed": (0, 9999),
}


@dataclass(frozen=True)
class Settings:
    steps: str = "rotate,shift,scale,colour"  # in the order they are taken, with commas; names in STEPS
    flip_p: float = 0.5  # probabilities
    upside_down_p: float = 0.5
    rotate: float = 10.0  # degrees, to either side
    rotate_p: float = 1.0
    shift: float = 0.05  # share of the side, to all sides
    shift_p: float = 1.0
    scale: float = 0.1  # factor from 1 - scale to 1 + scale
    scale_p: float = 1.0
    crop: float = 0.5  # smallest share of the area that is kept
    crop_p: float = 1.0
    brightness: float = 0.3  # each a factor from 1 - b to 1 + b
    contrast: float = 0.3
    saturation: float = 0.3
    hue: float = 0.0  # in turns of the colour wheel, to either side
    colour_p: float = 1.0
    blur: float = 0.02  # largest standard deviation, as a share of the side
    blur_p: float = 0.5
    noise: float = 0.1  # standard deviation, where white is 1
    noise_p: float = 0.5
    erase: float = 0.2  # largest share of the area
    erase_p: float = 0.5
    mix: float = 0.4  # alpha: the weight is drawn from Beta(alpha, alpha)
    mix_p: float = 1.0
    data: str = "mnist5k"
    n: int = 320  # the largest training set
    halvings: int = 3  # how often it is halved
    model: str = "MLP"
    width: int = 32  # neurons of the hidden layer; of a CNN, channels of the second convolution
    iterations: int = 200  # steps of Adam, the same for every size
    lr: float = 0.005
    seeds: int = 8
    seed: int = 0  # the first of them

    def __post_init__(self) -> None:
        names = self.steps.split(",") if self.steps else []
        if not set(names) <= set(STEPS) or len(set(names)) < len(names):
            raise ValueError(f"steps: must be names of {', '.join(STEPS)}, each at most once, separated by commas")
        for name, menu in (("data", DATA), ("model", MODELS)):
            if getattr(self, name) not in menu:
                raise ValueError(f"{name}: must be one of {', '.join(menu)}")
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if not low <= value <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")
            object.__setattr__(self, name, value + type(value)(0))  # -0.0 and 0.0 are one setting
        if self.n >> self.halvings < LEAST:
            raise ValueError(f"halvings: the smallest training set must have at least {LEAST} examples")

    @property
    def plan(self) -> Plan:
        return planned(self)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Training sets from the largest down."""
        return tuple(self.n >> i for i in range(self.halvings + 1))


@dataclass(frozen=True)
class Result:
    """history: variant, n, seed, step, split, metric, value. accuracy: variant -> (sizes, seeds), on the test pictures when
    the run is whole and on validation pictures before. train: the same on the training pictures, unchanged. recall: variant
    -> (sizes, seeds, classes), the accuracy on each class."""

    settings: Settings
    classes: tuple[str, ...]
    history: pd.DataFrame
    fraction: float
    accuracy: dict[str, np.ndarray]
    train: dict[str, np.ndarray]
    recall: dict[str, np.ndarray]
    pictures: int  # how many they are measured on
    ms_per_step: float

    @property
    def split(self) -> str:
        return "test" if self.fraction == 1 else "validation"

    @property
    def level(self) -> float:
        """Of each size's interval, so that all of them hold together at 95 % (Bonferroni)."""
        return 1 - 0.05 / len(self.settings.sizes)

    @property
    def gains(self) -> np.ndarray:
        """Accuracy with augmentation minus without, (sizes, seeds)."""
        return np.asarray(self.accuracy[AUGMENTED] - self.accuracy[PLAIN])

    def gain(self, i: int) -> Interval:
        """At the i-th size, paired over seeds."""
        return mean_interval(self.gains[i], self.level)

    def class_gain(self, c: int) -> Interval:
        """On pictures of class c, mean of the sizes; all classes' intervals hold together."""
        change = (self.recall[AUGMENTED] - self.recall[PLAIN])[..., c].mean(0)
        return mean_interval(change, 1 - 0.05 / len(self.classes))
