"""What can be set on the page of end-to-end learning."""

from __future__ import annotations

from core.questions import Preset
from core.settings import number, settings

PIXELS, SOBEL, CANNY, HOG, CNN = "pixels, linear", "Sobel, linear", "Canny, linear", "HOG, linear", "CNN"
LINEAR = (PIXELS, SOBEL, CANNY, HOG)
HAND_MADE = (SOBEL, CANNY, HOG)
WAYS = (*LINEAR, CNN)
SIZES = (50, 400, 3000)  # labelled digits, all classes together
PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0)  # of the ridge regression, as shares of the features' total variance


@settings
class Settings:
    shift: int = number(2, 0, 4)
    steps: int = number(600, 40, 1000, step=40)
    cell: int = number(7, 7, 14, values=(7, 14))
    orientations: int = number(8, 2, 12, step=2, group="features")
    sigma: float = number(1.0, 0.5, 2.5, step=0.5, group="features")
    lr: float = number(0.02, 0.001, 0.1, values=(0.001, 0.003, 0.01, 0.02, 0.05, 0.1), group="training")
    seeds: int = number(6, 2, 8, group="seeds")
    seed: int = number(0, 0, 9999, group="seeds")


@settings
class ViewSettings:
    """Which digit is shown as each description sees it."""

    digit: int = number(3, 0, 9, group="picture")


PRESETS = (
    Preset("centred", {"shift": 0}),
    Preset("far", {"shift": 4}),
    Preset("few_steps", {"steps": 40}, works=False),
    Preset("coarse", {"cell": 14, "orientations": 2}, works=False),
)
