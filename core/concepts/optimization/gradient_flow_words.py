"""What a run of gradient_flow shows, in words, and the questions on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from core.concepts.optimization.gradient_flow_network import ACTIVATIONS, INITIALISATIONS, STRUCTURES, drawn
from core.legacy import Question
from core.stats import Interval, counted, listed, mean_interval

if TYPE_CHECKING:
    from core.concepts.optimization.gradient_flow import Look, Result, Start

LEARNT = 0.5  # accuracy; chance is 0.1
ALL = math.prod(map(len, (ACTIVATIONS, STRUCTURES, INITIALISATIONS)))
Place = tuple[int, int, int]


def name(at: Place, scale: float) -> str:
    a, b, c = at
    initialisation = list(INITIALISATIONS)[c].replace("s)", f"{scale:g})")
    return f"{list(ACTIVATIONS)[a]}, {initialisation}, {STRUCTURES[b]}"


def factor(decades: float) -> str:
    """10 to that power, for people."""
    if not math.isfinite(decades):
        return "0"
    return f"{10**decades:.2g}" if abs(decades) < 4 else f"10^{decades:.1f}"


def within(start: Start) -> np.ndarray:
    """(activation, structure, initialisation): whether the gradient keeps within a factor of ten from the last layer to the first, in
    the geometric mean of the seeds."""
    return np.asarray(np.abs(start.decades().mean(-1)) <= 1)


def bound(start: Start) -> float:
    """log10 of the most that the gradient of the plain sigmoid network looked at with N(0, s) can keep from the last hidden layer to the
    first: a quarter for each slope, times the largest singular value of each weight matrix; mean over seeds."""
    s, values = start.settings, []
    for seed in s.range:
        norms = [np.linalg.norm(s.scale * w.numpy(), 2) for w in drawn(seed, s.depth, s.width)[1:-1]]
        values.append(sum(math.log10(n / 4) for n in norms))
    return float(np.mean(values))


def described(start: Start, look: Look) -> list[str]:
    """The start, in words: the network looked at, and all of them."""
    s = start.settings
    decades = mean_interval(start.decades()[look.index])
    said = [
        f"**{name(look.index, s.scale)}**: from the last hidden layer back to the first, over {s.depth - 1} layers, the gradient is "
        f"multiplied by {factor(decades.mean)}: {decades.text('decades', digits=2)}, {counted(s.seeds, 'start')}."
    ]
    if look.structure == "plain":
        theory = float(np.log10(start.theory(look)[1][0]))
        said[0] += f" In an infinitely wide network it would be {factor(theory)}."
    if look.structure == "plain" and look.activation == "sigmoid":
        told = (
            f"The slope of a sigmoid is 1/4 at most, and 4^-{s.depth - 1} is {factor(-(s.depth - 1) * math.log10(4))}."
        )
        if look.initialisation == "N(0, s)":
            told += f" With the weights' own norms it can be {factor(bound(start))} at most."
        said.append(told)
    kept, per = within(start), len(ACTIVATIONS) * len(INITIALISATIONS)
    counts = listed([f"{name} {kept[:, i].sum()} of {per}" for i, name in enumerate(STRUCTURES)])
    said.append(f"Gradient within a factor of ten from end to end: {counts}.")
    if look.measure == "gradient of the weights":
        said.append(
            "The gradient of a layer's weights is the gradient of what it gives times what it takes in. In a plain network in which both "
            "shrink from layer to layer, in opposite directions, it is about as small everywhere: compare with the other two."
        )
    return said


def accuracy(result: Result) -> tuple[str, np.ndarray] | None:
    """Which, and of every model: on validation data once the run is over, on the last training batches before, where a model that was
    stopped counts as chance."""
    if result.validation is not None:
        return "validation", result.validation
    return None if result.accuracy is None else ("training", np.nan_to_num(result.accuracy[-1], nan=0.1))


def clipping(result: Result, at: Place) -> Interval:
    """Accuracy with clipping minus without, paired over seeds; as many such differences are read together as there are networks, so
    each interval is so much wider (Bonferroni)."""
    got = accuracy(result)
    assert got is not None
    return mean_interval(got[1][at][1] - got[1][at][0], 1 - 0.05 / ALL)


def changed(result: Result) -> tuple[list[tuple[Place, Interval]], list[tuple[Place, Interval]]]:
    """Networks that clipping helped and those it hurt, the most first."""
    rows = [(at, clipping(result, at)) for at in np.ndindex(result.start.decades().shape[:3])]
    up = sorted((r for r in rows if r[1].low > 0), key=lambda r: -r[1].mean)
    down = sorted((r for r in rows if r[1].high < 0), key=lambda r: r[1].mean)
    return up, down


def foretold(result: Result) -> Interval:
    """Spearman's rank correlation, over all networks without clipping, of how far the gradient at the start is from even and the accuracy
    after training; one value a seed. It is negative when uneven gradients go with not learning."""
    got = accuracy(result)
    assert got is not None
    off, after = np.abs(result.start.decades()), got[1][:, :, :, 0]
    return mean_interval([_ranked(off[..., i].ravel(), after[..., i].ravel()) for i in range(off.shape[-1])])


def _ranked(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of the ranks, ties sharing theirs; 0 when one of the two does not vary."""
    a, b = stats.rankdata(a), stats.rankdata(b)
    return float(np.corrcoef(a, b)[0, 1]) if np.ptp(a) and np.ptp(b) else 0.0


