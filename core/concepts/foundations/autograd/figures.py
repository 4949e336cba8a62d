"""Charts and numbers of a play; the board is in board.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.concepts.foundations.autograd.board import HEIGHT, board
from core.concepts.foundations.autograd.moments import moments, short
from core.concepts.foundations.autograd.result import Result
from core.figures.curves import Curve, curves
from core.figures.lines import Line, lines
from core.findings import Finding

FLOOR = 1e-4  # smaller losses are drawn there

__all__ = ["HEIGHT", "board", "element_names", "explain", "history", "losses", "moments", "numbers"]


def losses(result: Result) -> dict[str, Any]:
    """Loss against the update, with zero_grad and without."""
    series = []
    for name, rows, hue in (("with zero_grad", result.race.clean, 0), ("without zero_grad", result.race.forgetful, 1)):
        rows = np.where(rows < 1e6, np.maximum(rows, FLOOR), np.nan)
        kept = np.isfinite(rows).any(0)
        x, rows = np.arange(rows.shape[1])[kept], rows[:, kept]
        series.append(Curve(name, x, np.nanmean(rows, 0), np.nanmin(rows, 0), np.nanmax(rows, 0), hue, dashed=hue == 1))
    option = curves("Loss with and without zero_grad", series, "update")
    return option | {"yAxis": {"type": "log", "min": FLOOR}}


def history(result: Result, i: int) -> dict[str, Any]:
    """The gradient of each number of a node at every update; its value, where no gradient is computed."""
    gradient = result.gradients[i]
    rows = result.values[i] if gradient is None else gradient
    what = "Value" if gradient is None else "Gradient"
    x = np.arange(1, len(rows) + 1)
    names = element_names(result, i)
    drawn = [Line(name, x, row, k % 6, dashed=k >= 6) for k, (name, row) in enumerate(zip(names, rows.T, strict=True))]
    if i in result.stored and result.settings.forget:
        drawn += [
            Line(f"{name}.grad", x, row, k % 6, dashed=True, width=1.5)
            for k, (name, row) in enumerate(zip(names, result.stored[i].T, strict=True))
        ]
    option = lines(f"{what} of {result.nodes[i].name} at each update", drawn, "update")
    option["tooltip"] = {"trigger": "item"}
    if len(drawn) > 8:  # more names than a legend can hold
        option["legend"]["show"] = False
        option["grid"]["bottom"] = 34
    return option


def element_names(result: Result, i: int) -> list[str]:
    """What the numbers of a node are called."""
    name, k = result.nodes[i].name, result.values[i].shape[1]
    if k == 1:
        return [name]
    if name == "W₁":
        return [f"W₁[{r + 1},{c + 1}]" for r in range(2) for c in range(k // 2)]
    return [f"{name}[{j + 1}]" for j in range(k)]


def numbers(result: Result, i: int, update: int) -> pd.DataFrame:
    """The numbers of a node at an update: value, gradient by the chain rule, gradient by PyTorch."""
    columns = {"number": element_names(result, i), "value": result.values[i][update]}
    for name, rows in (("chain rule", result.gradients[i]), ("PyTorch", result.torch[i])):
        columns[name] = [np.nan] * len(columns["number"]) if rows is None or update >= len(rows) else rows[update]
    return pd.DataFrame(columns)


def explain(result: Result, i: int, update: int) -> list[Finding]:
    """How a node gets its value and its gradient, as sentences."""
    node = result.nodes[i]
    value = short(result.values[i][update][0]) if result.values[i].shape[1] == 1 and not node.batch else ""
    if not node.inputs:
        told = [Finding("is_parameter" if i in result.stored else "is_data", name=node.name)]
    else:
        told = [Finding("is_operation", name=node.name, formula=node.formula)]
        if value:
            told.append(Finding("has_value", name=node.name, value=value, update=update + 1))
    gradient = result.gradients[i]
    arriving = [key for key in result.sent if result.nodes[key[0]].inputs[key[1]] == i]
    if gradient is None:
        told.append(Finding("no_gradient_refused" if result.error else "no_gradient", name=node.name))
    elif i == len(result.nodes) - 1:
        told.append(Finding("is_loss", name=node.name))
    else:
        parts = [_part(result, key, update) for key in sorted(arriving)]
        told.append(Finding("arrives", parts=parts, name=node.name))
        if len(parts) > 1:
            total = short(gradient[update][0]) if gradient.shape[1] == 1 else ""
            told.append(Finding("adds" if total else "adds_arrays", uses=len(parts), total=total, name=node.name))
        if result.torch[i] is None:
            told.append(Finding("overwritten", name=node.name))
    return told


def _part(result: Result, key: tuple[int, int], update: int) -> Finding:
    """What one node sends back, as a phrase."""
    i, slot = key
    name, local = result.nodes[i].name, result.nodes[i].local[slot]
    if key not in result.local:
        return Finding("sends_arrays", name=name, local=local)
    gradient = result.gradients[i]
    assert gradient is not None
    g, by, sent = (short(rows[update].item()) for rows in (gradient, result.local[key], result.sent[key]))
    return Finding("sends", name=name, gradient=g, local=local, by=by, sent=sent)
