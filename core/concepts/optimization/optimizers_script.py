"""The race as a script to take away."""

from __future__ import annotations

from typing import Any


def optimizers_script(s: Any) -> str:
    """Settings of core.concepts.optimization.optimizers -> plain PyTorch that takes the same paths."""
    arguments = {
        "SGD": "torch.optim.SGD([w], lr={lr!r})",
        "Momentum": "torch.optim.SGD([w], lr={lr!r}, momentum={m!r})",
        "Nesterov": "torch.optim.SGD([w], lr={lr!r}, momentum={m!r}" + (", nesterov=True)" if s.momentum else ")"),
        "RMSprop": "torch.optim.RMSprop([w], lr={lr!r})",
        "Adam": "torch.optim.Adam([w], lr={lr!r})",
        "AdamW": "torch.optim.AdamW([w], lr={lr!r}, weight_decay={d!r})",
        "Rprop": "torch.optim.Rprop([w], lr={lr!r})",
    }
    rows = "\n".join(
        f'    "{n}": lambda w: ' + arguments[n].format(lr=getattr(s, f"lr_{n}"), m=s.momentum, d=s.decay) + ","
        for n in s.chosen
    )
    formula = {
        "bowl": "(x**2 + y**2) / 2",
        "ravine": "(x**2 + 20 * y**2) / 2",
        "saddle": "x**2 / 2 + y**4 / 4 - y**2 / 2",
        "double well": "(x**2 - 1) ** 2 + 0.3 * x + y**2 / 2",
        "Rosenbrock": "(1 - x) ** 2 + 100 * (y - x**2) ** 2",
        "Himmelblau": "(x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2",
        "Beale": "(1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2",
    }[s.surface]
    return f'''"""Optimisers raced on the {s.surface}."""

import torch


def f(x, y):
    return {formula}


optimizers = {{
{rows}
}}
for name, make in optimizers.items():
    w = torch.tensor({list(s.start)!r}, dtype=torch.float64, requires_grad=True)
    optimizer = make(w)
    for step in range({s.steps}):
        optimizer.zero_grad()
        f(*w).backward()
        optimizer.step()
    print(f"{{name}}: x = {{w[0].item():.6f}}, y = {{w[1].item():.6f}}, f = {{f(*w).item():.6g}}")
'''
