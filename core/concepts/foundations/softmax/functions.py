"""Softmax in the arithmetic of a chosen precision, and where that arithmetic ends."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.concepts.foundations.softmax.result import Chain

DTYPES = {"float16": torch.float16, "bfloat16": torch.bfloat16, "float32": torch.float32, "float64": torch.float64}
FAR = 1000.0  # beyond it exp is 0 or infinite in every precision


def chain(logits: np.ndarray, temperature: float, truth: int, precision: str, method: str) -> Chain:
    """Softmax of each row of logits (R, 3) and the cross-entropy of class `truth`, every step in `precision`.

    The naive loss is the logarithm of the quotient. The shifted one never forms the quotient, as in F.cross_entropy.
    """
    z = torch.tensor(logits, dtype=DTYPES[precision])
    scaled = z / temperature
    if method == "shifted":
        scaled = scaled - scaled.amax(1, keepdim=True)
    e = scaled.exp()
    total = e.sum(1)
    p = e / total[:, None]
    loss = -p[:, truth].log() if method == "naive" else total.log() - scaled[:, truth]
    return Chain(*(part.double().numpy() for part in (z, e, total, p, loss)))


def exact(logits: np.ndarray, temperature: float) -> np.ndarray:
    """The same probabilities by torch's own softmax in float64."""
    return np.asarray((torch.tensor(logits, dtype=torch.float64) / temperature).softmax(1).numpy())


def gradient(logits: np.ndarray, temperature: float, truth: int) -> np.ndarray:
    """The gradient (3,) of F.cross_entropy for one row of logits (3,), by autograd in float64."""
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    F.cross_entropy(z[None] / temperature, torch.tensor([truth])).backward()
    assert z.grad is not None
    return np.asarray(z.grad.numpy())


def border(holds: Callable[[float], bool], inside: float, outside: float) -> float:
    """The last place on the way from `inside`, where `holds`, to `outside`, where it does not, found by bisection."""
    for _ in range(50):
        middle = (inside + outside) / 2
        if holds(middle):
            inside = middle
        else:
            outside = middle
    return inside


@lru_cache
def ends(precision: str) -> tuple[float, float]:
    """The smallest x of a precision whose exponential is not 0, and the largest whose exponential is finite."""
    dtype = DTYPES[precision]

    def exp(x: float) -> Tensor:
        return torch.tensor(x, dtype=dtype).exp()

    low = border(lambda x: bool(exp(x) > 0), 0.0, -FAR)
    high = border(lambda x: bool(exp(x).isfinite()), 0.0, FAR)
    return float(torch.tensor(low, dtype=dtype)), float(torch.tensor(high, dtype=dtype))


def limits(logits: np.ndarray, temperature: float, precision: str) -> tuple[float, float]:
    """The least and the most that can be added to a row of logits (3,) before its naive sum is 0 or infinite."""
    z, dtype = torch.tensor(logits, dtype=torch.float64), DTYPES[precision]

    def holds(shift: float) -> bool:
        total = ((z + shift).to(dtype) / temperature).exp().sum()
        return bool(total.isfinite() & (total > 0))

    centre = -float(z.max())  # there the largest exponential is 1
    reach = FAR * temperature
    if reach > 3e4:  # float16 itself ends at 65,504
        reach = 3e4
    return border(holds, centre, centre - reach), border(holds, centre, centre + reach)
