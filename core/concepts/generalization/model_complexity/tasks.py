"""What is learned: a known function, its test points and its training sets; and which families are taken through which sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.concepts.generalization.model_complexity.settings import Settings
from core.data.functions import FUNCTIONS

DEGREES = tuple(range(16))
DEPTHS = (1, 2, 3, 4, 5, 6, 8, 10)
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128)
RATIOS = (0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.1, 1.25, 1.6, 2.5, 5.0, 10.0)  # random features per row
ROWS = (15, 20, 30, 50, 80, 130, 200, 400)  # sizes of the training sets of the learning curves
LEARNING_CURVES = {"degree 1": 1, "degree 3": 3, "degree 9": 9}  # polynomials that have a learning curve
NETWORK, NETWORK_TEN = "network", "network, ten inputs"
FEATURES, FEATURES_L2 = "random features", "random features + L2"
ONE_INPUT = ("polynomial", "polynomial + L2", "k-NN", "tree", "bagged trees", NETWORK)
POINTS, TEN_POINTS = 200, 500  # test points with one input, and with ten
LINE = 81  # points of a drawn curve


@dataclass(frozen=True)
class Task:
    """A function with its test points and its training sets."""

    name: str  # of the function
    inputs: int  # 1 or 10
    n: int  # rows of a training set
    noise: float  # standard deviation of y around the function
    seed: int

    @property
    def test(self) -> np.ndarray:
        """The test points, (T, inputs)."""
        if self.inputs == 1:
            return ((2 * np.arange(POINTS) + 1) / POINTS - 1)[:, None]  # spaced evenly, each in the middle of its share
        return np.random.default_rng([self.seed, 2]).uniform(-1, 1, (TEN_POINTS, self.inputs))

    @property
    def line(self) -> np.ndarray:
        """The points of a drawn curve, (LINE, 1); none with ten inputs."""
        return np.linspace(-1, 1, LINE)[:, None] if self.inputs == 1 else np.zeros((0, self.inputs))

    def truth(self, x: np.ndarray) -> np.ndarray:
        return FUNCTIONS[self.name](x)

    def draw(self, r: int, n: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Training set r, x (n, inputs) and y (n,). A longer one begins with the rows of a shorter one."""
        for_x, for_y = np.random.default_rng([self.seed, 1, r]).spawn(2)
        x = for_x.uniform(-1, 1, (n or self.n, self.inputs))
        return x, self.truth(x) + self.noise * for_y.standard_normal(len(x))


def one_input(settings: Settings) -> Task:
    return Task(settings.data, 1, settings.n, settings.noise, settings.seed)


def ten_inputs(settings: Settings) -> Task:
    return Task("friedman", 10, settings.rows, settings.noise, settings.seed)


def sizes(settings: Settings) -> dict[str, tuple[int, ...]]:
    """The sizes of each family, the simplest first. For k-NN the simplest is k = all rows."""
    n = settings.n
    neighbours = tuple(sorted({min(k, n) for k in (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, n)}, reverse=True))
    features = tuple(dict.fromkeys(max(1, round(ratio * settings.rows)) for ratio in RATIOS))
    return {
        "polynomial": DEGREES,
        "polynomial + L2": DEGREES,
        "k-NN": neighbours,
        "tree": DEPTHS,
        "bagged trees": DEPTHS,
        NETWORK: WIDTHS,
        FEATURES: features,
        FEATURES_L2: features,
        NETWORK_TEN: WIDTHS,
    }
