"""Training classifiers, scoring rows that they have not seen, and judging the scores."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from core.concepts.losses.precision_recall.result import Result
from core.concepts.losses.precision_recall.settings import GUESS, Settings
from core.data import tables
from core.engine.classifiers import fifteen_nearest, logistic, naive_bayes, small_tree
from core.measures import AVERAGES, Ranking, average_precision, rank, roc_auc

Scored = tuple[np.ndarray, np.ndarray]  # positives (n,) 0 or 1, score (n,)


def small_forest(seed: int) -> Any:
    return RandomForestClassifier(25, random_state=seed)


MAKERS: dict[str, Callable[[int], Any]] = {
    "logistic": logistic,
    "naive Bayes": naive_bayes,
    "small tree": small_tree,
    "15-NN": fifteen_nearest,
    "forest": small_forest,
}


def run(settings: Settings) -> Result:
    """The scores of every seed, and every measure of them at the asked share of positives."""
    s = settings
    grid = np.round(np.linspace(0, 1, 101), 2)
    scores = []
    rankings = []
    rows = []
    for seed in range(s.seed, s.seed + s.seeds):
        held_out, test = scored(s.data, s.digit, s.learner, seed)
        scores.append(held_out)
        rankings.append(judged(*held_out, s, seed))
        for name, ranking in (
            ("judged", rankings[-1]),
            ("as they come", rank(*held_out)),
            ("test", judged(*test, s, seed)),
        ):
            whole = {"ROC AUC": roc_auc(ranking), **{how: average_precision(ranking, how) for how in AVERAGES}}
            here = {measure: float(value) for measure, value in ranking.at(s.threshold).items()}
            rows.append({"seed": seed, "rows": name, "share": ranking.share, **whole, **here})
    curves = [ranking.at(grid) for ranking in rankings]
    by_threshold = {name: np.array([curve[name] for curve in curves]) for name in ("precision", "recall", "F1")}
    table = tables.load(s.data, seed=s.seed)
    return Result(s, table, tuple(scores), tuple(rankings), pd.DataFrame(rows), grid, by_threshold)


@lru_cache(maxsize=32)
def scored(data: str, digit: int, learner: str, seed: int) -> tuple[Scored, Scored]:
    """Train on one split, and score its validation and its test rows. Kept, so that moving the threshold trains nothing."""
    table = tables.load(data, seed=seed)
    positive = digit if data == "digits" else 0
    parts = (table.validation, table.test)
    if learner == GUESS:
        scores = [np.random.default_rng([seed, i]).random(len(part.y)) for i, part in enumerate(parts)]
    else:
        model = MAKERS[learner](seed).fit(table.train.x, table.train.y == positive)
        scores = [model.predict_proba(part.x)[:, 1] for part in parts]
    held_out, test = ((1 * (part.y == positive), score) for part, score in zip(parts, scores, strict=True))
    return held_out, test


def weights(y: np.ndarray, share: float, how: str, seed: int) -> np.ndarray:
    """Weights (n,) with which positives make up `share` of the rows; 0: all one. "rows": weights of 0 and 1; rows of the
    class that is too large are left out at random, fewer for a larger share of it among them, and at least one is kept."""
    if share == 0:
        return np.ones(len(y))
    positives = int(y.sum())
    negatives = len(y) - positives
    if how == "weights":
        return np.where(y == 1, share * len(y) / positives, (1 - share) * len(y) / negatives)
    keep_negatives = min(negatives, round(positives * (1 - share) / share))
    keep_positives = min(positives, round(negatives * share / (1 - share)))
    w = np.zeros(len(y))
    rng = np.random.default_rng([seed, 2])
    for label, keep in ((0, keep_negatives), (1, keep_positives)):
        w[rng.permutation(np.flatnonzero(y == label))[: max(1, keep)]] = 1
    return w


def judged(y: np.ndarray, score: np.ndarray, settings: Settings, seed: int) -> Ranking:
    """The ranking at the asked share of positives; rows of weight 0 are not in it."""
    w = weights(y, settings.share, settings.how, seed)
    return rank(y[w > 0], score[w > 0], w[w > 0])
