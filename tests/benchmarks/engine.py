"""How fast a stack trains, as ratios within one run: `python tests/benchmarks/engine.py`.

Model-steps a second of the stack against (a) the usual DataLoader loop, (b) a plain loop that indexes tensors,
(c) torch.func's vmap over K models and (d) scikit-learn's MLPClassifier; one thread each, Adam, batch 32, medians of
fifteen rounds.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import itertools
import platform
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
from sklearn.datasets import load_digits, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from torch import nn
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.utils.data import DataLoader, TensorDataset

from core.engine.device import memory_bytes
from core.engine.fit import Recipe, Sampler, TrainStep, cross_entropy
from core.engine.random import generator
from core.engine.stack import stack

torch.set_num_threads(1)
warnings.simplefilter("ignore", ConvergenceWarning)
BATCH, ROUNDS, SECONDS = 32, 15, 0.1


@dataclass
class Examples:
    x: torch.Tensor
    y: torch.Tensor


def moons():
    x, y = make_moons(320, noise=0.2, random_state=0)
    return Examples(torch.tensor(x, dtype=torch.float32), torch.tensor(y))


def digits():
    x, y = load_digits(return_X_y=True)
    return Examples(torch.tensor(x[:1024] / 16, dtype=torch.float32), torch.tensor(y[:1024]))


def network(*widths):
    layers = []
    for a, b in itertools.pairwise(widths):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def ours(data, widths, K):
    s = stack(lambda: network(*widths), range(K))
    step = TrainStep(s, Recipe("Adam", lr=1e-3, batch=BATCH), cross_entropy, 10**6)
    sampler = Sampler([generator(k, "batches") for k in range(K)], [len(data.x)] * K, BATCH)
    done = 0
    while True:
        for rows in sampler.epoch():
            step(data.x[rows], data.y[rows], done)
            done += 1
            yield K


def loader_loop(data, widths, K):
    model = network(*widths)
    opt = torch.optim.Adam(model.parameters(), 1e-3)
    loader = DataLoader(TensorDataset(data.x, data.y), BATCH, shuffle=True)
    while True:
        for x, y in loader:
            opt.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            opt.step()
            yield 1


def index_loop(data, widths, K):
    model = network(*widths)
    opt = torch.optim.Adam(model.parameters(), 1e-3)
    while True:
        order = torch.randperm(len(data.x))
        for rows in order.split(BATCH):
            opt.zero_grad()
            nn.functional.cross_entropy(model(data.x[rows]), data.y[rows]).backward()
            opt.step()
            yield 1


def vmap_loop(data, widths, K):
    models = [network(*widths) for _ in range(K)]
    parameters, buffers = stack_module_state(models)
    template = network(*widths).to("meta")
    opt = torch.optim.Adam(parameters.values(), 1e-3)

    def loss(p, b, x, y):
        return nn.functional.cross_entropy(functional_call(template, (p, b), (x,)), y)

    gradient = vmap(grad(loss))
    n = len(data.x)
    while True:
        order = torch.stack([torch.randperm(n) for _ in range(K)])
        for rows in order.split(BATCH, 1):
            g = gradient(parameters, buffers, data.x[rows], data.y[rows])
            for name, p in parameters.items():
                p.grad = g[name]
            opt.step()
            yield K


def sklearn_loop(data, widths, K):
    x, y = data.x.numpy(), data.y.numpy()
    steps = -(-len(x) // BATCH)
    while True:
        MLPClassifier(widths[1:-1], batch_size=BATCH, max_iter=20, n_iter_no_change=99, random_state=0).fit(x, y)
        yield 20 * steps


def speeds(loops):
    """Model-steps a second, (ROUNDS, loops). The loops take turns, so that a machine that is now fast and now slow is so
    for all of them."""
    for loop in loops:
        for _ in range(3):
            next(loop)
    rates = np.empty((ROUNDS, len(loops)))
    for i, j in np.ndindex(*rates.shape):
        done, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < SECONDS:
            done += next(loops[j])
        rates[i, j] = done / spent
    return rates


def main():
    print(f"torch {torch.__version__}, one thread, {platform.machine()}; model-steps a second and the stack's ratio\n")
    head = (
        f"| {'network':<13} | {'K':>3} | {'stack':>9} | (a) DataLoader | (b) indexing | (c) vmap | (d) scikit-learn |"
    )
    print(head + "\n|" + "|".join("-" * len(part) for part in head.split("|")[1:-1]) + "|")
    for data, widths, Ks in ((moons(), (2, 16, 16, 2), (1, 8, 32, 128)), (digits(), (64, 128, 10), (8, 32))):
        for K in Ks:
            peers = [loader_loop(data, widths, 1), index_loop(data, widths, 1), vmap_loop(data, widths, K), sklearn_loop(data, widths, 1)]  # fmt: skip
            rates = speeds([ours(data, widths, K), *peers])
            a, b, c, d = np.median(rates[:, :1] / rates[:, 1:], 0)
            print(
                f"| {'-'.join(map(str, widths)):<13} | {K:>3} | {np.median(rates[:, 0]):>9,.0f} | {a:>13.1f}x | {b:>11.1f}x |"
                f" {c:>7.1f}x | {d:>15.1f}x |"
            )
    before = memory_bytes(torch.device("cpu"))
    loop = ours(moons(), (2, 16, 16, 2), 128)
    for _ in range(200):
        next(loop)
    print(
        f"\nmemory: 128 MLPs in training take {(memory_bytes(torch.device('cpu')) - before) / 1e6:.0f} MB over the process"
    )


if __name__ == "__main__":
    main()
