"""The page's experiment as a plain numpy, scikit-learn and PyTorch script."""

from __future__ import annotations

import inspect
import re
from typing import Any

from core.concepts.generalization import model_complexity_fits as families
from core.data.functions import source

SCRIPT = '''\
"""Model complexity: the terms of the error of each family, size by size.

{settings}
"""

import zlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.polynomial import legendre
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor
from torch import nn

SEED, NOISE = {seed}, {noise!r}
s = SimpleNamespace(l2={l2!r}, members={members})
torch.set_num_threads(1)


{functions}

{families}

def network(x, y, width, batch, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(x.shape[1], width), nn.ReLU(), nn.Linear(width, 1))
    x, y = (torch.tensor(v, dtype=torch.float32) for v in (x, y))
    optimizer = torch.optim.Adam(model.parameters(), lr={lr})
    batches = torch.Generator().manual_seed(zlib.crc32(f"batches:{{seed}}".encode()))
    size = min(batch, len(x))
    total, step = {epochs} * (len(x) // size), 0
    for _ in range({epochs}):
        order = torch.randperm(len(x), generator=batches)[: len(x) // size * size]
        for rows in order.split(size):
            for group in optimizer.param_groups:
                group["lr"] = {lr} * 0.5 * (1 + np.cos(np.pi * step / total))
            loss = ((model(x[rows]).squeeze(1) - y[rows]) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1

    def answer(q):
        with torch.no_grad():
            return model(torch.tensor(q, dtype=torch.float32)).squeeze(1).double().numpy()

    return answer


def draw(f, n, d, r):
    for_x, for_y = np.random.default_rng([SEED, 1, r]).spawn(2)
    x = for_x.uniform(-1, 1, (n, d))
    return x, f(x) + NOISE * for_y.standard_normal(n)


def show(name, size, f, n, d, R, fit):
    test = ((2 * np.arange({points}) + 1) / {points} - 1)[:, None]
    if d > 1:
        test = np.random.default_rng([SEED, 2]).uniform(-1, 1, ({ten_points}, d))
    own, said = [], []
    for r in range(R):
        x, y = draw(f, n, d, r)
        g = fit(x, y, r)
        own.append(((g(x) - y) ** 2).mean())
        said.append(g(test))
    said = np.array(said)
    variance = said.var(0, ddof=1).mean()
    bias = ((said.mean(0) - f(test)) ** 2).mean() - variance / R  # the mean of R answers is itself a little off
    error = bias + variance + NOISE**2
    print(f"{{name}} {{size}}: training {{np.mean(own):.5g}}, bias {{bias:.5g}}, variance {{variance:.5g}}, error {{error:.5g}}")


def classic(name, size):
    return lambda x, y, r: FITS[name](x, y, size, s, np.random.default_rng([SEED, 3, r]))


{calls}
for f, n, d, batch, name in (({data}, {n}, 1, {batch}, "network"), (friedman, {rows}, 10, {ten_batch}, "network, ten inputs")):
    for width in {widths}:
        show(name, width, f, n, d, {networks}, lambda x, y, r: network(x, y, width, batch, SEED + r))
'''


def complexity_script(s: Any, plan: list[tuple[str, Any, tuple[int, ...]]]) -> str:
    """s and plan as in model_complexity."""
    from core.concepts.generalization import model_complexity as m

    text = inspect.getsource(families).split("# <script>\n")[1].split("# </script>")[0]
    calls = []
    for name, task, sizes in plan:
        calls.append(f"for size in {sizes}:")
        calls.append(
            f"    show({name!r}, size, {task.name}, {task.n}, {task.inputs}, {s.resamples}, classic({name!r}, size))"
        )
    calls.append(f"for n in {m.SHOWN_N}:")
    for degree, name in m.LEARNERS:
        calls.append(f"    show({name!r}, n, {s.data}, n, 1, {s.resamples}, classic('polynomial', {degree}))")
    return SCRIPT.format(
        settings=", ".join(f"{k}={v!r}" for k, v in vars(s).items()),
        functions=f"{source(s.data)}\n\n{source('friedman')}",
        families=re.sub(r"  # type: ignore\[.*\]", "", text),
        calls="\n".join(calls),
        points=m.POINTS,
        ten_points=m.TEN_POINTS,
        batch=m.BATCH,
        ten_batch=m.TEN_BATCH,
        lr=m.LR,
        widths=m.WIDTHS,
        **vars(s),
    )
