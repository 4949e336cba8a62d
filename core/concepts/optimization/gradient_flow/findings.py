"""What the gradients of many deep networks show, from their numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from core.concepts.optimization.gradient_flow.result import Result
from core.concepts.optimization.gradient_flow.settings import (
    ACTIVATIONS,
    INITIALISATIONS,
    NETWORKS,
    PER_STRUCTURE,
    STRUCTURES,
    ViewSettings,
)
from core.concepts.optimization.gradient_flow.theory import theory
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval

LEARNT = 0.5  # accuracy; chance is 0.1
LEVEL = 1 - 0.05 / NETWORKS  # of a comparison that is made in every network (Bonferroni)
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
Place = tuple[int, int, int]  # in arrays over (activation, structure, initialisation)
Changes = list[tuple[Place, Interval]]


def findings(result: Result) -> list[Finding]:
    """The verdict first: which structures let networks learn."""
    found = [verdict(result), extremes(result), kept(result), batch_norm(result)]
    if result.learnt is not None:
        found += [prediction(result), clipping(result)]
    if result.finite is not None and not result.finite.all():
        lost = (~result.finite).sum((0, 1, 2, 4))
        networks = result.finite[:, :, :, 0].size
        found.append(Finding("overflow", networks=networks, without=int(lost[0]), limited=int(lost[1])))
    return found


def verdict(result: Result) -> Finding:
    """How many networks of each structure learn without clipping. The best and the worst structure are compared network by
    network (a sign test, corrected for the six pairs of structures)."""
    if result.validation is None:
        within = result.start.within().sum((0, 2))
        return Finding("stopped", done=result.fraction, per=PER_STRUCTURE, counts=counted_structures(within))
    learn = result.validation.mean(-1)[..., 0] >= LEARNT  # (activation, structure, initialisation)
    numbers: dict[str, Any] = {
        "steps": result.settings.steps,
        "per": PER_STRUCTURE,
        "least": LEARNT,
        "counts": counted_structures(learn.sum((0, 2))),
    }
    if not learn.any():
        return Finding(
            "none_learns", networks=NETWORKS, best=float(result.validation.mean(-1)[..., 0].max()), **numbers
        )
    if learn.all():
        return Finding("all_learn", networks=NETWORKS, **numbers)
    best, worst = learn[:, learn.sum((0, 2)).argmax()], learn[:, learn.sum((0, 2)).argmin()]
    more, fewer = int((best & ~worst).sum()), int((worst & ~best).sum())
    clear = stats.binomtest(more, more + fewer).pvalue < 0.05 / math.comb(len(STRUCTURES), 2)
    return Finding("structure_decides" if clear else "structure_unclear", **numbers)


def counted_structures(counts: np.ndarray) -> list[Finding]:
    """How many networks of each structure."""
    return [Finding("count", structure=name, number=int(n)) for name, n in zip(STRUCTURES, counts, strict=True)]


def extremes(result: Result) -> Finding:
    """The networks in which the gradient shrinks and grows most at initialisation."""
    s, decades = result.settings, result.start.decades().mean(-1)
    low, high = (
        tuple(int(i) for i in np.unravel_index(int(find(decades)), decades.shape)) for find in (np.argmin, np.argmax)
    )
    return Finding(
        "extremes",
        layers=s.depth,
        smallest=factor(float(decades[low])),
        smallest_in=name(low, s.scale),
        largest=factor(float(decades[high])),
        largest_in=name(high, s.scale),
    )


def kept(result: Result) -> Finding:
    """In how many networks the gradient stays within a factor of ten, and whether residual connections alone do it."""
    start = result.start
    counts = start.within().sum((0, 2))
    added = STRUCTURES.index("residual")
    worst = float(np.abs(start.decades().mean(-1)[:, added]).max())
    return Finding(
        "kept" if counts[added] == PER_STRUCTURE else "kept_not_by_residual",
        per=PER_STRUCTURE,
        counts=counted_structures(counts),
        worst=factor(worst),
    )


def batch_norm(result: Result) -> Finding:
    """By how much the gradient grows with every layer back under batch norm, with Kaiming."""
    layers, level = result.settings.depth - 1, 1 - 0.05 / len(ACTIVATIONS)
    at = STRUCTURES.index("batch norm"), INITIALISATIONS.index("Kaiming")
    rows = {a: mean_interval(d[at] / layers, level) for a, d in zip(ACTIVATIONS, result.start.decades(), strict=True)}
    grows = [Finding("growth", activation=a, share=10**r.mean - 1) for a, r in rows.items() if r.low > 0]
    if not grows:
        return Finding("no_growth")
    return Finding("growth_by_batch_norm", rows=grows, theory=math.sqrt(math.pi / (math.pi - 1)) - 1)


def correlation(result: Result) -> Interval:
    """Spearman's rank correlation, over all networks without clipping, of how far the gradient at initialisation is from
    uniform and the accuracy after training; one value a seed."""
    assert result.learnt is not None
    off, after = np.abs(result.start.decades()), result.learnt[:, :, :, 0]
    values = [_ranked(off[..., i].ravel(), after[..., i].ravel()) for i in range(off.shape[-1])]
    return mean_interval(values, bounds=(-1, 1))


def _ranked(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of the ranks, ties sharing theirs; 0 when one of the two does not vary."""
    if not np.ptp(a) or not np.ptp(b):
        return 0.0
    return float(np.corrcoef(stats.rankdata(a), stats.rankdata(b))[0, 1])


