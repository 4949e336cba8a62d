"""Stacking: several learners answer, and one more learner, the meta learner, learns from their answers whom to believe.

What the meta learner is taught with decides everything. A base learner's answers to rows it was trained on say little: a fully
grown tree is always right there. So the training rows are dealt into folds, and each row is answered by base learners that
were trained on the other folds: out-of-fold predictions. Trained on in-sample answers instead, the meta learner believes whoever
learnt the rows by heart; both are computed here, side by side.

Sources: Wolpert, "Stacked generalization" (1992); Ting and Witten, "Issues in Stacked Generalization" (1999); van der Laan, Polley
and Hubbard, "Super Learner" (2007).
What to expect: the stack is far better than a vote where weak learners are in the majority, and often no better than the best
base learner, chosen by the same out-of-fold predictions.
Two cores: 5 base learners, 5 folds, 10 seeds on 200 points take about 6 s, nearly all of it the forests.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from core.concepts.ensembles.stacking_bases import BASES, BEST, HARD, IN, LEAKY, OUT, SOFT, STACK, TAUGHT
from core.concepts.ensembles.stacking_result import GRID, LIMITS, METAS, Result, Settings
from core.concepts.ensembles.stacking_says import QUESTIONS, SOURCES, difference, findings, score, sealed
from core.concepts.ensembles.stacking_script import script
from core.data import tables
from core.data.points import plot_axes
from core.data.tables import Table
from core.stats import Interval

__all__ = [
    "BASES", "BEST", "GRID", "HARD", "LEAKY", "LIMITS", "METAS", "QUESTIONS", "SOFT", "SOURCES", "STACK", "Result", "Settings",
    "difference", "findings", "run", "score", "script", "sealed",
]  # fmt: skip


def voices(result: Result) -> dict[str, dict[str, tuple[Interval, np.ndarray]]]:
    """Of each base: what it was taught with -> (interval, values over seeds) of its weight."""
    both = {b: {t: result.weight(b, t) for t in TAUGHT} for b in result.settings.names}
    return {b: {t: (tables.interval(v, result.table), v) for t, v in row.items()} for b, row in both.items()}


def deal(y: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """The fold of each row: (n,), each class spread evenly."""
    fold = np.empty(len(y), int)
    for k, (_, held) in enumerate(StratifiedKFold(folds, shuffle=True, random_state=seed).split(y, y)):
        fold[held] = k
    return fold


def first(settings: Settings) -> tuple[np.ndarray, None, np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Folds, no answers yet, and classes of the first seed's training rows, to show before anything is trained."""
    s = settings
    table = tables.load(s.data, n=s.n, noise=s.noise, seed=s.seed)
    return deal(table.train.y, s.folds, s.seed), None, table.train.y, s.names, table.classes


def columns(p: np.ndarray) -> np.ndarray:
    """Answers (rows, B, C) -> the table the meta learner sees. Of two classes one probability says it all."""
    return (p[..., 1:] if p.shape[-1] == 2 else p).reshape(len(p), -1)


def teach(p: np.ndarray, y: np.ndarray, s: Settings) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray]:
    """Train the meta learner on answers p (n, B, C) and the truth y. Gives what it makes of other answers (rows, B, C) ->
    (rows, C), and its weights (B, 1 or C): of each base's P(class) for that class."""
    _, B, C = p.shape
    if s.meta == "average":
        share, _ = nnls(p.transpose(0, 2, 1).reshape(-1, B), np.eye(C)[y].ravel())
        share = share / share.sum() if share.sum() else np.full(B, 1 / B)
        return lambda q: np.einsum("rbc,b->rc", q, share), np.repeat(share[:, None], 1 if C == 2 else C, 1)
    model = LogisticRegression(C=s.strength, max_iter=2000).fit(columns(p), y)
    own = model.coef_.reshape(1, B, 1)[0] if C == 2 else np.einsum("cbc->bc", model.coef_.reshape(C, B, C))
    return lambda q: model.predict_proba(columns(q)), own


def hard_vote(p: np.ndarray) -> np.ndarray:
    """Answers (rows, B, C) -> share of the bases for each class (rows, C)."""
    return np.eye(p.shape[-1])[p.argmax(-1)].mean(1)  # type: ignore[no-any-return]


def soft_vote(p: np.ndarray) -> np.ndarray:
    return p.mean(1)  # type: ignore[no-any-return]


