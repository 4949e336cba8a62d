"""What the draws and the experiment show, in words made from their numbers."""

from __future__ import annotations

import numpy as np

from core.concepts.images.augmentation_pipeline import DIGIT, MNIST, OWN_P, Preview
from core.concepts.images.augmentation_result import AUGMENTED, PLAIN, Result
from core.legacy import Question
from core.stats import Interval, counted, listed, mean_interval

SOURCES = (
    "Simard, Steinkraus and Platt, *Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis* (2003)",
    "Shorten and Khoshgoftaar, *A Survey on Image Data Augmentation for Deep Learning* (2019)",
    "Zhang, Cissé, Dauphin and Lopez-Paz, *mixup: Beyond Empirical Risk Minimization* (2018)",
    "Zhong, Zheng, Kang, Li and Yang, *Random Erasing Data Augmentation* (2020)",
    "torchvision documentation, *Transforms v2*",
)


def described(shown: Preview) -> list[str]:
    """What these draws are, and whether their label is still true."""
    draws, N, label = shown.draws, len(shown.draws), shown.subject.label
    said = []
    chance = [(name, p) for name, p, _ in shown.plan if p < 1 or name in OWN_P]
    if chance:
        taken = [(n, sum(n in d.taken for d in draws), N * p) for n, p in chance]
        said.append(f"Taken in {counted(N, 'draw')}: {listed([f'{n} {k} (expected {e:.1f})' for n, k, e in taken])}.")
    if not shown.plan:
        said.append("The pipeline is empty: every draw is the picture itself. Choose a step.")
    seen = [d.seen for d in draws if d.seen is not None]
    if seen and min(seen) < 1:
        worst = int(np.argmin(seen))
        what = label if shown.look.picture not in (DIGIT, MNIST) else "digit's box"
        risk = f": is the label “{label}” still true there?" if min(seen) < 0.5 else "."
        said.append(
            f"Of the {what}, {100 * float(np.mean(seen)):.0f} % stays in view on average, and {100 * min(seen):.0f} % in draw "
            f"{worst + 1}{risk}"
        )
    said += _changed_meaning(shown)
    mixed = [d.weight for d in draws if "mix-up" in d.taken]
    if mixed:
        said.append(
            f"Mix-up mixes the label with the picture: in {counted(len(mixed), 'draw')} it is “{label}” to "
            f"{100 * min(mixed):.0f} to {100 * max(mixed):.0f} % and “{shown.subject.partner_label}” for the rest."
        )
    if shown.order is not None:
        if shown.order < 1e-6:
            said.append("The order of the steps changes nothing here.")
        else:
            said.append(
                f"Order matters: the same draws in reverse order give other pictures, by {100 * shown.order:.1f} % of the range "
                "from black to white on average."
            )
    return said


def _changed_meaning(shown: Preview) -> list[str]:
    """Draws of a digit that a reader would call another, or none."""
    look = shown.look
    if look.picture not in (DIGIT, MNIST):
        return []
    said = []
    upside = [
        i + 1
        for i, d in enumerate(shown.draws)
        if (abs(d.angle) >= 120 and not d.taken & {"flip", "flip upside down"})
        or (abs(d.angle) <= 60 and d.taken >= {"flip", "flip upside down"})
    ]
    if look.digit in (6, 9) and upside:
        said.append(
            f"The {look.digit} stands on its head in {_numbered(upside)}: it reads as a {15 - look.digit} and is still labelled {look.digit}."
        )
    mirrored = [i + 1 for i, d in enumerate(shown.draws) if len(d.taken & {"flip", "flip upside down"}) == 1]
    if look.digit not in (0, 1, 8) and mirrored:
        said.append(f"In {_numbered(mirrored)} the {look.digit} is mirrored, as nobody writes it.")
    return said


def _numbered(numbers: list[int]) -> str:
    return f"draw{'s' if len(numbers) > 1 else ''} {listed([str(n) for n in numbers])}"


