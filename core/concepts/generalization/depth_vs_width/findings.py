"""What a run shows, from its numbers, and what the folding network on show is."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import binomtest

from core.concepts.generalization.depth_vs_width.folding import HALF, exact, folded, pieces
from core.concepts.generalization.depth_vs_width.result import Networks, Result, factor, geometric_mean
from core.concepts.generalization.depth_vs_width.settings import ViewSettings
from core.concepts.generalization.depth_vs_width.targets import DEPTHS, TARGETS, parameters
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval

RANDOM, NEAR = 0, 1  # starts of the folding network


def described(view: ViewSettings) -> list[Finding]:
    """The folding network on show."""
    k, weight = view.layers, exact(view.weight)
    made = pieces_after(k, view.weight)
    shape = {"layers": k, "pieces": made, "neurons": 2 * k, "parameters": parameters((2,) * k)}
    said = [Finding("fold", **shape, wide=parameters((made,)))]
    reach = float(max(y for _, y in folded(1, weight)))
    if reach <= HALF:
        said.append(Finding("fold_fails", weight=view.weight, reach=reach))
    elif weight < 2:
        growth = (pieces_after(8, view.weight) / pieces_after(4, view.weight)) ** (1 / 4)
        said.append(Finding("fold_partial", weight=view.weight, reach=reach, growth=growth))
    elif weight > 2:
        said.append(Finding("fold_leaves", weight=view.weight, top=float(max(y for _, y in folded(k, weight)))))
    return said


def pieces_after(layers: int, weight: float) -> int:
    """Straight pieces of the folding network's function."""
    return pieces(folded(layers, exact(weight)))


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether training finds the fold from a random start."""
    found = [_verdict(result), *(_compared(result, t) for t in range(len(TARGETS)))]
    best = [
        Finding("best_of", target=name, n=result.best(t), error=_best_error(result, t))
        for t, name in enumerate(TARGETS)
    ]
    found.append(Finding("best", parts=best))
    solved = [Finding("count", count=d.solved(0), n=n) for n, d in result.depths.items()]
    found.append(Finding("solved", parts=solved, seeds=result.settings.seeds))
    if result.fraction == 1:
        found.append(_pieces(result))
    return found


def _best_error(result: Result, target: int) -> float:
    return _mean_error(result.depths[result.best(target)], target)


def _mean_error(networks: Networks, target: int) -> float:
    """The geometric mean of the errors, to two digits."""
    return two_digits(geometric_mean(networks.errors(target)))


def two_digits(value: float) -> float:
    return float(f"{value:.2g}")


def times(log10: Interval) -> Interval:
    """The factor, to two digits, that a difference of log10 stands for."""
    f = factor(log10)
    return Interval(two_digits(f.mean), two_digits(f.low), two_digits(f.high), f.n, f.level)


def found_share(networks: Networks, start: int) -> Interval:
    """The share of the seeds that find the target, with its exact binomial interval (Clopper and Pearson, 1934)."""
    count, n = networks.solved(start), networks.validation.shape[-1]
    interval = binomtest(count, n).proportion_ci()
    return Interval(count / n, float(interval.low), float(interval.high), n)


def _verdict(result: Result) -> Finding:
    s, fold = result.settings, result.fold
    share = found_share(fold, RANDOM)
    often = int(share.low > 0.5) - int(share.high < 0.5)
    return Finding(
        {1: "finds", 0: "finds_sometimes", -1: "finds_rarely"}[often],
        random=fold.solved(RANDOM),
        near=fold.solved(NEAR),
        share=share,
        seeds=s.seeds,
        pieces=2**s.folds,
    )


def _compared(result: Result, target: int) -> Finding:
    """Each depth compared with one hidden layer."""
    ratios = {n: result.compared(n, target) for n in DEPTHS[1:]}
    clear = [Finding("times", n=n, factor=times(ratio)) for n, ratio in ratios.items() if ratio.sign]
    if clear:
        return Finding("depths_differ", target=TARGETS[target], parts=clear)
    return Finding("depths_alike", target=TARGETS[target], budget=result.settings.budget)


def _pieces(result: Result) -> Finding:
    parts = []
    for n, d in result.depths.items():
        assert d.pieces is not None
        parts.append(Finding("pieces_of", n=n, pieces=float(d.pieces[0].mean()), neurons=sum(d.widths)))
    deepest = result.depths[DEPTHS[-1]]
    most = math.prod(w + 1 for w in deepest.widths)
    return Finding("pieces", parts=parts, n=DEPTHS[-1], most=int(float(f"{most:.1e}")))


def score(result: Result) -> Finding:
    """The lowest validated errors, for a table."""
    parts = [
        Finding("best_of", target=name, n=result.best(t), error=_best_error(result, t))
        for t, name in enumerate(TARGETS)
    ]
    return Finding("score", parts=parts)


def difference(a: Result, b: Result) -> Finding:
    """The errors of `a` over those of `b`, paired over the seeds, for every target and depth."""
    if a.settings.folds != b.settings.folds or a.settings.seed != b.settings.seed:
        return Finding("not_comparable")
    seeds = min(a.settings.seeds, b.settings.seeds)
    level = 1 - 0.05 / (len(DEPTHS) * len(TARGETS))
    parts = []
    for t, target in enumerate(TARGETS):
        for n in DEPTHS:
            one, two = (r.depths[n].errors(t)[:seeds] for r in (a, b))
            ratio = mean_interval(np.log10(one / two), level)
            if ratio.sign:
                parts.append(Finding("changed", target=target, n=n, factor=times(ratio)))
    return Finding("different", parts=parts) if parts else Finding("no_difference", errors=len(DEPTHS) * len(TARGETS))


def _deepest(result: Result) -> Grade:
    errors = [_mean_error(result.depths[n], 0) for n in DEPTHS]
    parts = [Finding("error_of", n=n, error=e) for n, e in zip(DEPTHS, errors, strict=True)]
    return int(np.argmin(errors)), {"parts": parts, "compared": _compared(result, 0)}


def _found(result: Result) -> Grade:
    random, n = result.fold.solved(RANDOM), result.settings.seeds
    right = 0 if random == n else 1
    if random <= n / 8:
        right = 2
    return right, {"random": random, "near": result.fold.solved(NEAR), "seeds": n}


def _many(result: Result) -> Grade:
    deepest = result.depths[DEPTHS[-1]]
    assert deepest.pieces is not None
    made, neurons = float(deepest.pieces[0].mean()), sum(deepest.widths)
    right = 1 if made <= 3 * neurons else 2
    if made < neurons / 3:
        right = 0
    return right, {"pieces": made, "neurons": neurons}


def _four(result: Result) -> Grade:
    ratio = result.compared(4, 0)
    errors = {"four": _mean_error(result.depths[4], 0), "one": _mean_error(result.depths[1], 0)}
    return {-1: 0, 1: 1, 0: 2}[ratio.sign], {**errors, "factor": times(ratio)}


QUESTIONS = (
    Question("deepest", {}, _deepest),
    Question("found", {}, _found),
    Question("many", {}, _many),
    Question("four", {"folds": 4}, _four),
)
