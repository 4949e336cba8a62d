"""The page's experiment as a plain scikit-learn and PyTorch script: the same learners on the same training sets."""

from __future__ import annotations

import inspect
import re
from typing import Any

from core.concepts.ensembles import bias_variance_learners as learners
from core.concepts.ensembles.bias_variance_network import BATCH, LR
from core.concepts.ensembles.bias_variance_problem import POINTS_TESTED
from core.data import tables
from core.data.functions import FUNCTIONS, KNOWN, inputs, posterior, source
from core.data.points import POINTS

FUNCTION = """\
N, D, NOISE = {n}, {d}, {noise!r}


{source}

def noisy(x, rng):
    return {data}(x.astype(float)) + NOISE * rng.standard_normal(len(x))


def make(rng):
    x = rng.uniform(-1, 1, (N, D)).astype(np.float32)
    return x, noisy(x, rng)


test = {test}
test = test.astype(np.float32)
truth, C = {data}(test.astype(float)), 0
"""

EVENLY = "((2 * np.arange(200) + 1) / 200 - 1)[:, None]  # evenly, each in the middle of its share"
RANDOMLY = "np.random.default_rng([SEED, 2]).uniform(-1, 1, ({points}, D))"

KNOWN_POINTS = """\
N, NOISE = {n}, {noise!r}


{source}
POINTS = {{"{data}": {data}}}


{posterior}

def noisy(x, rng):
    return (rng.random(len(x)) < posterior("{data}", x, NOISE)).astype(np.int64)


def make(rng):
    return {data}(N, NOISE, int(rng.integers(2**31)))


test, _ = {data}({points}, NOISE, int(np.random.default_rng([SEED, 2]).integers(2**31)))
p = posterior("{data}", test, NOISE)
truth, noise, C = (p > 0.5).astype(int), np.minimum(p, 1 - p), 2
"""

TABLE = """\
{source}

pool, labels, test, truth = split(SEED)
centre, scale = pool.mean(0), pool.std(0) + 1e-6
pool, test = (((rows - centre) / scale).astype(np.float32) for rows in (pool, test))
N, C, noise = min({n}, len(labels) // 2), int(labels.max()) + 1, 0


def make(rng):
    rows = rng.choice(len(labels), N, replace=False)
    return pool[rows], labels[rows]
"""

DRAW = {
    "new": "    return make(rng)",
    "noise": "    x, _ = make(np.random.default_rng([SEED, 0]))  # always the same\n    return x, noisy(x, rng)",
    "bootstrap": (
        "    x, y = make(np.random.default_rng([SEED, 0]))  # always the same\n"
        "    rows = rng.integers(len(y), size=len(y))\n"
        "    return x[rows], y[rows]"
    ),
}

SCRIPT = '''\
"""Bias and variance over {resamples} training sets.

{settings}
"""

import zlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
{imports}
SEED, R = {seed}, {resamples}
s = SimpleNamespace({learning})
torch.set_num_threads(1)

{data}

def draw(r):
    rng = np.random.default_rng([SEED, 1, r])
{draw}


{learners}

def network(x, y, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(x.shape[1], {width}), nn.ReLU(), nn.Linear({width}, {width}), nn.ReLU(), nn.Linear({width}, C or 1)
    )
    x, y = torch.tensor(x), torch.tensor(y) if C else torch.tensor(y, dtype=torch.float32)
    optimizer = torch.optim.Adam(model.parameters(), lr={lr})
    batches = torch.Generator().manual_seed(zlib.crc32(f"batches:{{seed}}".encode()))
    for _ in range({epochs}):
        order = torch.randperm(len(x), generator=batches)[: len(x) // {batch} * {batch}]
        for rows in order.split({batch}):
            out = model(x[rows])
            loss = nn.functional.cross_entropy(out, y[rows]) if C else ((out.squeeze(1) - y[rows]) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        out = model(torch.tensor(test))
    return out.numpy() if C else out.squeeze(1).double().numpy()


answers = {{}}
for r in range(R):
    x, y = draw(r)
    for i, (name, learn) in enumerate(LEARNERS.items()):
        said = learn(x, y, s, C, np.random.default_rng([SEED, 3, r, i]))(test)
        answers.setdefault(name, []).append(said[-1] if name in STAGED else said)  # the whole ensemble
    answers.setdefault("network", []).append(network(x, y, SEED + r))

for name, said in answers.items():
    said = np.array(said)
    if not C:  # squared error
        variance = said.var(0, ddof=1)
        bias = (said.mean(0) - truth) ** 2 - variance / R  # the mean of R answers is itself a little off
        rest = {noise!r} ** 2
    else:  # share of errors, as Domingos takes it apart
        said = said.argmax(2)
        votes = (said[:, :, None] == np.arange(C)).mean(0)
        main, right = votes.argmax(1), votes[np.arange(len(test)), truth]
        bias = main != truth
        variance = np.where(bias, -right, 1 - votes.max(1))
        rest = ((2 * right - 1) * noise).mean()
    total = bias.mean() + variance.mean() + rest
    print(f"{{name}}: bias {{bias.mean():.4f}}, variance {{variance.mean():.4f}}, noise {{rest:.4f}}, error {{total:.4f}}")
'''

LEARNING = ("shallow", "deep", "members", "rounds", "rate", "k")


def bare(text: str) -> str:
    """A function's text without annotations and remarks to the type checker."""
    text = re.sub(r": (np\.ndarray|str|float|int)(?=[,)])", "", text)
    return re.sub(r" -> [\w.\[\], ]+:\n", ":\n", re.sub(r"  # type: ignore\[.*\]", "", text))


def bias_variance_script(s: Any) -> str:
    """s: the settings of bias_variance."""
    known = {"data": s.data, "n": s.n, "noise": s.noise, "points": POINTS_TESTED}
    imports = ""
    if s.data in FUNCTIONS:
        test = EVENLY if inputs(s.data) == 1 else RANDOMLY.format(points=POINTS_TESTED)
        data = FUNCTION.format(source=source(s.data), d=inputs(s.data), test=test, **known)
    elif s.data in KNOWN:
        imports = "from scipy.spatial.distance import cdist\nfrom scipy.special import expit, logsumexp\nfrom scipy.stats import norm\n"
        imports += f"from sklearn.datasets import make_{s.data}\n" if s.data != "xor" else ""
        made = bare(inspect.getsource(POINTS[s.data]))
        data = KNOWN_POINTS.format(source=made, posterior=bare(inspect.getsource(posterior)), **known)
    else:
        data = TABLE.format(source=tables.script(s.data, s.n, s.noise), n=s.n)
    text = inspect.getsource(learners).split("# <script>\n")[1].split("# </script>")[0]
    text = re.sub(r"  # type: ignore\[.*\]", "", text)
    return SCRIPT.format(
        settings=", ".join(f"{k}={v!r}" for k, v in vars(s).items()),
        imports=imports,
        seed=s.seed,
        resamples=s.resamples,
        learning=", ".join(f"{k}={getattr(s, k)!r}" for k in LEARNING),
        data=data,
        draw=DRAW[s.draws],
        learners=text,
        width=s.width,
        epochs=s.epochs,
        batch=BATCH,
        lr=LR,
        noise=s.noise,
    )
