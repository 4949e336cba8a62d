"""Charts of a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.concepts.optimization.training.result import Result
from core.figures import fields
from core.figures.curves import curves, over_seeds
from core.figures.look import color


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
    """What the networks predict for the validation pictures of each class, all seeds together."""
    assert result.confusion is not None
    title = "Confusion matrix (validation, all seeds)"
    return confusion_matrix(result.confusion, result.classes, title, dark)


def confusion_matrix(matrix: np.ndarray, classes: Sequence[str], title: str, dark: bool = False) -> go.Figure:
    """(C, C) counts, rows the truth; colour by share of the row, so that rare classes show too."""
    share = matrix / np.maximum(1, matrix.sum(1, keepdims=True))
    text = np.where(matrix > 0, matrix.astype(str), "")
    figure = go.Figure(
        go.Heatmap(
            z=share, x=list(classes), y=list(classes), text=text, texttemplate="%{text}", customdata=100 * share,
            colorscale=[[0, "#1A232D" if dark else "#F3F6F9"], [1, color(0)]], zmin=0, zmax=1, showscale=False,
            hovertemplate="truth %{y}, predicted %{x}: %{text} (%{customdata:.1f} % of the row)<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(
        title={"text": title, "font": {"size": 14}, "x": 0}, margin={"l": 8, "r": 8, "t": 36, "b": 8}, height=360,
        xaxis={"title": {"text": "predicted class"}, "type": "category"},
        yaxis={"title": {"text": "true class"}, "type": "category", "autorange": "reversed"},
    )  # fmt: skip
    return figure
