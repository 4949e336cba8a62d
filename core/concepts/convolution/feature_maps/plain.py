"""First layers trained from different random starts, and how alike their kernels are."""

from types import SimpleNamespace

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import nn

from core.data.arrays import mnist5k
from core.data.checks import split_indices
from core.engine.random import generator


def train(s: SimpleNamespace, seed: int) -> tuple[np.ndarray, float]:
    """One network: its first layer (C, k, k) and its validation accuracy."""
    x, y = (torch.from_numpy(part) for part in mnist5k())
    rows, held_out, _ = (torch.from_numpy(part) for part in split_indices(y.numpy(), 0))
    side = ((28 - s.size) // 2 + 1) // 2
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(1, s.kernels, s.size, stride=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(s.kernels * side**2, 10)
    )  # fmt: skip
    steps = s.epochs * (len(rows) // 32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=s.weight_decay)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 0.5 * (1 + np.cos(np.pi * t / steps)))
    batches = generator(seed, "batches")
    for _ in range(s.epochs):
        order = rows[torch.randperm(len(rows), generator=batches)]
        for batch in order[: len(order) // 32 * 32].split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
            scheduler.step()
    with torch.no_grad():
        right = (model(x[held_out]).argmax(1) == y[held_out]).float().mean().item()
    return model[0].weight.detach().double().numpy()[:, 0], right


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Mean correlation of the kernels of two networks, matched one to one."""
    flat = [w.reshape(len(w), -1) - w.mean((1, 2)).reshape(-1, 1) for w in (one, other)]
    a, b = (f / np.linalg.norm(f, axis=1, keepdims=True) for f in flat)
    rows, partners = linear_sum_assignment(-a @ b.T)
    return float((a @ b.T)[rows, partners].mean())


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Print the accuracy of each network and the correlation of each pair."""
    s = settings
    networks = [train(s, s.seed + i) for i in range(s.seeds)]
    for i, (_, accuracy) in enumerate(networks):
        print(f"seed {s.seed + i}: accuracy {accuracy:.3f}")
    found = [correlation(networks[i][0], networks[i + 1][0]) for i in range(0, s.seeds, 2)]
    for i, value in enumerate(found):
        print(f"seeds {s.seed + 2 * i} and {s.seed + 2 * i + 1}: matched kernels correlate by {value:.3f}")
    return {"accuracy": [accuracy for _, accuracy in networks], "correlation": found}
