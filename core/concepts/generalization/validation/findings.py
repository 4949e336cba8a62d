"""What a run shows, from its numbers."""

from __future__ import annotations

from core.concepts.generalization.validation.choosing import expected_best
from core.concepts.generalization.validation.result import LEVEL, Result
from core.concepts.generalization.validation.settings import way_of
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval


def findings(result: Result) -> list[Finding]:
    """The verdict first: how much too good the chosen network looks, and how far a single estimate varies."""
    s = result.settings
    estimate = Finding("estimate", k=s.k, sd=100 * result.spread.sd(way_of(s.k, s.rows)))
    if not result.compared:
        return [Finding("folds_only", estimate=estimate), *_estimates(result), _coins(result)]
    hold_out, validated, nested = (result.error(way) for way in ("hold-out", "cross-validation", "nested"))
    gain = result.gain()
    return [
        Finding(
            {1: "optimistic", 0: "fair", -1: "pessimistic"}[hold_out.sign],
            networks=s.networks,
            n=s.n,
            score=hold_out,
            estimate=estimate,
        ),
        Finding(
            {1: "validated_high", 0: "validated_fair", -1: "validated_low"}[validated.sign], score=validated, k=s.outer
        ),
        Finding({1: "nested_high", 0: "nested_fair", -1: "nested_low"}[nested.sign], score=nested),
        Finding({1: "worth_it", 0: "not_worth_it", -1: "harmful"}[gain.sign], gain=gain),
        *_estimates(result),
        _coins(result),
    ]


def _estimates(result: Result) -> list[Finding]:
    """How far the estimates vary, and whether they are right on average."""
    spread, rows = result.spread, result.settings.rows
    first = "2 folds"
    against = {name: spread.extra_variance(name, first).sign for name in spread.estimates if name != first}
    more = [name for name, sign in against.items() if sign > 0]
    less = [name for name, sign in against.items() if sign < 0]
    parts = [Finding("way", way=name, points=100 * spread.sd(name)) for name in spread.estimates]
    if more and less:
        compared = Finding("more_and_less", more=more, less=less)
    elif more or less:
        compared = Finding("more" if more else "less", names=more or less)
    else:
        compared = Finding("alike")
    bias = {name: spread.bias(name, rows) for name in spread.estimates}
    off = [Finding("way_off", way=name, bias=i) for name, i in bias.items() if i.sign]
    low = all(i.sign <= 0 for i in bias.values())
    return [
        Finding("spread", parts=parts, compared=compared, sets=len(spread.truth)),
        Finding("biased_low" if low else "biased", parts=off) if off else Finding("unbiased"),
    ]


def _coins(result: Result) -> Finding:
    coins = result.coins
    exact = expected_best(coins.n, 0.5, coins.M)
    shown = 0.5 + coins.interval().mean
    return Finding("coins", M=coins.M, n=coins.n, shown=shown, score=coins.interval(), exact=exact)


def score(result: Result) -> Finding:
    """How far each score of the chosen network lies above its accuracy, for a table."""
    if not result.draws:
        return Finding("score_folds", k=result.settings.k, accuracy=float(result.folds.right.mean()))
    hold_out, validated, nested = (float(e.mean()) for e in result.errors().values())
    return Finding("score", hold_out=hold_out, validated=validated, nested=nested)


def difference(a: Result, b: Result) -> Finding:
    """How the three scores of the chosen network differ between two runs, paired where the data sets are the same."""
    names = ("data", "rows", "noise", "flips", "seed")
    same = all(getattr(a.settings, name) == getattr(b.settings, name) for name in names)
    if not same or len(a.draws) != len(b.draws) or not a.compared:
        return Finding("not_comparable")
    one, two = a.errors(), b.errors()
    changes = {w: mean_interval(one[w] - two[w], LEVEL, min(a.scored_rows(w), b.scored_rows(w))) for w in one}
    clear = [w for w, change in changes.items() if change.sign]
    parts = [Finding("change", way=w, change=change) for w, change in changes.items()]
    return Finding("different", ways=clear, parts=parts) if clear else Finding("no_difference", parts=parts)


def _best_coin(result: Result) -> Grade:
    shown = 0.5 + result.coins.interval().mean
    nearest = min(range(len(ACCURACIES)), key=lambda i: abs(ACCURACIES[i] - shown))
    return nearest, {"found": _coins(result)}


def _nested(result: Result) -> Interval:
    return result.error("nested")


def _leave_one_out(result: Result) -> Interval:
    return result.spread.extra_variance("leave one out", "2 folds")


def _leave_one_out_or_two(result: Result) -> Grade:
    more = {1: 0, -1: 1, 0: 2}[_leave_one_out(result).sign]
    spread = result.spread
    return more, {"one": 100 * spread.sd("leave one out"), "two": 100 * spread.sd("2 folds")}


def _starts_only(result: Result) -> Grade:
    score, gain = result.error("hold-out"), result.gain()
    right = {(1, 0): 0, (0, 1): 1, (1, 1): 2}.get((max(score.sign, 0), max(gain.sign, 0)), 3)
    return right, {"score": score, "gain": gain}


ACCURACIES = (0.5, 0.6, 0.68, 0.8)
QUESTIONS = (
    Question("best_coin", {}, _best_coin),
    Question.sign("nested", {"flips": 1.0}, _nested),
    Question("leave_one_out", {}, _leave_one_out_or_two),
    Question("majority", {"learner": "majority class", "flips": 1.0}, _leave_one_out_or_two),
    Question("starts_only", {"search": "starts only"}, _starts_only),
)
