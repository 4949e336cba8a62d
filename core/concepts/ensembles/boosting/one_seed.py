"""All that is boosted on the data of one seed."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from core.concepts.ensembles.boosting.loops import (
    AdaRound,
    GradientRound,
    adaboost,
    error_bound,
    error_rate,
    gradient,
    log_loss,
    log_odds,
    staged,
)
from core.concepts.ensembles.boosting.result import Rounds
from core.concepts.ensembles.boosting.settings import RATES, Settings
from core.data import tables
from core.data.tables import Table

PARTS = ("train", "validation", "test")
HIST_ROUNDS = 25  # of HistGradientBoosting at a time

Round = AdaRound | GradientRound
Work = Generator[None, None, Any]  # yields after each round


def data(settings: Settings, seed: int) -> tuple[Table, np.ndarray, np.ndarray]:
    """The rows of one seed with two classes, the labels given to the trees (n,), and which of these are wrong, (n,) bool."""
    s = settings
    table = tables.load(s.data, n=s.n, noise=s.noise, seed=seed, two=True)
    y, wrong = tables.mislabel(table.train.y, s.wrong, 2, np.random.default_rng([seed, 1]))
    return table, y, wrong


def pieces(settings: Settings) -> int:
    """How many pieces of about equal work a seed has: the yields of `boost`, when AdaBoost does not end early."""
    s = settings
    loops = 2 + sum(lr != s.lr for lr in RATES) + (2 if s.wrong else 0)
    return s.rounds * loops + -(-s.rounds // HIST_ROUNDS)


@dataclass
class Boosted:
    """A loop that has been run: its rounds, and what each of them adds on each part of the data."""

    rounds: list[Any] = field(default_factory=list)
    added: dict[str, list[np.ndarray]] = field(default_factory=lambda: {part: [] for part in PARTS})

    def run(self, loop: Iterator[Round], table: Table) -> Work:
        """Run the loop to its end."""
        for one in loop:
            self.rounds.append(one)
            for part in PARTS:
                self.added[part].append(one.score(getattr(table, part).x))
            yield

    def totals(self, start: float, rounds: int, table: Table) -> list[np.ndarray]:
        """The sum after each round on each part of the data, (rounds, rows) each."""
        return [staged(self.added[part], start, rounds, len(getattr(table, part).y)) for part in PARTS]


def boost(s: Settings, seed: int) -> Generator[None, None, tuple[dict[str, Any], Boosted, Boosted]]:
    """Boosts with every method on one seed, yielding after every round. Returns the measurements under the names they have
    in a Result, and the rounds of AdaBoost and gradient boosting."""
    table, y, wrong = data(s, seed)
    x, T = table.train.x, s.rounds
    ada, boosted = Boosted(), Boosted()
    yield from ada.run(adaboost(x, y, T, s.depth, seed), table)
    yield from boosted.run(gradient(x, y, T, s.depth, s.lr, seed), table)
    totals = [ada.totals(0.0, T, table), boosted.totals(log_odds(y), T, table)]
    totals.append((yield from histogram(s, table, y, seed)))
    labels = (y, table.validation.y, table.test.y)
    measured: dict[str, Any] = {
        "ada_rounds": len(ada.rounds),
        "error": np.array([[error_rate(one[i], labels[i]) for i in (0, 1)] for one in totals]),
        "loss": np.array([[log_loss(one[i], labels[i]) for i in (0, 1)] for one in totals]),
        "test_error": np.array([error_rate(one[2][-1:], labels[2])[0] for one in totals]),
    }
    yield
    measured["rate_error"] = yield from by_rate(s, table, y, seed, measured["error"][1, 1])
    measured["clean_error"] = measured["error"][:2, 1, -1]
    if s.wrong:
        measured["clean_error"] = yield from without_wrong_labels(s, table, seed)
    errors = np.array([one.error for one in ada.rounds] or [0.5])
    measured["bound"] = held(list(error_bound(errors)), T)
    measured["attention"] = np.array([attention_share(a, wrong, T) for a in attentions(ada, boosted, len(y))])
    measured["importances"] = np.array([share(one, x.shape[1]) for one in (ada, boosted)])
    return measured, ada, boosted


def histogram(s: Settings, table: Table, y: np.ndarray, seed: int) -> Generator[None, None, list[np.ndarray]]:
    """Fits HistGradientBoosting, a few rounds at a time. Returns the sum after each round on each part of the data."""
    model = HistGradientBoostingClassifier(
        learning_rate=s.lr, max_depth=s.depth, early_stopping=False, random_state=seed, warm_start=True
    )
    for rounds in range(HIST_ROUNDS, s.rounds + HIST_ROUNDS, HIST_ROUNDS):
        model.set_params(max_iter=min(rounds, s.rounds)).fit(table.train.x, y)  # goes on where it was
        yield
    parts = [getattr(table, part).x for part in PARTS]
    return [np.array([one.ravel() for one in model.staged_decision_function(x)]) for x in parts]


def by_rate(
    s: Settings, table: Table, y: np.ndarray, seed: int, known: np.ndarray
) -> Generator[None, None, np.ndarray]:
    """Returns the validation error of gradient boosting after each round at each of RATES; known: at the rate of s."""
    held_out, errors = table.validation, []
    for lr in RATES:
        if lr == s.lr:
            errors.append(known)
            continue
        added = []
        for one in gradient(table.train.x, y, s.rounds, s.depth, lr, seed):
            added.append(one.score(held_out.x))
            yield
        errors.append(error_rate(staged(added, log_odds(y), s.rounds, len(held_out.y)), held_out.y))
    return np.array(errors)


def without_wrong_labels(s: Settings, table: Table, seed: int) -> Generator[None, None, np.ndarray]:
    """Returns the final validation error of AdaBoost and of gradient boosting trained on the true labels."""
    (x, y), held_out = table.train, table.validation
    loops: tuple[tuple[float, Iterator[Round]], ...] = (
        (0.0, adaboost(x, y, s.rounds, s.depth, seed)),
        (log_odds(y), gradient(x, y, s.rounds, s.depth, s.lr, seed)),
    )
    errors = []
    for start, loop in loops:
        total = np.full(len(held_out.y), start)
        for one in loop:
            total = total + one.score(held_out.x)
            yield
        errors.append(error_rate(total[None], held_out.y)[0])
    return np.array(errors)


def attentions(ada: Boosted, boosted: Boosted, n: int) -> tuple[np.ndarray, np.ndarray]:
    """What each round of AdaBoost and of gradient boosting attends to: weights and absolute residuals, (rounds, n) each."""
    weights = np.array([one.weights for one in ada.rounds]).reshape(-1, n)
    return weights, np.abs([one.residuals for one in boosted.rounds])


def attention_share(attention: np.ndarray, wrong: np.ndarray, rounds: int) -> np.ndarray:
    """Share of the attention (rounds, n) that lies on the wrong labels, or without any on the tenth of the rows that has
    most of it: (rounds,)."""
    n = attention.shape[1]
    a = attention if len(attention) else np.full((1, n), 1 / n)
    rows = a[:, wrong] if wrong.any() else np.sort(a, 1)[:, -max(1, n // 10) :]
    return held(list(rows.sum(1) / a.sum(1).clip(1e-12)), rounds)


def held(values: list[float], rounds: int) -> np.ndarray:
    """(rounds,) values; the last one stands for the rounds that never came."""
    return np.array(values + values[-1:] * (rounds - len(values)))


def share(boosted: Boosted, features: int) -> np.ndarray:
    """Share of the impurity that splits on each feature remove, over all rounds: (features,). Trees of AdaBoost count by
    their weight in the vote, those of gradient boosting by the squared error they remove, so that late ones count little."""
    used = np.zeros(features)
    for one in boosted.rounds:
        if isinstance(one, AdaRound):
            used += one.alpha * one.tree.feature_importances_
        else:
            used += one.tree.tree_.compute_feature_importances(normalize=False)
    return used / (used.sum() or 1)


def rounds_of(boosted: Boosted, attention: np.ndarray, start: float, points: np.ndarray | None) -> Rounds:
    """The rounds as plain data; points: of the field, (GRID * GRID, 2)."""
    widest = max((len(one.steps) for one in boosted.rounds), default=1)
    steps = np.zeros((len(boosted.rounds), widest))
    for row, one in zip(steps, boosted.rounds, strict=True):
        row[: len(one.steps)] = one.steps
    kept = Rounds(start, attention.astype(np.float32), steps)
    if points is None:
        return kept
    leaves = np.array([one.leaves(points) for one in boosted.rounds], np.uint8).reshape(-1, len(points))
    return replace(kept, leaves=leaves)
