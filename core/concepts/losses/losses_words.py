"""What a run of the losses page shows, in words made from its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from core.concepts.losses.experiments import SLOPE
from core.concepts.losses.functions import LOSSES, bind, gradient
from core.legacy import Question
from core.stats import Interval, counted, listed, mean_interval

if TYPE_CHECKING:
    from core.concepts.losses.losses import Result, Settings

REFERENCE = {"regression": "MSE", "classification": "cross-entropy"}


def described(settings: Settings) -> list[str]:
    """A Markdown bullet for every loss on view: formula, what it does, what it forgives."""
    rows = {name: LOSSES[name] for name in settings.chosen}
    return [f"- **{name}** ${row.formula}$ {row.says} *Forgives:* {row.forgives}" for name, row in rows.items()]


def against(result: Result, column: str) -> dict[str, Interval]:
    """Each chosen loss minus the reference, paired over seeds."""
    reference = REFERENCE[result.settings.family]
    base = result.by_seed(column, reference)
    level = 1 - 0.05 / max(1, len(result.settings.chosen) - 1)  # so that all of them hold together at 95 %
    return {n: mean_interval(result.by_seed(column, n) - base, level) for n in result.settings.chosen if n != reference}


def findings(result: Result) -> list[str]:
    """What this run shows, in sentences made from its numbers."""
    s = result.settings
    if not s.chosen:
        return ["No loss is chosen. Choose one or more above."]
    if s.family == "regression":
        return _pulls(result) + _lines_say(result)
    if s.family == "classification":
        return _margins(result) + _labels_say(result)
    return _silences(result) if s.family == "embedding" else _overlaps(result)


def _gradient(name: str, x: float, s: Settings) -> float:
    return float(gradient(bind(name, vars(s)), torch.tensor(x, dtype=torch.float64)))


def _pulls(result: Result) -> list[str]:
    s = result.settings
    ratio = {n: abs(_gradient(n, 10.0, s) / _gradient(n, 1.0, s)) for n in s.chosen}
    told = listed([f"{r:.3g} under {n}" for n, r in ratio.items()])
    return [f"Pull of an error of 10, in errors of 1: {told}. One means that being far out gives no more say."]


def _margins(result: Result) -> list[str]:
    s = result.settings
    told = listed([f"{n} {abs(_gradient(n, -4.0, s)):.3g} and {abs(_gradient(n, 4.0, s)):.3g}" for n in s.chosen])
    found = [f"Pull on an answer surely wrong (margin −4) and on one surely right (+4): {told}."]
    for n in s.chosen:
        rows = result.curves[result.curves.name == n].reset_index()
        least = int(rows.value.argmin())
        if n in ("label smoothing", "KL") and 0 < least < len(rows) - 1:
            found.append(f"{n} is least at a margin of {rows.x[least]:.3g}: being surer than that is punished.")
    return found


def _silences(result: Result) -> list[str]:
    found = []
    for n in result.settings.chosen:
        rows = result.curves[result.curves.name == n].reset_index()
        pull = rows.gradient.abs()
        quiet, most = (pull < 1e-6).mean(), int(pull.argmax())
        said = f"has no pull (below 10⁻⁶) on {100 * quiet:.0f} % of the axis" if quiet > 0.01 else "pulls everywhere"
        if pull[pull >= 1e-6].nunique() == 1:
            said += f", and wherever it pulls equally hard ({pull[most]:.3g})"
        elif quiet < 1:
            said += f", and hardest ({pull[most]:.3g}) at a distance of {rows.x[most]:.2f}"
        found.append(f"{n} {said}.")
    return found


def _overlaps(result: Result) -> list[str]:
    s, found = result.settings, []
    for n in s.chosen:
        rows = result.curves[result.curves.name == n]
        ends = rows.value.iloc[0], rows.value.iloc[len(rows) // 2], rows.value.iloc[-1]
        pull = abs(rows.gradient.iloc[-1] / rows.gradient.iloc[0])
        found.append(
            f"{n} falls from {ends[0]:.2f} (no overlap) over {ends[1]:.2f} (half of what is possible) to {ends[2]:.2f}; "
            f"its pull at the end is {pull:.3g} times that at the start."
        )
    if s.size != 1:
        found.append(
            f"At a size of {s.size:g} times the truth the loss cannot reach 0, however the two areas lie: the least is "
            f"{listed([f'{result.curves[result.curves.name == n].value.min():.2f} ({n})' for n in s.chosen])}."
        )
    return found


def _verdicts(
    change: dict[str, Interval], words: tuple[str, str], unit: str, scale: float, reference: str
) -> list[str]:
    """change: how much better than the reference. A sentence for every loss clearly apart, one for all that are not."""
    same = [name for name, i in change.items() if i.low == i.high == 0]
    rest = [name for name, i in change.items() if not i.clear_of_zero and name not in same]
    digits, found = 1 if unit else 3, []
    for name, i in change.items():
        if i.clear_of_zero:
            size = i if i.mean > 0 else Interval(-i.mean, -i.high, -i.low, i.n)
            found.append(
                f"{name} is {words[i.mean < 0]} than {reference}, by {size.text(unit, scale, digits)}, paired over {i.n} seeds."
            )
    if rest:
        told = "; ".join(f"{name} {change[name].text(unit, scale, digits)}" for name in rest)
        found.append(f"No difference from {reference} beyond luck ({change[rest[0]].n} seeds, paired): {told}.")
    if same:
        found.append(f"{listed(same)}: the same as {reference} in every seed, to the last digit.")
    return found


def _lines_say(result: Result) -> list[str]:
    s = result.settings
    off = {n: mean_interval(result.by_seed("off", n)) for n in s.chosen}
    found = [
        f"Slope off the true {SLOPE:g} by, on average over {counted(s.seeds, 'seed')} with {counted(s.outliers, 'outlier')} "
        f"among {s.points} points: {'; '.join(f'{n} {i.text(digits=3)}' for n, i in off.items())}."
    ]
    base = result.by_seed("off", "MSE")
    level = 1 - 0.05 / max(1, len(s.chosen) - 1)  # so that all of them hold together at 95 %
    nearer = {n: mean_interval(base - result.by_seed("off", n), level) for n in s.chosen if n != "MSE"}
    return found + _verdicts(nearer, ("nearer the true slope", "further off the true slope"), "", 1, "MSE")


def _labels_say(result: Result) -> list[str]:
    s = result.settings
    right = [f"{n} {mean_interval(result.by_seed('accuracy', n)).text('%', 100)}" for n in s.chosen]
    wrong = round(s.flips * s.examples)
    found = [
        f"Accuracy on clean test points after training with {wrong} of {s.examples} labels wrong: {'; '.join(right)}."
    ]
    found += _verdicts(against(result, "accuracy"), ("better", "worse"), "points", 100, "cross-entropy")
    if wrong:
        learnt = listed([f"{n} {100 * result.by_seed('memorised', n).mean():.0f} %" for n in s.chosen])
        found.append(
            f"Wrong labels that the trained models repeat: {learnt}. 100 % is learning by heart; a coin repeats 50 %."
        )
    return found


def score(result: Result) -> str:
    s = result.settings
    if result.scores is None:
        return "curves only"
    column, unit, scale, digits = ("off", "", 1, 3) if s.family == "regression" else ("accuracy", "%", 100, 1)
    told = [f"{n} {mean_interval(result.by_seed(column, n)).text(unit, scale, digits)}" for n in s.chosen]
    return ("slope off by " if s.family == "regression" else "clean accuracy ") + "; ".join(told)


def difference(a: Result, b: Result) -> str:
    """`a` minus `b` for every loss that both have, paired over seeds: a seed's noise does not depend on outliers or flips."""
    one, two = a.settings, b.settings
    both = [n for n in one.chosen if n in two.chosen]
    if a.scores is None or b.scores is None or not both:
        return "Only experiments of the same family with a loss in common are set against each other."
    if (one.seed, one.seeds, one.points, one.examples) != (two.seed, two.seeds, two.points, two.examples):
        return "The two did not run on the same draws with the same seeds, so they are not set against each other."
    column, unit, scale, digits = ("off", "", 1, 3) if one.family == "regression" else ("accuracy", "points", 100, 1)
    change = {n: mean_interval(a.by_seed(column, n) - b.by_seed(column, n)) for n in both}
    what = "Slope error" if column == "off" else "Clean accuracy"
    told = [f"{n} {i.text(unit, scale, digits)}{'' if i.clear_of_zero else ', within luck'}" for n, i in change.items()]
    return f"{what} now minus then, paired over {one.seeds} seeds: {'; '.join(told)}."


