"""What a comparison of schedules shows, from its numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy import stats

from core.concepts.optimization.schedules.result import Result
from core.concepts.optimization.schedules.settings import CONSTANT, TOO_HIGH
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval

CHANCE = 0.005  # a network this near to always giving the commonest class has learnt nothing


def gain(result: Result, name: str, rate: int) -> Interval:
    """Test accuracy minus that of the constant rate, at the same base rate. There are as many such comparisons as schedules and
    rates, so each interval is wider (Bonferroni)."""
    return _difference(result, (name, rate), rate, 3 * (len(result.names) - 1))


def tuned_gain(result: Result, name: str) -> Interval:
    """Test accuracy minus that of the constant rate, each at the base rate that validation chose for it; corrected likewise for
    the number of schedules."""
    return _difference(result, (name, result.best(name)), result.tuned_constant, len(result.names) - 1)


def _difference(result: Result, one: tuple[str, int], constant: int, comparisons: int) -> Interval:
    """The mean difference, paired over seeds, with an interval that covers other random starts and other test examples."""
    v, rate = result.names.index(one[0]), one[1]
    level = 1 - 0.05 / comparisons
    change = mean_interval(result.test[v, rate] - result.test[0, constant], level, rows=result.held_out)
    by_example = result.right[v, rate] - result.right[0, constant]
    error = float(by_example.std(ddof=1)) / math.sqrt(len(by_example))
    half = math.hypot(change.high - change.mean, float(stats.norm.ppf((1 + level) / 2)) * error)
    return replace(change, low=max(-1.0, change.mean - half), high=min(1.0, change.mean + half))


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether a schedule beats the best constant rate."""
    if result.fraction < 1:
        return [Finding("stopped", fraction=result.fraction)]
    if len(result.names) == 1:
        return [Finding("alone"), _rates(result), *_lost(result)]
    return [_verdict(result), _rates(result), *_at_rates(result), choice(result), *_lost(result)]


def _verdict(result: Result) -> Finding:
    gains = {name: tuned_gain(result, name) for name in result.names[1:]}
    order = sorted(gains, key=lambda name: -abs(gains[name].mean))
    up, down = ([(n, gains[n]) for n in order if gains[n].sign == sign] for sign in (1, -1))
    best = result.tuned_constant
    rate = result.settings.rates[best]
    if up:
        return Finding("better" if best == 1 else "better_beside_edge", names=_sized(up), rate=rate)
    if down:
        return Finding("only_worse", names=_sized(down), rate=rate)
    top = max(gains, key=lambda name: gains[name].mean)
    return Finding("no_difference", top=top, gain=gains[top], rate=rate)


def _sized(rows: list[tuple[str, Interval]]) -> list[Finding]:
    """Names with their gains, as phrases; the first, which is the largest, with its interval."""
    first, *others = rows
    return [
        Finding("by_interval", name=first[0], gain=first[1]),
        *(Finding("by", name=name, gain=gain.mean) for name, gain in others),
    ]


def _rates(result: Result) -> Finding:
    """What the base rate alone does."""
    scores = result.test[0].mean(1)
    parts = [Finding("score_at", rate=v, score=float(s)) for v, s in zip(result.settings.rates, scores, strict=True)]
    return Finding("rates", parts=parts, span=100 * float(np.ptp(scores)))


def _at_rates(result: Result) -> list[Finding]:
    """What the schedules do at each base rate; the rates at which none differs share a sentence."""
    found = [(rate, at_rate(result, rate)) for rate in range(3)]
    same = [f"{result.settings.rates[rate]:.2g}" for rate, f in found if f.key == "same_at"]
    told = [f for _, f in found if f.key != "same_at"]
    return [*told, Finding("same_at_rates", rates=same)] if same else told


def at_rate(result: Result, rate: int) -> Finding:
    """Which schedules differ from a constant rate that has the same base."""
    gains = {name: gain(result, name, rate) for name in result.names[1:]}
    order = sorted(gains, key=lambda name: -abs(gains[name].mean))
    up, down = ([Finding("by", name=n, gain=gains[n].mean) for n in order if gains[n].sign == s] for s in (1, -1))
    numbers = {"rate": result.settings.rates[rate], "score": float(result.test[0, rate].mean())}
    if up and down:
        return Finding("mixed_at", up=up, down=down, **numbers)
    if up or down:
        return Finding("better_at" if up else "worse_at", names=up or down, **numbers)
    return Finding("same_at", **numbers)


