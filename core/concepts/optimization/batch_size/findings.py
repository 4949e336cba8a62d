"""What a comparison of batch sizes shows, from its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.concepts.optimization.batch_size.result import Result
from core.concepts.optimization.batch_size.settings import RULES
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval, share_interval

UNITS = ("epochs", "steps", "seconds")


def needed(result: Result, size: int, rule: str, unit: str) -> np.ndarray:
    """Epochs, steps or seconds (of one network alone on this machine) to the target, of each seed; infinity for never."""
    each = {"epochs": size / result.settings.n, "steps": 1.0, "seconds": result.ms_per_step[size] / 1000}[unit]
    return result.steps(size, rule) * each


def median(values: np.ndarray) -> float:
    """Infinite when at least half of them are, so that nothing is made of a few lucky ones."""
    return float(np.sort(values)[len(values) // 2])


def findings(result: Result) -> list[Finding]:
    """The verdict first: which batch size ends best after the same number of epochs at the same rate."""
    if result.fraction < 1:
        stopped = Finding("stopped", done=result.fraction, trained=[f"B = {size}" for size in result.sizes] or ["none"])
        return [stopped, *noise(result)]
    found = [verdict(result)]
    if result.sizes[-1] > result.settings.reference:
        found.append(linear_rule(result))
    return [*found, to_target(result), *noise(result), full_batch(result)]


def mean_accuracy(result: Result, size: int, rule: str = "fixed") -> float:
    return float(result.accuracy(size, rule).mean())


def best_size(result: Result) -> int:
    """The batch size with the highest mean accuracy at the fixed rate."""
    return max(result.sizes, key=lambda size: mean_accuracy(result, size))


def verdict(result: Result) -> Finding:
    """Which batch size ends best at the fixed rate; one that differs from the reference must do so clearly."""
    s, reference = result.settings, result.settings.reference
    if len(result.sizes) == 1:
        return Finding("only_one", size=reference, score=score(result)["score"], epochs=s.epochs)
    changes = {size: result.change(size, "fixed") for size in result.sizes if size != reference}
    better = [size for size, change in changes.items() if change.sign > 0]
    worse = [f"B = {size}" for size, change in changes.items() if change.sign < 0]
    worst = min(result.sizes, key=lambda size: mean_accuracy(result, size))
    numbers: dict[str, Any] = {
        "reference": reference,
        "reference_score": mean_accuracy(result, reference),
        "epochs": s.epochs,
        "worst": worst,
        "steps": s.budget(worst),
        "lowest": mean_accuracy(result, worst),
    }
    if better:
        best = max(better, key=lambda size: mean_accuracy(result, size))
        numbers |= {"best": best, "score": mean_accuracy(result, best), "change": changes[best]}
        return Finding("smaller_best" if best < reference else "larger_best", **numbers)
    if worse:
        equal = [f"B = {size}" for size in result.sizes if size == reference or changes[size].sign == 0]
        return Finding(
            "reference_among_best" if len(equal) > 1 else "reference_best", worse=worse, equal=equal, **numbers
        )
    return Finding("no_size_differs", **numbers)


def linear_rule(result: Result) -> Finding:
    """Where the linear rule stops keeping the accuracy, for batches larger than the reference, and why."""
    s = result.settings
    larger = [size for size in result.sizes if size > s.reference]
    worse = [size for size in larger if result.change(size, "linear").sign < 0]
    if not worse:
        return Finding("linear_kept", size=larger[-1], change=result.change(larger[-1], "linear"))
    kept = [size for size in larger if size < worse[0]]
    why = [_why_linear_fails(result, size) for size in sorted({worse[0], worse[-1]})]
    first = result.change(worse[0], "linear")
    if kept:
        return Finding("linear_fails_later", size=worse[0], kept=kept[-1], change=first, why=why)
    return Finding("linear_fails", size=worse[0], change=first, why=why)


def _why_linear_fails(result: Result, size: int) -> Finding:
    """Whether more steps would help a batch size under the linear rule, from where its networks end: compared with the
    accuracy that the reference has after its epochs."""
    s = result.settings
    scaled, fixed = (float(result.curves[size].accuracy[-1, RULES.index(rule)].mean()) for rule in ("linear", "fixed"))
    numbers = {"size": size, "steps": s.total(size), "scaled": scaled, "fixed": fixed, "rate": s.rate(size, "linear")}
    return Finding("rate_too_high" if scaled < fixed else "too_few_steps", **numbers)


def to_target(result: Result) -> Finding:
    """The fewest epochs, steps and seconds to the target, over batch sizes and rules."""
    target = result.settings.target / 100
    best = {}
    for unit in UNITS:
        every = [(median(needed(result, size, rule, unit)), size, rule) for size in result.sizes for rule in RULES]
        best[unit] = min(every)
    if not np.isfinite(best["steps"][0]):
        return Finding("never_at_target", target=target)
    names = {f"{unit}_{part}": best[unit][i] for unit in UNITS for i, part in enumerate(("value", "size", "rule"))}
    return Finding("at_target", target=target, **names)


def noise(result: Result) -> list[Finding]:
    """How the variance falls with the batch size, and at which size noise and gradient are equally long."""
    if not result.noise:
        return []
    slopes = {when: measured.slope("with") for when, measured in result.noise.items()}
    off = [slope for slope in slopes.values() if slope.n > 1 and not slope.low <= -1 <= slope.high]
    start = result.noise["at the start"]
    slope = max(slopes.values(), key=lambda one: abs(one.mean + 1))
    found = [Finding("slope_differs" if off else "slope_agrees", slope=slope)]
    at = int(np.abs(start.sizes - result.settings.reference).argmin())
    angle = float(start.angle["with"][:, at].mean())
    numbers = {"size": int(start.sizes[at]), "angle": angle, "scale": float(np.median(start.scale))}
    found.append(Finding("angle", then=scale_change(result), **numbers))
    return found


def scale_change(result: Result) -> Finding:
    """What training did to the batch size at which noise and gradient are equally long."""
    if "trained" not in result.noise:
        return Finding("scale_unknown")
    logs = mean_interval(np.log(result.noise["trained"].scale / result.noise["at the start"].scale))
    mean, low, high = (float(np.exp(value)) for value in (logs.mean, logs.low, logs.high))
    ratio = Interval(mean, low, high, logs.n, logs.level)
    return Finding({1: "scale_rose", 0: "scale_same", -1: "scale_fell"}[logs.sign], ratio=ratio)


def full_batch(result: Result) -> Finding:
    """Rprop on all examples, and how it compares with the page's optimiser after as many steps."""
    s, curve = result.settings, result.rprop
    assert curve is not None
    numbers = {"n": s.n, "steps": s.least, "score": float(curve.accuracy[-1, 0].mean())}
    if s.n not in result.sizes:
        return Finding("rprop", **numbers)
    plain = result.curves[s.n]
    at = int(np.abs(plain.steps - s.least).argmin())
    change = mean_interval(curve.accuracy[-1, 0].astype(float) - plain.accuracy[at, 0], 0.95, result.held_out, (-1, 1))
    return Finding(
        {1: "rprop_better", 0: "rprop_same", -1: "rprop_worse"}[change.sign],
        change=change,
        optimizer=s.optimizer,
        **numbers,
    )


