"""What validation's runs show, in words made from their numbers, and the questions they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.generalization.validation_choice import bound, expected_best
from core.concepts.generalization.validation_folds import SETS, Folds, Spread
from core.legacy import Question
from core.stats import Interval, counted, listed, mean_interval

if TYPE_CHECKING:
    from core.concepts.generalization.validation import Coins, Result


def luck(i: Interval) -> str:
    return "" if i.clear_of_zero else ", which luck alone could do"


def fold_words(f: Folds, shown: int) -> str:
    """The fold shown, and the estimate so far."""
    now, so_far = f.right[f.fold == shown - 1], f.right[f.fold < shown]
    k = int(f.fold.max()) + 1
    whole = (
        f"all {len(f.y)} rows have been left out once" if shown == k else f"{len(so_far)} of {len(f.y)} rows left out"
    )
    return f"Fold {shown} of {k}: {now.sum()} of {counted(len(now), 'row')} right. So far {100 * so_far.mean():.1f} %; {whole}."


def compared(s: Spread, to: str, others: list[str]) -> str:
    """Which ways scatter more than `to`, and which less."""
    parts = []
    for sign, word in ((1, "more"), (-1, "less")):
        rows = [n for n in others if (i := s.wider(n, to)).clear_of_zero and np.sign(i.mean) == sign]
        if rows:
            parts.append(f"{listed(rows)} {'scatters' if len(rows) == 1 else 'scatter'} {word} than {to}")
    return "; ".join(parts) or f"none scatters more or less than {to} beyond luck"


def spread_words(s: Spread) -> list[str]:
    names = list(s.estimates)
    sds = listed([f"{n} {100 * s.sd(n):.1f}" for n in names])
    dealt = listed([f"{n} {100 * s.luck(n):.1f}" for n in names])
    off = {n: s.bias(n) for n in names}
    low = [f"{n} ({off[n].text('points', 100)})" for n in names if off[n].high < 0]
    high = [f"{n} ({off[n].text('points', 100)})" for n in names if off[n].low > 0]
    said = [f"{word}: {listed(rows)}" for word, rows in (("Too low", low), ("Too high", high)) if rows]
    folds = [n for n in names if not n.startswith("hold-out")]
    verdict = compared(s, folds[0], names[:1] + folds[1:])
    found = [
        f"Scatter of the estimate, as a standard deviation in points over {SETS} data sets: {sds}. "
        f"{verdict[0].upper()}{verdict[1:]}.",
        f"{'. '.join(said) if said else 'No way is too high or too low on average, beyond luck'}. Each learns from fewer rows "
        "than the truth, which is what is learnt from all of them.",
        f"Of the scatter, the luck of the deal alone (same rows, dealt again): {dealt}.",
    ]
    wide = s.wider("leave one out", "2 folds")
    here = (
        "It does here"
        if wide.low > 0
        else "Here it does not, beyond luck"
        if wide.high >= 0
        else "Here it scatters less"
    )
    return [*found, f"It is often written that leaving one out scatters more than a few folds do. {here}."]


def coin_words(c: Coins) -> str:
    i, exact = c.interval(), expected_best(c.n, 0.5, c.M)
    return (
        f"The best of {counted(c.M, 'coin-flipper')} on {c.n} rows looks {i.text('points', 100)} better than it is; exact: "
        f"{100 * exact:.1f}; √(2 ln M) standard errors: {100 * bound(c.n, c.M):.1f}. Every one of them is right half of the time."
    )


def findings(result: Result) -> list[str]:
    s, sets = result.settings, len(result.draws)
    hold, cv, nested = (result.error(w) for w in ("hold-out", "cross-validation", "nested"))
    gain, alone = mean_interval(result.gain()), result.independent(s.n, s.networks)
    errors = result.errors()
    less = mean_interval(errors["cross-validation"] - errors["nested"])
    best = mean_interval([d.truth for d in result.draws])
    found = [
        f"Chosen as the best of {s.networks} networks on {s.n} fresh rows, a network looks {hold.text('points', 100)} better "
        f"than it is{luck(hold)}. Coins as good on average, with nothing in common, would look {100 * alone:.1f} better"
        + (
            ": networks answer alike and are not all equally good, so there are fewer chances to be lucky."
            if hold.high < alone
            else "."
        ),
        f"The choice itself is {_worth(gain)}: against the average candidate it gains {gain.text('points', 100)} on the test rows.",
        f"Cross-validation in {s.outer} folds, its best score taken for the truth: {cv.text('points', 100)} too high{luck(cv)}.",
        f"Nested cross-validation, which leaves each fold out of the choosing too: {_nested(nested)}. On the same rows it says "
        f"{less.text('points', 100)} less than the best plain score{luck(less)}. "
        f"The chosen network is right on {best.text('%', 100)} of new rows.",
        f"Intervals cover other {s.rows} rows to learn from, other starts and other validation rows: {counted(sets, 'data set')} "
        "were drawn. Those of the three ways hold together at 95 %. Another kind of data is not covered.",
    ]
    return [*found, coin_words(result.coins), *spread_words(result.spread)[::3]]


def _worth(gain: Interval) -> str:
    return "worth it" if gain.low > 0 else "not shown to be worth anything" if gain.high >= 0 else "worse than none"


def _nested(i: Interval) -> str:
    said = i.text("points", 100)
    if not i.clear_of_zero:
        return f"off by {said}: not optimistic, beyond luck"
    return f"{said}: {'too high' if i.mean > 0 else 'too low; each network there learns from fewer rows'}"


def score(result: Result) -> str:
    parts = [f"{name} {100 * e.mean():+.1f}" for name, e in result.errors().items()]
    return f"estimate minus truth: {', '.join(parts)}"


def difference(a: Result, b: Result) -> str:
    """How the three ways differ between two runs; paired where the data sets are the same."""
    fields = ("data", "rows", "noise", "flips", "seed", "sets")
    paired = all(getattr(a.settings, f) == getattr(b.settings, f) for f in fields) and len(a.draws) == len(b.draws)
    said = []
    for name, values in a.errors().items():
        other = b.errors()[name]
        if paired:
            said.append(f"{name} {mean_interval(values - other, 1 - 0.05 / 3).text('points', 100)}")
        else:
            said.append(f"{name} {100 * values.mean():+.1f} (was {100 * other.mean():+.1f})")
    return f"Change in how much too high each is{', paired over data sets' if paired else ''}: {listed(said)}."


def _coins(result: Result) -> tuple[int, str]:
    shown = 0.5 + result.coins.interval().mean
    choices = (0.5, 0.6, 0.68, 0.8)
    return int(np.argmin(np.abs(np.array(choices) - shown))), coin_words(result.coins)


def _cure(result: Result) -> tuple[int, str]:
    i, cv = result.error("nested"), result.error("cross-validation")
    said = f"Nested: {i.text('points', 100)}; the best plain score: {cv.text('points', 100)}."
    return (2 if not i.clear_of_zero else 0 if i.mean > 0 else 1), said


def _one_out(result: Result) -> tuple[int, str]:
    s = result.spread
    wide = s.wider("leave one out", "2 folds")
    said = f"Standard deviation: leave one out {100 * s.sd('leave one out'):.1f}, 2 folds {100 * s.sd('2 folds'):.1f} points."
    return (2 if not wide.clear_of_zero else 0 if wide.mean > 0 else 1), said


def _starts(result: Result) -> tuple[int, str]:
    i, gain = result.error("hold-out"), mean_interval(result.gain())
    said = f"It looks {i.text('points', 100)} better than it is, and gains {gain.text('points', 100)}."
    up, real = i.low > 0, gain.low > 0
    return (0 if up and not real else 1 if real and not up else 2 if up and real else 3), said


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "A hundred candidates that toss coins, 50 validation rows. What accuracy does the best one show?",
        ("About 50 %", "About 60 %", "About 68 %", "About 80 %"),
        {},
        _coins,
    ),
    Question(
        "All labels are tossed, so no network can know anything. What does nested cross-validation say, against the truth?",
        ("Too high", "Too low", "Nothing beyond luck"),
        {"flips": 1.0},
        _cure,
    ),
    Question(
        "Five neighbours. Leaving one out, or 2 folds: whose estimate scatters more from one data set to the next?",
        ("Leave one out", "2 folds", "No difference beyond luck"),
        {},
        _one_out,
    ),
    Question(
        "The same, for a learner that only answers the majority class, on tossed labels.",
        ("Leave one out", "2 folds", "No difference beyond luck"),
        {"learner": "majority class", "flips": 1.0},
        _one_out,
    ),
    Question(
        "Sixteen networks that differ in nothing but their start. What does choosing the best on 50 rows bring?",
        ("A score that is too high, no gain", "A gain, and an honest score", "Both a gain and too high a score", "Neither"),
        {"search": "starts only"},
        _starts,
    ),
)  # fmt: skip

SOURCES = (
    "Stone, *Cross-Validatory Choice and Assessment of Statistical Predictions* (1974)",
    "Hastie, Tibshirani and Friedman, *The Elements of Statistical Learning* (2nd edition, 2009), section 7.10",
    "Varma and Simon, *Bias in Error Estimation when Using Cross-Validation for Model Selection* (2006)",
    "Cawley and Talbot, *On Over-fitting in Model Selection* (2010)",
    "Bengio and Grandvalet, *No Unbiased Estimator of the Variance of K-Fold Cross-Validation* (2004)",
)
