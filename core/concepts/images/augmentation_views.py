"""What the page draws of a run: rows and curves for the figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.concepts.images.augmentation_pipeline import Preview
from core.concepts.images.augmentation_result import AUGMENTED, PLAIN, Result
from core.figures.curves import Curve, curves, over_seeds
from core.figures.sizes import by_size
from core.stats import Interval, mean_interval

COLOR = {PLAIN: 1, AUGMENTED: 0}
Rows = list[tuple[str, int, Interval, np.ndarray]]


def captions(shown: Preview) -> list[str]:
    """What each draw drew, and how much of its subject is in view where that is known, asked for and not all of it."""
    said = []
    for i, d in enumerate(shown.draws, 1):
        seen = 1.0 if d.seen is None or not shown.look.box else d.seen
        cut = [f"{100 * seen:.0f} % in view"] if seen < 0.995 else []
        said.append(f"{i}: {' · '.join([*d.said, *cut])}")
    return said


def accuracy(result: Result, pinned: Mapping[str, Result] | None = None) -> dict[str, Any]:
    """Both variants against the size of the training set: mean and 95 % interval over seeds. Of pinned runs the augmented,
    where they were as large."""
    sizes = result.settings.sizes[::-1]

    def curve(called: str, run: Result, name: str, color: int) -> Curve:
        at = [(sizes.index(n), v) for n, v in zip(run.settings.sizes, run.accuracy[name], strict=True) if n in sizes]
        each = {x: mean_interval(v) for x, v in reversed(at)}
        mean, low, high = (np.array([getattr(i, part) for i in each.values()]) for part in ("mean", "low", "high"))
        return Curve(called, np.array(list(each)), mean, low, high, color, name == PLAIN)

    series = [curve(name, result, name, color) for name, color in COLOR.items()]
    peers = {name: pin for name, pin in (pinned or {}).items() if set(pin.settings.sizes) & set(sizes)}
    series += [curve(f"{name} {AUGMENTED}", pin, AUGMENTED, 3 + i) for i, (name, pin) in enumerate(peers.items())]
    return by_size(f"{result.split.capitalize()} accuracy (%)", sizes, series, "training examples")


def learning(result: Result, n: int) -> dict[str, Any]:
    """Validation accuracy of both variants as they learn from n examples."""
    frame = result.history[result.history.n == n].rename(columns={"step": "epoch"})
    series = [
        over_seeds(frame[frame.variant == name], "validation", "accuracy", name, color, name == PLAIN)
        for name, color in COLOR.items()
    ]
    return curves(f"Validation accuracy (%), {n} examples", series, "step", True, result.settings.iterations)


def gains(result: Result) -> Rows:
    """Points gained at every size, the smallest first."""
    sizes = result.settings.sizes
    return [_row(f"{sizes[i]}", result.gain(i), result.gains[i]) for i in range(len(sizes))][::-1]


def class_gains(result: Result) -> Rows:
    """Points gained on each class, mean of the sizes."""
    change = 100 * (result.recall[AUGMENTED] - result.recall[PLAIN]).mean(0)
    return [_row(f"“{name}”", result.class_gain(c), change[:, c] / 100) for c, name in enumerate(result.classes)]


def _row(name: str, g: Interval, values: np.ndarray) -> tuple[str, int, Interval, np.ndarray]:
    """In points; green where it gains, orange where it loses, grey-blue where it may be luck."""
    color = 2 if g.low > 0 else 1 if g.high < 0 else 5
    return name, color, Interval(100 * g.mean, 100 * g.low, 100 * g.high, g.n, g.level), 100 * values
