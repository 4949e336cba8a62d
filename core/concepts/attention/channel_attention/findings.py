"""What the gates do, from the numbers of a run."""

from __future__ import annotations

from collections.abc import Sequence

from core.concepts.attention.channel_attention.gates import Answers
from core.concepts.attention.channel_attention.result import LEVEL, Result
from core.concepts.attention.channel_attention.settings import TEST
from core.findings import Finding
from core.questions import Question
from core.stats import Interval, mean_interval


def findings(result: Result) -> list[Finding]:
    """The verdict first: what the gates do to the accuracy, or that they do nothing clearly."""
    s = result.settings
    if not result.complete:
        return [Finding("unfinished", step=result.step, steps=s.steps)]
    gain = result.gain()
    found = [
        Finding(
            {1: "helped", -1: "hurt", 0: "no_difference"}[gain.sign],
            what=s.attention,
            gain=gain,
            seeds=s.seeds,
            **means(result),
        )
    ]
    if not result.gated:
        return found
    if s.lit:
        read, other = (float(v) for v in result.exchanged.mean(0))
        sign = exchanged(result).sign
        found.append(
            Finding({1: "exchange_turns", -1: "exchange_keeps", 0: "exchange_open"}[sign], read=read, other=other)
        )
    change = result.loss_of_fixing()
    fixed = float(result.fixed.mean())
    found.append(
        Finding({1: "fixed_better", -1: "fixed_worse", 0: "fixed_alike"}[change.sign], change=change, fixed=fixed)
    )
    rank = result.size_and_loss()
    found.append(Finding({1: "size_tells", -1: "size_misleads", 0: "size_open"}[rank.sign], rank=rank))
    return found


def means(result: Result) -> dict[str, float]:
    """Mean accuracy with and without gates."""
    return {"full": float(result.accuracy["with"].mean()), "less": float(result.accuracy["without"].mean())}


def exchanged(result: Result) -> Interval:
    """With the gates of the other lamp: share of pictures called the other digit, minus that of the digit to read."""
    return mean_interval(result.exchanged[:, 1] - result.exchanged[:, 0], level=LEVEL, rows=TEST, bounds=(-1, 1))


def describe(before: Answers, after: Answers, classes: Sequence[str]) -> Finding:
    """What the network names the shown picture, with its own gates and with those that are set. classes: their names."""
    old, new = before.classes[0], after.classes[0]
    was, now = int(old.argmax()), int(new.argmax())
    numbers = {"was": classes[was], "now": classes[now], "p_was": float(old[was]), "p_now": float(new[now])}
    return Finding("edit_same" if was == now else "edit_changed", **numbers)


def score(result: Result) -> Finding:
    """Accuracy of both networks, for a table."""
    if not result.complete:
        return Finding("unfinished", step=result.step, steps=result.settings.steps)
    return Finding("score", **means(result))


def difference(a: Result, b: Result) -> Finding:
    """How the accuracy with gates, and their gain, differ between two runs."""
    if not (a.complete and b.complete):
        return Finding("not_comparable")
    now, then = (means(r)["full"] for r in (a, b))
    return Finding("gains", now=now, then=then, gain=a.gain().mean, gain_then=b.gain().mean)


QUESTIONS = (
    Question.nearest("exchange", {}, lambda r: float(r.exchanged[:, 1].mean()), (0.1, 0.5, 0.8)),
    Question.sign("digits", {"data": "digits"}, Result.gain),
    Question.sign("spatial", {"attention": "spatial"}, Result.gain),
    Question.sign("size", {}, Result.size_and_loss),
)
