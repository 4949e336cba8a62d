"""What a run of stacking shows, in words made from its numbers."""

from __future__ import annotations

import numpy as np

from core.concepts.ensembles.stacking_bases import BEST, HARD, IN, LEAKY, OUT, SOFT, STACK
from core.concepts.ensembles.stacking_result import Result
from core.data import tables
from core.legacy import Question
from core.stats import counted, listed

SOURCES = (
    "Wolpert, *Stacked Generalization* (Neural Networks 5, 1992)",
    "Breiman, *Stacked Regressions* (Machine Learning 24, 1996), for weights of zero or more",
    "Ting and Witten, *Issues in Stacked Generalization* (1999), for probabilities as the meta learner's input",
    "van der Laan, Polley and Hubbard, *Super Learner* (2007)",
    "Džeroski and Ženko, *Is Combining Classifiers with Stacking Better than Selecting the Best One?* (2004)",
    "Nadeau and Bengio, *Inference for the Generalization Error* (2003), for the intervals on tables",
    "scikit-learn documentation, *StackingClassifier* and *VotingClassifier*",
)


def whole(result: Result) -> int:
    """How many seeds are complete."""
    return len(result.all_wrong)


def findings(result: Result) -> list[str]:
    R = whole(result)
    if R == 0:
        share = np.isfinite(result.taught[OUT]).mean()
        return [f"So far {100 * share:.0f} % of the out-of-fold predictions of the first seed are made."]
    return [*_pays(result), *_weighs(result), *_leaks(result), *_together(result)]


def _pays(result: Result) -> list[str]:
    """The stack against the best base and the votes."""
    s, R = result.settings, whole(result)
    names, times = np.unique(np.array(s.names)[result.best], return_counts=True)
    order = np.argsort(-times, kind="stable")
    chosen = listed([f"{names[i]} in {times[i]}" for i in order])
    errors = listed([f"{p} {100 * result.error(p).mean():.1f} %" for p in (STACK, BEST, SOFT, HARD)])
    found = [
        f"Validation errors, mean of {counted(R, 'seed')}: {errors}. The best base is chosen in each seed by its out-of-fold error: "
        f"{chosen} of {R}."
    ]
    saved = {player: result.saved(player) for player in (BEST, SOFT, HARD)}
    if R < 2:
        return [*found, "What differs in a single seed may be luck; more seeds would tell."]
    for player, i in saved.items():
        if i.clear_of_zero:
            word = "better" if i.mean > 0 else "worse"
            found.append(f"The stack is {word} than the {player}, by {i.size.text('points', 100)} of error.")
    same = [player for player, i in saved.items() if i.low == i.high == 0]
    luck = [f"{p} {i.text('points', 100)}" for p, i in saved.items() if not i.clear_of_zero and p not in same]
    if luck:
        found.append(
            f"No difference beyond luck between the stack and these; error the stack saves: {'; '.join(luck)}."
        )
    if same:
        found.append(f"In every seed the stack makes exactly as many errors as the {listed(same)}.")
    return found


def _weighs(result: Result) -> list[str]:
    """Whom the meta learner believes."""
    weight = {b: tables.interval(result.weight(b, OUT), result.table) for b in result.settings.names}
    most, least = (f(weight, key=lambda b: weight[b].mean) for f in (max, min))
    found = [
        f"The meta learner believes {most} most: weight {weight[most].text(digits=2)}, and {least} least: "
        f"{weight[least].text(digits=2)}."
    ]
    if against := [b for b, w in weight.items() if w.high < 0]:
        found.append(
            f"The weight of {listed(against)} is below zero: beside the others, its answer is worth most turned round. That does not make it "
            "a bad learner."
        )
    return found


def _leaks(result: Result) -> list[str]:
    """What in-sample answers do to the weights and to the error."""
    names, table = result.settings.names, result.table
    inside = {b: result.weight(b, IN) for b in names}
    star = max(names, key=lambda b: float(inside[b].mean()))
    rise = tables.interval(inside[star] - result.weight(star, OUT), table)
    right = 100 * (1 - _first_wrong(result, star))
    moved = "" if rise.n < 2 else f", a change of {rise.text(digits=2)}"
    found = [
        f"Taught with in-sample answers the meta learner believes {star} most: weight {inside[star].mean():.2f} instead of "
        f"{result.weight(star, OUT).mean():.2f}{moved}. On its own training rows that learner is right {right:.0f} % of the time (first "
        f"seed), on validation rows {100 * (1 - result.error(star).mean()):.1f} %."
    ]
    cost = result.saved(LEAKY)
    if cost.n < 2:
        found.append(f"The leak changes the error by {100 * cost.mean:+.1f} points in this one seed; that may be luck.")
    elif not cost.clear_of_zero:
        found.append(f"The leak costs nothing beyond luck here: {cost.text('points', 100)} of error.")
    else:
        word = "costs" if cost.mean > 0 else "saves"
        found.append(f"The leak {word} {cost.size.text('points', 100)} of error.")
    return found


