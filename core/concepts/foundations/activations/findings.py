"""Which units die at which learning rate, what that costs, and what layers without an activation can do."""

from __future__ import annotations

from core.concepts.foundations.activations.result import Result
from core.concepts.foundations.activations.settings import RATES, TEST
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval, over_differences, share_interval

LEVEL = 1 - 0.05 / len(RATES)  # of each interval, where one is given for every rate
TOP = len(RATES) - 1


def dead(result: Result, r: int = TOP, which: int = 0) -> Interval:
    """Share of dead units at the end at rate number r."""
    return mean_interval(result.dead[which, r, :, -1], bounds=(0, 1))


def rise(result: Result, r: int = TOP) -> Interval:
    """Share of dead units at the end minus that before training, paired by seed."""
    return mean_interval(result.dead[0, r, :, -1] - result.dead[0, r, :, 0], bounds=(-1, 1))


def cost(result: Result, r: int = TOP) -> Interval:
    """Test accuracy of the activation minus that of the control at the same rate, paired by seed, for other starts and
    other test points; widened so that the intervals of all rates hold together."""
    assert result.test is not None and result.right is not None
    change = mean_interval(result.test[0, r] - result.test[1, r], LEVEL, TEST, (-1, 1))
    return over_differences(change, result.right[0, r] - result.right[1, r])


def without_activation(result: Result) -> Interval:
    """Test accuracy of the layers without an activation minus that of the network with it, each at its best rate."""
    assert result.collapse is not None and result.test is not None and result.right is not None
    c = result.collapse
    change = mean_interval(c.deep - result.test[0, result.best], rows=TEST, bounds=(-1, 1))
    return over_differences(change, c.deep_right - result.right[0, result.best])


def deep_or_single(result: Result) -> Interval:
    """Test accuracy of the layers without an activation minus that of a single linear layer."""
    assert result.collapse is not None
    c = result.collapse
    return over_differences(mean_interval(c.deep - c.single, rows=TEST, bounds=(-1, 1)), c.deep_right - c.single_right)


def findings(result: Result) -> list[Finding]:
    """The verdict first: whether units die at the largest rate, and what it costs there."""
    s = result.settings
    if not result.complete:
        return [Finding("unfinished", fraction=result.fraction)]
    assert result.test is not None and result.collapse is not None and result.fit is not None
    names = {"name": s.activation, "control": s.control}
    told = names | {"rate": RATES[TOP], "dead": dead(result), "cost": cost(result), "seeds": s.seeds}
    start = float(result.dead[0, TOP, :, 0].mean())
    if start == 1:
        found = [Finding("always_dead", **told)]
    elif rise(result).sign > 0:
        found = [Finding({-1: "dies_and_costs", 0: "dies_for_free", 1: "dies_and_gains"}[cost(result).sign], **told)]
    else:
        found = [Finding("none_die", start=start, **told)]
    ends = result.dead[0, :, :, -1].mean(1)
    half = next((rate for rate, share in zip(RATES, ends, strict=True) if share > 0.5), None)
    if start < 0.5 and half is not None:
        found.append(Finding("half", rate=half, start=start, name=s.activation))
    parts = [Finding("cost_at", rate=RATES[r], cost=cost(result, r)) for r in range(TOP) if cost(result, r).sign]
    found.append(Finding("costs" if parts else "no_costs", parts=parts, **names))
    accuracy = share_interval(result.test[0, result.best], TEST)
    found.append(
        Finding("best", rate=RATES[result.best], accuracy=accuracy, name=s.activation, dead=float(ends[result.best]))
    )
    found.append(Finding("multiplied", layers=s.depth + 1, gap=result.collapse.gap))
    change = without_activation(result)
    found.append(
        Finding(
            {-1: "linear_worse", 0: "linear_unclear", 1: "linear_better"}[change.sign],
            change=change,
            layers=s.depth + 1,
        )
    )
    change = deep_or_single(result)
    found.append(Finding("deep_differs" if change.sign else "deep_same", change=change, layers=s.depth + 1))
    found.append(
        Finding(
            "fit", units=len(result.fit.parts), error=mean_interval(result.fit.error), curve=s.curve, name=s.activation
        )
    )
    if any(result.diverged):
        found.append(Finding("diverged", own=result.diverged[0], other=result.diverged[1], **names))
    return found


def score(result: Result) -> Finding:
    """The share of dead units at the largest rate and the accuracy at the best, for a table."""
    if not result.complete or result.test is None:
        return Finding("unfinished", fraction=result.fraction)
    return Finding(
        "score", dead=float(dead(result).mean), rate=RATES[TOP], accuracy=float(result.test[0, result.best].mean())
    )


def difference(a: Result, b: Result) -> Finding:
    """Dead units at the largest rate and accuracy at the best rate, `a` minus `b`, paired where seeds and points are the same."""
    if not (a.complete and b.complete) or a.test is None or b.test is None or a.right is None or b.right is None:
        return Finding("not_comparable")
    one, two = a.settings, b.settings
    same = (one.data, one.noise, one.seed, one.seeds) == (two.data, two.noise, two.seed, two.seeds)
    if not same:
        return Finding("not_paired")
    change = mean_interval(a.test[0, a.best] - b.test[0, b.best], rows=TEST, bounds=(-1, 1))
    change = over_differences(change, a.right[0, a.best] - b.right[0, b.best])
    moved = mean_interval(a.dead[0, TOP, :, -1] - b.dead[0, TOP, :, -1], bounds=(-1, 1))
    return Finding("difference", dead=moved, accuracy=change, rate=RATES[TOP], seeds=one.seeds)


def _worth(result: Result) -> Grade:
    r = RATES.index(0.1)
    change = cost(result, r)
    return {-1: 0, 1: 1, 0: 2}[change.sign], {"cost": change, "dead": dead(result, r), "rate": RATES[r]}


QUESTIONS = (
    Question.nearest("dead", {}, lambda result: dead(result).mean, (0.1, 0.4, 0.7)),
    Question("worth", {}, _worth),
    Question.sign("linear", {"depth": 4}, deep_or_single),
    Question.nearest(
        "sigmoid", {"activation": "sigmoid", "control": "tanh"}, lambda result: dead(result, 0).mean, (0.0, 0.25, 0.5)
    ),
    Question.nearest(
        "step",
        {"activation": "step", "control": "sigmoid"},
        lambda result: result.dead[0, :, :, -1].min(),
        (0.0, 0.5, 1.0),
    ),
)