def signed(i: Interval) -> str:
    return f"{100 * i.mean:+.1f} points ({100 * i.low:+.1f} to {100 * i.high:+.1f})"


def findings(result: Result) -> list[str]:
    s = result.settings
    if not s.plan:
        return ["The pipeline is empty, so both variants are the same. Choose a step."]
    found = [] if result.fraction == 1 else [_stopped(result)]
    gains = [(n, result.gain(i)) for i, n in enumerate(s.sizes)][::-1]  # from the smallest up
    together = ", the intervals holding together at 95 %" if len(gains) > 1 else ""
    paired = f"paired over {counted(s.seeds, 'seed')}{together}"
    for word, rows in (
        ("helped", [r for r in gains if r[1].low > 0]),
        ("hurt", [r for r in gains if r[1].high < 0]),
    ):
        if rows:
            said = [f"{signed(g)} with {n}" for n, g in rows]
            found.append(f"Augmentation {word}: {listed(said)} examples; {result.split} accuracy, {paired}.")
    luck = [f"{signed(g)} with {n}" for n, g in gains if not g.clear_of_zero]
    if luck:
        found.append(f"No difference beyond luck: {listed(luck)} examples; {paired}.")
    found += [*_shrinking(result), *_worth(result), *_classes(result), *_fit(result)]
    return found


def _stopped(result: Result) -> str:
    return f"Stopped at {100 * result.fraction:.0f} %: measured on {counted(result.pictures, 'validation picture')}, not on the test."


def _shrinking(result: Result) -> list[str]:
    """Whether the gain grows as the training set shrinks."""
    sizes = result.settings.sizes
    if len(sizes) < 2:
        return []
    more = shrink(result)
    if not more.clear_of_zero:
        return [
            f"Whether it does more with {sizes[-1]} examples than with {sizes[0]} cannot be told from luck: a difference of {signed(more)}."
        ]
    costs = result.gain(-1).mean < 0 and result.gain(0).mean < 0
    return [
        f"The {'fewer' if more.mean > 0 else 'more'} examples, the {'less it costs' if costs else 'better it does'}: the gain with "
        f"{sizes[-1]} examples minus that with {sizes[0]} is {signed(more)}."
    ]


def shrink(result: Result) -> Interval:
    """The gain of the smallest training set minus that of the largest."""
    return mean_interval(result.gains[-1] - result.gains[0])


def _worth(result: Result) -> list[str]:
    """As how many examples without augmentation the smallest training set does with it, where it helped."""
    s, gain = result.settings, result.gain(-1)
    plain = result.accuracy[PLAIN].mean(1)[::-1]  # from the smallest up
    if not gain.low > 0 or len(s.sizes) < 2 or (np.diff(plain) <= 0).any():
        return []
    low, middle, high = (
        float(np.exp(np.interp(plain[0] + g, plain, np.log(s.sizes[::-1])))) for g in (gain.low, gain.mean, gain.high)
    )
    beyond = "more than " if plain[0] + gain.mean >= plain[-1] else "about "
    return [
        f"{s.sizes[-1]} examples augmented do as well as {beyond}{middle:.0f} as they are ({low:.0f} to "
        f"{'more than ' if plain[0] + gain.high >= plain[-1] else ''}{high:.0f})."
    ]


def _classes(result: Result) -> list[str]:
    """The class it does most to."""
    changes = [result.class_gain(c) for c in range(len(result.classes))]
    clear = [(c, g) for c, g in enumerate(changes) if g.clear_of_zero]
    if not clear:
        return ["No single digit gains or loses beyond luck (mean of the sizes)."]
    c, most = max(clear, key=lambda row: abs(row[1].mean))
    return [
        f"It does most to the {result.classes[c]}: {signed(most)}, mean of the sizes, ten digits looked at together."
    ]


