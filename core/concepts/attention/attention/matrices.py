"""Every matrix of an attention layer, computed with NumPy from the numbers that training left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import erf, softmax

from core.concepts.attention.attention.settings import SYMBOLS, Form

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Edit:
    """One weight of the map, set by hand; places count from 0."""

    head: int  # whose map
    row: int  # the place that attends
    key: int  # the place it attends to
    weight: float  # the new weight, from 0 to 1


@dataclass(frozen=True)
class Matrices:
    """What the network computes for sequences of L digits; the leading axes are those of the digits."""

    positions: np.ndarray  # what is added to each place (L, features), zeros where the network has no positions
    x: np.ndarray  # what the attention is given, after the norm (..., L, features)
    q: np.ndarray  # queries (..., heads, L, features of a head)
    k: np.ndarray  # keys, likewise
    v: np.ndarray  # values, likewise
    products: np.ndarray  # each query times each key (..., heads, L, L)
    scores: np.ndarray  # the same scaled, -inf where the mask forbids it
    weights: np.ndarray  # softmax of the scores over keys: the attention map (..., heads, L, L)
    mixed: np.ndarray  # values mixed by the weights (..., heads, L, features of a head)
    answers: np.ndarray  # probability of each digit (..., L, answers, SYMBOLS)


def compute(form: Form, p: Arrays, digits: np.ndarray, edit: Edit | None = None) -> Matrices:
    """Run the network with the parameters p on digits (..., L), with a weight of the map changed where there is an edit."""
    x = p["embedding.weight"][digits]
    L, D = x.shape[-2:]
    added = p["positions.weight"][:L] if "positions.weight" in p else np.zeros((L, D), x.dtype)
    x = x + added
    given = _norm(x, p, "attention.norm")
    projected = given @ p["attention.attend.in_proj_weight"].T + p["attention.attend.in_proj_bias"]
    heads = projected.reshape(*projected.shape[:-1], 3, form.heads, D // form.heads)
    q, k, v = (np.swapaxes(heads[..., i, :, :], -3, -2) for i in range(3))
    products = q @ np.swapaxes(k, -1, -2)
    scores = products / np.sqrt(q.shape[-1]) if form.scaled else products
    if form.causal:
        scores = np.where(np.tri(L, dtype=bool), scores, -np.inf)
    weights = softmax(scores, -1)
    if edit is not None:
        weights = edited(weights, edit)
    mixed = weights @ v
    joined = np.swapaxes(mixed, -3, -2).reshape(*x.shape)
    out = _linear(joined, p, "attention.attend.out_proj")
    if form.block:
        x = x + out
        hidden = _linear(_norm(x, p, "mlp.norm"), p, "mlp.up")
        x = x + _linear(hidden * 0.5 * (1 + erf(hidden / np.sqrt(2))), p, "mlp.down")
        out = _norm(x, p, "norm")
    logits = _linear(out, p, "answer")
    answers = softmax(logits.reshape(*logits.shape[:-1], -1, SYMBOLS), -1)
    return Matrices(added, given, q, k, v, products, scores, weights, mixed, answers)


def edited(weights: np.ndarray, edit: Edit) -> np.ndarray:
    """The map with one weight set; the others of its row keep their proportions, and the row its sum of 1."""
    changed = weights.copy()
    row = changed[..., edit.head, edit.row, :]  # a view
    others = np.ones(row.shape[-1]) - np.eye(row.shape[-1])[edit.key]
    rest = row * others
    total = rest.sum(-1, keepdims=True)
    spread = np.where(total > 1e-12, rest / np.maximum(total, 1e-12), others / max(1, len(others) - 1))
    row[...] = (1 - edit.weight) * spread
    row[..., edit.key] = edit.weight
    return changed


def places(task: str, digits: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Where the answer stands: (..., L, answers, L) bool. For reverse, shift and neighbours it is one place; for copy and sort
    every place that holds the digit."""
    L = digits.shape[-1]
    if task in ("copy", "sort"):
        return np.asarray(answers[..., None] == digits[..., None, None, :])
    i = np.arange(L)
    where = {"reverse": [L - 1 - i], "shift": [(i - 1) % L], "neighbours": [(i - 1) % L, (i + 1) % L]}[task]
    fixed = np.stack([np.eye(L, dtype=bool)[w] for w in where], 1)
    return np.broadcast_to(fixed, (*digits.shape, *fixed.shape[1:]))


def _linear(x: np.ndarray, p: Arrays, name: str) -> np.ndarray:
    out: np.ndarray = x @ p[f"{name}.weight"].T + p[f"{name}.bias"]
    return out


def _norm(x: np.ndarray, p: Arrays, name: str) -> np.ndarray:
    """Layer norm, as torch computes it."""
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    out: np.ndarray = scaled * p[f"{name}.weight"] + p[f"{name}.bias"]
    return out
