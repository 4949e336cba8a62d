"""What normalisation changed, from the numbers of the run, and what a norm averages."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.convolution.normalization.averaged import EPSILON, PICTURE, Numbers
from core.concepts.convolution.normalization.result import Result, paired
from core.concepts.convolution.normalization.settings import (
    CHANNELS,
    LOOKED_AT,
    NAMES,
    NORMS,
    RATES,
    ROWS,
    SIZES,
    Settings,
    ViewSettings,
)
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval

TRAINED = 0.8  # accuracy from which a network counts as trained; chance is 0.1
LEVEL = 1 - 0.05 / len(NORMS)  # of each of the comparisons with no norm (Bonferroni)
MIXED, SORTED = 0, 1
MIDDLE = SIZES.index(16)


def findings(result: Result) -> list[Finding]:
    """The verdict first: which norms let the network learn at more learning rates."""
    if result.right is None:
        return [Finding("unfinished", done=result.fraction, steps=len(result.loss))]
    return [verdict(result), range_of_rates(result), at_best(result), single(result), in_order(result), lagging(result)]


def gains(result: Result) -> dict[str, Interval]:
    return {name: result.gain(name, LEVEL) for name in NORMS}


def verdict(result: Result) -> Finding:
    """Accuracy over all learning rates, with each norm compared with none."""
    rows = sorted(gains(result).items(), key=lambda row: -row[1].mean)
    up = [Finding("gained", norm=NAMES[n], change=r) for n, r in rows if r.sign > 0]
    down = [Finding("lost", norm=NAMES[n], change=r) for n, r in rows if r.sign < 0]
    even = [Finding("name", norm=NAMES[n]) for n, r in rows if r.sign == 0]
    numbers = {"rates": len(RATES), "seeds": result.settings.seeds, "steps": result.settings.steps}
    if up:
        rest = Finding("rest", norms=even) if even else ""
        return Finding("helped", rows=up, worse=Finding("worse", rows=down) if down else "", rest=rest, **numbers)
    return Finding("hurt", rows=down, **numbers) if down else Finding("no_gain", **numbers)


def trained(result: Result) -> np.ndarray:
    """(norm, rate) bool: whether the networks reach 80 % on average over the seeds."""
    return np.asarray(result.accuracy.mean(-1) >= TRAINED)


def range_of_rates(result: Result) -> Finding:
    counts = [Finding("count", norm=NAMES[n], number=int(k)) for n, k in zip(ROWS, trained(result).sum(1), strict=True)]
    return Finding("range", least=TRAINED, rates=len(RATES), counts=counts)


def at_best(result: Result) -> Finding:
    """Batch norm and no norm, each at its own best learning rate."""
    change = result.gain_at_best("batch")
    numbers = {"change": change, "batch": RATES[result.best("batch")], "none": RATES[result.best("none")]}
    return Finding(("best_even", "best_better", "best_worse")[change.sign], **numbers)


def single(result: Result) -> Finding:
    """Batch norm left in training mode with one digit at a time."""
    assert result.modes is not None
    change = result.modes.change(MIXED, 0)
    numbers = {"change": change, "eval": float(result.modes.alone.mean())}
    return Finding(("single_even", "single_better", "single_worse")[change.sign], **numbers)


def in_order(result: Result) -> Finding:
    """The same with digits sorted by class, so that a batch holds one or two classes."""
    assert result.modes is not None
    change = result.modes.change(SORTED, MIDDLE)
    return Finding(("sorted_even", "sorted_better", "sorted_worse")[change.sign], change=change, size=SIZES[MIDDLE])


def lag(result: Result) -> Interval:
    """Training mode minus evaluation mode at the first mark, at batch norm's best rate, over seeds."""
    both = result.lag[0][:, result.best("batch")]
    return mean_interval(both[0] - both[1], rows=LOOKED_AT, bounds=(-1, 1))


def lagging(result: Result) -> Finding:
    change = lag(result)
    return Finding(("lag_even", "lags", "leads")[change.sign], change=change, steps=int(result.marks[0]))


