"""Bias and variance at equal rounds against mlxtend: `python tests/benchmarks/decomposition.py`.

Networks: R of them, one a bootstrap draw, as one stack of ours; against mlxtend's bias_variance_decomp driving (a) scikit-learn's MLP and
(b) a plain torch loop, one network after the other. Same layers, Adam, learning rate, batch and epochs. Trees: the very
same estimator on the very same bootstrap draws. One thread each, alternating order, medians; then the numbers agree?
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import platform
import statistics
import sys
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mlxtend
import numpy as np
import torch
from mlxtend.evaluate import bias_variance_decomp
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from torch import nn

from core.concepts.ensembles.bias_variance import network
from core.data.functions import sine
from core.decomposition import squared, zero_one
from core.engine.pieces import finish

torch.set_num_threads(1)
warnings.simplefilter("ignore", ConvergenceWarning)
WIDTH, BATCH, EPOCHS, ROUNDS, REPEATS, TREE_ROUNDS, TREE_REPEATS = 32, 20, 50, 50, 3, 200, 7
LOSS = {0: "mse", 2: "0-1_loss"}


def waves():
    rng = np.random.default_rng(0)
    x, q = (rng.uniform(-1, 1, (n, 1)).astype(np.float32) for n in (80, 200))
    return x, sine(x) + 0.4 * rng.standard_normal(80), q, sine(q).astype(float), 0


def cancer():
    x, y = load_breast_cancer(return_X_y=True)
    x = ((x - x.mean(0)) / x.std(0)).astype(np.float32)
    order = np.random.default_rng(0).permutation(len(y))
    train, test = order[:200], order[200:]
    return x[train], y[train], x[test], y[test], 2


def draws(n, rounds, seed):
    """The bootstrap draws of bias_variance_decomp(random_seed=seed): (rounds, n)."""
    rng = np.random.RandomState(seed)
    return np.stack([rng.choice(n, size=n, replace=True) for _ in range(rounds)])


def terms(answers, truth, C):
    """Error, bias and variance as mlxtend has them, which leaves the small-sample error in the squared bias."""
    R = len(answers)
    if C:
        t = zero_one(answers, truth, np.zeros(len(truth)), C, draws=0).values
        return t["error"], t["bias"], t["unbiased"] + t["biased"]
    t = squared(answers, truth, 0.0).values
    return t["error"], t["bias"] + t["variance"] / R, t["variance"] * (R - 1) / R


def stacked(x, y, q, truth, C, rounds=ROUNDS, seed=0):
    """Ours: all networks at once."""
    rows = draws(len(y), rounds, seed)
    for _, models in network.train(x[rows], y[rows], WIDTH, EPOCHS, C, range(rounds), BATCH):  # noqa: B007
        pass
    return terms(finish(network.predictions(models, q, C)), truth, C)


class PlainTorch:
    """One network and the usual loop, as an estimator."""

    def __init__(self, C):
        self.C = C

    def fit(self, x, y):
        self.model = network.build(x.shape[1], WIDTH, self.C)
        x, y = torch.tensor(x), torch.tensor(y, dtype=torch.long if self.C else torch.float32)
        optimizer = torch.optim.Adam(self.model.parameters(), network.LR)
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(x))[: len(x) // BATCH * BATCH].split(BATCH):
                out = self.model(x[rows])
                loss = nn.functional.cross_entropy(out, y[rows]) if self.C else ((out.squeeze(1) - y[rows]) ** 2).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        return self

    def predict(self, x):
        with torch.no_grad():
            out = self.model(torch.tensor(x))
        return (out.argmax(1) if self.C else out.squeeze(1).double()).numpy()


def sklearn_network(C):
    kind = MLPClassifier if C else MLPRegressor
    return kind(hidden_layer_sizes=(WIDTH, WIDTH), learning_rate_init=network.LR, batch_size=BATCH, max_iter=EPOCHS, n_iter_no_change=EPOCHS, tol=0, alpha=0)  # fmt: skip


def mlxtend_network(make):
    return lambda x, y, q, truth, C, rounds=ROUNDS, seed=0: bias_variance_decomp(
        make(C), x, y, q, truth, LOSS[C], num_rounds=rounds, random_seed=seed
    )


def tree(C):
    return (DecisionTreeClassifier if C else DecisionTreeRegressor)(random_state=0)


def our_trees(x, y, q, truth, C, rounds=TREE_ROUNDS, seed=0):
    """The same estimator, fitted and asked as the page does it: without scikit-learn's checks of what is float32 already."""
    answers, model = [], tree(C)
    for rows in draws(len(y), rounds, seed):
        grown = model.fit(x[rows], y[rows], check_input=False).tree_
        said = grown.predict(q)
        answers.append(model.classes_[said.argmax(1)] if C else said[:, 0])
    return terms(np.array(answers), truth, C)


