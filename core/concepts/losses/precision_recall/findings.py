"""What a run of precision and recall shows, from its numbers."""

from __future__ import annotations

import numpy as np

from core.concepts.losses.precision_recall.result import Result
from core.concepts.losses.precision_recall.settings import GUESS
from core.data import tables
from core.findings import Finding
from core.measures import AVERAGES
from core.questions import Grade, Question
from core.stats import Interval, share_interval


def findings(result: Result) -> list[Finding]:
    """The verdict first: what share of the positives is found at this threshold, and what share of the calls is right."""
    return [
        _at_threshold(result),
        _accuracy(result),
        _best_threshold(result),
        _averages(result),
        *_shares(result),
        *_ties(result),
    ]


def gain(result: Result) -> Interval:
    """Accuracy minus that of calling nothing positive, paired over seeds."""
    change = result.values("accuracy") - (1 - result.values("share"))
    return tables.interval(change, result.table, rows=result.resolution("accuracy"), bounds=(-1, 1))


def _at_threshold(result: Result) -> Finding:
    s = result.settings
    precision = result.mean("precision")
    if precision.n == 0:
        return Finding("nothing_called", positive=result.positive, threshold=s.threshold, seeds=s.seeds)
    recall = result.mean("recall")
    return Finding(
        "at_threshold" if precision.n == s.seeds else "at_threshold_some",
        positive=result.positive,
        right=100 * precision.mean,
        found=100 * recall.mean,
        threshold=s.threshold,
        precision=precision,
        recall=recall,
        f1=result.mean("F1"),
        defined=precision.n,
        seeds=s.seeds,
    )


def _accuracy(result: Result) -> Finding:
    more = gain(result)
    accuracy = float(result.values("accuracy").mean())
    never = float(1 - result.values("share").mean())
    return Finding(
        {1: "accuracy_above", -1: "accuracy_below", 0: "accuracy_alike"}[more.sign],
        accuracy=accuracy,
        never=never,
        gain=more,
        positive=result.positive,
    )


def _best_threshold(result: Result) -> Finding:
    f1 = result.by_threshold["F1"].mean(0)
    best = int(f1.argmax())
    now = float(result.values("F1").mean())
    return Finding("best_threshold", best=float(result.grid[best]), f1=float(f1[best]), now=now)


def _averages(result: Result) -> Finding:
    """The four averages, and how the others lie to the area; three differences are read at once."""
    others = AVERAGES[1:]
    above = {
        how: tables.interval(result.values(how) - result.values("area"), result.table, 1 - 0.05 / len(others))
        for how in others
    }
    means = [Finding("average", how=how, share=float(result.values(how).mean())) for how in AVERAGES]
    rows = [Finding("average_change", how=how, change=i) for how, i in above.items()]
    apart = any(i.sign for i in above.values())
    return Finding("averages_apart" if apart else "averages_alike", means=means, rows=rows)


def _shares(result: Result) -> list[Finding]:
    """What a random ranking would reach, and what changed because positives became rarer or more frequent."""
    share = float(result.values("share").mean())
    found = [Finding("baseline", share=share, area=result.mean("area"), auc=result.mean("ROC AUC"))]
    if result.settings.share == 0:
        return found
    was = float(result.values("share", "as they come").mean())
    rows = [_move(result, "area", Finding("name_area")), _move(result, "ROC AUC", Finding("name_auc"))]
    return [*found, Finding("share_changed", share=share, was=was, rows=rows)]


def _move(result: Result, measure: str, name: Finding) -> Finding:
    """What a measure did when the share of positives changed."""
    change = result.change(measure)
    if (np.round(result.values(measure) - result.values(measure, "as they come"), 12) == 0).all():
        return Finding("unchanged", name=name)
    return Finding({1: "rises", -1: "falls", 0: "no_clear_change"}[change.sign], name=name, change=change)


def _ties(result: Result) -> list[Finding]:
    """That there are few different scores, where there are."""
    distinct = len(result.rankings[0].score)
    rows = len(result.scores[0][0])
    return [] if distinct > rows // 4 else [Finding("few_scores", distinct=distinct, rows=rows)]


def sealed(result: Result) -> Finding:
    """The test rows at this threshold; the one place that shows them."""
    if not np.isfinite(result.values("precision", "test")).any():
        return Finding("test_nothing_called", recall=_on_test(result, "recall"))
    precision, recall, f1 = (_on_test(result, name) for name in ("precision", "recall", "F1"))
    return Finding("test", precision=precision, recall=recall, f1=f1)


def _on_test(result: Result, measure: str) -> Interval:
    """All seeds share the test rows, so the interval covers another draw of these rows as well."""
    rows = result.resolution(measure)
    assert rows is not None
    values = result.values(measure, "test")
    return share_interval(values[np.isfinite(values)], rows)


def score(result: Result) -> Finding:
    """F1 and average precision, for a table."""
    return Finding("score", f1=result.mean("F1"), area=result.mean("area"))


def difference(a: Result, b: Result) -> Finding:
    """F1 and average precision of `a` minus `b`, paired over seeds when both saw the same splits. Two measures are read at
    once, so the intervals are widened (Bonferroni)."""
    one, two = a.settings, b.settings
    if (one.data, one.digit, one.seed) != (two.data, two.digit, two.seed):
        return Finding("not_comparable")
    both = min(one.seeds, two.seeds)
    rows = []
    for name in ("F1", "area"):
        values = a.values(name)[:both] - b.values(name)[:both]
        change = tables.interval(values, a.table, 0.975, a.resolution(name), (-1, 1))
        rows.append(Finding("moved" if change.sign else "not_moved", change=change))
    return Finding("difference", seeds=both, f1=rows[0], area=rows[1])


def _raised(result: Result) -> Grade:
    low, high = (int(np.abs(result.grid - t).argmin()) for t in (0.5, 0.9))
    moved = {}
    for name in ("precision", "recall"):
        values = result.by_threshold[name]
        moved[name] = float(np.nanmean(values[:, high]) - np.nanmean(values[:, low]))
    falls = (moved["precision"] < 0, moved["recall"] < 0)
    return {(False, True): 0, (True, False): 1, (True, True): 2, (False, False): 3}[falls], moved


def _rare(result: Result) -> Grade:
    change = {name: result.change(name) for name in ("area", "ROC AUC")}
    falls = (change["area"].sign < 0, change["ROC AUC"].sign < 0)
    right = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}[falls]
    return right, {"area": change["area"], "auc": change["ROC AUC"]}


def _guess(result: Result) -> Grade:
    area = result.mean("area").mean
    share = float(result.values("share").mean())
    nearest = int(np.argmin([abs(area - 0.5), abs(area - share), area]))
    return nearest, {"area": area, "share": share, "auc": result.mean("ROC AUC").mean}


def _eleven(result: Result) -> Interval:
    return tables.interval(result.values("11 points") - result.values("area"), result.table)


QUESTIONS = (
    Question("raised", {"threshold": 0.9}, _raised),
    Question("rare", {"share": 0.01}, _rare),
    Question("guess", {"learner": GUESS}, _guess),
    Question.sign("never", {"learner": "naive Bayes"}, gain),
    Question.sign("eleven", {"learner": "small tree", "average": "11 points"}, _eleven),
)
