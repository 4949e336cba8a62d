"""What the page shows, from its numbers."""

from __future__ import annotations

import math

import numpy as np

from core.concepts.foundations.softmax.result import ROWS, VARIANTS, Result
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval, over_differences

DIGITS = 10  # classes of the training
FLOOR = math.log(1 + (DIGITS - 1) / math.e)  # no cross-entropy of ten probabilities that are taken for logits is lower
CLOSE = 1e-9  # of two probabilities that are called equal


def change(result: Result, measure: str = "accuracy") -> Interval:
    """Accuracy or confidence with softmax twice minus that with once, paired over seeds. That of the accuracy also covers
    another draw of the validation rows."""
    gained = result.training.gained
    values = result.last(measure, "twice") - result.last(measure, "once")
    if measure != "accuracy":
        return mean_interval(values)
    return over_differences(mean_interval(values, rows=len(gained)), gained)


def findings(result: Result) -> list[Finding]:
    """The verdict first: the probabilities of the row on the sliders, or why the arithmetic gives none."""
    return [_row(result), _gradient(result), _shift(result), _ends(result), _training(result), _floor(result)]


def formula(result: Result) -> Finding:
    """What the chosen formula is called within a sentence."""
    return Finding("naive" if result.settings.method == "naive" else "shifted")


def _row(result: Result) -> Finding:
    s, chain, exact = result.settings, result.chain, result.exact[0]
    right = [float(p) for p in exact]
    if not chain.sound[0]:
        shares = [Finding("share", share=p) for p in right]
        return Finding("overflows" if chain.total[0] > 0 else "underflows", precision=s.precision, right=shares)
    top = [k + 1 for k in range(3) if exact.max() - exact[k] < CLOSE]
    label, p = s.truth + 1, float(chain.p[0, s.truth])
    if p == 0 and s.method == "naive":
        return Finding("loss_infinite", label=label, precision=s.precision, loss=-math.log(max(right[s.truth], 5e-324)))
    numbers = {"label": label, "q": p, "loss": max(0.0, float(chain.loss[0]))}
    if len(top) > 1:
        return Finding("tie", tops=[str(k) for k in top], p=float(chain.p[0, top[0] - 1]), **numbers)
    k = top[0] - 1
    e, total, p = (float(v) for v in (chain.exponentials[0, k], chain.total[0], chain.p[0, k]))
    return Finding("row", top=top[0], e=e, total=total, p=p, **numbers)


def _gradient(result: Result) -> Finding:
    parts = [Finding("slope", slope=float(g)) for g in result.pull]
    off = float(np.abs(result.pull - result.gradient).max())
    return Finding("gradient", parts=parts, total=abs(round(float(result.pull.sum()), 9)), off=off)


def _shift(result: Result) -> Finding:
    s, i = result.settings, ROWS.index("shifted")
    numbers = {"shift": s.shift, "precision": s.precision, "method": formula(result)}
    if not result.chain.sound[i]:
        return Finding("shift_overflows" if result.chain.total[i] > 0 else "shift_underflows", **numbers)
    error = float(np.abs(result.chain.p[i] - result.exact[0]).max())
    return Finding("shift_same" if error < 1e-3 else "shift_rounded", error=error, **numbers)


def _ends(result: Result) -> Finding:
    rows = [Finding("end", precision=name, high=high, low=low) for name, (low, high) in result.ends.items()]
    return Finding("ends", rows=rows)


def _training(result: Result) -> Finding:
    s, accuracy = result.settings, change(result)
    once, twice = (float(result.last("accuracy", variant).mean()) for variant in VARIANTS)
    return Finding(
        {-1: "twice_worse", 1: "twice_better", 0: "twice_unclear"}[accuracy.sign],
        change=accuracy,
        steps=s.steps,
        seeds=s.seeds,
        once=once,
        twice=twice,
    )


def _floor(result: Result) -> Finding:
    once, twice = (float(result.last("loss", variant).mean()) for variant in VARIANTS)
    return Finding("floor", floor=FLOOR, once=once, twice=twice)


def score(result: Result) -> Finding:
    """Probabilities, loss and what softmax twice changes, for a table."""
    p = [Finding("share", share=float(v)) for v in result.exact[0]]
    loss = -math.log(max(float(result.exact[0, result.settings.truth]), 5e-324))
    return Finding("score", p=p, loss=loss, change=change(result))


def difference(a: Result, b: Result) -> Finding:
    """Probabilities of `a` minus those of `b`, and how much more softmax twice changes the accuracy in `a`, paired over
    seeds where both trained the same ones."""
    moved = [Finding("moved", change=float(v)) for v in a.exact[0] - b.exact[0]]
    one, two = a.settings, b.settings
    if (one.lr, one.steps, one.seeds, one.seed) == (two.lr, two.steps, two.seeds, two.seed):
        return Finding("same_training", moved=moved)
    if (one.seed, one.seeds) != (two.seed, two.seeds):
        return Finding("not_paired", moved=moved)
    gap = [r.last("accuracy", "twice") - r.last("accuracy", "once") for r in (a, b)]
    effect = mean_interval(gap[0] - gap[1], rows=len(a.training.gained))
    return Finding("changed" if effect.sign else "not_changed", moved=moved, effect=effect)


def _same(result: Result) -> Grade:
    before, after = (float(result.chain.p[i].max()) for i in (0, ROWS.index("shifted")))
    return (2 if abs(after - before) < 1e-4 else 0 if after > before else 1), {"before": before, "after": after}


def _overflows(result: Result) -> Grade:
    high = result.ends[result.settings.precision][1]
    sound, p = bool(result.chain.sound[0]), float(result.exact[0, 0])
    return (0 if sound and p < 1 else 1 if sound else 2), {"high": high, "p": p}


def _hardest(result: Result) -> Grade:
    pull = result.pull
    return int(np.abs(pull).argmax()), {"parts": [Finding("slope", slope=float(g)) for g in pull]}


def _twice(result: Result) -> Grade:
    effect = change(result)
    return {1: 0, -1: 1, 0: 2}[effect.sign], {"effect": effect, "loss": float(result.last("loss", "twice").mean())}


QUESTIONS = (
    Question("shift", {"method": "shifted", "shift": 50}, _same),
    Question.nearest("cold", {"temperature": 0.5}, lambda result: float(result.exact[0, 0]), (0.5, 0.665, 0.867)),
    Question("float16", {"precision": "float16", "z1": 12.0}, _overflows),
    Question("label", {"label": "3"}, _hardest),
    Question("twice", {"steps": 100}, _twice),
)
