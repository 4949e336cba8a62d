"""Precision, recall, ROC and average precision with scikit-learn."""

from types import SimpleNamespace

import numpy as np
from sklearn import metrics
from sklearn.ensemble import RandomForestClassifier

from core.data.tables import load
from core.engine.classifiers import fifteen_nearest, logistic, naive_bayes, small_tree


def small_forest(seed):
    return RandomForestClassifier(25, random_state=seed)


LEARNERS = {
    "logistic": logistic,
    "naive Bayes": naive_bayes,
    "small tree": small_tree,
    "15-NN": fifteen_nearest,
    "forest": small_forest,
}


def validation_scores(settings, seed):
    """Positives (n,) 0 or 1, and scores (n,), of rows that the classifier was not trained on."""
    table = load(settings.data, seed=seed)
    positive = settings.digit if settings.data == "digits" else 0
    y = (table.validation.y == positive).astype(int)
    if settings.learner == "random guess":
        return y, np.random.default_rng([seed, 0]).random(len(y))
    model = LEARNERS[settings.learner](seed).fit(table.train.x, table.train.y == positive)
    return y, model.predict_proba(table.validation.x)[:, 1]


def reweighted(settings, seed, y, score):
    """Rows and their weights with which positives make up the asked share: y, score, weight."""
    share = settings.share
    if share == 0:
        return y, score, np.ones(len(y))
    if settings.how == "weights":
        return y, score, np.where(y == 1, share / y.mean(), (1 - share) / (1 - y.mean()))
    # Rows of the class that is too large are left out at random.
    positives = int(y.sum())
    negatives = len(y) - positives
    keep_negatives = max(1, min(negatives, round(positives * (1 - share) / share)))
    keep_positives = max(1, min(positives, round(negatives * share / (1 - share))))
    rng = np.random.default_rng([seed, 2])
    kept = [rng.permutation(np.flatnonzero(y == k))[:n] for k, n in ((0, keep_negatives), (1, keep_positives))]
    rows = np.sort(np.concatenate(kept))
    return y[rows], score[rows], np.ones(len(rows))


def interpolated(y, score, w, recalls):
    """Mean, over the given recalls, of the best precision that can be had at each or at a higher one."""
    precision, recall, _ = metrics.precision_recall_curve(y, score, sample_weight=w)
    precision, recall = precision[:-1], recall[:-1]  # without the point (0, 1) that no threshold gives
    return np.mean([precision[recall >= r - 1e-9].max() for r in recalls])


def all_points(y, score, w):
    """Area under the best precision that can be had at each recall or at a higher one."""
    precision, recall, _ = metrics.precision_recall_curve(y, score, sample_weight=w)  # recall falls
    best = np.maximum.accumulate(precision)
    return np.sum((recall[:-1] - recall[1:]) * best[:-1])


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Print the confusion matrix of every seed, and the mean of every measure."""
    s = settings
    values = {}
    for seed in range(s.seed, s.seed + s.seeds):
        y, score, w = reweighted(s, seed, *validation_scores(s, seed))
        called = score >= s.threshold
        print(f"seed {seed}:", metrics.confusion_matrix(y, called, sample_weight=w).round(2).tolist())
        here = {
            "ROC AUC": metrics.roc_auc_score(y, score, sample_weight=w),
            "area": metrics.average_precision_score(y, score, sample_weight=w),
            "11 points": interpolated(y, score, w, np.linspace(0, 1, 11)),
            "101 points": interpolated(y, score, w, np.linspace(0, 1, 101)),
            "all points": all_points(y, score, w),
            "precision": metrics.precision_score(y, called, sample_weight=w, zero_division=np.nan),
            "recall": metrics.recall_score(y, called, sample_weight=w),
            "F1": metrics.f1_score(y, called, sample_weight=w, zero_division=0),
            "accuracy": metrics.accuracy_score(y, called, sample_weight=w),
        }
        for name, value in here.items():
            values.setdefault(name, []).append(float(value))
    for name, numbers in values.items():
        defined = [v for v in numbers if np.isfinite(v)]  # precision is not defined where nothing is called positive
        print(f"{name}: {100 * np.mean(defined):.1f} %" if defined else f"{name}: not defined")
    return values
