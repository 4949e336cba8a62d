"""Base learners, their predictions, and the meta-learners that are trained on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from core.concepts.ensembles.stacking.result import (
    GRID,
    HARD,
    IN,
    LEAKY,
    OUT,
    SOFT,
    STACK,
    TRAINED_ON,
    Result,
)
from core.concepts.ensembles.stacking.settings import Settings
from core.data import tables
from core.data.points import plot_axes
from core.data.tables import Table
from core.engine.classifiers import CLASSIFIERS
from core.progress import Step

TREES_A_STEP = 8  # of gradient boosting, so that no step takes long

Combine = Callable[[np.ndarray], np.ndarray]  # predictions (rows, B, C) -> (rows, C)


def assign_folds(y: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """The fold of each row: (n,), each class spread evenly."""
    fold = np.empty(len(y), int)
    for k, (_, held) in enumerate(StratifiedKFold(folds, shuffle=True, random_state=seed).split(y, y)):
        fold[held] = k
    return fold


def columns(p: np.ndarray) -> np.ndarray:
    """Predictions (rows, B, C) -> the table the meta-learner is given. Of two classes one probability is enough."""
    return (p[..., 1:] if p.shape[-1] == 2 else p).reshape(len(p), -1)


def train_meta(p: np.ndarray, y: np.ndarray, s: Settings) -> tuple[Combine, np.ndarray]:
    """The meta-learner trained on predictions p (n, B, C) and true classes y, and its weights (B, 1 or C): of each base
    learner's P(class) for that class."""
    _, B, C = p.shape
    if s.meta == "average":
        share, _ = nnls(p.transpose(0, 2, 1).reshape(-1, B), np.eye(C)[y].ravel())
        share = share / share.sum() if share.sum() else np.full(B, 1 / B)
        return lambda q: np.einsum("rbc,b->rc", q, share), np.repeat(share[:, None], 1 if C == 2 else C, 1)
    model = LogisticRegression(C=s.strength, max_iter=2000).fit(columns(p), y)
    own = model.coef_.reshape(1, B, 1)[0] if C == 2 else np.einsum("cbc->bc", model.coef_.reshape(C, B, C))
    return lambda q: model.predict_proba(columns(q)), own


def hard_vote(p: np.ndarray) -> np.ndarray:
    """Predictions (rows, B, C) -> share of the base learners that vote for each class (rows, C)."""
    return np.eye(p.shape[-1])[p.argmax(-1)].mean(1)  # type: ignore[no-any-return]


def soft_vote(p: np.ndarray) -> np.ndarray:
    """Predictions (rows, B, C) -> their mean over base learners (rows, C)."""
    return p.mean(1)  # type: ignore[no-any-return]