def score(result: Result) -> Finding:
    """Validation accuracy of the reference, for a table."""
    s = result.settings
    if s.reference not in result.curves:
        return Finding("no_score")
    values = share_interval(result.accuracy(s.reference, "fixed"), result.held_out)
    return Finding("score", size=s.reference, score=values, epochs=s.epochs)


def difference(a: Result, b: Result) -> Finding:
    """Validation accuracy at the fixed rate of `a` minus `b` at each batch size that both trained, paired over seeds."""
    both = [size for size in a.sizes if size in b.sizes]
    names = ("data", "n", "noise", "seed", "seeds")
    if not both or any(getattr(a.settings, name) != getattr(b.settings, name) for name in names):
        return Finding("not_comparable")
    level = 1 - 0.05 / len(both)
    changes = {
        size: mean_interval(a.accuracy(size, "fixed") - b.accuracy(size, "fixed"), level, a.held_out, (-1, 1))
        for size in both
    }
    clear = [size for size in both if changes[size].sign]
    if not clear:
        return Finding("no_difference", sizes=[f"B = {size}" for size in both])
    return Finding("changed", rows=[Finding("changed_row", size=size, change=changes[size]) for size in clear])


def _noise_left(result: Result) -> float:
    """What is left of the length of the noise when the batch is four times as large."""
    return float(4 ** (result.noise["at the start"].slope("with").mean / 2))


def _ends_best(result: Result) -> Grade:
    best = best_size(result)
    place = {result.sizes[0]: 0, result.sizes[-1]: 2}.get(best, 1)
    return place, {"best": best, "score": mean_accuracy(result, best), "last": mean_accuracy(result, result.sizes[-1])}


QUESTIONS = (
    Question.nearest("halves", {}, _noise_left, (0.25, 0.5, 1.0)),
    Question("ends_best", {}, _ends_best),
    Question.sign(
        "linear_full",
        {"batches": ("32", "64", "128", "256", "full")},
        lambda result: result.change(result.sizes[-1], "linear"),
    ),
    Question.sign(
        "one",
        {"optimizer": "Momentum", "lr": 0.02, "batches": ("1", "4", "16")},
        lambda result: result.change(1, "fixed"),
    ),
)
