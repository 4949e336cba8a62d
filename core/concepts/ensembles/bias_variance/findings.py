"""What a run of bias_variance shows, from its numbers."""

from __future__ import annotations

import math

import numpy as np

from core.concepts.ensembles.bias_variance.result import Result
from core.concepts.ensembles.bias_variance.settings import Settings
from core.data.tables import TABLES
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval

PAIRS = (
    ("deep tree", "bagged deep"),
    ("deep tree", "boosted deep"),
    ("shallow tree", "bagged shallow"),
    ("shallow tree", "boosted shallow"),
)
LEVEL = 1 - 0.05 / (3 * len(PAIRS))  # of each of the three terms of each pair, so that all are covered at once (95 %)
STACKED = ("deep tree", "k-NN", "linear")  # what the stack is made of
SMALLEST = 0.0005  # changes below this are not worth a sentence, however sure


def scatter(s: Settings) -> str:
    """The term that says how much the predictions differ between training sets. For classes not the variance, which depends
    on the main prediction, but how often two training sets disagree."""
    return "variance" if s.regression else "disagreement"


def changed(result: Result, single: str, many: str, term: str) -> int:
    """1 where `many` has clearly more of a term than `single`, -1 where clearly less, else 0."""
    change = result.change(single, many, term, LEVEL)
    return change.sign if abs(change.mean) >= SMALLEST else 0


def findings(result: Result) -> list[Finding]:
    """The verdict first: what bagging does to a deep tree, and boosting to a shallow one."""
    pairs = [("deep tree", "bagged deep"), ("shallow tree", "boosted shallow")]
    return [
        _verdict(result),
        *(_pair(result, *pair) for pair in pairs),
        _stack(result),
        *_balance(result),
        _noise(result),
    ] + ([] if result.settings.regression else [_doubt(result)])


def _amount(result: Result, name: str, term: str) -> Finding:
    """A term of a learner, of which none is below 0 but the net variance of classes."""
    value = result.terms[name].interval(term).mean
    return Finding("squared", value=value) if result.settings.regression else Finding("share", value=value)


def _change(result: Result, change: Interval) -> Finding:
    if result.settings.regression:
        return Finding("squared_change", change=change)
    return Finding("share_change", change=change)


def _verdict(result: Result) -> Finding:
    term = scatter(result.settings)
    bagged = {"before": _amount(result, "deep tree", term), "after": _amount(result, "bagged deep", term)}
    boosted = {"before": _amount(result, "shallow tree", "bias"), "after": _amount(result, "boosted shallow", "bias")}
    bagging = changed(result, "deep tree", "bagged deep", term)
    boosting = changed(result, "shallow tree", "boosted shallow", "bias")
    return Finding(
        "verdict",
        bagging=Finding(
            {-1: "bagging_lowered", 0: "bagging_unclear", 1: "bagging_raised"}[bagging],
            term=_called(result, term),
            **bagged,
        ),
        boosting=Finding(
            {-1: "boosting_lowered", 0: "boosting_unclear", 1: "boosting_raised"}[boosting],
            term=_called(result, "bias"),
            **boosted,
        ),
    )


def _called(result: Result, term: str) -> str:
    return "bias²" if result.settings.regression and term == "bias" else term


def _pair(result: Result, single: str, many: str) -> Finding:
    said = []
    for term in ("bias", scatter(result.settings), "error"):
        clear = changed(result, single, many, term) != 0
        said.append(
            Finding(
                "term_changed" if clear else "term_unclear",
                term=_called(result, term),
                before=_amount(result, single, term),
                after=_amount(result, many, term),
                change=_change(result, result.change(single, many, term, LEVEL)),
            )
        )
    return Finding("pair", single=single, many=many, terms=said)


def _stack(result: Result) -> Finding:
    """Stacking compared with the best of the three learners that it is made of."""
    best = min(STACKED, key=lambda n: result.terms[n].values["error"])
    gap = result.change(best, "stacking", "error", 1 - 0.05 / len(STACKED))
    return Finding(
        {-1: "stack_better", 0: "stack_unclear", 1: "stack_worse"}[gap.sign], best=best, change=_change(result, gap)
    )


