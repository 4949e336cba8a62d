"""What an ablation shows, in words made from its numbers, and the questions it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from core.concepts.generalization.ablation_network import BARE, FULL, only
from core.legacy import Question
from core.stats import Interval, counted, listed, mean_interval

if TYPE_CHECKING:
    from core.concepts.generalization.ablation import Result


def points(i: Interval) -> str:
    return f"{100 * i.mean:+.1f} points ({100 * i.low:+.1f} to {100 * i.high:+.1f})"


def grouped(effects: dict[str, Interval]) -> tuple[list[str], list[str], list[str]]:
    """The names that help, that hurt, the largest effect first, and those of no effect beyond luck."""
    rows = sorted(effects.items(), key=lambda row: -abs(row[1].mean))
    return (
        [n for n, i in rows if i.low > 0],
        [n for n, i in rows if i.high < 0],
        [n for n, i in rows if not i.clear_of_zero],
    )


def told(where: str, effects: dict[str, Interval], seeds: int) -> str:
    up, down, none = grouped(effects)
    parts = [
        f"{word} {listed([f'{n} {points(effects[n])}' for n in names])}"
        for word, names in (("worth having:", up), ("harmful:", down))
        if names
    ]
    if none:
        parts.append(f"no effect beyond luck ({counted(seeds, 'seed')}): {listed(none)}")
    return f"**{where}:** {'; '.join(parts)}."


def together(result: Result) -> str:
    """The parts that are worth another amount in company than alone."""
    s = result.settings
    rows = {p: result.interaction(p) for p in s.chosen}
    clear = sorted((p for p in s.chosen if rows[p].clear_of_zero), key=lambda p: -abs(rows[p].mean))
    if not clear:
        return "**Interactions:** no part is worth another amount in the full recipe than alone, beyond luck."
    said = [
        f"{p} {100 * result.alone(p).mean:+.1f} alone, {100 * result.within(p).mean:+.1f} in company" for p in clear
    ]
    return f"**Interactions:** {'; '.join(said)}. Worth less in company: others can do its work; worth more: it can use them."


def sums(result: Result) -> str:
    i, alone = result.surplus(), 100 * sum(result.alone(p).mean for p in result.settings.chosen)
    verdict = "more than" if i.low > 0 else "less than" if i.high < 0 else "no more and no less, beyond luck, than"
    return f"The gains alone add up to {alone:+.1f} points: {verdict} the whole recipe brings (difference {points(i)})."


def unfinished(result: Result) -> list[str]:
    i = result.rising(BARE)
    if not i.low > 0:
        return []
    return [
        f"**Not at its end:** in the last sixth of the epochs the bare network still rose by {points(i)} on the validation examples. "
        "So what a part is worth alone is in part how fast one learns with it."
    ]


def spending(result: Result) -> list[str]:
    if not result.ms:
        return []
    rows = {p: result.slower(only(p)) for p in result.settings.chosen}
    dear = sorted((p for p in rows if rows[p].low > 0), key=lambda p: -rows[p].mean)
    said = listed([f"{p} {100 * rows[p].mean:.0f} %" for p in dear])
    extra = result.parameters[1] - result.parameters[0]
    return [
        f"**Cost of a step** of one such small network, on one core: {f'longer with {said}' if dear else 'no part makes it longer, beyond luck'}; "
        f"the full recipe {100 * result.slower(FULL).mean:+.0f} %. Batch norm has {extra} parameters more than the other {result.parameters[0]:,}; momentum keeps one number "
        f"a parameter. The matrix products, {result.flops:,} operations an example, are the same for all."
    ]


def findings(result: Result) -> list[str]:
    s, whole = result.settings, result.whole()
    full, bare = (mean_interval(result.test[n]) for n in (FULL, BARE))
    luck = "" if whole.clear_of_zero else ": no difference beyond luck"
    own = "examples, starts and batches" if s.pictures else "training, test and starting points"
    fixed = " The test pictures are the same for all seeds; others are not covered." if s.pictures else ""
    return [
        f"The full recipe is right on {full.text('%', 100)}, the bare network on {bare.text('%', 100)}: {points(whole)}{luck}.",
        told("In the full recipe", {p: result.within(p) for p in s.chosen}, s.seeds),
        told("Added alone to the bare network", {p: result.alone(p) for p in s.chosen}, s.seeds),
        together(result),
        sums(result),
        *unfinished(result),
        *spending(result),
        f"Intervals are paired over {counted(s.seeds, 'seed')} and cover other {own}; the {2 * len(s.chosen)} effects hold together at "
        f"95 %, and so do the interactions.{fixed} Each strength is one setting: a part tuned better may be worth more.",
    ]


def costs(result: Result) -> list[dict[str, Any]]:
    """A row a part: how much longer a step takes, and what it keeps."""
    n, normed = result.parameters
    keeps = {"batch norm": f"{normed - n} parameters", "momentum": f"{n:,} numbers"}
    keeps |= {"residual": "each block's input", "dropout": "a mask"}
    return [
        {
            "part": p,
            "a step takes longer by %": 100 * (i := result.slower(only(p))).mean,
            "from %": 100 * i.low,
            "to %": 100 * i.high,
            "keeps": keeps.get(p, "nothing"),
        }
        for p in result.settings.chosen
    ]


def score(result: Result) -> str:
    return f"full recipe {100 * result.test[FULL].mean():.1f} %, bare {100 * result.test[BARE].mean():.1f} %"


def difference(a: Result, b: Result) -> str:
    """How the worth of each part differs between two runs."""
    both = [p for p in a.settings.chosen if p in b.settings.chosen]
    parts = [f"{p} {100 * a.within(p).mean:+.1f} (was {100 * b.within(p).mean:+.1f})" for p in both]
    return f"Points that each part is worth in the full recipe: {listed(parts)}."


def _count(result: Result) -> tuple[int, str]:
    up, down, none = grouped({p: result.within(p) for p in result.settings.chosen})
    said = f"Worth having: {listed(up) or 'none'}; harmful: {listed(down) or 'none'}; no effect beyond luck: {listed(none) or 'none'}."
    return (0, 1, 1, 2)[min(len(up), 3)], said


def _sign(effect: Callable[[Result], Interval], what: str) -> Callable[[Result], tuple[int, str]]:
    def grade(result: Result) -> tuple[int, str]:
        i = effect(result)
        return (2 if not i.clear_of_zero else 0 if i.mean > 0 else 1), f"{what}: {points(i)}."

    return grade


HELPS: Sequence[str] = ("Helps", "Hurts", "Nothing beyond luck")

QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "Seven parts, each known to help. How many are worth something in the full recipe, beyond luck?",
        ("None", "One or two", "Three or more"),
        {},
        _count,
    ),
    Question(
        "A falling learning rate, added alone to the bare network. What does it do?",
        tuple(HELPS),
        {},
        _sign(lambda r: r.alone("schedule"), "The schedule alone"),
    ),
    Question(
        "Momentum of 0.9 makes steps ten times as long in the end. When whoever lacks it gets a learning rate ten times as high, "
        "what is it still worth in the full recipe?",
        tuple(HELPS),
        {"fair": True, "lr": 0.03},
        _sign(lambda r: r.within("momentum"), "Momentum in the full recipe"),
    ),
    Question(
        "Forty points in the plane. How many of the seven parts are worth something in the full recipe?",
        ("None", "One or two", "Three or more"),
        {"data": "moons", "n": 40},
        _count,
    ),
    Question(
        "Six blocks instead of one. What are residual connections worth, added alone?",
        tuple(HELPS),
        {"depth": 6, "epochs": 40},
        _sign(lambda r: r.alone("residual"), "Residual connections alone"),
    ),
)

SOURCES = (
    "Meyes et al., *Ablation Studies in Artificial Neural Networks* (2019)",
    "Lipton and Steinhardt, *Troubling Trends in Machine Learning Scholarship* (2018)",
    "Ioffe and Szegedy, *Batch Normalization* (2015); He et al., *Deep Residual Learning* (2016)",
    "Montgomery, *Design and Analysis of Experiments*: one factor at a time, and why interactions escape it",
)
