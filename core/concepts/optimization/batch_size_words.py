"""What a run of the batch size page shows, in words made from its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.legacy import Question
from core.stats import Interval, counted, listed, mean_interval

if TYPE_CHECKING:
    from core.concepts.optimization.batch_size import Result

RULES = ("fixed", "square root", "linear")
UNITS = ("epochs", "steps", "seconds")


def amount(value: float, unit: str) -> str:
    digits = f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
    return f"{digits} {unit}"


def needed(result: Result, B: int, rule: str, unit: str) -> np.ndarray:
    """Epochs, steps or seconds (of one network alone on this machine) to the target, of each seed; infinity for never."""
    each = {"epochs": B / result.settings.n, "steps": 1.0, "seconds": result.ms[B] / 1000}[unit]
    return result.steps(B, rule) * each


def median(values: np.ndarray) -> float:
    """Infinite when at least half of them are, so that nothing is made of a few lucky ones."""
    return float(np.sort(values)[len(values) // 2])


def quickest(result: Result, unit: str) -> tuple[float, int, str] | None:
    """The least median to the target, and the batch size and rule it takes; None when most seeds never reach it."""
    least = min((median(needed(result, B, rule, unit)), B, rule) for B in result.sizes for rule in RULES)
    return least if np.isfinite(least[0]) else None


def findings(result: Result) -> list[str]:
    s = result.settings
    found = [slopes(result), angles(result)]
    if result.fraction < 1:
        return [
            *found,
            f"The run was stopped at {100 * result.fraction:.0f} %; batch sizes that are missing were not trained.",
        ]
    found.append(budget(result))
    found += [against(result, rule) for rule in RULES] if len(result.sizes) > 1 else []
    found += [linear_limit(result)] if max(result.sizes) > s.reference else []
    found += [to_target(result), full_batch(result), machine(result)]
    found.append(
        f"Intervals are paired over {counted(s.seeds, 'seed')} (starts and batches); those of accuracies hold together at 95 %. "
        "They do not cover another draw of data. Seconds and examples a second are of this machine, and vary with what else it does."
    )
    return found


def slopes(result: Result) -> str:
    level, parts, fits = 1 - 0.05 / (2 * len(result.noise)), [], True  # so many intervals that hold together
    for when, noise in result.noise.items():
        both = [noise.slope(how, level) for how in ("with", "without")]
        fits &= all(i.low <= -1 <= i.high for i in both)
        parts.append(
            f"{when} {_slope(both[0])} with replacement and {_slope(both[1])} without, once divided by (n − B)/(n − 1)"
        )
    return f"Slope of log variance against log B: {'; '.join(parts)}, {'as 1/B says' if fits else 'where 1/B says −1'}."


def _slope(i: Interval) -> str:
    return f"{i.mean:.3f} ({i.low:.3f} to {i.high:.3f})"


def angles(result: Result) -> str:
    parts = []
    for when, noise in result.noise.items():
        at = sorted({1, result.settings.reference, noise.n // 4})
        turned = [
            f"{noise.angle['with'][:, int(np.abs(noise.sizes - B).argmin())].mean():.0f}° for B = {B}" for B in at
        ]
        scale = noise.scale
        parts.append(
            f"{when} {listed(turned)}; noise and gradient are equally long at B = {np.median(scale):.0f} "
            f"({scale.min():.0f} to {scale.max():.0f} over seeds)"
        )
    said = f"A batch's gradient is off the full one by, {'. '.join(p[0].upper() + p[1:] if i else p for i, p in enumerate(parts))}."
    if len(result.noise) < 2 or len(result.noise["trained"].scale) < 2:
        return said
    grown = np.log(result.noise["trained"].scale / result.noise["at the start"].scale)
    i = mean_interval(grown)
    times = f"{np.exp(i.mean):.2g} times ({np.exp(i.low):.2g} to {np.exp(i.high):.2g}) what it was"
    beyond = "" if i.clear_of_zero else ", no change beyond luck"
    paper = "; the paper that named it saw it grow" if i.high < 0 else ""
    return f"{said} So training made that batch size {times}{beyond}{paper}."


def budget(result: Result) -> str:
    """The smallest batch against the largest at a fixed rate."""
    s, few, many = result.settings, result.sizes[-1], result.sizes[0]
    if few == many:
        return f"Only B = {few} was trained."
    change = mean_interval(result.accuracy(few, "fixed") - result.accuracy(many, "fixed"))
    parts = [
        f"B = {B} takes {s.mark(B):,} steps and ends at {100 * result.accuracy(B, 'fixed').mean():.1f} %"
        for B in (many, few)
    ]
    best = max(result.sizes, key=lambda B: float(result.accuracy(B, "fixed").mean()))
    return (
        f"{s.epochs} epochs at a fixed rate of {s.lr:g}: {listed(parts)} validation accuracy, a change of {change.text('points', 100)}"
        f"{'' if change.clear_of_zero else ', no difference beyond luck'}. The best is B = {best}, at {100 * result.accuracy(best, 'fixed').mean():.1f} %."
    )


def against(result: Result, rule: str) -> str:
    """Each batch size under one rule against the reference."""
    s = result.settings
    others = [B for B in result.sizes if s.reference != B]
    words = {"fixed": "Rate fixed", "square root": "Rate × √(B/B₀)", "linear": "Rate × B/B₀"}[rule]
    parts = []
    for name, keep in (("better", lambda i: i.low > 0), ("worse", lambda i: i.high < 0)):
        rows = [(B, i) for B in others if keep(i := result.change(B, rule))]
        if rows:
            said = [
                f"B = {B} by {abs(100 * i.mean):.1f} points ({100 * i.low:+.1f} to {100 * i.high:+.1f})"
                for B, i in rows
            ]
            parts.append(f"{name}: {listed(said)}")
    rest = [f"B = {B}" for B in others if not result.change(B, rule).clear_of_zero]
    if rest:
        parts.append(f"no difference beyond luck: {listed(rest)}")
    return f"{words}, against B₀ = {s.reference} after the same epochs: {'; '.join(parts)}."


def linear_limit(result: Result) -> str:
    """Where the linear rule stops keeping the accuracy, for batches larger than the reference."""
    s = result.settings
    larger = [B for B in result.sizes if s.reference < B]
    worse = [B for B in larger if result.change(B, "linear").high < 0]
    if not worse:
        return f"The linear rule keeps the accuracy up to B = {larger[-1]} here, within luck."
    B = worse[0]
    kept = [b for b in larger if b < B]
    parts = [
        f"after {s.total(b)} steps B = {b} reaches {100 * float(result.curves[b].accuracy[-1, 2].mean()):.1f} % at rate "
        f"{s.rate(b, 'linear'):.3g} and {100 * float(result.curves[b].accuracy[-1, 0].mean()):.1f} % at the fixed one"
        for b in sorted({B, larger[-1]})
    ]
    return (
        f"The linear rule fails here from B = {B} on{f', having held at B = {kept[-1]}' if kept else ''}. Too few steps, or too high a "
        f"rate? Given more epochs, {'; '.join(parts)}."
    )


def to_target(result: Result) -> str:
    s, parts = result.settings, []
    for unit in UNITS:
        best = quickest(result, unit)
        if best is not None:
            value, B, rule = best
            parts.append(f"the fewest {unit} are {amount(value, '').strip()}, B = {B} with the rate {_ruled(rule)}")
    if not parts:
        return f"At no batch size do more than half of the seeds reach {s.target} % validation accuracy."
    return f"To {s.target} % validation accuracy (median of seeds): {'; '.join(parts)}."


def _ruled(rule: str) -> str:
    return {"fixed": "fixed", "square root": "scaled by the root", "linear": "scaled linearly"}[rule]


def full_batch(result: Result) -> str:
    s, curve = result.settings, result.rprop
    assert curve is not None
    steps = median(curve.reached(s.target / 100)[0])
    said = f"Rprop on all {s.n} examples, its usual settings: {100 * curve.accuracy[-1, 0].mean():.1f} % after {s.least} steps"
    said += (
        f", {s.target} % after {steps:.0f} (median)" if np.isfinite(steps) else f", most seeds never at {s.target} %"
    )
    if s.n not in result.sizes:
        return f"{said}."
    plain = result.curves[s.n]
    at = int(np.abs(plain.steps - s.least).argmin())
    change = mean_interval(curve.accuracy[-1, 0] - plain.accuracy[at, 0])
    return f"{said}. Against {s.optimizer} on all examples at the fixed rate, after as many steps: {change.text('points', 100)}."


def machine(result: Result) -> str:
    low, high = result.sizes[0], result.sizes[-1]
    speed = {B: 1000 * B / result.ms[B] for B in (low, high)}
    each = (result.memory[high] - result.memory[low]) / max(1, high - low)
    return (
        f"One network alone: {speed[low]:,.0f} examples a second at B = {low}, {speed[high]:,.0f} at B = {high}. For the backward "
        f"pass the forward pass keeps {each:,.0f} bytes an example, {result.memory[high] / 1e3:,.1f} kB at B = {high}; the weights are "
        f"{result.weights / 1e3:,.1f} kB whatever the batch."
    )


def score(result: Result) -> str:
    if result.fraction < 1:
        return "stopped"
    B = result.settings.reference
    return f"B = {B}: {mean_interval(result.accuracy(B, 'fixed')).text('%', 100)} after {result.settings.epochs} epochs"


def difference(a: Result, b: Result) -> str:
    both = [B for B in a.sizes if B in b.sizes]
    if not both:
        return "The two have no batch size in common."
    parts = [
        f"B = {B} {100 * a.accuracy(B, 'fixed').mean():.1f} % (was {100 * b.accuracy(B, 'fixed').mean():.1f} %)"
        for B in both
    ]
    return f"Validation accuracy at the fixed rate after its epochs: {listed(parts)}."


def _halves(result: Result) -> tuple[int, str]:
    slope = result.noise["at the start"].slope("with")
    ratio = 4 ** (slope.mean / 2)
    said = f"Its variance falls with a slope of {_slope(slope)}, so four times the batch leaves {100 * ratio:.0f} % of its length."
    return (0 if ratio < 0.35 else 1 if ratio < 0.75 else 2), said


def _ends_best(result: Result) -> tuple[int, str]:
    best = max(result.sizes, key=lambda B: float(result.accuracy(B, "fixed").mean()))
    return (0 if best == result.sizes[0] else 2 if best == result.sizes[-1] else 1), budget(result)


def _linear_full(result: Result) -> tuple[int, str]:
    i = result.change(result.sizes[-1], "linear")
    said = f"B = {result.sizes[-1]} with the rate scaled linearly: {i.text('points', 100)} against B = {result.settings.reference}. {linear_limit(result)}"
    return (2 if not i.clear_of_zero else 0 if i.mean > 0 else 1), said


def _one(result: Result) -> tuple[int, str]:
    i = result.change(1, "fixed")
    return (2 if not i.clear_of_zero else 0 if i.mean > 0 else 1), against(result, "fixed")


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "Four times as many examples in a batch: what is left of the length of the gradient's noise?",
        ("A quarter", "A half", "Nearly all"),
        {},
        _halves,
    ),
    Question(
        "The same number of epochs and the same learning rate for all. Which batch size ends with the best validation accuracy?",
        ("The smallest", "One in between", "The full batch"),
        {},
        _ends_best,
    ),
    Question(
        "All examples at once, and the learning rate raised in proportion, as the linear rule says. Where does it end, against the reference?",
        ("Better", "Worse", "No difference beyond luck"),
        {"batches": "32,64,128,256,full"},
        _linear_full,
    ),
    Question(
        "Momentum, and batches of one example at the learning rate that suits 32. Where does it end, against 32?",
        ("Better", "Worse", "No difference beyond luck"),
        {"optimizer": "Momentum", "lr": 0.02, "batches": "1,4,16"},
        _one,
    ),
)
