"""What the two kinds of networks and the test of the map show, from their numbers."""

from __future__ import annotations

from core.concepts.attention.vision_transformer.result import CNN, FEW, MANY, VIT, Result
from core.concepts.attention.vision_transformer.settings import CONDITIONS, DELETED, ORDERS
from core.concepts.attention.vision_transformer.settings import MANY as EXAMPLES
from core.findings import Finding
from core.questions import Question


def findings(result: Result) -> list[Finding]:
    """The verdict first: which network is better with few and with many examples. Then what shuffled patches change, whether
    rollout finds the patches that matter, and what the positions have
    learned."""
    s = result.settings
    if not result.complete:
        return [Finding("unfinished", step=len(result.history), steps=s.steps)]
    gaps = result.gap(FEW), result.gap(MANY)
    one = gaps[0].sign if gaps[0].sign == gaps[1].sign else None
    numbers = {"gap_few": gaps[0], "gap_many": gaps[1], "few": s.few, "many": EXAMPLES, "seeds": s.seeds}
    found = [Finding({1: "cnn_better", -1: "vit_better", 0: "no_difference", None: "depends"}[one], **numbers)]
    more = result.from_more()
    found.append(
        Finding({1: "more_vit", -1: "more_cnn", 0: "more_alike"}[more.sign], change=more, few=s.few, many=EXAMPLES)
    )
    found += [_shuffled(result), *(_compared(result, other) for other in ("random", "gradient", "ink"))]
    found.append(Finding("common", alike=result.common()))
    near, kept = result.nearness(), result.kept()
    if near is not None:
        found.append(Finding({1: "near_alike", -1: "near_unlike", 0: "near_open"}[near.sign], near=near))
        found.append(Finding("kept", kept=kept))
    return found


def _shuffled(result: Result) -> Finding:
    """What shuffled patches change in both networks."""
    vit, cnn = result.shuffling(VIT), result.shuffling(CNN)
    if vit.sign == 0 and cnn.sign < 0:
        return Finding("shuffled_cnn", vit=vit, cnn=cnn)
    if vit.sign == cnn.sign == 0:
        return Finding("shuffled_neither", vit=vit, cnn=cnn)
    return Finding("shuffled_both" if vit.sign < 0 and cnn.sign < 0 else "shuffled_other", vit=vit, cnn=cnn)


def _compared(result: Result, other: str) -> Finding:
    """Whether rollout finds the patches that matter better than another order."""
    less = result.compared(other)
    means = {"rollout": float(result.left("rollout").mean()), "left": float(result.left(other).mean())}
    return Finding(
        {-1: "finds_more", 1: "finds_less", 0: "finds_alike"}[less.sign], order=other, most=DELETED, less=less, **means
    )


def shown(result: Result, seed: int, digit: int, order: str, count: int) -> Finding:
    """What the network of a seed answers to a digit without its first patches in an order."""
    assert result.maps is not None
    p = result.maps.probabilities[ORDERS.index(order), seed, count, digit].astype(float)
    answer, truth = int(p.argmax()), int(result.classes[digit])
    right = answer == truth
    return Finding(
        "answer_right" if right else "answer_wrong", answer=answer, truth=truth, p=float(p[answer]), count=count
    )


def score(result: Result) -> Finding:
    """Validation accuracy of both networks in every condition, for a table."""
    if not result.complete:
        return Finding("unfinished", step=len(result.history), steps=result.settings.steps)
    means = result.accuracy.mean(2)
    names = [f"{n}_{c}" for n in ("vit", "cnn") for c in CONDITIONS]
    return Finding("score", **dict(zip(names, means.ravel().tolist(), strict=True)))


def difference(a: Result, b: Result) -> Finding:
    """How the accuracy of both networks with many examples differs between two runs."""
    if not (a.complete and b.complete):
        return Finding("not_comparable")
    (vit, cnn), (vit_then, cnn_then) = (r.accuracy.mean(2)[:, MANY].tolist() for r in (a, b))
    return Finding("changed", vit=vit, cnn=cnn, vit_then=vit_then, cnn_then=cnn_then)


QUESTIONS = (
    Question.sign("few", {}, lambda result: result.gap(FEW)),
    Question.sign("shuffled", {}, lambda result: result.shuffling(VIT)),
    Question.sign("rollout", {}, lambda result: result.compared("ink")),
    Question.sign("longer", {"steps": 400}, lambda result: result.gap(MANY)),
)
