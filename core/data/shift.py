"""Moving pictures by a few pixels, the simplest augmentation."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def shifted(x: Tensor, reach: int, generator: torch.Generator) -> Tensor:
    """Pictures (B, C, H, W), each moved by up to `reach` pixels up or down and left or right; what comes in is black."""
    B, _, H, W = x.shape
    dy, dx = torch.randint(0, 2 * reach + 1, (2, B), generator=generator)
    padded = nn.functional.pad(x, (reach,) * 4).movedim(1, -1)
    rows = (torch.arange(H) + dy[:, None]).to(x.device)
    columns = (torch.arange(W) + dx[:, None]).to(x.device)
    picture = torch.arange(B, device=x.device)[:, None, None]
    return padded[picture, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
