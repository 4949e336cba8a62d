"""Known truths: functions of x with mean 0 and spread 1, and point sets whose class probabilities are known.

Where the truth is known, the error of a learner can be taken apart exactly: how far its average answer lies from the
truth, how much its answers scatter, and the noise nobody can predict. Each function stands alone under
`import numpy as np`, so that its very source goes into an exported script.

Sources: friedman is the first function of Friedman, "Multivariate Adaptive Regression Splines" (1991).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import expit, logsumexp
from scipy.stats import norm

from core.data.points import POINTS

Function = Callable[[np.ndarray], np.ndarray]  # (n, d) in [-1, 1] -> (n,)


def line(x: np.ndarray) -> np.ndarray:
    """A straight line."""
    return 3**0.5 * x[:, 0]


def sine(x: np.ndarray) -> np.ndarray:
    """One period of a sine."""
    return 2**0.5 * np.sin(np.pi * x[:, 0])


def step(x: np.ndarray) -> np.ndarray:
    """Low on the left of zero, high on the right."""
    return np.where(x[:, 0] < 0, -1.0, 1.0)


def chirp(x: np.ndarray) -> np.ndarray:
    """A wave that runs faster and faster: three turns, most of them on the right."""
    return 1.5159 * np.sin(1.5 * np.pi * (x[:, 0] + 1) ** 2) - 0.1787


def friedman(x: np.ndarray) -> np.ndarray:
    """Ten inputs of which five matter, two of them together."""
    u = (x + 1) / 2
    y = 10 * np.sin(np.pi * u[:, 0] * u[:, 1]) + 20 * (u[:, 2] - 0.5) ** 2 + 10 * u[:, 3] + 5 * u[:, 4]
    return (y - 14.413) / 4.881


FUNCTIONS: dict[str, Function] = {"sine": sine, "step": step, "line": line, "chirp": chirp, "friedman": friedman}


def inputs(name: str) -> int:
    """How many inputs the function `name` takes."""
    return 10 if name == "friedman" else 1


def source(name: str) -> str:
    """The function's own text, without its annotations."""
    return inspect.getsource(FUNCTIONS[name]).replace("x: np.ndarray", "x").replace(" -> np.ndarray", "")


KNOWN = ("moons", "circles", "xor")


def posterior(name: str, x: np.ndarray, noise: float) -> np.ndarray:
    """P(class 1 | x) of the points `name` in KNOWN, (n, 2) -> (n,): both classes are equally frequent, so it follows from
    their densities. moons and circles are arcs blurred by a Gaussian, xor is four blurred squares."""
    if name == "xor":
        s = max(0.5 * noise, 1e-3)
        plus = (norm.cdf((x - 0.1) / s) - norm.cdf((x - 1.2) / s)).clip(1e-300)  # (n, 2), of each coordinate
        minus = (norm.cdf((x + 1.2) / s) - norm.cdf((x + 0.1) / s)).clip(1e-300)
        same = plus.prod(1) + minus.prod(1)
        differ = plus[:, 0] * minus[:, 1] + minus[:, 0] * plus[:, 1]
        return differ / (same + differ)  # type: ignore[no-any-return]
    s = max({"moons": 1 / 1.25, "circles": 1.2 * 0.7}[name] * noise, 1e-3)
    arcs, label = POINTS[name](2000, 0.0, 0)  # evenly along the arcs
    far = cdist(x, arcs, "sqeuclidean") / (2 * s * s)  # (n, 2000)
    one, zero = (logsumexp(-far[:, label == k], axis=1) for k in (1, 0))
    return expit(one - zero)  # type: ignore[no-any-return]
