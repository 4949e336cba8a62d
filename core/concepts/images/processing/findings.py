"""What the operators do to a damaged picture, from its numbers."""

from __future__ import annotations

import math

import numpy as np

from core.concepts.images.processing.result import Result, Score
from core.concepts.images.processing.settings import DAMAGES, SMOOTHERS
from core.findings import Finding
from core.questions import Grade, Question

SAME = 0.005  # differences of SSIM up to this are not told apart
IDEMPOTENT = ("opening", "closing")


def gains(result: Result) -> list[float]:
    """By how much each operator changes the SSIM."""
    return [float(d) for d in np.diff([score.ssim for score in result.scores])]


def _decibels(score: Score) -> str:
    return f"{score.psnr:.1f} dB" if math.isfinite(score.psnr) else "no error at all"


def findings(result: Result) -> list[Finding]:
    """The verdict first: what the pipeline reaches, and whether that is the par."""
    s, first, last = result.settings, result.scores[0], result.scores[-1]
    numbers = {
        "before": first.ssim,
        "after": last.ssim,
        "par": result.par.ssim,
        "psnr": _decibels(last),
        "start": _decibels(first),
    }
    found: list[Finding] = []
    spoilt = bool(DAMAGES[s.damage])
    if not s.pipeline:
        found.append(Finding("damaged" if spoilt else "untouched", **numbers))
    elif result.features:
        found.append(Finding("features" if spoilt else "features_clean", steps=len(s.pipeline), **numbers))
    elif not spoilt:
        found.append(Finding("undamaged", **numbers))
    else:
        over = last.ssim - result.par.ssim
        key = 1 if over > SAME else -1 if over < -SAME else 0
        found.append(
            Finding({1: "above_par", 0: "at_par", -1: "below_par"}[key], pipeline=list(result.par_pipeline), **numbers)
        )
    if len(s.pipeline) > 1:
        rows = [Finding("step", name=name, gain=gain) for name, gain in zip(s.pipeline, gains(result), strict=True)]
        found.append(Finding("steps", rows=rows))
    if not result.features and s.pipeline and math.isfinite(first.psnr):
        better, louder = last.ssim > first.ssim + SAME, last.psnr > first.psnr
        if better != louder:
            found.append(Finding("scores_differ" if better else "scores_differ_back", **numbers))
    if result.reverse is not None:
        change = result.reverse.ssim - last.ssim
        found.append(
            Finding(
                "order_matters" if abs(change) > SAME else "order_same", reverse=result.reverse.ssim, after=last.ssim
            )
        )
    if s.pipeline and s.pipeline[-1] in IDEMPOTENT:
        found.append(
            Finding("idempotent" if result.again < 1e-9 else "not_idempotent", name=s.pipeline[-1], change=result.again)
        )
    if spoilt:
        best = max(SMOOTHERS, key=lambda name: result.alone[name].ssim)
        others = [Finding("alone_one", name=name, ssim=result.alone[name].ssim) for name in SMOOTHERS if name != best]
        key = result.alone[best].ssim > first.ssim + SAME
        found.append(Finding("alone" if key else "alone_none", best=best, ssim=result.alone[best].ssim, others=others))
    return found  # fmt: skip


def score(result: Result) -> Finding:
    """The scores, for a table."""
    last = result.scores[-1]
    return Finding("score", ssim=last.ssim, psnr=_decibels(last))


def difference(a: Result, b: Result) -> Finding:
    """The SSIM of `a` minus that of `b`, where they repair the same picture."""
    if a.original.shape != b.original.shape or not (np.array_equal(a.damaged, b.damaged) and a.features == b.features):
        return Finding("not_alike")
    return Finding("difference", change=a.scores[-1].ssim - b.scores[-1].ssim, now=score(a), then=score(b))


def _best_smoother(names: tuple[str, ...]) -> Question:
    def grade(result: Result) -> Grade:
        best = max(names, key=lambda name: result.alone[name].ssim)
        rows = [Finding("alone_one", name=name, ssim=result.alone[name].ssim) for name in names]
        return names.index(best), {"rows": rows}

    return Question("salt", {"pipeline": ("median",), "damage": "salt"}, grade)


def _moved(key: str, change: dict[str, object]) -> Question:
    """Whether the last operator raises the SSIM, lowers it, or neither."""

    def grade(result: Result) -> Grade:
        gain = gains(result)[-1]
        return (0 if gain > SAME else 1 if gain < -SAME else 2), {"gain": gain, "after": result.scores[-1].ssim}

    return Question(key, change, grade)


def _again(result: Result) -> Grade:
    return (0 if result.again < 1e-9 else 1), {"change": result.again}


def _order(result: Result) -> Grade:
    assert result.reverse is not None
    change = result.reverse.ssim - result.scores[-1].ssim
    return (0 if change < -SAME else 1 if change > SAME else 2), {
        "after": result.scores[-1].ssim,
        "reverse": result.reverse.ssim,
    }


QUESTIONS = (
    _best_smoother(("box", "gaussian", "median")),
    _moved("sharpen", {"pipeline": ("unsharp",), "damage": "noise"}),
    Question("order", {"pipeline": ("median", "unsharp"), "damage": "salt"}, _order),
    Question("again", {"pipeline": ("opening",), "damage": "noise", "picture": "coins"}, _again),
)
