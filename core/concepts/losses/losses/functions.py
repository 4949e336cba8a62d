"""Loss functions as one-liners on one axis each: a residual, a margin, a distance or an overlap.

Every function takes a tensor of any shape and gives the loss of each entry; gradients come from autograd, so what is drawn is what a
network would be given. All stay finite, gradient included, at inputs of 1e4 in float32: softplus(-m) is written
-logsigmoid(m), log cosh e is written logaddexp(e, -e) - log 2, and a power of a probability is the exponential of its logarithm.

Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), chapters 5 and 6; the texts name the paper of each loss.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from core.concepts.losses.losses.settings import PARAMETERS

# Regression: e = prediction - target.


def mae(e: Tensor) -> Tensor:
    return e.abs()


def mse(e: Tensor) -> Tensor:
    return e**2


def rmse(e: Tensor, batch: int) -> Tensor:
    """The root of the mean square of a batch in which one residual is e and the other batch - 1 are 1."""
    if batch == 1:
        return e.abs()
    rest = (batch - 1) / batch
    return torch.hypot(e / math.sqrt(batch), torch.full_like(e, math.sqrt(rest)))


def huber(e: Tensor, delta: float) -> Tensor:
    a = e.abs()
    return torch.where(a <= delta, e**2 / 2, delta * (a - delta / 2))


def smooth_l1(e: Tensor, beta: float) -> Tensor:
    a = e.abs()
    return torch.where(a < beta, e**2 / (2 * beta), a - beta / 2)


def log_cosh(e: Tensor) -> Tensor:
    return torch.logaddexp(e, -e) - math.log(2)


def quantile(e: Tensor, q: float) -> Tensor:
    """A prediction too low costs q a unit, one too high 1 - q."""
    return torch.where(e < 0, -q * e, (1 - q) * e)


# Classification: m = logit of the right class above that of the others (which are alike).


def zero_one(m: Tensor) -> Tensor:
    return (m <= 0).to(m.dtype) + 0 * m  # the added nothing keeps it in the graph: its gradient is 0 everywhere


def bce(m: Tensor) -> Tensor:
    return -F.logsigmoid(m)


def cross_entropy(m: Tensor, classes: int) -> Tensor:
    """log(1 + (C - 1) e^-m): softmax over logits (m, 0, ..., 0)."""
    return -F.logsigmoid(m - math.log(classes - 1))


def label_smoothing(m: Tensor, epsilon: float, classes: int) -> Tensor:
    """Cross-entropy with the target (1 - eps + eps/C, eps/C, ..., eps/C)."""
    return cross_entropy(m, classes) + epsilon * (classes - 1) / classes * m


def hinge(m: Tensor) -> Tensor:
    return (1 - m).clamp(min=0)


def squared_hinge(m: Tensor) -> Tensor:
    return (1 - m).clamp(min=0) ** 2


def focal(m: Tensor, gamma: float) -> Tensor:
    """(1 - p)^gamma times -log p, with p the probability given to the truth."""
    return (gamma * F.logsigmoid(-m)).exp() * bce(m)


def kl(m: Tensor, target: float) -> Tensor:
    """KL(target || prediction) when the label itself is only right with probability `target`."""
    entropy = -sum(p * math.log(p) for p in (target, 1 - target) if p > 0)
    return bce(m) + (1 - target) * m - entropy


# Embedding: d = distance of two embeddings on the unit sphere, from 0 to 2.


def contrastive_same(d: Tensor) -> Tensor:
    return d**2 / 2


def contrastive_other(d: Tensor, margin: float) -> Tensor:
    return (margin - d).clamp(min=0) ** 2 / 2


def triplet(d: Tensor, margin: float, negative: float) -> Tensor:
    """d: anchor to positive; negative: anchor to negative."""
    return (d - negative + margin).clamp(min=0)


def info_nce(d: Tensor, temperature: float, negative: float, negatives: int) -> Tensor:
    """Softmax over cosine similarities 1 - d^2/2: one positive at distance d, the negatives all at `negative`."""
    gap = (negative**2 - d**2) / (2 * temperature)
    return cross_entropy(gap, negatives + 1)


# Overlap: i = intersection, as a share of the true region; size = area predicted, as a share of the true one.


def dice(i: Tensor, size: float) -> Tensor:
    return 1 - 2 * i / (1 + size)


def iou(i: Tensor, size: float) -> Tensor:
    return 1 - i / (1 + size - i)


FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "MAE": mae,
    "MSE": mse,
    "RMSE": rmse,
    "Huber": huber,
    "smooth L1": smooth_l1,
    "log-cosh": log_cosh,
    "quantile": quantile,
    "0-1": zero_one,
    "BCE": bce,
    "cross-entropy": cross_entropy,
    "hinge": hinge,
    "focal": focal,
    "label smoothing": label_smoothing,
    "squared hinge": squared_hinge,
    "KL": kl,
    "contrastive same": contrastive_same,
    "contrastive other": contrastive_other,
    "triplet": triplet,
    "InfoNCE": info_nce,
    "Dice": dice,
    "IoU": iou,
}


def bind(name: str, values: Mapping[str, float]) -> Callable[[Tensor], Tensor]:
    """The loss as a function of its axis alone, with its parameters taken from `values`."""
    return partial(FUNCTIONS[name], **{p: values[p] for p in PARAMETERS.get(name, ())})


def gradient(loss: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The derivative at each entry, by autograd."""
    x = x.detach().requires_grad_()
    return torch.autograd.grad(loss(x).sum(), x)[0]
