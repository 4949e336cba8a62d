"""The numbers on screen from plain scikit-learn."""

from __future__ import annotations

import inspect

from core.concepts.losses.precision_recall_result import LEARNERS, Settings
from core.data import tables


def script(settings: Settings) -> str:
    """Prints the mean over seeds of every measure."""
    s = settings
    make = LEARNERS[s.learner]
    maker = inspect.getsource(make).replace("(seed: int) -> Any:", "(seed):") if make else ""
    positive = s.digit if s.data == "digits" else 0
    scores = (
        f"{make.__name__}(seed).fit(x, y).predict_proba(x_validation)[:, 1]"
        if make
        else "np.random.default_rng([seed, 0]).random(len(y_validation))"
    )
    if s.share == 0:
        weight = "    w = np.ones(len(y_validation))\n"
    elif s.how == "weights":
        weight = (
            "    # Positives weigh so much that they make up the asked share of the rows.\n"
            f"    w = np.where(y_validation, {s.share!r} / y_validation.mean(), {1 - s.share!r} / (1 - y_validation.mean()))\n"
        )
    else:
        weight = f"""    # Rows of the class that is too large are left out at random.
    P, N = int(y_validation.sum()), int((1 - y_validation).sum())
    keep = max(1, min(N, round(P * (1 - {s.share!r}) / {s.share!r}))), max(1, min(P, round(N * {s.share!r} / (1 - {s.share!r}))))
    rng = np.random.default_rng([seed, 2])
    rows = np.sort(np.concatenate([rng.permutation(np.flatnonzero(y_validation == k))[: keep[k]] for k in (0, 1)]))
    y_validation, score = y_validation[rows], score[rows]
    w = np.ones(len(rows))
"""
    return f'''"""Precision, recall, ROC and average precision of {s.learner} by scikit-learn."""

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score, average_precision_score, confusion_matrix, f1_score, precision_recall_curve, precision_score,
    recall_score, roc_auc_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
{tables.script(s.data, 200, 0.0)}

{maker}

def interpolated(y, score, w, at):
    """Mean over the recalls `at` of the best precision to be had there or further on."""
    precision, recall, _ = precision_recall_curve(y, score, sample_weight=w)
    precision, recall = precision[:-1], recall[:-1]  # without the point (0, 1) that no threshold gives
    return np.mean([precision[recall >= r - 1e-9].max() for r in at])


def all_points(y, score, w):
    """Area under the best precision to be had at each recall or further on."""
    precision, recall, _ = precision_recall_curve(y, score, sample_weight=w)  # recall falls
    best = np.maximum.accumulate(precision)
    return np.sum((recall[:-1] - recall[1:]) * best[:-1])


values = {{}}
for seed in range({s.seed}, {s.seed + s.seeds}):
    x, y, x_validation, y_validation = split(seed)
    y, y_validation = (y == {positive}).astype(int), (y_validation == {positive}).astype(int)
    score = {scores}
{weight}    called = score >= {s.threshold!r}
    print(f"seed {{seed}}:", confusion_matrix(y_validation, called, sample_weight=w).round(2).tolist())
    here = {{
        "ROC AUC": roc_auc_score(y_validation, score, sample_weight=w),
        "area": average_precision_score(y_validation, score, sample_weight=w),
        "11 points": interpolated(y_validation, score, w, np.linspace(0, 1, 11)),
        "101 points": interpolated(y_validation, score, w, np.linspace(0, 1, 101)),
        "all points": all_points(y_validation, score, w),
        "precision": precision_score(y_validation, called, sample_weight=w, zero_division=np.nan),
        "recall": recall_score(y_validation, called, sample_weight=w),
        "F1": f1_score(y_validation, called, sample_weight=w, zero_division=0),
        "accuracy": accuracy_score(y_validation, called, sample_weight=w),
    }}
    for name, value in here.items():
        values.setdefault(name, []).append(value)
for name, v in values.items():
    v = np.array(v)[np.isfinite(v)]  # precision is not defined where nothing is called positive
    print(f"{{name}}: {{100 * v.mean():.1f}} %" if len(v) else f"{{name}}: not defined")
'''
