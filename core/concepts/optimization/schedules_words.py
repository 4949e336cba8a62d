"""What a run of the schedules page shows, in words made from its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.legacy import Question
from core.stats import Interval, counted, listed, mean_interval

if TYPE_CHECKING:
    from core.concepts.optimization.schedules import Result

PLATEAU = "ReduceLROnPlateau"


def rate(value: float) -> str:
    return f"{value:.2g}"


def _span(name: str, i: Interval) -> str:
    return f"{name} by {abs(100 * i.mean):.1f} points ({100 * i.low:+.1f} to {100 * i.high:+.1f})"


def _sorted(rows: list[tuple[str, Interval]]) -> str:
    """Those clear of zero, helped and hurt, the largest first, and how many are not."""
    parts = []
    for word, mine in (("better", [r for r in rows if r[1].low > 0]), ("worse", [r for r in rows if r[1].high < 0])):
        if mine:
            mine.sort(key=lambda row: -abs(row[1].mean))
            parts.append(f"{word}: {listed([_span(*row) for row in mine])}")
    rest = [name for name, i in rows if not i.clear_of_zero]
    if rest and parts:
        parts.append(f"no difference beyond luck: {listed(rest)}")
    return "; ".join(parts) or "no schedule differs from it beyond luck"


def at_rate(result: Result, r: int) -> str:
    others = result.names[1:]
    s = result.settings
    lead = f"At base rate {rate(s.rates[r])}, against constant ({100 * result.test[0, r].mean():.1f} %): "
    return lead + _sorted([(n, result.gain(n, r)) for n in others]) + "."


def findings(result: Result) -> list[str]:
    s = result.settings
    if result.fraction < 1:
        return [f"The run was stopped at {100 * result.fraction:.0f} %: nothing is judged yet."]
    of = listed([f"{100 * result.test[0, r].mean():.1f} % at {rate(v)}" for r, v in enumerate(s.rates)])
    best = result.best("constant")
    found = [
        f"A constant rate gives a test accuracy of {of}; validation chooses {rate(s.rates[best])}. "
        f"So much hangs on the rate alone: {100 * np.ptp(result.test[0].mean(1)):.1f} points."
    ]
    others = result.names[1:]
    if not others:
        return [*found, *_lost(result), "No schedule was chosen, so there is nothing to set against it."]
    found += [at_rate(result, r) for r in range(3)]
    found.append(_against_tuned(result))
    found += _edges(result)
    if PLATEAU in others:
        found.append(_plateau(result))
    found += _lost(result)
    found.append(
        f"Intervals are paired over {counted(s.seeds, 'seed')} (starts and batches); those at one rate and at the others "
        "hold together at 95 %, and so do those against the tuned constant. They do not cover another draw of data."
    )
    return found


def _lost(result: Result) -> list[str]:
    """Networks that training broke."""
    found, all_ = [], result.diverged.size
    if gone := int(result.diverged.sum()):
        found.append(f"Diverged: {gone} of {all_} networks; each counts with the accuracy it had when it stopped.")
    stuck = (result.validation <= result.guess + 0.005) & ~result.diverged
    if stuck.any():
        per = [f"{int(n)} from {rate(v)}" for n, v in zip(stuck.sum((0, 2)), result.settings.rates, strict=True) if n]
        found.append(
            f"Stuck: {int(stuck.sum())} of {all_} networks do no better than always saying the commonest class ({listed(per)})."
        )
    return found


def _against_tuned(result: Result) -> str:
    s, others = result.settings, result.names[1:]
    rows = [(n, result.tuned(n)) for n in others]
    top = max(others, key=lambda n: float(result.validation[result.names.index(n)].mean(1).max()))
    lead = f"Each at the base rate that validation chose for it, against constant at {rate(s.rates[result.best('constant')])}: "
    return (
        f"{lead}{_sorted(rows)}. Validation would take {top} from {rate(s.rates[result.best(top)])}: "
        f"{result.tuned(top).text('points', 100)} on the test."
    )


def _edges(result: Result) -> list[str]:
    """Those whose best rate is the lowest or highest tried, so that a better one may lie beyond."""
    ends = [f"{n} ({rate(result.settings.rates[result.best(n)])})" for n in result.names if result.best(n) in (0, 2)]
    if not ends:
        return []
    return [f"Best at an end of the rates tried, so perhaps better still beyond it: {listed(ends)}."]


def _plateau(result: Result) -> str:
    parts = []
    for r, v in enumerate(result.settings.rates):
        fired = result.fired(r)
        firsts = [row[0] for row in fired if row]
        if not firsts:
            parts.append(f"never from {rate(v)}")
        else:
            when = f"{min(firsts)} to {max(firsts)}" if min(firsts) < max(firsts) else f"{firsts[0]}"
            parts.append(
                f"{np.mean([len(row) for row in fired]):.1f} times from {rate(v)} "
                f"(first after epoch {when}, in {len(firsts)} of {counted(len(fired), 'seed')})"
            )
    return f"ReduceLROnPlateau lowered the rate, on average, {listed(parts)}."


def score(result: Result) -> str:
    if result.fraction < 1:
        return "stopped"
    k = result.best("constant")
    top = max(result.names, key=lambda n: float(result.validation[result.names.index(n)].mean(1).max()))
    value = result.test[result.names.index(top), result.best(top)].mean()
    return f"tuned constant {100 * result.test[0, k].mean():.1f} %, best by validation {top} {100 * value:.1f} %"


def difference(a: Result, b: Result) -> str:
    """How the schedules' gains over the tuned constant differ between two runs."""
    both = [n for n in a.names[1:] if n in b.names]
    if a.fraction < 1 or b.fraction < 1 or not both:
        return "The two have no finished schedule in common."
    parts = [f"{n} {100 * a.tuned(n).mean:+.1f} (was {100 * b.tuned(n).mean:+.1f})" for n in both]
    return f"Points of test accuracy over the tuned constant: {listed(parts)}."


