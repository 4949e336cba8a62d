"""What a run of the bagging page shows, in words made from its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.concepts.ensembles.bagging_members import draw_size
from core.data import tables
from core.legacy import Question
from core.stats import Interval, counted

if TYPE_CHECKING:
    from core.concepts.ensembles.bagging import Result

TOGETHER = 1 - 0.05 / 3  # level of each of the three comparisons that the findings make, so that all hold at 95 %


def gain(result: Result) -> Interval:
    """Error of one member on all rows minus error of the vote, paired over seeds."""
    return tables.interval(result.tree - result.final(), result.table, TOGETHER)


def findings(result: Result) -> list[str]:
    """What this run shows, in sentences made from its numbers."""
    s, table, R = result.settings, result.table, len(result.tree)
    n, M = len(table.train.y), result.members
    size = draw_size(s, n)
    seeds = counted(R, "seed")
    found = [
        f"Each member drew {size} times from {n} rows. On average {100 * result.left_out.mean():.1f} % of the rows were never "
        f"drawn; by chance it should be (1 − 1/{n})^{size} = {100 * (1 - 1 / n) ** size:.1f} %."
    ]
    vote = tables.rate(result.final(), table)
    better = gain(result)
    against = f"a single {s.learner} on all rows errs on {100 * result.tree.mean():.1f} %"
    found.append(f"The vote of {counted(M, 'member')} errs on {vote.text('%', 100)} of new rows ({seeds}); {against}.")
    if better.clear_of_zero:
        found.append(
            f"The vote is {'better' if better.mean > 0 else 'worse'} than the single {s.learner} by "
            f"{better.size.text('points', 100)}, paired over {seeds}."
        )
    elif R > 1:
        found.append(
            f"Between vote and single {s.learner} there is no difference beyond luck ({seeds}, paired): {better.text('points', 100)}."
        )
    if M > 1:
        found.append(
            f"A member alone errs on {100 * result.member.mean():.1f} %, and two members answer differently on {100 * result.disagree.mean():.1f} % of "
            + ("the rows: where they err on different rows, the vote cancels it." if better.clear_of_zero and better.mean > 0 else "the rows.")
        )  # fmt: skip
        found += _enough(result)
    bag = result.final("out of bag")
    if np.isfinite(bag).all():
        apart = tables.interval(bag - result.final(), table, TOGETHER)
        if not apart.clear_of_zero and R > 1:
            said = f"no different from the validation error beyond luck ({apart.text('points', 100)}), though no row was held out for it"
        elif R > 1:
            said = f"{'above' if apart.mean > 0 else 'below'} the validation error by {apart.size.text('points', 100)}"
            if s.wrong and apart.mean > 0:
                said += "; it is counted on the training labels, some of which are wrong"
        else:
            said = "counted on the training rows alone"
        found.append(f"The out-of-bag error is {100 * bag.mean():.1f} %: {said}.")
    else:
        found.append("Too few members for an out-of-bag error: every row was drawn by all of them.")
    if table.kind == "table" and s.learner == "tree":
        top = int(result.importances.mean(0).argmax())
        share = tables.interval(result.importances[:, top], table)
        found.append(f"The trees use *{table.features[top]}* most: {share.text('%', 100)} of the impurity they remove.")
    return found


def _enough(result: Result) -> list[str]:
    """What the members after the first ten bought."""
    members, error = result.curve("validation")
    if len(members) < 20 or len(error) < 2:
        return []
    late = tables.interval(error[:, 9] - error[:, -1], result.table, TOGETHER)
    if late.clear_of_zero:
        word = "lowered" if late.mean > 0 else "raised"
        return [f"The members after the first ten {word} the error by {late.size.text('points', 100)}."]
    return [f"After the first ten members the vote gained nothing beyond luck: {late.text('points', 100)}."]


def sealed(result: Result) -> str:
    """The test error of the vote; the one place that shows it."""
    return f"Test error {tables.rate(result.sealed[:, 0], result.table).text('%', 100)}"


def score(result: Result) -> str:
    return f"validation error {tables.rate(result.final(), result.table).text('%', 100)}"


def difference(a: Result, b: Result) -> str:
    """Validation error of `a` against `b` in a sentence: paired over seeds when both saw the same data."""
    names = ("data", "n", "noise", "wrong", "seed")
    both = min(len(a.tree), len(b.tree))
    if any(getattr(a.settings, f) != getattr(b.settings, f) for f in names) or both < 2:
        return (
            "The two did not run on the same data with the same seeds, so their errors are not set against each other."
        )
    change = tables.interval(a.final()[:both] - b.final()[:both], a.table)
    if not change.clear_of_zero:
        return f"No difference beyond luck ({counted(both, 'seed')}, paired): {change.text('points', 100)}."
    word = "More" if change.mean > 0 else "Fewer"
    return f"{word} errors by {change.size.text('points', 100)}, paired over {both} seeds."


def _left_out(result: Result) -> tuple[int, str]:
    share = float(result.left_out.mean())
    said = f"On average a member never drew {100 * share:.1f} % of the {len(result.table.train.y)} rows."
    return int(np.argmin([abs(share - guess) for guess in (0, 0.1, 0.37, 0.5)])), said


def _vote_helps(result: Result) -> tuple[int, str]:
    better = gain(result)
    said = f"Single tree minus vote: {better.text('points', 100)} of error, over {counted(better.n, 'seed')}."
    return (2 if not better.clear_of_zero else 0 if better.mean > 0 else 1), said


def _honest(result: Result) -> tuple[int, str]:
    apart = tables.interval(result.final("out of bag") - result.final(), result.table)
    said = f"Out-of-bag minus validation error: {apart.text('points', 100)}, over {counted(apart.n, 'seed')}."
    return (2 if not apart.clear_of_zero else 0 if apart.mean < 0 else 1), said


def _forest(result: Result) -> tuple[int, str]:
    tree, member, vote = (100 * v.mean() for v in (result.tree, result.member, result.final()))
    said = f"One tree errs on {tree:.1f} %, a member on {member:.1f} %, their vote on {vote:.1f} % of the digits."
    return (0 if vote >= tree else 1 if vote > tree / 2 else 2), said


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "A thousand draws from a thousand rows. Which share of the rows is never drawn?",
        ("Next to none", "About a tenth", "A bit more than a third", "Half"),
        {"n": 1000},
        _left_out,
    ),
    Question(
        "Bagged stumps: trees that ask a single question. Does the vote of a hundred beat one stump?",
        ("Yes, clearly", "No, it is worse", "No difference beyond luck"),
        {"depth": 1},
        _vote_helps,
    ),
    Question(
        "Breast cancer. The out-of-bag error is counted on training rows. How does it compare with the validation error?",
        ("It is too rosy", "It is too gloomy", "The same, up to luck"),
        {"data": "breast cancer"},
        _honest,
    ),
    Question(
        "Digits, and each split may look at only 8 of the 64 pixels. Each tree gets worse by that. And their vote?",
        ("No better than one good tree", "Somewhat better", "Less than half the errors"),
        {"data": "digits", "features": "sqrt", "trees": 50, "seeds": 4},
        _forest,
    ),
)

SOURCES = (
    "Breiman, *Bagging Predictors* (Machine Learning 24, 1996)",
    "Breiman, *Random Forests* (Machine Learning 45, 2001)",
    "Efron and Tibshirani, *An Introduction to the Bootstrap* (1993)",
    "Nadeau and Bengio, *Inference for the Generalization Error* (2003), for the intervals on tables",
    "scikit-learn documentation, *Ensembles*",
)
