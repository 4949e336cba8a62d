"""What bagging shows, from its numbers."""

from __future__ import annotations

import numpy as np

from core.concepts.ensembles.bagging.result import Result
from core.data import tables
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval

LEVEL = 1 - 0.05 / 3  # of each of the three comparisons that a run makes, so that all three are right at 95 %
FEW = 10  # members that are compared with all of them


def error(result: Result) -> Interval:
    """Validation error of the vote, for other data."""
    return tables.rate(result.vote_error[:, -1], result.table)


def change(result: Result) -> Interval:
    """Validation error of the vote minus that of a single tree or network, paired over seeds."""
    return _difference(result, result.vote_error[:, -1] - result.single_error)


def late(result: Result) -> Interval:
    """Validation error of all members minus that of the first FEW."""
    return _difference(result, result.vote_error[:, -1] - result.vote_error[:, FEW - 1])


def out_of_bag(result: Result) -> Interval:
    """Out-of-bag error minus validation error of the vote; NaN where some seed has no out-of-bag error."""
    return _difference(result, result.oob_error[:, -1] - result.vote_error[:, -1])


def _difference(result: Result, values: np.ndarray) -> Interval:
    return tables.interval(values, result.table, LEVEL, len(result.table.validation.y), (-1, 1))


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether the vote makes fewer errors than a single tree or network."""
    s, seeds, members = result.settings, len(result.single_error), result.members
    vote = change(result)
    single = float(result.single_error.mean())
    found = [Finding("one_seed", learner=s.learner, vote=float(result.vote_error[0, -1]), single=single)]
    if seeds > 1:
        verdict = Finding(
            {-1: "vote_better", 0: "vote_same", 1: "vote_worse"}[vote.sign], learner=s.learner, change=vote
        )
        found = [verdict, Finding("errors", learner=s.learner, vote=error(result), single=single, members=members)]
    if members > 1:
        alone, differ = float(result.member_error.mean()), float(result.disagreement.mean())
        found.append(Finding("outvoted" if vote.sign < 0 else "members", alone=alone, differ=differ))
    if members >= 2 * FEW and seeds > 1:
        after = late(result)
        found.append(Finding({-1: "late_lower", 0: "late_same", 1: "late_higher"}[after.sign], few=FEW, change=after))
    found.append(_out_of_bag(result))
    n = len(result.table.train.y)
    size = s.sample_size(n)
    chance = float((1 - 1 / n) ** size)
    found.append(Finding("left_out", share=float(result.left_out.mean()), size=size, rows=n, chance=chance))
    if result.table.kind == "table" and s.learner == "tree":
        top = int(result.importances.mean(0).argmax())
        share = tables.interval(result.importances[:, top], result.table, bounds=(0, 1))
        found.append(Finding("importance", feature=result.table.features[top], share=share))
    return found


def _out_of_bag(result: Result) -> Finding:
    bag = result.oob_error[:, -1]
    if not np.isfinite(bag).all():
        return Finding("oob_none")
    apart, mean = out_of_bag(result), float(bag.mean())
    if apart.n < 2:
        return Finding("oob_one_seed", error=mean)
    if apart.sign > 0 and result.settings.wrong:
        return Finding("oob_wrong_labels", error=mean, change=apart)
    return Finding({-1: "oob_lower", 0: "oob_same", 1: "oob_higher"}[apart.sign], error=mean, change=apart)


def score(result: Result) -> Finding:
    """Validation error of the vote, for a table."""
    return Finding("score", error=error(result))


def difference(a: Result, b: Result) -> Finding:
    """Validation error of the vote of `a` minus that of `b`, paired over seeds when both saw the same data."""
    names = ("data", "n", "noise", "wrong", "seed")
    both = min(len(a.single_error), len(b.single_error))
    if any(getattr(a.settings, n) != getattr(b.settings, n) for n in names) or both < 2:
        return Finding("not_comparable")
    values = a.vote_error[:both, -1] - b.vote_error[:both, -1]
    apart = tables.interval(values, a.table, 0.95, len(a.table.validation.y), (-1, 1))
    return Finding({-1: "better", 0: "no_difference", 1: "worse"}[apart.sign], change=apart)


def sealed(result: Result) -> Finding:
    """Test error of the vote, and of a single tree or network."""
    vote, single = (tables.rate(values, result.table) for values in result.test_error.T)
    return Finding("test", learner=result.settings.learner, vote=vote, single=single)


def _forest(result: Result) -> Grade:
    single, alone = float(result.single_error.mean()), float(result.member_error.mean())
    vote = float(result.vote_error[:, -1].mean())
    numbers = {"single": single, "alone": alone, "vote": vote}
    if vote >= single:
        return 0, numbers
    return (1 if vote > single / 2 else 2), numbers


QUESTIONS = (
    Question.nearest("left_out", {"n": 1000}, lambda r: r.left_out.mean(), (0.0, 0.1, 0.37, 0.5)),
    Question.sign("stumps", {"depth": 1}, change),
    Question.sign("honest", {"data": "breast cancer"}, out_of_bag),
    Question("forest", {"data": "digits", "features": "sqrt", "trees": 50, "seeds": 4}, _forest),
)
