"""What a training shows, from its numbers."""

from __future__ import annotations

import pandas as pd

from core.concepts.optimization.training.result import Result
from core.findings import Finding
from core.questions import Grade, Question
from core.stats import Interval, mean_interval, over_rows, share_interval


def accuracy(result: Result) -> Interval:
    """Validation accuracy of the networks that did not diverge, for other starts and other held-out rows."""
    return share_interval(result.last("validation", "accuracy"), result.held_out)


def findings(result: Result) -> list[Finding]:
    """The verdict first: what share of new examples the networks classify correctly, or that they diverged."""
    K, gone = result.settings.seeds, len(result.diverged)
    lost = Finding("diverged", gone=gone, seeds=K, lr=result.settings.lr)
    if gone == K:
        return [lost]
    found = [Finding("accuracy", score=accuracy(result), epoch=result.epoch, seeds=K - gone, rows=result.held_out)]
    if gone:
        found.append(lost)
    validation = result.last("validation", "accuracy")
    if len(validation) > 1 and validation.min() < validation.max():
        found.append(Finding("spread", low=float(validation.min()), high=float(validation.max())))
    gap = mean_interval(result.last("train", "accuracy") - validation, rows=result.held_out)
    gap = over_rows(gap, float(validation.mean()), result.held_out)
    if gap.n > 1:
        found.append(Finding({1: "gap", 0: "no_gap", -1: "gap_reversed"}[gap.sign], gap=gap))
    turn = overfitting(result)
    if turn is not None and turn[1].n > 1:
        epoch, rise = turn
        fell = float(_mean_loss(result)[epoch]) > float(_mean_loss(result).iloc[-1])
        if rise.sign > 0:
            found.append(Finding("overfitting" if fell else "loss_rose", epoch=epoch, rise=rise))
        else:
            found.append(Finding("loss_flat", epoch=epoch, rise=rise))
    return found


def overfitting(result: Result) -> tuple[int, Interval] | None:
    """The epoch of the lowest mean validation loss, and how far each network's last loss lies above its loss there.

    None when the lowest is the last. The epoch is chosen for each network from the others, since a minimum chosen on the
    same numbers would lie low by chance alone.
    """
    loss = result.curves("validation", "loss").to_numpy()
    epochs, K = loss.shape  # epoch 0 is before training
    if K < 2:
        return None
    best = int(loss.mean(1).argmin())
    if best == epochs - 1:
        return None
    others = (loss.sum(1, keepdims=True) - loss) / (K - 1)
    rise = [loss[-1, k] - loss[others[:, k].argmin(), k] for k in range(K)]
    return best, mean_interval(rise)


def score(result: Result) -> Finding:
    """Validation accuracy, for a table."""
    return Finding("score", score=accuracy(result))


def difference(a: Result, b: Result) -> Finding:
    """Validation accuracy of `a` minus `b`, paired over seeds when both ran the same ones on the same data."""
    one, two = a.last("validation", "accuracy"), b.last("validation", "accuracy")
    both = one.index.intersection(two.index)
    names = ("data", "own", "n", "noise", "seed")
    if any(getattr(a.settings, n) != getattr(b.settings, n) for n in names) or len(both) < 2:
        return Finding("not_comparable")
    change = mean_interval(one[both] - two[both], rows=a.held_out)
    return Finding({1: "better", 0: "no_difference", -1: "worse"}[change.sign], change=change)


def sealed(result: Result) -> Finding:
    """Test accuracy of a complete run."""
    assert result.test is not None, "a run that is not complete has no test score"
    return Finding("test", score=share_interval(result.test, result.held_out))


def _mean_loss(result: Result) -> pd.Series:
    return result.curves("train", "loss").mean(axis=1)


def _rate_too_high(result: Result) -> Grade:
    K, gone = result.settings.seeds, len(result.diverged)
    if gone == K:
        return 2, {"gone": gone, "seeds": K, "first": float("nan"), "last": float("nan")}
    first, last = (float(_mean_loss(result).iloc[i]) for i in (0, -1))
    return (0 if last < 0.5 * first else 1), {"gone": gone, "seeds": K, "first": first, "last": last}


def _decay_shrinks(result: Result) -> Interval:
    norms = result.curves("train", "weight norm")
    return mean_interval(norms.iloc[-1] / norms.iloc[0] - 1)


def _overfits(result: Result) -> Grade:
    turn = overfitting(result) if len(result.diverged) < result.settings.seeds else None
    if turn is None:
        return 0, {"epoch": result.epoch, "rise": 0.0}
    return (1 if turn[1].sign > 0 else 2), {"epoch": turn[0], "rise": turn[1]}


QUESTIONS = (
    Question("rate_too_high", {"optimizer": "SGD", "lr": 30.0}, _rate_too_high),
    Question.nearest("straight_line", {"data": "xor", "depth": 0}, lambda r: accuracy(r).mean, (0.5, 0.75, 1.0)),
    Question.sign("decay", {"optimizer": "AdamW", "weight_decay": 0.1, "epochs": 200}, _decay_shrinks),
    Question("overfits", {"n": 60, "noise": 0.4, "width": 64, "epochs": 200}, _overfits),
)
