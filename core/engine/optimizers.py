"""Optimisers over a stack: each is a few broadcast lines on the matrices theta and grad (K, P).

Every coefficient is a (K, 1) column, so it may differ along the stack. The formulas and their order follow torch.optim
(SGD, RMSprop, Adam, AdamW with their default arguments), so each row goes where torch's own optimiser would take it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class Coefficients:
    """What an update needs besides the gradient. Each is a (K, 1) column.

    lr: learning rate of this step, 0 for stopped models. momentum: of Momentum and Nesterov. weight_decay: None when no
    model has any. step: number of this update, from 1. Where it is a tensor, it is float64, because 1 - 0.999**step loses
    half its digits in float32.
    """

    lr: Tensor
    momentum: Tensor
    weight_decay: Tensor | None
    step: Tensor | int


State = dict[str, Tensor]
Update = Callable[[Tensor, Tensor, State, Coefficients], None]


def _decayed(theta: Tensor, grad: Tensor, c: Coefficients) -> Tensor:
    """The gradient of the loss + weight_decay/2 * |theta|^2: L2 as in torch.optim's weight_decay."""
    return grad if c.weight_decay is None else torch.addcmul(grad, theta, c.weight_decay)


def _slot(state: State, name: str, like: Tensor) -> Tensor:
    if name not in state:
        state[name] = torch.zeros_like(like)
    return state[name]


def sgd(theta: Tensor, grad: Tensor, state: State, c: Coefficients) -> None:
    """Plain gradient descent, as torch.optim.SGD."""
    theta.addcmul_(_decayed(theta, grad, c), c.lr, value=-1)


def momentum(theta: Tensor, grad: Tensor, state: State, c: Coefficients) -> None:
    """Heavy ball, as torch.optim.SGD(momentum=...): gradients enter the velocity without a factor 1 - momentum."""
    v = _slot(state, "velocity", theta)
    v.mul_(c.momentum).add_(_decayed(theta, grad, c))
    theta.addcmul_(v, c.lr, value=-1)


def nesterov(theta: Tensor, grad: Tensor, state: State, c: Coefficients) -> None:
    """Nesterov's momentum, as torch.optim.SGD(nesterov=True)."""
    v = _slot(state, "velocity", theta)
    g = _decayed(theta, grad, c)
    v.mul_(c.momentum).add_(g)
    theta.addcmul_(torch.addcmul(g, v, c.momentum), c.lr, value=-1)


def rmsprop(theta: Tensor, grad: Tensor, state: State, c: Coefficients, alpha: float = 0.99, eps: float = 1e-8) -> None:
    """Gradient over the root of its mean square, as torch.optim.RMSprop. Tieleman and Hinton (2012)."""
    s = _slot(state, "square", theta)
    g = _decayed(theta, grad, c)
    s.lerp_(g * g, 1 - alpha)
    theta.addcdiv_(g * c.lr, s.sqrt().add_(eps), value=-1)


def adam(
    theta: Tensor,
    grad: Tensor,
    state: State,
    c: Coefficients,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> None:
    """Running mean of the gradient over the root of its mean square, both corrected for bias: Kingma and Ba (2015)."""
    m = _slot(state, "mean", theta)
    v = _slot(state, "square", theta)
    g = _decayed(theta, grad, c)
    m.lerp_(g, 1 - beta1)
    v.lerp_(g * g, 1 - beta2)
    # m/(1-b1^t) / (sqrt(v/(1-b2^t)) + eps), with both corrections moved out of the (K, P) matrices.
    root = (1 - beta2**c.step) ** 0.5
    rate = (c.lr * (root / (1 - beta1**c.step))).to(theta.dtype)
    theta.addcdiv_(m * rate, v.sqrt().add_(eps * root), value=-1)


def adamw(theta: Tensor, grad: Tensor, state: State, c: Coefficients) -> None:
    """Adam with a weight decay that acts on the weights themselves, not through the gradient: Loshchilov and Hutter (2019)."""
    if c.weight_decay is not None:
        theta.mul_(1 - c.lr * c.weight_decay)
    adam(theta, grad, state, Coefficients(c.lr, c.momentum, None, c.step))


OPTIMIZERS: dict[str, Update] = {
    "SGD": sgd,
    "Momentum": momentum,
    "Nesterov": nesterov,
    "RMSprop": rmsprop,
    "Adam": adam,
    "AdamW": adamw,
}
STATES = {
    "SGD": 0,
    "Momentum": 1,
    "Nesterov": 1,
    "RMSprop": 1,
    "Adam": 2,
    "AdamW": 2,
}  # numbers kept for each parameter


def shrink(theta: Tensor, mask: Tensor, threshold: Tensor) -> None:
    """Take the proximal step of L1: move every weight towards zero by `threshold` (K, 1), and stop at exactly zero.

    mask (P,) bool: which columns of theta (K, P) are weights. This is soft thresholding: Parikh and Boyd, "Proximal
    Algorithms" (2014), section 6.5.2.
    """
    theta.copy_(torch.where(mask, theta.sign() * (theta.abs() - threshold).clamp_(min=0), theta))


def clip(grad: Tensor, limit: Tensor) -> None:
    """Scale each model's gradient down to the norm `limit` (K, 1), like torch.nn.utils.clip_grad_norm_ for one model."""
    norm = grad.norm(dim=1, keepdim=True)
    grad.mul_((limit / (norm + 1e-6)).clamp_(max=1))
