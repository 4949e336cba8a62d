"""What a run of precision and recall shows, in words made from its numbers."""

from __future__ import annotations

import numpy as np

from core.concepts.losses.precision_recall_measures import AVERAGES
from core.concepts.losses.precision_recall_result import GUESS, MEASURES, Result
from core.data import tables
from core.legacy import Question
from core.stats import Interval, counted, listed

SOURCES = (
    "Davis and Goadrich, *The Relationship Between Precision-Recall and ROC Curves* (2006)",
    "Saito and Rehmsmeier, *The Precision-Recall Plot Is More Informative than the ROC Plot …* (2015)",
    "Fawcett, *An Introduction to ROC Analysis* (2006)",
    "Everingham et al., *The PASCAL Visual Object Classes Challenge* (2010), for 11 and for all points",
    "Lin et al., *Microsoft COCO* (2014), for 101 points",
    "scikit-learn documentation, *Metrics and scoring*: precision, recall, ROC, average precision",
    "Nadeau and Bengio, *Inference for the Generalization Error* (2003), for the intervals",
)


def findings(result: Result) -> list[str]:
    return [*_at(result), _accuracy(result), *_best(result), *_averages(result), *_rare(result), *_ties(result)]


def _at(result: Result) -> list[str]:
    s, precision, recall = result.settings, result.mean("precision"), result.mean("recall")
    where = f"At a threshold of {s.threshold:.2f}"
    if precision.n == 0:
        return [
            f"{where} nothing is called positive in any of {s.seeds} seeds: recall is 0, and precision is not defined."
        ]
    some = "" if precision.n == s.seeds else f" (defined in {precision.n} of {s.seeds} seeds)"
    return [
        f"{where} precision is {_bounded(precision)}{some}: of 100 rows called {result.positive}, {100 * precision.mean:.0f} are. Recall is "
        f"{_bounded(recall)}: of 100 that are, {100 * recall.mean:.0f} are found. F1 is {_bounded(result.mean('F1'))}."
    ]


def bounded(i: Interval) -> Interval:
    """Of a rate: no bound is below 0 or above 1."""
    low, high = (float(np.clip(b, 0, 1)) for b in (i.low, i.high))
    return Interval(i.mean, low, high, i.n, i.level)


def _bounded(i: Interval) -> str:
    return bounded(i).text("%", 100)


def gain(result: Result) -> Interval:
    """Accuracy minus that of never saying yes, paired over seeds."""
    return tables.interval(result.values("accuracy") - (1 - result.values("share")), result.table)


def _accuracy(result: Result) -> str:
    never, here, more = 100 * (1 - result.values("share").mean()), 100 * result.values("accuracy").mean(), gain(result)
    verdict = "no difference beyond luck" if not more.clear_of_zero else "better" if more.mean > 0 else "worse"
    return (
        f"Accuracy is {here:.1f} %. Never calling anything {result.positive} would be right {never:.1f} % of the time: "
        f"{verdict}, {more.text('points', 100)}."
    )


def _best(result: Result) -> list[str]:
    f1 = result.by_threshold["F1"].mean(0)
    best, now = int(f1.argmax()), float(result.mean("F1").mean)
    return [
        f"Mean F1 is largest at a threshold of {result.grid[best]:.2f}: {100 * f1[best]:.1f} %, against {100 * now:.1f} % here. It was "
        "looked for on these very rows, which flatters it a little."
    ]


def _averages(result: Result) -> list[str]:
    told = listed([f"{name} {100 * result.values(name).mean():.1f} %" for name in AVERAGES])
    # Three differences are read at once.
    above = {
        n: tables.interval(result.values(n) - result.values("area"), result.table, 1 - 0.05 / 3)
        for n in list(AVERAGES)[1:]
    }
    lie = [f"{n} {100 * i.mean:+.1f} points ({100 * i.low:+.1f} to {100 * i.high:+.1f})" for n, i in above.items()]
    apart = [n for n, i in above.items() if i.clear_of_zero]
    found = f"Average precision, four ways from the same scores: {told}. Minus the plain area, with 98.3 % intervals: {'; '.join(lie)}."
    return [found + (" Compare only numbers made the same way." if apart else " No difference beyond luck.")]


def _rare(result: Result) -> list[str]:
    s, share = result.settings, result.values("share").mean()
    area, auc = result.mean("area"), result.mean("ROC AUC")
    level = f"{100 * share:.1f} % of the rows are positive; a random ranking has that as its average precision, and a ROC AUC of 50 %."
    if s.share == 0:
        return [f"{level} Here: {_bounded(area)} and {_bounded(auc)}."]
    was = 100 * result.values("share", "as they come").mean()
    moved = []
    for name, i in (("average precision (area)", result.change("area")), ("ROC AUC", result.change("ROC AUC"))):
        if i.low == i.high == 0:
            moved.append(f"{name} does not change at all")
        elif not i.clear_of_zero:
            moved.append(f"{name} does not change beyond luck ({i.text('points', 100)})")
        else:
            moved.append(f"{name} {'rises' if i.mean > 0 else 'falls'}, a change of {i.text('points', 100)}")
    return [f"{level}", f"With {100 * share:.1f} % positives instead of {was:.1f} %: {listed(moved)}."]


