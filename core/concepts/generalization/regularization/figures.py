"""Charts of a comparison of methods against overfitting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.concepts.generalization.regularization.points import made_points
from core.concepts.generalization.regularization.result import Result
from core.concepts.generalization.regularization.settings import L1, L2, MORE_DATA, NONE, Settings
from core.data.points import plot_axes
from core.figures import effects, fields
from core.figures.curves import curves, over_seeds
from core.figures.look import color

BLUE, ORANGE, GREEN = 0, 1, 2


def field(result: Result, variant: str, size: int = 400) -> np.ndarray:
    """The predicted class at each point of the plane with the training points: (size, size, 3) uint8."""
    assert result.axes is not None
    return fields.picture(result.grids[variant], result.axes, [(result.x, result.y, "training")], size)


def training_points(settings: Settings) -> np.ndarray:
    """The points that all variants are trained on, before there is any result: (600, 600, 3) uint8."""
    train, _, _ = made_points(settings)
    axes = plot_axes(train.x, 2, 0.15)
    return fields.picture(None, axes, [(train.x[: settings.n], train.y[: settings.n], "training")], 600)


def loss(result: Result, variant: str) -> dict[str, Any]:
    """Training and validation loss against the epoch, without regularisation and with one method."""
    shown = {"none": NONE, variant: variant}
    series = []
    for hue, (label, name) in zip((ORANGE, BLUE), shown.items(), strict=False):
        rows = result.history[result.history.variant == name]
        series.append(over_seeds(rows, "train", "loss", f"{label}: training", hue))
        series.append(over_seeds(rows, "validation", "loss", f"{label}: validation", hue, dashed=True))
    return curves("Loss (cross-entropy)", series, "epoch", x_max=result.settings.epochs)


def gains(result: Result) -> dict[str, Any]:
    """Test accuracy of each variant minus that without regularisation, the largest on top."""
    rows = []
    for name in sorted(result.names[1:], key=lambda name: -result.change(name).mean):
        change = result.change(name)
        hue = {1: GREEN, -1: ORANGE, 0: BLUE}[change.sign]
        rows.append((name, change, result.test[name] - result.test[NONE], hue))
    return effects.dots("Test accuracy compared with none", rows, "points of test accuracy")


def weights(result: Result) -> dict[str, Any]:
    """How the weights are distributed without regularisation, with L1 and with L2; a logarithmic axis, to show the tails."""
    assert result.edges is not None
    middles = (result.edges[1:] + result.edges[:-1]) / 2
    series = []
    for i, name in enumerate((NONE, L1, L2)):
        share = 100 * result.counts[name] / result.counts[name].sum()
        data = [[round(float(x), 4), float(f"{y:.3g}")] for x, y in zip(middles, share, strict=True) if y > 0]
        line = {"type": "line", "name": name, "data": data, "step": "middle", "symbol": "none", "animation": False}
        style = {"color": color(i), "width": 2}
        series.append(line | {"lineStyle": style, "itemStyle": {"color": color(i)}})
    axis = {"nameLocation": "middle"}
    return {
        "title": {
            "text": "Weights of all seeds",
            "left": 0,
            "top": 0,
            "textStyle": {"fontSize": 14, "fontWeight": 600},
        },
        "legend": {"data": [NONE, L1, L2], "bottom": 0, "left": "center", "itemWidth": 22},
        "grid": {"left": 28, "right": 16, "top": 36, "bottom": 52, "containLabel": True},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.3g %%"},
        "xAxis": axis | {"type": "value", "name": "weight", "nameGap": 24, "min": -1.5, "max": 1.5},
        "yAxis": axis | {"type": "log", "name": "share of the weights (%)", "nameGap": 44},
        "series": series,
        "animation": False,
    }


def table(result: Result) -> pd.DataFrame:
    """A row a variant: scores and small weights, in per cent."""
    rows = [
        {
            "method": name,
            "test %": 100 * float(result.test[name].mean()),
            "gap": 100 * float(result.gap[name].mean()),
            "zero %": 100 * float(result.zeros[name].mean()),
            "small %": 100 * float(result.small[name].mean()),
        }
        for name in result.names
    ]
    return pd.DataFrame(rows).round(1)


def others(result: Result) -> list[str]:
    """The variants beside the one without regularisation, "more data" last."""
    return [*(name for name in result.names[1:] if name != MORE_DATA), MORE_DATA]
