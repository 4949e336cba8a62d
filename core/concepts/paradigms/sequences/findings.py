"""How far ahead each method beats the simple guesses, from the numbers of a run."""

from __future__ import annotations

import numpy as np

from core.concepts.paradigms.sequences.result import Result
from core.concepts.paradigms.sequences.settings import AR, LSTM, MEAN, MLP, NOW, RNN
from core.data.series import R
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval

NEAR = 10  # steps ahead at which methods are compared with one another
EARLY = 6  # steps over which the growth of a small error is measured


def span(result: Result, n: int) -> Finding:
    """So many steps, in the unit of the series."""
    if result.settings.unit == "year":
        return Finding("years", n=n)
    return Finding("months", n=n) if result.settings.unit == "month" else Finding("steps", n=n)


def reached(result: Result, than: str, names: tuple[str, ...]) -> list[Finding]:
    """How far each method beats a simple guess, as phrases, the furthest first."""
    reach = {name: result.reach(name, than) for name in names}
    order = sorted(names, key=lambda name: -reach[name])
    return [Finding("up_to" if reach[n] else "nowhere", name=n, span=span(result, reach[n])) for n in order]


def lowest(result: Result, h: int) -> str:
    """The method with the lowest error h steps ahead."""
    return min(result.methods, key=lambda name: float(result.error(name)[h - 1]))


def verdict(result: Result) -> Finding:
    """Which method beats "same as now" furthest ahead, and how far the others do."""
    reach = {name: result.reach(name) for name in result.methods}
    most = max(reach.values())
    if most == 0:
        return Finding("none_beats", methods=len(reach))
    best = [name for name in result.methods if reach[name] == most]
    others = tuple(name for name in result.methods if reach[name] < most)
    limit = Finding("to_the_end") if most == result.horizon else ""
    numbers = {"names": [Finding("name", name=name) for name in best], "span": span(result, most), "limit": limit}
    if not others:
        return Finding("furthest_all", **numbers)
    end = {"end": span(result, result.horizon), "lowest": Finding("name", name=lowest(result, result.horizon))}
    return Finding("furthest", **numbers, others=reached(result, NOW, others), **end)


def against_mean(result: Result) -> Finding:
    """From where on the mean is the better simple guess, and how far each method beats it."""
    better = np.flatnonzero(result.error(MEAN) < result.error(NOW))
    if not len(better):
        return Finding("mean_worse", span=span(result, result.horizon))
    return Finding("mean_better", first=span(result, int(better[0]) + 1), rows=reached(result, MEAN, result.methods))


def near(result: Result) -> int:
    """At how many steps methods are compared with one another."""
    return min(NEAR, result.horizon)


def recurrent(result: Result) -> list[Finding]:
    """Whether the recurrent network is better than the others, a little ahead."""
    name = next((n for n in (LSTM, RNN) if n in result.methods), None)
    others = [n for n in result.methods if n != name]
    if name is None or not others:
        return []
    rows = []
    for other in others:
        more = result.gain(other, name, near(result), len(others))  # error of `name`
        rows.append(Finding(("alike", "higher", "lower")[more.sign], other=other, more=more))
    return [Finding("recurrent", name=name, span=span(result, near(result)), rows=rows)]


def near_and_far(result: Result) -> list[Finding]:
    """Which method has the lowest error one step ahead and at the end, where these clearly differ."""
    first, last = lowest(result, 1), lowest(result, result.horizon)
    clear = result.gain(first, last, 1, 2).sign > 0 and result.gain(last, first, result.horizon, 2).sign > 0
    if not clear:
        return []
    numbers = {"first": first, "first_error": float(result.error(first)[0]), "then": float(result.error(first)[-1])}
    numbers |= {"other_error": float(result.error(last)[0])}
    end = span(result, result.horizon)
    return [Finding("near_and_far", **numbers, last=last, last_error=float(result.error(last)[-1]), span=end)]


def growth(result: Result, name: str) -> Interval:
    """By how much the logarithm of a small error grows at each step, with an interval over the seeds."""
    errors = np.log(result.squares(name)[:, :, :EARLY] + 1e-30).mean(1) / 2  # (seeds, EARLY)
    return mean_interval(np.polyfit(np.arange(EARLY), errors.T, 1)[0])


def chaos(result: Result) -> list[Finding]:
    """On the logistic map without noise: how fast the error of the best network grows, beside the map's own exponent."""
    s = result.settings
    networks = [name for name in result.methods if name != AR]
    if s.data != "logistic" or s.noise or not networks:
        return []
    best = min(networks, key=lambda name: float(result.error(name)[0]))
    return [Finding("chaos", name=best, growth=growth(result, best), exponent=exponent(result))]


def exponent(result: Result) -> float:
    """The Lyapunov exponent of the logistic map along the series: the mean of log |f'(x)|, where f'(x) = R (1 - 2x)."""
    x = (result.level - result.level.min()) / (result.level.max() - result.level.min())
    low, high = R**2 * (1 - R / 4) / 4, R / 4  # where the map sends its highest value, and that value
    return float(np.log(np.abs(R * (1 - 2 * (low + (high - low) * x)))).mean())


def findings(result: Result) -> list[Finding]:
    """The verdict first."""
    if not result.complete:
        return [Finding("unfinished", done=len(result.methods), methods=len(result.settings.methods))]
    return [
        verdict(result),
        against_mean(result),
        *recurrent(result),
        *near_and_far(result),
        *chaos(result),
    ]


def score(result: Result) -> Finding:
    """How far each method reaches, for a table."""
    if not result.complete:
        return Finding("unfinished", done=len(result.methods), methods=len(result.settings.methods))
    return Finding("score", rows=reached(result, NOW, result.methods))


def difference(a: Result, b: Result) -> Finding:
    """How far the methods of `a` reach, and how far they did in `b`."""
    names = [name for name in a.methods if name in b.methods]
    if not (a.complete and b.complete and names):
        return Finding("not_comparable")
    rows = [Finding("was", name=n, now=span(a, a.reach(n)), before=span(b, b.reach(n))) for n in names]
    return Finding("reaches", rows=rows)


def _walk(result: Result) -> Grade:
    most = max(result.methods, key=result.reach)
    return (0 if result.reach(most) else 1), {"steps": result.reach(most)}


QUESTIONS = (
    Question.sign("recurrent", {}, lambda result: result.gain(LSTM, MLP, NEAR, 1)),
    Question.sign("sines", {"data": "sines"}, lambda result: result.gain(LSTM, AR, 50, 1)),
    Question.sign("noise", {"data": "sines", "lags": 6, "noise": 0.1}, lambda result: result.gain(LSTM, AR, NEAR, 1)),
    Question("walk", {"data": "walk"}, _walk),
    Question.sign("co2", {"data": "co2"}, lambda result: result.gain(LSTM, NOW, 12, 1)),
)
