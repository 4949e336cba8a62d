"""AdaBoost and gradient boosting by hand, and scikit-learn's HistGradientBoosting."""

from types import SimpleNamespace

import numpy as np
from scipy.special import expit
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from core.data.checks import split_indices
from core.data.points import POINTS
from core.data.tables import mislabel

TABLES = {"breast cancer": load_breast_cancer, "wine": load_wine, "digits": load_digits}
CLASS_ONE = {
    "blobs": [0],
    "wine": [1],
    "digits": [1, 3, 5, 7, 9],
}  # where there are more than two classes: all others are 0
MAX_STEP = 100.0  # without a bound the log-odds may reach 1e20 at high learning rates


def split(settings, seed):
    """Training and validation rows: x, y, x_validation, y_validation."""
    s = settings
    if s.data in POINTS:
        x, y = POINTS[s.data](s.n + 2000, s.noise, seed)
        share = 999.5 / len(y)  # 1,000 rows to validate on, and as many to test on
        train, validation, _ = split_indices(y, seed, share, share)
    else:
        x, y = TABLES[s.data](return_X_y=True)
        x = x.astype(np.float32)
        _, _, test = split_indices(y, 0)
        rest = np.setdiff1d(np.arange(len(y)), test)
        train, validation = train_test_split(rest, test_size=len(test), stratify=y[rest], random_state=seed)
    if s.data in CLASS_ONE:
        y = np.isin(y, CLASS_ONE[s.data]).astype(int)
    labels, _ = mislabel(y[train], s.wrong, 2, np.random.default_rng([seed, 1]))
    return x[train], labels, x[validation], y[validation]


def adaboost(settings, x, y, x_validation, seed):
    """The weighted vote for each validation row: positive for class 1."""
    random, total = np.random.RandomState(seed), np.zeros(len(x_validation))
    w = np.full(len(y), 1 / len(y))
    for _ in range(settings.rounds):
        state = random.randint(np.iinfo(np.int32).max)
        tree = DecisionTreeClassifier(max_depth=settings.depth, random_state=state).fit(x, y, sample_weight=w)
        wrong = tree.predict(x) != y
        error = w[wrong].sum()
        if error >= 0.5:  # no better than chance
            break
        alpha = np.log((1 - error) / error) if wrong.any() else 1.0
        total += np.where(tree.predict(x_validation) == 1, alpha, -alpha)
        if not wrong.any():
            break
        w = w * np.exp(alpha * wrong)
        w = np.clip(w / w.sum(), np.finfo(float).eps, None)
    return total


def gradient_boosting(settings, x, y, x_validation, seed):
    """The log-odds of class 1 for each validation row."""
    random, start = np.random.RandomState(seed), np.log(y.mean() / (1 - y.mean()))
    total, added = np.full(len(y), start), np.zeros(len(x_validation))
    for _ in range(settings.rounds):
        p = expit(total)
        residuals, curvature = y - p, p * (1 - p)
        tree = DecisionTreeRegressor(max_depth=settings.depth, random_state=random).fit(x, residuals)
        leaf, steps = tree.apply(x), np.zeros(tree.tree_.node_count)
        for node in np.unique(leaf):
            here = leaf == node
            newton = residuals[here].mean() / max(curvature[here].mean(), 1e-150)
            steps[node] = settings.lr * np.clip(newton, -MAX_STEP, MAX_STEP)
        total = total + steps[leaf]
        added = added + steps[tree.apply(x_validation)]
    return start + added


def histogram(settings, x, y, x_validation, seed):
    s = settings
    model = HistGradientBoostingClassifier(
        max_iter=s.rounds, learning_rate=s.lr, max_depth=s.depth, early_stopping=False, random_state=seed
    )
    return model.fit(x, y).decision_function(x_validation)


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Boost every seed with every method and print the validation errors."""
    s = settings
    methods = {"AdaBoost": adaboost, "gradient boosting": gradient_boosting, "HistGradientBoosting": histogram}
    errors: dict[str, list[float]] = {name: [] for name in methods}
    for seed in range(s.seed, s.seed + s.seeds):
        x, y, x_validation, y_validation = split(s, seed)
        for name, method in methods.items():
            predicted = method(s, x, y, x_validation, seed) > 0
            errors[name].append((predicted != y_validation).mean())
        print(f"seed {seed}: " + ", ".join(f"{name} {100 * errors[name][-1]:.1f} %" for name in methods))
    print("mean validation error: " + ", ".join(f"{name} {100 * np.mean(errors[name]):.1f} %" for name in methods))
    return errors
