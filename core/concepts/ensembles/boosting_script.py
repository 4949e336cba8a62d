"""Boosting as a script to take away."""

from __future__ import annotations

import inspect
from typing import Any

from core.data import tables
from core.stats import counted


def boosting_script(s: Any) -> str:
    """Plain scikit-learn that prints the errors on screen."""
    spoil = f"    y, _ = mislabel(y, {s.wrong!r}, 2, np.random.default_rng([seed, 1]))\n" if s.wrong else ""
    helper = f"\n{inspect.getsource(tables.mislabel)}\n" if s.wrong else ""
    return f'''"""AdaBoost, gradient boosting and HistGradientBoosting: {counted(s.rounds, "round")} of trees of depth {s.depth}."""

import numpy as np
from sklearn.ensemble import AdaBoostClassifier, GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.tree import DecisionTreeClassifier
{tables.script(s.data, s.n, s.noise, two=True)}
{helper}
errors = []
for seed in range({s.seed}, {s.seed + s.seeds}):
    x, y, x_validation, y_validation = split(seed)
{spoil}    learners = (
        AdaBoostClassifier(DecisionTreeClassifier(max_depth={s.depth}), n_estimators={s.rounds}, random_state=seed),
        GradientBoostingClassifier(
            n_estimators={s.rounds}, learning_rate={s.lr!r}, max_depth={s.depth}, random_state=seed
        ),
        HistGradientBoostingClassifier(
            max_iter={s.rounds}, learning_rate={s.lr!r}, max_depth={s.depth}, early_stopping=False, random_state=seed
        ),
    )
    # learner.staged_predict(x_validation) gives the answers after each round
    errors.append([(learner.fit(x, y).predict(x_validation) != y_validation).mean() for learner in learners])
ada, gradient, hist = 100 * np.mean(errors, axis=0)
print(f"mean validation error: AdaBoost {{ada:.1f}} %, gradient boosting {{gradient:.1f}} %, HistGradientBoosting {{hist:.1f}} %")
'''