def misclassified(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where the class with the largest share (the first of those that tie) is not the true one: p (rows, ..., C) -> (rows, ...)."""
    return p.argmax(-1) != y.reshape(-1, *[1] * (p.ndim - 2))  # type: ignore[no-any-return]


def scored(
    s: Settings, seed: int, table: Table, p: Mapping[str, np.ndarray], metas: Mapping[str, tuple[Combine, np.ndarray]]
) -> dict[str, Any]:
    """What one complete seed adds to the Result. p: predictions of the base learners, (rows, B, C), for the training rows out
    of fold and in sample, for the validation and for the test rows."""
    y, held = table.train.y, table.validation.y
    combine = {HARD: hard_vote, SOFT: soft_vote, STACK: metas[OUT][0], LEAKY: metas[IN][0]}
    wrong = {name: misclassified(p["validation"][:, b], held) for b, name in enumerate(s.bases)}
    shared = np.array([[(wrong[i] & wrong[j]).sum() / max(1, wrong[i].sum()) for j in s.bases] for i in s.bases])
    all_wrong = np.logical_and.reduce(list(wrong.values())).mean()
    wrong |= {name: misclassified(f(p["validation"]), held) for name, f in combine.items()}
    tested = {name: misclassified(p["test"][:, b], table.test.y).mean() for b, name in enumerate(s.bases)}
    tested |= {name: misclassified(f(p["test"]), table.test.y).mean() for name, f in combine.items()}
    own = table.classes[1:] if len(table.classes) == 2 else table.classes
    errors = [(seed, name, "validation", w.mean()) for name, w in wrong.items()]
    errors += [(seed, name, OUT, misclassified(p[OUT][:, b], y).mean()) for b, name in enumerate(s.bases)]
    weights = [
        (seed, kind, name, label, metas[kind][1][b, c])
        for kind in TRAINED_ON
        for b, name in enumerate(s.bases)
        for c, label in enumerate(own)
    ]
    return {"errors": errors, "weights": weights, "shared": shared, "all_wrong": all_wrong, "sealed": tested}


def added(result: Result, new: Mapping[str, Any], fraction: float) -> Result:
    """The result with one seed more."""
    frames: dict[str, Any] = {}
    for name, old in (("errors", result.errors), ("weights", result.weights)):
        rows = pd.DataFrame(new[name], columns=old.columns)
        frames[name] = pd.concat([*([old] if len(old) else []), rows], ignore_index=True)
    return replace(
        result,
        **frames,
        shared=np.concatenate([result.shared, new["shared"][None]]),
        all_wrong=np.append(result.all_wrong, new["all_wrong"]),
        sealed={name: np.append(result.sealed.get(name, []), e) for name, e in new["sealed"].items()},
        fraction=fraction,
    )


def fit(name: str, seed: int, x: np.ndarray, y: np.ndarray) -> Iterator[Any]:
    """Train a base learner, in parts where that takes long: None after each part, and at last the learner."""
    model = CLASSIFIERS[name](seed)
    if isinstance(model, GradientBoostingClassifier):
        total = model.n_estimators
        model.set_params(warm_start=True)
        for trees in range(TREES_A_STEP, total, TREES_A_STEP):
            model.set_params(n_estimators=trees).fit(x, y)
            yield None
        model.set_params(n_estimators=total)
    yield model.fit(x, y)


def run(settings: Settings) -> Iterator[Step[Result]]:
    """Train; a Step after every base learner. Later seeds count when they are complete."""
    s = settings
    result = empty(s)
    total, done = s.seeds * len(s.bases) * (s.folds + 1), 0
    for seed in range(s.seed, s.seed + s.seeds):
        first = seed == s.seed
        table = tables.load(s.data, n=s.n, noise=s.noise, seed=seed)
        fold = assign_folds(table.train.y, s.folds, seed)
        p = no_predictions(s, table)
        fields = Fields(s, table) if first else None
        for k in range(s.folds + 1):  # the last round trains on all rows: those are the base learners that are kept
            for b, name in enumerate(s.bases):
                for model in fit(name, seed, table.train.x[fold != k], table.train.y[fold != k]):
                    if model is None:
                        yield Step(
                            done / total, partial(so_far, result, p, done / total) if first else partial(_same, result)
                        )
                predict(model, b, k if k < s.folds else None, fold, table, p)
                if fields:
                    fields.predict(model, b, k if k < s.folds else None)
                done += 1
                if first:
                    yield Step(min(0.999, done / total), partial(so_far, result, p, done / total))
                else:
                    yield Step(min(0.999, done / total), partial(_same, result))
        metas = {}
        for kind in TRAINED_ON:
            metas[kind] = train_meta(p[kind], table.train.y, s)
            shown = partial(so_far, result, p, done / total) if first else partial(_same, result)
            yield Step(min(0.999, done / total), shown)
        if fields:
            result = replace(result, predictions={kind: p[kind] for kind in TRAINED_ON}, **fields.of_models(metas))
        result = added(result, scored(s, seed, table, p, metas), done / total)
        yield Step(done / total, partial(_same, result))


def _same(result: Result) -> Result:
    return result


def so_far(result: Result, p: Mapping[str, np.ndarray], fraction: float) -> Result:
    """The result with the predictions of the first seed that there are by now."""
    return replace(result, predictions={kind: p[kind].copy() for kind in TRAINED_ON}, fraction=fraction)


def empty(s: Settings) -> Result:
    """Folds and data of the first seed, and nothing else yet."""
    table = tables.load(s.data, n=s.n, noise=s.noise, seed=s.seed)
    fold = assign_folds(table.train.y, s.folds, s.seed)
    p = no_predictions(s, table)
    errors = pd.DataFrame(columns=["seed", "model", "split", "error"])
    weights = pd.DataFrame(columns=["seed", "trained_on", "base", "class", "weight"])
    B = len(s.bases)
    predictions = {kind: p[kind] for kind in TRAINED_ON}
    return Result(s, table, fold, predictions, errors, weights, np.zeros(0), np.zeros((0, B, B)), {}, 0.0)


def no_predictions(s: Settings, table: Table) -> dict[str, np.ndarray]:
    """NaN for every row, base learner and class, by part of the data."""
    n = len(table.train.y)
    sizes = {OUT: n, IN: n, "validation": len(table.validation.y), "test": len(table.test.y)}
    return {part: np.full((rows, len(s.bases), len(table.classes)), np.nan) for part, rows in sizes.items()}


def predict(model: Any, b: int, k: int | None, fold: np.ndarray, table: Table, p: Mapping[str, np.ndarray]) -> None:
    """Fill in what base learner b predicts: for the rows of fold k, which it never saw, or after training on all rows."""
    if k is not None:
        p[OUT][fold == k, b] = model.predict_proba(table.train.x[fold == k])
        return
    for part, x in ((IN, table.train.x), ("validation", table.validation.x), ("test", table.test.x)):
        p[part][:, b] = model.predict_proba(x)


class Fields:
    """Predictions of the first seed's learners all over the plane; nothing for tables."""

    def __init__(self, s: Settings, table: Table) -> None:
        self.s, self.C = s, len(table.classes)
        self.axes = plot_axes(table.train.x, GRID) if table.kind == "points" else None
        if self.axes:
            self.grid = np.stack(np.meshgrid(*self.axes), -1).reshape(-1, 2).astype(np.float32)
            # Half precision: there are up to 90 fields to keep.
            self.by_fold = np.zeros((s.folds, len(s.bases), GRID, GRID, self.C), np.float16)
            self.whole = np.zeros((GRID * GRID, len(s.bases), self.C))

    def predict(self, model: Any, b: int, k: int | None) -> None:
        if not self.axes:
            return
        p = model.predict_proba(self.grid)
        if k is None:
            self.whole[:, b] = p
        else:
            self.by_fold[k, b] = p.reshape(GRID, GRID, self.C)

    def of_models(self, metas: Mapping[str, tuple[Combine, np.ndarray]]) -> dict[str, Any]:
        """The fields of a Result."""
        if not self.axes:
            return {}
        combine = {HARD: hard_vote, SOFT: soft_vote, STACK: metas[OUT][0], LEAKY: metas[IN][0]}
        fields = {name: self.whole[:, b] for b, name in enumerate(self.s.bases)}
        fields |= {name: f(self.whole) for name, f in combine.items()}
        shaped = {name: f.reshape(GRID, GRID, self.C) for name, f in fields.items()}
        return {"axes": self.axes, "fold_fields": self.by_fold, "fields": shaped}
