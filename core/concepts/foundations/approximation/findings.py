"""What a run shows, from its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.foundations.approximation.building import FLOOR, slope
from core.concepts.foundations.approximation.result import FROM, Result
from core.concepts.foundations.approximation.settings import WIDTHS
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval

WIDEST = max(WIDTHS)


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether trained networks come as close as the built one."""
    if not result.complete:
        return [Finding("unfinished", share=result.fraction)]
    local = doublings(result)
    about: dict[str, Any] = {"built": built_slope(result), "least": float(local.min()), "most": float(local.max())}
    found = [_verdict(result), Finding("law", **about, trained=trained_slope(result), widths=FROM)]
    gain = float(result.built_at(WIDEST) / result.improved[0, -1]) if result.built_at(WIDEST) > FLOOR else 1.0
    key_better = gain > 1
    found.append(
        Finding(
            "improves" if key_better else "spoils",
            factor=max(gain, 1 / gain),
            n=WIDEST,
            error=float(result.improved[0, -1]),
        )
    )
    found.append(_largest(result))
    names = ("bernstein", "fejer")
    ends = {name: float(result.built[name][1, -1]) for name in names}
    slopes = {name: slope(result.sizes[2:], result.built[name][1, 2:]) for name in names}
    ends_at = {"degree": int(result.sizes[-1]), "bernstein": ends["bernstein"], "fejer": ends["fejer"]}
    found.append(Finding("polynomials", **ends_at, bernstein_slope=slopes["bernstein"], fejer_slope=slopes["fejer"]))
    return found


def distance(result: Result, index: int = -1) -> Interval:
    """How many powers of ten further off trained networks are than the built one of the same width, over seeds."""
    ends = np.log10(np.minimum(result.trained[0, index], 1e6))
    return mean_interval(ends - np.log10(max(result.built_at(WIDTHS[index]), FLOOR)))


def built_slope(result: Result, kind: str = "relu") -> float:
    """The power of n with which the mean error of a construction falls."""
    kept = result.sizes >= FROM
    return slope(result.sizes[kept], result.built[kind][0, kept])


def doublings(result: Result) -> np.ndarray:
    """The power of n from one size of the ReLU construction to twice that size. It has no seeds, so how far these differ is
    what can be said about its slope."""
    kept = result.built["relu"][0, result.sizes >= FROM]
    powers: np.ndarray = np.diff(np.log2(np.maximum(kept, FLOOR)))
    return powers


def trained_slope(result: Result) -> Interval:
    """The same of the trained networks: each seed's own slope, and their mean."""
    kept = np.array(WIDTHS) >= FROM
    own = [slope(np.array(WIDTHS)[kept], np.minimum(seed, 1e6)) for seed in result.trained[0, kept].T]
    return mean_interval(own)


def _verdict(result: Result) -> Finding:
    effect = distance(result)
    trained = float(10 ** np.log10(np.minimum(result.trained[0, -1], 1e6)).mean())
    about = {"n": WIDEST, "built": result.built_at(WIDEST), "trained": trained, "seeds": result.settings.seeds}
    if effect.sign == 0:
        return Finding("no_difference", **about)
    low, high = sorted(10 ** (effect.sign * end) for end in (effect.low, effect.high))
    about |= {"factor": 10 ** abs(effect.mean), "low": low, "high": high}
    return Finding("built_closer" if effect.sign > 0 else "trained_closer", **about)


def _largest(result: Result) -> Finding:
    first, last = (float(result.built["relu"][1, i]) for i in (2, -1))
    sizes = {"first": int(result.sizes[2]), "last": int(result.sizes[-1])}
    return Finding(
        "uniform" if last < 0.5 * first or last <= FLOOR else "not_uniform", before=first, after=last, **sizes
    )


def score(result: Result) -> Finding:
    """Mean errors of the widest networks, for a table."""
    if not result.complete:
        return Finding("unfinished", share=result.fraction)
    trained = float(10 ** np.log10(np.minimum(result.trained[0, -1], 1e6)).mean())
    return Finding(
        "score", n=WIDEST, built=result.built_at(WIDEST), trained=trained, improved=float(result.improved[0, -1])
    )


def difference(a: Result, b: Result) -> Finding:
    """How much further off the trained networks of `a` end than those of `b`, paired by seed."""
    one, two = a.settings, b.settings
    if not (a.complete and b.complete) or (one.seed, one.seeds) != (two.seed, two.seeds):
        return Finding("not_comparable")
    effect = mean_interval(np.log10(np.minimum(a.trained[0, -1], 1e6)) - np.log10(np.minimum(b.trained[0, -1], 1e6)))
    factor = 10 ** abs(effect.mean)
    if effect.sign == 0:
        return Finding("as_before", n=WIDEST, factor=factor)
    return Finding("further" if effect.sign > 0 else "nearer", n=WIDEST, factor=factor)


def _spread_helps(result: Result) -> Grade:
    effect = distance(result)
    return {1: 0, -1: 1, 0: 2}[effect.sign], {"factor": 10 ** abs(effect.mean), "seeds": result.settings.seeds}


QUESTIONS = (
    Question.nearest("power", {"seeds": 7}, built_slope, (-0.5, -1.0, -2.0)),
    Question("spread", {"start": "spread"}, _spread_helps),
    Question.nearest("jump", {"target": "jump"}, lambda r: float(r.built["relu"][1, -1]), (0.001, 0.1, 0.7)),
    Question.nearest(
        "root", {"target": "root"}, lambda r: slope(r.sizes[2:], r.built["relu"][1, 2:]), (-0.5, -1.0, -2.0)
    ),
)
