"""The validation page's experiments as a plain script: folds, coin-flippers, then every network, one after the other."""

from __future__ import annotations

import inspect
from typing import Any

from core.concepts.generalization import validation_choice as choice
from core.concepts.generalization import validation_folds as folds
from core.data import POINTS
from core.engine.random import key

SCRIPT = '''\
"""Validation: folds, coin-flippers, and the best of many networks.

{settings}
Thousands of small networks are trained one after the other: some minutes at the defaults.
"""

import zlib
from itertools import combinations

import numpy as np
import torch
from torch import nn
{imports}

torch.set_num_threads(1)


{sources}
POINTS = {{{data!r}: {data}}}
SETS, FRESH = {SETS}, {FRESH}

# Folds: the estimate of a quick learner on many data sets.
x, y = drawn({data!r}, SETS * ({rows} + FRESH), {noise!r}, {flips!r}, {seed})
cut = SETS * {rows}
known, labels = x[:cut].reshape(SETS, {rows}, 2), y[:cut].reshape(SETS, {rows})
new, truth = x[cut:].reshape(SETS, FRESH, 2), y[cut:].reshape(SETS, FRESH)
for name, (k, single) in ways({rows}, {k}).items():
    rng, scores = np.random.default_rng(key({seed}, "deal")), []
    fold = np.stack([deal({rows}, k, rng) for _ in range(SETS)])
    right = {left_out} == labels
    scores = (right & (fold == 0)).sum(1) / (fold == 0).sum(1) if single else right.mean(1)
    print(f"{{name}}: mean {{scores.mean():.4f}}, standard deviation {{scores.std(ddof=1):.4f}}")
print(f"truth: {{({fresh} == truth).mean():.4f}}")

# Coin-flippers.
REPEATS, FRESH = {REPEATS}, {TOSSES}
tossed = coins({n}, {M}, np.random.default_rng(key({seed}, "coins {n}")))
print(f"coin-flippers: {{tossed[:, -1].mean():.4f}} too high")


# Networks.
def fit(x, y, start, lr, decay):
    torch.manual_seed(start)
    model = nn.Sequential(nn.Linear(2, {width}), nn.ReLU(), nn.Linear({width}, {classes}))
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=decay)
    for _ in range({steps}):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    return model


def right(model, x, y):
    with torch.no_grad():
        return (model(x).argmax(1) == y).numpy()


errors = []
for seed in range({seed}, {last}):
    x, y = drawn({data!r}, {total}, {noise!r}, {flips!r}, seed)
    x, y = torch.tensor(x).float(), torch.tensor(y)
    fold = deal({rows}, {outer}, np.random.default_rng(key(seed, "outer folds")))
    rng = np.random.default_rng(key(seed, "candidates"))
    lr, decay = 10 ** rng.uniform(-3, -1, {networks}), 10 ** rng.uniform(-4, -0.5, {networks})
{same}    outs = [(), *((i,) for i in range({outer})), *combinations(range({outer}), 2)]
    models = {{}}
    for out in outs:
        rows = torch.tensor(np.flatnonzero(~np.isin(fold, out)))
        for c in range({networks}):
            models[out, c] = fit(x[rows], y[rows], 64 * seed + c, lr[c], decay[c])
    known = {{out: np.stack([right(models[out, c], x[:{rows}], y[:{rows}]) for c in range({networks})]) for out in outs}}
    fresh = np.stack([right(models[(), c], x[{rows}:], y[{rows}:]) for c in range({networks})])
    test = fresh[:, {POOL}:].mean(1)
    # The best on n validation rows, over many draws of those rows.
    rng, optimism = np.random.default_rng(key(seed, "validation rows")), []
    for _ in range(40):
        order, some = rng.permutation({networks}), rng.permutation({POOL})
        scores = fresh[order, :{POOL}][:, some[:{n}]].mean(1)
        optimism.append(scores.max() - test[order][scores.argmax()])
    # The best by cross-validation, and nested: the fold i has no part in choosing the one that is tried on it.
    validated = np.stack([known[(f,)][:, row] for row, f in enumerate(fold)], 1)
    nested = []
    for i in range({outer}):
        inner = [known[tuple(sorted((i, f)))][:, row] for row, f in enumerate(fold) if f != i]
        nested.append(validated[np.mean(inner, 0).argmax()][fold == i])
    best = validated.mean(1).argmax()
    errors.append([np.mean(optimism), validated[best].mean() - test[best], np.concatenate(nested).mean() - test[best]])
    print(f"data set {{len(errors)}}: " + ", ".join(f"{{e:+.4f}}" for e in errors[-1]), flush=True)
for name, e in zip(("hold-out", "cross-validation", "nested"), np.mean(errors, 0)):
    print(f"{{name}}: {{e:+.4f}} above the truth")
'''

LEARNT = {
    "5 nearest neighbours": ("nearest", ", 5"),
    "1 nearest neighbour": ("nearest", ", 1"),
    "linear": ("linear", ""),
    "majority class": ("majority", ""),
}


def validation_script(s: Any, rows: tuple[int, ...]) -> str:
    """s: the settings of core.concepts.generalization.validation."""
    from core.concepts.generalization.validation_networks import POOL, SAME, TEST

    kind, more = LEARNT[s.learner]
    parts = {
        "nearest": (folds.vote, folds.apart, folds.nearest_left_out, folds.nearest_fresh),
        "linear": (folds.with_one, folds.sums, folds.linear_left_out, folds.linear_fresh),
        "majority": (folds.majority_left_out, folds.majority_fresh),
    }[kind]
    used: tuple[Any, ...] = (
        key,
        POINTS[s.data],
        folds.drawn,
        folds.deal,
        folds.ways,
        *parts,
        choice.first_best,
        choice.coins,
    )
    maker = f"make_{s.data}"
    source = "\n\n".join(inspect.getsource(f) for f in used)
    return SCRIPT.format(
        settings=", ".join(f"{k}={v!r}" for k, v in vars(s).items()),
        imports=f"from sklearn.datasets import {maker}" if maker in source else "",
        sources=source,
        left_out=f"{kind}_left_out(known, labels, fold{more})",
        fresh=f"{kind}_fresh(known, labels, new{more})",
        SETS=folds.SETS,
        FRESH=folds.FRESH,
        REPEATS=choice.REPEATS,
        TOSSES=choice.FRESH,
        POOL=POOL,
        total=s.rows + POOL + TEST,
        last=s.seed + s.sets,
        classes=3 if s.data == "blobs" else 2,
        same=f"    lr[:], decay[:] = {SAME[0]}, {SAME[1]}\n" if s.search == "starts only" else "",
        **{k: v for k, v in vars(s).items() if k not in ("learner", "search")},
    )
