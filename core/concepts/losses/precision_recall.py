"""Precision and recall: a classifier gives scores, a threshold makes them answers, and every threshold trades one error for another.

The scores are of real classifiers on rows they were not trained on. The ROC curve sets recall against the share of negatives called
positive; neither counts how many positives there are, so it stays where it is when positives become rare. Precision does count
them, so it falls. Average precision sums up the curve of precision against recall, in four ways that are all in use.

Sources: Davis and Goadrich (2006), Saito and Rehmsmeier (2015), Everingham et al. (PASCAL VOC, 2010); scikit-learn.
What to expect: with positives at 1 % instead of 10 % the ROC AUC stays and average precision falls. The four
averages differ little but not always the way one expects: all points never lies below the area, 11 points often does. Where positives are
rare, always saying no has a high accuracy that is hard to beat.
Two cores: about 0.2 s for 8 seeds (0.5 s for the forest), once; a moved threshold 12 ms.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from core.concepts.losses.precision_recall_measures import AVERAGES, Ranking, auc, envelope, heights, rank
from core.concepts.losses.precision_recall_result import (
    AT,
    DATA,
    HOW,
    LEARNERS,
    LIMITS,
    MEASURES,
    Result,
    Settings,
)  # fmt: skip
from core.concepts.losses.precision_recall_says import QUESTIONS, SOURCES, bounded, difference, findings, score, sealed
from core.concepts.losses.precision_recall_script import script
from core.data import tables
from core.figures import ranking
from core.figures.ranking import corners, steps

__all__ = [
    "AVERAGES", "DATA", "HOW", "LEARNERS", "LIMITS", "MEASURES", "QUESTIONS", "SOURCES", "Result", "Settings", "difference", "findings", "run",
    "score", "script", "sealed",
]  # fmt: skip

Scored = tuple[np.ndarray, np.ndarray]  # positives (n,) 0 or 1, score (n,)


@lru_cache(maxsize=32)
def scored(data: str, digit: int, learner: str, seed: int) -> tuple[Scored, Scored]:
    """Train on one split, and score its validation and its test rows. Held, so that a moved threshold trains nothing."""
    table, positive = tables.load(data, seed=seed), digit if data == "digits" else 0
    parts = table.validation, table.test
    make = LEARNERS[learner]
    if make is None:
        scores = [np.random.default_rng([seed, i]).random(len(part.y)) for i, part in enumerate(parts)]
    else:
        model = make(seed).fit(table.train.x, table.train.y == positive)
        scores = [model.predict_proba(part.x)[:, 1] for part in parts]
    one, two = ((1 * (part.y == positive), s) for part, s in zip(parts, scores, strict=True))
    return one, two


def weights(y: np.ndarray, share: float, how: str, seed: int) -> np.ndarray:
    """Weights (n,) with which positives make up `share` of the rows; 0: all one. "rows": weights of 0 and 1, rows of the class
    that is too large left out at random, fewer for a larger share of it among them, and at least one kept."""
    if share == 0:
        return np.ones(len(y))
    P, N = int(y.sum()), int(len(y) - y.sum())
    if how == "weights":
        return np.where(y == 1, share * len(y) / P, (1 - share) * len(y) / N)
    keep = np.array([min(N, round(P * (1 - share) / share)), min(P, round(N * share / (1 - share)))]).clip(1)
    w, rng = np.zeros(len(y)), np.random.default_rng([seed, 2])
    for label in (0, 1):
        w[rng.permutation(np.flatnonzero(y == label))[: keep[label]]] = 1
    return w


def at(r: Ranking, threshold: np.ndarray | float) -> dict[str, np.ndarray]:
    """What AT names, at each threshold. Precision is NaN where nothing is called positive."""
    tp, fp = r.called(threshold)
    fn, tn = r.positives - tp, r.negatives - fp
    called = tp + fp
    precision = np.where(called > 0, tp / np.where(called > 0, called, 1), np.nan)
    values = (
        precision,
        tp / r.positives,
        2 * tp / (2 * tp + fp + fn),
        fp / r.negatives,
        (tp + tn) / (r.positives + r.negatives),
    )
    return dict(zip(AT, values, strict=True))


def run(settings: Settings) -> Result:
    s = settings
    grid = np.round(np.linspace(0, 1, 101), 2)
    scores, rankings, plain, rows = [], [], [], list[dict[str, object]]()
    for seed in range(s.seed, s.seed + s.seeds):
        held, test = scored(s.data, s.digit, s.learner, seed)
        scores.append(held)
        plain.append(rank(*held))
        rankings.append(_kept(*held, s, seed))
        for name, r in (("judged", rankings[-1]), ("as they come", plain[-1]), ("test", _kept(*test, s, seed))):
            whole = {"ROC AUC": auc(r), **{n: f(r) for n, f in AVERAGES.items()}}
            here = {n: float(v) for n, v in at(r, s.threshold).items()}
            rows.append({"seed": seed, "rows": name, "share": r.share, **whole, **here})
    curves = [at(r, grid) for r in rankings]
    by_threshold = {name: np.array([c[name] for c in curves]) for name in AT[:3]}
    table = tables.load(s.data, seed=s.seed)
    return Result(s, table, tuple(scores), tuple(rankings), tuple(plain), pd.DataFrame(rows), grid, by_threshold)


def _kept(y: np.ndarray, score_: np.ndarray, s: Settings, seed: int) -> Ranking:
    """The ranking at the asked share of positives; rows of weight 0 are not there."""
    w = weights(y, s.share, s.how, seed)
    return rank(y[w > 0], score_[w > 0], w[w > 0])


def counts(result: Result) -> tuple[np.ndarray, str]:
    """The confusion matrix of the first seed, (2, 2) with the truth in rows and the negatives first, and what it counts."""
    r = result.rankings[0]
    tp, fp = (float(v) for v in r.called(result.settings.threshold))
    matrix = np.array([[r.negatives - fp, fp], [r.positives - tp, tp]])
    if result.settings.share and result.settings.how == "weights":
        return 1000 * matrix / matrix.sum(), "of 1,000 rows"
    return matrix, f"of {matrix.sum():.0f} rows"


def drawn(result: Result) -> dict[str, Any]:
    """The four pictures at the threshold, as ECharts options."""
    s, r, others = result.settings, result.rankings[0], result.rankings[1:]
    here = at(r, s.threshold)
    (y, scores), names = _pooled(result), (result.positive, f"not {result.positive}")
    cells, of = counts(result)
    point = None if np.isnan(here["precision"]) else (float(here["recall"]), float(here["precision"]))
    tall = {"11 points": 11, "101 points": 101}.get(s.average)
    shade = None if tall else steps(r.recall, envelope(r) if s.average == "all points" else r.precision)
    stems = (np.linspace(0, 1, tall), heights(r, tall)) if tall else None
    thin = [_rising(o) for o in others]
    value = 100 * AVERAGES[s.average](r)
    roc = [corners(np.append(0.0, o.fpr), np.append(0.0, o.recall)) for o in result.rankings]
    flat = np.array([0.0, 1.0])
    return {
        "scores": ranking.separation(f"Scores of {s.seeds} seeds", scores[y == 1], scores[y == 0], s.threshold, names),
        "matrix": ranking.matrix(f"First seed, {of}", cells, names),
        "pr": ranking.plane(
            f"Precision and recall: {s.average}, {value:.1f} %", ("recall", "precision"), steps(r.recall, r.precision), thin,
            (flat, np.full(2, r.share)), point, shade, stems,
        ),
        "roc": ranking.plane(
            f"ROC: area {100 * auc(r):.1f} %", ("false positive rate", "recall"), roc[0], roc[1:], (flat, flat),
            (float(here["false positive rate"]), float(here["recall"])),
        ),
    }  # fmt: skip


def _pooled(result: Result) -> tuple[np.ndarray, np.ndarray]:
    y, scores = zip(*result.scores, strict=True)
    return np.concatenate(y), np.concatenate(scores)


def _rising(r: Ranking) -> tuple[np.ndarray, np.ndarray]:
    """The steps without what adds no recall, which is all that can be seen of a thin line."""
    more = np.diff(r.recall, prepend=0.0) > 0
    return steps(r.recall[more], r.precision[more])


def tile(result: Result, measure: str) -> tuple[str, str]:
    """A measure at the threshold: of the first seed, and its mean with its interval over seeds."""
    first, i = result.values(measure)[0], bounded(result.mean(measure))
    here = f"{100 * first:.1f} %" if np.isfinite(first) else "undefined"
    return here, f"{100 * i.mean:.1f} ({100 * i.low:.0f} to {100 * i.high:.0f})" if i.n > 1 else "undefined"


def summary(result: Result) -> list[dict[str, str]]:
    """A row for each measure of the whole ranking, as text: as the rows come, and at the asked share of positives."""
    rows = []
    for name in MEASURES:
        row = {"measure": name if name == "ROC AUC" else f"AP, {name}"}
        came = result.mean(name, "as they come")
        row["as the rows come"] = f"{100 * came.mean:.1f} %"
        if result.settings.share:
            i = result.change(name)
            row["at this share"] = f"{100 * result.values(name).mean():.1f} %"
            row["change (points)"] = f"{100 * i.mean:+.1f} ({100 * i.low:+.1f} to {100 * i.high:+.1f})"
        rows.append(row)
    return rows