def prediction(result: Result) -> Finding:
    r = correlation(result)
    return Finding({-1: "predicts", 0: "predicts_nothing", 1: "predicts_the_reverse"}[r.sign], correlation=r)


def effect_of_clipping(result: Result, at: Place) -> Interval:
    """Accuracy with clipping minus without in one network, paired over seeds."""
    assert result.learnt is not None
    differences = result.learnt[at][1] - result.learnt[at][0]
    return mean_interval(differences, LEVEL, result.held_out, (-1, 1))


def changed_by_clipping(result: Result) -> tuple[Changes, Changes]:
    """The networks that clipping helped and those that it cost accuracy, the most first."""
    rows = [(at, effect_of_clipping(result, at)) for at in np.ndindex(result.start.decades().shape[:3])]
    up = sorted((row for row in rows if row[1].sign > 0), key=lambda row: -row[1].mean)
    down = sorted((row for row in rows if row[1].sign < 0), key=lambda row: row[1].mean)
    return up, down


def clipping(result: Result) -> Finding:
    s, (up, down) = result.settings, changed_by_clipping(result)
    parts = []
    if up:
        most, change = up[0]
        parts.append(Finding("helped", number=len(up), networks=NETWORKS, most=name(most, s.scale), change=change))
    if down:
        most, change = down[0]
        parts.append(Finding("cost", number=len(down), networks=NETWORKS, most=name(most, s.scale), change=change))
    if not parts:
        return Finding("clipping_changes_nothing", clip=s.clip, networks=NETWORKS, seeds=s.seeds)
    return Finding("clipping", clip=s.clip, parts=parts)


def network(result: Result, view: ViewSettings) -> list[Finding]:
    """What becomes of the gradient at initialisation in the network that is looked at."""
    s, start = result.settings, result.start
    decades = mean_interval(start.decades()[view.index])
    numbers = {"name": name(view.index, s.scale), "layers": s.depth - 1, "decades": decades}
    times = factor(decades.mean)
    if view.structure != "plain":
        return [Finding("network", times=times, **numbers)]
    expected = factor(float(np.log10(theory(s, view, start.inputs)[1][0])))
    found = [Finding("plain_network", times=times, theory=expected, **numbers)]
    if view.activation == "sigmoid":
        quarter = factor(-(s.depth - 1) * math.log10(4))
        bounded = Finding("with_weights", bound=factor(start.bound)) if view.initialisation == "N(0, s)" else ""
        found.append(Finding("sigmoid_bound", layers=s.depth - 1, quarter=quarter, bounded=bounded))
    return found


