"""What an ablation shows, from its numbers."""

from __future__ import annotations

from core.concepts.generalization.ablation.result import Result
from core.concepts.generalization.ablation.settings import BARE, FULL
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval


def findings(result: Result) -> list[Finding]:
    """The verdict first: which components matter in the full recipe."""
    s = result.settings
    if result.fraction < 1:
        return [Finding("stopped", fraction=result.fraction)]
    within = {p: result.within(p) for p in s.parts}
    alone = {p: result.alone(p) for p in s.parts}
    matter = _with_sign(within, 1)
    if matter:
        parts = [Finding("part", name=name, effect=within[name]) for name in matter]
        verdict = Finding(
            "one_matters" if len(matter) == 1 else "matter", parts=parts, count=len(parts), of=len(s.parts)
        )
    else:
        verdict = Finding("none_matter", of=len(s.parts))
    found = [verdict, _whole(result)]
    if harmful := _with_sign(within, -1):
        found.append(Finding("harmful_within", parts=_means(within, harmful)))
    helpful, harmful = _with_sign(alone, 1), _with_sign(alone, -1)
    if helpful and harmful:
        found.append(Finding("both_alone", helpful=_means(alone, helpful), harmful=_means(alone, harmful)))
    elif helpful or harmful:
        parts = _means(alone, helpful or harmful)
        found.append(Finding("helpful_alone" if helpful else "harmful_alone", parts=parts))
    else:
        found.append(Finding("nothing_alone"))
    return [*found, _interactions(result), _sum(result), *_unfinished(result)]


def _with_sign(effects: dict[str, Interval], sign: int) -> list[str]:
    """Components whose effect clearly has this sign, the largest first."""
    rows = sorted(effects.items(), key=lambda row: -abs(row[1].mean))
    return [name for name, effect in rows if effect.sign == sign]


def _means(effects: dict[str, Interval], names: list[str]) -> list[Finding]:
    return [Finding("part_mean", name=name, effect=effects[name].mean) for name in names]


def _whole(result: Result) -> Finding:
    whole = result.whole()
    shares = {"full": float(result.test[FULL].mean()), "bare": float(result.test[BARE].mean())}
    return Finding({1: "recipe_helps", 0: "recipe_unclear", -1: "recipe_hurts"}[whole.sign], gain=whole, **shares)


def _interactions(result: Result) -> Finding:
    """Components that are worth another amount within the recipe than alone."""
    rows = {p: result.interaction(p) for p in result.settings.parts}
    clear = sorted((p for p in rows if rows[p].sign), key=lambda p: -abs(rows[p].mean))
    if not clear:
        return Finding("no_interaction")
    named = [Finding("two_worths", name=p, alone=result.alone(p).mean, within=result.within(p).mean) for p in clear]
    return Finding("interactions", parts=named)


def _sum(result: Result) -> Finding:
    excess = result.excess_of_sum()
    alone = sum(result.alone(p).mean for p in result.settings.parts)
    return Finding({1: "sum_more", 0: "sum_same", -1: "sum_less"}[excess.sign], alone=alone, whole=result.whole())


def _unfinished(result: Result) -> list[Finding]:
    rise = result.rising(BARE)
    return [Finding("unfinished", rise=rise)] if rise.low > 0 else []


def score(result: Result) -> Finding:
    """Test accuracy of the full recipe and of the bare network, for a table."""
    if result.fraction < 1:
        return Finding("stopped", fraction=result.fraction)
    return Finding("score", full=float(result.test[FULL].mean()), bare=float(result.test[BARE].mean()))


def difference(a: Result, b: Result) -> Finding:
    """How the worth of each component differs between two runs."""
    if min(a.fraction, b.fraction) < 1:
        return Finding("incomplete")
    both = [p for p in a.settings.parts if p in b.settings.parts]
    rows = [Finding("changed_worth", name=p, now=a.within(p).mean, then=b.within(p).mean) for p in both]
    return Finding("worths", rows=rows) if rows else Finding("not_comparable")


def _count(result: Result) -> Grade:
    matter = [p for p in result.settings.parts if result.within(p).sign > 0]
    return (0, 1, 1, 2)[min(len(matter), 3)], {"names": matter or ["none"], "count": len(matter)}


QUESTIONS = (
    Question("how_many", {}, _count),
    Question.sign("schedule_alone", {}, lambda result: result.alone("schedule")),
    Question.sign("fair_momentum", {"fair": True, "lr": 0.03}, lambda result: result.within("momentum")),
    Question("how_many_points", {"data": "moons", "n": 40}, _count),
    Question.sign("residual_alone", {"depth": 6, "epochs": 40}, lambda result: result.alone("residual")),
)
