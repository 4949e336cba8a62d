"""What to answer, given probabilities of the classes and a cost for each answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def cost_matrix(groups: Sequence[int], far: float, near: float, inner: float, root: float) -> np.ndarray:
    """The cost of each answer for each true class (C, C + G + 1): classes, then groups, then "do not know". A class or group of
    another group costs `far`, another class of the right group `near`, the right group `inner`, "do not know" `root`."""
    own = np.asarray(groups)
    leaves = np.where(own[:, None] == own, near, far)
    np.fill_diagonal(leaves, 0.0)
    nodes = np.where(own[:, None] == np.arange(own.max() + 1), inner, far)
    return np.column_stack([leaves, nodes, np.full(len(own), root)])


def expected(p: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """The expected cost of each answer (..., answers) under the probabilities p (..., C)."""
    return np.asarray(p @ cost.astype(p.dtype))


def answers(p: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """The number of what each of the RULES answers (3, ...) under the probabilities p (..., C)."""
    dear, classes = expected(p, cost), p.shape[-1]
    return np.stack([p.argmax(-1), dear[..., :classes].argmin(-1), dear.argmin(-1)])


def turning(p: np.ndarray, groups: Sequence[int], near: float) -> np.ndarray:
    """The cost of a wrong group (...) above which the cheapest class lies in another group than the likeliest class, under the
    probabilities p (..., C); infinite where that never happens."""
    own = np.asarray(groups)
    inside = own == np.arange(own.max() + 1)[:, None]  # (G, C)
    mass = p @ inside.T.astype(p.dtype)
    rest = mass - np.where(inside, p[..., None, :], 0).max(-1)  # of the group, beside its likeliest class
    mine = own[p.argmax(-1)][..., None]
    more, dear = (v - np.take_along_axis(v, mine, -1) for v in (mass, rest))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(more > 0, near * dear / more, np.inf).min(-1))


def kinds(y: np.ndarray, given: np.ndarray, groups: Sequence[int]) -> np.ndarray:
    """How right answers given (...) are where the classes are y (...): numbers of KINDS."""
    own = np.asarray(groups)
    classes, most = len(own), own.max() + 1
    of = np.concatenate([own, np.arange(most), [-1]])  # group of each answer
    found = np.where(of[given] == own[y], np.where(given >= classes, 1, 3), 4)
    found[given == y] = 0
    found[given == classes + most] = 2
    return found
