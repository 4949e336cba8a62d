"""Charts of what norms do, and of the numbers they average."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.convolution.normalization.averaged import Numbers
from core.concepts.convolution.normalization.findings import LEVEL, MIXED, SORTED
from core.concepts.convolution.normalization.result import Result
from core.concepts.convolution.normalization.settings import (
    LOOKED_AT,
    NAMES,
    NORMS,
    PREDICTED,
    RATES,
    ROWS,
    SIZES,
    ViewSettings,
)
from core.figures.blocks import RISING, blocks
from core.figures.curves import Curve, curves
from core.figures.effects import dots
from core.figures.look import color

HUES = dict(zip(ROWS, (1, 0, 2, 3, 4), strict=True))
BLUE, WHITE, ORANGE = (np.array(c, float) for c in ((0, 114, 178), (247, 248, 249), (213, 94, 0)))
TILE, GAP = 12, 8  # pixels of a number, and between two maps


def survival(result: Result, view: ViewSettings) -> dict[str, Any]:
    """Accuracy of every norm at every learning rate, a stripe a seed."""
    values = 100 * result.accuracy
    text = [[f"{v:.0f}" for v in row] for row in values.mean(-1)]
    title = "Validation accuracy (%)" if result.right is not None else "Accuracy on the last training batches (%)"
    chosen = ROWS.index(view.norm), view.rate
    columns = [f"η = {rate:g}" if i == 0 else f"{rate:g}" for i, rate in enumerate(RATES)]
    striped = np.repeat(values, max(1, 8 // values.shape[-1]), axis=-1)  # wide beside the gap between two cells
    return blocks(title, list(NAMES.values()), columns, striped, text, (10, 100), ("10 %", "100 %"), RISING, chosen)


def choice(cell: int) -> dict[str, Any]:
    """What a cell of that table stands for, counted along the rows."""
    norm, rate = ROWS[cell // len(RATES)], RATES[cell % len(RATES)]
    return {"lr": rate} | ({"norm": norm} if norm in NORMS else {})


def loss(result: Result, view: ViewSettings) -> dict[str, Any]:
    """Training loss at one learning rate, a line a norm."""
    x, series = np.arange(1, len(result.loss) + 1), []
    for i, name in enumerate(ROWS):
        v = result.loss[:, i, view.rate]
        series.append(Curve(NAMES[name], x, v.mean(1), v.min(1), v.max(1), HUES[name]))
    spec = curves(f"Training loss at learning rate {RATES[view.rate]:g}", series, "step", x_max=result.settings.steps)
    spec["yAxis"] = {"type": "value", "min": 0, "max": 4}  # chance is 2.3; what lies above has left
    for line in spec["series"]:
        line["clip"] = True
    return spec


def gains(result: Result) -> dict[str, Any]:
    """Accuracy gained over no norm, mean over the learning rates."""
    assert result.right is not None
    each = result.accuracy.mean(1)
    rows = [(NAMES[n], result.gain(n, LEVEL), each[ROWS.index(n)] - each[0], HUES[n]) for n in NORMS]
    return dots("Accuracy gained over no norm, all learning rates", rows, "percentage points")


def sizes(result: Result) -> dict[str, Any]:
    """Accuracy of batch norm in training mode by how many digits are predicted together, and in evaluation mode. A band is the
    interval of the difference between the two."""
    modes = result.modes
    assert modes is not None
    x, level = np.array(SIZES, float), np.full(len(SIZES), modes.alone.mean())
    series = []
    for order, name in ((MIXED, "training mode, random order"), (SORTED, "training mode, sorted by class")):
        changes = [modes.change(order, i) for i in range(len(SIZES))]
        mean, low, high = (level + [getattr(c, end) for c in changes] for end in ("mean", "low", "high"))
        series.append(Curve(name, x, mean, low, high, order))
    series.append(Curve("evaluation mode", x, level, level, level, 2, True))
    spec = curves("Accuracy (%) of batch norm by prediction batch", series, "", percent=True)
    spec["xAxis"] = {"type": "log", "logBase": 2, "name": "digits predicted together", "nameLocation": "middle"}
    spec["xAxis"] |= {"nameGap": 24, "min": 1, "max": SIZES[-1], "splitLine": {"show": False}}
    spec["grid"]["bottom"] = 74
    return spec


def lag(result: Result) -> dict[str, Any]:
    """Accuracy of batch norm in both modes while it trains, at its best learning rate."""
    rate, series = result.best("batch"), []
    for i, (name, hue) in enumerate((("training mode", 0), ("evaluation mode", 2))):
        v = result.lag[:, i, rate]
        series.append(Curve(name, result.marks, v.mean(1), v.min(1), v.max(1), hue, i == 1))
    return curves(
        "Accuracy (%) of batch norm while training", series, "step", percent=True, x_max=result.settings.steps
    )


def maps(values: np.ndarray, together: np.ndarray, reach: float, dark: bool) -> np.ndarray:
    """Maps (N, C, H, W) as a picture: blue below zero, orange above, full at `reach`; framed where they share a mean."""
    N, C, H, W = values.shape
    tile = max(TILE, TILE * 8 // max(H, W))
    step = tile * H + GAP
    ground = np.array((16, 22, 29) if dark else (255, 255, 255))
    image = np.empty((N * step + GAP, C * step + GAP, 3))
    image[:] = ground
    share = np.clip(values / reach, -1, 1)[..., None]
    paint = WHITE + np.where(share > 0, share * (ORANGE - WHITE), -share * (BLUE - WHITE))
    frame = [int(color(4)[i : i + 2], 16) for i in (1, 3, 5)]
    for n, c in np.ndindex(N, C):
        y, x = GAP + n * step, GAP + c * step
        if together[n, c]:
            image[y - 5 : y + tile * H + 5, x - 5 : x + tile * W + 5] = frame
        image[y : y + tile * H, x : x + tile * W] = paint[n, c].repeat(tile, 0).repeat(tile, 1)
    return image.round().astype(np.uint8)


def before_and_after(numbers: Numbers, dark: bool) -> tuple[np.ndarray, np.ndarray]:
    """The maps before and after the norm, on one scale."""
    reach = 3.0
    return maps(numbers.before, numbers.together, reach, dark), maps(numbers.after, numbers.together, reach, dark)


def compared(result: Result) -> dict[str, Any]:
    """What the caption of these two charts names."""
    assert result.modes is not None
    rates = [f"{RATES[rate]:g}" for rate in result.modes.rates]
    counts = {"seeds": result.settings.seeds, "rows": PREDICTED, "looked": LOOKED_AT}
    return {"rate": RATES[result.best("batch")], "rates": rates} | counts