def chosen(result: Result) -> str:
    """The schedule, or the constant rate, with the highest mean validation accuracy at its best base rate."""
    return max(result.names, key=lambda n: float(result.validation[result.names.index(n)].mean(1).max()))


def choice(result: Result) -> Finding:
    """What whoever chooses by validation accuracy gets on the test data."""
    name = chosen(result)
    rate = result.settings.rates[result.best(name)]
    score = float(result.test[result.names.index(name), result.best(name)].mean())
    if name == CONSTANT:
        return Finding("choice_constant", rate=rate, score=score)
    return Finding("choice", name=name, rate=rate, score=score, gain=tuned_gain(result, name))


def _lost(result: Result) -> list[Finding]:
    """Networks that training broke."""
    gone = int(result.diverged.sum())
    stuck = int(((result.validation <= result.guess + CHANCE) & ~result.diverged).sum())
    parts = [Finding("diverged", n=gone)] if gone else []
    parts += [Finding("stuck", n=stuck)] if stuck else []
    return [Finding("lost", parts=parts, all=result.diverged.size)] if parts else []


def edges(result: Result) -> Finding | None:
    """The schedules whose best base rate is the lowest or highest tried, so that a better one may lie beyond."""
    names = [name for name in result.names if result.best(name) != 1]
    return Finding("edges", names=names) if names else None


def plateau(result: Result) -> Finding:
    """When ReduceLROnPlateau lowered the rate."""
    parts = []
    for rate, value in enumerate(result.settings.rates):
        lowered = result.lowered(rate)
        first = [row[0] for row in lowered if row]
        if first:
            times = float(np.mean([len(row) for row in lowered]))
            parts.append(Finding("lowered", rate=value, times=times, first=min(first), last=max(first)))
        else:
            parts.append(Finding("never_lowered", rate=value))
    return Finding("plateau", parts=parts)


def score(result: Result) -> Finding:
    """The test accuracy of the best constant rate and of the schedule that validation chooses, for a table."""
    if result.fraction < 1:
        return Finding("no_score")
    name = chosen(result)
    constant = float(result.test[0, result.tuned_constant].mean())
    return Finding("score", constant=constant, name=name, score=choice(result)["score"])


def difference(a: Result, b: Result) -> Finding:
    """The gains over the best constant rate in `a` beside those in `b`."""
    both = [name for name in a.names[1:] if name in b.names]
    if a.fraction < 1 or b.fraction < 1 or not both:
        return Finding("not_comparable")
    parts = [Finding("now_and_then", name=n, now=tuned_gain(a, n).mean, then=tuned_gain(b, n).mean) for n in both]
    return Finding("difference", parts=parts)


def _most(result: Result, rate: int) -> Grade:
    """Whether most schedules that differ from the constant rate are better or worse there."""
    signs = [gain(result, name, rate).sign for name in result.names[1:]]
    balance = sum(signs)
    return (0 if balance > 0 else 1 if balance < 0 else 2), {"said": at_rate(result, rate)}


def _low(result: Result) -> Grade:
    return _most(result, 0)


def _high(result: Result) -> Grade:
    return _most(result, 2)


def _tuned(result: Result) -> Grade:
    up = sum(tuned_gain(result, name).sign > 0 for name in result.names[1:])
    right = {0: 2, len(result.names) - 1: 0}.get(up, 1)
    return right, {"n": up, "all": len(result.names) - 1, "said": choice(result)}


def _warm(result: Result) -> Grade:
    change = _difference(result, ("warm-up", 2), 2, 1)
    gone = [int(result.diverged[result.names.index(name), 2].sum()) for name in (CONSTANT, "warm-up")]
    numbers = {"gain": change, "rate": result.settings.rates[2], "without": gone[0], "with_it": gone[1]}
    return {1: 0, -1: 1, 0: 2}[change.sign], numbers | {"seeds": result.settings.seeds}


QUESTIONS = (
    Question("low", {}, _low),
    Question("tuned", {}, _tuned),
    Question("high", TOO_HIGH, _high),
    Question(
        "warm",
        {"optimizer": "Adam", "lr": 0.01, "spread": 10.0, "schedules": (CONSTANT, "warm-up", "warm-up + cosine")},
        _warm,
    ),
)
