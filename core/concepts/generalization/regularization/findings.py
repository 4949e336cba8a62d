"""Which methods against overfitting helped, from the numbers of a run."""

from __future__ import annotations

from collections.abc import Iterable

from core.concepts.generalization.regularization.result import Result
from core.concepts.generalization.regularization.settings import EARLY, L1, L2, MORE_DATA, NONE
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval, over_rows, share_interval


def methods(result: Result) -> list[str]:
    """The variants that are a method: neither "none" nor the yardstick, more data."""
    return [name for name in result.names if name not in (NONE, MORE_DATA)]


def accuracy(result: Result, variant: str) -> Interval:
    """Test accuracy, for other random starts and other test rows."""
    return share_interval(result.test[variant], len(result.right[variant]))


def gap(result: Result) -> Interval:
    """Training minus validation accuracy without regularisation, for other random starts and other validation rows."""
    seeds = mean_interval(result.gap[NONE], rows=result.validation_rows, bounds=(-1, 1))
    return over_rows(seeds, float(result.validation[NONE].mean()), result.validation_rows)


def findings(result: Result) -> list[Finding]:
    """The verdict first: which method helped most on these training examples, or that none clearly did."""
    s = result.settings
    if not result.complete:
        return [Finding("unfinished", epoch=result.epoch, epochs=s.epochs)]
    ranked = sorted(methods(result), key=lambda name: -result.change(name).mean)
    helped = [name for name in ranked if result.change(name).sign > 0]
    hurt = [name for name in reversed(ranked) if result.change(name).sign < 0]
    unclear = [name for name in ranked if result.change(name).sign == 0]
    first = ranked[0]
    verdict = {"name": first, "change": result.change(first), "seeds": s.seeds, "n": s.n}
    overfits = gap(result)
    found = [
        Finding("helped" if helped else "none_helped", **verdict),
        Finding({1: "overfits", 0: "no_gap", -1: "no_gap"}[overfits.sign], gap=overfits, score=accuracy(result, NONE)),
    ]
    if helped[1:]:
        found.append(Finding("also_helped", effects=_effects(result, helped[1:])))
    if hurt:
        found.append(Finding("hurt", effects=_effects(result, hurt)))
    if unclear and (helped or hurt):
        found.append(Finding("unclear", names=_names(unclear)))
    found.append(Finding("more_data", change=result.change(MORE_DATA), times=s.more))
    shares = {name: float(result.zeros[name].mean()) for name in (L1, L2, NONE)}
    found.append(Finding("zeros", l1=shares[L1], l2=shares[L2], none=shares[NONE]))
    return found


def _effects(result: Result, names: Iterable[str]) -> list[Finding]:
    return [Finding("effect", name=name, change=result.change(name)) for name in names]


def _names(names: Iterable[str]) -> list[Finding]:
    return [Finding("name", name=name) for name in names]


def stopping_epoch(result: Result) -> float:
    """The epoch, mean over seeds, at which training with early stopping ended."""
    rows = result.history[(result.history.variant == EARLY) & (result.history.metric == "loss")]
    return float(rows.groupby("seed").epoch.max().mean())


def chosen(result: Result, names: Iterable[str]) -> str:
    """The variant of the best validation accuracy. Not of the best test accuracy, which would be too optimistic."""
    return max(names, key=lambda name: float(result.validation[name].mean()))


def score(result: Result) -> Finding:
    """Test accuracy without regularisation and with the method that validation chooses, for a table."""
    if not result.complete:
        return Finding("unfinished", epoch=result.epoch, epochs=result.settings.epochs)
    best = chosen(result, methods(result))
    return Finding("score", none=float(result.test[NONE].mean()), name=best, best=float(result.test[best].mean()))


def difference(a: Result, b: Result) -> Finding:
    """How the gain of each method differs between two runs."""
    both = [name for name in a.names if name != NONE and name in b.names]
    if not (a.complete and b.complete):
        return Finding("not_comparable")
    changes = [Finding("was", name=n, now=a.change(n).mean, before=b.change(n).mean) for n in both]
    return Finding("gains", changes=changes)


def _zeros(result: Result) -> Grade:
    l1, l2 = (bool(result.zeros[name].mean() > 0) for name in (L1, L2))
    choice = {(True, False): 0, (False, True): 1, (False, False): 2, (True, True): 3}[l1, l2]
    return choice, {"l1": float(result.zeros[L1].mean()), "l2": float(result.zeros[L2].mean())}


def _beats_data(result: Result) -> Grade:
    best = chosen(result, methods(result))
    edge = result.change(MORE_DATA, best)
    numbers = {"data": result.change(MORE_DATA).mean, "name": best, "best": result.change(best).mean, "edge": edge}
    return {1: 0, -1: 1, 0: 2}[edge.sign], numbers


QUESTIONS = (
    Question("penalty", {}, _zeros),
    Question("data", {"data": "digits", "n": 100, "epochs": 60}, _beats_data),
    Question.sign("too_strong", {"l2": 1.0}, lambda result: result.change(L2)),
    Question.sign("another_draw", {"seed": 2}, lambda result: result.change(EARLY)),
)
