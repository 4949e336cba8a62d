"""Series of numbers, each predicted from its own past: made ones, and real ones that come with statsmodels.

Sunspots: one number a year, 1700 to 2008 (SIDC, Brussels). El Niño: surface temperature of the eastern Pacific, one number a
month, 1950 to 2010 (NOAA). CO2: in the air over Mauna Loa, mean of each month, 1958 to 2001 (Keeling and Whorf).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

TAU, EULER = 170, 0.1  # of Mackey-Glass: the delay in Euler steps, and their length
R = 3.9  # of the logistic map
PERIODS, SIZES = (17.0, 41.0, 7.3), (1.0, 0.7, 0.5)  # of the sines


def mackey_glass(n: int, rng: np.random.Generator) -> np.ndarray:
    """Blood cells whose number depends on that of 17 time units ago: chaotic. One value each time unit (Mackey and Glass, 1977)."""
    x = list(1.2 + 0.2 * rng.standard_normal(TAU + 1))
    for i in range(10 * (n + 300)):
        late = x[i]
        x.append(x[-1] + EULER * (0.2 * late / (1 + late**10) - 0.1 * x[-1]))
    return np.array(x[-10 * n :: 10])


def sines(n: int, rng: np.random.Generator) -> np.ndarray:
    """The sum of three sines."""
    t = np.arange(n)
    parts = [a * np.sin(2 * np.pi * (t / p + rng.random())) for a, p in zip(SIZES, PERIODS, strict=True)]
    return np.asarray(np.sum(parts, 0))


def logistic(n: int, rng: np.random.Generator) -> np.ndarray:
    """x becomes 3.9 x (1 - x): chaotic, and determined by the last value alone."""
    x = [0.1 + 0.8 * rng.random()]
    for _ in range(n + 99):
        x.append(R * x[-1] * (1 - x[-1]))
    return np.array(x[-n:])


def autoregressive(n: int, rng: np.random.Generator) -> np.ndarray:
    """1.6 times the last value minus 0.8 times the one before, plus noise."""
    x = [0.0, 0.0]
    for e in rng.standard_normal(n + 100):
        x.append(1.6 * x[-1] - 0.8 * x[-2] + e)
    return np.array(x[-n:])


def walk(n: int, rng: np.random.Generator) -> np.ndarray:
    """The last value plus noise: a random walk."""
    return np.cumsum(rng.standard_normal(n))


def sunspots() -> np.ndarray:
    from statsmodels.datasets import sunspots as data

    return np.asarray(data.load_pandas().data["SUNACTIVITY"], float)


def elnino() -> np.ndarray:
    from statsmodels.datasets import elnino as data

    return np.asarray(data.load_pandas().data.drop(columns="YEAR"), float).ravel()


def co2() -> np.ndarray:
    from statsmodels.datasets import co2 as data

    weeks = data.load_pandas().data["co2"]
    return np.asarray(weeks.resample("MS").mean().interpolate(), float)


MADE: dict[str, Callable[[int, np.random.Generator], np.ndarray]] = {
    "mackey_glass": mackey_glass,
    "sines": sines,
    "logistic": logistic,
    "autoregressive": autoregressive,
    "walk": walk,
}
REAL: dict[str, Callable[[], np.ndarray]] = {"sunspots": sunspots, "elnino": elnino, "co2": co2}


def load(name: str, n: int, noise: float, seed: int) -> np.ndarray:
    """The series `name`: n values, to which noise of so many standard deviations is added; of a real one, all that there are."""
    if name in REAL:
        return REAL[name]()
    rng = np.random.default_rng(seed)
    x = MADE[name](n, rng)
    return np.asarray(x + noise * x.std() * rng.standard_normal(n))
