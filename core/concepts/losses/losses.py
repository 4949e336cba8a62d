"""Loss functions: what is called an error decides what is learnt.

Each loss is drawn over the one number it depends on (residual, margin, distance or overlap), beside its gradient, which is the pull
an example has on the model. Two experiments show what follows from it: one line fitted with every regression loss to points with outliers,
and one classifier trained with every classification loss on partly wrong labels, the losses and seeds together as one stack.

Sources: Huber, "Robust estimation of a location parameter" (1964); Natarajan et al., "Learning with noisy labels" (2013); each loss names
its own in functions.py.
What to expect: a line by MSE is turned by a few far points and one by MAE or Huber hardly; on clean points MSE is the most exact. Under wrong labels the
differences between losses are a few points of accuracy, and often none beyond luck; 0-1, which has no gradient, stays where it started.
Two cores: the curves take 3 ms, the lines 0.1 s, the classifiers 0.3 s for 4 losses and 12 seeds; the largest setting about 1.5 s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import torch

from core.concepts.losses import source
from core.concepts.losses.experiments import EXPERIMENTS, INTERCEPT, SLOPE, Points, draw_points, label_noise, lines
from core.concepts.losses.functions import FAMILIES, LOSSES, PARAMETERS, bind, gradient, of
from core.figures import functions
from core.figures.clicks import targets
from core.questions import Question
from core.stats import Interval, counted, listed, mean_interval

REFERENCE = {"regression": "MSE", "classification": "cross-entropy"}

__all__ = ["EXPERIMENTS", "FAMILIES", "LOSSES", "PARAMETERS", "QUESTIONS", "Result", "Settings", "figures", "of", "run"]

SOURCES = (
    "Goodfellow, Bengio and Courville, *Deep Learning* (MIT Press, 2016), chapters 5 and 6",
    "Huber, *Robust Estimation of a Location Parameter* (1964)",
    "Koenker and Bassett, *Regression Quantiles* (1978)",
    "Natarajan, Dhillon, Ravikumar and Tewari, *Learning with Noisy Labels* (2013)",
    "Lin, Goyal, Girshick, He and Dollár, *Focal Loss for Dense Object Detection* (2017)",
    "PyTorch documentation, *torch.nn*: loss functions",
)

# The sizes of the experiments are bounded so that the largest is still drawn while a slider moves.
LIMITS: dict[str, tuple[float, float]] = {
    "span": (1, 10_000),
    "delta": (0.01, 10_000),
    "beta": (0.01, 10_000),
    "q": (0.01, 0.99),
    "batch": (1, 1024),
    "classes": (2, 1000),
    "epsilon": (0, 1),
    "gamma": (0, 10),
    "target": (0.5, 1),
    "margin": (0, 2),
    "negative": (0, 2),
    "temperature": (0.01, 10),
    "negatives": (1, 10_000),
    "size": (0.05, 20),
    "points": (10, 100),
    "outliers": (0, 10),
    "height": (-100, 100),
    "where": (0, 10),
    "noise": (0, 5),
    "examples": (20, 150),
    "flips": (0, 0.5),
    "width": (0, 32),
    "steps": (1, 200),
    "seeds": (2, 16),
    "seed": (0, 9999),
}


@dataclass(frozen=True)
class Settings:
    family: str = "regression"  # which losses are on view; the experiment goes with it
    regression: str = "MAE,MSE,Huber"  # names in LOSSES, with commas; may be empty
    classification: str = "0-1,cross-entropy,hinge,focal"
    embedding: str = "contrastive same,contrastive other,triplet,InfoNCE"
    overlap: str = "Dice,IoU"
    log: bool = False  # logarithmic axis for value and gradient
    span: float = 5.0  # residuals or margins from -span to span
    delta: float = 1.0  # Huber: residual from which it is linear
    beta: float = 1.0  # smooth L1: the same
    q: float = 0.9  # quantile
    batch: int = 8  # RMSE: examples a batch
    classes: int = 2  # cross-entropy, label smoothing
    epsilon: float = 0.1  # label smoothing: share spread over all classes
    gamma: float = 2.0  # focal
    target: float = 0.9  # KL: probability of the label
    margin: float = 1.0  # contrastive, triplet: in units of distance, 0 to 2
    negative: float = 1.0  # triplet, InfoNCE: distance of the negatives, 0 to 2
    temperature: float = 0.1  # InfoNCE
    negatives: int = 16  # InfoNCE
    size: float = 1.0  # Dice, IoU: area predicted / true area
    points: int = 30  # on the line
    outliers: int = 3  # of them, those nearest to `where`
    height: float = 20.0  # by how much an outlier is lifted; the noise has a standard deviation of `noise`
    where: float = 9.0  # on the x axis, 0 to 10
    noise: float = 1.0
    examples: int = 100  # to train the classifier
    flips: float = 0.2  # share of training labels that are wrong
    width: int = 32  # neurons of the hidden layer, 0: a straight line
    steps: int = 150  # of Adam on all examples, learning rate 0.03
    seeds: int = 12  # draws of noise; starts of the classifier
    seed: int = 0  # the first of them

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(f"family: must be one of {', '.join(FAMILIES)}")
        for family in FAMILIES:
            unknown = set(filter(None, getattr(self, family).split(","))) - set(of(family))
            if unknown:
                raise ValueError(f"{family}: must be names of {', '.join(of(family))}, separated by commas")
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:  # also refuses NaN
                raise ValueError(f"{name}: must lie between {low:g} and {high:g}")

    @property
    def chosen(self) -> tuple[str, ...]:
        """The losses on view, in the order of the table."""
        names = getattr(self, self.family).split(",")
        return tuple(name for name in of(self.family) if name in names)


@dataclass(frozen=True)
class Result:
    """curves: a row a loss and x, with value and gradient. scores: a row a loss and seed; regression: slope, intercept, error
    (fitted minus true slope), below (share of points under the line); classification: accuracy (clean test points), memorised (share of the wrong training
    labels that the model repeats). The reference is among them, chosen or not."""

    settings: Settings
    curves: pd.DataFrame
    scores: pd.DataFrame | None = None
    points: Points | None = None

    def by_seed(self, column: str, name: str) -> np.ndarray:
        assert self.scores is not None
        rows = self.scores[self.scores.name == name].sort_values("seed")
        return rows[column].to_numpy(float)


def curves(settings: Settings, points: int = 401) -> pd.DataFrame:
    """Value and gradient of every chosen loss. An odd number of points, so that 0 is one of them."""
    s = settings
    low, high = {"embedding": (0.0, 2.0), "overlap": (0.0, min(1.0, s.size))}.get(s.family, (-s.span, s.span))
    x = torch.linspace(low, high, points, dtype=torch.float64)
    frames = []
    for name in s.chosen:
        loss = bind(name, vars(s))
        frames.append(pd.DataFrame({"name": name, "x": x, "value": loss(x), "gradient": gradient(loss, x)}))
    return pd.concat(frames) if frames else pd.DataFrame(columns=["name", "x", "value", "gradient"])


@lru_cache(maxsize=32)
def _trained(bound: tuple[tuple[str, tuple[tuple[str, float], ...]], ...], *how: float) -> pd.DataFrame:
    """Trainings already done are held, by nothing but what they depend on: a slider of the axis costs none."""
    return label_noise({name: bind(name, dict(parameters)) for name, parameters in bound}, *how)  # type: ignore[arg-type]


def run(settings: Settings) -> Result:
    """The curves, and the experiment of the family on view."""
    s, drawn = settings, curves(settings)
    if not s.chosen or s.family not in REFERENCE:
        return Result(s, drawn)
    names = dict.fromkeys([*s.chosen, REFERENCE[s.family]])
    if s.family == "regression":
        points = Points(*draw_points(s.seeds, s.seed, s.points, s.noise, s.outliers, s.height, s.where))
        # The root of a mean is least where the mean is: RMSE is fitted as MSE.
        losses = {name: bind("MSE" if name == "RMSE" else name, vars(s)) for name in names}
        return Result(s, drawn, lines(losses, {"MAE": 0.5, "quantile": s.q}, points, s.seed), points)
    two = {**vars(s), "classes": 2}  # whatever the axis shows, the moons have no more
    bound = tuple((name, tuple((p, two[p]) for p in LOSSES[name].parameters)) for name in names)
    return Result(s, drawn, _trained(bound, s.examples, s.flips, s.width, s.steps, s.seeds, s.seed))


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


def script(settings: Settings) -> str:
    """The functions that ran, as a file of their own that prints the numbers on screen."""
    names = dict.fromkeys([*settings.chosen, *filter(None, [REFERENCE.get(settings.family)])])
    return source.script(settings.family, list(names), vars(settings))


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


def lifted_to(x: float, y: float) -> dict[str, float]:
    """The settings whose outliers lie about (x, y): those nearest x are lifted by its distance from the true line."""
    return {"where": round(2 * x) / 2, "height": float(round(min(100, max(-100, y - SLOPE * x - INTERCEPT))))}


def _rows(
    result: Result, column: str, scale: float = 1.0, base: str = ""
) -> list[tuple[str, int, Interval, np.ndarray]]:
    """A row a loss, of its values or of how far they lie from those of `base`, paired by seed."""
    place, found = of(result.settings.family).index, []
    for n in result.settings.chosen:
        values = scale * (result.by_seed(column, n) - (result.by_seed(column, base) if base else 0))
        if n != base:
            found.append((n, place(n), mean_interval(values), values))
    return found


def figures(result: Result, pinned: Mapping[str, Result] | None = None) -> list[go.Figure]:
    """The experiment: lines and slope errors, or clean accuracy and its difference from cross-entropy. pinned: earlier
    runs, laid over it."""
    s = result.settings
    place, seeds = of(s.family).index, counted(s.seeds, "seed")
    peers = {
        name: pin for name, pin in (pinned or {}).items() if pin.scores is not None and pin.settings.family == s.family
    }

    def earlier(*what: Any) -> dict[str, list[tuple[str, Interval]]]:
        return {name: [(n, i) for n, _, i, _ in _rows(pin, *what)] for name, pin in peers.items()}

    if result.points is not None:
        p = result.points
        first = {n: [float(result.by_seed(c, n)[0]) for c in ("slope", "intercept")] for n in s.chosen}
        fits = [(n, place(n), slope, intercept) for n, (slope, intercept) in first.items()]
        heading = f"Fits of seed {s.seed}: click to put outliers"
        one = functions.lines(p.x[0], p.y[0], p.odd[0], fits, (SLOPE, INTERCEPT), heading)
        low, high = min(-10.0, float(p.y[0].min())) - 5, max(25.0, float(p.y[0].max())) + 5
        spots = np.meshgrid(np.arange(0, 10.5, 0.5), np.linspace(low, high, 21))
        one.add_trace(targets(spots[0].ravel(), spots[1].ravel(), "lift outliers to here: (%{x}, %{y})"))
        title = f"Error of the slope, {seeds}"
        return [
            one,
            functions.intervals(
                _rows(result, "error"),
                title,
                "fitted − true slope (mean, 95 % interval, seeds)",
                0.0,
                "true slope",
                earlier("error"),
            ),
        ]
    every, against = ("accuracy", 100), ("accuracy", 100, "cross-entropy")
    title, x_name = f"Clean test accuracy, {seeds}", "% (mean, 95 % interval, seeds)"
    one = functions.intervals(_rows(result, *every), title, x_name, pinned=earlier(*every))
    # 0-1, which never leaves its start, lies so far off that the others could not be told apart beside it.
    paired = [row for row in _rows(result, *against) if row[0] != "0-1"]
    x_name = "points (mean, 95 % interval, seeds)" + ("; without 0-1" if "0-1" in s.chosen else "")
    title = "Minus cross-entropy, by seed"
    return [one, functions.intervals(paired, title, x_name, 0.0, "no difference", earlier(*against))]
