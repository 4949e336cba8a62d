"""What a run of the boosting page shows, in words made from its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.data import tables
from core.legacy import Question
from core.stats import Interval, counted

if TYPE_CHECKING:
    from core.concepts.ensembles.boosting import Result

METHODS = ("AdaBoost", "gradient boosting", "HistGradientBoosting")


def together(result: Result) -> float:
    """Level of each comparison that the findings make, so that all of them hold at 95 % (Bonferroni)."""
    return 1 - 0.05 / (8 if result.settings.wrong else 5)


def stopping(result: Result, method: int) -> tuple[int, Interval]:
    """The round of the lowest mean validation loss (error for AdaBoost), and how far the end lies above a stop chosen so.

    For each seed the round is chosen on the other seeds, since a minimum chosen on the same numbers lies low by luck alone.
    """
    values = result.over("error" if method == 0 else "loss")[:, method, 1]  # (R, T)
    best = int(values.mean(0).argmin()) + 1
    R = len(values)
    if R < 2:
        return best, Interval(float(values[0, -1] - values[0].min()), np.nan, np.nan, 1)
    others = (values.sum(0) - values) / (R - 1)
    rise = [values[k, -1] - values[k, others[k].argmin()] for k in range(R)]
    return best, tables.interval(rise, result.table, together(result))


def harm(result: Result) -> np.ndarray:
    """What the wrong labels cost AdaBoost and gradient boosting in validation error: (R, 2)."""
    return np.stack([result.validation(m)[:, -1] - result.over("clean")[:, m] for m in (0, 1)], 1)


def findings(result: Result) -> list[str]:
    """What this run shows, in sentences made from its numbers."""
    s, table = result.settings, result.table
    R = len(result.seeds)
    seeds, found = counted(R, "seed"), list[str]()
    finals = [tables.rate(result.validation(m)[:, -1], table) for m in range(3)]
    found.append(
        f"After {counted(s.rounds, 'round')} AdaBoost errs on {finals[0].text('%', 100)} of new rows, gradient boosting on "
        f"{finals[1].text('%', 100)}, over {seeds}."
    )
    if R > 1:
        apart = tables.interval(result.validation(0)[:, -1] - result.validation(1)[:, -1], table, together(result))
        found.append(
            f"Gradient boosting is {'better' if apart.mean > 0 else 'worse'} than AdaBoost by {apart.size.text('points', 100)}, paired."
            if apart.clear_of_zero
            else f"Between the two there is no difference beyond luck: {apart.text('points', 100)}, paired."
        )
    first = result.validation(0)[:, 0] - result.validation(0)[:, -1]
    lift = tables.interval(first, table, together(result))
    if s.rounds > 1 and R > 1:
        found.append(
            f"The first tree alone errs on {100 * result.validation(0)[:, 0].mean():.1f} %; the {s.rounds - 1} after it "
            + (f"{'lower' if lift.mean > 0 else 'raise'} that by {lift.size.text('points', 100)} (AdaBoost)." if lift.clear_of_zero else f"change it by nothing beyond luck: {lift.text('points', 100)} (AdaBoost).")
        )  # fmt: skip
    if len(result.ada) < s.rounds:
        why = (
            "its last tree made no mistake"
            if result.ada and not result.ada[-1].error
            else "no tree was better than a coin"
        )
        found.append(f"AdaBoost ended after {counted(len(result.ada), 'round')} of the first seed: {why}.")
    for m, kind in ((0, "error"), (1, "log-loss")):
        best, rise = stopping(result, m)
        unit, scale, digits = ("points", 100.0, 1) if m == 0 else ("", 1.0, 3)
        if R > 1 and rise.clear_of_zero and rise.mean > 0:
            found.append(
                f"Early stopping pays for {METHODS[m]}: the validation {kind} was lowest at round {best}, and ends "
                f"{rise.text(unit, scale, digits)} higher."
            )
        elif R > 1:
            found.append(
                f"Early stopping saves {METHODS[m]} nothing beyond luck: {rise.text(unit, scale, digits)} of {kind}."
            )
    if s.wrong:
        cost = harm(result)
        a, g, d = (
            tables.interval(v, table, together(result)) for v in (cost[:, 0], cost[:, 1], cost[:, 0] - cost[:, 1])
        )
        found.append(
            f"The wrong labels cost AdaBoost {a.text('points', 100)} and gradient boosting {g.text('points', 100)}."
        )
        if R > 1:
            found.append(
                f"They hurt {'AdaBoost' if d.mean > 0 else 'gradient boosting'} more, by {d.size.text('points', 100)}."
                if d.clear_of_zero
                else f"Which of the two they hurt more cannot be told from luck: {d.text('points', 100)}."
            )
        end = result.over("attention")[:, :, -1].mean(0)
        found.append(
            f"The wrongly labelled rows are {100 * s.wrong:.0f} % of all. In the last round they carry {100 * end[0]:.0f} % of "
            f"AdaBoost's weight and {100 * end[1]:.0f} % of gradient boosting's residuals."
        )
    took = 1000 * result.over("seconds").mean(0)
    hist = tables.interval(result.validation(2)[:, -1] - result.validation(1)[:, -1], table, together(result))
    found.append(
        f"HistGradientBoosting errs on {100 * finals[2].mean:.1f} %"
        + (f", {hist.text('points', 100)} against gradient boosting" if R > 1 else "")
        + ("" if hist.clear_of_zero or R < 2 else ": no difference beyond luck")
        + f". It took {took[2]:.0f} ms a fit, our loop {took[1]:.0f} ms; its bins are made for tables of ten thousand rows and more."
    )
    if table.kind == "table":
        mean = result.over("importances").mean(0)
        used = [
            f"*{table.features[int(mean[m].argmax())]}* ({100 * mean[m].max():.0f} %, {METHODS[m]})" for m in (0, 1)
        ]
        found.append(f"Used most: {used[0]} and {used[1]}.")
    return found


def sealed(result: Result) -> str:
    """The test errors of all methods; the one place that shows them."""
    scores = [tables.rate(v, result.table).text("%", 100) for v in result.over("sealed").T]
    return "Test error: " + ", ".join(f"{name} {text}" for name, text in zip(METHODS, scores, strict=True))


def score(result: Result) -> str:
    means = [f"{METHODS[m]} {tables.rate(result.validation(m)[:, -1], result.table).text('%', 100)}" for m in (0, 1)]
    return f"validation error: {means[0]}, {means[1]}"


def difference(a: Result, b: Result) -> str:
    """Validation errors of `a` against `b` in a sentence: paired over seeds when both saw the same data."""
    names = ("data", "n", "noise", "wrong", "seed")
    both = min(len(a.seeds), len(b.seeds))
    if any(getattr(a.settings, f) != getattr(b.settings, f) for f in names) or both < 2:
        return (
            "The two did not run on the same data with the same seeds, so their errors are not set against each other."
        )
    said = []
    for m in (0, 1):
        change = tables.interval(a.validation(m)[:both, -1] - b.validation(m)[:both, -1], a.table)
        if change.clear_of_zero:
            word = "more" if change.mean > 0 else "fewer"
            said.append(f"{METHODS[m]}: {word} errors by {change.size.text('points', 100)}")
        else:
            said.append(f"{METHODS[m]}: no difference beyond luck, {change.text('points', 100)}")
    return f"{'; '.join(said)}. Paired over {both} seeds."


def _xor(result: Result) -> tuple[int, str]:
    error = tables.rate(result.validation(0)[:, -1], result.table)
    said = (
        f"AdaBoost's stumps err on {error.text('%', 100)} of the XOR points: a sum over x1 and x2 alone has no corner."
    )
    return int(np.argmin([abs(error.mean - guess) for guess in (0.05, 0.2, 0.45)])), said


def _which_suffers(result: Result) -> tuple[int, str]:
    cost = harm(result)
    a, g, d = (
        tables.interval(v, result.table, together(result)) for v in (cost[:, 0], cost[:, 1], cost[:, 0] - cost[:, 1])
    )
    said = f"AdaBoost lost {100 * a.mean:.1f} points, gradient boosting {100 * g.mean:.1f}; the difference is {d.text('points', 100)}."
    return (2 if not d.clear_of_zero else 0 if d.mean > 0 else 1), said


def _too_long(result: Result) -> tuple[int, str]:
    best, rise = stopping(result, 1)
    said = f"The mean validation log-loss was lowest at round {best}; the last round lies {rise.text(digits=3)} above a stop there."
    if best == result.settings.rounds:
        return 0, said
    return (1 if rise.clear_of_zero and rise.mean > 0 else 2), said


def _slow(result: Result) -> tuple[int, str]:
    rates = result.over("rates")[:, :, -1]
    change = tables.interval(rates[:, 0] - rates[:, 2], result.table)
    said = (
        f"Error at rate 0.03 minus error at 0.3, after {result.settings.rounds} rounds: {change.text('points', 100)}."
    )
    return (2 if not change.clear_of_zero else 0 if change.mean < 0 else 1), said


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "XOR: the class depends on both coordinates together. A stump asks about one. What do a hundred boosted stumps err on?",
        ("About 5 %", "About 20 %", "About half"),
        {"data": "xor", "noise": 0.1},
        _xor,
    ),
    Question(
        "A fifth of the training labels is wrong, trees of depth 3. Which method suffers more?",
        ("AdaBoost", "Gradient boosting", "No difference beyond luck"),
        {"wrong": 0.2, "depth": 3, "lr": 0.1},
        _which_suffers,
    ),
    Question(
        "Gradient boosting with depth 3, rate 1 and 150 rounds. When is its validation log-loss lowest?",
        ("At the last round", "Earlier: then it climbs", "Earlier, but the climb is within luck"),
        {"depth": 3, "lr": 1.0, "rounds": 150},
        _too_long,
    ),
    Question(
        "A learning rate of 0.03 instead of 0.3, and only 30 rounds for either. How does the slow one do?",
        ("Better", "Worse", "No difference beyond luck"),
        {"lr": 0.03, "rounds": 30},
        _slow,
    ),
)

SOURCES = (
    "Freund and Schapire, *A Decision-Theoretic Generalization of On-Line Learning* (1997), for AdaBoost and its bound",
    "Zhu, Zou, Rosset and Hastie, *Multi-class AdaBoost* (2009), for SAMME, which is AdaBoost when there are two classes",
    "Friedman, *Greedy Function Approximation: A Gradient Boosting Machine* (2001)",
    "Dietterich, *An Experimental Comparison of Three Methods for Constructing Ensembles* (2000), for label noise",
    "Ke and others, *LightGBM* (2017), for histograms",
    "Nadeau and Bengio, *Inference for the Generalization Error* (2003), for the intervals on tables",
)
