"""What copied layers were worth, from the numbers of a run."""

from __future__ import annotations

from core.concepts.vision.fine_tuning.result import Look, Result
from core.concepts.vision.fine_tuning.settings import FROZEN, SCRATCH, TUNED, ViewSettings
from core.findings import Finding
from core.questions import Question
from core.stats import Interval, share_interval


def source(result: Result) -> Interval:
    """Accuracy of the source networks on held-out digits of their own task."""
    return share_interval(result.source, result.source_rows)


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether copied layers beat training from scratch."""
    s = result.settings
    if not result.complete:
        return [Finding("unfinished")]
    gains = {arm: result.gain(arm) for arm in (FROZEN, TUNED)}
    signs = gains[FROZEN].sign, gains[TUNED].sign
    numbers = {"frozen": gains[FROZEN], "tuned": gains[TUNED], "few": s.sizes[0], "most": s.sizes[-1], "seeds": s.seeds}
    between = result.gain(TUNED, FROZEN)
    found = [
        Finding({(1, 1): "helped", (-1, -1): "hurt", (0, 0): "unclear"}.get(signs, "mixed"), **numbers),
        Finding({1: "tuned_better", -1: "frozen_better", 0: "same"}[between.sign], gain=between, body=s.body),
    ]
    clear = [i for i in range(len(s.sizes)) if result.gain_at(i, TUNED).sign > 0]
    if clear:
        best = max(clear, key=lambda i: result.gain_at(i, TUNED).mean)
        score = {arm: float(result.accuracy[arm][best].mean()) for arm in (TUNED, SCRATCH)}
        found.append(Finding("largest", gain=result.gain_at(best, TUNED), n=s.sizes[best], tuned=score[TUNED], scratch=score[SCRATCH]))  # fmt: skip
    found.append(Finding("source", score=source(result), steps=s.source_steps))
    total = sum(count for _, count in result.layers)
    moved = {arm: float(result.moved[arm].mean()) for arm in (FROZEN, TUNED)}
    found.append(Finding("moved", frozen=moved[FROZEN], tuned=moved[TUNED], trained=result.trained(FROZEN), total=total, n=s.sizes[-1]))  # fmt: skip
    return found


def describe(look: Look, view: ViewSettings) -> list[Finding]:
    """How many squares the goal takes, and what the learnt features are worth on photographs."""
    at = reached(look, "trained", view.goal)
    found = [
        Finding(
            "not_enough" if at is None else "enough",
            n=look.sizes[-1 if at is None else at],
            score=look.score("trained", len(look.sizes) - 1 if at is None else at),
            goal=view.goal,
        )
    ]
    takes = {}
    for kind in ("untrained", "pixels"):
        i = reached(look, kind, view.goal)
        takes[kind] = Finding("never", most=look.sizes[-1]) if i is None else Finding("takes", n=look.sizes[i])
    found.append(Finding("others", untrained=takes["untrained"], pixels=takes["pixels"]))
    for than, words in (("untrained", Finding("untrained")), ("pixels", Finding("pixels"))):
        gain = look.gain("trained", than)
        found.append(Finding({1: "features_better", -1: "features_worse", 0: "features_same"}[gain.sign], than=words, gain=gain))  # fmt: skip
    if "imagenet" not in look.accuracy:
        return [*found, Finding("no_weights")]
    i = reached(look, "imagenet", view.goal)
    needs = Finding("never", most=look.sizes[-1]) if i is None else Finding("takes", n=look.sizes[i])
    gain = look.gain("imagenet", "trained")
    return [*found, Finding("imagenet" if gain.sign else "imagenet_same", needs=needs, gain=gain, goal=view.goal)]


def reached(look: Look, features: str, goal: float) -> int | None:
    """The first size whose whole interval of accuracy lies at or above the goal."""
    return next((i for i in range(len(look.sizes)) if look.score(features, i).low >= goal), None)


def score(result: Result) -> Finding:
    """Accuracy of the three ways with the most labels, for a table."""
    if not result.complete:
        return Finding("unfinished")
    last = {arm: float(values[-1].mean()) for arm, values in result.accuracy.items()}
    return Finding("score", scratch=last[SCRATCH], frozen=last[FROZEN], tuned=last[TUNED], n=result.settings.labels)


def difference(a: Result, b: Result) -> Finding:
    """How the gain of fine-tuning differs between two runs."""
    if not (a.complete and b.complete):
        return Finding("not_comparable")
    return Finding("gains", now=a.gain(TUNED), before=b.gain(TUNED), frozen=a.gain(FROZEN), was=b.gain(FROZEN))


QUESTIONS = (
    Question.sign("untrained", {"source_steps": 0}, lambda result: result.gain(FROZEN)),
    Question.sign("all_but_head", {"copied": 3, "labels": 100, "steps": 160}, lambda result: result.gain(FROZEN)),
    Question.sign("same_rate", {"body": 1.0}, lambda result: result.gain(TUNED, FROZEN)),
    Question.sign("clean", {"noise": 0.0, "steps": 120, "labels": 100}, lambda result: result.gain(TUNED)),
)
