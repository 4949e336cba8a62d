"""The experiment on screen as a file of its own: the very functions that ran, and a few lines that call them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from core.concepts.losses.experiments import (
    INTERCEPT,
    SLOPE,
    draw_points,
    fit_lines,
    fit_quantile_lines,
    network,
    noisy_moons,
)
from core.concepts.losses.functions import LOSSES, cross_entropy, mse
from core.data.points import moons

HEAD = """\
import math
from collections.abc import Callable

import numpy as np
import torch
from scipy.optimize import linprog
from sklearn.datasets import make_moons
from torch import Tensor, nn
from torch.nn import functional as F

"""

LINES = """\
x, y, odd = draw_points({seeds}, {seed}, {points}, {noise}, {outliers}, {height}, {where})
for name, loss in LOSSES.items():
    q = {{"MAE": 0.5, "quantile": {q}}}.get(name)
    slope = (fit_quantile_lines(q, x, y) if q else fit_lines(loss, x, y))[:, 0]
    print(f"{{name}}: slope off by {{np.abs(slope - SLOPE).mean():.3f}}")
"""

TRAIN = """\
scores = {{name: [] for name in LOSSES}}
for seed in range({seed}, {seed} + {seeds}):
    x, y, wrong = map(torch.tensor, noisy_moons({examples}, {flips}, seed))
    test, truth, _ = map(torch.tensor, noisy_moons(500, 0.0, seed + 50_000))
    for name, loss in LOSSES.items():
        torch.manual_seed(seed)
        model = network({width})
        optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
        for _ in range({steps}):
            optimizer.zero_grad()
            loss(y * model(x)[:, 0]).mean().backward()
            optimizer.step()
        with torch.no_grad():
            scores[name].append((model(test)[:, 0] * truth > 0).float().mean().item())
for name, values in scores.items():
    print(f"{{name}}: clean accuracy {{100 * np.mean(values):.1f}} %")
"""

TABLE = """\
x = torch.linspace(0, {top}, 11, dtype=torch.float64).requires_grad_()
for name, loss in LOSSES.items():
    value = loss(x)
    print(name, "value", value.tolist(), "gradient", torch.autograd.grad(value.sum(), x)[0].tolist())
"""


def script(family: str, names: Sequence[str], values: Mapping[str, Any]) -> str:
    """Plain torch and numpy. values: the settings; in the classification experiment there are two classes."""
    parts: list[Any] = []
    values, body, head = dict(values), TABLE, HEAD
    if family == "regression":
        parts, body = [draw_points, fit_lines, fit_quantile_lines], LINES
        head += f"SLOPE, INTERCEPT = {SLOPE}, {INTERCEPT}\n\n"
    elif family == "classification":
        parts, body = [moons, noisy_moons, network], TRAIN
        values["classes"] = 2
    else:
        values["top"] = 2 if family == "embedding" else min(1, values["size"])
    fits = {n: mse if n == "RMSE" and family == "regression" else LOSSES[n].f for n in names}
    needed = {
        "label smoothing": cross_entropy,
        "InfoNCE": cross_entropy,
        "focal": LOSSES["BCE"].f,
        "KL": LOSSES["BCE"].f,
    }
    functions = dict.fromkeys([*(needed[n] for n in names if n in needed), *fits.values()])
    table = ""
    for n, f in fits.items():
        taken = LOSSES[n].parameters if f is LOSSES[n].f else ()
        table += f'    "{n}": lambda x: {f.__name__}({", ".join(["x", *(f"{p}={values[p]!r}" for p in taken)])}),\n'
    sources = "\n\n".join(inspect.getsource(f) for f in [*functions, *parts])
    return f"{head}\n{sources}\n\nLOSSES = {{\n{table}}}\n\n{body.format(**values)}"