def _ties(result: Result) -> list[str]:
    scores = result.scores[0][1]
    distinct = len(np.unique(scores))
    if distinct > len(scores) // 4:
        return []
    return [
        f"The {len(scores)} rows of the first seed have only {distinct} different scores. Rows that tie are called positive together, so the "
        f"curves have only {distinct} corners."
    ]


def sealed(result: Result) -> str:
    """Precision, recall and average precision on the test rows; the one place that shows them."""
    parts = [f"{n} {_bounded(result.mean(n, 'test'))}" for n in ("recall", "F1")]
    precision = result.mean("precision", "test")
    parts.insert(0, f"precision {_bounded(precision) if precision.n else 'not defined'}")
    return f"Test rows at this threshold: {listed(parts)}"


def score(result: Result) -> str:
    return f"F1 {_bounded(result.mean('F1'))}, average precision {_bounded(result.mean('area'))}"


def difference(a: Result, b: Result) -> str:
    """F1 and average precision of `a` against `b` in a sentence: paired over seeds when both saw the same splits."""
    one, two, both = a.settings, b.settings, min(a.settings.seeds, b.settings.seeds)
    if (one.data, one.digit, one.seed) != (two.data, two.digit, two.seed):
        return "The two are not about the same rows, so their scores are not set against each other."
    told = []
    for name, word in (("F1", "F1"), ("area", "average precision")):
        change = tables.interval(a.values(name)[:both] - b.values(name)[:both], a.table, 0.975)  # two are read at once
        told.append(
            f"{word} {change.text('points', 100)}{'' if change.clear_of_zero else ', no difference beyond luck'}"
        )
    return f"Now minus then, paired over {both} seeds: {'; '.join(told)}."


def _raised(result: Result) -> tuple[int, str]:
    low, high = 50, 90
    moved = {
        n: np.nanmean(result.by_threshold[n][:, high]) - np.nanmean(result.by_threshold[n][:, low])
        for n in ("precision", "recall")
    }
    said = f"From 0.5 to 0.9 precision moves by {100 * moved['precision']:+.1f} and recall by {100 * moved['recall']:+.1f} points."
    falls = moved["precision"] < 0, moved["recall"] < 0
    return {(False, True): 0, (True, False): 1, (True, True): 2}.get(falls, 3), said


def _who_falls(result: Result) -> tuple[int, str]:
    change = {n: result.change(n) for n in ("area", "ROC AUC")}
    falls = change["area"].high < 0, change["ROC AUC"].high < 0
    said = f"Average precision changes by {change['area'].text('points', 100)}, ROC AUC by {change['ROC AUC'].text('points', 100)}."
    return {(True, True): 0, (True, False): 1, (False, True): 2}.get(falls, 3), said


def _guess(result: Result) -> tuple[int, str]:
    ap, share = result.mean("area").mean, float(result.values("share").mean())
    said = f"Average precision {100 * ap:.1f} %, share of positives {100 * share:.1f} %, ROC AUC {100 * result.mean('ROC AUC').mean:.1f} %."
    return int(np.argmin([abs(ap - 0.5), abs(ap - share), ap])), said


def _never(result: Result) -> tuple[int, str]:
    more = gain(result)
    said = f"Accuracy minus that of never saying yes: {more.text('points', 100)}, over {counted(more.n, 'seed')}."
    return (2 if not more.clear_of_zero else 0 if more.mean > 0 else 1), said


def _eleven(result: Result) -> tuple[int, str]:
    above = tables.interval(result.values("11 points") - result.values("area"), result.table)
    said = f"11 points minus area: {above.text('points', 100)}, over {counted(above.n, 'seed')}."
    return (2 if not above.clear_of_zero else 0 if above.mean > 0 else 1), said


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "Raise the threshold from 0.5 to 0.9: be surer before you call a digit an 8. What happens?",
        ("Precision rises, recall falls", "Precision falls, recall rises", "Both fall", "Both rise, or stay"),
        {"threshold": 0.9},
        _raised,
    ),
    Question(
        "The same classifier and the same scores, but positives become rare: 1 % instead of 10 %. Which summary falls?",
        ("Both average precision and ROC AUC", "Only average precision", "Only ROC AUC", "Neither"),
        {"share": 0.01},
        _who_falls,
    ),
    Question(
        "A score drawn at random, on digits, one in ten of which is an 8. Its average precision is near",
        ("50 %", "the share of positives", "0 %"),
        {"learner": GUESS},
        _guess,
    ),
    Question(
        "Naive Bayes looks for the digit 8, one row in ten. Against never saying yes, its accuracy is",
        ("better", "worse", "no different beyond luck"),
        {"learner": "naive Bayes"},
        _never,
    ),
    Question(
        "A tree of three questions has few different scores. Against the plain area, average precision by 11 points is",
        ("higher", "lower", "no different beyond luck"),
        {"learner": "small tree", "average": "11 points"},
        _eleven,
    ),
)

__all__ = ["MEASURES", "QUESTIONS", "SOURCES", "difference", "findings", "gain", "score", "sealed"]
