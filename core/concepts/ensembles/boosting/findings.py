"""What boosting shows, from its numbers."""

from __future__ import annotations

import math

import numpy as np

from core.concepts.ensembles.boosting.result import Result
from core.concepts.ensembles.boosting.settings import RATES
from core.data import tables
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval

ADA, GRADIENT, HISTOGRAM = range(3)


def level(result: Result) -> float:
    """Level of each comparison that a run makes, so that all of them are right at 95 % (Bonferroni): first tree, methods,
    two stops and histograms; with wrong labels, what they cost either method, and which more."""
    return 1 - 0.05 / (8 if result.settings.wrong else 5)


def rate(result: Result, method: int) -> Interval:
    """Final validation error of a method, for other data."""
    return tables.rate(result.final(method), result.table)


def change(result: Result) -> Interval:
    """Final validation error of AdaBoost minus that of its first tree alone, paired over seeds."""
    return _difference(result, result.final(ADA) - result.validation(ADA)[:, 0])


def methods(result: Result) -> Interval:
    """Final validation error of gradient boosting minus that of AdaBoost."""
    return _difference(result, result.final(GRADIENT) - result.final(ADA))


def label_noise_cost(result: Result) -> np.ndarray:
    """What the wrong labels cost AdaBoost and gradient boosting in validation error: (R, 2)."""
    return np.stack([result.final(m) - result.clean_error[:, m] for m in (ADA, GRADIENT)], 1)


def stopping(result: Result, method: int) -> tuple[int, Interval]:
    """The round of the lowest mean validation loss (error for AdaBoost), and how far the end lies above a stop chosen so.

    For each seed the round is chosen on the other seeds, since a minimum chosen on the same numbers would lie low by chance.
    """
    values = (result.error if method == ADA else result.loss)[:, method, 1]  # (R, T)
    best = int(values.mean(0).argmin()) + 1
    R = len(values)
    if R < 2:
        return best, Interval(float(values[0, -1] - values[0].min()), math.nan, math.nan, 1)
    others = (values.sum(0) - values) / (R - 1)
    rise = np.array([values[k, -1] - values[k, others[k].argmin()] for k in range(R)])
    if method == ADA:
        return best, _difference(result, rise)
    return best, tables.interval(rise, result.table, level(result))