def _count(rows: list[Interval]) -> tuple[int, int]:
    return sum(i.low > 0 for i in rows), sum(i.high < 0 for i in rows)


def _low(result: Result) -> tuple[int, str]:
    up, down = _count([result.gain(n, 0) for n in result.names[1:]])
    return (1 if down > up else 0 if up > down else 2), at_rate(result, 0)


def _high(result: Result) -> tuple[int, str]:
    up, down = _count([result.gain(n, 2) for n in result.names[1:]])
    return (0 if up > down else 1 if down > up else 2), at_rate(result, 2)


def _tuned(result: Result) -> tuple[int, str]:
    up, _ = _count([result.tuned(n) for n in result.names[1:]])
    return (2 if up == 0 else 0 if up == len(result.names) - 1 else 1), _against_tuned(result)


def _warm(result: Result) -> tuple[int, str]:
    i = result.names.index("warm-up")
    gone = [int(result.diverged[k, 2].sum()) for k in (0, i)]
    gain = mean_interval(result.test[i, 2] - result.test[0, 2])
    said = (
        f"From {rate(result.settings.rates[2])} warm-up changed the test accuracy by {gain.text('points', 100)}; "
        f"diverged: {gone[0]} of {result.settings.seeds} without, {gone[1]} with it."
    )
    return (2 if not gain.clear_of_zero else 0 if gain.mean > 0 else 1), said


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "The base rate is three times lower than it should be, and then a schedule lowers it further. What do schedules do to the test accuracy?",
        ("Most that differ raise it", "Most that differ lower it", "Nothing beyond luck, or as often one as the other"),
        {},
        _low,
    ),
    Question(
        "Each schedule at its best base rate, the constant one at its own. How many schedules beat it beyond luck?",
        ("All of them", "Some", "None"),
        {},
        _tuned,
    ),
    Question(
        "Points on two spirals, and a base rate three times too high. What do schedules do to the test accuracy?",
        ("Most that differ raise it", "Most that differ lower it", "Nothing beyond luck, or as often one as the other"),
        {"data": "spiral", "batch": 16},
        _high,
    ),
    Question(
        "Adam from a rate that is far too high for it. Does a warm-up alone, with a constant rate after it, raise the test accuracy?",
        ("It raises it", "It lowers it", "Nothing beyond luck"),
        {"optimizer": "Adam", "lr": 0.01, "spread": 10.0, "schedules": "constant,warm-up,warm-up + cosine"},
        _warm,
    ),
)
