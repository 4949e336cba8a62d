"""Three tables of scikit-learn with their targets, and three ways to scale them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

LOADERS = {
    "diabetes": lambda: load_diabetes(scaled=False),
    "wine": load_wine,
    "breast cancer": load_breast_cancer,
}
DIABETES = (
    "age", "sex", "body mass index", "blood pressure", "total cholesterol", "LDL", "HDL", "cholesterol ratio",
    "log triglycerides", "glucose",
)  # fmt: skip


@lru_cache
def table(name: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Rows x (n, d), target y (n,) as it comes, and the names of the features."""
    bunch = LOADERS[name]()
    names = DIABETES if name == "diabetes" else tuple(str(f).replace("_", " ") for f in bunch.feature_names)
    return bunch.data.astype(float), bunch.target.astype(float), names


def fit_scaler(x: np.ndarray, scaling: str) -> tuple[np.ndarray, np.ndarray]:
    """What is subtracted from each column and what it is divided by, each (d,); a column without spread is not divided."""
    if scaling == "min-max":
        centre, spread = x.min(0), np.ptp(x, axis=0)
    elif scaling == "z-score":
        centre, spread = x.mean(0), x.std(0)
    elif scaling == "robust":
        low, centre, high = np.quantile(x, [0.25, 0.5, 0.75], axis=0)
        spread = high - low
    else:
        centre, spread = np.zeros(x.shape[1]), np.ones(x.shape[1])
    return centre, np.where(spread > 1e-12, spread, 1.0)


def scaled(x: np.ndarray, scaling: str) -> np.ndarray:
    centre, spread = fit_scaler(x, scaling)
    return np.asarray((x - centre) / spread)