def _fit(result: Result) -> list[str]:
    """What it does to the fit of the training pictures, and whether the networks were done."""
    a, b = (100 * float(result.train[v].mean()) for v in (AUGMENTED, PLAIN))
    said = [
        f"Of the training pictures themselves, unchanged, the networks know {a:.1f} % with augmentation and {b:.1f} % without."
    ]
    rise = still_rising(result)
    if rise is not None and rise.low > 0:
        said.append(
            f"The augmented networks were still getting better at the end, by {rise.text('points', 100)} of validation accuracy in "
            "the last eighth of the steps: after more steps the gain may be another."
        )
    return said


def still_rising(result: Result) -> Interval | None:
    """The rise of the augmented networks' validation accuracy between the last two times it was measured, over seeds."""
    h = result.history
    h = h[(h.variant == AUGMENTED) & (h.split == "validation")].groupby(["seed", "step"]).value.mean().unstack()
    return mean_interval(h.iloc[:, -1] - h.iloc[:, -2]) if h.shape[1] > 2 else None


def score(result: Result) -> str:
    a, b = (100 * result.accuracy[v].mean(1) for v in (PLAIN, AUGMENTED))
    ends = sorted({0, len(a) - 1}, reverse=True)
    return "; ".join(
        f"{result.settings.sizes[i]} examples: {a[i]:.1f} % as they are, {b[i]:.1f} % augmented" for i in ends
    )


def difference(a: Result, b: Result) -> str:
    """How the gains differ between two runs, in a sentence."""
    both = [n for n in a.settings.sizes if n in b.settings.sizes][::-1]
    if not both:
        return "The two runs have no size of training set in common."
    at = [(n, a.gain(a.settings.sizes.index(n)), b.gain(b.settings.sizes.index(n))) for n in both]
    said = listed([f"{100 * x.mean:+.1f} with {n} (was {100 * y.mean:+.1f})" for n, x, y in at])
    return f"Points gained by augmentation: {said} examples."


def _where(result: Result) -> tuple[int, str]:
    more, (i, j) = shrink(result), (len(result.settings.sizes) - 1, 0)
    said = f"The gain is {signed(result.gain(i))} with {result.settings.sizes[i]} examples and {signed(result.gain(j))} with {result.settings.sizes[j]}."
    return (2 if not more.clear_of_zero else 0 if more.mean > 0 else 1), said


def _effect(result: Result) -> tuple[int, str]:
    """Of all sizes together: raises, lowers, or nothing beyond luck."""
    change = mean_interval(result.gains.mean(0))
    said = f"Mean of the sizes: {signed(change)}."
    return (2 if not change.clear_of_zero else 0 if change.mean > 0 else 1), said


def _six_and_nine(result: Result) -> tuple[int, str]:
    change = (result.recall[AUGMENTED] - result.recall[PLAIN]).mean(0)  # (seeds, classes)
    special = [result.classes.index(c) for c in "69"]
    rest = [c for c in range(len(result.classes)) if c not in special]
    a, b = change[:, special].mean(1), change[:, rest].mean(1)
    apart = mean_interval(a - b)
    said = (
        f"6 and 9: {signed(mean_interval(a))}; the others: {signed(mean_interval(b))}; the difference: {signed(apart)}."
    )
    return (2 if not apart.clear_of_zero else 0 if apart.mean < 0 else 1), said


EFFECT = ("It rises", "It falls", "Nothing beyond luck")

QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "Small turns, shifts, changes of size and of light. Where do they gain more?",
        ("With the smallest training set", "With the largest", "No difference beyond luck"),
        {},
        _where,
    ),
    Question(
        "Every other digit is mirrored, left to right. What does that do to the accuracy?",
        EFFECT,
        {"steps": "flip"},
        _effect,
    ),
    Question(
        "Digits are turned by any angle, so that a 6 may look like a 9. Which lose more?",
        ("6 and 9", "The other digits", "No difference beyond luck"),
        {"steps": "rotate", "rotate": 180.0},
        _six_and_nine,
    ),
    Question(
        "The steps of the first question, on digits of 8 × 8 instead of 28 × 28 pixels. What do they do to the accuracy?",
        EFFECT,
        {"data": "digits"},
        _effect,
    ),
)
