"""Least squares by closed form, by gradient descent and by minibatch SGD, and two penalties."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import torch
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, Ridge
from torch import nn


def rows(s):
    """Inputs (n, d) and targets (n,); outliers last."""
    if s.data == "points":
        rng = np.random.default_rng(s.seed)
        x = rng.uniform(0, 3, (60, 1))
        y = 1 + 1.5 * x[:, 0] + 0.8 * rng.standard_normal(60)
    elif s.data == "own":
        table = pd.read_csv("own.csv").to_numpy(float)  # the file that was uploaded, beside this script
        x, y = table[:, :-1], table[:, -1]
    else:
        x, y = load_diabetes(return_X_y=True, scaled=False)
        x = x[:, {"bmi": [2], "blood": [4, 5], "diabetes": list(range(10))}[s.data]]
    y = (y - y.mean()) / y.std()
    if s.data in ("points", "bmi"):
        at = x.min() + s.across / 100 * np.ptp(x)
        x = np.vstack([x, np.full((s.outliers, 1), at)])
        y = np.append(y, np.full(s.outliers, s.height))
    if s.scaling != "raw":
        x = x - x.mean(0)
    if s.scaling == "standardised":
        x = x / x.std(0)
    return torch.tensor(x), torch.tensor(y)[:, None]


def train(x, y, s, batch, falling=False, seed=0):
    """A linear layer trained by SGD; gradient descent when a batch holds all rows."""
    model = nn.Linear(x.shape[1], 1).double()
    nn.init.zeros_(model.weight)
    nn.init.ones_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=s.lr)
    rng = np.random.default_rng([seed, 1])
    for epoch in range(s.epochs):
        optimizer.param_groups[0]["lr"] = s.lr / (1 + epoch / 5) if falling else s.lr
        for some in torch.tensor(rng.permutation(len(x))).split(batch):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x[some]), y[some]).backward()
            optimizer.step()
    return torch.cat([model.weight[0], model.bias]).detach()


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Print the weights and how far each way of descent ends from the closed form."""
    s = settings
    torch.set_num_threads(1)
    x, y = rows(s)
    X = torch.cat([x, torch.ones_like(y)], 1)
    exact = torch.linalg.lstsq(X, y).solution[:, 0]
    hessian = 2 / len(X) * X.T @ X
    limit = 2 / torch.linalg.eigvalsh(hessian)[-1]
    print(f"closed form: {[round(w, 4) for w in exact.tolist()]}")
    print(f"learning rate {s.lr}, limit 2/lambda_max = {limit:.4g}")
    off = {"gradient descent": [(train(x, y, s, len(x)) - exact).abs().max().item()]}
    for name in ("constant", "falling"):
        ways = [train(x, y, s, s.batch, name == "falling", s.seed + k) for k in range(s.seeds)]
        off[name] = [(w - exact).abs().max().item() for w in ways]
    for name, errors in off.items():
        print(f"{name}: largest weight error {np.median(errors):.3g}")
    data, target = load_diabetes(return_X_y=True, scaled=False)
    data, target = (data - data.mean(0)) / data.std(0), (target - target.mean()) / target.std()
    n = len(data)
    off["ridge"] = Ridge(alpha=n * s.strength, fit_intercept=False).fit(data, target).coef_.tolist()
    off["lasso"] = (
        Lasso(alpha=s.strength / 2, fit_intercept=False, tol=1e-8, max_iter=100_000).fit(data, target).coef_.tolist()
    )
    print(f"weights that lasso sets to 0: {off['lasso'].count(0.0)} of 10; ridge: {off['ridge'].count(0.0)}")
    return {"limit": [limit.item()], "exact": exact.tolist(), **off}
