"""What one output sees, and what shifts do to a score, from the numbers of a run."""

from __future__ import annotations

import math

import numpy as np

from core.concepts.convolution.receptive_field.result import SIZES, Result
from core.concepts.convolution.receptive_field.settings import CANVAS, VARIANTS
from core.findings import Finding
from core.questions import Question
from core.stats import Interval, mean_interval


def findings(result: Result) -> list[Finding]:
    """The verdict first: what poking every pixel showed."""
    if not result.complete:
        return [Finding("unfinished", fraction=result.fraction)]
    return [sees(result), *_grows(result), *_shifts(result), *_training(result), *_sizes(result)]


def sees(result: Result) -> Finding:
    """How the output moved when pixels outside and inside the box were poked."""
    assert result.change is not None
    inside = result.inside
    outside, within = np.abs(result.change[~inside]), np.abs(result.change[inside])
    numbers = {
        "field": result.settings.rows[-1].field, "outside": outside.size, "inside": within.size,
        "moved": int((within > 0).sum()), "most": float(within.max(initial=0.0)),
    }  # fmt: skip
    if outside.size == 0:
        return Finding("sees_all", **numbers)
    if (outside > 0).any():
        return Finding("leaks", **numbers, leaked=int((outside > 0).sum()))
    return Finding("sees", **numbers)


def told(result: Result, x: int, y: int) -> Finding:
    """What one poke did."""
    assert result.change is not None
    change = float(result.change[y, x])
    numbers = {"x": x, "y": y, "before": result.before, "after": result.before + change, "change": abs(change)}
    if not result.inside[y, x]:
        return Finding("poked_outside", **numbers)
    return Finding("poked_inside" if change else "poked_in_vain", **numbers)


def _grows(result: Result) -> list[Finding]:
    exponent = result.exponent()
    deepest = max(result.spread)
    numbers = {
        "exponent": exponent,
        "depth": deepest,
        "field": 2 * deepest + 1,
        "std": float(result.spread[deepest].mean()),
    }
    return [Finding("grows_slower" if exponent.high < 1 else "grows_unclear", **numbers)]


def _shifts(result: Result) -> list[Finding]:
    falls, holds = list[Finding](), list[Finding]()
    for name in result.accuracy:
        change = result.moved(name, 1)
        part = Finding("variant", name=name, change=change, score=float(result.accuracy[name][:, 0].mean()))
        (falls if change.sign < 0 else holds).append(part)
    found = []
    if falls:
        found.append(Finding("falls", parts=falls))
    if holds:
        found.append(Finding("holds", parts=holds))
    saws = [name for name in result.accuracy if back(result, name).sign > 0]
    if saws:
        parts = [Finding("came_back", name=name, change=back(result, name)) for name in saws]
        found.append(Finding("aliasing", parts=parts))
    return found


def back(result: Result, variant: str) -> Interval:
    """Accuracy after a shift of 2 minus that after a shift of 1, paired over seeds, for all variants at once."""
    scores = result.accuracy[variant]
    level = 1 - 0.05 / len(result.accuracy)
    return mean_interval(scores[:, 2] - scores[:, 1], level, result.right[variant].shape[1], (-1, 1))


def ratio(result: Result) -> Interval:
    """Change of the effective field by training, as a share of what it was."""
    log = result.growth()
    low, mean, high = (math.expm1(end) for end in (log.low, log.mean, log.high))
    return Interval(mean, low, high, log.n, log.level)


def _training(result: Result) -> list[Finding]:
    stds = np.concatenate(result.stds)
    if not np.isfinite(stds).all() or not stds.all():  # a field of a single pixel has no width
        return []
    change = ratio(result)
    numbers = {"name": result.shown, "change": change, "std": float(result.stds[0].mean()), "seeds": change.n}
    return [Finding({1: "training_widens", -1: "training_narrows", 0: "training_unclear"}[change.sign], **numbers)]


def _sizes(result: Result) -> list[Finding]:
    whole = [name for name, found in result.sizes.items() if all(isinstance(v, float) for v in found)]
    broken = [name for name in result.sizes if name not in whole]
    found = []
    if whole:
        names = [Finding("name", name=name) for name in whole]
        found.append(Finding("any_size", names=names, sizes=len(SIZES)))
    if broken:
        why = next(v for v in result.sizes[broken[0]] if isinstance(v, str))
        names = [Finding("name", name=name) for name in broken]
        found.append(Finding("one_size", names=names, side=CANVAS, why=why))
    return found


def score(result: Result) -> Finding:
    """The field, and the accuracy before and after a shift by one pixel of the first variant, for a table."""
    if not result.complete:
        return Finding("unfinished", fraction=result.fraction)
    name = result.settings.variants[0]
    still, moved = (float(result.accuracy[name][:, shift].mean()) for shift in (0, 1))
    return Finding("score", field=result.settings.rows[-1].field, name=name, still=still, moved=moved)


def difference(a: Result, b: Result) -> Finding:
    """The fields of two runs, and the cost of a shift by one pixel where both have a variant."""
    both = [name for name in VARIANTS if name in a.accuracy and name in b.accuracy]
    if not (a.complete and b.complete) or not both:
        return Finding("not_comparable")
    parts = [Finding("was", name=name, now=a.moved(name, 1).mean, then=b.moved(name, 1).mean) for name in both]
    fields = {"now": a.settings.rows[-1].field, "then": b.settings.rows[-1].field}
    return Finding("difference", parts=parts, **fields)


def _field(result: Result) -> float:
    """Side of the box of pixels that moved the output, as measured."""
    assert result.change is not None
    rows = np.flatnonzero((result.change != 0).any(1))
    return float(rows[-1] - rows[0] + 1) if len(rows) else 0.0


NO = "none"
QUESTIONS = (
    Question.nearest("two", {"layer1": "c3", "layer2": "c3", "layer3": NO}, _field, (3, 5, 6, 9)),
    Question.nearest("pool", {"layer1": "c3", "layer2": "max2", "layer3": "c3"}, _field, (5, 6, 8, 12)),
    Question.nearest("dilated", {"layer1": "c3", "layer2": "c3d2", "layer3": "c3d4"}, _field, (7, 11, 15)),
    Question.sign("pooled", {"variants": ("pooled",)}, lambda result: result.moved("pooled", 1)),
    Question.sign("global", {"variants": ("max",)}, lambda result: result.moved("max", 1)),
    Question.sign("aliasing", {"variants": ("pooled max",)}, lambda result: back(result, "pooled max")),
    Question.sign("training", {"seeds": 6}, ratio),
)
