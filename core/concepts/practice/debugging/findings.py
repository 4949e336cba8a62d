"""What the curves say without giving the bug away, and, once it is known, what it costs and what gives it away."""

from __future__ import annotations

import numpy as np

from core.concepts.practice.debugging.game import State
from core.concepts.practice.debugging.result import PLANTED, TWIN, Result
from core.concepts.practice.debugging.settings import NONE, OUTPUTS
from core.findings import Finding
from core.questions import Question
from core.stats import Interval, mean_interval

FAR = -1.0  # an R² below it is not worth a number


def findings(result: Result) -> list[Finding]:
    """The verdict first. Of a secret case only what its curves show; of a bug that the learner has chosen, everything."""
    if not result.complete:
        return [Finding("unfinished", epoch=result.epoch, epochs=result.settings.epochs)]
    if result.settings.known and result.bug != NONE:
        return [cost(result), signature(result), *seen(result)[1:]]
    return seen(result)


def seen(result: Result) -> list[Finding]:
    """What is said of the curves."""
    s, score, finite = result.settings, result.last(), np.isfinite(result.last("loss"))
    riddle = Finding("healthy") if result.bug == NONE else Finding("riddle")
    if not finite.all():
        gone = ~np.isfinite(result.histories[PLANTED].loss).all(0)
        return [Finding("nan", n=int((~finite).sum()), seeds=s.seeds, epoch=int(gone.argmax()) + 1, riddle=riddle)]
    numbers = {"seeds": s.seeds, "riddle": riddle}
    if result.classes:
        first = Finding("accuracy", score=float(score.mean()), chance=1 / OUTPUTS[s.data], **numbers)
    elif score.min() < FAR:
        first = Finding("far", **numbers)
    else:
        first = Finding("r2", score=float(score.mean()), **numbers)
    if score.min() < FAR or not np.isfinite(result.last("train_score")).all():
        return [first]
    gap = mean_interval(result.last("train_score") - score)
    said = amount(result, gap)
    return [first, Finding({1: "train_above", 0: "train_level", -1: "train_below"}[gap.sign], gap=said)]


def amount(result: Result, value: Interval) -> Finding:
    """A difference of scores in its unit."""
    return Finding("points", value=value) if result.classes else Finding("units", value=value)


def cost(result: Result) -> Finding:
    """What the bug did to the validation score, compared with the twin from the same seeds."""
    named = {"bug": result.bug, "seeds": result.settings.seeds}
    before, after = result.last(name=TWIN), result.last()
    if not np.isfinite(after).all() or after.min() < FAR:
        return Finding("broke", **named)
    scores = {"before": level(result, before), "after": level(result, after)}
    change = amount(result, result.effect)
    return Finding({-1: "costs", 0: "free", 1: "gains"}[result.effect.sign], change=change, **scores, **named)


def level(result: Result, scores: np.ndarray) -> Finding:
    """A mean score in its unit."""
    mean = float(scores.mean())
    return Finding("share", value=mean) if result.classes else Finding("number", value=mean)


def signature(result: Result) -> Finding:
    """What gives the bug away, from the instruments."""
    e, history = result.evidence, result.histories[PLANTED]
    assert e is not None
    first, last = np.nanmean(history.gradients[:, 0, 0]), history.gradients[:, -1, 0].mean()
    sizes = {name: int(np.prod(shape)) for name, shape, _ in e.held}
    signs = {
        "zero_grad": Finding("sign_zero_grad", first=float(first), last=float(last)),
        "eval": Finding("sign_eval", apart=float(np.abs(e.first - e.second).max())),
        "softmax": Finding("sign_softmax", low=float(e.first.min()), high=float(e.first.max())),
        "broadcast": Finding(
            "sign_broadcast", shape=shape_text(e.shapes["loss of each"]), spread=float(e.first.std() / e.targets.std())
        ),
        "shuffled": Finding("sign_shuffled"),
        "leak": Finding("sign_leak", mean=float(np.abs(e.means).max())),
        "two": Finding("sign_two", share=float((np.abs(np.abs(e.normalised) - 1) < 0.1).mean())),
        "dropout": Finding("sign_dropout", apart=float(np.abs(e.first - e.second).max())),
        "lr": Finding("sign_lr", lr=e.lr),
        "list": Finding("sign_list", held=held(result), n=sum(sizes.values())),
    }
    if result.bug == "zero_grad" and not np.isfinite(last):
        return Finding("sign_zero_grad_nan", first=float(first))
    return signs[result.bug]


def held(result: Result) -> int:
    """Numbers that the optimiser changes."""
    assert result.evidence is not None
    return int(sum(np.prod(shape) for _, shape, there in result.evidence.held if there))


def shape_text(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def outcome(result: Result, state: State) -> list[Finding]:
    """How a game ended, and what is told then. Of a bug that was chosen the verdict has told it already."""
    if result.settings.known:
        return [Finding("chosen", bug=result.bug)]
    end = Finding("solved" if state.found else "given_up", n=len(state.marks), bug=result.bug)
    return [end, cost(result), signature(result)]


def score(result: Result) -> Finding:
    """The last validation score, for a table."""
    values = result.last()
    if not np.isfinite(values).all() or values.min() < FAR:
        return Finding("no_score")
    return level(result, values)


def difference(a: Result, b: Result) -> Finding:
    """Last validation score of `a` minus that of `b`."""
    before, after = b.last(), a.last()
    if a.settings.data != b.settings.data or not np.isfinite([*before, *after]).all() or min(*before, *after) < FAR:
        return Finding("not_comparable")
    paired = (a.settings.first_seed, len(after)) == (b.settings.first_seed, len(before))
    mean = float(after.mean() - before.mean())
    value = mean_interval(after - before) if paired else Interval(mean, np.nan, np.nan, 0)
    return Finding("change", change=amount(a, value))


def _growth(result: Result) -> float:
    """Gradient norm of the first layer in the last epoch, in norms of the first."""
    norms = result.histories[PLANTED].gradients[:, :, 0].mean(0)
    return float(norms[-1] / norms[0])


def _held_share(result: Result) -> float:
    assert result.evidence is not None
    return held(result) / sum(int(np.prod(shape)) for _, shape, _ in result.evidence.held)


QUESTIONS = (
    Question.nearest("zero_grad", {"planted": "zero_grad"}, _growth, (0.3, 1, 3)),
    Question.sign("leak", {"planted": "leak"}, lambda result: result.effect),
    Question.nearest("list", {"planted": "list"}, _held_share, (0.1, 0.5, 1)),
    Question.nearest(
        "broadcast", {"planted": "broadcast", "data": "diabetes"}, lambda result: result.last().mean(), (-3, 0, 0.4)
    ),
    Question.nearest("eval", {"planted": "eval"}, lambda result: result.effect.mean, (0, -0.12, -0.8)),
)
