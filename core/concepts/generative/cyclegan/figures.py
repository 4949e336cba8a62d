"""Pictures and charts of the two kinds of generator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.concepts.generative.cyclegan.result import Result
from core.concepts.generative.cyclegan.settings import ARMS, LEVELS, LOSSES, NAMES
from core.figures.curves import Curve, curves
from core.figures.lines import Line, lines

TIMES, GAP = 6, 6  # a pixel is so many wide and high; between two pictures
HUES = {"upsample": 0, "transposed": 1}
GREY = -1
WINDOW = 5  # steps that a loss is averaged over


def tile(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, H, W, 3) side by side and enlarged, with nothing between them: (TIMES H, ..., 4) uint8."""
    large = [picture.repeat(TIMES, 0).repeat(TIMES, 1) for picture in pictures]
    opaque = [np.pad(p, ((0, 0), (0, 0), (0, 1)), constant_values=255) for p in large]
    return np.concatenate([np.pad(p, ((0, 0), (0, GAP), (0, 0))) for p in opaque], 1)[:, :-GAP]


def eight(result: Result, arm: str, run: int) -> dict[str, np.ndarray]:
    """The eight pictures of one run by their names."""
    return {name: tile(result.pictures[arm][run, i]) for i, name in enumerate(NAMES)}


def stages(result: Result, arm: str, run: int) -> dict[int, np.ndarray]:
    """fake_B of one run by the step at which it was made."""
    return {step: tile(p[run]) for step, p in zip(result.stage_steps, result.stages[arm], strict=True)}


def disturbed(result: Result, arm: str, run: int, level: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """fake_B with noise, rec_A made of it, and by how much that differs from rec_A without noise, eight times as strong."""
    every = result.disturbed[arm][run]
    fake, again = every[LEVELS.index(level)]
    change = np.abs(again.astype(int) - every[0, 1].astype(int))
    return tile(fake), tile(again), tile((8 * change).clip(0, 255).astype(np.uint8))


def losses(result: Result) -> dict[str, Any]:
    """The six losses of the generators and, in grey, the two of the discriminators: means over all runs and a few steps."""
    table = result.history.groupby("step")[list(LOSSES)].mean()
    smooth = table.rolling(WINDOW, min_periods=1).mean()
    hues = {"G": 1, "cycle": 0, "idt": 2, "D": GREY}
    series = [
        Line(name, smooth.index.to_numpy(), smooth[name].to_numpy(), hues[name[:-2]], dashed=name.endswith("B"))
        for name in LOSSES
    ]
    return lines("Losses, before their weights", series, "step", x_range=(0, result.settings.steps))


def over_runs(name: str, table: pd.DataFrame, column: str, hue: int) -> Curve:
    """Mean of a column at each step, with a band from the lowest to the highest run."""
    rows = table.groupby("step")[column].agg(["mean", "min", "max"])
    mean, low, high = (rows[c].to_numpy() for c in ("mean", "min", "max"))
    return Curve(name, rows.index.to_numpy(), mean, low, high, hue)


def distances(result: Result) -> dict[str, Any]:
    """Distances on test pictures against the step: to the truth, back to the start, and that of doing nothing."""
    table, series = result.measured, []
    if result.paired:
        series += [over_runs(arm, table[table.arm == arm], "error", HUES[arm]) for arm in ARMS]
    series.append(over_runs("rec_A to real_A", table, "cycle", 2))
    if not result.paired:
        series.append(over_runs("fake_B to real_A", table, "moved", 4))
    flat, ends = np.full(2, result.needed), np.array([0, result.settings.steps])
    name = "doing nothing" if result.paired else "real_A to real_B"
    series.append(Curve(name, ends, flat, flat, flat, 3, dashed=True))
    title = "Distance of fake_B from the truth (%)" if result.paired else "Distances (%)"
    option = curves(title, series, "step", percent=True, x_max=result.settings.steps)
    return option | {"yAxis": {"type": "value", "min": 0}}


def board(result: Result) -> dict[str, Any]:
    """Share of the power of generated pictures in one-pixel stripes, against the step."""
    table = result.history
    series = [over_runs(arm, table[table.arm == arm], "board", HUES[arm]) for arm in ARMS]
    option = curves("Power in one-pixel stripes (%)", series, "step", percent=True, x_max=result.settings.steps)
    return option | {"yAxis": {"type": "value", "min": 0}}


def response(result: Result) -> dict[str, Any]:
    """By how much rec_A changes against the noise on fake_B, and the line on which it would change as much."""
    x = np.array(LEVELS, float)
    series = [Line("as much as fake_B", x, x, GREY, dashed=True)]
    for arm in ARMS:
        series.append(Line(arm, x, result.response[arm].mean(0), HUES[arm], width=3))
    return lines("Change of rec_A (steps of 1/255)", series, "noise on fake_B (steps of 1/255)")
