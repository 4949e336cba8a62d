"""What a run of the regularisation page shows, in words made from its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from core.legacy import Question
from core.stats import counted, listed, mean_interval

if TYPE_CHECKING:
    from core.concepts.generalization.regularization import Result

NONE = "none"


def chosen(result: Result, names: Iterable[str]) -> str:
    """The variant of the best validation accuracy. Not of the best test accuracy: that would be high by luck alone."""
    return max(names, key=lambda name: float(result.validation[name].mean()))


def score(result: Result) -> str:
    best = chosen(result, result.test)
    return (
        f"none {100 * result.test[NONE].mean():.1f} %, best by validation {best} {100 * result.test[best].mean():.1f} %"
    )


def difference(a: Result, b: Result) -> str:
    """How the variants' gains over "none" differ between two runs, in a sentence."""
    both = [v.name for v in a.variants if v.name != NONE and v.name in b.test]
    parts = [f"{n} {100 * a.against_none(n).mean:+.1f} (was {100 * b.against_none(n).mean:+.1f})" for n in both]
    return f"Points gained over none: {listed(parts)}."


def findings(result: Result) -> list[str]:
    s = result.settings
    plain = mean_interval(result.test[NONE])
    gap = mean_interval(result.gap[NONE])
    found = [
        f"Without regularisation the test accuracy is {plain.text('%', 100)}, with training "
        f"{gap.text('points', 100)} above validation{'' if gap.clear_of_zero else ': no overfitting beyond luck'}."
    ]
    better = [(v.name, g) for v in result.variants[1:] if (g := result.against_none(v.name)).low > 0]
    worse = [(v.name, g) for v in result.variants[1:] if (g := result.against_none(v.name)).high < 0]
    rest = [v.name for v in result.variants[1:] if not result.against_none(v.name).clear_of_zero]
    for word, rows in (("Helped", better), ("Hurt", worse)):
        if rows:
            rows.sort(key=lambda row: -abs(row[1].mean))
            said = [
                f"{n} by {abs(100 * g.mean):.1f} points ({100 * g.low:+.1f} to {100 * g.high:+.1f})" for n, g in rows
            ]
            found.append(
                f"{word}, with intervals paired over {counted(s.seeds, 'seed')} that hold together at 95 %: {listed(said)}."
            )
    if rest:
        found.append(f"No difference beyond luck ({counted(s.seeds, 'seed')}): {listed(rest)}.")
    zero1, zero2 = (100 * result.zeros(n).mean() for n in ("L1", "L2"))
    found.append(
        f"Exact zeros among the weights: {zero1:.1f} % with L1, {zero2:.1f} % with L2, "
        f"{100 * result.zeros(NONE).mean():.1f} % without."
    )
    if result.stopped["early stopping"]:
        losses = result.history[(result.history.variant == "early stopping") & (result.history.metric == "loss")]
        ends = losses.groupby("seed").epoch.max()
        found.append(
            f"Early stopping ended {result.stopped['early stopping']} of {counted(s.seeds, 'seed')}, on average at epoch "
            f"{ends.mean():.0f} of {s.epochs}."
        )
    return found


def _zeros(result: Result) -> tuple[int, str]:
    z1, z2 = (mean_interval(result.zeros(n)) for n in ("L1", "L2"))
    said = f"Exact zeros: {z1.text('%', 100)} with L1, {z2.text('%', 100)} with L2."
    return (3 if z1.mean > 0 and z2.mean > 0 else 0 if z1.mean > 0 else 1 if z2.mean > 0 else 2), said


def _beats_data(result: Result) -> tuple[int, str]:
    data = result.against_none("more data")
    best = chosen(result, [v.name for v in result.variants[1:] if v.name != "more data"])
    edge = mean_interval(result.test["more data"] - result.test[best])
    said = (
        f"More data: {data.text('points', 100)} over none; the best of the others by validation, {best}: "
        f"{result.against_none(best).text('points', 100)}. The difference: {edge.text('points', 100)}."
    )
    return (2 if not edge.clear_of_zero else 0 if edge.mean > 0 else 1), said


def _too_much(result: Result) -> tuple[int, str]:
    change = result.against_none("L2")
    said = f"L2 changed the test accuracy by {change.text('points', 100)}."
    return (2 if not change.clear_of_zero else 0 if change.mean > 0 else 1), said


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "Which penalty makes weights exactly zero?",
        ("L1 only", "L2 only", "Neither", "Both"),
        {},
        _zeros,
    ),
    Question(
        "A hundred digits to learn from. Four times the data, or the best of the tricks: which gains more?",
        ("More data", "The best trick", "No difference beyond luck"),
        {"data": "digits", "n": 100, "epochs": 60},
        _beats_data,
    ),
    Question(
        "Weight decay of 1, some thirty times the default. What does it do to the test accuracy?",
        ("Raises it", "Lowers it", "Nothing beyond luck"),
        {"l2": 1.0},
        _too_much,
    ),
)

SOURCES = (
    "Goodfellow, Bengio and Courville, *Deep Learning* (MIT Press, 2016), chapter 7",
    "Srivastava et al., *Dropout: A Simple Way to Prevent Neural Networks from Overfitting* (2014)",
    "Ioffe and Szegedy, *Batch Normalization* (2015)",
    "Prechelt, *Early Stopping, but When?* (1998)",
)
