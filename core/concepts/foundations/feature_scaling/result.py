"""What the page shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.foundations.feature_scaling.settings import SCALINGS, Settings

TARGET = 1e-3  # share of the excess loss at which gradient descent has arrived
BOUND = -np.log(TARGET) / 2  # steps over condition number at the most
SHOWN = ("raw", "scaled")


@dataclass(frozen=True)
class Slope:
    """Least squares on two features and a constant, seen by gradient descent from 0 with the rate 1 / largest eigenvalue."""

    condition: float  # largest over smallest eigenvalue of the Hessian
    steps: float  # until the excess loss is TARGET of what it was, by the formula
    best: np.ndarray  # (3,) weights of the two features and of the constant at the minimum
    hessian: np.ndarray  # (3, 3) second derivatives of the loss
    terms: np.ndarray  # (3,) share of the excess loss along each eigenvector at the start
    speeds: np.ndarray  # (3,) eigenvalues over the largest one

    def excess(self, steps: np.ndarray) -> np.ndarray:
        """The share of the excess loss that is left after so many steps, by the formula."""
        decay = np.log1p(-np.minimum(self.speeds, 1 - 1e-16))  # the steepest direction is done after one step
        return np.asarray(np.exp(2 * np.multiply.outer(steps, decay)) @ self.terms)


@dataclass(frozen=True)
class Ridge:
    """What a recipe changes: the descent, and the predictions."""

    condition: float  # of the loss with the penalty
    steps: float  # until the excess loss is TARGET of what it was
    moved: (
        float  # largest change of a prediction compared with plain least squares, in standard deviations of the target
    )


@dataclass(frozen=True)
class Leak:
    """Nearest neighbour on many random splits, with the scaler fitted on the training rows and on all rows."""

    honest: dict[str, np.ndarray]  # scaling -> (splits,) test accuracy, scaler fitted on the training rows; also "raw"
    leaking: dict[str, np.ndarray]  # the same, fitted on all rows
    tested: int  # test rows of each split


@dataclass(frozen=True)
class Photo:
    """A photograph, each channel normalised by its own mean and standard deviation."""

    pixels: np.ndarray  # (H, W, 3) uint8
    mean: np.ndarray  # (3,) of each channel, in [0, 1]
    deviation: np.ndarray  # (3,) of each channel
    normalised: np.ndarray  # (H, W, 3) float32


@dataclass(frozen=True)
class Result:
    """Two features of a table raw and scaled, and what else scaling does."""

    settings: Settings
    names: tuple[str, str]  # of the two features
    slopes: dict[str, Slope]  # by SCALINGS
    paths: dict[str, np.ndarray]  # "raw" and "scaled": (steps + 1, 3) weights, gradient descent as it runs
    left: dict[str, np.ndarray]  # "raw" and "scaled": (steps + 1,) share of the excess loss along the path
    whole: pd.DataFrame  # a row a scaling, all features of this table: scaling, condition, steps
    pairs: pd.DataFrame  # a row a pair of features and scaling, all tables: data, a, b, scaling, condition, steps
    stretched: (
        pd.DataFrame
    )  # a row a random stretching of the two features: condition, steps (-1: not arrived), formula
    most: int  # steps after which the stretchings are given up
    ridge: dict[str, Ridge]  # "nothing", "scaling", "penalty", "both"
    leak: Leak  # a scaler that has seen the test rows
    photo: Photo  # normalisation of a picture
    fraction: float = 1.0  # share of the run that is done

    def medians(self) -> dict[str, float]:
        """Median number of steps over all pairs, by scaling."""
        return {name: float(self.pairs[self.pairs.scaling == name].steps.median()) for name in SCALINGS}

    def frame(self) -> pd.DataFrame:
        """A row a pair of features and scaling."""
        return self.pairs