def _balance(result: Result) -> list[Finding]:
    """Whether the terms add up to the error that is measured on new labels."""
    if result.settings.data in TABLES:
        return []
    level = 1 - 0.05 / len(result.names)
    gaps = {n: mean_interval(m - result.terms[n].values["error"], level) for n, m in result.measured.items()}
    worst = max(gaps, key=lambda n: abs(gaps[n].mean))
    known = {"worst": worst, "gap": _change(result, gaps[worst])}
    if clear := [n for n in gaps if gaps[n].clear_of_zero]:
        return [Finding("sum_missed", names=clear, **known)]
    return [Finding("sum_met", terms="bias² + variance" if result.settings.regression else "bias + variance", **known)]


def _noise(result: Result) -> Finding:
    s = result.settings
    if s.regression:
        return Finding("noise_squared", variance=s.noise**2)
    if result.pool:
        return Finding("noise_unknown", n=result.n, pool=result.pool)
    return Finding("noise_share", noise=float(result.noise.mean()))


def _doubt(result: Result) -> Finding:
    """For how many points more training sets could change the main prediction."""
    most = max(result.terms, key=lambda n: result.terms[n].unsure)
    return Finding("doubt", name=most, share=result.terms[most].unsure, sets=result.resamples)


def score(result: Result) -> Finding:
    """Expected errors of trees, alone and many."""
    errors = {
        name.replace(" ", "_"): _amount(result, name, "error")
        for name in ("deep tree", "bagged deep", "shallow tree", "boosted shallow")
    }
    return Finding("score", **errors)


def difference(a: Result, b: Result) -> Finding:
    """Which learners' errors changed between two runs, paired over the same training sets."""
    same = ("data", "n", "noise", "draws", "resamples", "seed")
    if any(getattr(a.settings, f) != getattr(b.settings, f) for f in same) or a.resamples != b.resamples:
        return Finding("not_comparable")
    both = [n for n in a.names if n in b.terms]
    changes = {n: a.terms[n].interval("error", 1 - 0.05 / len(both), b.terms[n]) for n in both}
    clear = [Finding("error_changed", name=n, change=_change(a, i)) for n, i in changes.items() if i.clear_of_zero]
    return Finding("errors_changed", clear=clear) if clear else Finding("errors_same", sets=a.resamples)


def _bagging(result: Result) -> Grade:
    terms = ("bias", scatter(result.settings))
    bias_fell, scatter_fell = (changed(result, "deep tree", "bagged deep", t) < 0 for t in terms)
    choice = {(True, False): 0, (False, True): 1, (True, True): 2, (False, False): 3}[bias_fell, scatter_fell]
    bias, spread = (_change(result, result.change("deep tree", "bagged deep", t, LEVEL)) for t in terms)
    return choice, {"bias": bias, "scatter": spread, "term": terms[1]}


def _boosting(result: Result) -> Grade:
    terms = ("bias", scatter(result.settings))
    bias_sign, scatter_sign = (changed(result, "shallow tree", "boosted shallow", t) for t in terms)
    choice = {(-1, 1): 0, (1, -1): 1, (-1, -1): 2}.get((bias_sign, scatter_sign), 3)
    bias, spread = (_change(result, result.change("shallow tree", "boosted shallow", t, LEVEL)) for t in terms)
    return choice, {"bias": bias, "scatter": spread, "term": terms[1]}


def _nearest(result: Result) -> Grade:
    s, variance = result.settings, result.terms["k-NN"].interval("variance")
    guesses = np.array([s.noise**2, s.noise**2 / math.sqrt(s.k), s.noise**2 / s.k, s.noise**2 / s.k**2])
    choice = int(np.argmin(np.abs(np.log(guesses / variance.mean))))
    return choice, {"variance": variance, "expected": s.noise**2 / s.k}


def _agree(result: Result) -> Grade:
    gap = result.change("bagged deep", "boosted shallow", "disagreement")
    bagged, boosted = (result.terms[n].values["disagreement"] for n in ("bagged deep", "boosted shallow"))
    return {1: 0, -1: 1, 0: 2}[gap.sign], {"bagged": bagged, "boosted": boosted, "gap": gap}


QUESTIONS = (
    Question("bagging", {}, _bagging),
    Question("boosting", {}, _boosting),
    Question("nearest", {"draws": "noise", "noise": 0.5, "k": 10}, _nearest),
    Question("agree", {"data": "breast cancer"}, _agree),
)
