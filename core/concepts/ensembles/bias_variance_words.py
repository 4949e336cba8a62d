"""What a run of bias_variance shows, in words made from its numbers, and the questions it answers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from core.data.tables import TABLES
from core.legacy import Question
from core.stats import Interval, counted, listed, mean_interval

if TYPE_CHECKING:
    from core.concepts.ensembles.bias_variance import Result, Settings

PAIRS = (
    ("deep tree", "bagged deep"),
    ("deep tree", "boosted deep"),
    ("shallow tree", "bagged shallow"),
    ("shallow tree", "boosted shallow"),
)
LEVEL = 1 - 0.05 / (3 * len(PAIRS))  # of each of the three terms of each pair, so that all hold together at 95 %


def amount(s: Settings, v: float, change: bool = False) -> str:
    return f"{round(v, 3) + 0:.3f}" if s.regression else f"{100 * v:.1f} {'points' if change else '%'}"


def interval(s: Settings, i: Interval) -> str:
    return i.text(digits=3) if s.regression else i.text("points", 100)


def scatter(s: Settings) -> str:
    """The term that says how much the answers scatter. For classes not their variance, which hangs on the main prediction,
    but how often two training sets disagree."""
    return "variance" if s.regression else "disagreement"


def called(s: Settings, term: str) -> str:
    return "bias²" if s.regression and term == "bias" else term


def judged(s: Settings) -> tuple[str, str, str]:
    return "bias", scatter(s), "error"


def moved(result: Result, single: str, many: str) -> dict[str, int]:
    """Of each term: 1 where `many` has more of it than `single` beyond luck, -1 where less, else 0."""
    changes = {t: result.change(single, many, t, LEVEL) for t in judged(result.settings)}
    return {t: (1 if i.mean > 0 else -1) if i.clear_of_zero else 0 for t, i in changes.items()}


def verdict(result: Result) -> str:
    """Which of bagging and boosting lowered and raised what, in a sentence. What rounds to nothing is left out."""
    s, parts = result.settings, []
    for term in (scatter(s), "bias"):
        for sign, verb in ((-1, "fell"), (1, "rose")):
            by = []
            for single, many in PAIRS:
                size = abs(result.change(single, many, term).mean)
                if moved(result, single, many)[term] == sign and size >= 0.0005:
                    way = "bagging" if many.startswith("bagged") else "boosting"
                    by.append((size, f"{way} the {single} ({amount(s, size, True)})"))
            parts += (
                [f"{called(s, term)} {verb} by {listed([words for _, words in sorted(by, reverse=True)])}"]
                if by
                else []
            )
    if not parts:
        return "Neither bagging nor boosting changed bias or scatter of a tree beyond luck."
    said = "; ".join(parts)
    return f"**{said[0].upper()}{said[1:]}.** The rest is not beyond luck, or rounds to nothing."


def findings(result: Result) -> list[str]:
    s, p = result.settings, result.problem
    sets = counted(result.R, "training set")
    found = [verdict(result)]
    for single, many in (("deep tree", "bagged deep"), ("shallow tree", "boosted shallow")):
        sign, said = moved(result, single, many), []
        for term in ("bias", scatter(result.settings), "error"):
            before, after = (amount(s, result.terms[n].values[term]) for n in (single, many))
            luck = "" if sign[term] else "no difference beyond luck, "
            said.append(f"{called(s, term)} {before} → {after} ({luck}{change(result, single, many, term)})")
        found.append(f"*{single.capitalize()} to {many}*: {'; '.join(said)}. Paired over {sets}.")
    found += [stack(result), *balance(result)]
    if s.regression:
        found.append(
            f"The noise is σ² = {s.noise**2:.3f}: no learner's expected error can be lower. The truth itself has variance 1."
        )
    elif p.noise.any():
        found.append(
            f"The best possible answers would err on {100 * p.noise.mean():.1f} %. Where a learner gives the worse answer, noise "
            "makes some of its errors right; so the noise in its bar is a little less."
        )
    else:
        found.append(
            "The noise of a table is not known: its labels are taken for the truth, so noise is inside the bias."
        )
    if p.pool:
        found.append(
            f"Each training set has {p.n} of the same {p.pool} rows. Two of them share some, so the scatter comes out a little "
            "too small."
        )
    if not s.regression:
        most = max(result.terms, key=lambda n: result.terms[n].unsure)
        found.append(
            f"With {sets} the main prediction is itself in doubt, for the {most} at about "
            f"{100 * result.terms[most].unsure:.1f} % of the points; the intervals of bias and variance leave room for that."
        )
    return found


def change(result: Result, single: str, many: str, term: str) -> str:
    i = result.change(single, many, term, LEVEL)
    scale, digits, unit = (1, 3, "") if result.settings.regression else (100, 1, " points")
    return f"{i.mean * scale:+.{digits}f}{unit}, interval {i.low * scale:+.{digits}f} to {i.high * scale:+.{digits}f}"


def stack(result: Result) -> str:
    """Stacking against the best of the three it is made of."""
    s = result.settings
    parts = ("deep tree", "k-NN", "linear")
    gaps = {n: result.change(n, "stacking", "error", 1 - 0.05 / 3) for n in parts}
    best = min(parts, key=lambda n: result.terms[n].values["error"])
    gap = gaps[best]
    word = "better than" if gap.mean < 0 else "worse than"
    if not gap.clear_of_zero:
        word = "not different, beyond luck, from"
    return f"Stacking is {word} the best of its three parts, here the {best}: error {interval(s, gap)}."


def balance(result: Result) -> list[str]:
    """Whether the terms add up to the error that is measured on new labels."""
    s = result.settings
    if s.data in TABLES:
        return []
    level = 1 - 0.05 / len(result.names)
    off = {n: mean_interval(m - result.terms[n].values["error"], level) for n, m in result.measured.items()}
    worst = max(off, key=lambda n: abs(off[n].mean))
    clear = [n for n in off if off[n].clear_of_zero]
    fits = (
        "the sum of the terms is met, up to luck" if not clear else f"{listed(clear)} depart from the sum of the terms"
    )
    return [
        f"Error measured on new labels, noise and all: {fits}. The largest gap is {interval(s, off[worst])} ({worst})."
    ]


def score(result: Result) -> str:
    names = ("shallow tree", "bagged shallow", "boosted shallow", "deep tree", "bagged deep", "boosted deep")
    return "error: " + ", ".join(f"{n} {amount(result.settings, result.terms[n].values['error'])}" for n in names)


def difference(a: Result, b: Result) -> str:
    """What changed for each learner between two runs; paired when both had the same training sets."""
    same = ("data", "n", "noise", "draws", "resamples", "seed")
    if any(getattr(a.settings, f) != getattr(b.settings, f) for f in same):
        return "The two did not learn from the same training sets, so their terms are not set against each other."
    both = [n for n in a.names if n in b.terms]
    changes = {n: a.terms[n].interval("error", 1 - 0.05 / len(both), b.terms[n]) for n in both}
    clear = [f"{n} {interval(a.settings, i)}" for n, i in changes.items() if i.clear_of_zero]
    if not clear:
        return f"No learner's error changed beyond luck ({counted(a.R, 'training set')}, paired)."
    return f"Errors that changed, paired over {counted(a.R, 'training set')}: {listed(clear)}."


def _bagging(result: Result) -> tuple[int, str]:
    sign = moved(result, "deep tree", "bagged deep")
    down = sign["bias"] < 0, sign[scatter(result.settings)] < 0
    terms = [
        f"{t} {interval(result.settings, result.change('deep tree', 'bagged deep', t, LEVEL))}"
        for t in ("bias", scatter(result.settings))
    ]
    return {(True, False): 0, (False, True): 1, (True, True): 2, (False, False): 3}[
        down
    ], f"It changed {listed(terms)}."


def _boosting(result: Result) -> tuple[int, str]:
    sign = moved(result, "shallow tree", "boosted shallow")
    both = sign["bias"], sign[scatter(result.settings)]
    terms = [
        f"{t} {interval(result.settings, result.change('shallow tree', 'boosted shallow', t, LEVEL))}"
        for t in ("bias", scatter(result.settings))
    ]
    return {(-1, 1): 0, (1, -1): 1, (-1, -1): 2}.get(both, 3), f"It changed {listed(terms)}."


def _nearest(result: Result) -> tuple[int, str]:
    s, t = result.settings, result.terms["k-NN"]
    guesses = (s.noise**2, s.noise**2 / math.sqrt(s.k), s.noise**2 / s.k, s.noise**2 / s.k**2)
    return int(np.argmin(np.abs(np.log(np.array(guesses) / t.values["variance"])))), (
        f"Its variance is {t.interval('variance').text(digits=4)}; σ²/k is {s.noise**2 / s.k:.4f}."
    )


def _agree(result: Result) -> tuple[int, str]:
    gap = result.change("bagged deep", "boosted shallow", "disagreement", 0.95)
    bag, boost = (100 * result.terms[n].values["disagreement"] for n in ("bagged deep", "boosted shallow"))
    said = f"Two training sets disagree about {bag:.1f} % of the rows when bagged, {boost:.1f} % when boosted; difference {gap.text('points', 100)}."
    return (2 if not gap.clear_of_zero else 0 if gap.mean > 0 else 1), said


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "A full-grown tree, and the mean of 25 of them on bootstrap draws of the same rows. Which term is lowered?",
        ("The bias", "The variance", "Both", "Neither, beyond luck"),
        {},
        _bagging,
    ),
    Question(
        "Fifty stumps in a row, each fitted to what is left over. Against a single stump, what happens?",
        ("Bias falls, variance rises", "Variance falls, bias rises", "Both fall", "Something else"),
        {},
        _boosting,
    ),
    Question(
        "The same x every time, only the noise is drawn anew, σ² = 0.25. How large is the variance of the mean of 10 neighbours?",
        ("0.25", "About 0.08", "About 0.025", "About 0.0025"),
        {"draws": "noise", "noise": 0.5, "k": 10},
        _nearest,
    ),
    Question(
        "Breast cancer. Whose answers agree more from one training set to the next: bagged deep trees, or boosted stumps?",
        ("Bagged trees", "Boosted stumps", "No difference beyond luck"),
        {"data": "breast cancer"},
        _agree,
    ),
)