def findings(result: Result) -> list[str]:
    s, start, got = result.settings, result.start, accuracy(result)
    decades = start.decades().mean(-1)
    low, high = (np.unravel_index(f(decades), decades.shape) for f in (np.argmin, np.argmax))
    kept = within(start)
    per = len(ACTIVATIONS) * len(INITIALISATIONS)
    found = [
        f"*At the start*, {s.depth} layers: the gradient vanishes most in {name(low, s.scale)} (times {factor(decades[low])} from the last "  # type: ignore[arg-type]
        f"layer to the first) and explodes most in {name(high, s.scale)} (times {factor(decades[high])}).",  # type: ignore[arg-type]
        _residual(kept, decades, per, s.depth),
        _batch_norm(start),
    ]
    if got is None:
        return found
    which, values = got
    mean = values.mean(-1)  # (activation, structure, initialisation, clipping)
    learnt = (mean[..., 0] >= LEARNT).sum((0, 2))
    told = listed([f"{n} {k} of {per}" for n, k in zip(STRUCTURES, learnt, strict=True)])
    found.append(
        f"*After {s.steps} steps* of {s.optimizer} at {s.lr:g}, without clipping, mean {which} accuracy of at least "
        f"{100 * LEARNT:.0f} % (chance is 10 %): {told}."
    )
    found.append(_foretold(result))
    found += _clipping(result, which)
    return found


def _residual(kept: np.ndarray, decades: np.ndarray, per: int, depth: int) -> str:
    plain, _, added, divided = (int(kept[:, i].sum()) for i in range(4))
    worst = float(np.abs(decades[:, 2]).max())
    return (
        f"*Residual connections* keep the gradient within a factor of ten in {added} of {per} networks (plain: {plain}), and in {divided} of "
        f"{per} with the branch divided by √L = √{depth}. "
        + (
            f"So h + f(h) alone does not: each branch that is as large as what it is added to doubles the variance, and over {depth} layers "
            f"the gradient changes by up to {worst:.1f} decades."
            if added < per
            else "Here h + f(h) alone is enough."
        )
    )


def _batch_norm(start: Start) -> str:
    layers = start.settings.depth - 1
    rows = [
        (a, mean_interval(start.decades()[i, 1, 2] / layers, 1 - 0.05 / len(ACTIVATIONS)))
        for i, a in enumerate(ACTIVATIONS)
    ]
    grows = [
        f"{a} {100 * (10**g.mean - 1):.0f} % ({100 * (10**g.low - 1):.0f} to {100 * (10**g.high - 1):.0f})"
        for a, g in rows
        if g.low > 0
    ]
    if not grows:
        return "*Batch norm*: the gradient does not grow from layer to layer beyond luck."
    return (
        f"*Batch norm* keeps activations, but the gradient grows with every layer back: {listed(grows)}. Theory for wide ReLU networks "
        f"and large batches: {100 * (math.sqrt(math.pi / (math.pi - 1)) - 1):.0f} %."
    )


def _foretold(result: Result) -> str:
    r = foretold(result)
    if not r.clear_of_zero:
        return f"How even the gradient is at the start does not foretell beyond luck who learns: rank correlation {r.text(digits=2)}."
    way = (
        "the less even the gradient at the start, the less is learnt"
        if r.mean < 0
        else "the less even, the more is learnt"
    )
    weak = ", though far from alone" if abs(r.mean) < 0.7 else ""
    return f"Over all networks, {way}{weak}: rank correlation {r.text(digits=2)}."


def _clipping(result: Result, which: str) -> list[str]:
    s, (up, down) = result.settings, changed(result)

    def told(rows: list[tuple[Place, Interval]]) -> str:
        words = [
            f"{name(at, s.scale)} {100 * i.mean:+.0f} ({100 * i.low:+.0f} to {100 * i.high:+.0f})" for at, i in rows[:3]
        ]
        return "; ".join(words) + (f"; and {len(rows) - 3} more" if len(rows) > 3 else "")

    found = []
    for word, rows in (("helped", up), ("cost", down)):
        if rows:
            found.append(
                f"*Clipping* at {s.clip:g} {word} {len(rows)} of {ALL} networks, in points of {which} accuracy, paired over "
                f"{counted(s.seeds, 'seed')}, intervals that hold together at 95 %: {told(rows)}."
            )
    if not found:
        found.append(
            f"*Clipping* at {s.clip:g} made no difference beyond luck in any network ({counted(s.seeds, 'seed')})."
        )
    if result.finite is not None:
        lost = (~result.finite).sum((0, 1, 2, 4))
        if lost.any():
            total = result.finite[:, :, :, 0].size
            found.append(
                f"The gradient overflowed, and training stopped, in {lost[0]} of {total} networks without clipping and {lost[1]} with it."
            )
    return found


