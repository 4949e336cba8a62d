"""Both networks of every seed, trained one after the other on random sequences of digits."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from core.engine.networks import Positions, Residual, SelfAttention
from core.engine.random import generator

SYMBOLS, BATCH, TEST = 10, 64, 300


def targets(task, x):
    """What each place of the sequences x (..., L) has to answer: (..., L, answers)."""
    if task == "neighbours":
        return torch.stack([x.roll(1, -1), x.roll(-1, -1)], -1)
    answers = {"reverse": x.flip(-1), "shift": x.roll(1, -1), "copy": x, "sort": x.sort(-1).values}
    return answers[task][..., None]


def network(s, lacks):
    """Digits (B, L) -> scores (B, L, answers * SYMBOLS). lacks: what is left out, or an empty string."""
    d, heads = s.width, 1 if lacks == "heads" else s.heads
    positions = [] if lacks == "positions" else [Positions(s.length, d, s.positions == "learned")]
    layers = [nn.Embedding(SYMBOLS, d), *positions]
    attend = [nn.LayerNorm(d), SelfAttention(d, heads, causal=lacks == "future", scaled=lacks != "scale")]
    if s.block:  # the encoder block of a transformer, its norms first
        hidden = [nn.LayerNorm(d), nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d)]
        layers += [Residual(*attend), Residual(*hidden), nn.LayerNorm(d)]
    else:
        layers += attend
    return nn.Sequential(*layers, nn.Linear(d, SYMBOLS * (2 if s.task == "neighbours" else 1)))


def train(s, seed, lacks):
    """Train one network on fresh batches and return its accuracy on test sequences."""
    torch.manual_seed(seed)
    model = network(s, lacks)
    optimizer = torch.optim.Adam(model.parameters(), lr=s.lr)
    batches = generator(seed, "batches")
    for _ in range(s.steps):
        x = torch.randint(SYMBOLS, (BATCH, s.length), generator=batches)
        y = targets(s.task, x)
        scores = model(x).unflatten(-1, (-1, SYMBOLS))
        optimizer.zero_grad()
        nn.functional.cross_entropy(scores.flatten(0, -2), y.flatten()).backward()
        optimizer.step()
    x = torch.randint(SYMBOLS, (TEST, s.length), generator=generator(seed, "test"))
    with torch.no_grad():
        answers = model(x).unflatten(-1, (-1, SYMBOLS)).argmax(-1)
    return float((answers == targets(s.task, x)).float().mean())


def main(settings: SimpleNamespace) -> dict[str, list[float]]:
    """Train all networks and print the share of digits that each answers right."""
    s = settings
    torch.set_num_threads(1)
    found = {}
    for way, lacks in (("with", ""), ("without", s.without)):
        found[way] = [train(s, seed, lacks) for seed in range(s.seed, s.seed + s.seeds)]
        print(f"{way} {s.without}: accuracy {np.mean(found[way]):.4f}")
    return found
