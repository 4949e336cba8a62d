"""Outputs, losses and accuracies of a stack on many examples, at once or in pieces."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Generator, Iterator
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from core.engine.pieces import NORM, Meter, divide, finish, forward_seconds, groups
from core.engine.stack import Stack

FEW_ROWS, MANY_ROWS = 16, 64
WIDEST = 2**19  # values that the widest layer holds at once, over all models, so that they stay near the cache


class Split(Protocol):
    """Examples x (n, ...) and what is to be predicted, y (n,)."""

    @property
    def x(self) -> Tensor: ...
    @property
    def y(self) -> Tensor: ...


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of each example: logits (K, B, C), y (K, B) -> (K, B)."""
    return F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="none").view(y.shape)


def evaluate(stack: Stack, split: Split, chunk: int = WIDEST) -> dict[str, Tensor]:
    """Loss and accuracy of every model on all of `split`, each (K,), in eval mode. chunk: how many values, over all
    models, the widest layer may hold at once."""
    return finish(evaluate_steps(stack, split, chunk))


def evaluate_steps(
    stack: Stack, split: Split, chunk: int = WIDEST, meter: Meter | None = None
) -> Generator[None, None, dict[str, Tensor]]:
    """Computes what `evaluate` returns, yielding where it takes long.

    meter: of a caller that has done some work since its last yield, so that this work counts too.
    """
    n = len(split.x)
    loss = torch.zeros(stack.K, device=stack.device)
    right = torch.zeros(stack.K, device=stack.device)
    for piece in _pieces(stack, split.x, chunk, meter or Meter(stack.device)):
        if piece is None:
            yield
            continue
        models, rows = piece
        y = split.y[rows]
        logits = _logits(stack.part(models), split.x[rows])
        loss[models].add_(cross_entropy(logits, y.expand(len(logits), -1)).sum(1))
        right[models].add_((logits.argmax(2) == y).sum(1))
    return {"loss": loss / n, "accuracy": right / n}


def shared_steps(
    stack: Stack,
    x: Tensor,
    then: Callable[[Tensor], Tensor] = lambda logits: logits,
    chunk: int = WIDEST,
    meter: Meter | None = None,
) -> Generator[None, None, Tensor]:
    """Computes the output of every model for every example of x (n, ...), in eval mode, yielding where it takes long.
    Returns (K, n, ...) on the stack's device.

    then: applied to the outputs (k, b, out) of some models for some examples, such as a softmax or an argmax.
    """
    result: Tensor | None = None
    for piece in _pieces(stack, x, chunk, meter or Meter(stack.device)):
        if piece is None:
            yield
            continue
        models, rows = piece
        part = then(_logits(stack.part(models), x[rows]))
        if result is None:
            result = part.new_empty(stack.K, len(x), *part.shape[2:])
        result[models, rows] = part
    assert result is not None, "x holds no example"
    return result


def norm_steps(matrix: Tensor, mask: Tensor | None, meter: Meter) -> Generator[None, None, Tensor]:
    """Computes the norm of each row of `matrix` (K, P), yielding where it takes long. Returns (K,).

    mask (P,) bool: which columns count; None: all.
    """
    seconds = matrix.shape[1] * NORM
    norms = []
    for models in groups(len(matrix), int(meter.limit / seconds)):
        if meter.full((models.stop - models.start) * seconds):
            yield
        rows = matrix[models]
        norms.append((rows if mask is None else rows * mask).norm(dim=1))
    return torch.cat(norms)


def _logits(part: Stack, x: Tensor) -> Tensor:
    training = part.training
    part.training = False
    with torch.no_grad():
        logits = part.shared(x)
    part.training = training
    return logits


def _pieces(stack: Stack, x: Tensor, chunk: int, meter: Meter) -> Iterator[tuple[slice, slice] | None]:
    """The pieces (models, rows of x) that make up a forward pass of every model on all of x, and a None before each piece
    that a caller should yield before."""
    n = len(x)
    K = stack.K
    P = stack.theta.shape[1]
    cost = stack.cost(tuple(x.shape[1:]))
    size = max(1, min(n, chunk // (K * stack.widest(x[0].numel()))))
    enough = size >= min(n, FEW_ROWS) or not stack.divisible
    whole = math.ceil(n / size) * K * forward_seconds(cost, P, size)
    if enough and whole <= meter.limit:  # the usual case
        if meter.full(whole):
            yield None
        for start in range(0, n, size):
            yield slice(0, K), slice(start, start + size)
        return
    # All models on few examples at a time would read all weights again and again. Some models on more examples do not.
    together = K if enough else max(1, chunk // (MANY_ROWS * stack.widest(x[0].numel())))
    for models in groups(K, together):
        k = models.stop - models.start
        size = max(1, min(n, chunk // (k * stack.widest(x[0].numel()))))
        division = divide(
            k, size, lambda rows: forward_seconds(cost, P, rows), cost.values, stack.device, by_models=stack.divisible
        )
        for start in range(0, n, size):
            for some, part in itertools.product(division.models, division.rows):
                rows = slice(start + part.start, min(n, start + part.stop))
                if rows.start >= rows.stop:
                    continue
                if meter.full((some.stop - some.start) * forward_seconds(cost, P, rows.stop - rows.start)):
                    yield None
                yield slice(models.start + some.start, models.start + some.stop), rows
