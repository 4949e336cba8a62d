"""The folding network in exact arithmetic: two ReLU neurons a layer, each layer folds the interval [0, 1] once.

A layer takes y to weight * (relu(y - 1/2) + relu(1/2 - y)) = weight * |y - 1/2|. With weight 2 both halves of [0, 1] are stretched
over all of it, so the next layer folds every piece again: Telgarsky, "Benefits of depth in neural networks" (2016); Montúfar, Pascanu,
Cho and Bengio, "On the number of linear regions of deep neural networks" (2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np
import torch
from torch import nn

HALF = Fraction(1, 2)
Knots = tuple[
    tuple[Fraction, Fraction], ...
]  # (x, y) where a piecewise linear function on [0, 1] may bend, ends included


def exact(weight: float) -> Fraction:
    """The number as it stands on a slider: 1.1 is eleven tenths."""
    return Fraction(str(weight))


@lru_cache(maxsize=512)
def folded(layers: int, weight: Fraction = Fraction(2)) -> Knots:
    """What so many layers make of x in [0, 1]."""
    if layers == 0:
        return ((Fraction(0), Fraction(0)), (Fraction(1), Fraction(1)))
    knots = list[tuple[Fraction, Fraction]]()
    before = folded(layers - 1, weight)
    for (a, ya), (b, yb) in pairwise(before):
        knots.append((a, weight * abs(ya - HALF)))
        if min(ya, yb) < HALF < max(ya, yb):  # the fold falls within this piece
            knots.append((a + (b - a) * (HALF - ya) / (yb - ya), Fraction(0)))
    knots.append((before[-1][0], weight * abs(before[-1][1] - HALF)))
    return tuple(knots)


def pieces(knots: Knots) -> int:
    """In how many straight pieces it falls: neighbours of the same slope are one."""
    slopes = [(yb - ya) / (b - a) for (a, ya), (b, yb) in pairwise(knots)]
    return 1 + sum(s != t for s, t in pairwise(slopes))


def one_layer(knots: Knots, neurons: int) -> list[tuple[Fraction, Fraction]]:
    """(threshold, coefficient) of so many neurons of one hidden layer, y(0) + sum of coefficient * relu(x - threshold): as many pieces
    from the left as there are neurons are right, and the last goes straight on. The knots must all be bends."""
    slopes = [(yb - ya) / (b - a) for (a, ya), (b, yb) in pairwise(knots)]
    jumps = [slopes[0], *(t - s for s, t in pairwise(slopes))]
    return [(x, jump) for (x, _), jump in zip(knots[:-1], jumps, strict=True)][:neurons]


def at(terms: Sequence[tuple[Fraction, Fraction]], start: Fraction, x: np.ndarray) -> np.ndarray:
    """The one hidden layer of `one_layer` at x."""
    y = np.full(x.shape, float(start))
    for threshold, coefficient in terms:
        y += float(coefficient) * np.maximum(x - float(threshold), 0)
    return y


def network(layers: int, weight: float = 2.0) -> nn.Sequential:
    """The same as a torch network. The sum of a layer's two neurons times weight is left to the layer behind it."""
    parts: list[nn.Module] = []
    for layer in range(layers):
        linear = nn.Linear(2 if layer else 1, 2)
        with torch.no_grad():
            side = torch.tensor([[1.0], [-1.0]])
            linear.weight.copy_(weight * side.expand(2, 2) if layer else side)
            linear.bias.copy_(torch.tensor([-0.5, 0.5]))
        parts += [linear, nn.ReLU()]
    last = nn.Linear(2, 1)
    nn.init.constant_(last.weight, weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*parts, last)
