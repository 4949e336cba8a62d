"""What the draws and the experiment show, from their numbers."""

from __future__ import annotations

import numpy as np

from core.concepts.images.augmentation.preview import Preview
from core.concepts.images.augmentation.result import AUGMENTED, ORIGINAL, Result
from core.concepts.images.augmentation.settings import DIGIT, MNIST
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval


def describe(shown: Preview) -> list[Finding]:
    """What these draws are, and whether their label is still true."""
    if not shown.plan:
        return [Finding("draws_empty")]
    found = [*_in_view(shown), *_changed_meaning(shown)]
    mixed = [d.weight for d in shown.draws if "mix-up" in d.taken]
    if mixed:
        labels = {"label": shown.label, "other": shown.partner_label}
        found.append(Finding("draws_mixed", low=min(mixed), high=max(mixed), draws=len(mixed), **labels))
    if shown.reordered is not None and shown.reordered >= 1e-6:
        found.append(Finding("draws_order", change=shown.reordered))
    return found


def _in_view(shown: Preview) -> list[Finding]:
    """How much of the subject is left in the pictures."""
    seen = [d.seen for d in shown.draws if d.seen is not None]
    if not seen or min(seen) >= 1:
        return []
    worst = int(np.argmin(seen))
    numbers = {"label": shown.label, "mean": float(np.mean(seen)), "least": min(seen), "draw": worst + 1}
    return [Finding("draws_doubtful" if min(seen) < 0.5 else "draws_in_view", **numbers)]


def _changed_meaning(shown: Preview) -> list[Finding]:
    """Draws of a digit that a reader would take for another, or for none."""
    look = shown.look
    if look.picture not in (DIGIT, MNIST):
        return []
    flips = {"flip", "flip upside down"}
    found = []
    turned = [
        i
        for i, d in enumerate(shown.draws, 1)
        if (abs(d.angle) >= 120 and not d.taken & flips) or (abs(d.angle) <= 60 and d.taken >= flips)
    ]
    if look.digit in (6, 9) and turned:
        found.append(
            Finding("draws_turned", digit=look.digit, reads_as=15 - look.digit, draws=[str(i) for i in turned])
        )
    mirrored = [i for i, d in enumerate(shown.draws, 1) if len(d.taken & flips) == 1]
    if look.digit not in (0, 1, 8) and mirrored:
        found.append(Finding("draws_mirrored", digit=look.digit, draws=[str(i) for i in mirrored]))
    return found


def findings(result: Result) -> list[Finding]:
    """The verdict first: at which sizes augmentation helped or hurt."""
    s = result.settings
    if not s.plan:
        return [Finding("empty")]
    if s.changes_nothing:
        return [Finding("changes_nothing")]
    return [
        _verdict(result),
        *_other_sizes(result),
        *_shrinking(result),
        *_worth(result),
        _classes(result),
        _fit(result),
        *_rising(result),
    ]


def _verdict(result: Result) -> Finding:
    """What happens at the smallest size, the one for which augmentation is meant."""
    gain = result.gain(len(result.settings.sizes) - 1)
    means = {v: float(result.accuracy[v][-1].mean()) for v in (ORIGINAL, AUGMENTED)}
    numbers = {"gain": gain, "n": result.settings.sizes[-1], "split": result.split}
    return Finding(
        {1: "helped", 0: "no_difference", -1: "hurt"}[gain.sign],
        **numbers,
        original=means[ORIGINAL],
        augmented=means[AUGMENTED],
    )


def _other_sizes(result: Result) -> list[Finding]:
    sizes = result.settings.sizes[:-1][::-1]
    rows = [(n, result.gain(result.settings.sizes.index(n))) for n in sizes]
    found = []
    for sign in (1, -1, 0):
        named = [Finding("at_size", n=n, gain=gain) for n, gain in rows if gain.sign == sign]
        if named:
            found.append(
                Finding({1: "helped_elsewhere", -1: "hurt_elsewhere", 0: "no_difference_elsewhere"}[sign], rows=named)
            )
    return found


def shrink(result: Result) -> Interval:
    """The gain with the smallest training set minus that with the largest."""
    return mean_interval(result.gains[-1] - result.gains[0], rows=result.pictures)


