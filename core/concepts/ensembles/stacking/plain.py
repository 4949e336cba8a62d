"""Stacking with scikit-learn: base learners, and a meta-learner trained on their out-of-fold predictions."""

from typing import Any

import numpy as np
from scipy.optimize import nnls
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from core.data.tables import load
from core.engine.classifiers import CLASSIFIERS


class Average(ClassifierMixin, BaseEstimator):
    """A meta-learner: an average of the base learners' probabilities, with weights of zero or more."""

    def blocks(self, table):  # (rows, columns) -> (rows, bases, classes); of two classes scikit-learn drops the first
        C = len(self.classes_)
        return table.reshape(len(table), -1, C) if C > 2 else np.stack([1 - table, table], -1)

    def fit(self, table, y):
        self.classes_ = np.unique(y)
        p = self.blocks(table)
        truth = (y[:, None] == self.classes_).astype(float)
        weights, _ = nnls(p.transpose(0, 2, 1).reshape(-1, p.shape[1]), truth.ravel())
        self.weights_ = weights / weights.sum() if weights.sum() else np.full(p.shape[1], 1 / p.shape[1])
        return self

    def predict_proba(self, table):
        return np.einsum("rbc,b->rc", self.blocks(table), self.weights_)

    def predict(self, table):
        return self.classes_[self.predict_proba(table).argmax(1)]


def main(settings: Any) -> dict[str, list[float]]:
    """Print the validation error of every base learner, vote and stack."""
    s = settings
    errors = {}
    for seed in range(s.seed, s.seed + s.seeds):
        table = load(s.data, n=s.n, noise=s.noise, seed=seed)
        (x, y), (x_validation, y_validation) = table.train, table.validation
        bases = [(name, CLASSIFIERS[name](seed)) for name in s.bases]
        meta = Average() if s.meta == "average" else LogisticRegression(C=s.strength, max_iter=2000)
        folds = StratifiedKFold(s.folds, shuffle=True, random_state=seed)
        stack = StackingClassifier(bases, meta, cv=folds, stack_method="predict_proba").fit(x, y)
        # The leak: the same base learners, already trained, predict their own training rows for the meta-learner.
        fitted = list(stack.named_estimators_.items())
        leaky = StackingClassifier(fitted, meta, cv="prefit", stack_method="predict_proba").fit(x, y)
        models = {
            **stack.named_estimators_,
            "majority vote": VotingClassifier(bases, voting="hard").fit(x, y),
            "mean of probabilities": VotingClassifier(bases, voting="soft").fit(x, y),
            "stack": stack,
            "leaky stack": leaky,
        }
        for name, model in models.items():
            errors.setdefault(name, []).append(float((model.predict(x_validation) != y_validation).mean()))
        out_of_fold = [
            (cross_val_predict(model, x, y, cv=folds, method="predict_proba").argmax(1) != y).mean()
            for _, model in bases
        ]
        best = bases[int(np.argmin(out_of_fold))][0]
        errors.setdefault("best base learner", []).append(errors[best][-1])
        print(f"seed {seed}: stack {100 * errors['stack'][-1]:.1f} %, best base {best} {100 * errors[best][-1]:.1f} %")
    for name, values in errors.items():
        print(f"mean validation error of {name}: {100 * np.mean(values):.1f} %")
    return errors
