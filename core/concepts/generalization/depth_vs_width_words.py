"""What a run of depth_vs_width shows, in words, and the questions on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from core.concepts.generalization.depth_vs_width_fold import HALF, exact, folded
from core.concepts.generalization.depth_vs_width_networks import DEPTHS, TARGETS, parameters
from core.legacy import Question
from core.stats import Interval, counted, listed

if TYPE_CHECKING:
    from core.concepts.generalization.depth_vs_width import Depth, Look, Result

SOLVED = 0.01  # of the target's variance


def layers(depth: int) -> str:
    return counted(depth, "hidden layer")


def number(v: float) -> str:
    return f"{v:.3g}" if v >= 1e-4 else f"{v:.1e}"


def described(look: Look) -> list[str]:
    """The folding network in words."""
    k, weight, pieces = look.layers, exact(look.weight), look.after(look.layers)
    cost = parameters((2,) * k)
    said = [
        f"**{counted(k, 'layer')} of two neurons**: {counted(pieces, 'piece')} from {2 * k} neurons, {cost} parameters."
    ]
    if weight == 2:
        said[0] += (
            f" One hidden layer needs {counted(2**k, 'neuron')} and {parameters((2**k,))} parameters for the same function; with "
            f"{min(look.neurons, 2**k)} it has the first {min(look.neurons, 2**k)} of the {2**k} pieces."
        )
    else:
        said[0] += f" With weight 2 there would be {2**k}."
    reach = max(y for _, y in folded(1, weight))
    if reach <= HALF:
        said.append(
            f"**Why it fails**: with weight {look.weight:g} the first layer's answers lie between 0 and {float(reach):g}. The next layer folds at "
            "1/2, and nothing lies beyond it: one of its two neurons is never on, the other's line goes straight on. Weight 2 stretches the folded "
            "half over all of [0, 1] again."
        )
    elif weight < 2:
        growth = (look.after(8) / look.after(4)) ** (1 / 4)
        said.append(
            f"The first layer's answers lie between 0 and {float(reach):g}, so the next fold catches a part of each piece only. From layer 4 to "
            f"8 a layer multiplies the pieces by {growth:.2f}: about the weight, as theory says, in place of 2."
        )
    elif weight > 2:
        top = float(max(y for _, y in folded(k, weight)))
        said.append(f"Each layer still folds every piece, but the answers leave [0, 1]: here they reach {top:.3g}.")
    return said


def mean(values: np.ndarray) -> float:
    """Geometric."""
    return float(np.exp(np.log(values).mean()))


def times(ratio: Interval) -> str:
    """A log10 ratio with its interval, as factors."""
    return f"× {number(10**ratio.mean)} ({number(10**ratio.low)} to {number(10**ratio.high)})"


def solved(d: Depth, target: int) -> int:
    return int((d.error(target) < SOLVED).sum())


def best(result: Result, target: int) -> int:
    """The depth with the lowest validation error at its rate, in the geometric mean."""
    return min(
        result.depths, key=lambda n: mean(result.depths[n].validation[-1][target, result.depths[n].rate[target]])
    )


def findings(result: Result) -> list[str]:
    s = result.settings
    found = [
        f"*What depth can do*: {counted(s.folds, 'layer')} of two neurons, {parameters((2,) * s.folds)} parameters, make the regular target's "
        f"{2**s.folds} pieces exactly. All networks below have {s.budget} parameters, within 2 %."
    ]
    if not result.depths:
        return found
    which = "test" if result.fraction == 1 else "validation"
    for t, target in enumerate(TARGETS):
        errors = [f"{number(mean(d.error(t)))} with {layers(n)}" for n, d in result.depths.items()]
        found.append(
            f"*Trained on the {target} target*, {which} error (1 is that of the mean; geometric mean of {counted(s.seeds, 'seed')}): {listed(errors)}. "
            f"Validation chooses {layers(best(result, t))}."
        )
        found.append(_compared(result, t, target))
    if result.fold is not None:
        found.append(_fold(result, result.fold))
    if result.fraction == 1:
        found.append(_pieces(result))
    return found


def _compared(result: Result, t: int, target: str) -> str:
    better, worse, rest = list[str](), list[str](), list[str]()
    for n in DEPTHS[1:]:
        ratio = result.against_wide(n, t)
        if not ratio.clear_of_zero:
            rest.append(layers(n))
        else:
            (better if ratio.mean < 0 else worse).append(f"{layers(n)} {times(ratio)}")
    parts = [
        f"{w}: {listed(v)}"
        for w, v in (("lower with", better), ("higher with", worse), ("no difference beyond luck", rest))
        if v
    ]
    return f"Error against one hidden layer, {target} target, paired, intervals that hold together at 95 %: {'; '.join(parts)}."


def _fold(result: Result, fold: Depth) -> str:
    s = result.settings
    random, beside = solved(fold, 0), solved(fold, 1)
    deep = [f"{solved(d, 0)} with {layers(n)}" for n, d in result.depths.items() if n > 1]
    said = (
        f"*Does training find the fold?* The folding network itself gets below {100 * SOLVED:.0f} % error in {random} of {s.seeds} starts at "
        f"random (geometric mean {number(mean(fold.error(0)))}) and in {beside} of {s.seeds} that start with each of its numbers 10 % off "
        f"({number(mean(fold.error(1)))}). Of the {s.budget}-parameter networks: {listed(deep)}, {solved(result.depths[1], 0)} with one."
    )
    if random <= s.seeds // 2 < beside:
        return said + " So the function is there, and gradient descent from a random start mostly does not find it."
    return said


def _pieces(result: Result) -> str:
    parts = []
    for n, d in result.depths.items():
        assert d.pieces is not None and d.start is not None
        parts.append(
            f"{layers(n)} {d.pieces[0].mean():.0f} and {d.pieces[1].mean():.0f} (before training {d.start.mean():.0f}; {sum(d.widths)} neurons)"
        )
    most = math.prod(w + 1 for w in result.depths[DEPTHS[-1]].widths)
    return (
        f"*Straight pieces after training*, on the regular and the irregular target: {listed(parts)}. With {layers(DEPTHS[-1])} there could "
        f"be up to {most:.1e}."
    )


def score(result: Result) -> str:
    if not result.depths:
        return "not trained"
    parts = [
        f"{TARGETS[t]} {number(mean(result.depths[n].error(t)))} with {layers(n)}"
        for t in (0, 1)
        for n in (best(result, t),)
    ]
    return f"lowest by validation: {listed(parts)}"


def difference(a: Result, b: Result) -> str:
    """How the errors of each depth changed."""
    if not a.depths or not b.depths:
        return "One of the two was not trained."
    parts = [
        f"{target} with {layers(n)} {number(mean(a.depths[n].error(t)))} (was {number(mean(b.depths[n].error(t)))})"
        for t, target in enumerate(TARGETS)
        for n in DEPTHS
    ]
    return f"Errors, geometric means: {'; '.join(parts)}."


def _deepest(result: Result) -> tuple[int, str]:
    errors = [mean(result.depths[n].error(0)) for n in DEPTHS]
    words = listed([f"{number(e)} with {layers(n)}" for e, n in zip(errors, DEPTHS, strict=True)])
    return int(np.argmin(errors)), f"Test error {words}."


def _found(result: Result) -> tuple[int, str]:
    assert result.fold is not None
    random, beside, n = solved(result.fold, 0), solved(result.fold, 1), result.settings.seeds
    words = f"{random} of {n} from a random start, {beside} of {n} from beside the fold."
    return (0 if random == n else 2 if random <= n / 8 else 1), words


def _many(result: Result) -> tuple[int, str]:
    d = result.depths[DEPTHS[-1]]
    assert d.pieces is not None
    pieces, neurons = float(d.pieces[0].mean()), sum(d.widths)
    words = f"{pieces:.0f} pieces on average, {neurons} neurons."
    return (0 if pieces < neurons / 3 else 1 if pieces <= 3 * neurons else 2), words


def _harder(result: Result) -> tuple[int, str]:
    ratio = result.against_wide(4, 0)
    words = f"{number(mean(result.depths[4].error(0)))} with four, {number(mean(result.depths[1].error(0)))} with one: {times(ratio)}."
    return (2 if not ratio.clear_of_zero else 0 if ratio.mean < 0 else 1), words


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "600 parameters, a regular target of 8 pieces that folding makes exactly. Which depth has the lowest test error after training?",
        tuple(layers(n).capitalize() for n in DEPTHS),
        {},
        _deepest,
    ),
    Question(
        "Three layers of two neurons can be that target exactly. From a random start, how often does training get there?",
        ("Always", "Sometimes", "At most one time in eight"),
        {},
        _found,
    ),
    Question(
        "The trained network of eight layers: how many straight pieces does it have?",
        ("Far fewer than it has neurons", "About as many, within a factor of three", "Many times more"),
        {},
        _many,
    ),
    Question(
        "Sixteen pieces in place of eight, regular. Do four layers beat one?",
        ("Yes, beyond luck", "No, one layer beats them", "No difference beyond luck"),
        {"folds": 4},
        _harder,
    ),
)
