"""What a run over model sizes shows, from its numbers."""

from __future__ import annotations

import numpy as np

from core.concepts.generalization.model_complexity import shape
from core.concepts.generalization.model_complexity.result import Result, Sweep
from core.concepts.generalization.model_complexity.tasks import (
    FEATURES,
    LEARNING_CURVES,
    NETWORK_TEN,
    ONE_INPUT,
)
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval

LARGE = 1000.0  # errors above are not written out
PENALISED = 7  # the degree at which L2 is looked at


def amount(value: float) -> float | Finding:
    """An error as a sentence takes it: large ones, which a few training sets make, are not written out."""
    return value if value <= LARGE else Finding("over", limit=LARGE)


def size(family: str, value: int) -> Finding:
    """The size of a model in words, such as "degree 3"."""
    if family.startswith("polynomial"):
        return Finding("degree", size=value)
    if family == "k-NN":
        return Finding("k", size=value)
    if family in ("tree", "bagged trees"):
        return Finding("depth", size=value)
    return Finding("width", size=value)


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether the error of polynomials falls and rises again."""
    parts = (_other_families, _features, _networks, _penalty, _rows, _sum)
    return [_verdict(result), *(finding for part in parts for finding in part(result))]


def _verdict(result: Result) -> Finding:
    sweep = result.families.get("polynomial", Sweep())
    if len(sweep.sizes) < 3:
        return Finding("too_early")
    errors, train, best = sweep.values("error"), sweep.train_error(), sweep.best
    falls, rises = shape.falls(sweep), shape.rises(sweep)
    return Finding(
        "falls_rises" if falls and rises else "rises" if rises else "falls" if falls else "flat",
        best=sweep.sizes[best],
        last=sweep.sizes[-1],
        first_error=float(errors[0]),
        best_error=float(errors[best]),
        last_error=amount(float(errors[-1])),
        first_train=float(train[0]),
        last_train=float(train[-1]),
        sets=result.settings.resamples,
    )


def _other_families(result: Result) -> list[Finding]:
    """Where else the error rises again at the complex end."""
    others = {
        name: result.families[name] for name in ONE_INPUT[1:] if len(result.families.get(name, Sweep()).sizes) > 2
    }
    rising = [_ends(name, sweep) for name, sweep in others.items() if shape.rises(sweep)]
    staying = [_ends(name, sweep) for name, sweep in others.items() if not shape.rises(sweep)]
    if rising and staying:
        return [Finding("others_both", rising=rising, staying=staying)]
    if rising or staying:
        return [Finding("others_rise" if rising else "others_stay", families=rising or staying)]
    return []


def _ends(name: str, sweep: Sweep) -> Finding:
    best, errors = sweep.best, sweep.values("error")
    at = size(name, sweep.sizes[best])
    return Finding("ends", family=name, at=at, best=float(errors[best]), last=amount(float(errors[-1])))


def _features(result: Result) -> list[Finding]:
    """Random features past the point where there are as many as rows: theory puts the peak there."""
    sweep, rows = result.families.get(FEATURES, Sweep()), result.settings.rows
    if not sweep.sizes or sweep.sizes[-1] <= rows:
        return []
    errors, peak, last = sweep.values("error"), sweep.sizes.index(rows), len(sweep.sizes) - 1
    found = shape.peak_at(sweep, peak)
    change = shape.apart(sweep, last, found.before, peak)
    numbers = {
        "rows": rows,
        "before": sweep.sizes[found.before],
        "before_error": float(errors[found.before]),
        "peak_error": amount(float(errors[peak])),
        "last": sweep.sizes[-1],
        "last_error": float(errors[-1]),
    }
    end = Finding({-1: "end_lower", 0: "end_same", 1: "end_higher"}[change.sign], change=change)
    return [Finding("double_descent" if found.double else "no_double_descent", end=end, **numbers)]


def _networks(result: Result) -> list[Finding]:
    """Trained networks on the task with ten inputs."""
    sweep = result.families.get(NETWORK_TEN, Sweep())
    if len(sweep.sizes) < 4:
        return []
    found, errors = shape.highest_peak(sweep), sweep.values("error")
    return [
        Finding(
            "network_double" if found.double else "network_hump" if found.up and found.down else "network_no_peak",
            first=sweep.sizes[0],
            first_error=float(errors[0]),
            before=sweep.sizes[found.before],
            before_error=float(errors[found.before]),
            peak=sweep.sizes[found.peak],
            peak_error=amount(float(errors[found.peak])),
            last=sweep.sizes[-1],
            last_error=float(errors[-1]),
            sets=result.settings.networks,
        )
    ]


def _penalty(result: Result) -> list[Finding]:
    """The polynomial of degree 7 with and without L2."""
    plain, held = (result.families.get(name, Sweep()) for name in ("polynomial", "polynomial + L2"))
    if PENALISED not in held.sizes:
        return []
    pair = plain.only(PENALISED) + held.only(PENALISED)
    better, worse = shape.higher(pair, 0, 1, 2), shape.higher(pair, 1, 0, 2)
    without, with_it = (t.values for t in pair.terms)
    return [
        Finding(
            "l2_lower" if better else "l2_higher" if worse else "l2_same",
            degree=PENALISED,
            l2=result.settings.l2,
            error=amount(without["error"]),
            error_l2=with_it["error"],
            bias=amount(max(0.0, without["bias"])),
            bias_l2=max(0.0, with_it["bias"]),
            variance=amount(without["variance"]),
            variance_l2=with_it["variance"],
        )
    ]


def _rows(result: Result) -> list[Finding]:
    """The error of three polynomials from few training rows to many."""
    if any(len(result.learning.get(name, Sweep()).sizes) < 2 for name in LEARNING_CURVES):
        return []
    curves = [
        Finding(
            "curve",
            degree=degree,
            first=amount(result.learning[name].values("error")[0]),
            last=float(result.learning[name].values("error")[-1]),
            bias=max(0.0, float(result.learning[name].values("bias")[-1])),
        )
        for name, degree in LEARNING_CURVES.items()
    ]
    rows = result.learning["degree 1"].sizes
    return [Finding("more_rows", few=rows[0], many=rows[-1], curves=curves)]


def _sum(result: Result) -> list[Finding]:
    """Whether the terms add up to the error measured on new labels, over all sizes of all families."""
    gaps = [
        measured - sweep.errors(i)
        for sweep in result.families.values()
        for i, measured in enumerate(sweep.measured)
        if sweep.terms[i].values["error"] < 100  # else a few training sets make nearly all of it
    ]
    off = sum(mean_interval(gap, 1 - 0.05 / len(gaps)).sign != 0 for gap in gaps)
    if not gaps:
        return []
    return [Finding("sum_off", off=off, cases=len(gaps)) if off else Finding("sum_right", cases=len(gaps))]


def score(result: Result) -> Finding:
    """The lowest expected error with one input, for a table."""
    lowest = {n: float(f.values("error").min()) for n, f in result.families.items() if n in ONE_INPUT}
    if not lowest:
        return Finding("too_early")
    name = min(lowest, key=lambda family: lowest[family])
    sweep = result.families[name]
    return Finding("score", family=name, error=lowest[name], at=size(name, sweep.sizes[sweep.best]))


def difference(a: Result, b: Result) -> Finding:
    """How the lowest error of each family with one input changed from `b` to `a`, on the same training sets."""
    names = ("data", "n", "noise", "resamples", "networks", "seed")
    both = [name for name in ONE_INPUT if name in a.families and name in b.families]
    if any(getattr(a.settings, n) != getattr(b.settings, n) for n in names) or not both:
        return Finding("not_comparable")
    changes = {name: _lowest_change(a.families[name], b.families[name], 1 - 0.05 / len(both)) for name in both}
    signs = {change.sign for change in changes.values()} - {0}
    if not signs:
        return Finding("no_difference", sets=a.settings.resamples)
    clear = [Finding("change", family=name, change=change) for name, change in changes.items() if change.sign]
    if len(signs) == 2:
        return Finding("mixed", changes=clear)
    return Finding("better" if signs == {-1} else "worse", changes=clear)


def _lowest_change(a: Sweep, b: Sweep, level: float) -> Interval:
    return a.terms[a.best].interval("error", level, b.terms[b.best])


def _degree(result: Result) -> Grade:
    sweep = result.families["polynomial"]
    errors, best = sweep.values("error"), sweep.sizes[sweep.best]
    choice = int(np.searchsorted((2, 5, 10), best))
    last = amount(float(errors[-1]))
    return choice, {"best": best, "error": float(errors.min()), "last": sweep.sizes[-1], "last_error": last}


def _descent(result: Result) -> Grade:
    sweep, rows = result.families[FEATURES], result.settings.rows
    errors, peak, last = sweep.values("error"), sweep.sizes.index(rows), len(sweep.sizes) - 1
    before = shape.peak_at(sweep, peak).before
    change = shape.apart(sweep, last, before, peak)
    numbers = {
        "before": sweep.sizes[before],
        "before_error": float(errors[before]),
        "rows": rows,
        "peak_error": amount(float(errors[peak])),
        "last": sweep.sizes[-1],
        "last_error": float(errors[-1]),
    }
    if not shape.higher(sweep, peak, last, 1):
        return 0, numbers
    return (2 if change.sign < 0 else 1), numbers


def _width(result: Result) -> Interval:
    """Variance of the widest network minus that of the network with 8 neurons."""
    sweep = result.families["network"]
    return sweep.terms[-1].interval("variance", 0.95, sweep.terms[sweep.sizes.index(8)])


def _which_term(result: Result) -> Grade:
    """Which term L2 lowers at degree 7; two comparisons, so that both are right at 95 %."""
    plain, held = (result.families[name].only(PENALISED).terms[0] for name in ("polynomial", "polynomial + L2"))
    bias, variance = (held.interval(term, 0.975, plain) for term in ("bias", "variance"))
    choice = {(True, False): 0, (False, True): 1, (True, True): 2}.get((bias.sign < 0, variance.sign < 0), 3)
    return choice, {"bias": bias, "variance": variance}


QUESTIONS = (
    Question("degree", {}, _degree),
    Question("descent", {}, _descent),
    Question.sign("width", {}, _width),
    Question("which_term", {"n": 100, "noise": 0.8, "l2": 0.1}, _which_term),
)
