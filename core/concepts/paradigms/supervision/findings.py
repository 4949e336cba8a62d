"""What costs, group answers, clusters and a few labels are worth, from the numbers of the run."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from core.concepts.paradigms.supervision.result import Result
from core.concepts.paradigms.supervision.settings import BUDGETS, KINDS, NUMBER_NOISE, RULES
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval

LEVEL = 1 - 0.05 / 3  # of each of the page's three comparisons, so that all three are right at once in 95 %
CLASS, CHEAPEST, NODE = range(len(RULES))
FAR = KINDS.index("far")


def over_seeds(result: Result, values: np.ndarray, level: float = LEVEL) -> Interval:
    """The interval of the mean of values (S,). The same flowers return for every seed, so the variance is corrected for it there (Nadeau and Bengio, 2003)."""
    found = mean_interval(values, level)
    if result.settings.data != "iris":
        return found
    wider = math.sqrt(1 + len(values) * 75 / 50)  # flowers to test on and to learn from
    return replace(
        found, low=found.mean - wider * (found.mean - found.low), high=found.mean + wider * (found.high - found.mean)
    )


def saved(result: Result, rule: int = NODE) -> Interval:
    """Mean cost of an answer under a rule minus that of the likeliest class, paired by seed."""
    return over_seeds(result, result.tree.costs[rule] - result.tree.costs[CLASS])


def budget(result: Result) -> int:
    """The number of the one of BUDGETS that is nearest to the number of labels that was asked for."""
    return int(np.abs(np.subtract(BUDGETS, result.settings.labels)).argmin())


def worth(result: Result) -> Interval:
    """Accuracy with labels at cluster centres minus that with as many labels at random, paired by seed."""
    b = budget(result)
    return over_seeds(result, result.worth[1, b] - result.worth[0, b])


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether group answers make mistakes cheaper."""
    found = [_node(result), _cheapest(result), *_turn(result), *_exact(result), _temperature(result), _numbers(result)]
    return [*found, *_clusters(result), _pca(result), _worth(result)]


def _node(result: Result) -> Finding:
    t, change = result.tree, saved(result)
    if (t.costs[NODE] == t.costs[CLASS]).all():
        return Finding("node_same", cost=float(t.costs[CLASS].mean()))
    return Finding(
        {-1: "node_cheaper", 1: "node_dearer", 0: "node_unclear"}[change.sign],
        change=change,
        cost=float(t.costs[NODE].mean()),
        leaf=float(t.costs[CLASS].mean()),
        seeds=result.settings.seeds,
        far=float(t.shares[NODE, :, FAR].mean()),
        leaf_far=float(t.shares[CLASS, :, FAR].mean()),
        nodes=not_classes(result),
    )


def not_classes(result: Result) -> float:
    """Share of the answers under the cheapest node that are no class: a right group or "do not know"."""
    return float(result.tree.shares[NODE][:, [KINDS.index("group"), KINDS.index("root")]].sum(1).mean())


def _cheapest(result: Result) -> Finding:
    t, change = result.tree, saved(result, CHEAPEST)
    if not t.changed.any():
        return Finding("class_same")
    return Finding(
        {-1: "class_cheaper", 1: "class_dearer", 0: "class_unclear"}[change.sign],
        change=change,
        changed=float(t.changed.mean()),
    )


def _turn(result: Result) -> list[Finding]:
    t = result.tree
    return [Finding("turn", outside=float(t.outside.mean()), turn=t.turn)] if math.isfinite(t.turn) else []


def _exact(result: Result) -> list[Finding]:
    if result.tree.exact is None:
        return []
    leaf, cheapest, node = (float(v) for v in result.tree.exact.mean(1))
    return [Finding("exact", leaf=leaf, cheapest=cheapest, node=node, n=result.settings.n)]


def _temperature(result: Result) -> Finding:
    if not result.settings.calibrated:
        return Finding("not_calibrated")
    middle = float(np.exp(np.log(result.temperature).mean()))
    return Finding("overconfident" if middle > 1.1 else "calibrated", temperature=middle)


def _numbers(result: Result) -> Finding:
    told = {"error": float(result.error.mean()), "baseline": float(result.baseline.mean())}
    if result.settings.data == "iris":
        return Finding("petals", **told)
    return Finding("numbers", noise=NUMBER_NOISE, **told)


def best_start(result: Result) -> int:
    """The number of the k-means start with the lowest inertia."""
    return int(result.clusters.inertia.argmin())


def _clusters(result: Result) -> list[Finding]:
    c, k = result.clusters, result.settings.clusters
    groups, classes = (float(v) for v in c.kmeans[best_start(result)])
    told = {
        "k": k,
        "groups": groups,
        "classes": classes,
        "mixed": float(c.mixture[0]),
        "mixed_classes": float(c.mixture[1]),
    }
    low, high, starts = float(c.inertia.min()), float(c.inertia.max()), len(c.inertia)
    return [
        Finding("clusters", **told),
        Finding("starts_differ" if high > 1.02 * low else "starts_agree", low=low, high=high, starts=starts),
    ]


def _pca(result: Result) -> Finding:
    v = result.clusters.variances
    return Finding(
        "pca", d=len(v), share=float(v[0] / v.sum()), lost=result.clusters.lost, eigenvalues=float(v[1:].sum())
    )


def _worth(result: Result) -> Finding:
    b, change = budget(result), worth(result)
    random, centres = (float(v) for v in result.worth[:, b].mean(1))
    return Finding(
        {1: "centres_better", -1: "centres_worse", 0: "centres_unclear"}[change.sign],
        change=change,
        labels=BUDGETS[b],
        random=random,
        centres=centres,
    )


def score(result: Result) -> Finding:
    """The mean costs, for a table."""
    leaf, _, node = (float(v) for v in result.tree.costs.mean(1))
    return Finding("score", leaf=leaf, node=node)


def difference(a: Result, b: Result) -> Finding:
    """Share of the answers in a wrong group under the cheapest node, `a` minus `b`, paired where the points are the same."""
    one, two = a.settings, b.settings
    if any(getattr(one, f) != getattr(two, f) for f in ("data", "strokes", "noise", "n", "seeds", "seed")):
        return Finding("not_paired")
    change = over_seeds(a, a.tree.shares[NODE, :, FAR] - b.tree.shares[NODE, :, FAR], 0.95)
    return Finding("changed" if change.sign else "not_changed", change=change, seeds=one.seeds)


def _gain(result: Result, rule: int) -> float:
    """The share of the likeliest class's cost that a rule saves."""
    leaf = result.tree.costs[CLASS].mean()
    return float(1 - result.tree.costs[rule].mean() / leaf) if leaf else 0.0


def _found(result: Result) -> Grade:
    groups, classes = (float(v) for v in result.clusters.kmeans[best_start(result)])
    return (0 if groups > classes else 1), {"groups": groups, "classes": classes}


def _iris(result: Result) -> Grade:
    kmeans, mixture = float(result.clusters.kmeans[best_start(result), 1]), float(result.clusters.mixture[1])
    right = 0 if mixture > kmeans + 0.05 else 1 if mixture < kmeans - 0.05 else 2
    return right, {"kmeans": kmeans, "mixture": mixture}


QUESTIONS = (
    Question.nearest("classes", {}, lambda result: _gain(result, CHEAPEST), (0.02, 0.3, 0.6)),
    Question.nearest("nodes", {"far": 20.0}, lambda result: _gain(result, NODE), (0.05, 0.25, 0.55)),
    Question("clusters", {"clusters": 3}, _found),
    Question("iris", {"data": "iris"}, _iris),
    Question.sign("worth", {"labels": 9}, worth),
)
