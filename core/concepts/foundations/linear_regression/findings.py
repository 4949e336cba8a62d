"""What a run shows, from its numbers."""

from __future__ import annotations

import numpy as np

from core.concepts.foundations.linear_regression.result import AGREES, Result
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval

SMALLEST = 1e-16  # a distance below is rounding


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether descent reaches the closed form."""
    s = result.settings
    found = [_verdict(result), _schedules(result), _border(result)]
    if result.odd.any():
        with_them, without = (result.slope(w)[0] for w in (result.exact, result.exact_ordinary))
        share = result.odd.mean()
        found.append(Finding("outliers", n=int(result.odd.sum()), share=share, before=without, after=with_them))
    zeros = [int((weights == 0).sum()) for weights in (result.lasso_at, result.ridge_at)]
    sizes = [float(np.abs(w).sum()) for w in (result.ridge[0], result.lasso_at, result.ridge_at)]
    found.append(
        Finding("penalties", strength=s.strength, lasso=zeros[0], ridge=zeros[1], of=len(result.features),
                plain_size=sizes[0], lasso_size=sizes[1], ridge_size=sizes[2])
    )  # fmt: skip
    found.append(Finding("closed", normal=max(result.normal_gap, SMALLEST), gradient=gradient_gap(result)))
    return found


def first_within(result: Result, off: float = AGREES) -> int:
    """The first step after which every weight of gradient descent stays within `off` of the closed form; -1 for none."""
    away = np.flatnonzero(~(result.errors <= off))
    first = int(away[-1]) + 1 if len(away) else 0
    return first if first < len(result.errors) else -1


def gradient_gap(result: Result) -> float:
    """Largest difference between the three gradients, as a share of the largest entry."""
    formula = result.gradient[0]
    return max(float(np.abs(result.gradient - formula).max() / np.abs(formula).max()), SMALLEST)


def _verdict(result: Result) -> Finding:
    lr, limit, off = result.settings.lr, result.limit, float(result.errors[-1])
    about = {"lr": lr, "limit": limit, "ratio": lr / limit, "steps": result.settings.epochs}
    if result.diverges:
        return Finding("diverges", **about)
    about["off"] = max(off, SMALLEST)
    worst = float(result.sgd_errors[1, :, -1].max())
    if off <= AGREES and worst <= AGREES:
        return Finding("all_agree", **about, worst=worst, seeds=result.settings.seeds)
    if off <= AGREES:
        return Finding("descent_agrees", **about, first=first_within(result))
    return Finding("slow", **about, condition=result.condition)


def closer(result: Result) -> Interval:
    """How many powers of ten nearer to the closed form SGD ends at a falling rate than at a constant one, paired by seed."""
    ends = np.log10(np.maximum(result.sgd_errors[..., -1], SMALLEST))
    return mean_interval(ends[0] - ends[1])


def _schedules(result: Result) -> Finding:
    ends = result.sgd_errors[..., -1]  # (2, seeds)
    start = float(result.errors[0])
    lost = [int((~(row <= 10 * start)).sum()) for row in ends]
    if any(lost):
        return Finding(
            "sgd_diverges", constant=lost[0], falling=lost[1], seeds=ends.shape[1], batch=result.settings.batch
        )
    constant, falling = (float(np.median(row)) for row in ends)
    effect = closer(result)
    about = {"constant": constant, "falling": falling, "seeds": ends.shape[1]}
    if effect.sign == 0:
        return Finding("schedules_alike", **about)
    low, high = sorted(10 ** (effect.sign * end) for end in (effect.low, effect.high))
    about |= {"factor": 10 ** abs(effect.mean), "low": low, "high": high}
    return Finding("falling_closer" if effect.sign > 0 else "constant_closer", **about)


def _border(result: Result) -> Finding:
    shrinks, grows = result.border
    inside = shrinks < result.limit < grows
    return Finding(
        "border" if inside else "border_elsewhere",
        shrinks=shrinks,
        grows=grows,
        limit=result.limit,
        largest=float(result.eigenvalues[-1]),
    )


def score(result: Result) -> Finding:
    """Weight errors at the end, for a table."""
    return Finding("score", descent=_end(result.errors[-1]), sgd=_end(np.median(result.sgd_errors[1, :, -1])))


def _end(off: float) -> Finding:
    return Finding("off", off=max(float(off), SMALLEST)) if np.isfinite(off) else Finding("gone")


def difference(a: Result, b: Result) -> Finding:
    """The weight error of gradient descent at the end, now and then. Nothing in it is random but the data."""
    return Finding("difference", now=_end(a.errors[-1]), then=_end(b.errors[-1]), limit=a.limit, pinned=b.limit)


def _what_happens(result: Result) -> Grade:
    start, end = float(result.errors[0]), float(result.errors[-1])
    factor = end / start
    return 2 if not factor <= 1.5 else 1 if factor > 0.5 else 0, {"factor": factor if np.isfinite(factor) else 1e12}


def _which_schedule(result: Result) -> Grade:
    effect = closer(result)
    constant, falling = (float(np.median(row)) for row in result.sgd_errors[..., -1])
    return {-1: 0, 1: 1, 0: 2}[effect.sign], {"constant": constant, "falling": falling}


ROUND = {"data": "bmi", "scaling": "standardised", "batch": 34}
QUESTIONS = (
    Question.nearest("one_step", {**ROUND, "lr": 0.5}, first_within, (1, 20, 200)),
    Question("above", {**ROUND, "lr": 1.05, "epochs": 100}, _what_happens),
    Question("schedule", {**ROUND, "lr": 0.03, "epochs": 400}, _which_schedule),
    Question.nearest(
        "outlier", {"outliers": 3}, lambda r: r.slope(r.exact)[0] / r.slope(r.exact_ordinary)[0], (0.95, 0.65, 0.1)
    ),
    Question.nearest("lasso", {"strength": 0.5}, lambda r: (r.lasso_at == 0).sum(), (0, 3, 7)),
)
