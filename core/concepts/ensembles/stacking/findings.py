"""What a run of stacking shows, from its numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.concepts.ensembles.stacking.result import BEST, HARD, IN, LEAKY, OUT, SOFT, STACK, TRAINED_ON, Result
from core.concepts.ensembles.stacking.settings import WEAK_MAJORITY
from core.data import tables
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether the stack beats the best base learner."""
    seeds = len(result.all_wrong)
    if seeds == 0:
        return [Finding("filling", share=float(np.isfinite(result.predictions[OUT]).mean()))]
    errors = {"stack": float(result.error(STACK).mean()), "best": float(result.error(BEST).mean())}
    if seeds == 1:
        found = [Finding("one_seed", **errors)]
    else:
        saved = result.saved(BEST)
        found = [
            Finding(
                {1: "better_than_best", 0: "no_difference_to_best", -1: "worse_than_best"}[saved.sign],
                change=more_errors(saved),
                seeds=seeds,
                **errors,
            )
        ]
        for vote in (SOFT, HARD):
            saved = result.saved(vote)
            found.append(
                Finding(
                    {1: "better_than_vote", 0: "no_difference_to_vote", -1: "worse_than_vote"}[saved.sign],
                    vote=vote,
                    error=float(result.error(vote).mean()),
                    change=more_errors(saved),
                )
            )
    return [*found, _chosen(result), *_weights(result), *_leak(result), _all_wrong(result)]


def more_errors(saved: Interval) -> Interval:
    """Error of the stack minus that of the model compared with, from what the stack saves."""
    return replace(saved, mean=-saved.mean, low=-saved.high, high=-saved.low)


def _chosen(result: Result) -> Finding:
    """Which base learners had the lowest out-of-fold error."""
    names, times = np.unique(np.array(result.settings.bases)[result.best], return_counts=True)
    order = np.argsort(-times, kind="stable")
    chosen = [Finding("chosen_one", name=str(names[i]), times=int(times[i])) for i in order]
    return Finding("chosen", chosen=chosen, seeds=len(result.all_wrong))


def learner_weights(result: Result) -> dict[str, dict[str, tuple[Interval, np.ndarray]]]:
    """Of each base learner, by the predictions that the meta-learner was trained on: the interval of its weight, and its
    weight in each seed."""
    both = {b: {kind: result.weight(b, kind) for kind in TRAINED_ON} for b in result.settings.bases}
    return {b: {kind: (tables.interval(v, result.table), v) for kind, v in row.items()} for b, row in both.items()}


def _weights(result: Result) -> list[Finding]:
    weight = {b: tables.interval(result.weight(b, OUT), result.table) for b in result.settings.bases}
    most = max(weight, key=lambda b: weight[b].mean)
    least = min(weight, key=lambda b: weight[b].mean)
    found = [Finding("weights", most=most, high=weight[most], least=least, low=weight[least])]
    if negative := [b for b, w in weight.items() if w.high < 0]:
        found.append(Finding("negative_weight", names=negative))
    return found


def _leak(result: Result) -> list[Finding]:
    """What training the meta-learner on in-sample predictions does to the weights and to the error."""
    names = result.settings.bases
    inside = {b: result.weight(b, IN) for b in names}
    star = max(names, key=lambda b: float(inside[b].mean()))
    p = result.predictions[IN][:, names.index(star)]
    right = float((p.argmax(-1) == result.table.train.y).mean())
    now, fair = float(inside[star].mean()), float(result.weight(star, OUT).mean())
    known = {"name": star, "inside": now, "fair": fair, "right": right, "new": 1 - float(result.error(star).mean())}
    cost = result.saved(LEAKY)
    effect = Finding({1: "leak_costs", 0: "leak_no_difference", -1: "leak_saves"}[cost.sign], cost=cost)
    return [Finding("leak_weights", **known), effect]


def _all_wrong(result: Result) -> Finding:
    share = tables.rate(result.all_wrong, result.table)
    return Finding("all_wrong", share=share) if result.all_wrong.any() else Finding("never_all_wrong")


def sealed(result: Result) -> Finding:
    """The test error of the stack."""
    return Finding("test", error=tables.rate(result.sealed[STACK], result.table))


def score(result: Result) -> Finding:
    """Validation errors, for a table."""
    if len(result.all_wrong) == 0:
        return Finding("no_score")
    return Finding("score", stack=float(result.error(STACK).mean()), best=float(result.error(BEST).mean()))


def difference(a: Result, b: Result) -> Finding:
    """Error of the stack of `a` minus that of `b`, paired over seeds when both saw the same data."""
    both = min(len(a.all_wrong), len(b.all_wrong))
    if any(getattr(a.settings, n) != getattr(b.settings, n) for n in ("data", "n", "noise", "seed")) or both < 2:
        return Finding("not_comparable")
    rows = len(a.table.validation.y)
    change = tables.interval(a.error(STACK)[:both] - b.error(STACK)[:both], a.table, rows=rows)
    return Finding({1: "more_errors", 0: "same_errors", -1: "fewer_errors"}[change.sign], change=change)


def _largest_weight(result: Result) -> Grade:
    weight = {b: float(result.weight(b, IN).mean()) for b in result.settings.bases}
    star = max(weight, key=lambda b: weight[b])
    order = ("deep tree", "15-NN", "logistic")
    return (order.index(star) if star in order else 3), {"name": star, "weight": weight[star]}


QUESTIONS = (
    Question("largest_weight", {}, _largest_weight),
    Question.sign("beats_best", {}, lambda result: result.saved(BEST)),
    Question.sign(
        "weak_majority", {"data": "spiral", "noise": 0.2, "bases": WEAK_MAJORITY}, lambda result: result.saved(HARD)
    ),
    Question.sign("good_learners", {"data": "breast cancer"}, lambda result: result.saved(SOFT)),
    Question.sign("leak", {"bases": ("logistic", "15-NN", "forest")}, lambda result: result.saved(LEAKY)),
)
