"""What a play shows, from its numbers."""

from __future__ import annotations

import numpy as np

from core.concepts.foundations.autograd.result import Result
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether every gradient equals PyTorch's, or why there is none."""
    s = result.settings
    found: list[Finding] = []
    if result.error:
        found.append(Finding("refused", function=s.function, saved=result.saved))
        found.append(Finding("message", message=result.error))
    elif s.example == "in_place" and s.changed != "nothing":
        found.append(Finding("allowed", function=s.function, saved=result.saved, changed=s.changed))
    elif s.example == "detach" and s.cut != "nothing":
        found.append(Finding("cut", cut=s.cut, gradient=_first(result), derivative=float(result.numeric[0][0])))
    elif s.forget and s.example == "perceptron":
        found.append(_forgotten(result))
    if result.diverged:
        found.append(Finding("diverged", update=result.updates, rate=s.step_size))
    if not result.error:
        numbers = {"compared": result.compared, "gap": result.gap}
        found.append(
            Finding("identical" if result.gap == 0 else "equal" if result.gap < 1e-9 else "unequal", **numbers)
        )
        if not result.diverged:
            first, last = float(result.loss[0]), float(result.loss[-1])
            found.append(Finding("falls" if last < first else "rises", first=first, last=last, updates=result.updates))
    if (off := worst_numeric(result)) is not None and not (s.example == "detach" and s.cut != "nothing"):
        found.append(Finding("numeric" if off < 1e-4 else "numeric_off", off=off))
    if s.example == "twice":
        found.append(Finding("twice", parts=messages(result), total=_gradient(result, 2)))
    if s.forget and not result.error and result.updates > 1:
        found.append(Finding("accumulates", updates=result.updates, ratio=accumulated(result)))
    if s.example == "perceptron" and not s.forget:
        found.append(_forgotten(result))
    elif s.example != "perceptron" and not result.error:
        found.append(_both(result))
    if result.refused:
        bad = [Finding("combination", function=f, changed=c) for (f, c), no in result.refused.items() if no]
        tried = sum(changed != "nothing" for _, changed in result.refused)
        found.append(Finding("combinations", refused=len(bad), tried=tried, parts=bad))
    return found


def _first(result: Result) -> float:
    """PyTorch's gradient of the first parameter at the first update."""
    rows = result.torch[0]
    return float("nan") if rows is None else float(rows[0, 0])


def _gradient(result: Result, i: int) -> float:
    """The first number of a node's gradient at the first update."""
    rows = result.gradients[i]
    return float("nan") if rows is None else float(rows[0, 0])


def messages(result: Result) -> list[float]:
    """What arrives at the node that is used twice, at the first update."""
    return [float(rows[0, 0]) for (i, slot), rows in sorted(result.sent.items()) if result.nodes[i].inputs[slot] == 2]


def worst_numeric(result: Result) -> float | None:
    """The largest difference between the gradients at the start and finite differences, relative to the largest gradient."""
    if not result.numeric:
        return None
    pairs = [(rows[0], result.numeric[i]) for i in result.numeric if (rows := result.gradients[i]) is not None]
    scale = max(max(float(np.abs(g).max()) for g, _ in pairs), 1e-12)
    return max(float(np.abs(g - slopes).max()) for g, slopes in pairs) / scale


def accumulated(result: Result) -> float:
    """How many times as long as the fresh gradient .grad is at the last update, over all parameters."""
    rows = (result.gradients[i] for i in result.stored)
    fresh = np.concatenate([row[-1] for row in rows if row is not None])
    stored = np.concatenate([rows[-1] for rows in result.stored.values()])
    return float(np.linalg.norm(stored) / max(float(np.linalg.norm(fresh)), 1e-300))


def effect(result: Result) -> Interval:
    """Loss at the end without zero_grad minus that with it, paired by seed."""
    return mean_interval(result.race.forgetful[:, -1] - result.race.clean[:, -1])


def _forgotten(result: Result) -> Finding:
    change = effect(result)
    numbers = {"effect": change, "seeds": change.n, "updates": result.settings.steps}
    return Finding({1: "forgetting_hurt", -1: "forgetting_helped", 0: "forgetting_unclear"}[change.sign], **numbers)


def _both(result: Result) -> Finding:
    """The losses at the end with and without zero_grad, of an example without any chance in it."""
    ends = [Finding("ends_at", loss=float(v)) if v < 1e6 else Finding("ends_diverged") for v in (row[0, -1] for row in (result.race.clean, result.race.forgetful))]  # fmt: skip
    return Finding("both", clean=ends[0], forgetful=ends[1], updates=result.settings.steps)


def score(result: Result) -> Finding:
    """The loss at the end, for a table."""
    if result.error:
        return Finding("score_refused")
    return Finding("score", loss=float(result.loss[-1]), updates=result.updates)


def _shown(result: Result) -> np.ndarray:
    """The losses at the end of all seeds, as the run on show was set."""
    return (result.race.forgetful if result.settings.forget else result.race.clean)[:, -1]


def difference(a: Result, b: Result) -> Finding:
    """The loss at the end of `a` minus that of `b`."""
    if a.error or b.error or a.settings.example != b.settings.example:
        return Finding("not_comparable")
    if a.settings.example != "perceptron":
        return Finding("change", change=float(a.loss[-1] - b.loss[-1]))
    if (a.settings.seed, a.settings.data) != (b.settings.seed, b.settings.data):
        return Finding("not_paired")
    change = mean_interval(_shown(a) - _shown(b))
    return Finding("change_paired", change=change, seeds=change.n)


def _added(result: Result) -> Grade:
    parts = messages(result)
    total = _gradient(result, 2)
    offered = [parts[0] + parts[1], parts[0] * parts[1], max(parts, key=abs)]
    return int(np.argmin([abs(v - total) for v in offered])), {"one": parts[0], "two": parts[1], "total": total}


def _refused(result: Result) -> Grade:
    s = result.settings
    return int(not result.error), {"function": s.function, "saved": result.saved, "tried": len(result.refused)}


QUESTIONS = (
    Question.sign("forget", {"forget": True}, effect),
    Question.sign("forget_smooth", {"forget": True, "data": "moons", "activation": "tanh", "lr": 2.0}, effect),
    Question("twice", {"example": "twice"}, _added),
    Question.nearest("detach", {"example": "detach"}, lambda r: _first(r) / float(r.numeric[0][0]), (0.0, 0.5, 1.0)),
    Question("in_place", {"example": "in_place", "function": "sin"}, _refused),
)