def name(at: Sequence[int], scale: float) -> str:
    """The network at a place of arrays over (activation, structure, initialisation)."""
    a, b, c = at
    return f"{ACTIVATIONS[a]}, {initialisation_name(INITIALISATIONS[c], scale)}, {STRUCTURES[b]}"


def initialisation_name(initialisation: str, scale: float) -> str:
    """The initialisation with the number that s stands for."""
    return initialisation.replace("s)", f"{scale:g})")


def factor(decades: float) -> str:
    """10 to that power as people write it: 0.35, 1,200, 10⁻¹⁵."""
    if not math.isfinite(decades):
        return "0"
    if abs(decades) < 4:
        value = float(f"{10**decades:.2g}")
        return f"{value:,.0f}" if value >= 10 else f"{value:g}"
    return "10" + f"{decades:.0f}".translate(SUPERSCRIPTS)


def score(result: Result) -> Finding:
    """How many networks learn, for a table."""
    if result.validation is None:
        return Finding("no_score")
    learn = (result.validation.mean(-1) >= LEARNT).sum((0, 1, 2))
    return Finding("score", networks=NETWORKS, without=int(learn[0]), limited=int(learn[1]))


def difference(a: Result, b: Result) -> Finding:
    """In which networks the accuracy without clipping differs between two runs, paired over the same seeds."""
    if a.validation is None or b.validation is None or a.settings.range != b.settings.range:
        return Finding("not_comparable")
    changes = []
    for at in np.ndindex(a.validation.shape[:3]):
        change = mean_interval(a.validation[at][0] - b.validation[at][0], LEVEL, a.held_out, (-1, 1))
        if change.sign:
            changes.append((name(at, a.settings.scale), change))
    if not changes:
        return Finding("no_difference", networks=NETWORKS)
    changes.sort(key=lambda row: -abs(row[1].mean))
    rows = [Finding("changed_row", name=which, change=change) for which, change in changes[:3]]
    better = sum(change.sign > 0 for _, change in changes)
    return Finding("changed", better=better, worse=len(changes) - better, networks=NETWORKS, rows=rows)


RELU, SIGMOID = ACTIVATIONS.index("ReLU"), ACTIVATIONS.index("sigmoid")
PLAIN, ADDED = STRUCTURES.index("plain"), STRUCTURES.index("residual")
NORMAL, KAIMING = INITIALISATIONS.index("N(0, s)"), INITIALISATIONS.index("Kaiming")


def _vanishes(result: Result) -> Grade:
    decades = result.start.decades()[RELU, PLAIN].mean(-1)
    index = int(abs(decades[NORMAL]) > 1) + int(decades[NORMAL] <= -4)
    return index, {"normal": factor(float(decades[NORMAL])), "kaiming": factor(float(decades[KAIMING]))}


def _residual_learns(result: Result) -> Grade:
    assert result.learnt is not None
    plain, added = result.learnt[RELU, PLAIN, KAIMING].mean(-1), result.learnt[RELU, ADDED, KAIMING].mean(-1)
    without, limited = added >= LEARNT
    index = [bool(without), bool(limited), True].index(True)
    return index, {"without": float(added[0]), "limited": float(added[1]), "plain": float(plain[0])}


def _right_scale(result: Result) -> Grade:
    decades = float(result.start.decades()[RELU, PLAIN, NORMAL].mean())
    index = 1 + int(decades > 1) - int(decades < -1)
    return index, {"times": factor(decades), "kaiming": math.sqrt(2 / result.settings.width)}


QUESTIONS = (
    Question("vanishes", {}, _vanishes),
    Question("residual_learns", {}, _residual_learns),
    Question.sign("rescue", {}, lambda result: effect_of_clipping(result, (SIGMOID, PLAIN, KAIMING))),
    Question("right_scale", {"scale": 0.35}, _right_scale),
)
