"""The three losses of style transfer, and the picture's way down their weighted sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from core.concepts.vision.style_transfer.settings import Settings

SMOOTH = 0.02  # differences of brightness below this count as almost nothing
CONTENT_LAYER = 4  # the second convolution of the second block


def gram(maps: Tensor) -> Tensor:
    """(1, C, h, w) -> (C, C): how strongly each pair of filters answers at the same places, mean over the pixels."""
    f = maps[0].flatten(1)
    return f @ f.T / f.shape[1]


def content_loss(maps: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared difference of two maps, over the variance of the wanted one."""
    return (maps - wanted).square().mean() / (wanted.var() + 1e-6)


def style_loss(maps: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    """Mean over layers of the mean squared difference of the Gram matrices, over the mean square of the wanted one."""
    parts = [(gram(m) - g).square().mean() / g.square().mean() for m, g in zip(maps, wanted, strict=True)]
    return torch.stack(parts).mean()


def variation(x: Tensor) -> Tensor:
    """Total variation: mean size of the difference of neighbours, down plus across. The size of d is sqrt(d^2 + e^2) - e, which
    is almost |d|, but smooth at 0, as L-BFGS needs it."""
    down, across = x[..., 1:, :] - x[..., :-1, :], x[..., 1:] - x[..., :-1]
    return _size(down).mean() + _size(across).mean()


def _size(d: Tensor) -> Tensor:
    return (d.square() + SMOOTH**2).sqrt() - SMOOTH


class Transfer:
    """A picture (1, 3, n, n) that starts as the content picture and is changed by L-BFGS, step by step."""

    def __init__(self, s: Settings, content: Tensor, style: Tensor, features: Callable[[Tensor], list[Tensor]]) -> None:
        self.features = features
        self.weights = (s.content_weight, s.style_weight, s.tv_weight)
        self.grams = [gram(m) for m in features(style)]
        self.layer = min(CONTENT_LAYER, len(self.grams) - 1)
        self.wanted = features(content)[self.layer]
        self.x = content.clone().requires_grad_()
        self.optimizer = torch.optim.LBFGS(
            [self.x], max_iter=1, max_eval=4, history_size=20, line_search_fn="strong_wolfe"
        )

    def losses(self) -> tuple[Tensor, Tensor, Tensor]:
        """Content, style and total variation of the picture now, not weighted."""
        maps = self.features(self.x)
        return content_loss(maps[self.layer], self.wanted), style_loss(maps, self.grams), variation(self.x)

    def gradients(self) -> tuple[float, ...]:
        """The norm of the gradient of each weighted loss with respect to the picture."""
        terms = [w * loss for w, loss in zip(self.weights, self.losses(), strict=True)]
        return tuple(float(torch.autograd.grad(t, self.x, retain_graph=True)[0].norm()) for t in terms)

    def step(self) -> tuple[float, ...]:
        """One step of L-BFGS. Returns the three losses before it."""
        before, seen = self.x.detach().clone(), []

        def total() -> Tensor:
            self.optimizer.zero_grad()
            losses = self.losses()
            seen.append(tuple(float(loss.detach()) for loss in losses))
            loss: Tensor = sum((w * part for w, part in zip(self.weights, losses, strict=True)), torch.zeros(()))
            loss.backward()
            return loss

        self.optimizer.step(total)
        with torch.no_grad():
            self.x.clamp_(0, 1)
            if not bool(self.x.isfinite().all()):
                self.x.copy_(before)
        return seen[0]
