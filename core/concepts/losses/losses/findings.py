"""What the losses page shows, from its numbers."""

from __future__ import annotations

import math

import numpy as np

from core.concepts.losses.losses.result import Result
from core.concepts.losses.losses.settings import REFERENCE, TEST_POINTS, Settings
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval

SILENT = 1e-6  # a gradient below this moves nothing


def findings(result: Result) -> list[Finding]:
    """The verdict first: which losses do better or worse than the reference, or where they pull."""
    kinds = {"regression": _slopes, "classification": _accuracies, "embedding": _distances, "overlap": _overlaps}
    return kinds[result.settings.family](result)


def compared(result: Result) -> dict[str, Interval]:
    """Slope error or accuracy of each loss on view minus that of the reference, paired over seeds.

    Several losses are compared at once, so each interval is as much wider as makes all of them right together 95 times in
    100 (Bonferroni).
    """
    reference = REFERENCE[result.settings.family]
    names = [name for name in result.settings.chosen if name != reference]
    column, rows = ("off", None) if result.settings.family == "regression" else ("accuracy", TEST_POINTS)
    base = result.by_seed(column, reference)
    level = 1 - 0.05 / max(1, len(names))
    return {name: mean_interval(result.by_seed(column, name) - base, level, rows) for name in names}


def identical(result: Result, name: str) -> bool:
    """Whether a loss gave the very scores of the reference in every seed."""
    column = "off" if result.settings.family == "regression" else "accuracy"
    return bool((result.by_seed(column, name) == result.by_seed(column, REFERENCE[result.settings.family])).all())


def optimum(name: str, settings: Settings) -> float | None:
    """The margin at which a loss is smallest; None where it goes on falling, or has no smallest place."""
    if name == "KL":
        p = settings.target
    elif name == "label smoothing":
        p = 1 - settings.epsilon * (settings.classes - 1) / settings.classes
    else:
        return None
    if p == 1:
        return None
    others = settings.classes - 1 if name == "label smoothing" else 1
    return math.log(others * p / (1 - p))


def _verdicts(result: Result) -> list[Finding]:
    """What is clearly better than the reference, what is clearly worse, what is neither, and what is the same thing."""
    s = result.settings
    change = compared(result)
    same = [name for name in change if identical(result, name)]
    better = -1 if s.family == "regression" else 1  # a smaller error, or a larger accuracy
    found = []
    for sign in (better, -better, 0):
        names = [name for name in change if change[name].sign == sign and name not in same]
        if not names:
            continue
        if s.family == "regression":
            changes = [Finding("slope_change", name=name, change=change[name]) for name in names]
            found.append(
                Finding({-1: "slope_better", 1: "slope_worse", 0: "slope_unclear"}[sign], names=names, changes=changes)
            )
        else:
            changes = [Finding("accuracy_change", name=name, change=change[name]) for name in names]
            found.append(
                Finding(
                    {1: "accuracy_better", -1: "accuracy_worse", 0: "accuracy_unclear"}[sign],
                    names=names,
                    changes=changes,
                )
            )
    if same:
        found.append(Finding("same", names=same, reference=REFERENCE[s.family]))
    return found


def _slopes(result: Result) -> list[Finding]:
    s = result.settings
    found = _verdicts(result)
    if not found:
        off = mean_interval(result.by_seed("off", "MSE"), bounds=(0, math.inf))
        found.append(Finding("slope_alone", off=off, outliers=s.outliers, points=s.points))
    errors = [Finding("slope_error", name=name, off=float(result.by_seed("off", name).mean())) for name in s.chosen]
    ratios = [Finding("pull_ratio", name=name, ratio=far / near) for name, (near, far) in result.pulls.items()]
    means = Finding("slope_errors", rows=errors, seeds=s.seeds, outliers=s.outliers, points=s.points)
    return [*found, means, Finding("pull_ratios", rows=ratios)]


def _accuracies(result: Result) -> list[Finding]:
    s = result.settings
    wrong = round(s.flips * s.examples)  # training labels
    found = _verdicts(result)
    if not found:
        accuracy = mean_interval(result.by_seed("accuracy", "cross-entropy"), rows=TEST_POINTS, bounds=(0, 1))
        found.append(Finding("accuracy_alone", accuracy=accuracy, wrong=wrong, examples=s.examples))
    means = {name: float(result.by_seed("accuracy", name).mean()) for name in s.chosen}
    rows = [Finding("share", name=name, share=mean) for name, mean in means.items()]
    found.append(Finding("accuracies", rows=rows, seeds=s.seeds, wrong=wrong, examples=s.examples))
    if wrong:
        learnt = {name: float(result.by_seed("memorised", name).mean()) for name in s.chosen}
        found.append(Finding("memorised", rows=[Finding("share", name=n, share=v) for n, v in learnt.items()]))
    pulls = [Finding("pull_pair", name=name, wrong=low, right=high) for name, (low, high) in result.pulls.items()]
    found.append(Finding("pull_pairs", rows=pulls))
    lowest = {name: optimum(name, s) for name in s.chosen}
    places = [Finding("optimum", name=name, margin=margin) for name, margin in lowest.items() if margin is not None]
    return [*found, Finding("optima", rows=places)] if places else found


