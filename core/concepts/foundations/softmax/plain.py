"""Softmax three ways, its gradient, where exponentials overflow, and a classifier with softmax once and twice."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from core.data.arrays import digits
from core.data.checks import split_indices
from core.engine.random import generator

DTYPES = {"float16": torch.float16, "bfloat16": torch.bfloat16, "float32": torch.float32}


def softmax(z, temperature, method):
    """The quotients of exponentials; shifted: the largest logit is subtracted first."""
    scaled = z / temperature
    if method == "shifted":
        scaled = scaled - scaled.max()
    e = scaled.exp()
    return e / e.sum()


def largest_exponent(dtype):
    """The largest x whose exponential is finite, by bisection."""
    low, high = 0.0, 1000.0
    for _ in range(50):
        middle = (low + high) / 2
        if torch.tensor(middle, dtype=dtype).exp().isfinite():
            low = middle
        else:
            high = middle
    return torch.tensor(low, dtype=dtype).item()


def train(s, seed, twice, x, y):
    """A linear classifier of the digits."""
    torch.manual_seed(seed)
    model = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=s.lr)
    for rows in torch.randint(len(x), (s.steps, 32), generator=generator(seed, "batches")):
        logits = model(x[rows])
        loss = F.cross_entropy(logits.softmax(1) if twice else logits, y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Print probabilities, gradient and limits, and the validation accuracy of every classifier."""
    s = settings
    torch.set_num_threads(1)
    logits, truth = [s.z1, s.z2, s.z3], int(s.label) - 1
    found = {"p": softmax(torch.tensor(logits, dtype=DTYPES[s.precision]), s.temperature, s.method).tolist()}
    found["exact"] = softmax(torch.tensor(logits, dtype=torch.float64), s.temperature, "shifted").tolist()
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    F.cross_entropy(z[None] / s.temperature, torch.tensor([truth])).backward()
    found["gradient"] = z.grad.tolist()
    found["largest exponents"] = [largest_exponent(dtype) for dtype in DTYPES.values()]
    x, y = digits()
    rows, held, _ = split_indices(y, 0)
    x, y = torch.tensor(x).flatten(1), torch.tensor(y)
    for name in ("once", "twice"):
        models = [train(s, seed, name == "twice", x[rows], y[rows]) for seed in range(s.seed, s.seed + s.seeds)]
        with torch.no_grad():
            found[name] = [(m(x[held]).argmax(1) == y[held]).float().mean().item() for m in models]
    for name, numbers in found.items():
        print(f"{name}: {', '.join(f'{v:.4g}' for v in numbers)}")
    print(
        f"softmax twice changes the accuracy by {100 * np.mean(np.subtract(found['twice'], found['once'])):+.1f} points"
    )
    return found
