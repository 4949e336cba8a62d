"""Bagging as a script to take away."""

from __future__ import annotations

import inspect
from typing import Any

from core.concepts.ensembles.bagging_members import BATCH, FEATURES, HIDDEN, LR, STEPS
from core.data import tables
from core.stats import counted


def bagging_script(s: Any) -> str:
    """Settings of core.concepts.ensembles.bagging -> plain Python."""
    spoil = (
        f"    y, _ = mislabel(y, {s.wrong!r}, int(y.max()) + 1, np.random.default_rng([seed, 1]))\n" if s.wrong else ""
    )
    helper = f"\n{inspect.getsource(tables.mislabel)}\n" if s.wrong else ""
    words = f"Bagging by hand: {counted(s.trees, s.learner)}, each on its own bootstrap draw, and the majority of their votes."
    learner = _tree(s) if s.learner == "tree" else _network(s)
    return f'''"""{words}"""

import numpy as np
{learner[0]}
{tables.script(s.data, s.n, s.noise)}
{helper}{learner[1]}
vote_errors, single_errors = [], []
for seed in range({s.seed}, {s.seed + s.seeds}):
    x, y, x_validation, y_validation = split(seed)
{spoil}    rng, n = np.random.default_rng(seed), len(y)
    votes = np.zeros((len(y_validation), int(y.max()) + 1), int)
{learner[2]}
    vote_errors.append((votes.argmax(1) != y_validation).mean())
    single_errors.append((one != y_validation).mean())
    print(f"seed {{seed}}: vote {{100 * vote_errors[-1]:.1f}} %, one {s.learner} {{100 * single_errors[-1]:.1f}} %")
print(f"mean validation error: vote {{100 * np.mean(vote_errors):.1f}} %, one {s.learner} {{100 * np.mean(single_errors):.1f}} %")
'''


def _tree(s: Any) -> tuple[str, str, str]:
    tree = f"max_depth={s.depth or None}, "
    return (
        "from sklearn.tree import DecisionTreeClassifier",
        "",
        f"""\
    for _ in range({s.trees}):
        drawn = np.bincount(rng.integers(n, size=max(1, round({s.draw!r} * n))), minlength=n)  # times each row is drawn
        tree = DecisionTreeClassifier({tree}max_features={FEATURES[s.features]!r}, random_state=int(rng.integers(2**31)))
        tree.fit(x, y, sample_weight=drawn)
        votes[np.arange(len(votes)), tree.predict(x_validation)] += 1
    one = DecisionTreeClassifier({tree}random_state=seed).fit(x, y).predict(x_validation)""",
    )


def _network(s: Any) -> tuple[str, str, str]:
    return (
        "import torch\nimport zlib\nfrom torch import nn",
        f"""
torch.set_num_threads(1)


def answers(x, y, x_validation, classes, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(x.shape[1], {HIDDEN}), nn.ReLU(), nn.Linear({HIDDEN}, {HIDDEN}), nn.ReLU(), nn.Linear({HIDDEN}, classes)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr={LR})
    batches = torch.Generator().manual_seed(zlib.crc32(f"batches:{{seed}}".encode()))
    batch = min({BATCH}, len(x))
    steps = max(1, len(x) // {BATCH})
    for _ in range(-(-{STEPS} // steps)):  # epochs
        for rows in torch.randperm(len(x), generator=batches)[: len(x) // batch * batch].split(batch):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        return model(x_validation).argmax(1).numpy()

""",
        f"""\
    classes, mean, spread = votes.shape[1], x.mean(0), x.std(0) + 1e-6
    x, x_validation = (torch.tensor((part - mean) / spread) for part in (x, x_validation))
    y = torch.tensor(y)
    drawn = np.sort(rng.integers(n, size=({s.trees}, max(1, round({s.draw!r} * n)))), axis=1)
    for m, rows in enumerate(drawn, 1):
        said = answers(x[rows], y[rows], x_validation, classes, 1000 * seed + m)
        votes[np.arange(len(votes)), said] += 1
    one = answers(x, y, x_validation, classes, 1000 * seed)""",
    )