def checked_trees(x, y, q, truth, C, rounds=TREE_ROUNDS, seed=0):
    """The same with the estimator's public fit and predict only."""
    model = tree(C)
    answers = [model.fit(x[rows], y[rows]).predict(q) for rows in draws(len(y), rounds, seed)]
    return terms(np.array(answers), truth, C)


def their_trees(x, y, q, truth, C, rounds=TREE_ROUNDS, seed=0):
    return bias_variance_decomp(tree(C), x, y, q, truth, LOSS[C], num_rounds=rounds, random_seed=seed)


def race(ways, data, repeats):
    """Median seconds of each way, and the terms it gave (error, bias, variance), a row a repetition; the order alternates."""
    seconds, numbers = [[] for _ in ways], [[] for _ in ways]
    for repeat in range(repeats):
        order = range(len(ways)) if repeat % 2 == 0 else reversed(range(len(ways)))
        for i in order:
            start = time.perf_counter()
            result = ways[i](*data, seed=repeat)
            seconds[i].append(time.perf_counter() - start)
            numbers[i].append(result)
    return [statistics.median(s) for s in seconds], [np.array(n) for n in numbers]


def main():
    print(
        f"torch {torch.__version__}, mlxtend {mlxtend.__version__}, one thread, {platform.machine()}; seconds, and how many "
        "times faster\n"
    )
    print(
        "| task                       | rounds | ours, s | (a) mlxtend + scikit-learn MLP | (b) mlxtend + plain torch |"
    )
    print(
        "|----------------------------|--------|---------|--------------------------------|---------------------------|"
    )
    agree = []
    ways = [stacked, mlxtend_network(sklearn_network), mlxtend_network(PlainTorch)]
    for name, data in (("sine, 1-32-32-1", waves()), ("breast cancer, 30-32-32-2", cancer())):
        stacked(*data, rounds=3)  # torch's first steps take longer
        (us, a, b), numbers = race(ways, data, REPEATS)
        print(f"| {name:<26} | {ROUNDS:>6} | {us:>7.2f} | {a / us:>29.1f}x | {b / us:>24.1f}x |")
        agree.append((name, numbers))
    print(
        "\n| trees                      | rounds | ours, s | mlxtend / ours | mlxtend / ours by public fit and predict alone |"
    )
    print(
        "|----------------------------|--------|---------|----------------|------------------------------------------------|"
    )
    gap = 0.0
    for name, data in (("sine, full depth", waves()), ("breast cancer, full depth", cancer())):
        (us, plain, them), numbers = race([our_trees, checked_trees, their_trees], data, TREE_REPEATS)
        print(f"| {name:<26} | {TREE_ROUNDS:>6} | {us:>7.3f} | {them / us:>13.2f}x | {them / plain:>45.2f}x |")
        gap = max(gap, *(float(np.abs(numbers[2] - n).max()) for n in numbers[:2]))
    print(f"\ntrees: same draws, terms {'agree' if gap < 1e-9 else 'DIFFER'}, by at most {gap:.1e}")
    print("networks: error, bias, variance (mean of repetitions, ours / a / b)")
    for name, numbers in agree:
        print(f"  {name}: " + "; ".join(" ".join(f"{v:.4f}" for v in n.mean(0)) for n in numbers))


if __name__ == "__main__":
    main()
