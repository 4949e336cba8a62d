"""Charts and pictures of adversarial trainings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from core.concepts.generative.gan.result import Result
from core.concepts.generative.gan.settings import LOSSES, REMEDIES, Settings
from core.data.handwriting import DIGIT_SIDE, digits
from core.data.mixtures import mixture
from core.figures import effects
from core.figures.curves import Curve, curves
from core.figures.fields import blend
from core.figures.look import rgb
from core.stats import mean_interval

REACH = 3.0  # of the square that is drawn, from the middle to a side
CELL = 96  # pixels of a side in a strip
DIGITS = (3, 6)  # digits below and beside each other in a strip
HALF, HALF_OF_DIGITS = 8, 3  # runs in a picture of a strip
SHADES = 8  # of a field while training
GAP, FRAME = 6, 4  # pixels between pictures, and of the frame of a collapsed run
DOT = (30, 36, 44)  # colour of what a generator makes
TRUE = (0, 112, 80)  # of the real points: a green that is dark enough on both grounds
HUES = {name: i for i, name in enumerate((*LOSSES, *REMEDIES))}


def _stamp(image: np.ndarray, x: np.ndarray, paint: tuple[int, ...], radius: float) -> None:
    """Draw points x (n, 2) of the square into the picture (size, size, 3), where they lie in it."""
    size = len(image)
    reach = int(np.ceil(radius))
    dy, dx = (v.ravel() for v in np.mgrid[-reach : reach + 1, -reach : reach + 1])
    disc = np.hypot(dx, dy) <= radius
    x = x[np.isfinite(x).all(1) & (np.abs(x) < 2 * REACH).all(1)]
    columns = ((x[:, 0] + REACH) / (2 * REACH) * (size - 1)).round().astype(int)[:, None] + dx[disc]
    rows = ((REACH - x[:, 1]) / (2 * REACH) * (size - 1)).round().astype(int)[:, None] + dy[disc]
    inside = (rows >= 0) & (rows < size) & (columns >= 0) & (columns < size)
    image[rows[inside], columns[inside]] = paint


def _ground(field: np.ndarray, size: int, shades: int | None = None) -> np.ndarray:
    """The field (side, side) in [0, 1] as a picture (size, size, 3): orange where the discriminator says fake, blue where real."""
    smooth = np.asarray(Image.fromarray(field[::-1].astype(np.float32)).resize((size, size)))
    if shades:
        smooth = (shades * smooth).round() / shades
    return blend(np.stack([smooth, 1 - smooth], -1).clip(0, 1))


def tiles(x: np.ndarray, down: int, across: int) -> np.ndarray:
    """The first down * across of some pictures (n, 196) of digits in rows: (down * 14, across * 14, 3) uint8."""
    if x.dtype != np.uint8:
        x = (255 * x).round().astype(np.uint8)
    grid = (
        x[: down * across]
        .reshape(down, across, DIGIT_SIDE, DIGIT_SIDE)
        .swapaxes(1, 2)
        .reshape(down * DIGIT_SIDE, across * DIGIT_SIDE)
    )
    return np.repeat(grid[..., None], 3, 2)


def large(result: Result, name: str, seed: int, size: int = 360) -> np.ndarray:
    """One run (size, size, 3) uint8: the discriminator's field, real points in green and the generator's points in black; or a
    hundred of its digits (280, 280, 3)."""
    if result.settings.pictures:
        return tiles(result.samples[name][seed], 10, 10).repeat(2, 0).repeat(2, 1)
    image = _ground(result.fields[name][seed], size)
    _stamp(image, result.real, TRUE, 1.5)
    _stamp(image, result.samples[name][seed], DOT, 1.5)
    return image


def parts(settings: Settings) -> list[tuple[slice, float]]:
    """The runs of a row in parts, each a picture, and how much of the width of a full part each takes."""
    most = HALF_OF_DIGITS if settings.pictures else HALF
    firsts = range(0, settings.starts, most)
    return [(slice(i, last), (last - i) / most) for i in firsts for last in [min(i + most, settings.starts)]]


def strip(result: Result, name: str, runs: slice = slice(None), live: bool = False) -> np.ndarray:
    """The runs of a row side by side, those that have collapsed in a frame: (height, width, 4) uint8. live: half as many pixels
    and few shades, a twentieth of the bytes, for a picture that is drawn again and again while training."""
    scale = 0.5 if live else 1.0
    size, gap, frame = round(scale * CELL), round(scale * GAP), round(scale * FRAME)
    cells = []
    for seed in range(result.settings.starts)[runs]:
        if result.settings.pictures:
            image = tiles(result.samples[name][seed], *DIGITS).repeat(2, 0).repeat(2, 1)
        else:
            image = _ground(result.fields[name][seed], size, SHADES if live else None)
            _stamp(image, result.samples[name][seed][:250], DOT, scale)
        if result.collapsed(name)[seed]:
            for edge in (np.s_[:frame], np.s_[-frame:], np.s_[:, :frame], np.s_[:, -frame:]):
                image[edge] = rgb(1)
        cell = np.zeros((len(image), image.shape[1] + gap, 4), np.uint8)
        cell[:, :-gap, :3], cell[:, :-gap, 3] = image, 255
        cells.append(cell)
    return np.concatenate(cells, 1)[:, :-gap]


def target(settings: Settings, size: int = 300) -> np.ndarray:
    """What is to be imitated, while there is no result: (size, size, 3) uint8, of digits (280, 280, 3)."""
    if settings.pictures:
        return tiles(digits()[0], 10, 10).repeat(2, 0).repeat(2, 1)
    centres, _ = mixture(settings.data, settings.modes, settings.side, settings.strokes)
    rng = np.random.default_rng(settings.seed)
    at = centres[rng.integers(len(centres), size=800)]
    image = np.full((size, size, 3), 235, np.uint8)
    _stamp(image, at + settings.sigma * rng.standard_normal((800, 2)), DOT, 1.5)
    return image


def collapse(result: Result) -> dict[str, Any]:
    """The share of collapsed runs of each row with its interval."""
    rows = [(name, result.collapse(name), np.array([]), HUES[name]) for name in result.names]
    option = effects.dots("Probability of collapse", rows, "collapsed runs (%)")
    option["xAxis"] |= {"min": 0, "max": 100}
    return option


def covered(result: Result) -> dict[str, Any]:
    """Modes covered against the step: mean over seeds of each row, with its interval."""
    series = []
    for name in result.names:
        table = result.history[result.history.name == name].pivot(index="step", columns="seed", values="modes")
        means = [mean_interval(values) for values in table.to_numpy(float)]
        low, high = (np.array([m.mean if np.isnan(b) else b for m, b in ends]) for ends in (
            [(m, m.low) for m in means], [(m, m.high) for m in means]))  # fmt: skip
        mean = np.array([m.mean for m in means])
        clipped = low.clip(0), high.clip(max=result.modes)
        series.append(Curve(name, table.index.to_numpy(), mean, *clipped, HUES[name]))
    what = "Digits" if result.settings.pictures else "Modes"
    option = curves(f"{what} covered, of {result.modes}", series, "step", x_max=result.settings.length)
    option["yAxis"] = {"type": "value", "min": 0, "max": result.modes, "minInterval": 1}
    return option


def table(result: Result) -> pd.DataFrame:
    """A row a row: collapsed runs, modes or digits covered and the share of samples of high quality."""
    kind, good = ("digits", "clear (%)") if result.settings.pictures else ("modes", "high quality (%)")
    rows = [
        {
            "loss": name,
            "collapsed runs": f"{int(result.collapsed(name).sum())} of {result.settings.starts}",
            f"{kind} (mean)": round(float(result.covered[name].mean()), 1),
            f"{kind} (fewest)": int(result.covered[name].min()),
            good: round(100 * float(result.quality[name].mean()), 1),
        }
        for name in result.names
    ]
    return pd.DataFrame(rows)
