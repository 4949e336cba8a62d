"""How often each loss collapsed, and whether that is more than chance, from the numbers of a run."""

from __future__ import annotations

from core.concepts.generative.gan.result import Result
from core.concepts.generative.gan.settings import LOSSES, MNIST, NON_SATURATING, ORIGINAL, PENALISED, REMEDIES
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval


def _row(result: Result, name: str) -> dict[str, object]:
    hits = result.collapsed(name)
    return {"name": name, "hits": int(hits.sum()), "seeds": len(hits), "share": result.collapse(name)}


def compared(result: Result) -> list[Finding]:
    """The verdict of the losses: which of them collapsed most and least often, and whether that is clear."""
    names = [name for name in result.names if name in LOSSES]
    ordered = sorted(names, key=lambda name: (result.collapsed(name).mean(), -result.covered[name].mean()))
    least, most = ordered[0], ordered[-1]
    pairs = len(names) * (len(names) - 1) // 2
    if not pairs:
        return [Finding("one", **_row(result, least))]
    numbers = {"most": Finding("row", **_row(result, most)), "least": Finding("row", **_row(result, least))}
    if result.collapse_sign(most, least, pairs):
        return [Finding("depends", **numbers)]
    total = sum(int(result.collapsed(name).sum()) for name in names)
    if total in (0, len(names) * result.settings.starts):
        return [
            Finding(
                "none" if total == 0 else "all", runs=len(names) * result.settings.starts, share=result.collapse(least)
            )
        ]
    return [Finding("unclear", **numbers)]


def made(result: Result) -> list[Finding]:
    """The verdict of the losses on digits, where a few seeds cannot tell how often training collapses: which of them makes
    most and fewest digits, and whether that is clear among all pairs."""
    names = [name for name in result.names if name in LOSSES]
    ordered = sorted(names, key=lambda name: float(result.covered[name].mean()))
    fewest, most = ordered[0], ordered[-1]
    pairs = len(names) * (len(names) - 1) // 2
    numbers = {"most": _digits(result, most), "fewest": _digits(result, fewest), "seeds": result.settings.starts}
    numbers["steps"] = result.settings.length
    if not pairs:
        return [Finding("digits_one", **numbers)]
    gain = result.gain(most, fewest, pairs)
    return [Finding("digits_depend" if gain.sign else "digits_unclear", gain=gain, pairs=pairs, **numbers)]


def _digits(result: Result, name: str) -> Finding:
    return Finding("digits", name=name, covered=float(result.covered[name].mean()))


def learning(result: Result) -> list[str]:
    """The rows whose modes still clearly rose over the last fifth of the steps."""
    steps = result.history.step.unique()
    before = steps[steps <= 0.8 * result.step].max()
    rising = []
    for name in result.names:
        rows = result.history[result.history.name == name].pivot(index="seed", columns="step", values="modes")
        rise = mean_interval(
            (rows[result.step] - rows[before]) / result.modes, 1 - 0.05 / len(result.names), result.modes
        )
        rising += [name] * (rise.sign > 0)
    return rising


def findings(result: Result) -> list[Finding]:
    """The verdict first."""
    s = result.settings
    if not result.complete:
        return [Finding("unfinished", step=result.step, steps=s.length)]
    found = made(result) if s.pictures else compared(result)
    lucky = [name for name in result.names if 0 < result.collapsed(name).sum() < s.starts]
    if lucky and not s.pictures:
        name = min(lucky, key=lambda name: abs(float(result.collapsed(name).mean()) - 0.5))
        found.append(Finding("luck", **_row(result, name)))
    best = max(result.names, key=lambda name: float(result.covered[name].mean()))
    sharp = max(result.names, key=lambda name: float(result.quality[name].mean()))
    if s.pictures:
        quality = float(result.quality[sharp].mean())
        found.append(Finding("clear", name=sharp, quality=quality, covered=float(result.covered[sharp].mean())))
        found.append(Finding("judge", accuracy=result.judge))
    else:
        numbers = {
            "quality": float(result.quality[best].mean()),
            "sharp_quality": float(result.quality[sharp].mean()),
            "sharp_covered": float(result.covered[sharp].mean()),
        }
        covered = float(result.covered[best].mean())
        found.append(
            Finding(
                "best" if best != sharp else "best_of_both",
                name=best,
                covered=covered,
                modes=result.modes,
                sharp=sharp,
                **numbers,
            )
        )
    remedies = [name for name in REMEDIES if name in result.names]
    for name in remedies:
        sign = result.collapse_sign(name, NON_SATURATING, len(remedies))
        gain = result.gain(name, NON_SATURATING, len(remedies))
        before = int(result.collapsed(NON_SATURATING).sum())
        found.append(
            Finding(
                {-1: "remedy_helped", 1: "remedy_hurt", 0: "remedy_unclear"}[sign],
                gain=gain,
                before=before,
                **_row(result, name),
            )
        )
    if rising := learning(result):
        found.append(Finding("still_learning", names=[Finding("name", name=name) for name in rising], steps=s.length))
    return found


def score(result: Result) -> Finding:
    """How often each row collapsed, for a table."""
    if not result.complete:
        return Finding("unfinished", step=result.step, steps=result.settings.length)
    return Finding("score", rows=[Finding("row", **_row(result, name)) for name in result.names])


def difference(a: Result, b: Result) -> Finding:
    """How often the rows of both runs collapsed, now and before."""
    both = [name for name in a.names if name in b.names]
    if not (a.complete and b.complete and both):
        return Finding("not_comparable")
    changes = [
        Finding("was", name=n, now=float(a.collapsed(n).mean()), before=float(b.collapsed(n).mean())) for n in both
    ]
    return Finding("changes", changes=changes)


def _share(result: Result, name: str) -> float:
    return float(result.collapsed(name).mean())


def _original(result: Result) -> Grade:
    sign = result.collapse_sign(ORIGINAL, NON_SATURATING, 1)
    hits = {name: int(result.collapsed(name).sum()) for name in (ORIGINAL, NON_SATURATING)}
    choice = {1: 0, -1: 1, 0: 2}[sign]
    return choice, {"original": hits[ORIGINAL], "other": hits[NON_SATURATING], "seeds": result.settings.starts}


def _penalised(result: Result) -> Interval:
    return result.gain(PENALISED, NON_SATURATING)


QUESTIONS = (
    Question("original", {}, _original),
    Question.nearest(
        "slow",
        {"ratio": 0.1, "losses": (NON_SATURATING,), "steps": 1500},
        lambda result: _share(result, NON_SATURATING),
        (0.0, 0.25, 0.5, 0.75, 1.0),
    ),
    Question.sign(
        "grid",
        {"data": "grid", "losses": (NON_SATURATING, PENALISED), "steps": 1500, "width": 32, "seeds": 8},
        _penalised,
    ),
    Question.sign("digits", {"data": MNIST, "losses": (NON_SATURATING, PENALISED)}, _penalised),
    Question.nearest(
        "drawn",
        {"data": "drawn", "losses": (ORIGINAL, NON_SATURATING)},
        lambda result: _share(result, ORIGINAL),
        (0.0, 0.25, 0.5, 0.75, 1.0),
    ),
)
