"""What a run of model_complexity shows, in words made from its numbers, and the questions it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.legacy import Question
from core.stats import Interval, counted, listed, mean_interval

if TYPE_CHECKING:
    from core.concepts.generalization.model_complexity import Result, Swept

SIZE = {  # what grows, and its values in words
    "polynomial": "degree {}",
    "polynomial + L2": "degree {}",
    "k-NN": "k = {}",
    "tree": "depth {}",
    "bagged trees": "depth {}",
    "network": "width {}",
    "random features": "{} features",
    "random features + L2": "{} features",
    "network, ten inputs": "width {}",
}
AXIS = {
    "polynomial": "degree",
    "polynomial + L2": "degree",
    "k-NN": "neighbours k (fewer: more complex)",
    "tree": "depth",
    "bagged trees": "depth",
    "network": "neurons in the hidden layer",
}


def size(family: str, i: int, swept: Swept) -> str:
    return SIZE[family].format(swept.sizes[i])


def number(v: float) -> str:
    """0.198, 12.3, 357, over 1,000."""
    if abs(v) > 1000:
        return "over 1,000" if v > 0 else "under -1,000"
    return f"{round(v, 3) + 0:.3f}" if abs(v) < 10 else f"{v:.3g}"


def said(i: Interval) -> str:
    return f"{number(i.mean)} ({100 * i.level:.3g} % interval {number(i.low)} to {number(i.high)})"


def apart(swept: Swept, i: int, j: int, term: str = "error", level: float = 0.95) -> Interval:
    """By how much `term` at size i lies above that at size j, on the same training sets."""
    return swept.terms[i].interval(term, level, swept.terms[j], skewed=True)


def findings(result: Result) -> list[str]:
    s, found = result.settings, []
    if "polynomial" in result.families:
        found.append(_polynomials(result))
    found += _ends(result)
    found += _interpolation(result)
    found += _networks(result)
    found += _occam(result)
    found += _data(result)
    found += _balance(result)
    found.append(f"The noise is σ² = {number(s.noise**2)}; the functions themselves have variance 1.")
    return found


def _polynomials(result: Result) -> str:
    p = result.families["polynomial"]
    b, last = p.best, len(p.sizes) - 1
    at = p.terms[b].values
    falls = all(np.diff([t.mean() for t in p.train]) < 1e-9)
    return (
        f"*Polynomials*: the training error {'falls with every degree' if falls else 'ends'}, {number(p.train[0].mean())} → "
        f"{number(p.train[-1].mean())}. The expected error on new data is lowest at {size('polynomial', b, p)}, {number(at['error'])} "
        f"(bias² {number(at['bias'])}, variance {number(at['variance'])}, noise {number(at['noise'])}), and "
        f"{number(p.terms[last].values['error'])} at {size('polynomial', last, p)}."
    )


def _ends(result: Result) -> list[str]:
    """Where the error rises again at the complex end of a family, and where it does not."""
    one = {n: f for n, f in result.families.items() if n in AXIS and len(f.sizes) > 2}
    if len(one) < 2:
        return []
    rises, stays = list[str](), list[str]()
    for name, f in one.items():
        last = len(f.sizes) - 1
        rise = apart(f, last, f.best, level=1 - 0.05 / len(one))
        words = f"{name} (lowest {number(f.terms[f.best].values['error'])} at {size(name, f.best, f)}, at the end {number(f.terms[last].values['error'])})"
        (rises if rise.low > 0 else stays).append(words)
    said = []
    if rises:
        said.append(f"The error rises again as the model grows, beyond luck: {listed(rises)}.")
    if stays:
        said.append(f"No rise beyond luck: {listed(stays)}.")
    return said


def _interpolation(result: Result) -> list[str]:
    f = result.families.get("random features")
    if f is None or f.sizes[-1] <= result.settings.rows:
        return []
    n, errors = result.settings.rows, f.of("error")
    sizes = np.array(f.sizes)
    peak, last = int(errors.argmax()), len(sizes) - 1
    before = int(np.where(sizes < n, errors, np.inf).argmin())
    drop = apart(f, last, peak)
    beats = apart(f, last, before)
    words = (
        f"*Random features, ten inputs*: the error is highest at {f.sizes[peak]} features for {n} rows, {number(errors[peak])}, "
        f"and {number(errors[last])} at {f.sizes[last]}, where the training error is {number(f.train[last].mean())}. "
    )
    if drop.high >= 0 or not 0.5 * n < f.sizes[peak] < 2 * n:
        return [words + "That is no double descent with its peak at about as many features as rows."]
    better = "below" if beats.high < 0 else "above" if beats.low > 0 else "not different, beyond luck, from"
    return [
        words
        + f"That is double descent; the end is {better} the best before the peak, {number(errors[before])} at {f.sizes[before]} "
        f"features: {said(beats)}."
    ]


def hump(f: Swept) -> tuple[int, int, Interval, Interval]:
    """The highest error between the ends: its place, the place of the lowest before it, and by how much it lies above that
    and above the end."""
    errors = f.of("error")
    peak = 1 + int(errors[1:-1].argmax())
    before = int(errors[:peak].argmin())
    return peak, before, apart(f, peak, before, level=0.975), apart(f, peak, len(errors) - 1, level=0.975)


def _networks(result: Result) -> list[str]:
    found = []
    for name, title in (("network", "one input"), ("network, ten inputs", "ten inputs")):
        f = result.families.get(name)
        if f is None or len(f.sizes) < 4:
            continue
        peak, before, up, down = hump(f)
        errors, v = f.of("error"), f.of("variance")
        if up.low > 0 and down.low > 0:
            said_ = (
                f"the error rises from {number(errors[before])} at {size(name, before, f)} to {number(errors[peak])} at "
                f"{size(name, peak, f)} and falls to {number(errors[-1])} at {size(name, -1, f)}: double descent, beyond luck"
            )
        else:
            said_ = (
                f"no peak between the ends beyond luck; the error goes from {number(errors[0])} at {size(name, 0, f)} to "
                f"{number(errors[-1])} at {size(name, -1, f)}, the variance from {number(v[0])} to {number(v[-1])}"
            )
        found.append(f"*Trained networks, {title}*: {said_} ({counted(result.settings.networks, 'training set')}).")
    return found


def _occam(result: Result) -> list[str]:
    """Degree 7 with and without L2."""
    plain, held = (result.families.get(n) for n in ("polynomial", "polynomial + L2"))
    if plain is None or held is None or 7 not in held.sizes:
        return []
    i, j = plain.sizes.index(7), held.sizes.index(7)
    parts = []
    for term, name in (("bias", "bias²"), ("variance", "variance"), ("error", "error")):
        change = held.terms[j].interval(term, 1 - 0.05 / 3, plain.terms[i], skewed=True)
        luck = "" if change.clear_of_zero else ", no difference beyond luck"
        parts.append(f"{name} {number(plain.terms[i].values[term])} → {number(held.terms[j].values[term])}{luck}")
    return [f"*L2 at degree 7* (λ = {result.settings.l2:g}): {'; '.join(parts)}."]


def _data(result: Result) -> list[str]:
    full = [f for f in result.growing.values() if len(f.sizes) > 1]
    if len(full) < 3:
        return []
    parts = [
        f"{name} {number(f.terms[0].values['error'])} → {number(f.terms[-1].values['error'])} (bias² {number(f.terms[-1].values['bias'])})"
        for name, f in result.growing.items()
    ]
    first, last = full[0].sizes[0], full[0].sizes[-1]
    best = min(result.growing, key=lambda n: result.growing[n].terms[-1].values["error"])
    return [
        f"*From {first} to {last} rows*: {listed(parts)}. With {last} rows {best} has the lowest error; more data takes the "
        "variance away and leaves the bias."
    ]


def _balance(result: Result) -> list[str]:
    """Whether the terms add up to the error measured on new labels, over all sizes of all families."""
    off = [
        mean_interval(m - t.values["error"])
        for f in result.families.values()
        for m, t in zip(f.measured, f.terms, strict=True)
        if t.values["error"] < 100  # where the mean is not made by a few training sets
    ]
    hit = sum(not i.clear_of_zero for i in off)
    return (
        [
            f"Bias² + variance + noise meets the error measured on new labels, within its 95 % interval, in {hit} of {len(off)} cases."
        ]
        if off
        else []
    )


def score(result: Result) -> str:
    parts = [
        f"{n} {number(f.terms[f.best].values['error'])} at {size(n, f.best, f)}" for n, f in result.families.items()
    ]
    return f"lowest expected error: {listed(parts)}"


def difference(a: Result, b: Result) -> str:
    """How the lowest error of each family changed; paired when both had the same training sets."""
    same = ("data", "n", "noise", "rows", "resamples", "networks", "seed")
    paired = all(getattr(a.settings, f) == getattr(b.settings, f) for f in same)
    parts = []
    for name in (n for n in a.families if n in b.families):
        f, g = a.families[name], b.families[name]
        now, was = f.terms[f.best], g.terms[g.best]
        if not paired:
            parts.append(f"{name} {number(now.values['error'])} (was {number(was.values['error'])})")
        elif (change := now.interval("error", other=was, skewed=True)).clear_of_zero:
            parts.append(f"{name} {said(change)}")
    if paired:
        return f"Lowest errors that changed, on the same training sets: {listed(parts) or 'none beyond luck'}."
    return f"Lowest expected error: {listed(parts)}. Not the same training sets, so luck is part of it."


def _degree(result: Result) -> tuple[int, str]:
    p = result.families["polynomial"]
    d = p.sizes[p.best]
    return (0 if d <= 2 else 1 if d <= 5 else 2 if d <= 10 else 3), (
        f"It is {d}, with {number(p.terms[p.best].values['error'])}; at degree 15 it is {number(p.terms[-1].values['error'])}."
    )


def _descent(result: Result) -> tuple[int, str]:
    f = result.families["random features"]
    n, errors, sizes = result.settings.rows, f.of("error"), np.array(f.sizes)
    before = int(np.where(sizes < n, errors, np.inf).argmin())
    beats, at = apart(f, len(sizes) - 1, before), f.sizes.index(n)
    words = f"{number(errors[before])} at {f.sizes[before]} features, {number(errors[at])} at {n}, {number(errors[-1])} at {f.sizes[-1]}."
    return (0 if errors[-1] >= errors[at] else 2 if beats.high < 0 else 1), words


def _width(result: Result) -> tuple[int, str]:
    f = result.families["network"]
    i = f.sizes.index(8)
    change = apart(f, len(f.sizes) - 1, i, "variance")
    words = f"Variance {number(f.terms[i].values['variance'])} at width 8, {number(f.terms[-1].values['variance'])} at {f.sizes[-1]}: change {said(change)}."
    return (2 if not change.clear_of_zero else 0 if change.mean > 0 else 1), words


def _l2(result: Result) -> tuple[int, str]:
    plain, held = (result.families[n] for n in ("polynomial", "polynomial + L2"))
    i = plain.sizes.index(7)
    bias, variance = (held.terms[i].interval(t, 0.975, plain.terms[i], skewed=True) for t in ("bias", "variance"))
    down = (bias.high < 0, variance.high < 0)
    choice = {(True, False): 0, (False, True): 1, (True, True): 2, (False, False): 3}[down]
    return choice, f"Bias² changed by {said(bias)}, variance by {said(variance)}."


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "Polynomials fitted to 30 noisy rows of one period of a sine. At which degree is the expected error lowest?",
        ("0 to 2", "3 to 5", "6 to 10", "11 or more"),
        {},
        _degree,
    ),
    Question(
        "A hundred rows, and ten times as many random features as rows, the training set fitted exactly. The expected error is …",
        (
            "higher than with a hundred features",
            "lower than with a hundred, but not than the best with fewer",
            "lower than with any number below a hundred",
        ),
        {},
        _descent,
    ),
    Question(
        "A trained network with one hidden layer, one input, 30 rows. From 8 neurons to 128, its variance …",
        ("rises", "falls", "does not change beyond luck"),
        {},
        _width,
    ),
    Question(
        "A polynomial of degree 7, 60 rows, with and without a small L2 penalty. Which term does the penalty lower?",
        ("Bias²", "Variance", "Both", "Neither, beyond luck"),
        {"n": 60},
        _l2,
    ),
)
