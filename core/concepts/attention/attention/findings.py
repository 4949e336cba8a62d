"""What the two networks show, from their numbers."""

from __future__ import annotations

import numpy as np

from core.concepts.attention.attention.matrices import Matrices
from core.concepts.attention.attention.result import LENGTHS, WIDTHS, Result, best_masked, best_of_a_set, visible
from core.concepts.attention.attention.settings import ROOT
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import proportion_interval


def findings(result: Result) -> list[Finding]:
    """The verdict first: what the ingredient that one network lacks does to the accuracy, or that it does nothing clearly."""
    s = result.settings
    if not result.complete:
        return [Finding("unfinished", step=result.step, steps=s.steps)]
    gain = result.gain()
    means = {"full": float(result.accuracy["with"].mean()), "less": float(result.accuracy["without"].mean())}
    found = [
        Finding(
            {1: "helped", -1: "hurt", 0: "no_difference"}[gain.sign], what=s.without, gain=gain, seeds=s.seeds, **means
        ),
        _looks(result),
    ]
    best, best_set = best_masked(s), best_of_a_set(s)
    if s.without == "future" and best is not None:
        found.append(Finding("masked", share=visible(s), best=best, measured=means["less"]))
    if s.without == "positions" and best_set is not None:
        found.append(Finding("set", best=best_set, measured=means["less"]))
    if s.task == "neighbours" and s.heads > 1:
        found.append(_roles(result))
    assert result.random is not None and result.seconds is not None
    (spread, largest, slope), (scaled, even, kept) = (result.random[i, -1] for i in (0, 1))
    root = WIDTHS[-1] ** 0.5
    numbers = {"spread": float(spread), "scaled": float(scaled), "largest": float(largest), "even": float(even)}
    found.append(Finding("root", d=WIDTHS[-1], root=root, slope=float(slope), kept=float(kept), **numbers))
    explicit, fused = (float(row[-1] / row[-3]) for row in result.seconds)
    ends = {"short": LENGTHS[-3], "long": LENGTHS[-1], "times": (LENGTHS[-1] / LENGTHS[-3]) ** 2}
    found.append(Finding("length", explicit=explicit, fused=fused, **ends))
    return found


def _looks(result: Result) -> Finding:
    """Whether the network with the ingredient looks more at where the answers stand."""
    change = result.gain_on_answers()
    means = {way: float(result.on_answers[way].mean()) for way in ("with", "without")}
    return Finding(
        {1: "looks_more", -1: "looks_less", 0: "looks_alike"}[change.sign],
        full=means["with"],
        less=means["without"],
        change=change,
    )


def roles(result: Result) -> tuple[int, int]:
    """Of how many seeds different heads take the two neighbours, and of how many of these the first head takes the left one
    most of all heads."""
    left, right = (result.attention["with"][:, :, i].argmax(1) for i in (0, 1))
    apart = left != right
    return int(apart.sum()), int((apart & (left == 0)).sum())


def _roles(result: Result) -> Finding:
    apart, first = roles(result)
    s = result.settings
    if not apart:
        return Finding("roles_none", seeds=s.seeds)
    share = proportion_interval(first, apart)
    open_ = share.low <= 1 / s.heads <= share.high
    return Finding("roles_open" if open_ else "roles_fixed", apart=apart, seeds=s.seeds, first=first, share=share)


def describe(before: Matrices, after: Matrices, row: int, answer: int) -> Finding:
    """What the answer of a place is, as trained and with the edited map."""
    old, new = before.answers[row, answer], after.answers[row, answer]
    was, now = int(old.argmax()), int(new.argmax())
    numbers = {"place": row + 1, "was": was, "now": now, "p_was": float(old[was]), "p_now": float(new[now])}
    return Finding("edit_same" if was == now else "edit_changed", **numbers)


def score(result: Result) -> Finding:
    """Accuracy of both networks, for a table."""
    if not result.complete:
        return Finding("unfinished", step=result.step, steps=result.settings.steps)
    full, less = (float(result.accuracy[way].mean()) for way in ("with", "without"))
    return Finding("score", full=full, less=less)


def difference(a: Result, b: Result) -> Finding:
    """How the accuracy with the ingredient, and its gain, differ between two runs."""
    if not (a.complete and b.complete):
        return Finding("not_comparable")
    now, then = (float(r.accuracy["with"].mean()) for r in (a, b))
    return Finding("gains", now=now, then=then, gain=a.gain().mean, gain_then=b.gain().mean)


def _without(result: Result) -> float:
    return float(result.accuracy["without"].mean())


def _scale(result: Result) -> Grade:
    gain = result.gain()
    assert result.random is not None
    spread = float(np.interp(result.settings.width, WIDTHS, result.random[0, :, 0]))
    return {1: 0, -1: 1, 0: 2}[gain.sign], {"effect": gain, "spread": spread, "d": result.settings.width}


QUESTIONS = (
    Question.nearest("positions", {}, _without, (0.1, 0.28, 0.55, 1.0)),
    Question.nearest("future", {"without": "future"}, _without, (0.1, 0.28, 0.55, 1.0)),
    Question.nearest(
        "heads", {"task": "neighbours", "without": "heads", "heads": 2, "steps": 150}, _without, (0.1, 0.28, 0.55, 1.0)
    ),
    Question("scale", ROOT, _scale),
)