def wrong(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where the class with the largest share (the first of those that tie) is not the true one: p (rows, ..., C) -> (rows, ...)."""
    return p.argmax(-1) != y.reshape(-1, *[1] * (p.ndim - 2))  # type: ignore[no-any-return]


def judged(s: Settings, seed: int, table: Table, answers: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """What one seed adds to the Result. answers: of the base learners, (rows, B, C), to the training rows out of fold and in sample, to
    the validation and to the test rows. "combine": how each vote and stack answers."""
    y, held, names = table.train.y, table.validation.y, s.names
    judges = {t: teach(answers[t], y, s) for t in TAUGHT}
    combine = {HARD: hard_vote, SOFT: soft_vote, STACK: judges[OUT][0], LEAKY: judges[IN][0]}
    amiss = {name: wrong(answers["validation"][:, b], held) for b, name in enumerate(names)}
    both = np.array([[(amiss[i] & amiss[j]).sum() / max(1, amiss[i].sum()) for j in names] for i in names])
    every = np.logical_and.reduce(list(amiss.values())).mean()
    amiss |= {name: wrong(f(answers["validation"]), held) for name, f in combine.items()}
    tested = {name: wrong(answers["test"][:, b], table.test.y).mean() for b, name in enumerate(names)}
    tested |= {name: wrong(f(answers["test"]), table.test.y).mean() for name, f in combine.items()}
    own = table.classes[1:] if len(table.classes) == 2 else table.classes
    return {
        "errors": [(seed, name, "validation", w.mean()) for name, w in amiss.items()]
        + [(seed, name, OUT, wrong(answers[OUT][:, b], y).mean()) for b, name in enumerate(names)],
        "weights": [
            (seed, t, name, label, judges[t][1][b, c])
            for t in TAUGHT for b, name in enumerate(names) for c, label in enumerate(own)
        ],
        "shared": both, "all_wrong": every, "sealed": tested, "combine": combine,
    }  # fmt: skip


def added(result: Result, new: Mapping[str, Any], fraction: float) -> Result:
    """The result with one seed more."""
    frames: dict[str, Any] = {
        name: pd.concat([*([old] if len(old) else []), pd.DataFrame(new[name], columns=old.columns)], ignore_index=True)
        for name, old in (("errors", result.errors), ("weights", result.weights))
    }
    return replace(
        result,
        **frames,
        shared=np.concatenate([result.shared, new["shared"][None]]),
        all_wrong=np.append(result.all_wrong, new["all_wrong"]),
        sealed={name: np.append(result.sealed.get(name, []), e) for name, e in new["sealed"].items()},
        fraction=fraction,
    )


def run(settings: Settings, every: float = 0.3) -> Iterator[Result]:
    """Train. Yields after every base learner, so that it stops within one; the Result itself is renewed each `every` seconds."""
    s, names, B, K = settings, settings.names, len(settings.names), settings.folds
    total, done, due = s.seeds * B * (K + 1), 0, 0.0
    result: Result | None = None
    for r, seed in enumerate(range(s.seed, s.seed + s.seeds)):
        table = tables.load(s.data, n=s.n, noise=s.noise, seed=seed)
        (x, y), C = table.train, len(table.classes)
        fold = deal(y, K, seed)
        sizes = {OUT: len(y), IN: len(y), "validation": len(table.validation.y), "test": len(table.test.y)}
        answers = {part: np.full((rows, B, C), np.nan) for part, rows in sizes.items()}
        if result is None:
            axes = plot_axes(x, GRID) if table.kind == "points" else None
            grid = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2).astype(np.float32) if axes else None
            spots = np.zeros((K, B, GRID, GRID, C), np.float16)  # half precision: there are up to 90 fields to keep
            whole = np.zeros((GRID * GRID, B, C))
            heads = ["seed", "player", "split", "error"], ["seed", "taught", "base", "class", "weight"]
            none, light = (pd.DataFrame(columns=c) for c in heads)
            taught = {t: answers[t].copy() for t in TAUGHT}
            result = Result(s, table, fold, taught, none, light, np.zeros(0), np.zeros((0, B, B)), {}, 0.0, axes)
            yield result
        for k in range(K + 1):  # the last round trains on all rows: those are the base learners that are kept
            rows = fold == k
            for b, name in enumerate(names):
                model = BASES[name](seed).fit(x[~rows], y[~rows])
                if k < K:
                    answers[OUT][rows, b] = model.predict_proba(x[rows])
                else:
                    for part, asked in ((IN, x), ("validation", table.validation.x), ("test", table.test.x)):
                        answers[part][:, b] = model.predict_proba(asked)
                if r == 0 and grid is not None:
                    seen = model.predict_proba(grid)
                    if k < K:
                        spots[k, b] = seen.reshape(GRID, GRID, C)
                    else:
                        whole[:, b] = seen
                done += 1
                if r == 0 and time.perf_counter() >= due:  # later seeds count when they are whole
                    result = replace(result, taught={t: answers[t].copy() for t in TAUGHT}, fraction=done / total)
                    due = time.perf_counter() + every
                if (k, b) != (K, B - 1):
                    yield result
        new = judged(s, seed, table, answers)
        if r == 0:
            result = replace(result, taught={t: answers[t] for t in TAUGHT})
            if grid is not None:
                fields = {name: whole[:, b] for b, name in enumerate(names)}
                fields |= {name: f(whole) for name, f in new["combine"].items()}
                fields = {name: f.reshape(GRID, GRID, C) for name, f in fields.items()}
                result = replace(result, fold_fields=spots, fields=fields)
        result = added(result, new, done / total)
        yield result