def _shrinking(result: Result) -> list[Finding]:
    """Whether the gain grows as the training set shrinks."""
    if len(result.settings.sizes) < 2:
        return []
    more = shrink(result)
    sizes = {"few": result.settings.sizes[-1], "many": result.settings.sizes[0]}
    hurts = result.gain(len(result.settings.sizes) - 1).mean < 0
    if more.sign > 0:
        return [Finding("less_lost_with_few" if hurts else "more_with_few", more=more, **sizes)]
    return [Finding("more_with_many" if more.sign < 0 else "size_unclear", more=more, **sizes)]


def _worth(result: Result) -> list[Finding]:
    """How many examples without augmentation do as well as the smallest training set with it, where it helped."""
    s, gain = result.settings, result.gain(-1)
    original = result.accuracy[ORIGINAL].mean(1)[::-1]  # from the smallest up
    if gain.sign < 1 or len(s.sizes) < 2 or (np.diff(original) <= 0).any():
        return []
    examples = float(np.exp(np.interp(original[0] + gain.mean, original, np.log(s.sizes[::-1]))))
    beyond = bool(original[0] + gain.mean >= original[-1])
    return [Finding("worth_more_than" if beyond else "worth_about", n=s.sizes[-1], examples=round(examples))]


def _classes(result: Result) -> Finding:
    """The digit that changes most."""
    changes = [result.class_gain(c) for c in range(len(result.classes))]
    clear = [(c, g) for c, g in enumerate(changes) if g.sign]
    if not clear:
        return Finding("no_digit")
    c, most = max(clear, key=lambda row: abs(row[1].mean))
    return Finding("digit_gains" if most.mean > 0 else "digit_loses", digit=result.classes[c], gain=most)


def _fit(result: Result) -> Finding:
    shares = {v: float(result.train[v].mean()) for v in (AUGMENTED, ORIGINAL)}
    return Finding("fit", augmented=shares[AUGMENTED], original=shares[ORIGINAL])


def still_rising(result: Result) -> Interval | None:
    """The rise of the augmented networks' validation accuracy between the last two times it was measured, over seeds."""
    h = result.history
    h = h[(h.variant == AUGMENTED) & (h.split == "validation")].groupby(["seed", "step"]).value.mean().unstack()
    return mean_interval(h.iloc[:, -1] - h.iloc[:, -2]) if h.shape[1] > 2 else None


def _rising(result: Result) -> list[Finding]:
    rise = still_rising(result)
    return [Finding("rising", rise=rise)] if rise is not None and rise.low > 0 else []


def score(result: Result) -> Finding:
    """Accuracy with the smallest training set, for a table."""
    means = {v: float(result.accuracy[v][-1].mean()) for v in (ORIGINAL, AUGMENTED)}
    n = result.settings.sizes[-1]
    return Finding("score", n=n, original=means[ORIGINAL], augmented=means[AUGMENTED])


def difference(a: Result, b: Result) -> Finding:
    """How the gains differ between two runs."""
    both = [n for n in a.settings.sizes if n in b.settings.sizes][::-1]
    if not both:
        return Finding("not_comparable")
    rows = []
    for n in both:
        now, then = (r.gain(r.settings.sizes.index(n)).mean for r in (a, b))
        rows.append(Finding("gains_at", n=n, now=now, then=then))
    return Finding("gains", rows=rows)


def _mean_gain(result: Result) -> Interval:
    """Mean of the gains over the sizes."""
    return mean_interval(result.gains.mean(0), rows=result.pictures)


def _six_and_nine(result: Result) -> Interval:
    """Gain on 6 and 9 minus gain on the other digits."""
    change = (result.recall[AUGMENTED] - result.recall[ORIGINAL]).mean(0)  # (seeds, classes)
    special = [result.classes.index(c) for c in "69"]
    rest = [c for c in range(len(result.classes)) if c not in special]
    return mean_interval(change[:, special].mean(1) - change[:, rest].mean(1))


def _six_or_nine(result: Result) -> Grade:
    apart = _six_and_nine(result)
    return {-1: 0, 1: 1, 0: 2}[apart.sign], {"effect": apart}


QUESTIONS = (
    Question.sign("where", {}, shrink),
    Question.sign("mirror", {"steps": ("flip",)}, _mean_gain),
    Question("six_nine", {"steps": ("rotate",), "rotate": 180.0}, _six_or_nine),
    Question.sign("tiny", {"data": "digits"}, _mean_gain),
)
