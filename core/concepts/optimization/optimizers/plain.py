"""Optimisers of torch.optim raced from one point on a surface."""

from types import SimpleNamespace

import torch

# What is minimised, and the window that "across" and "up" are percentages of: ends of x, ends of y.
SURFACES = {
    "bowl": (lambda x, y: (x**2 + y**2) / 2, (-3, 3), (-2, 2)),
    "ravine": (lambda x, y: (x**2 + 20 * y**2) / 2, (-3, 3), (-2, 2)),
    "saddle": (lambda x, y: x**2 / 2 + y**4 / 4 - y**2 / 2, (-3, 3), (-2, 2)),
    "double well": (lambda x, y: (x**2 - 1) ** 2 + 0.3 * x + y**2 / 2, (-2, 2), (-1.5, 1.5)),
    "Rosenbrock": (lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, (-2, 2), (-1, 3)),
    "Himmelblau": (lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2, (-5, 5), (-5, 5)),
    "Beale": (
        lambda x, y: (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2,
        (-4.5, 4.5),
        (-4.5, 4.5),
    ),
}

OPTIMIZERS = {
    "SGD": lambda w, s: torch.optim.SGD([w], lr=s.lr_SGD),
    "Momentum": lambda w, s: torch.optim.SGD([w], lr=s.lr_Momentum, momentum=s.momentum),
    "Nesterov": lambda w, s: torch.optim.SGD([w], lr=s.lr_Nesterov, momentum=s.momentum, nesterov=s.momentum > 0),
    "RMSprop": lambda w, s: torch.optim.RMSprop([w], lr=s.lr_RMSprop),
    "Adam": lambda w, s: torch.optim.Adam([w], lr=s.lr_Adam),
    "AdamW": lambda w, s: torch.optim.AdamW([w], lr=s.lr_AdamW, weight_decay=s.decay),
    "Rprop": lambda w, s: torch.optim.Rprop([w], lr=s.lr_Rprop),
}


def main(settings: SimpleNamespace) -> dict[str, tuple[float, float]]:
    """Race the chosen optimisers and print where each path ends."""
    s = settings
    f, (left, right), (bottom, top) = SURFACES[s.surface]
    start = [left + s.across / 100 * (right - left), bottom + s.up / 100 * (top - bottom)]
    ends = {}
    for name in s.optimizers:
        w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        optimizer = OPTIMIZERS[name](w, s)
        for _ in range(s.steps):
            optimizer.zero_grad()
            f(w[0], w[1]).backward()
            optimizer.step()
        x, y = w.tolist()
        print(f"{name}: x = {x:.6f}, y = {y:.6f}, f = {f(w[0], w[1]).item():.6g}")
        ends[name] = (x, y)
    return ends