def _distances(result: Result) -> list[Finding]:
    silent = []
    peaks = []
    for name in result.settings.chosen:
        rows = result.curve(name)
        pull = rows.gradient.abs().to_numpy()
        share = float((pull < SILENT).mean())
        if share > 0.01:  # more than the one point at which a distance is 0
            silent.append(Finding("silent_part", name=name, share=share))
        if share == 1:
            continue
        most = int(pull.argmax())
        even = bool(np.ptp(pull[pull >= SILENT]) < 1e-9 * pull[most])
        about = {"name": name, "pull": float(pull[most]), "distance": float(rows.x[most])}
        peaks.append(Finding("peak_even" if even else "peak", **about))
    verdict = Finding("silent", rows=silent) if silent else Finding("never_silent")
    return [verdict, Finding("peaks", rows=peaks)] if peaks else [verdict]


def _overlaps(result: Result) -> list[Finding]:
    s = result.settings
    rows = {name: result.curve(name) for name in s.chosen}
    growth = {name: abs(row.gradient.iloc[-1] / row.gradient.iloc[0]) for name, row in rows.items()}
    half = {name: row.value.iloc[len(row) // 2] for name, row in rows.items()}
    found = [
        Finding("growth", rows=[Finding("pull_ratio", name=n, ratio=float(v)) for n, v in growth.items()]),
        Finding("halfway", rows=[Finding("loss_value", name=n, value=float(v)) for n, v in half.items()]),
    ]
    if s.size != 1:
        least = [Finding("loss_value", name=name, value=float(row.value.min())) for name, row in rows.items()]
        found.append(Finding("unreachable", size=s.size, rows=least))
    return found


def score(result: Result) -> Finding:
    """Slope errors or clean accuracies, for a table."""
    s = result.settings
    if s.family == "regression":
        errors = {name: mean_interval(result.by_seed("off", name), bounds=(0, math.inf)) for name in s.chosen}
        return Finding("score_slope", rows=[Finding("slope_error", name=n, off=i) for n, i in errors.items()])
    if s.family == "classification":
        shares = {n: mean_interval(result.by_seed("accuracy", n), rows=TEST_POINTS, bounds=(0, 1)) for n in s.chosen}
        return Finding("score_accuracy", rows=[Finding("share", name=n, share=i) for n, i in shares.items()])
    return Finding("score_curves")


def difference(a: Result, b: Result) -> Finding:
    """`a` minus `b` for every loss that both have, paired over seeds: the random numbers of a seed depend neither on the
    outliers nor on the share of wrong labels. The intervals are widened for how many losses there are (Bonferroni)."""
    one, two = a.settings, b.settings
    both = [name for name in one.chosen if name in two.chosen]
    if a.scores is None or b.scores is None or not both:
        return Finding("not_alike")
    if any(getattr(one, n) != getattr(two, n) for n in ("seed", "seeds", "points", "examples")):
        return Finding("not_paired")
    level = 1 - 0.05 / len(both)
    column, rows = ("off", None) if one.family == "regression" else ("accuracy", TEST_POINTS)
    change = {n: mean_interval(a.by_seed(column, n) - b.by_seed(column, n), level, rows) for n in both}
    if one.family == "regression":
        slopes = [Finding("slope_moved" if i.sign else "slope_not_moved", name=n, change=i) for n, i in change.items()]
        return Finding("slopes_moved", rows=slopes, seeds=one.seeds)
    shares = [Finding("share_moved" if i.sign else "share_not_moved", name=n, change=i) for n, i in change.items()]
    return Finding("shares_moved", rows=shares, seeds=one.seeds)


def _which_is_nearer(result: Result) -> Grade:
    nearer = mean_interval(result.by_seed("off", "MSE") - result.by_seed("off", "MAE"))
    return {-1: 0, 1: 1, 0: 2}[nearer.sign], {"nearer": nearer}


def _without_gradient(result: Result) -> Grade:
    change = compared(result)["0-1"]
    shares = {n: float(result.by_seed("accuracy", n).mean()) for n in ("0-1", "cross-entropy")}
    return {1: 0, 0: 1, -1: 2}[change.sign], {"zero_one": shares["0-1"], "cross_entropy": shares["cross-entropy"]}


def _hard_examples(result: Result) -> Grade:
    change = compared(result)["focal"]
    learnt = {n: float(result.by_seed("memorised", n).mean()) for n in ("focal", "cross-entropy")}
    numbers = {"effect": change, "focal": learnt["focal"], "cross_entropy": learnt["cross-entropy"]}
    return {1: 0, -1: 1, 0: 2}[change.sign], numbers


def _near_the_end(result: Result) -> Grade:
    growth = {}
    for name in ("Dice", "IoU"):
        rows = result.curve(name)
        early, late = (int((rows.x - share).abs().argmin()) for share in (0.05, 0.95))
        growth[name] = float(abs(rows.gradient[late] / rows.gradient[early]))
    return int(growth["IoU"] > growth["Dice"]), {"dice": growth["Dice"], "iou": growth["IoU"]}


QUESTIONS = (
    Question("outliers", {"outliers": 6, "height": 30.0}, _which_is_nearer),
    Question("clean", {"outliers": 0, "points": 100, "seeds": 16}, _which_is_nearer),
    Question.nearest(
        "quantile",
        {"regression": ("MSE", "quantile"), "outliers": 0},
        lambda result: result.by_seed("below", "quantile").mean(),
        (0.1, 0.5, 0.9),
    ),
    Question(
        "zero_one",
        {"family": "classification", "classification": ("0-1", "cross-entropy"), "flips": 0.0},
        _without_gradient,
    ),
    Question(
        "focal",
        {"family": "classification", "classification": ("cross-entropy", "focal"), "flips": 0.3},
        _hard_examples,
    ),
    Question("overlap", {"family": "overlap"}, _near_the_end),
)
