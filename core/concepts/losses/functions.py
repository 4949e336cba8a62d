"""Loss functions as one-liners on one axis each: a residual, a margin, a distance or an overlap.

Every function takes a tensor of any shape and gives the loss of each entry; gradients come from autograd, so what is drawn is what a
network would be given. All stay finite, gradient included, at inputs of 1e4 in float32: softplus(-m) is written
-logsigmoid(m), log cosh e is written logaddexp(e, -e) - log 2, and a power of a probability is the exponential of its logarithm.

Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), chapters 5 and 6; each record below names its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

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


@dataclass(frozen=True)
class Loss:
    """f(x, **parameters) -> loss of each entry. parameters: the fields of the settings it takes."""

    family: str
    f: Callable[..., Tensor]
    formula: str
    says: str
    forgives: str
    parameters: tuple[str, ...] = ()


R, C, E, O = "regression", "classification", "embedding", "overlap"  # noqa: E741
FAMILIES = {
    R: "residual e = prediction − target",
    C: "margin m (logit of the truth − the others)",
    E: "distance d between two embeddings",
    O: "intersection, as a share of the truth",
}

LOSSES: dict[str, Loss] = {
    "MAE": Loss(
        R, mae, r"\lvert e\rvert", "Every error pulls equally hard, so the best constant is the median.",
        "Outliers: ten times as far is no more pull. Not small errors: the pull never fades, and jumps at 0.",
    ),
    "MSE": Loss(
        R, mse, "e^2", "The pull grows with the error, so the best constant is the mean.",
        "Small errors, which hardly pull. An outlier least of all.",
    ),
    "RMSE": Loss(
        R, rmse, r"\sqrt{\tfrac1B\textstyle\sum_b e_b^2}",
        "Acts on a batch, not on an example: drawn is one residual e beside B − 1 residuals of 1. In the target's unit, with MSE's minimum.",
        "What MSE forgives. Its pull is at most 1/√B, but a batch with an outlier mutes all the others.", ("batch",),
    ),
    "Huber": Loss(
        R, huber, r"\begin{cases}\tfrac12e^2&\lvert e\rvert\le\delta\\ \delta(\lvert e\rvert-\tfrac\delta2)&\text{else}\end{cases}",
        "MSE near zero, MAE beyond δ, joined without a kink. (Huber, 1964)",
        "Outliers beyond δ: their pull is capped at δ.", ("delta",),
    ),
    "smooth L1": Loss(
        R, smooth_l1, r"\begin{cases}\tfrac{e^2}{2\beta}&\lvert e\rvert<\beta\\ \lvert e\rvert-\tfrac\beta2&\text{else}\end{cases}",
        "Huber divided by β: the cap stays at 1 whatever β is. (Girshick, 2015)",
        "Outliers beyond β: their pull is capped at 1.", ("beta",),
    ),
    "log-cosh": Loss(
        R, log_cosh, r"\log\cosh e", "About e²/2 when small and |e| − log 2 when large, smooth throughout; its pull is tanh e.",
        "Outliers: their pull tends to 1.",
    ),
    "quantile": Loss(
        R, quantile, r"\max(-q\,e,\;(1-q)\,e)", "Too low costs q a unit, too high 1 − q: the best constant is the q-quantile. (Koenker, 1978)",
        "Outliers, as MAE does, and one side more than the other.", ("q",),
    ),
    "0-1": Loss(
        C, zero_one, r"[\,m\le0\,]", "What accuracy counts. Its gradient is 0 everywhere, so nothing can learn from it.",
        "How wrong an answer is: just wrong and badly wrong cost the same.",
    ),
    "BCE": Loss(
        C, bce, r"\log(1+e^{-m})", "Minus the log-probability of the truth, straight from the logit (two classes).",
        "Little: even a right answer keeps being pushed, and a wrong one costs in proportion to its margin.",
    ),
    "cross-entropy": Loss(
        C, cross_entropy, r"\log(1+(C-1)\,e^{-m})", "BCE for C classes, here with the C − 1 wrong ones alike; for C = 2 the very same.",
        "As BCE. With more classes the margin must be larger.", ("classes",),
    ),
    "hinge": Loss(
        C, hinge, r"\max(0,1-m)", "No cost once the margin is 1: only examples near the border matter. (Cortes and Vapnik, 1995)",
        "Everything beyond a margin of 1, wholly.",
    ),
    "focal": Loss(
        C, focal, r"(1-p)^\gamma\,(-\log p),\;\; p=\sigma(m)", "BCE muted where the answer is already good; γ = 0 is BCE. (Lin et al., 2017)",
        "What is already easy, so that the many easy do not drown the few hard.", ("gamma",),
    ),
    "label smoothing": Loss(
        C, label_smoothing, r"\log(1+(C-1)\,e^{-m})+\varepsilon\tfrac{C-1}{C}m",
        "Cross-entropy to a target with a share ε spread over all classes. (Szegedy et al., 2016)",
        "Nothing of being too sure: beyond a finite margin the loss rises again.", ("epsilon", "classes"),
    ),
    "squared hinge": Loss(
        C, squared_hinge, r"\max(0,1-m)^2", "A hinge without its kink, and with a pull that grows.",
        "Everything beyond a margin of 1. A badly wrong answer, perhaps a wrong label, least of all.",
    ),
    "KL": Loss(
        C, kl, r"t\log\tfrac{t}{p}+(1-t)\log\tfrac{1-t}{1-p}", "How far the prediction is from a label that is itself only t sure; t = 1 is BCE.",
        "Nothing of being surer than the label: zero at p = t and nowhere else.", ("target",),
    ),
    "contrastive same": Loss(
        E, contrastive_same, r"\tfrac12d^2", "Two of a kind are drawn together. (Hadsell et al., 2006)", "Small distances.",
    ),
    "contrastive other": Loss(
        E, contrastive_other, r"\tfrac12\max(0,\mu-d)^2", "Two of different kinds are pushed apart, up to the margin μ.",
        "Pairs already further apart than μ, wholly.", ("margin",),
    ),
    "triplet": Loss(
        E, triplet, r"\max(0,d-d^-+\mu)", "The positive, at d, is to be nearer than the negative, at d⁻, by the margin μ. (Schroff et al., 2015)",
        "Triplets in good order by more than μ, wholly.", ("margin", "negative"),
    ),
    "InfoNCE": Loss(
        E, info_nce, r"-\log\frac{e^{s(d)/\tau}}{e^{s(d)/\tau}+N e^{s(d^-)/\tau}},\;\; s(d)=1-\tfrac12d^2",
        "Cross-entropy of picking the positive among N negatives by cosine similarity. (van den Oord et al., 2018)",
        "Negatives far away; the lower the temperature τ, the more only the nearest count.", ("temperature", "negative", "negatives"),
    ),
    "Dice": Loss(
        O, dice, r"1-\tfrac{2I}{A+B}", "One minus twice the intersection over the sum of the areas. (Milletari et al., 2016)",
        "The background: pixels right in not being the object count nothing.", ("size",),
    ),
    "IoU": Loss(
        O, iou, r"1-\tfrac{I}{A+B-I}", "One minus intersection over union: the Jaccard distance. (Rahman and Wang, 2016)",
        "The background too. Partial overlaps less than Dice: it pulls hardest near the end.", ("size",),
    ),
}  # fmt: skip


TINY = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
PARAMETERS: dict[str, tuple[str, tuple[float, ...], str]] = {  # name -> label, steps of its slider, help
    "delta": ("Huber: δ", (*TINY, 100.0, 1000.0), "Residual beyond which the pull is capped"),
    "beta": ("Smooth L1: β", (*TINY, 100.0, 1000.0), "Residual beyond which it is a straight line"),
    "q": ("Quantile: q", tuple(i / 100 for i in range(1, 100)), "0.5 is half of MAE"),
    "batch": ("RMSE: batch B", (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024), "Examples under the one root; the others have residual 1"),
    "classes": ("Classes C", (2, 3, 5, 10, 20, 50, 100, 1000), "For the curves; the experiment has two"),
    "epsilon": ("Label smoothing: ε", tuple(i / 20 for i in range(21)), "Share of the target spread over all classes"),
    "gamma": ("Focal: γ", tuple(i / 2 for i in range(21)), "0 is BCE; the larger, the less an easy example counts"),
    "target": ("KL: probability t", tuple(i / 100 for i in range(50, 101)), "How sure the label is; 1 is BCE"),
    "margin": ("Margin μ", tuple(i / 20 for i in range(41)), "Contrastive and triplet: how far apart is enough"),
    "negative": ("Distance d⁻ of negatives", tuple(i / 20 for i in range(41)), "Triplet and InfoNCE: anchor to negatives"),
    "temperature": ("InfoNCE: τ", (0.01, 0.02, 0.05, 0.07, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0), "Small: only the nearest negatives count"),
    "negatives": ("InfoNCE: negatives N", (1, 4, 16, 64, 256, 1024, 10000), "How many the positive is to be picked from"),
    "size": ("Area predicted ÷ true", (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0, 10.0, 20.0), "1: as large as the truth"),
    "span": ("Axis from −x to x", (1.0, 2.0, 5.0, 10.0, 100.0, 1000.0, 10_000.0), "How far out to look; the losses stay finite"),
}  # fmt: skip


def of(family: str) -> tuple[str, ...]:
    """The names of a family's losses."""
    return tuple(name for name, loss in LOSSES.items() if loss.family == family)


def bind(name: str, values: Mapping[str, float]) -> Callable[[Tensor], Tensor]:
    """The loss as a function of its axis alone, with its parameters taken from `values`."""
    return partial(LOSSES[name].f, **{p: values[p] for p in LOSSES[name].parameters})


def gradient(loss: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The derivative at each entry, by autograd."""
    x = x.detach().requires_grad_()
    return torch.autograd.grad(loss(x).sum(), x)[0]
