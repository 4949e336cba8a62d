"""The rows to which a linear model is fitted."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_diabetes

from core.concepts.foundations.linear_regression.settings import OWN, ROWS, Settings, one_input
from core.data.checks import DataError
from core.data.own import read_numbers

LONG = {
    "age": "age", "sex": "sex", "bmi": "BMI", "bp": "blood pressure", "s1": "total cholesterol", "s2": "LDL",
    "s3": "HDL", "s4": "cholesterol ratio", "s5": "log triglycerides", "s6": "blood sugar",
}  # fmt: skip
COLUMNS = {"bmi": ("bmi",), "blood": ("s1", "s2"), "diabetes": tuple(LONG)}


class Rows(NamedTuple):
    """Inputs as measured, targets, which rows are outliers, and how the inputs are shifted and scaled."""

    x: np.ndarray  # (n, features)
    y: np.ndarray  # (n,)
    odd: np.ndarray  # (n,) bool
    names: tuple[str, ...]
    shift: np.ndarray  # (features,)
    scale: np.ndarray  # (features,)

    @property
    def design(self) -> np.ndarray:
        """(n, features + 1) with a column of ones, whose weight is the intercept."""
        return np.column_stack([(self.x - self.shift) / self.scale, np.ones(len(self.x))])


@lru_cache(maxsize=1)
def _diabetes() -> tuple[np.ndarray, np.ndarray]:
    return load_diabetes(return_X_y=True, scaled=False)  # type: ignore[no-any-return]


def load(s: Settings, own: bytes | None = None) -> Rows:
    """The rows, the outliers last. Targets are standardised by the ordinary rows."""
    if s.data == "points":
        rng = np.random.default_rng(s.seed)
        x = rng.uniform(0, 3, (ROWS["points"], 1))
        y = 1 + 1.5 * x[:, 0] + 0.8 * rng.standard_normal(len(x))
        names: tuple[str, ...] = ("x",)
    elif s.data == OWN:
        if own is None:
            raise DataError("Choose a CSV file first.")
        x, y, (*inputs, _) = read_numbers(own)
        names = tuple(inputs)
    else:
        whole, y = _diabetes()
        x = whole[:, [list(LONG).index(name) for name in COLUMNS[s.data]]]
        names = tuple(LONG[name] for name in COLUMNS[s.data])
    y = (y - y.mean()) / y.std()
    extra = s.outliers if one_input(vars(s)) else 0
    at = x.min() + s.across / 100 * np.ptp(x)
    x, y = np.vstack([x, np.full((extra, x.shape[1]), at)]), np.r_[y, np.full(extra, s.height)]
    odd = np.arange(len(y)) >= len(y) - extra
    shift, scale = np.zeros(x.shape[1]), np.ones(x.shape[1])
    if s.scaling != "raw":
        shift = x.mean(0)
    if s.scaling == "standardised":
        scale = x.std(0)
    return Rows(x, y, odd, names, shift, scale)


@lru_cache(maxsize=1)
def measurements() -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """All ten measurements and the target, standardised, and their names."""
    x, y = _diabetes()
    return (x - x.mean(0)) / x.std(0), (y - y.mean()) / y.std(), tuple(LONG.values())
