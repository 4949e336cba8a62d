"""What a run of the training page shows, in words made from its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.questions import Question
from core.stats import Interval, counted, mean_interval

if TYPE_CHECKING:
    from core.concepts.optimization.training import Result


def score(result: Result) -> str:
    """Validation accuracy, for a table."""
    return mean_interval(result.final("validation", "accuracy")).text("%", 100)


def difference(a: Result, b: Result) -> str:
    """Validation accuracy of `a` minus `b` in a sentence: paired over seeds when both ran the same ones on the same data."""
    one, two = a.final("validation", "accuracy"), b.final("validation", "accuracy")
    first = lambda r: (r.settings.data, r.settings.own, r.settings.n, r.settings.noise, r.settings.seed)  # noqa: E731
    both = one.index.intersection(two.index)
    if first(a) != first(b) or len(both) < 2:
        return "The two did not run on the same data with the same seeds, so their accuracies are not set against each other."
    change = mean_interval(one[both] - two[both])
    if not change.clear_of_zero:
        return f"No difference beyond luck ({counted(change.n, 'seed')}, paired): {change.text('points', 100)}."
    return f"{'Better' if change.mean > 0 else 'Worse'} by {change.text('points', 100)}, paired over {change.n} seeds."


def findings(result: Result) -> list[str]:
    """What this run shows, in sentences made from its numbers."""
    found: list[str] = []
    K, gone = result.settings.seeds, result.diverged
    if gone:
        found.append(
            f"Diverged: in {len(gone)} of {counted(K, 'seed')} the loss became infinite or NaN and training stopped there. "
            f"Each step overshot by more than the last; a learning rate below {result.settings.lr:g} is the first thing to try."
        )
    if len(gone) == K:
        return found
    train, validation = result.final("train", "accuracy"), result.final("validation", "accuracy")
    score = mean_interval(validation)
    found.append(
        f"Validation accuracy at epoch {result.epoch}: {score.text('%', 100)}, over {counted(score.n, 'seed')}."
    )
    if score.n > 1 and validation.min() < validation.max():
        found.append(
            f"Luck alone spans {100 * (validation.max() - validation.min()):.1f} points here: the unluckiest seed reaches "
            f"{100 * validation.min():.1f} %, the luckiest {100 * validation.max():.1f} %."
        )
    gap = mean_interval(train - validation)
    if gap.clear_of_zero and gap.mean > 0:
        found.append(f"Generalisation gap: training accuracy is {gap.text('points', 100)} above validation.")
    elif gap.n > 1:
        found.append(f"No generalisation gap beyond luck: training minus validation is {gap.text('points', 100)}.")
    turn = overfitting(result)
    if turn is not None:
        epoch, rise = turn
        fell = _mean_loss(result)[epoch] > _mean_loss(result).iloc[-1]
        if rise.clear_of_zero and rise.mean > 0:
            found.append(
                f"{'Overfitting: m' if fell else 'M'}ean validation loss was lowest at epoch {epoch}; at the end it is "
                f"{rise.text(digits=3)} higher, while the training loss {'went on falling' if fell else 'rose too'}."
            )
        elif rise.n > 1:
            found.append(
                "Validation loss at the end is not above its lowest point beyond luck: no sign of overfitting."
            )
    return found


def overfitting(result: Result) -> tuple[int, Interval] | None:
    """The epoch of the lowest mean validation loss, and how far each seed's last loss lies above its loss there.

    None when the lowest is the last. The epoch is chosen for each seed from the other seeds, since a minimum chosen on
    the same numbers would lie low by luck alone.
    """
    rows = result.history[(result.history.split == "validation") & (result.history.metric == "loss")]
    loss = rows[~rows.model.isin(result.diverged)].pivot(index="epoch", columns="model", values="value").to_numpy()
    epochs, K = loss.shape  # epoch 0 is before training
    if K < 2:
        return None
    best = int(loss.mean(1).argmin())
    if best == epochs - 1:
        return None
    others = (loss.sum(1, keepdims=True) - loss) / (K - 1)
    rise = [loss[-1, k] - loss[others[:, k].argmin(), k] for k in range(K)]
    return best, mean_interval(rise)


def _lr_too_high(result: Result) -> tuple[int, str]:
    K = result.settings.seeds
    if len(result.diverged) == K:
        return 2, f"All {counted(K, 'seed')} diverged: the loss became infinite or NaN."
    first, last = (float(_mean_loss(result).iloc[i]) for i in (0, -1))
    said = f"The mean training loss went from {first:.2f} to {last:.2f}; {len(result.diverged)} of {K} seeds diverged."
    return (0, said) if last < 0.5 * first else (1, said)


def _straight_line(result: Result) -> tuple[int, str]:
    score = mean_interval(result.final("validation", "accuracy"))
    choice = int(np.argmin([abs(score.mean - guess) for guess in (0.5, 0.75, 1.0)]))
    return choice, f"Validation accuracy came to {score.text('%', 100)}."


def _decay_shrinks(result: Result) -> tuple[int, str]:
    rows = result.history[(result.history.metric == "weight norm")]
    norms = rows.pivot(index="epoch", columns="model", values="value")
    change = mean_interval(norms.iloc[-1] / norms.iloc[0] - 1)
    said = f"The norm of the weights changed by {change.text('%', 100)} from the first epoch to the last."
    return (2 if not change.clear_of_zero else 0 if change.mean > 0 else 1), said


def _overfits(result: Result) -> tuple[int, str]:
    if len(result.diverged) == result.settings.seeds:
        return 2, f"All {counted(result.settings.seeds, 'seed')} diverged."
    turn = overfitting(result)
    if turn is None:
        return 0, "Mean validation loss was lowest at the very end."
    epoch, rise = turn
    said = f"Mean validation loss was lowest at epoch {epoch} of {result.epoch}; the last lies {rise.text(digits=3)} above it."
    return (1 if rise.clear_of_zero and rise.mean > 0 else 2), said


def _mean_loss(result: Result) -> pd.Series:
    rows = result.history[(result.history.split == "train") & (result.history.metric == "loss")]
    return rows[~rows.model.isin(result.diverged)].groupby("epoch").value.mean()


QUESTIONS: tuple[Question[Result], ...] = (
    Question(
        "Plain gradient descent with a learning rate of 30. What will the training loss do?",
        ("Fall, only faster", "Jump about without settling", "Blow up in every seed"),
        {"optimizer": "SGD", "lr": 30.0},
        _lr_too_high,
    ),
    Question(
        "XOR, and no hidden layer: the network can only draw one straight line. How accurate can it get?",
        ("About 50 %", "About 75 %", "About 100 %"),
        {"data": "xor", "depth": 0},
        _straight_line,
    ),
    Question(
        "Weight decay of 0.1 with AdamW for 200 epochs. What happens to the size of the weights?",
        ("They grow all the same", "They end smaller than they began", "Neither, beyond luck"),
        {"optimizer": "AdamW", "weight_decay": 0.1, "epochs": 200},
        _decay_shrinks,
    ),
    Question(
        "Sixty very noisy points, 64 neurons a layer, 200 epochs. Where is the validation loss lowest?",
        ("At the end: longer is better", "Earlier: then it climbs", "Earlier, but the climb is within luck"),
        {"n": 60, "noise": 0.4, "width": 64, "epochs": 200},
        _overfits,
    ),
)

SOURCES = (
    "Goodfellow, Bengio and Courville, *Deep Learning* (MIT Press, 2016), chapters 6 and 8",
    "Kingma and Ba, *Adam: A Method for Stochastic Optimization* (2015)",
    "PyTorch documentation, *torch.optim*",
)
