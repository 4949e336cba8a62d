"""What the samples show, from their numbers."""

from __future__ import annotations

import math

import numpy as np

from core.concepts.foundations.expectation.result import Result
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, over_rows

SKEWED = 0.5  # a skewness from which on a distribution is called skewed


def coverage(result: Result) -> Interval:
    """Share of the intervals that hold the expectation, with what the count itself is uncertain by (99 %)."""
    share, samples = float(result.holds.mean()), len(result.means)
    return over_rows(Interval(share, share, share, samples, 0.99), share, samples)


def findings(result: Result) -> list[Finding]:
    """The verdict first: how many intervals hold what they are meant to hold."""
    found = [_coverage(result), *_reasons(result), _first(result), _within(result), _error(result), _shape(result)]
    return [*found, _pairs(result), _alarms(result)]


def _coverage(result: Result) -> Finding:
    s, share = result.settings, coverage(result)
    return Finding(
        "covers_more" if share.low > s.level else "covers_less" if share.high < s.level else "covers",
        share=share.mean,
        low=share.low,
        high=share.high,
        level=s.level,
        samples=len(result.means),
        n=s.n,
        source=s.source,
    )


def _reasons(result: Result) -> list[Finding]:
    """Why intervals may miss: what the formula assumes and this source does not keep."""
    none, found = float(np.isnan(result.halves).mean()), []
    if none > 0.001:
        found.append(Finding("no_spread", share=none, n=result.settings.n))
    if abs(result.skewness) > SKEWED:
        side = float((result.means < result.mean).mean())
        found.append(Finding("skewed", skewness=result.skewness, below=side))
    return found


def _first(result: Result) -> Finding:
    if math.isnan(result.halves[0]):
        return Finding("first_none", n=result.settings.n)
    mean, half = float(result.means[0]), float(result.halves[0])
    interval = Interval(mean, mean - half, mean + half, result.settings.n, result.settings.level)
    return Finding("first_holds" if result.holds[0] else "first_misses", interval=interval, mean=result.mean)


def _within(result: Result) -> Finding:
    return Finding("within", share=result.within, level=result.settings.level)


def slope(result: Result) -> float:
    """The power of n with which the scatter of the means falls, from a line through its logarithms."""
    return float(np.polyfit(np.log(result.sizes.n), np.log(result.sizes.error), 1)[0])


def _error(result: Result) -> Finding:
    n = result.settings.n
    found = float(np.sqrt(((result.means - result.mean) ** 2).mean()))
    return Finding("error", found=found, predicted=result.deviation / math.sqrt(n), n=n, slope=slope(result))


def skewness(values: np.ndarray) -> float:
    """The third moment of the standardised values."""
    return float((((values - values.mean()) / values.std()) ** 3).mean())


def _shape(result: Result) -> Finding:
    numbers = {"one": result.skewness, "means": skewness(result.means), "n": result.settings.n}
    return Finding("shape", expected=result.skewness / math.sqrt(result.settings.n), **numbers)


def _pairs(result: Result) -> Finding:
    s, pairs = result.settings, result.pairs
    numbers = {"n": s.n, "ratio": pairs.ratio, "root": math.sqrt(1 - s.correlation), "correlation": s.correlation}
    paired, unpaired = pairs.found
    return Finding("pairs" if s.effect else "pairs_none", effect=s.effect, paired=paired, unpaired=unpaired, **numbers)


def _alarms(result: Result) -> Finding:
    m = result.settings.comparisons
    plain, corrected = (float(v) for v in result.alarms[:, m - 1])
    return Finding("alarms", m=m, plain=plain, corrected=corrected, level=result.settings.level)


def score(result: Result) -> Finding:
    """The coverage, for a table."""
    return Finding("score", share=coverage(result).mean, level=result.settings.level)


def difference(a: Result, b: Result) -> Finding:
    """Coverage of `a` minus that of `b`, with what the two counts are uncertain by."""
    one, two = (float(r.holds.mean()) for r in (a, b))
    rows = len(a.means)
    spread = 1.96 * math.sqrt((one * (1 - one) + two * (1 - two) + 2 / rows) / rows)
    change = Interval(one - two, one - two - spread, one - two + spread, rows)
    if a.settings == b.settings:
        return Finding("same_run", share=one)
    return Finding("changed" if change.sign else "not_changed", change=change)


def _quarter(result: Result) -> float:
    by_n = result.sizes.set_index("n").error
    return float(by_n[32] / by_n[8])


def _rare(result: Result) -> Grade:
    share = coverage(result)
    level = result.settings.level
    right = 0 if share.low > level else 2 if share.high < level else 1
    return right, {"share": share.mean, "bad": float((result.values < 0.6).mean()), "networks": len(result.values)}


def _alarm(result: Result) -> float:
    return float(result.alarms[0, result.settings.comparisons - 1])


QUESTIONS = (
    Question.nearest("values", {"n": 100}, lambda result: result.within, (0.95, 0.5, 0.15)),
    Question.nearest("quarter", {"n": 32}, _quarter, (0.25, 0.5, 0.71)),
    Question.nearest("skewed", {"source": "lognormal", "n": 5}, lambda r: coverage(r).mean, (0.95, 0.82, 0.5)),
    Question.nearest("pairs", {"correlation": 0.9, "n": 16}, lambda result: result.pairs.ratio, (0.9, 0.33, 0.1)),
    Question.nearest("alarms", {"comparisons": 10}, _alarm, (0.05, 0.1, 0.33)),
    Question("rare", {"source": "networks", "width": 3, "n": 50}, _rare),
)
