"""What a run shows, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.concepts.foundations.linear_regression.settings import Settings

AGREES = 1e-4  # a largest weight error below this counts as the same answer
TRIAL = 100  # steps of descent at each of the 32 rates around the limit
SCHEDULES = ("constant", "falling")  # how the learning rate of SGD goes


@dataclass(frozen=True)
class Result:
    """Least squares solved by closed form, by gradient descent and by minibatch SGD, and what penalties do to it."""

    settings: Settings
    names: tuple[str, ...]  # of the weights, the intercept last; d of them
    x: np.ndarray  # (n, d - 1) inputs as measured
    y: np.ndarray  # (n,) targets, in standard deviations of the ordinary rows
    odd: np.ndarray  # (n,) bool: which rows are outliers
    shift: np.ndarray  # (d - 1,) what is taken off each input before it is fitted
    scale: np.ndarray  # (d - 1,) what each input is then divided by
    exact: np.ndarray  # (d,) weights of least squares, by lstsq
    exact_ordinary: np.ndarray  # (d,) the same without the outliers
    normal_gap: float  # largest difference between the weights by the normal equations and by lstsq
    eigenvalues: np.ndarray  # (d,) of the Hessian 2X'X/n, the smallest first
    eigenvectors: np.ndarray  # (d, d) a column each
    descent: np.ndarray  # (epochs + 1, d) weights of gradient descent after each step; NaN beyond 1e12
    sgd: np.ndarray  # (2 schedules, points, d) weights of SGD of the first seed along its way
    sgd_errors: np.ndarray  # (2 schedules, seeds, epochs + 1) largest weight error of SGD after each epoch
    rates: np.ndarray  # (32,) learning rates around the limit
    growth: np.ndarray  # (32,) excess loss after TRIAL steps of descent at each rate, as a share of that at the start
    grew: np.ndarray  # (32,) bool: whether the loss still grew in the second half of these steps
    gradient: np.ndarray  # (3, d) at the start: by formula, by autograd, by central differences
    features: tuple[str, ...]  # of the ten measurements, to which the penalties are applied
    strengths: np.ndarray  # (L,) strengths of the penalty, the smallest first
    ridge: np.ndarray  # (L, 10) standardised weights at each strength
    lasso: np.ndarray  # (L, 10) the same for lasso
    ridge_at: np.ndarray  # (10,) weights at the chosen strength
    lasso_at: np.ndarray  # (10,) the same for lasso
    fraction: float = 1.0  # share of the run that is done

    @property
    def limit(self) -> float:
        """The learning rate from which on gradient descent diverges."""
        return float(2 / self.eigenvalues[-1])

    @property
    def condition(self) -> float:
        return float(self.eigenvalues[-1] / self.eigenvalues[0])

    @property
    def errors(self) -> np.ndarray:
        """(epochs + 1,) largest weight error of gradient descent after each step."""
        errors: np.ndarray = np.abs(self.descent - self.exact).max(1)
        return errors

    @property
    def diverges(self) -> bool:
        """Whether gradient descent moved away in the second half of its steps."""
        errors = self.errors
        return not (errors[-1] <= max(1.01 * errors[len(errors) // 2], AGREES))

    @property
    def border(self) -> tuple[float, float]:
        """The largest rate whose loss shrank, and the smallest whose loss grew."""
        return float(self.rates[~self.grew].max()), float(self.rates[self.grew].min())

    def slope(self, weights: np.ndarray) -> tuple[float, float]:
        """Slope and intercept over the one input as it was measured."""
        slope = float(weights[0] / self.scale[0])
        return slope, float(weights[1] - slope * self.shift[0])

    def frame(self) -> pd.DataFrame:
        """Largest weight error after each epoch: a row an epoch, to download."""
        columns = {"epoch": np.arange(len(self.errors)), "gradient descent": self.errors}
        for k, schedule in enumerate(SCHEDULES):
            for i, row in enumerate(self.sgd_errors[k]):
                columns[f"SGD, {schedule} rate, seed {self.settings.seed + i}"] = row
        return pd.DataFrame(columns)
