"""Makes random code that takes no generator draw from one."""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import TorchFunctionMode


class Seeded(TorchFunctionMode):
    """A context in which random numbers come from one generator, as they would after torch.manual_seed(seed).

    torchvision's transforms take no generator, and torch's own random state is shared by every thread.
    """

    RANDOM = (
        torch.rand, torch.randint, torch.randperm, torch.randn_like, torch.Tensor.uniform_, torch.Tensor.normal_,
        torch._sample_dirichlet,
    )  # fmt: skip

    def __init__(self, seed: int):
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)

    def __torch_function__(self, f: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if f in self.RANDOM:
            kwargs["generator"] = self.generator
        return f(*args, **kwargs)
