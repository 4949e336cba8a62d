"""What can be found in points without labels, and what a few labels are worth."""

from __future__ import annotations

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from core.concepts.paradigms.supervision.networks import Points
from core.concepts.paradigms.supervision.result import Clusters
from core.concepts.paradigms.supervision.settings import BUDGETS

STARTS, MIXTURES = 5, 2


def cluster(
    x: np.ndarray, y: np.ndarray, own: np.ndarray, full: np.ndarray, k: int, seed: int, places: np.ndarray
) -> Clusters:
    """k-means, a mixture and PCA of points x (n, 2) of classes y and groups own (n,), none of which see either. full (n, d): what
    was measured of each point; places: those of the fields."""
    means = [KMeans(k, init="random", n_init=1, random_state=seed + i).fit(x) for i in range(STARTS)]
    mixtures = [GaussianMixture(k, reg_covar=1e-3, random_state=seed + i).fit(x) for i in range(MIXTURES)]
    best, likeliest = min(means, key=lambda m: m.inertia_), max(mixtures, key=lambda m: m.lower_bound_)
    side = round(len(places) ** 0.5)
    centred = full - full.mean(0)
    values, vectors = np.linalg.eigh(np.cov(full.T, bias=True))
    line = vectors[:, -1]
    plane = np.linalg.eigh(np.cov(x.T))[1][:, -1]
    found = likeliest.predict(x)
    return Clusters(
        x,
        np.array([m.inertia_ for m in means]),
        np.array([[adjusted_rand_score(truth, m.labels_) for truth in (own, y)] for m in means]),
        np.array([adjusted_rand_score(truth, found) for truth in (own, y)]),
        best.cluster_centers_, likeliest.means_, likeliest.covariances_,
        (best.predict(places.astype(x.dtype)).reshape(side, side), likeliest.predict(places).reshape(side, side)),
        plane, values[::-1].copy(),
        float((((centred - np.outer(centred @ line, line)) ** 2).sum(1)).mean()),
    )  # fmt: skip


def label_worth(training: Points, test: Points, seed: int) -> np.ndarray:
    """Test accuracy (2, budgets, S) when a few training points are labelled and each test point gets the label of the nearest
    one: points at random, and the points nearest to the centres of as many clusters."""
    found = np.zeros((2, len(BUDGETS), len(training.x)))
    for k, (x, y) in enumerate(zip(training.x, training.y, strict=True)):
        order = np.random.default_rng([seed + k, 7]).permutation(len(x))
        for b, budget in enumerate(BUDGETS):
            centres = kmeans2(x, budget, iter=8, minit="++", seed=np.random.default_rng([seed + k, 8]))[0]
            for i, labelled in enumerate((order[:budget], cdist(centres, x).argmin(1))):
                nearest = labelled[cdist(test.x[k], x[labelled], "sqeuclidean").argmin(1)]
                found[i, b, k] = (y[nearest] == test.y[k]).mean()
    return found