def _forgives(result: Result) -> tuple[int, str]:
    nearer = mean_interval(result.by_seed("off", "MSE") - result.by_seed("off", "MAE"))
    said = f"The slope by MSE is further off than that by MAE by {nearer.text(digits=3)}, paired over {nearer.n} seeds."
    return (2 if not nearer.clear_of_zero else 1 if nearer.mean > 0 else 0), said


def _below(result: Result) -> tuple[int, str]:
    share = float(result.by_seed("below", "quantile").mean())
    choice = int(np.argmin([abs(share - guess) for guess in (0.1, 0.5, 0.9)]))
    return choice, f"On average {100 * share:.0f} % of the points lie below the line by the quantile loss."


def _coin(result: Result) -> tuple[int, str]:
    base, zero = (mean_interval(result.by_seed("accuracy", n)) for n in ("cross-entropy", "0-1"))
    change = against(result, "accuracy")["0-1"]
    choice = 1 if not change.clear_of_zero else 0 if change.mean > 0 else 2
    return (
        choice,
        f"0-1 reaches {zero.text('%', 100)}, cross-entropy {base.text('%', 100)}: without a gradient nothing moves.",
    )


def _hard(result: Result) -> tuple[int, str]:
    change = against(result, "accuracy")["focal"]
    learnt = {n: 100 * result.by_seed("memorised", n).mean() for n in ("focal", "cross-entropy")}
    said = (
        f"Focal minus cross-entropy: {change.text('points', 100)}. Focal repeats {learnt['focal']:.0f} % of the wrong labels, "
        f"cross-entropy {learnt['cross-entropy']:.0f} %."
    )
    return (2 if not change.clear_of_zero else 0 if change.mean > 0 else 1), said


