"""What the detectors and the two boxes show, from their numbers."""

from __future__ import annotations

import numpy as np

from core.concepts.vision.detection.result import CHANGED, FULL, ByHand, Result
from core.concepts.vision.detection.settings import BETWEEN, FACES, THRESHOLDS
from core.findings import Finding
from core.questions import Question

USUAL = slice(1, 4)  # thresholds of NMS that are usual: 0.3 to 0.6


def findings(result: Result) -> list[Finding]:
    """The verdict first: what the part that was left out does, or what hard negatives do."""
    if not result.complete:
        return [Finding("unfinished", share=result.fraction)]
    return of_faces(result) if result.settings.task == FACES else of_shapes(result)


def of_shapes(result: Result) -> list[Finding]:
    s, made, gain = result.settings, result.shapes, result.gain()
    assert made is not None and made.by_threshold is not None and made.objects is not None
    means = {"full": float(result.ap(FULL).mean()), "changed": float(result.ap(CHANGED).mean())}
    found = [
        Finding(
            {1: "helped", -1: "hurt", 0: "no_difference"}[gain.sign], part=s.compare, gain=gain, seeds=s.seeds, **means
        )
    ]
    strict = float(made.strict[FULL].mean())
    found.append(Finding("strict", loose=means["full"], strict=strict))
    if s.compare == "nms":
        counts = {"before": float(made.count[CHANGED].mean()), "after": float(made.count[FULL].mean())}
        found.append(Finding("count", objects=float(made.objects.mean()), **counts))
    else:
        without = float(made.by_threshold[:, -1].mean())
        found.append(Finding("without_nms", ap=means["full"], without=without))
    by_threshold = made.by_threshold[:, USUAL].mean(0)
    names = {"first": THRESHOLDS[1], "last": THRESHOLDS[3]}
    found.append(Finding("thresholds", low=float(by_threshold.min()), high=float(by_threshold.max()), **names))
    found.append(
        Finding("positives", share=positives(result), uncovered=float(made.uncovered.mean()), least=s.positive)
    )
    return found


def positives(result: Result) -> float:
    """Share of the training anchors that are positive."""
    assert result.shapes is not None
    labels = result.shapes.labels.sum(0)
    return float(labels[2] / labels.sum())


def of_faces(result: Result) -> list[Finding]:
    s, made, fewer = result.settings, result.faces, result.fewer_alarms()
    assert made is not None
    alarms = made.alarms.mean((0, 2))
    numbers = {"before": float(alarms[0]), "after": float(alarms[-1]), "rounds": s.rounds, "seeds": s.seeds}
    found = [
        Finding(
            {1: "fewer_alarms", -1: "more_alarms", 0: "alarms_same"}[fewer.sign],
            fewer=fewer,
            photographs=made.alarms.shape[2],
            **numbers,
        )
    ]
    right = float((made.recall[:, 0] + made.rejected[:, 0]).mean() / 2)
    found.append(Finding("patches", right=right, before=float(alarms[0]), windows=made.windows))
    change = result.recall_change()
    recall = {"first": float(made.recall[:, 0].mean()), "last": float(made.recall[:, -1].mean())}
    found.append(Finding({1: "more_faces", -1: "fewer_faces", 0: "faces_same"}[change.sign], change=change, **recall))
    boxes = len(made.cascade.scores)
    found.append(Finding("cascade", alarms=float(made.cascade_alarms.mean()), after=float(alarms[-1]), boxes=boxes))
    if made.truth is not None:
        found.append(Finding("hit", hits=int(made.hit[:, -1].sum()), seeds=s.seeds, boxes=len(made.found[-1].scores)))
    return found


def score(result: Result) -> Finding:
    """The main numbers of a run, for a table."""
    if not result.complete:
        return Finding("unfinished", share=result.fraction)
    if result.faces is not None:
        alarms = result.faces.alarms.mean((0, 2))
        return Finding("score_faces", before=float(alarms[0]), after=float(alarms[-1]))
    return Finding("score", full=float(result.ap(FULL).mean()), changed=float(result.ap(CHANGED).mean()))


def difference(a: Result, b: Result) -> Finding:
    """How two runs of the same task differ."""
    if not (a.complete and b.complete) or a.settings.task != b.settings.task:
        return Finding("not_comparable")
    if a.settings.task == FACES:
        assert a.faces is not None and b.faces is not None
        now, then = (float(made.alarms[:, -1].mean()) for made in (a.faces, b.faces))
        return Finding("alarms_differ", now=now, then=then)
    return Finding("aps_differ", now=float(a.ap(FULL).mean()), then=float(b.ap(FULL).mean()))


def describe(hand: ByHand) -> list[Finding]:
    """What there is to say about the two boxes."""
    size = [float(v) for v in hand.predicted[2:] - hand.predicted[:2]]
    areas = float(np.prod(size)) + float((hand.truth[2:] - hand.truth[:2]).prod())
    shared = areas * hand.iou / (1 + hand.iou)
    negative = hand.positive - BETWEEN
    ignored = negative <= hand.iou < hand.positive
    found = [Finding("overlap", iou=hand.iou, shared=shared, union=areas - shared)]
    found.append(
        Finding(
            "as_ignored" if ignored else "as_positive" if hand.iou >= negative else "as_negative",
            positive=hand.positive,
            negative=negative,
        )
    )
    x, y, wide, high = (float(v) for v in hand.offsets)
    found.append(Finding("offsets", x=x, y=y, wide=wide, high=high))
    number = len(hand.labels)
    counts = {"positive": int((hand.labels == 1).sum()), "ignored": int((hand.labels == -1).sum()), "number": number}
    found.append(Finding("anchors", best=hand.best, **counts))
    found.append(Finding("pooled", bins=len(hand.pooled), numbers=hand.pooled.size))
    return found


def _before(result: Result) -> float:
    assert result.faces is not None
    return float(result.faces.alarms[:, 0].mean())


QUESTIONS = (
    Question.nearest("positives", {}, positives, (0.02, 0.1, 0.25, 0.5)),
    Question.sign("negatives", {"compare": "negatives"}, Result.gain),
    Question.sign("greedy", {"compare": "greedy"}, Result.gain),
    Question.sign("anchors", {"compare": "anchors"}, Result.gain),
    Question.nearest("alarms", {"task": FACES}, _before, (0, 5, 40, 200)),
)
