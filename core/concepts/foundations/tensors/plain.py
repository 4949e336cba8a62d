"""Shapes, a sum, norms, and a regression whose loss broadcasts by mistake."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

OPERATIONS = {"plus": torch.add, "minus": torch.sub, "times": torch.mul}


def shapes(s: SimpleNamespace) -> tuple[torch.Tensor, torch.Tensor]:
    """Both tensors, with 0, 1, 2 ... and 0, 10, 20 ... in them."""
    a = torch.arange(6 * 6 * 3)[: int(np.prod((s.a3, s.a2, s.a1)[3 - s.rank_a :]))]
    b = 10 * torch.arange(6 * 6 * 3)[: int(np.prod((s.b3, s.b2, s.b1)[3 - s.rank_b :]))]
    return a.reshape((s.a3, s.a2, s.a1)[3 - s.rank_a :]), b.reshape((s.b3, s.b2, s.b1)[3 - s.rank_b :])


def fit(s: SimpleNamespace, seed: int, silent: bool) -> float:
    """Train one network on a noisy sine; return its error on the sine itself."""
    rng = np.random.default_rng(s.seed)
    x = rng.uniform(-1, 1, s.points).astype(np.float32)
    y = (2**0.5 * np.sin(np.pi * x) + s.noise * rng.normal(size=s.points)).astype(np.float32)
    x, y = 3 * torch.from_numpy(x)[:, None], torch.from_numpy(y)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    for _ in range(s.steps):
        optimizer.zero_grad()
        prediction = model(x)  # (n, 1)
        if not silent:
            prediction = prediction.squeeze(1)  # (n,), as y
        ((prediction - y) ** 2).mean().backward()
        optimizer.step()
    grid = torch.linspace(-1, 1, 101)
    with torch.no_grad():
        away = model(3 * grid[:, None]).squeeze(1) - 2**0.5 * torch.sin(torch.pi * grid)
    return away.square().mean().sqrt().item()


def main(settings: SimpleNamespace) -> dict[str, object]:
    """Print the shape of the result, its sum, the norms, and the errors of both losses."""
    s = settings
    a, b = shapes(s)
    found: dict[str, object] = {}
    try:
        c = OPERATIONS[s.operation](a, b)
        print(f"{tuple(a.shape)} {s.operation} {tuple(b.shape)} gives {tuple(c.shape)}")
        axes = tuple(range(c.dim())) if s.axis == "all" else (int(s.axis),)
        total = c.sum(axes, keepdim=s.keepdim) if axes else c
        print(f"summed over {s.axis}: {tuple(total.shape)}, {total.tolist()}")
        found |= {"shape": tuple(c.shape), "total": total.tolist()}
    except (RuntimeError, IndexError) as error:
        print(f"PyTorch says: {error}")
        found["error"] = str(error)
    print(f"Frobenius norm of A: {torch.linalg.norm(a.double()).item():.6g}")
    for name, silent in (("right", False), ("silent", True)):
        errors = [fit(s, s.seed + k, silent) for k in range(s.seeds)]
        print(f"{name} loss: error {np.mean(errors):.4f}")
        found[name] = errors
    return found
