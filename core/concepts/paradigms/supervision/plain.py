"""The same points learnt from labels, from a tree of labels with costs, from numbers, and without any."""

from types import SimpleNamespace

import numpy as np
import torch
from scipy.cluster.vq import kmeans2
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from torch import nn

from core.data.drawn import scatter
from core.data.hierarchy import clouds

GROUPS = {"clouds": (0, 0, 0, 1, 1, 1, 2, 2, 2), "drawn": (0, 0, 1, 1), "iris": (0, 1, 1)}


def load(s, k):
    """Training, validation and test points of seed k: each x (n, 2), classes y (n,) and numbers (n,)."""
    if s.data == "iris":
        flowers, y = load_iris(return_X_y=True)
        centred = flowers - flowers.mean(0)
        x = (centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T / 2.5).astype(np.float32)
        order = np.random.default_rng([k, 5]).permutation(150)
        return [(x[rows], y[rows], flowers[rows, 3]) for rows in np.split(order, (50, 75))]
    sets = []
    for n, seed in ((s.n, k), (200, k + 50_000), (1000, k + 200_000)):
        x, y = clouds(n, s.noise, seed) if s.data == "clouds" else scatter(s.strokes, n, s.noise, seed, 4)
        noise = 0.2 * np.random.default_rng([seed, 9]).standard_normal(n)
        sets.append((x, y, np.sin(2 * x[:, 0]) + np.cos(2 * x[:, 1]) + noise))
    return sets


def train(s, k, x, loss):
    """A small network trained on all points at once."""
    torch.manual_seed(k)
    model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, len(GROUPS[s.data]) + 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(s.steps):
        optimizer.zero_grad()
        loss(model(torch.tensor(x))).backward()
        optimizer.step()
    return lambda points: model(torch.tensor(points)).detach()


def cost_matrix(s):
    """The cost of each answer (a class, a group, "do not know") for each true class."""
    groups = np.array(GROUPS[s.data])
    classes = np.where(groups[:, None] == groups, s.near, s.far)
    np.fill_diagonal(classes, 0)
    nodes = np.where(groups[:, None] == np.arange(groups.max() + 1), s.inner, s.far)
    return np.column_stack([classes, nodes, np.full(len(groups), s.root)])


def supervised(s, k):
    """Mean cost of the likeliest class, the cheapest class and the cheapest node; and the error of predicted numbers."""
    (x, y, number), (held, held_y, _), (test, test_y, test_number) = load(s, k)
    C = len(GROUPS[s.data])
    logits = train(s, k, x, lambda out: nn.functional.cross_entropy(out[:, :C], torch.tensor(y)))
    temperature = 1.0
    if s.calibrated:
        tried = np.geomspace(0.25, 8, 21)
        losses = [nn.functional.cross_entropy(logits(held)[:, :C] / t, torch.tensor(held_y)).item() for t in tried]
        temperature = tried[int(np.argmin(losses))]
    p = (logits(test)[:, :C] / temperature).softmax(1).numpy()
    cost = cost_matrix(s)
    expected = p @ cost
    answers = (p.argmax(1), expected[:, :C].argmin(1), expected.argmin(1))
    target = torch.tensor((number - number.mean()) / number.std()).float()
    predict = train(s, k, x, lambda out: (out[:, C] - target).square().mean())
    guess = predict(test)[:, C].numpy() * number.std() + number.mean()
    return [cost[test_y, a].mean() for a in answers], np.sqrt(((guess - test_number) ** 2).mean())


def unsupervised(s):
    """Agreement of clusters with the classes that they have not seen, and what PCA loses."""
    x, y, _ = load(s, s.seed)[0]
    x = measured = x.astype(float)
    if s.data == "iris":
        measured, y = load_iris(return_X_y=True)
        x = PCA(2).fit_transform(measured) / 2.5
    means = [KMeans(s.clusters, init="random", n_init=1, random_state=s.seed + i).fit(x) for i in range(5)]
    kmeans = min(means, key=lambda m: m.inertia_).labels_
    mixtures = [GaussianMixture(s.clusters, reg_covar=1e-3, random_state=s.seed + i).fit(x) for i in range(2)]
    mixture = max(mixtures, key=lambda m: m.lower_bound_).predict(x)
    pca = PCA(1).fit(measured)
    lost = ((measured - pca.inverse_transform(pca.transform(measured))) ** 2).sum(1).mean()
    return adjusted_rand_score(y, kmeans), adjusted_rand_score(y, mixture), lost


def few_labels(s, k):
    """Test accuracy of the nearest labelled point: labels at random, and at the centres of as many clusters."""
    (x, y, _), _, (test, test_y, _) = load(s, k)
    order = np.random.default_rng([k, 7]).permutation(len(x))
    centres = kmeans2(x, s.labels, iter=8, minit="++", seed=np.random.default_rng([k, 8]))[0]
    chosen = (order[: s.labels], cdist(centres, x).argmin(1))
    return [(y[rows[cdist(test, x[rows]).argmin(1)]] == test_y).mean() for rows in chosen]


def main(settings: SimpleNamespace) -> dict[str, np.ndarray]:
    """Print and return the mean over the seeds of each number."""
    s = settings
    torch.set_num_threads(1)
    seeds = range(s.seed, s.seed + s.seeds)
    costs, errors = zip(*(supervised(s, k) for k in seeds), strict=True)
    found = {
        "mean cost: likeliest class, cheapest class, cheapest node": np.mean(costs, 0),
        "error of numbers": np.array([np.mean(errors)]),
        "adjusted Rand index with classes: k-means, mixture; lost by PCA": np.array(unsupervised(s)),
        f"accuracy with {s.labels} labels: at random, at centres": np.mean([few_labels(s, k) for k in seeds], 0),
    }
    for name, values in found.items():
        print(f"{name}: {', '.join(f'{v:.4f}' for v in values)}")
    return found
