"""Classifiers of scikit-learn by name, each made by its seed. Those that measure distances or penalise weights are given
scaled features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier


def logistic(seed: int) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def naive_bayes(seed: int) -> Any:
    return GaussianNB()


def deep_tree(seed: int) -> Any:
    return DecisionTreeClassifier(random_state=seed)


def small_tree(seed: int) -> Any:
    return DecisionTreeClassifier(max_depth=3, random_state=seed)


def nearest_neighbour(seed: int) -> Any:
    return make_pipeline(StandardScaler(), KNeighborsClassifier(1))


def fifteen_nearest(seed: int) -> Any:
    return make_pipeline(StandardScaler(), KNeighborsClassifier(15))


def svm(seed: int) -> Any:
    return make_pipeline(StandardScaler(), CalibratedClassifierCV(SVC(), ensemble=False, cv=3))


def forest(seed: int) -> Any:
    return RandomForestClassifier(50, random_state=seed)


def boosting(seed: int) -> Any:
    return GradientBoostingClassifier(n_estimators=40, max_features="sqrt", random_state=seed)


CLASSIFIERS: dict[str, Callable[[int], Any]] = {
    "logistic": logistic,
    "naive Bayes": naive_bayes,
    "deep tree": deep_tree,
    "small tree": small_tree,
    "1-NN": nearest_neighbour,
    "15-NN": fifteen_nearest,
    "SVM": svm,
    "forest": forest,
    "boosting": boosting,
}
