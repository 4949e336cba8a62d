"""The folding network in exact arithmetic: two ReLU neurons a layer, each layer folds the interval [0, 1] once.

A layer takes y to weight * (relu(y - 1/2) + relu(1/2 - y)) = weight * |y - 1/2|. With weight 2 both halves of [0, 1] are
stretched over all of it, so the next layer folds every piece again: Telgarsky, "Benefits of depth in neural networks" (2016);
Montúfar, Pascanu, Cho and Bengio, "On the number of linear regions of deep neural networks" (2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np

HALF = Fraction(1, 2)
Point = tuple[Fraction, Fraction]
Knots = tuple[Point, ...]  # (x, y) where a piecewise linear function on [0, 1] may bend, and its two ends


def exact(weight: float) -> Fraction:
    """The number as it is written: 1.1 is eleven tenths."""
    return Fraction(str(weight))


@lru_cache(maxsize=512)
def folded(layers: int, weight: Fraction = Fraction(2)) -> Knots:
    """The function of x in [0, 1] that this many layers compute."""
    if layers == 0:
        return ((Fraction(0), Fraction(0)), (Fraction(1), Fraction(1)))
    knots = list[Point]()
    before = folded(layers - 1, weight)
    for (a, ya), (b, yb) in pairwise(before):
        knots.append((a, weight * abs(ya - HALF)))
        if min(ya, yb) < HALF < max(ya, yb):  # the fold lies within this piece
            knots.append((a + (b - a) * (HALF - ya) / (yb - ya), Fraction(0)))
    knots.append((before[-1][0], weight * abs(before[-1][1] - HALF)))
    return tuple(knots)


def bends(knots: Knots) -> Knots:
    """The same function without the knots at which its slope stays the same."""
    slopes = [(yb - ya) / (b - a) for (a, ya), (b, yb) in pairwise(knots)]
    inner = [point for point, (s, t) in zip(knots[1:-1], pairwise(slopes), strict=True) if s != t]
    return (knots[0], *inner, knots[-1])


def pieces(knots: Knots) -> int:
    """Number of straight pieces of the function; neighbours of the same slope are one."""
    return len(bends(knots)) - 1


def one_layer(knots: Knots, neurons: int) -> list[Point]:
    """(threshold, coefficient) of each neuron of one hidden layer, y(0) + sum of coefficient * relu(x - threshold): it has
    the first `neurons` pieces of the function, and goes straight on after the last of them."""
    points = bends(knots)
    slopes = [(yb - ya) / (b - a) for (a, ya), (b, yb) in pairwise(points)]
    changes = [slopes[0], *(t - s for s, t in pairwise(slopes))]
    return [(x, change) for (x, _), change in zip(points[:-1], changes, strict=True)][:neurons]


def one_layer_at(terms: Sequence[Point], start: Fraction, x: np.ndarray) -> np.ndarray:
    """The values at x of a function given by `one_layer`; start: its value at 0."""
    y = np.full(x.shape, float(start))
    for threshold, coefficient in terms:
        y += float(coefficient) * np.maximum(x - float(threshold), 0)
    return y
