"""Charts of a training."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.concepts.optimization.training.result import Result
from core.figures import fields
from core.figures.curves import curves, over_seeds
from core.figures.tables import confusion_matrix


def field(result: Result) -> np.ndarray:
    """The predicted class at each point of the plane with the training points: (540, 540, 3) uint8."""
    assert result.axes is not None
    return fields.picture(result.grid, result.axes, result.points, size=540)


def learning(result: Result, metric: str) -> dict[str, Any]:
    """Loss or accuracy against the epoch, training solid and validation dashed, with bands over the seeds."""
    titles = {"loss": "Loss (cross-entropy)", "accuracy": "Accuracy (%)"}
    series = [
        over_seeds(result.history, "train", metric, "training", 0),
        over_seeds(result.history, "validation", metric, "validation", 1, dashed=True),
    ]
    return curves(titles[metric], series, "epoch", percent=metric == "accuracy", x_max=result.settings.epochs)


def norms(result: Result) -> dict[str, Any]:
    """Size of the weights and of the gradient against the epoch."""
    series = [
        over_seeds(result.history, "train", "weight norm", "weights", 2),
        over_seeds(result.history, "train", "gradient norm", "gradient", 3),
    ]
    return curves("Length of the weight and gradient vectors", series, "epoch", x_max=result.settings.epochs)


def confusion(result: Result, dark: bool) -> go.Figure:
    """What the networks answer to the validation pictures of each class, all seeds together."""
    assert result.confusion is not None
    return confusion_matrix(result.confusion, result.classes, "Confusion matrix (validation, all seeds)", dark)
