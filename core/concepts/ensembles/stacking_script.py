"""The run on screen as plain scikit-learn: its own StackingClassifier and VotingClassifier."""

from __future__ import annotations

import inspect

from core.concepts.ensembles.stacking_bases import BASES
from core.concepts.ensembles.stacking_result import Settings
from core.data import tables

AVERAGE = '''class Average(ClassifierMixin, BaseEstimator):
    """A meta learner: an average of the base learners' probabilities, with weights of zero or more."""

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
'''


def script(settings: Settings) -> str:
    """Prints the validation error of every base learner, vote and stack."""
    s = settings
    makers = "\n\n".join(inspect.getsource(BASES[name]).replace("(seed: int) -> Any:", "(seed):") for name in s.names)
    meta = "Average()" if s.meta == "average" else f"LogisticRegression(C={s.strength!r}, max_iter=2000)"
    bases = ", ".join(f'("{name}", {BASES[name].__name__}(seed))' for name in s.names)
    return f'''"""Stacking: {len(s.names)} base learners, and a meta learner taught with their out-of-fold predictions."""

import numpy as np
from scipy.optimize import nnls
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
{tables.script(s.data, s.n, s.noise)}

{makers}

{AVERAGE + chr(10) * 2 if s.meta == "average" else ""}errors = {{}}
for seed in range({s.seed}, {s.seed + s.seeds}):
    x, y, x_validation, y_validation = split(seed)
    bases = [{bases}]
    folds = StratifiedKFold({s.folds}, shuffle=True, random_state=seed)
    stack = StackingClassifier(bases, {meta}, cv=folds, stack_method="predict_proba").fit(x, y)
    # The same base learners, already trained: the meta learner is taught with their answers to their own training rows.
    fitted = list(stack.named_estimators_.items())
    leaky = StackingClassifier(fitted, {meta}, cv="prefit", stack_method="predict_proba").fit(x, y)
    models = {{
        **stack.named_estimators_,
        "hard vote": VotingClassifier(bases, voting="hard").fit(x, y),
        "soft vote": VotingClassifier(bases, voting="soft").fit(x, y),
        "stack": stack,
        "leaky stack": leaky,
    }}
    for name, model in models.items():
        errors.setdefault(name, []).append((model.predict(x_validation) != y_validation).mean())
    out_of_fold = [
        (cross_val_predict(model, x, y, cv=folds, method="predict_proba").argmax(1) != y).mean() for _, model in bases
    ]
    best = bases[int(np.argmin(out_of_fold))][0]
    errors.setdefault("best base", []).append(errors[best][-1])
    print(f"seed {{seed}}: stack {{100 * errors['stack'][-1]:.1f}} %, best base {{best}} {{100 * errors[best][-1]:.1f}} %")
for name, values in errors.items():
    print(f"mean validation error of {{name}}: {{100 * np.mean(values):.1f}} %")
'''