def _difference(result: Result, values: np.ndarray) -> Interval:
    """Interval of a mean difference of validation errors."""
    return tables.interval(values, result.table, level(result), len(result.table.validation.y), (-1, 1))


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether the rounds of AdaBoost make fewer errors than its first tree alone."""
    s, seeds = result.settings, len(result.error)
    found = [_verdict(result)]
    if s.rounds == 1:
        return found
    if seeds > 1:
        apart = methods(result)
        compared = Finding({-1: "gradient_better", 0: "methods_same", 1: "gradient_worse"}[apart.sign], change=apart)
        finals = {"ada": rate(result, ADA), "gradient": rate(result, GRADIENT)}
        found.append(Finding("errors", rounds=s.rounds, **finals, compared=compared))
    kept = len(result.learner_weights)
    if kept < s.rounds:
        perfect = kept > 0 and result.tree_errors[-1] == 0
        found.append(Finding("ended_perfect" if perfect else "ended_chance", rounds=kept))
    if seeds > 1:
        found.append(Finding("stopping", ada=_stop(result, ADA), gradient=_stop(result, GRADIENT)))
    if s.wrong:
        found += _wrong_labels(result)
    if seeds > 1:
        hist = _difference(result, result.final(HISTOGRAM) - result.final(GRADIENT))
        found.append(
            Finding(
                {-1: "histogram_better", 0: "histogram_same", 1: "histogram_worse"}[hist.sign],
                error=float(result.final(HISTOGRAM).mean()),
                change=hist,
            )
        )
    return found


def _verdict(result: Result) -> Finding:
    s, seeds = result.settings, len(result.error)
    means = {"ada": float(result.final(ADA).mean()), "gradient": float(result.final(GRADIENT).mean())}
    if s.rounds == 1:
        return Finding("single_round", **means)
    if result.ada_rounds.max() <= 1:
        return Finding("no_rounds", rounds=s.rounds, **means)
    if seeds < 2:
        return Finding("one_seed", rounds=s.rounds, **means)
    first = change(result)
    return Finding(
        {-1: "boosting_better", 0: "boosting_same", 1: "boosting_worse"}[first.sign],
        change=first,
        first=float(result.validation(ADA)[:, 0].mean()),
        last=means["ada"],
    )


def _stop(result: Result, method: int) -> Finding:
    best, rise = stopping(result, method)
    if best == result.settings.rounds:
        return Finding("last_error" if method == ADA else "last_loss")
    if rise.sign > 0:
        return Finding("stop_error" if method == ADA else "stop_loss", best=best, rise=rise)
    return Finding("go_on_error" if method == ADA else "go_on_loss", rise=rise)


def _wrong_labels(result: Result) -> list[Finding]:
    cost = label_noise_cost(result)
    ada, gradient, more = (_difference(result, v) for v in (cost[:, 0], cost[:, 1], cost[:, 0] - cost[:, 1]))
    end = result.attention[:, :, -1].mean(0)
    shares = {"ada": float(end[ADA]), "gradient": float(end[GRADIENT])}
    compared = (
        Finding({-1: "cost_gradient", 0: "cost_same", 1: "cost_ada"}[more.sign], more=more.size)
        if more.n > 1
        else Finding("cost_one_seed")
    )
    share = float(result.mislabelled.mean())
    return [
        Finding("cost", ada=ada, gradient=gradient, compared=compared),
        Finding("attention", share=share, **shares),
    ]


def score(result: Result) -> Finding:
    """Validation errors of AdaBoost and of gradient boosting, for a table."""
    return Finding("score", ada=rate(result, ADA), gradient=rate(result, GRADIENT))


def difference(a: Result, b: Result) -> Finding:
    """Validation errors of `a` minus those of `b`, paired over seeds when both saw the same data."""
    names = ("data", "n", "noise", "wrong", "seed")
    both = min(len(a.error), len(b.error))
    if any(getattr(a.settings, n) != getattr(b.settings, n) for n in names) or both < 2:
        return Finding("not_comparable")
    said = []
    for m in (ADA, GRADIENT):
        values = a.final(m)[:both] - b.final(m)[:both]
        apart = tables.interval(values, a.table, 1 - 0.05 / 2, len(a.table.validation.y), (-1, 1))
        said.append(Finding({-1: "better", 0: "no_difference", 1: "worse"}[apart.sign], change=apart))
    return Finding("compared", ada=said[0], gradient=said[1], seeds=both)


def sealed(result: Result) -> Finding:
    """Test errors of all methods."""
    ada, gradient, histogram = (tables.rate(values, result.table) for values in result.test_error.T)
    return Finding("test", ada=ada, gradient=gradient, histogram=histogram)


def _suffers_more(result: Result) -> Interval:
    cost = label_noise_cost(result)
    return _difference(result, cost[:, 0] - cost[:, 1])


def _stops_early(result: Result) -> Grade:
    best, rise = stopping(result, GRADIENT)
    numbers = {"best": best, "rise": rise}
    if best == result.settings.rounds:
        return 0, numbers
    return (1 if rise.sign > 0 else 2), numbers


def _slow_rate(result: Result) -> Interval:
    slow, usual = (result.rate_error[:, RATES.index(lr), -1] for lr in (0.03, 0.3))
    return tables.interval(slow - usual, result.table, 0.95, len(result.table.validation.y), (-1, 1))


QUESTIONS = (
    Question.nearest("xor", {"data": "xor", "noise": 0.1}, lambda r: r.final(ADA).mean(), (0.05, 0.2, 0.45)),
    Question.sign("wrong_labels", {"wrong": 0.2, "depth": 3, "lr": 0.1}, _suffers_more),
    Question("early_stopping", {"depth": 3, "lr": 1.0, "rounds": 150}, _stops_early),
    Question.sign("slow_rate", {"lr": 0.03, "rounds": 30}, _slow_rate),
)