def _first_wrong(result: Result, base: str) -> float:
    answer = result.taught[IN][:, result.settings.names.index(base)].argmax(-1)
    return float((answer != result.table.train.y).mean())


def _together(result: Result) -> list[str]:
    if not result.all_wrong.any():
        return ["No validation row is answered wrongly by every base learner."]
    share = tables.rate(result.all_wrong, result.table)
    return [
        f"On {share.text('%', 100)} of the validation rows every base learner is wrong: no vote can be right there."
    ]


def sealed(result: Result) -> str:
    """The test error of the stack; the one place that shows it."""
    return f"Test error of the stack {tables.rate(result.sealed[STACK], result.table).text('%', 100)}"


def score(result: Result) -> str:
    stack, best = (100 * result.error(p).mean() for p in (STACK, BEST))
    return f"validation error: stack {stack:.1f} %, best base {best:.1f} %"


def difference(a: Result, b: Result) -> str:
    """The stack of `a` against that of `b` in a sentence: paired over seeds when both saw the same data."""
    both = min(whole(a), whole(b))
    if any(getattr(a.settings, f) != getattr(b.settings, f) for f in ("data", "n", "noise", "seed")) or both < 2:
        return (
            "The two did not run on the same data with the same seeds, so their errors are not set against each other."
        )
    change = tables.interval(a.error(STACK)[:both] - b.error(STACK)[:both], a.table)
    if not change.clear_of_zero:
        return f"No difference between the stacks beyond luck ({counted(both, 'seed')}, paired): {change.text('points', 100)}."
    word = "More" if change.mean > 0 else "Fewer"
    return f"{word} errors of the stack by {change.size.text('points', 100)}, paired over {both} seeds."


def _gain(result: Result, player: str) -> tuple[int, str]:
    saved = result.saved(player)
    said = f"The stack saves {saved.text('points', 100)} of error, paired over {counted(saved.n, 'seed')}."
    return (2 if not saved.clear_of_zero else 0 if saved.mean > 0 else 1), said


def _believed(result: Result) -> tuple[int, str]:
    weight = {b: float(result.weight(b, IN).mean()) for b in result.settings.names}
    star = max(weight, key=lambda b: weight[b])
    said = f"Taught in sample: {listed([f'{b} {w:.2f}' for b, w in weight.items()])}."
    return ("deep tree", "15-NN", "logistic").index(star) if star in ("deep tree", "15-NN", "logistic") else 3, said


def _costs(result: Result) -> tuple[int, str]:
    cost = result.saved(LEAKY)
    said = f"The leak adds {cost.text('points', 100)} of error, paired over {counted(cost.n, 'seed')}."
    return (2 if not cost.clear_of_zero else 0 if cost.mean > 0 else 1), said


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "Five learners on two moons, among them a tree that learns every row by heart. The meta learner is taught with their "
        "answers to their own training rows. Whom does it believe most?",
        ("The deep tree", "15-NN", "Logistic regression", "Another one"),
        {},
        _believed,
    ),
    Question(
        "The same run, taught as it should be. Against simply taking the base learner with the lowest out-of-fold error, the stack is",
        ("better", "worse", "no different beyond luck"),
        {},
        lambda result: _gain(result, BEST),
    ),
    Question(
        "Two spirals. Three of four learners can hardly draw the boundary. Against a show of hands, the stack is",
        ("better", "worse", "no different beyond luck"),
        {"data": "spiral", "noise": 0.2, "bases": "logistic,naive Bayes,small tree,1-NN"},
        lambda result: _gain(result, HARD),
    ),
    Question(
        "Breast cancer, five good learners. Against the mean of their probabilities, the stack is",
        ("better", "worse", "no different beyond luck"),
        {"data": "breast cancer"},
        lambda result: _gain(result, SOFT),
    ),
    Question(
        "A forest is also right on nearly every training row, and yet a good learner. Beside it only two simple ones. The leak then",
        ("costs accuracy", "gains accuracy", "makes no difference beyond luck"),
        {"bases": "logistic,15-NN,forest"},
        _costs,
    ),
)