def _ends(result: Result) -> tuple[int, str]:
    pulls = {n: abs(_gradient(n, 0.95, result.settings) / _gradient(n, 0.05, result.settings)) for n in ("Dice", "IoU")}
    told = listed([f"{p:.2f} times for {n}" for n, p in pulls.items()])
    return int(np.argmax([pulls["Dice"], pulls["IoU"]])), f"From 5 % to 95 % of overlap the pull becomes {told}."


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "Six of thirty points are far too high. Which loss forgives the outliers?",
        ("MSE", "MAE", "Neither beyond luck"),
        {"outliers": 6, "height": 30.0},
        _forgives,
    ),
    Question(
        "No outliers at all, only even noise. Which of the two is nearer the true slope now?",
        ("MSE", "MAE", "Neither beyond luck"),
        {"outliers": 0, "points": 100, "seeds": 16},
        _forgives,
    ),
    Question(
        "A line by the quantile loss at q = 0.9, without outliers. How many points lie below it?",
        ("About 10 %", "About 50 %", "About 90 %"),
        {"regression": "MSE,quantile", "outliers": 0},
        _below,
    ),
    Question(
        "0-1 loss is exactly what accuracy counts. Train on it directly. Against cross-entropy, is accuracy",
        ("higher", "the same, beyond luck", "lower"),
        {"family": "classification", "classification": "0-1,cross-entropy", "flips": 0.0},
        _coin,
    ),
    Question(
        "A third of the labels is wrong. Focal loss attends to the hard examples. Is that better than cross-entropy here?",
        ("Better", "Worse", "Neither beyond luck"),
        {"family": "classification", "classification": "cross-entropy,focal", "flips": 0.3},
        _hard,
    ),
    Question(
        "Two areas nearly cover each other. Whose pull has grown since they only touched?",
        ("Dice's", "IoU's"),
        {"family": "overlap"},
        _ends,
    ),
)

SOURCES = (
    "Goodfellow, Bengio and Courville, *Deep Learning* (MIT Press, 2016), chapters 5 and 6",
    "Huber, *Robust Estimation of a Location Parameter* (1964)",
    "Koenker and Bassett, *Regression Quantiles* (1978)",
    "Natarajan, Dhillon, Ravikumar and Tewari, *Learning with Noisy Labels* (2013)",
    "Lin, Goyal, Girshick, He and Dollár, *Focal Loss for Dense Object Detection* (2017)",
    "PyTorch documentation, *torch.nn*: loss functions",
)