def score(result: Result) -> str:
    got = accuracy(result)
    if got is None:
        return "not trained"
    learnt = (got[1].mean(-1) >= LEARNT).sum((0, 1, 2))
    return f"{learnt[0]} of {ALL} networks learn without clipping, {learnt[1]} with it ({got[0]} accuracy)"


def difference(a: Result, b: Result) -> str:
    """In which networks the accuracy without clipping differs beyond luck, paired when both had the same seeds."""
    one, two = accuracy(a), accuracy(b)
    if one is None or two is None or one[0] != two[0]:
        return "One of the two has not come to its end."
    start = np.abs(a.start.decades().mean(-1)) <= 1
    before = np.abs(b.start.decades().mean(-1)) <= 1
    said = f"Within a factor of ten at the start: {start.sum()} networks (was {before.sum()})."
    if a.settings.range != b.settings.range:
        return f"{said} {score(a)}; was {score(b)}. Not the same seeds, so luck is part of it."
    rows = []
    for at in np.ndindex(start.shape):
        change = mean_interval(one[1][at][0] - two[1][at][0], 1 - 0.05 / ALL)
        if change.clear_of_zero:
            rows.append((change.mean, f"{name(at, a.settings.scale)} {100 * change.mean:+.0f}"))
    rows.sort(key=lambda r: -abs(r[0]))
    more = f"; and {len(rows) - 4} more" if len(rows) > 4 else ""
    return f"{said} Points of accuracy without clipping that changed beyond luck: {'; '.join(r[1] for r in rows[:4]) or 'none'}{more}."


RELU, SIGMOID = 2, 0
PLAIN, NORM, ADDED, DIVIDED = range(4)
NORMAL, XAVIER, KAIMING = range(3)


def _kaiming(result: Result) -> tuple[int, str]:
    d = result.start.decades()[RELU, PLAIN]
    a, b = mean_interval(d[KAIMING]), mean_interval(d[NORMAL])
    words = f"Times {factor(b.mean)} with N(0, {result.settings.scale:g}); times {factor(a.mean)} with Kaiming."
    return (0 if abs(b.mean) <= 1 else 1 if b.mean > -4 else 2), words


def _added(result: Result) -> tuple[int, str]:
    got = accuracy(result)
    assert got is not None
    plain, added = got[1][RELU, PLAIN, KAIMING], got[1][RELU, ADDED, KAIMING]
    words = (
        f"Without clipping {mean_interval(added[0]).text('%', 100)}, with it {mean_interval(added[1]).text('%', 100)}; the plain network "
        f"{mean_interval(plain[0]).text('%', 100)}."
    )
    first, second = added.mean(-1) >= LEARNT
    return (0 if first else 1 if second else 2), words


def _rescue(result: Result) -> tuple[int, str]:
    change = clipping(result, (SIGMOID, PLAIN, KAIMING))
    return (
        2 if not change.clear_of_zero else 0 if change.mean > 0 else 1
    ), f"It changed by {change.text('points', 100)}."


def _scale(result: Result) -> tuple[int, str]:
    d = mean_interval(result.start.decades()[RELU, PLAIN, NORMAL])
    words = f"Times {factor(d.mean)} from the last layer to the first; Kaiming's s would be {math.sqrt(2 / result.settings.width):.2g}."
    return (0 if d.mean < -1 else 2 if d.mean > 1 else 1), words


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "Sixteen plain layers of ReLU with weights from N(0, 0.1). On its way from the last layer to the first, the gradient …",
        ("keeps within a factor of ten", "shrinks, but not ten thousand times", "shrinks more than ten thousand times"),
        {},
        _kaiming,
    ),
    Question(
        "Residual connections are said to let gradients through. h + ReLU(Wh), Kaiming, sixteen layers: does it learn?",
        ("Yes, as it is", "Only with clipping", "Neither way"),
        {},
        _added,
    ),
    Question(
        "The gradient of a plain sigmoid network vanishes. What does clipping do to its accuracy?",
        ("Raises it", "Lowers it", "Nothing beyond luck"),
        {},
        _rescue,
    ),
    Question(
        "Sixteen neurons a layer, weights from N(0, 0.35), plain ReLU. The gradient …",
        ("vanishes", "keeps within a factor of ten", "explodes"),
        {"scale": 0.35},
        _scale,
    ),
)