# The numbers before the learner's eyes.


def described(settings: Settings, view: ViewSettings, numbers: Numbers) -> list[Finding]:
    """What is averaged, and how one number comes about."""
    maps = int(np.prod(numbers.before.shape[2:]))
    size = CHANNELS // int(settings.groups)
    first = (view.channel - 1) // size * size + 1
    count = {"n": numbers.count, "pictures": view.pictures, "maps": maps, "channel": view.channel}
    kind = NORMS.index(view.norm)
    found = [
        Finding(
            ("set_batch", "set_layer", "set_instance", "set_group")[kind],
            first=first,
            last=first + size - 1,
            channels=CHANNELS,
            **count,
        )
    ]
    place = PICTURE, view.channel - 1, *numbers.pixel
    spread = (numbers.used_variance + EPSILON) ** 0.5
    steps: dict[str, Any] = {
        "mean": numbers.used_mean, "variance": numbers.used_variance, "spread": spread, "scale": view.scale,
        "shift": view.shift, "x": float(numbers.before[place]), "y": float(numbers.after[place]),
        "standard": (float(numbers.before[place]) - numbers.used_mean) / spread,
    }  # fmt: skip
    running = view.norm == "batch" and view.mode == "eval"
    found.append(
        Finding("running" if running else "own", own_mean=numbers.mean, own_variance=numbers.variance, **steps)
    )
    if numbers.count == 1 and not running:
        allowed = view.norm in ("layer", "group")
        found.append(Finding("alone" if allowed else "refused", message=refusal(view.norm)))
    elif view.norm == "batch" and view.pictures == 1 and not running:
        found.append(Finding("as_instance"))
    return found


def refusal(norm: str) -> str:
    """How PyTorch's error begins where a channel has a single number."""
    what = "spatial element" if norm == "instance" else "value per channel"
    return f"Expected more than 1 {what} when training"


def score(result: Result) -> Finding:
    """Mean accuracy over the learning rates of each norm, for a table."""
    if result.right is None:
        return Finding("no_score")
    means = result.accuracy.mean((1, 2))
    return Finding(
        "score", rows=[Finding("scored", norm=NAMES[n], mean=float(m)) for n, m in zip(ROWS, means, strict=True)]
    )


def difference(a: Result, b: Result) -> Finding:
    """Accuracy over all learning rates of two runs, norm by norm, paired over the same seeds."""
    if a.right is None or b.right is None or a.settings.range != b.settings.range:
        return Finding("not_comparable")
    level = 1 - 0.05 / len(ROWS)
    changes = [(name, paired(a.right[i].mean(0), b.right[i].mean(0), level)) for i, name in enumerate(ROWS)]
    clear = [Finding("changed_row", norm=NAMES[name], change=change) for name, change in changes if change.sign]
    return Finding("changed", rows=clear) if clear else Finding("no_difference", norms=len(ROWS))


def _rates(result: Result) -> Grade:
    none, batch = (int(trained(result)[ROWS.index(name)].sum()) for name in ("none", "batch"))
    more = batch - none
    return (0 if more <= 0 else 1 if more == 1 else 2), {"none": none, "batch": batch, "rates": len(RATES)}


def _initialisation(result: Result) -> Grade:
    best = result.accuracy.mean(-1).max(1)
    none, batch = float(best[ROWS.index("none")]), float(best[ROWS.index("batch")])
    return (0 if none >= TRAINED else 1 if none >= 0.3 else 2), {"none": none, "batch": batch}


def _one(result: Result) -> Interval:
    assert result.right is not None
    return paired(*(result.right[ROWS.index(name)].mean(0) for name in ("batch", "instance")))


def _single(result: Result) -> Interval:
    assert result.modes is not None
    return result.modes.change(MIXED, 0)


QUESTIONS = (
    Question("rates", {}, _rates),
    Question.sign("single", {}, _single),
    Question("initialisation", {"initialisation": "PyTorch"}, _initialisation),
    Question.sign("one", {"batch": 1, "steps": 100}, _one),
)
