"""Who wins with few examples, who with many, and where the two cross."""

from __future__ import annotations

from core.concepts.paradigms.end_to_end.result import Result
from core.concepts.paradigms.end_to_end.settings import CNN, PIXELS, SIZES
from core.findings import Finding
from core.questions import Question


def findings(result: Result) -> list[Finding]:
    """The verdict first: features made by hand or learnt, and where the two cross."""
    if not result.complete:
        return [Finding("unfinished")]
    gains = [result.gain(i) for i in range(len(SIZES))]
    signs = [gain.sign for gain in gains]
    behind, ahead = ([i for i, sign in enumerate(signs) if sign == side] for side in (-1, 1))
    numbers = {"first": gains[0], "last": gains[-1], "few": SIZES[0], "many": SIZES[-1], "seeds": result.settings.seeds}
    numbers |= {"best_few": result.best(0).split(",")[0], "best_many": result.best(-1).split(",")[0]}
    if behind and ahead and behind[-1] < ahead[0]:
        verdict = Finding("crosses", low=SIZES[behind[-1]], high=SIZES[ahead[0]], **numbers)
    elif behind and ahead:
        verdict = Finding("mixed", **numbers)
    else:
        verdict = Finding("network" if ahead else "hand_made" if behind else "unclear", **numbers)
    scores = {f"{name}_{at}": result.score(way, i) for at, i in (("few", 0), ("many", -1)) for name, way in (("cnn", CNN), ("hand", result.best(i)))}  # fmt: skip
    pixels = result.gain(len(SIZES) - 1, PIXELS)
    return [
        verdict,
        Finding("scores", **numbers, **scores),
        Finding({1: "pixels_worse", -1: "pixels_better", 0: "pixels_same"}[pixels.sign], gain=pixels, many=SIZES[-1]),
    ]


def score(result: Result) -> Finding:
    """Accuracy with few and with many examples, for a table."""
    if not result.complete:
        return Finding("unfinished")
    cnn, hand = ([float(result.accuracy[way(i)][i].mean()) for i in (0, -1)] for way in (lambda i: CNN, result.best))
    return Finding("score", cnn_few=cnn[0], cnn_many=cnn[1], hand_few=hand[0], hand_many=hand[1], few=SIZES[0], many=SIZES[-1])  # fmt: skip


def difference(a: Result, b: Result) -> Finding:
    """How the gains of the CNN differ between two runs."""
    if not (a.complete and b.complete):
        return Finding("not_comparable")
    return Finding("gains", now=a.gain(-1), before=b.gain(-1), now_few=a.gain(0), before_few=b.gain(0))


QUESTIONS = (
    Question.sign("centred", {"shift": 0}, lambda result: result.gain(0)),
    Question.sign("far", {"shift": 4}, lambda result: result.gain(len(SIZES) - 1)),
    Question.sign("few_steps", {"steps": 40}, lambda result: result.gain(len(SIZES) - 1)),
    Question.sign("coarse", {"cell": 14, "orientations": 2}, lambda result: result.gain(1)),
)
