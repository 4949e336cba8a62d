"""What the page shows, from its numbers."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from core.concepts.foundations.feature_scaling.result import BOUND, Result
from core.concepts.foundations.feature_scaling.settings import SCALINGS
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval

ENOUGH = 10  # stretchings from which on a line is drawn through them
LARGE = 10  # condition number from which on a step along the flattest direction gains about one part in so many


def big(value: float) -> Finding:
    """A number of any size as a phrase."""
    if value < 100 and value != int(value):
        return Finding("small", n=value)
    if value < 1e7:
        return Finding("count", n=int(value))
    exponent = math.floor(math.log10(value))
    return Finding("power", mantissa=value / 10**exponent, exponent=exponent)


def findings(result: Result) -> list[Finding]:
    """The verdict first: how many steps the chosen scaling saves, or that it saves none."""
    found = [_verdict(result), _after(result), _whole(result), _pairs(result), _stretched(result)]
    return [*found, _ridge(result), _leak(result), _photo(result)]


def _verdict(result: Result) -> Finding:
    s, raw, now = result.settings, result.slopes["raw"], result.slopes[result.settings.scaling]
    numbers = {"raw": big(raw.steps), "now": big(now.steps), "from_": big(raw.condition), "to": big(now.condition)}
    a, b = result.names
    return Finding(
        "faster" if now.steps < raw.steps else "slower" if now.steps > raw.steps else "same_steps",
        scaling=s.scaling,
        a=a,
        b=b,
        **numbers,
    )


def _after(result: Result) -> Finding:
    left = {part: float(left[-1]) for part, left in result.left.items()}
    return Finding(
        "after", steps=result.settings.steps, raw=left["raw"], scaled=left["scaled"], scaling=result.settings.scaling
    )


def _whole(result: Result) -> Finding:
    w = result.whole
    rows = [
        Finding("whole_row", scaling=name, steps=big(steps), condition=big(condition))
        for name, condition, steps in zip(w.scaling, w.condition, w.steps, strict=True)
    ]
    return Finding("whole", data=result.settings.data, rows=rows)


def _pairs(result: Result) -> Finding:
    p = result.pairs
    medians = [Finding("median", scaling=name, steps=big(steps)) for name, steps in result.medians().items()]
    ratio = float((p.steps / p.condition).max())
    return Finding("pairs", pairs=len(p) // len(SCALINGS), rows=medians, ratio=ratio, bound=float(BOUND))


def growth(result: Result) -> tuple[Interval, int]:
    """The power of the condition number with which the steps of the stretched problems grow, and how many it is measured
    on: those with a large one that must arrive in time by the bound, so that none is left out for being slow."""
    condition = result.stretched.condition
    rows = result.stretched[(condition >= LARGE) & (condition * BOUND <= result.most)]
    if len(rows) < ENOUGH:
        return Interval(math.nan, math.nan, math.nan, len(rows)), len(rows)
    fit = stats.linregress(np.log(rows.condition), np.log(rows.steps))
    half = float(stats.t.ppf(0.975, len(rows) - 2) * fit.stderr)
    return Interval(float(fit.slope), float(fit.slope) - half, float(fit.slope) + half, len(rows)), len(rows)


def _stretched(result: Result) -> Finding:
    missing = int((result.stretched.steps < 0).sum())
    late = Finding("late", n=missing, most=result.most) if missing else Finding("none_late", most=result.most)
    power, n = growth(result)
    if n < ENOUGH:
        return Finding("stretched_few", n=n, late=late)
    there = result.stretched[result.stretched.steps > 0]
    ratio = float((there.steps / there.condition).max())
    return Finding("stretched", power=power, n=n, ratio=ratio, bound=float(BOUND), late=late)


def _ridge(result: Result) -> Finding:
    r = result.ridge
    return Finding(
        "ridge",
        scaling=r["scaling"].moved,
        penalty=r["penalty"].moved,
        both=r["both"].moved,
        strength=result.settings.penalty,
    )


def leaked(result: Result, scaling: str) -> Interval:
    """Accuracy with a scaler that has seen all rows minus that of an honest one, paired over the splits. Three scalings are
    compared, so the interval is widened (Bonferroni)."""
    gap = result.leak.leaking[scaling] - result.leak.honest[scaling]
    return mean_interval(gap, 1 - 0.05 / 3, rows=result.leak.tested)


def _leak(result: Result) -> Finding:
    s, gap = result.settings, leaked(result, result.settings.scaling)
    return Finding(
        {1: "leak_high", -1: "leak_low", 0: "leak_unclear"}[gap.sign],
        gap=gap,
        scaling=s.scaling,
        rows=s.rows,
        splits=len(result.leak.honest["raw"]),
        honest=float(result.leak.honest[s.scaling].mean()),
        leaking=float(result.leak.leaking[s.scaling].mean()),
    )


def _photo(result: Result) -> Finding:
    channels = [
        Finding("channel", name=name, mean=float(m), deviation=float(d))
        for name, m, d in zip(("red", "green", "blue"), result.photo.mean, result.photo.deviation, strict=True)
    ]
    return Finding("photo", channels=channels)


def score(result: Result) -> Finding:
    """Steps raw and scaled, for a table."""
    raw, now = (big(result.slopes[name].steps) for name in ("raw", result.settings.scaling))
    return Finding("score", raw=raw, now=now, scaling=result.settings.scaling)


def difference(a: Result, b: Result) -> Finding:
    """Steps with the scaling of `a` beside those of `b`."""
    now, then = (r.slopes[r.settings.scaling].steps for r in (a, b))
    if now == then:
        return Finding("no_change", now=big(now))
    return Finding(
        "more_steps" if now > then else "fewer_steps",
        now=big(now),
        then=big(then),
        ratio=max(now, then) / min(now, then),
    )


def _which(result: Result) -> Grade:
    steps = {name: result.slopes[name].steps for name in ("min-max", "z-score")}
    right = 0 if steps["min-max"] < steps["z-score"] else 1 if steps["z-score"] < steps["min-max"] else 2
    return right, {"minmax": big(steps["min-max"]), "zscore": big(steps["z-score"])}


def _easy(result: Result) -> Grade:
    row = result.whole[result.whole.scaling == "z-score"].iloc[0]
    right = int(np.argmin([abs(math.log10(row.steps) - v) for v in (1, 2.5, 4)]))
    return right, {"steps": big(row.steps), "condition": big(row.condition)}


def _moves(result: Result) -> Grade:
    moved = {name: result.ridge[name].moved for name in ("scaling", "penalty", "both")}
    return (1 if moved["scaling"] < 1e-6 else 0), {"scaling": moved["scaling"], "penalty": moved["penalty"]}


def _hundredfold(result: Result) -> float:
    return float(100 ** growth(result)[0].mean)


QUESTIONS = (
    Question("which", {"data": "wine", "a": 1, "b": 3}, _which),
    Question.nearest("hundredfold", {}, _hundredfold, (10, 100, 10_000)),
    Question("easy", {"data": "breast cancer"}, _easy),
    Question("moves", {"penalty": 1.0}, _moves),
    Question.sign("leak", {"data": "wine", "scaling": "robust", "leak": True}, lambda r: leaked(r, "robust")),
    Question.sign("leak_many", {"data": "wine", "rows": 80, "leak": True}, lambda r: leaked(r, "z-score")),
)
